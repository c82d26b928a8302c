"""When schedules tell something, and when rules may: local times made into moments. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.automation.machine import minute_ms
from domain.automation.model import DayCondition, Days, Entry, Plan, TimeCondition, TimeTrigger
from domain.calendar.model import Day
from domain.foundation.clock import from_ms
from domain.foundation.intervals import local_date

MINUTE_MS = 60_000
DAY_MINUTES = 1440
DayOf = Callable[[date], Day]


class Span(NamedTuple):
    """[start, end) in epoch milliseconds."""

    start_ms: int
    end_ms: int


class EntrySpan(NamedTuple):
    """When an entry of a schedule holds; `place` is the entry's in its schedule."""

    start_ms: int
    end_ms: int
    place: int


def entry_spans(
    entries: Sequence[Entry], from_ms_: int, to_ms_: int, day_of: DayOf, zone: ZoneInfo
) -> list[EntrySpan]:
    """Every span of the entries that reaches into [from, to), whole, in order."""
    found = [
        EntrySpan(*span, place)
        for place, entry in enumerate(entries)
        for span in _windows(
            entry.days, entry.from_minute, entry.to_minute, from_ms_, to_ms_, day_of, zone
        )
    ]
    return sorted(found)


def may_fire(
    plan: Plan, from_ms_: int, to_ms_: int, day_of: DayOf, zone: ZoneInfo
) -> list[Span]:  # fmt: skip
    """When a rule may fire in [from, to), by its times and days alone."""
    spans = [Span(from_ms_, to_ms_)]
    if isinstance(plan.trigger, TimeTrigger):
        at = plan.trigger
        spans = list(
            _windows(at.days, at.minute, at.minute + 1, from_ms_, to_ms_, day_of, zone)
        )  # fmt: skip
    for condition in plan.conditions:
        if isinstance(condition, TimeCondition):
            begin, end = condition.from_minute, condition.to_minute
            windows = _windows(condition.days, begin, end, from_ms_, to_ms_, day_of, zone)
        elif isinstance(condition, DayCondition):
            windows = _windows(condition.days, 0, DAY_MINUTES, from_ms_, to_ms_, day_of, zone)
        else:
            continue
        spans = both(spans, list(windows))
    return spans


def both(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """Where both hold; each in order."""
    found = []
    for a in one:
        for b in other:
            begin, end = max(a.start_ms, b.start_ms), min(a.end_ms, b.end_ms)
            if begin < end:
                found.append(Span(begin, end))
    return found


def lasting(spans: Iterable[Span], minutes: int) -> list[Span]:
    """The same, each so much longer as what is told in it lasts."""
    return [Span(span.start_ms, span.end_ms + minutes * MINUTE_MS) for span in spans]


def _windows(
    days: Days,
    from_minute: int,
    to_minute: int,
    from_ms_: int,
    to_ms_: int,
    day_of: DayOf,
    zone: ZoneInfo,
) -> Iterator[Span]:
    """A part of the local day on its days; the day it begins on decides."""
    day = local_date(from_ms(from_ms_), zone) - timedelta(days=1)
    last = local_date(from_ms(to_ms_), zone)
    while day <= last:
        if days.hold(day_of(day)):
            over = timedelta(days=1 if to_minute <= from_minute else 0)
            span = Span(minute_ms(day, from_minute, zone), minute_ms(day + over, to_minute, zone))
            # An hour that the clock skips leaves nothing of a window inside it.
            if span.start_ms < span.end_ms and span.end_ms > from_ms_ and span.start_ms < to_ms_:
                yield span
        day += timedelta(days=1)
