"""Decides what is due by rules, and has it done; exactly once among processes.

What is decided is computed without a lock, and written, with how far the rule has come, in one
transaction that one process wins. Only then are devices told, under keys of their own: a process
that dies in between is followed by one that tells them what is still due.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.alarms.model import EventChange
from domain.automation import firing_store, rule_store
from domain.automation.acting import Acting
from domain.automation.gathering import Asked, Gathering
from domain.automation.machine import HeldBack, Standing, decide, wire
from domain.automation.model import Decision, EventTrigger
from domain.automation.rule_store import Kept
from domain.automation.world import World
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.storage.engine import Database

LAG_S = 2.0
"""Real seconds that readings get to arrive, so that all are taken in the order of their times."""
EVENT_LAG_S = 15.0
"""Real seconds that events get to be entered after the moment they tell of."""
MISSED_S = 120.0
"""Real seconds after which nothing is done any more for a moment that has passed."""
CATCH_UP_MS = 86_400_000
"""A rule that has decided nothing for longer begins anew; what was then is past."""
KEEP_EVERY_MS = 60_000
"""How often a rule on which nothing happens keeps how far it has come."""


class Evaluation:
    """One building's rules over its time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gathering: Gathering,
        control: Control,
        acting: Acting,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gathering = gathering
        self._control = control
        self._acting = acting

    def begin(self) -> Standing:
        """Where a rule stands that begins now."""
        return self._begun(self._clock.now_ms())

    def horizon_ms(self) -> int:
        """Up to when all readings are taken to have arrived [building ms]."""
        return self._clock.now_ms() - self._real_ms(LAG_S)

    def run(self) -> int:
        """Decide what is due and enter it; how many firings that were."""
        with self._database.read() as c:
            listed = rule_store.read_rules(c)
        if not listed:
            return 0
        world = self._gathering.world()
        found = self._decided(listed, world)
        return self._write(found, world) if found else 0

    def _decided(
        self, listed: Sequence[Kept], world: World
    ) -> list[tuple[Kept, Standing, list[Decision]]]:
        horizon_ms, now_ms = self.horizon_ms(), self._clock.now_ms()
        stopped = self._control.stopped() is not None
        asked = [(kept, Asked(wire(kept.rule.plan, world), self._caught_up(kept.standing)))
                 for kept in listed]  # fmt: skip
        read = self._gathering.round([one for _, one in asked], horizon_ms, world)
        found = []
        for kept, one in asked:
            until_ms, changes = horizon_ms, list[EventChange]()
            if isinstance(kept.rule.plan.trigger, EventTrigger):
                until_ms = now_ms - self._real_ms(EVENT_LAG_S)
                step_id = one.standing.step_id
                changes = self._gathering.changes(step_id, one.standing.begun_ms, until_ms)
            seen = read.seen(one, until_ms, changes)
            if seen.until_ms <= one.standing.until_ms:
                continue
            held_back = self._held_back(kept, now_ms, stopped)
            standing, decisions = decide(
                kept.rule.plan, one.wiring, one.standing, seen, held_back
            )  # fmt: skip
            apart_ms = standing.until_ms - kept.standing.until_ms
            if decisions or apart_ms >= max(KEEP_EVERY_MS, self._real_ms(KEEP_EVERY_MS / 1000)):
                found.append((kept, standing, decisions))
        return found

    def _write(
        self, found: Sequence[tuple[Kept, Standing, list[Decision]]], world: World
    ) -> int:  # fmt: skip
        now_ms, entered = self._clock.now_ms(), 0
        with self._database.write() as c:
            for kept, standing, decisions in found:
                if not rule_store.put_standing(c, kept, standing):
                    continue  # another process was first, or a person changed the rule
                for decision in decisions:
                    told = self._acting.planned(kept.rule.plan, world, now_ms)
                    firing_store.insert_firing(c, kept.rule, decision, told, now_ms)
                    entered += 1
        return entered

    def _held_back(self, kept: Kept, now_ms: int, stopped: bool) -> HeldBack:
        def held_back(at_ms: int, stated_ms: int) -> str | None:
            if not kept.rule.enabled:
                return "off"
            if now_ms - at_ms > self._real_ms(MISSED_S) + stated_ms:
                return "missed"
            return "stopped" if stopped else None

        return held_back

    def _caught_up(self, standing: Standing) -> Standing:
        least_ms = self._clock.now_ms() - CATCH_UP_MS
        if standing.until_ms >= least_ms:
            return standing
        begun = self._begun(least_ms)
        return Standing(begun.begun_ms, begun.until_ms, begun.trigger, {}, standing.fired_ms,
                        standing.step_id)  # fmt: skip

    def _begun(self, at_ms: int) -> Standing:
        return Standing(at_ms, at_ms, step_id=self._gathering.newest_step())

    def _real_ms(self, seconds: float) -> int:
        """Real seconds as building milliseconds; sockets do not run faster with its clock."""
        return round(seconds * 1000 * max(1.0, self._clock.speed))
