"""Whether a condition holds at a moment, with the value it saw. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.automation.model import (
    Condition,
    DayCondition,
    DeviceCondition,
    Judged,
    MetricCondition,
    Names,
    OccupancyCondition,
    PriceCondition,
    TimeCondition,
)
from domain.automation.sentences import condition_words
from domain.calendar.model import DAY_TYPE_LABELS, Day
from domain.control.observation import STANDBY_KW
from domain.foundation.clock import from_ms
from domain.foundation.units import METRICS

if TYPE_CHECKING:
    from domain.automation.machine import Price


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions ask of beside measurements."""

    names: Names
    zone: ZoneInfo
    day: Callable[[date], Day]
    price: Callable[[int], Price | None]


def judge(condition: Condition, value: float | None, at_ms: int, facts: Facts) -> Judged:
    """A condition at a moment; `value` is what its source measured then, None where unknown."""
    words = condition_words(condition, facts.names)
    match condition:
        case MetricCondition():
            held = value is not None and _beyond(condition.side, value, condition.limit)
            return Judged(words, value, METRICS[condition.source.metric].unit, held)
        case OccupancyCondition():
            state = None if value is None else "occupied" if value else "empty"
            return Judged(words, None, "", state == condition.state, state)
        case DeviceCondition():
            running = None if value is None else abs(value) > STANDBY_KW
            held = running is not None and running == (condition.state == "running")
            return Judged(words, value, "kW", held)
        case PriceCondition():
            price = facts.price(at_ms)
            unit = f"{facts.names.money}/kWh"
            if price is None:
                return Judged(words, None, unit, held=False)
            held = _beyond(condition.side, price.per_kwh, condition.limit_per_kwh)
            return Judged(
                words, price.per_kwh, unit, held, "estimated" if price.estimated else None
            )
        case DayCondition():
            day = facts.day(from_ms(at_ms).astimezone(facts.zone).date())
            return Judged(words, None, "", condition.days.hold(day), day_said(day))
        case TimeCondition():
            return _time(condition, words, at_ms, facts)


def _time(condition: TimeCondition, words: str, at_ms: int, facts: Facts) -> Judged:
    local = from_ms(at_ms).astimezone(facts.zone)
    minute, today = local.hour * 60 + local.minute, local.date()
    begin, end = condition.from_minute, condition.to_minute
    if begin < end:
        inside, day = begin <= minute < end, facts.day(today)
    else:
        # After midnight the day before decides.
        before = minute < end
        inside = before or minute >= begin
        day = facts.day(today - timedelta(days=1) if before else today)
    held = inside and condition.days.hold(day)
    return Judged(words, None, "", held, f"{local:%H:%M}, {day_said(day)}")


def day_said(day: Day) -> str:
    """A day as the calendar has it: `Thursday 18 Jun, Public holiday (Corpus Christi)`."""
    label = f" ({day.label})" if day.label else ""
    return f"{day.date:%A} {day.date.day} {day.date:%b}, {DAY_TYPE_LABELS[day.day_type]}{label}"


def _beyond(side: str, value: float, limit: float) -> bool:
    return value > limit if side == "above" else value < limit
