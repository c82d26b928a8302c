"""How a drill goes on, and what is made of it in the end. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.alarms.model import Event
from domain.control import lifecycle
from domain.control.lifecycle import Command, Pace
from domain.control.observation import band_words, kw
from domain.drills.model import FAULTS, Drill, Limit, Line

SLACK_S = 5.0
"""For messages on their way and for turns of the dispatcher."""
SETTLE_S = 20.0
"""So much longer than the limit a fault lasts, for commands to end under it."""
AFTER_S = 15.0
"""So long after the fault nothing may be sent late."""
LATEST_S = 40.0
"""By then events have rung and commands have ended, or they will not."""
LONGEST_S = 180.0
"""No fault stands longer [real s]."""
MOST_READINGS = 400
ENDS: dict[str, frozenset[str]] = {
    "lost_broker": frozenset({"expired"}),
    "dead_scheduler": frozenset({"expired"}),
    "stale_meter": frozenset({"expired"}),
    "silent_device": frozenset({"expired", "contradicted"}),
}
"""How the command must end that was in force when the fault came."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known at one look: the drill's commands, the newest reading, events that rang."""

    commands: Sequence[Command]
    intent_ended: bool
    reading: tuple[int, float] | None
    events: Sequence[Event]


def limit_of(fault: str, ramp_s: float, interval_s: float, pace: Pace) -> Limit:
    """Within which time the protection has to have worked [building s]."""
    stretch = pace.ms(1) / 1000
    ends = [("ramp", ramp_s), ("meter interval", interval_s), ("messages", SLACK_S * stretch)]
    lease, answer = ("lease", pace.lease_s), ("answer", lifecycle.ACKNOWLEDGE_S * stretch)
    if fault == "stale_meter":
        wait = ("observation", lifecycle.observe_s(ramp_s, interval_s))
        return Limit((answer, wait, *ends))
    if fault == "silent_device":
        return Limit((lease, answer, *ends))
    return Limit((lease, *ends))


def minutes_of(fault: str, limit: Limit, ramp_s: float, interval_s: float, pace: Pace) -> int:
    """For how long the device is told something: past its lease.

    It is over before a dead scheduler is back, and longer where the dispatcher has to end it.
    """
    stretch = pace.ms(1) / 1000
    tell_s = lifecycle.ACKNOWLEDGE_S * stretch + lifecycle.observe_s(ramp_s, interval_s)
    if fault == "dead_scheduler":
        return math.ceil((tell_s + pace.lease_s) / 60)
    return math.ceil((tell_s + limit.total_s + (SETTLE_S + AFTER_S) * stretch) / 60) + 1


def span_ms(drill: Drill, from_ms: int, pace: Pace) -> int:
    """How long its fault lasts at most."""
    lasts_ms = round(drill.limit.total_s * 1000) + pace.ms(SETTLE_S)
    if drill.fault == "dead_scheduler" and drill.ends_ms is not None:
        lasts_ms = max(lasts_ms, drill.ends_ms - from_ms + pace.ms(2))
    return lasts_ms


def moved(drill: Drill, seen: Seen, now_ms: int, pace: Pace) -> Drill:
    """The drill after one look; with a result where it has come to its end."""
    told = next((c for c in seen.commands if c.command_id == drill.command_id), None)
    if told is None:
        if now_ms <= drill.asked_ms + pace.ms(lifecycle.ACKNOWLEDGE_S):
            return drill
        return _ended(drill, "aborted", "The device was told nothing.", now_ms)
    drill = _read(drill, told, seen.reading)
    match drill.phase:
        case "telling":
            return _telling(drill, told, now_ms, pace)
        case "faulted":
            return _faulted(drill, seen, now_ms, pace)
        case "after":
            return _after(drill, seen, now_ms, pace)
    return drill


def _telling(drill: Drill, told: Command, now_ms: int, pace: Pace) -> Drill:
    if told.ended:
        why = f"The device did not follow before the fault: {told.state}, {told.reason}"
        return _ended(drill, "aborted", why, now_ms)
    if drill.fault == "stale_meter":
        reached, from_ms = told.acknowledged_ms is not None, drill.fault_from_ms or now_ms
    else:
        reached, from_ms = told.observed_ms is not None, now_ms
    if not reached:
        return drill
    until_ms = from_ms + span_ms(drill, from_ms, pace)
    shown_ms = told.observed_ms if drill.shown_ms is None else drill.shown_ms
    return replace(
        drill,
        phase="faulted",
        fault_from_ms=from_ms,
        fault_until_ms=until_ms,
        shown_ms=shown_ms,
        safe_ms=None,
    )


def _faulted(drill: Drill, seen: Seen, now_ms: int, pace: Pace) -> Drill:
    from_ms, until_ms = drill.fault_from_ms or now_ms, drill.fault_until_ms or now_ms
    late_ms = from_ms + round((drill.limit.total_s + drill.interval_s) * 1000)
    settled = seen.intent_ended and all(command.ended for command in seen.commands)
    if drill.fault == "dead_scheduler":
        settled = now_ms >= (drill.ends_ms or now_ms) + pace.ms(1)
    over = drill.safe_ms is not None and settled
    if over or now_ms >= until_ms or (drill.safe_ms is None and now_ms > late_ms):
        return replace(drill, phase="after", fault_until_ms=min(until_ms, now_ms))
    return drill


def _after(drill: Drill, seen: Seen, now_ms: int, pace: Pace) -> Drill:
    lifted_ms = drill.fault_until_ms or now_ms
    done = seen.intent_ended and all(command.ended for command in seen.commands)
    told = done and bool(seen.events)
    if now_ms < lifted_ms + pace.ms(AFTER_S if told else LATEST_S):
        return drill
    if drill.shown_ms is None:
        why = "The meter never showed the device doing what it was told: nothing can be said."
        return _ended(drill, "aborted", why, now_ms)
    failed = [line for line in lines(drill, seen) if not line.ok]
    if failed:
        return _ended(drill, "failed", failed[0].words, now_ms)
    seconds = drill.seconds_to_safety or 0.0
    why = f"Safe after {seconds:.0f} s, {drill.limit.total_s:.0f} s are allowed."
    return _ended(drill, "passed", why, now_ms)


def _ended(drill: Drill, result: str, why: str, now_ms: int) -> Drill:
    return replace(drill, result=result, why=why[:300], ended_ms=now_ms)


def _read(drill: Drill, told: Command, reading: tuple[int, float] | None) -> Drill:
    """Take in a reading: whether it shows the device told, or safe again."""
    newest_ms = drill.readings[-1][0] if drill.readings else -1
    if reading is None or reading[0] <= newest_ms:
        return drill
    at_ms, power_kw = reading
    readings = (*drill.readings, reading)[-MOST_READINGS:]
    drill = replace(drill, readings=readings)
    if drill.phase == "after" or at_ms <= (told.acknowledged_ms or at_ms):
        return drill
    if obeys(told, power_kw):
        shown_ms = at_ms if drill.shown_ms is None else drill.shown_ms
        return replace(drill, shown_ms=shown_ms, safe_ms=None)
    if drill.phase != "faulted" or drill.shown_ms is None or drill.safe_ms is not None:
        return drill
    if at_ms > max(drill.shown_ms, drill.fault_from_ms or 0):
        return replace(drill, safe_ms=at_ms)
    return drill


def obeys(told: Command, power_kw: float) -> bool:
    """Whether a power is what the command asks for."""
    low, high = band(told)
    return (low is None or power_kw >= low) and (high is None or power_kw <= high)


def band(told: Command) -> tuple[float | None, float | None]:
    """Between which powers the meter stands while the device obeys [kW]."""
    low, high = told.expected.get("low_kw"), told.expected.get("high_kw")
    return (
        float(low) if isinstance(low, int | float) else None,
        float(high) if isinstance(high, int | float) else None,
    )


# ---- the verdict ---------------------------------------------------------------------------


def lines(drill: Drill, seen: Seen) -> list[Line]:
    """Everything that is judged, with what it rests on."""
    told = next(c for c in seen.commands if c.command_id == drill.command_id)
    return [
        _followed(drill, told),
        _was_there(drill),
        _safe(drill, told),
        _ends(drill, told, seen),
        _rang(seen),
        _nothing_late(drill, seen),
    ]


def _followed(drill: Drill, told: Command) -> Line:
    shown = [one for one in drill.readings if one[0] == drill.shown_ms]
    asked = f"asked for {band_words(*band(told))}"
    if drill.shown_ms is None:
        words = f"The device never did what it was told: {asked}."
    else:
        seen = f"the meter showed {kw(shown[0][1])}" if shown else "its meter showed it"
        words = f"The device did what it was told: {asked}, {seen}."
    return Line("Told", drill.shown_ms is not None, words, (told.command_id,), (), tuple(shown))


def _was_there(drill: Drill) -> Line:
    from_ms, until_ms = drill.fault_from_ms, drill.fault_until_ms
    stood_s = 0.0 if from_ms is None or until_ms is None else (until_ms - from_ms) / 1000
    return Line("Fault", stood_s > 0, f"{FAULTS[drill.fault].done} It stood for {stood_s:.0f} s.")


def _safe(drill: Drill, told: Command) -> Line:
    seconds, allowed_s = drill.seconds_to_safety, drill.limit.total_s
    around = [
        one
        for one in drill.readings
        if drill.fault_from_ms is not None and one[0] >= drill.fault_from_ms
    ]
    if seconds is None:
        last = f", it last showed {kw(around[-1][1])}" if around else ""
        words = f"The meter did not show the device safe within {allowed_s:.0f} s{last}."
        return Line("Safe", False, words, (told.command_id,), (), tuple(around[-5:]))
    at = next((power for at_ms, power in drill.readings if at_ms == drill.safe_ms), None)
    shown = "" if at is None else f" at {kw(at)}"
    words = f"The meter showed it back under its own rule{shown} {seconds:.0f} s after the fault"
    ok = seconds <= allowed_s
    words += f"; {allowed_s:.0f} s are allowed ({drill.limit.words})."
    until = [one for one in around if one[0] <= (drill.safe_ms or 0)]
    return Line("Safe", ok, words, (), (), tuple(until[-5:]))


def _ends(drill: Drill, told: Command, seen: Seen) -> Line:
    ids = tuple(command.command_id for command in seen.commands)
    open_ = [command for command in seen.commands if not command.ended]
    if open_ or not seen.intent_ended:
        states = ", ".join(command.state for command in open_) or "its intent goes on"
        return Line("Commands", False, f"Not every command has ended: {states}.", ids)
    right = told.state in ENDS[drill.fault]
    count = f" and {len(ids) - 1} more ended too" if len(ids) > 1 else ""
    words = f"The command in force ended {told.state} ({told.reason}){count}."
    if not right:
        words += f" It should have ended {' or '.join(sorted(ENDS[drill.fault]))}."
    return Line("Commands", right, words, ids)


def _rang(seen: Seen) -> Line:
    ids = tuple(event.event_id for event in seen.events)
    if not ids:
        return Line("Event", False, "No event rang.")
    return Line("Event", True, f"It rang: {seen.events[0].cause}", (), ids)


def _nothing_late(drill: Drill, seen: Seen) -> Line:
    lifted_ms = drill.fault_until_ms or 0
    late = [c for c in seen.commands if (c.last_sent_ms or 0) > lifted_ms]
    if late:
        ids = tuple(command.command_id for command in late)
        return Line("Afterwards", False, "A command was sent after the fault had ended.", ids)
    return Line("Afterwards", True, "Nothing of it was sent after the fault had ended.")
