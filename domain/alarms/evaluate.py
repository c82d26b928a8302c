"""When one series rings and falls quiet: a state machine over its readings alone. Pure.

Time only moves by readings and by `advance`; the moments it gives follow from the readings, not
from when it was asked. So a replay of stored readings rings exactly when the live evaluation rang,
and stopping between two readings changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

Side: TypeAlias = Literal["above", "below", "silent"]
Phase: TypeAlias = Literal["quiet", "pending", "active", "clearing"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes one series ring. `limit` is in the metric's unit, for `silent` allowed seconds.

    A reading speaks for `hold_ms`, or as long as it states itself; after that nothing is known and
    no delay runs on.
    """

    side: Side
    limit: float
    hysteresis: float = 0.0
    delay_on_ms: int = 0
    delay_off_ms: int = 0
    hold_ms: int = 150_000

    @property
    def allowed_ms(self) -> int:
        """How long a series may be silent."""
        return round(self.limit * 1000)

    def reach_ms(self, ts_ms: int, stated_ms: int = 0) -> int:
        """Until when a reading speaks, for `silent` until when it may stand alone."""
        if self.side == "silent":  # the next one is due when what this one stands for ends
            return ts_ms + stated_ms + self.allowed_ms
        return ts_ms + max(self.hold_ms, stated_ms)

    def beyond(self, value: float) -> bool:
        """Whether a value is beyond the limit; the limit itself is not."""
        return value > self.limit if self.side == "above" else value < self.limit

    def back(self, value: float) -> bool:
        """Whether a value has returned far enough to be over."""
        if self.side == "above":
            return value <= self.limit - self.hysteresis
        return value >= self.limit + self.hysteresis


@dataclass(frozen=True, slots=True)
class State:
    """Where one series stands; `since_ms` is when pending or clearing began.

    The last reading, of `last_ms`, speaks until `reach_ms`; 0 is as long as the trigger says.
    """

    phase: Phase = "quiet"
    since_ms: int = 0
    last_ms: int | None = None
    value: float = 0.0
    worst: float = 0.0
    reach_ms: int = 0


class Sample(NamedTuple):
    """A reading, or with no value only the passing of time; some state for how long they stand."""

    ts_ms: int
    value: float | None
    stated_ms: int = 0


class Occurrence(NamedTuple):
    """A series rang or fell quiet at `at_ms`; what rang had begun at `since_ms`."""

    at_ms: int
    rang: bool
    since_ms: int
    value: float


Row: TypeAlias = tuple[int, float, int]
"""ts_ms, value and stated ms of a reading, 0 where it states nothing."""
Stepped: TypeAlias = tuple[State, tuple[Occurrence, ...]]


def step(state: State, sample: Sample, trigger: Trigger) -> Stepped:
    """The state after a sample, and what occurred on the way to it."""
    if state.last_ms is not None and sample.value is not None and sample.ts_ms <= state.last_ms:
        return state, ()
    moved, before = advance(state, trigger, sample.ts_ms)
    if sample.value is None:
        return moved, before
    taken, after = _take(moved, sample.ts_ms, sample.value, trigger, sample.stated_ms)
    return taken, before + after


def advance(state: State, trigger: Trigger, to_ms: int) -> Stepped:
    """Let time pass up to, not including, `to_ms`; in one go or in many is the same."""
    if state.last_ms is None:
        return state, ()
    occurred: list[Occurrence] = []
    while True:
        state, found = _next(state, trigger, to_ms, state.last_ms or 0)
        if found is None:
            return state, tuple(occurred)
        occurred.append(found)


def _next(
    state: State, trigger: Trigger, to_ms: int, last_ms: int
) -> tuple[State, Occurrence | None]:
    """The one change that comes next before `to_ms`, if there is one."""
    silent = trigger.side == "silent"
    known_ms = state.reach_ms or trigger.reach_ms(last_ms)
    if state.phase == "clearing":
        due_ms = state.since_ms + trigger.delay_off_ms
        if due_ms < to_ms and due_ms <= known_ms:
            return _cleared(state, due_ms)
        # What follows is not known: it has not ended.
        return (replace(state, phase="active") if known_ms < to_ms else state), None
    if state.phase == "pending":
        due_ms = state.since_ms + trigger.delay_on_ms
        if due_ms < to_ms and due_ms <= known_ms:
            return _rang(state, due_ms, state.since_ms)
        return (replace(state, phase="quiet") if known_ms < to_ms else state), None
    if state.phase == "quiet" and silent:
        due_ms = known_ms + trigger.delay_on_ms
        if due_ms < to_ms:
            return _rang(state, due_ms, last_ms)
    return state, None


def _take(state: State, ts_ms: int, value: float, trigger: Trigger, stated_ms: int) -> Stepped:
    """A reading that is newer than all before it."""
    reach_ms = trigger.reach_ms(ts_ms, stated_ms)
    state = replace(state, last_ms=ts_ms, value=value, reach_ms=reach_ms)
    if trigger.side == "silent":
        if state.phase != "active":
            return state, ()
        return _settle(replace(state, phase="clearing", since_ms=ts_ms), trigger, ts_ms)
    if state.phase == "quiet":
        if not trigger.beyond(value):
            return state, ()
        state = replace(state, phase="pending", since_ms=ts_ms, worst=value)
    elif state.phase == "pending" and not trigger.beyond(value):
        return replace(state, phase="quiet"), ()
    elif state.phase == "active" and trigger.back(value):
        state = replace(state, phase="clearing", since_ms=ts_ms)
    elif state.phase == "clearing" and not trigger.back(value):
        state = replace(state, phase="active")
    worst = max if trigger.side == "above" else min
    return _settle(replace(state, worst=worst(state.worst, value)), trigger, ts_ms)


def _settle(state: State, trigger: Trigger, ts_ms: int) -> Stepped:
    """What a reading completes: a delay that has run out with it still holding."""
    if state.phase == "pending" and state.since_ms + trigger.delay_on_ms <= ts_ms:
        state, rang = _rang(state, state.since_ms + trigger.delay_on_ms, state.since_ms)
        return state, (rang,)
    if state.phase == "clearing" and state.since_ms + trigger.delay_off_ms <= ts_ms:
        state, cleared = _cleared(state, state.since_ms + trigger.delay_off_ms)
        return state, (cleared,)
    return state, ()


def _rang(state: State, at_ms: int, since_ms: int) -> tuple[State, Occurrence]:
    occurrence = Occurrence(at_ms, True, since_ms, state.value)
    return replace(state, phase="active", since_ms=since_ms), occurrence


def _cleared(state: State, at_ms: int) -> tuple[State, Occurrence]:
    return replace(state, phase="quiet"), Occurrence(at_ms, False, state.since_ms, state.value)


def follow(state: State, rows: Iterable[Row], trigger: Trigger, until_ms: int) -> Stepped:
    """Take readings in time order, then let time pass to `until_ms`.

    The same as `step` after `step`, without the work for readings that change nothing.
    """
    occurred: list[Occurrence] = []
    silent, above = trigger.side == "silent", trigger.side == "above"
    for ts_ms, value, stated_ms in rows:
        if state.phase == "quiet":
            if not silent and not (value > trigger.limit if above else value < trigger.limit):
                continue
            if silent and _in_time(state, trigger, ts_ms):
                reach_ms = trigger.reach_ms(ts_ms, stated_ms)
                state = State(last_ms=ts_ms, value=value, reach_ms=reach_ms)
                continue
        state, found = step(state, Sample(ts_ms, value, stated_ms), trigger)
        occurred += found
    state, found = advance(state, trigger, until_ms)
    return state, (*occurred, *found)


def _in_time(state: State, trigger: Trigger, ts_ms: int) -> bool:
    """Whether a reading follows the last one before anybody misses it."""
    if state.last_ms is None:
        return False
    known_ms = state.reach_ms or trigger.reach_ms(state.last_ms)
    return state.last_ms < ts_ms <= known_ms + trigger.delay_on_ms
