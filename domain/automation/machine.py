"""When a rule fires, and what forbids it: a state machine over readings, prices and days. Pure.

Time only moves by what was read and by `until_ms`; the moments it gives follow from that, not from
when it was asked. So a replay of what is stored decides exactly what the live job decided, whose
dry run it is. Nothing that is unknown fires a rule or meets a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from domain.alarms import evaluate
from domain.alarms.evaluate import Row, State, follow
from domain.alarms.model import EventChange
from domain.automation.blending import Blend, newest_at
from domain.automation.checking import clock
from domain.automation.judging import Facts, judge
from domain.automation.model import (
    Decision,
    DeviceCondition,
    EventTrigger,
    Judged,
    MetricCondition,
    MetricTrigger,
    Names,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    PriceTrigger,
    TimeTrigger,
)
from domain.automation.sentences import trigger_words
from domain.automation.world import World
from domain.calendar.model import Day
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date
from domain.foundation.units import METRICS
from domain.money.prices import SLOT_MS

DAY_S = 86_400
TELLS_AS = "Automation"
"""Who tells the notices of rules; what it tells triggers nothing."""
HeldBack: TypeAlias = Callable[[int, int], str | None]
"""Why nothing may be done for a moment of firing, which was read for so many ms: an outcome."""


class Price(NamedTuple):
    """What electricity costs [currency per kWh] with taxes; `estimated` where a feed is silent."""

    per_kwh: float
    estimated: bool


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a plan looks at in the building as it is now."""

    trigger: Blend | None
    conditions: tuple[Blend | None, ...]
    names: Names

    @property
    def series_ids(self) -> dict[int, int]:
        """Every series with its hold [ms]."""
        blends = [self.trigger, *self.conditions]
        return {part.series_id: part.hold_ms for b in blends if b for part in b.parts}


def wire(plan: Plan, world: World) -> Wiring:
    """Find what a plan looks at."""
    trigger = None
    if isinstance(plan.trigger, MetricTrigger):
        source = plan.trigger.source
        trigger = Blend.of_metric(world.source(source), source.metric)
    elif isinstance(plan.trigger, OccupancyTrigger):
        trigger = Blend.of_presence(world.presence(plan.trigger.room_id))
    found: list[Blend | None] = []
    for condition in plan.conditions:
        match condition:
            case MetricCondition():
                series = world.source(condition.source)
                found.append(Blend.of_metric(series, condition.source.metric))
            case OccupancyCondition():
                found.append(Blend.of_presence(world.presence(condition.room_id)))
            case DeviceCondition():
                found.append(Blend(world.drawing(condition.device_id), "alone"))
            case _:
                found.append(None)
    return Wiring(trigger, tuple(found), world.names)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule stands: since when and how far it has decided, and what it remembers.

    `last` is the newest reading of each series, `step_id` the newest change of an event it knows.
    """

    begun_ms: int
    until_ms: int
    trigger: State = field(default_factory=State)
    last: Mapping[int, Row] = field(default_factory=dict)
    fired_ms: int | None = None
    step_id: int = 0


@dataclass(frozen=True)
class Seen:
    """What is known up to `until_ms`: readings after the last ones, prices, days, events.

    At the beginning `rows` may reach back, so that what still stands then is known.
    """

    until_ms: int
    zone: ZoneInfo
    rows: Mapping[int, Sequence[Row]]
    day: Callable[[date], Day]
    price: Callable[[int], Price | None]
    changes: Sequence[EventChange] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """A trigger that came true at `at_ms`, having begun at `since_ms`."""

    at_ms: int
    since_ms: int
    value: float | None
    said: str | None = None


def decide(
    plan: Plan, wiring: Wiring, standing: Standing, seen: Seen, held_back: HeldBack | None = None
) -> tuple[Standing, list[Decision]]:
    """Everything a rule decides up to `seen.until_ms`; in one go or in many is the same.

    `held_back` is asked last: what it forbids does not begin the cooldown.
    """
    trigger, moments = _moments(plan, wiring, standing, seen)
    facts = Facts(wiring.names, seen.zone, seen.day, seen.price)
    fired_ms, known_ms = standing.fired_ms, None
    decisions: list[Decision] = []
    for moment in moments:
        if moment.at_ms == known_ms:
            continue
        known_ms = moment.at_ms
        made = _decided(plan, wiring, standing, seen, facts, moment, fired_ms)
        if made.outcome == "fired" and held_back is not None:
            reason = held_back(moment.at_ms, _stated_ms(wiring, standing, seen, moment.at_ms))
            made = replace(made, outcome=reason) if reason else made
        if made.outcome == "fired":
            fired_ms = made.at_ms
        decisions.append(made)
    newest = {key: rows[-1] for key, rows in seen.rows.items() if rows}
    wanted = wiring.series_ids
    last = {key: row for key, row in {**standing.last, **newest}.items() if key in wanted}
    step_id = max([standing.step_id, *(change.step_id for change in seen.changes)])
    after = Standing(standing.begun_ms, seen.until_ms, trigger, last, fired_ms, step_id)
    return after, decisions


def _decided(
    plan: Plan,
    wiring: Wiring,
    standing: Standing,
    seen: Seen,
    facts: Facts,
    moment: _Moment,
    fired_ms: int | None,
) -> Decision:
    judged = []
    for condition, blend in zip(plan.conditions, wiring.conditions, strict=True):
        known = None
        if blend is not None:
            known = blend.at(_known_at(blend, standing, seen, moment.at_ms), moment.at_ms)
        judged.append(judge(condition, known.value if known else None, moment.at_ms, facts))
    outcome, ready_ms = "fired", None
    if not all(one.held for one in judged):
        outcome = "condition"
    elif fired_ms is not None and moment.at_ms < fired_ms + plan.cooldown_s * 1000:
        outcome, ready_ms = "cooldown", fired_ms + plan.cooldown_s * 1000
    seen_by = _trigger_judged(plan, wiring, moment, seen)
    return Decision(
        moment.at_ms, moment.since_ms, outcome, seen_by, tuple(judged), ready_ms
    )  # fmt: skip


def _known_at(blend: Blend, standing: Standing, seen: Seen, at_ms: int) -> dict[int, Row]:
    found = {}
    for part in blend.parts:
        key = part.series_id
        row = newest_at(seen.rows.get(key, ()), standing.last.get(key), at_ms)
        if row is not None:
            found[key] = row
    return found


def _stated_ms(wiring: Wiring, standing: Standing, seen: Seen, at_ms: int) -> int:
    """For how long the readings say they stand that a decision was made from."""
    known = [
        row
        for blend in (wiring.trigger, *wiring.conditions)
        if blend is not None
        for row in _known_at(blend, standing, seen, at_ms).values()
    ]
    return max((row[2] for row in known), default=0)


def _moments(
    plan: Plan, wiring: Wiring, standing: Standing, seen: Seen
) -> tuple[State, list[_Moment]]:
    """When the trigger came true, and where it stands now."""
    match plan.trigger:
        case MetricTrigger() as metric:
            return _followed(
                wiring, standing, seen, metric.side, metric.limit, metric.hysteresis, metric.for_s
            )
        case OccupancyTrigger() as people:
            side: evaluate.Side = "above" if people.state == "occupied" else "below"
            return _followed(wiring, standing, seen, side, 0.5, 0.0, people.for_s)
        case PriceTrigger() as price:
            machine = evaluate.Trigger(
                price.side, price.limit_per_kwh, delay_on_ms=price.for_s * 1000, hold_ms=0
            )
            return _rang(standing.trigger, list(_price_rows(standing, seen)), machine, seen)
        case TimeTrigger() as time:
            return standing.trigger, list(_times(time, standing.until_ms, seen))
        case EventTrigger() as event:
            return standing.trigger, [
                _Moment(change.at_ms, change.at_ms, None, change.words)
                for change in seen.changes
                if _meant(event, change)
            ]


def _followed(
    wiring: Wiring,
    standing: Standing,
    seen: Seen,
    side: evaluate.Side,
    limit: float,
    hysteresis: float,
    for_s: int,
) -> tuple[State, list[_Moment]]:
    blend = wiring.trigger
    if blend is None or not blend.parts:
        return standing.trigger, []
    rows = blend.rows(seen.rows, standing.last, standing.begun_ms)
    machine = evaluate.Trigger(
        side, limit, hysteresis, delay_on_ms=for_s * 1000, hold_ms=blend.hold_ms
    )
    return _rang(standing.trigger, rows, machine, seen)


def _rang(
    state: State, rows: Sequence[Row], machine: evaluate.Trigger, seen: Seen
) -> tuple[State, list[_Moment]]:
    state, occurred = follow(state, rows, machine, seen.until_ms)
    return state, [_Moment(o.at_ms, o.since_ms, o.value) for o in occurred if o.rang]


def _price_rows(standing: Standing, seen: Seen) -> Iterator[Row]:
    """A row at the start of each quarter hour whose price is known."""
    first = standing.until_ms // SLOT_MS + 1
    for slot in range(first, seen.until_ms // SLOT_MS + 1):
        price = seen.price(slot * SLOT_MS)
        if price is not None:
            yield slot * SLOT_MS, price.per_kwh, SLOT_MS


def _times(trigger: TimeTrigger, after_ms: int, seen: Seen) -> Iterator[_Moment]:
    """The minute on each of its days in (after, until]; one that comes twice counts once."""
    day = local_date(from_ms(after_ms), seen.zone) - timedelta(days=1)
    last = local_date(from_ms(seen.until_ms), seen.zone)
    while day <= last:
        at_ms = minute_ms(day, trigger.minute, seen.zone)
        if after_ms < at_ms <= seen.until_ms and trigger.days.hold(seen.day(day)):
            yield _Moment(at_ms, at_ms, None, clock(trigger.minute))
        day += timedelta(days=1)


def minute_ms(day: date, minute: int, zone: ZoneInfo) -> int:
    """When a local clock shows a minute of a day, the first time; a skipped one an hour later."""
    if minute >= DAY_S // 60:
        day, minute = day + timedelta(days=1), minute - DAY_S // 60
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return to_ms(local)


def _meant(trigger: EventTrigger, change: EventChange) -> bool:
    own = change.kind == "reported" and change.source == TELLS_AS
    if own or trigger.change != change.change:
        return False
    asked = (trigger.service, trigger.severity, trigger.event_kind)
    told = (change.service, change.severity, change.kind)
    if any(one is not None and one != other for one, other in zip(asked, told, strict=True)):
        return False
    return trigger.room_id is None or trigger.room_id in change.room_ids


def _trigger_judged(plan: Plan, wiring: Wiring, moment: _Moment, seen: Seen) -> Judged:
    words = trigger_words(plan.trigger, wiring.names)
    unit, said = "", moment.said
    match plan.trigger:
        case MetricTrigger() as metric:
            unit = METRICS[metric.source.metric].unit
        case PriceTrigger():
            unit = f"{wiring.names.money}/kWh"
            price = seen.price(moment.at_ms)
            said = "estimated" if price is not None and price.estimated else None
        case OccupancyTrigger() as people:
            return Judged(words, None, "", held=True, said=people.state)
    return Judged(words, moment.value, unit, held=True, said=said)
