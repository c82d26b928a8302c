"""Follows the readings that have arrived and enters what rings; exactly once among processes.

What was read is computed without a lock. It is written, cursors, states, events and history in one
transaction, only if the generation is still the one it was computed from; who loses that race
forgets what it computed. A process that dies before the commit has done nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.alarms import rule_store, standing
from domain.alarms.entering import Entering
from domain.alarms.evaluate import Row, State, follow
from domain.alarms.lifecycle import Ring, Subject
from domain.alarms.model import SERIES_KINDS, Rule
from domain.alarms.rule_store import Fact, StateKey
from domain.alarms.standing import LISTENER, Standing
from domain.alarms.surroundings import Surroundings
from domain.alarms.watches import Watch
from domain.control.service import Control
from domain.foundation.clock import Clock, real_now_ms
from domain.inbox.service import Inbox
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry
from domain.telemetry.sums import Stretch

LAG_S = 2.0
"""Real seconds that readings get to arrive, so that all are taken in the order of their times."""
CATCH_UP_MS = 86_400_000
"""Readings older than a day when they come are history: they ring no more."""
WINDOW_MS = 900_000
SERIES_A_WINDOW = 10_000
REFUSALS_READ = 100
LISTENER_FACT = "listener"
FACT_EVERY_S = 20.0


@dataclass
class _Known:
    """Rules, cursors and states as of one generation."""

    generation: int
    rules: Mapping[int, Rule]
    cursors: dict[int, int]
    states: dict[StateKey, State]
    unwritten: set[int] = field(default_factory=set)
    stated_ms: dict[int, int] = field(default_factory=dict)
    """For how long the reading at each cursor says that it stands; 0 where it says nothing."""
    virtual: set[int] = field(default_factory=set)


@dataclass
class _Found:
    """What one window of time has brought."""

    cursors: dict[int, int] = field(default_factory=dict)
    states: dict[StateKey, State] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)
    words: dict[Subject, str] = field(default_factory=dict)


class Evaluation:
    """One building's rules over its readings."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        telemetry: Telemetry,
        surroundings: Surroundings,
        inbox: Inbox,
        control: Control,
    ) -> None:
        self._database = database
        self._clock = clock
        self._telemetry = telemetry
        self._surroundings = surroundings
        self._inbox = inbox
        self._control = control
        self._entering = Entering(surroundings)
        self._began_ms = real_now_ms()
        self._known: _Known | None = None

    def horizon_ms(self) -> int:
        """Up to when all readings are taken to have arrived [building ms]."""
        return self._clock.now_ms() - round(LAG_S * 1000 * self._clock.speed)

    def run(self) -> int:
        """Evaluate everything that is due; how many steps of events came of it."""
        horizon_ms = self.horizon_ms()
        known = self._read()
        watched = self._surroundings.watches(known.rules.values())
        behind = self._behind(known, watched, horizon_ms)
        first_ms = min(behind.values(), default=horizon_ms)
        width_ms = WINDOW_MS * max(1, SERIES_A_WINDOW // max(1, len(behind)))
        edges = [*range(first_ms + width_ms, horizon_ms, width_ms), horizon_ms]
        steps = 0
        for until_ms in edges:
            found = self._window(known, watched, behind, until_ms)
            if until_ms == horizon_ms:
                self._conditions(known, found, horizon_ms)
            entered = self._write(known, found, until_ms)
            if entered is None:
                break
            steps += entered
            behind = {key: max(at_ms, known.cursors[key]) for key, at_ms in behind.items()}
        return steps

    def note_listener(self, ok: bool, detail: str) -> None:
        """Keep what the listener says of itself, for whichever process evaluates."""
        now_ms, real_ms = self._clock.now_ms(), real_now_ms()
        with self._database.read() as c:
            before = rule_store.read_fact(c, LISTENER_FACT)
        same = before is not None and before.ok == ok
        if before is not None and same and real_ms - before.heard_ms < FACT_EVERY_S * 1000:
            return
        since_ms = before.since_ms if before is not None and same else now_ms
        with self._database.write() as c:
            rule_store.put_fact(c, LISTENER_FACT, Fact(ok, detail[:300], since_ms, real_ms))

    def _read(self) -> _Known:
        with self._database.read() as c:
            generation = rule_store.read_generation(c)
            if self._known is None or self._known.generation != generation:
                rules = {rule.rule_id: rule for rule in rule_store.read_rules(c)}
                self._known = _Known(
                    generation, rules, rule_store.read_cursors(c), rule_store.read_states(c)
                )
            return self._known

    def _behind(
        self, known: _Known, watched: Mapping[int, Sequence[Watch]], horizon_ms: int
    ) -> dict[int, int]:
        """Series with readings after their cursor.

        Where rules have run before, a new series begins at its first reading; otherwise each
        begins at its newest, and so does a virtual meter: it was not there when its parts spoke.
        What no rule watches is passed over.
        """
        behind: dict[int, int] = {}
        first_time = not known.cursors
        measured = self._telemetry.newest_times()
        sums = self._telemetry.sum_times(measured)
        known.virtual = set(sums)
        for series_id, newest_ms in (measured | sums).items():
            cursor_ms = known.cursors.get(series_id)
            if cursor_ms is None:
                cursor_ms = newest_ms - 1 if first_time or series_id in sums else 0
                known.cursors[series_id] = cursor_ms
                known.unwritten.add(series_id)
            if newest_ms <= cursor_ms:
                continue
            if series_id in watched:
                behind[series_id] = min(max(cursor_ms, horizon_ms - CATCH_UP_MS), horizon_ms)
            elif newest_ms <= horizon_ms:
                known.cursors[series_id] = newest_ms
                known.unwritten.add(series_id)
        return behind

    def _window(
        self,
        known: _Known,
        watched: Mapping[int, Sequence[Watch]],
        behind: Mapping[int, int],
        until_ms: int,
    ) -> _Found:
        rows = self._measured(known, watched, behind, until_ms)
        sums = self._calculated(known, watched, behind, until_ms)
        found = _Found(cursors={key: listed[-1][0] for key, listed in rows.items()})
        for series_id, listed in watched.items():
            readings, known_ms, _ = sums.get(
                series_id, Stretch(rows.get(series_id, ()), until_ms, 0)
            )
            cursor_ms = known.cursors.get(series_id) or None
            for watch in listed:
                key = (watch.rule_id, watch.subject)
                state = known.states.get(key)
                if state is None:
                    if not readings and not _overdue(watch, cursor_ms, known_ms):
                        continue
                    state = _standing_at(cursor_ms, known.stated_ms.get(series_id, 0), watch)
                after, occurred = follow(state, readings, watch.trigger, known_ms)
                if after != state and (after.phase != "quiet" or key in known.states):
                    found.states[key] = after
                found.rings += [
                    Ring(o, watch.rule_id, watch.subject, watch.group, watch.join_ms)
                    for o in occurred
                ]
        known.stated_ms |= {key: listed[-1][2] for key, listed in rows.items()}
        found.cursors |= {
            series_id: stretch.until_ms
            for series_id, stretch in sums.items()
            if stretch.heard and stretch.until_ms > known.cursors[series_id]
        }
        return found

    def _measured(
        self,
        known: _Known,
        watched: Mapping[int, Sequence[Watch]],
        behind: Mapping[int, int],
        until_ms: int,
    ) -> dict[int, list[Row]]:
        """New readings by series; on the way it is learned how long the last ones speak."""
        asked = _with_last(known, watched, behind)
        rows = self._telemetry.readings_after(asked, until_ms)
        for series_id in [key for key in rows if key not in known.stated_ms]:
            last, *news = rows[series_id]
            if last[0] == known.cursors.get(series_id):
                known.stated_ms[series_id], rows[series_id] = last[2], news
        known.stated_ms = dict.fromkeys(asked, 0) | known.stated_ms
        return {series_id: listed for series_id, listed in rows.items() if listed}

    def _calculated(
        self,
        known: _Known,
        watched: Mapping[int, Sequence[Watch]],
        behind: Mapping[int, int],
        until_ms: int,
    ) -> dict[int, Stretch]:
        """Virtual meters, also those without news: how far they are known goes on."""
        inside = known.virtual & watched.keys()
        asked = {key: behind.get(key, known.cursors[key]) for key in inside}
        return self._telemetry.sums_after(asked, until_ms)

    def _conditions(self, known: _Known, found: _Found, at_ms: int) -> None:
        """Rules that read no readings but what is known of them."""
        reads: dict[str, Callable[[], list[Standing]]] = {
            "quality": lambda: self._findings(at_ms),
            "rejected": lambda: self._refusals(),
            "listener": lambda: self._listener(at_ms),
            "command": lambda: self._commands(at_ms),
        }
        for rule in known.rules.values():
            if rule.kind in SERIES_KINDS or not rule.enabled:
                continue
            states = {s: state for (rule_id, s), state in known.states.items()
                      if rule_id == rule.rule_id}  # fmt: skip
            conditions = reads[rule.kind]()
            changed, rings = standing.decide(rule, states, conditions, at_ms)
            found.states |= {(rule.rule_id, subject): state for subject, state in changed.items()}
            found.words |= {s.subject: s.words for s in conditions}
            found.rings += rings

    def _findings(self, at_ms: int) -> list[Standing]:
        since_ms = at_ms - 2 * standing.FINDING_STANDS_MS
        adopted = self._surroundings.adopted()
        findings = self._telemetry.quality(since_ms=since_ms)
        return standing.of_findings({s: f for s, f in findings.items() if s in adopted})

    def _refusals(self) -> list[Standing]:
        return [
            Standing(
                Subject(row.digest[:32], "", "rejected"),
                row.last_ms,
                row.last_ms + standing.REFUSAL_STANDS_MS,
                f"{row.topic}: {row.message}"[:300],
            )
            for row in self._inbox.rejected(limit=REFUSALS_READ).rows
        ]

    def _commands(self, at_ms: int) -> list[Standing]:
        since_ms = at_ms - 2 * standing.NOT_DONE_STANDS_MS
        return standing.of_commands(self._control.not_done(since_ms))

    def _listener(self, at_ms: int) -> list[Standing]:
        with self._database.read() as c:
            fact = rule_store.read_fact(c, LISTENER_FACT)
        if fact is None:
            return []
        # Nobody listened while nothing ran; that is no fault of the listener.
        unheard_ms = real_now_ms() - max(fact.heard_ms, self._began_ms)
        if unheard_ms > standing.UNHEARD_S * 1000:
            since_ms = at_ms - round(unheard_ms * self._clock.speed)
            words = "no process listens"
            return [Standing(LISTENER, since_ms, standing.FOREVER_MS, words)]
        if fact.ok:
            return []
        return [Standing(LISTENER, fact.since_ms, standing.FOREVER_MS, fact.detail)]

    def _write(self, known: _Known, found: _Found, at_ms: int) -> int | None:
        """How many steps were entered; None where another process was first."""
        fresh = {key: known.cursors[key] for key in known.unwritten}
        cursors = fresh | found.cursors
        if not (cursors or found.states or found.rings):
            return 0
        with self._database.write() as c:
            if not rule_store.raise_generation(c, known.generation):
                self._known = None
                return None
            rule_store.put_cursors(c, cursors)
            rule_store.put_states(c, found.states)
            steps = self._entering.enter(c, known.rules, found.rings, found.words, at_ms)
            self._entering.note_worst(c, found.states)
        known.generation += 1
        known.cursors |= cursors
        known.unwritten.clear()
        for key, state in found.states.items():
            if state.phase == "quiet":
                known.states.pop(key, None)
            else:
                known.states[key] = state
        return steps


def _with_last(
    known: _Known, watched: Mapping[int, Sequence[Watch]], behind: Mapping[int, int]
) -> dict[int, int]:
    """After when readings are asked for: once with the last one, to learn how long it speaks."""
    unknown = {
        series_id: known.cursors[series_id] - 1
        for series_id in watched
        if series_id not in known.stated_ms and known.cursors.get(series_id)
    }
    return {**behind, **{s: at for s, at in unknown.items() if behind.get(s, at + 1) == at + 1}}


def _standing_at(cursor_ms: int | None, stated_ms: int, watch: Watch) -> State:
    """Where a quiet series stands that was last heard of at its cursor."""
    if watch.trigger.side != "silent" or cursor_ms is None:
        return State()
    return State(last_ms=cursor_ms, reach_ms=watch.trigger.reach_ms(cursor_ms, stated_ms))


def _overdue(watch: Watch, cursor_ms: int | None, until_ms: int) -> bool:
    """Whether a quiet series without news may have something to say: only by its silence."""
    trigger = watch.trigger
    if trigger.side != "silent" or cursor_ms is None:
        return False
    return until_ms > cursor_ms + trigger.allowed_ms + trigger.delay_on_ms
