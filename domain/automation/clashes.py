"""What to know before a rule or schedule is saved: who else may tell the same devices. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.automation.machine import wire
from domain.automation.model import (
    Action,
    Clash,
    Condition,
    Entry,
    MetricCondition,
    MetricTrigger,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    PriceCondition,
    PriceTrigger,
    Rule,
    Schedule,
    Target,
    Trigger,
)
from domain.automation.sentences import act_words, duration
from domain.automation.spans import DayOf, Span, both, entry_spans, lasting, may_fire
from domain.automation.world import World
from domain.control.model import ASPECT_OF_COMMAND, Device, Value
from domain.foundation.clock import from_ms

AHEAD_MS = 28 * 86_400_000
"""So far ahead it is looked whether two are ever on at the same time."""
Aspect = tuple[str, str]
"""A device and what of it is told."""


@dataclass(frozen=True)
class Beside:
    """What else there is: other rules and schedules that are switched on, and the time ahead."""

    rules: Sequence[Rule]
    schedules: Sequence[Schedule]
    world: World
    now_ms: int
    day_of: DayOf
    zone: ZoneInfo

    @property
    def ahead(self) -> tuple[int, int]:
        """From when to when it is looked."""
        return self.now_ms, self.now_ms + AHEAD_MS


def rule_clashes(plan: Plan, beside: Beside) -> tuple[Clash, ...]:
    """What to know of a rule before it is saved."""
    own = may_fire(plan, *beside.ahead, beside.day_of, beside.zone)
    return (
        *_alone(plan, own, beside.world),
        *_least_times(plan, beside.world),
        *_other_rules(plan, own, beside),
        *_other_schedules(_tells(plan, beside.world), plan, own, beside),
    )


def schedule_clashes(
    targets: Sequence[Target], entries: Sequence[Entry], beside: Beside
) -> tuple[Clash, ...]:
    """What to know of a schedule before it is saved."""
    found: list[Clash] = []
    own = _entry_tells(targets, entries, beside)
    for rule in beside.rules:
        may = may_fire(rule.plan, *beside.ahead, beside.day_of, beside.zone)
        for aspect, action in _tells(rule.plan, beside.world).items():
            told = (action.command, action.value)
            spans = lasting(may, action.minutes)
            if _meets(own.get(aspect, ()), told, spans):
                who = _name(aspect, beside.world)
                words = f"Rule “{rule.name}” may {act_words(*told, who)} at the same time"
                found.append(Clash("contradicts", f"{words}; the newer of the two decides.",
                                   aspect[0], rule_id=rule.rule_id))  # fmt: skip
    for other in beside.schedules:
        theirs = _entry_tells(other.targets, other.entries, beside)
        for aspect, spans_told in theirs.items():
            for (command, value), spans in spans_told:
                if _meets(own.get(aspect, ()), (command, value), spans):
                    found.append(_schedule_clash(other, aspect, command, value, beside.world))
                    break
    return tuple(found)


def overlap(
    entries: Sequence[Entry], now_ms: int, day_of: DayOf, zone: ZoneInfo
) -> tuple[int, int, int] | None:
    """Two entries of one aspect that hold at once: their places, and when it first happens."""
    by_aspect: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        by_aspect.setdefault(ASPECT_OF_COMMAND[entry.command], []).append(place)
    for places in by_aspect.values():
        listed = [entries[place] for place in places]
        spans = entry_spans(listed, now_ms, now_ms + 13 * AHEAD_MS, day_of, zone)
        for one, after in pairwise(spans):
            if after.start_ms < one.end_ms:
                return places[one.place], places[after.place], after.start_ms
    return None


# ---- one rule alone ------------------------------------------------------------------------


def _alone(plan: Plan, own: Sequence[Span], world: World) -> Iterator[Clash]:
    wiring = wire(plan, world)
    if wiring.trigger is not None and not wiring.trigger.parts:
        yield Clash("never", "Nothing measures what it waits for, so it cannot fire.")
    for condition, blend in zip(plan.conditions, wiring.conditions, strict=True):
        if blend is not None and not blend.parts:
            words = "Nothing measures one of its conditions, which therefore never holds."
            yield Clash("never", words, getattr(condition, "device_id", None))
    if not own:
        yield Clash("never", "Its times and days never come together in the next four weeks.")
    trigger = plan.trigger
    if isinstance(trigger, MetricTrigger) and not (
        trigger.for_s or trigger.hysteresis or plan.cooldown_s
    ):
        words = "It may fire again and again while the value wavers about its limit"
        yield Clash("often", f"{words}: give it a duration, a way back or a pause.")


def _least_times(plan: Plan, world: World) -> Iterator[Clash]:
    for (device_id, _), action in _tells(plan, world).items():
        device = world.devices[device_id]
        if action.command not in ("on", "off"):
            continue
        on = action.command == "on"
        least_s = device.min_on_s if on else device.min_off_s
        state = "on" if on else "off"
        if action.minutes * 60 < least_s:
            words = f"{device.name} stays {state} for at least {duration(least_s)}"
            yield Clash("least_time", f"{words}, longer than this rule asks for.", device_id)
        round_s = device.min_on_s + device.min_off_s
        if round_s > 0 and plan.cooldown_s < round_s:
            words = f"{device.name} needs {duration(round_s)} to go on and off again"
            yield Clash("least_time", f"{words}; a shorter pause lets it wait.", device_id)


# ---- others --------------------------------------------------------------------------------


def _other_rules(plan: Plan, own: Sequence[Span], beside: Beside) -> Iterator[Clash]:
    mine = _tells(plan, beside.world)
    for rule in beside.rules:
        theirs = _tells(rule.plan, beside.world)
        shared = [a for a in mine if a in theirs and _told(mine[a]) != _told(theirs[a])]
        if not shared or _apart(plan, rule.plan):
            continue
        may = may_fire(rule.plan, *beside.ahead, beside.day_of, beside.zone)
        for aspect in shared:
            action, other = mine[aspect], theirs[aspect]
            if not both(lasting(own, action.minutes), lasting(may, other.minutes)):
                continue
            who = _name(aspect, beside.world)
            if _opposed(plan.trigger, rule.plan.trigger):
                words = f"This rule and “{rule.name}” may chase each other over {who}"
                yield Clash("opposite", f"{words}: both their limits hold at once.",
                            aspect[0], rule_id=rule.rule_id)  # fmt: skip
                continue
            words = f"Rule “{rule.name}” may {act_words(*_told(other), who)} at the same time"
            yield Clash("contradicts", f"{words}; the newer of the two decides.",
                        aspect[0], rule_id=rule.rule_id)  # fmt: skip


def _other_schedules(
    mine: Mapping[Aspect, Action], plan: Plan, own: Sequence[Span], beside: Beside
) -> Iterator[Clash]:
    for other in beside.schedules:
        theirs = _entry_tells(other.targets, other.entries, beside)
        for aspect, action in mine.items():
            spans = [(_told(action), lasting(own, action.minutes))]
            for (command, value), held in theirs.get(aspect, ()):
                if _meets(spans, (command, value), held):
                    yield _schedule_clash(other, aspect, command, value, beside.world)
                    break


def _schedule_clash(
    other: Schedule, aspect: Aspect, command: str, value: Value, world: World
) -> Clash:
    who = _name(aspect, world)
    words = f"Schedule “{other.name}” may {act_words(command, value, who)} at the same time"
    return Clash("contradicts", f"{words}; the newer of the two decides.", aspect[0],
                 schedule_id=other.schedule_id)  # fmt: skip


ToldSpans = Sequence[tuple[tuple[str, Value], Sequence[Span]]]


def _entry_tells(
    targets: Sequence[Target], entries: Sequence[Entry], beside: Beside
) -> dict[Aspect, list[tuple[tuple[str, Value], list[Span]]]]:
    spans = entry_spans(entries, *beside.ahead, beside.day_of, beside.zone)
    found: dict[Aspect, list[tuple[tuple[str, Value], list[Span]]]] = {}
    for place, entry in enumerate(entries):
        held = [Span(span.start_ms, span.end_ms) for span in spans if span.place == place]
        for device in _devices(targets, beside.world):
            aspect = device.device_id, ASPECT_OF_COMMAND[entry.command]
            found.setdefault(aspect, []).append(((entry.command, entry.value), held))
    return found


def _meets(mine: ToldSpans, told: tuple[str, Value], spans: Sequence[Span]) -> bool:
    """Whether something else is told at the same time."""
    return any(other != told and both(held, spans) for other, held in mine)


def _tells(plan: Plan, world: World) -> dict[Aspect, Action]:
    return {
        (device.device_id, ASPECT_OF_COMMAND[action.command]): action
        for action in plan.actions
        for device in world.told(action.target)
        if action.command in device.capabilities.commands
    }


def _devices(targets: Iterable[Target], world: World) -> list[Device]:
    found = {d.device_id: d for target in targets for d in world.told(target)}
    return list(found.values())


def _told(action: Action) -> tuple[str, Value]:
    return action.command, action.value


def _name(aspect: Aspect, world: World) -> str:
    return world.names.devices.get(aspect[0], aspect[0])


# ---- what can never hold together ----------------------------------------------------------

Bound = tuple[object, str, float]
"""What is bounded, on which side, and where."""


def _apart(one: Plan, other: Plan) -> bool:
    """Whether what the two wait for can never hold at the same moment."""
    return any(_excludes(a, b) for a in _bounds(one) for b in _bounds(other))


def _opposed(one: Trigger, other: Trigger) -> bool:
    """Whether the two fire on opposite sides of the same thing, and their limits overlap."""
    a, b = _bound(one), _bound(other)
    return a is not None and b is not None and a[0] == b[0] and a[1] != b[1]


def _bounds(plan: Plan) -> list[Bound]:
    found = [_bound(plan.trigger), *(_bound(condition) for condition in plan.conditions)]
    return [bound for bound in found if bound is not None]


def _bound(asked: Trigger | Condition) -> Bound | None:
    match asked:
        case MetricTrigger() | MetricCondition():
            return asked.source, asked.side, asked.limit
        case PriceTrigger() | PriceCondition():
            return "price", asked.side, asked.limit_per_kwh
        case OccupancyTrigger() | OccupancyCondition():
            return asked.room_id, "above" if asked.state == "occupied" else "below", 0.5
    return None


def _excludes(one: Bound, other: Bound) -> bool:
    if one[0] != other[0] or one[1] == other[1]:
        return False
    above, below = (one, other) if one[1] == "above" else (other, one)
    return above[2] >= below[2]


def first_words(at_ms: int, zone: ZoneInfo) -> str:
    """A moment of an overlap: `Thursday 18 Jun, 08:00`."""
    local = from_ms(at_ms).astimezone(zone)
    return f"{local:%A} {local.day} {local:%b}, {local:%H:%M}"
