"""Ticks that tell the truth: round numbers upward, local wall-clock times across.

The time axis is linear in epoch milliseconds, so that a day of 23 or 25 hours is as long as it
was; only the words on it are local.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from components import formats

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Scale(NamedTuple):
    """Limits of a value axis and its lines with their words."""

    low: float
    high: float
    ticks: list[float]
    words: list[str]


STEPS = (1.0, 2.0, 2.5, 4.0, 5.0, 10.0)


def _step(span: float, lines: int) -> float:
    raw = span / max(1, lines - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in STEPS if m * power >= raw * 0.999)


def nice_scale(low: float, high: float, *, lines: int = 4, from_zero: bool = False) -> Scale:
    """Round limits around the data with 3 to 6 lines whose numbers carry no sign.

    With `from_zero` the part above zero sets the step; below zero the axis ends where the data do.
    """
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    if high - low < 1e-9:
        high = low + (abs(low) * 0.1 or 1.0)
    step = _step(high if from_zero and high > 0 else high - low, lines)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    bottom = first * step
    if from_zero and low < 0:
        bottom = low * 1.12
        first = math.ceil(bottom / step)
    ticks = [round(i * step, 10) for i in range(first, last + 1)]
    decimals = next((d for d in range(5) if abs(round(step, d) - step) < step * 1e-6), 5)
    words = [formats.fixed(abs(tick), decimals) for tick in ticks]
    # A hair beyond, so that the outermost lines are drawn whole.
    hair = (ticks[-1] - bottom) * 0.006
    return Scale(min(bottom, ticks[0]) - hair, ticks[-1] + hair, ticks, words)


class TimeTicks(NamedTuple):
    """Places and words of a time axis; `first` and `last` are written inside the plot's edges."""

    places: list[int]
    words: list[str]
    first: str | None
    last: str | None


def _utc_ms(local: datetime, zone: ZoneInfo) -> int:
    return int(local.replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return _utc_ms(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a wall clock


def _hours(start_ms: int, end_ms: int, zone: ZoneInfo, every_h: int) -> TimeTicks:
    begin = formats.local(start_ms, zone)
    wall = begin.replace(tzinfo=None, minute=0, second=0, microsecond=0)
    wall = wall.replace(hour=wall.hour - wall.hour % every_h)
    places, words = [], []
    first = last = None
    while (place := _utc_ms(wall, zone)) <= end_ms:
        text = f"{wall:%H:%M}"
        if place == start_ms:
            first = text
        elif place == end_ms:
            last = "24:00" if wall.hour == 0 else text
        elif place > start_ms:
            places.append(place)
            words.append(text)
        wall += timedelta(hours=every_h)
    return TimeTicks(places, words, first, last)


def _days(start_ms: int, end_ms: int, zone: ZoneInfo) -> Iterable[tuple[date, int, int]]:
    day = formats.local(start_ms, zone).date()
    while (begin := _midnight_ms(day, zone)) < end_ms:
        yield day, begin, _midnight_ms(day + timedelta(days=1), zone)
        day += timedelta(days=1)


def _by_day(start_ms: int, end_ms: int, zone: ZoneInfo) -> TimeTicks:
    found = [
        ((begin + end) // 2, f"{formats.WEEKDAYS[day.weekday()]} {day.day}")
        for day, begin, end in _days(start_ms, end_ms, zone)
    ]
    return TimeTicks([place for place, _ in found], [words for _, words in found], None, None)


def _by_week(start_ms: int, end_ms: int, zone: ZoneInfo) -> TimeTicks:
    found = [
        (begin, f"{day.day} {formats.MONTHS[day.month - 1]}")
        for day, begin, _ in _days(start_ms, end_ms, zone)
        if day.weekday() == 0 and begin >= start_ms
    ]
    return TimeTicks([place for place, _ in found], [words for _, words in found], None, None)


def _by_month(start_ms: int, end_ms: int, zone: ZoneInfo, every: int) -> TimeTicks:
    begin = formats.local(start_ms, zone).date().replace(day=1)
    many = formats.local(end_ms - 1, zone).year != begin.year
    places, words = [], []
    while (place := _midnight_ms(begin, zone)) < end_ms:
        after = (begin + timedelta(days=32)).replace(day=1)
        middle = (place + _midnight_ms(after, zone)) // 2
        if (begin.month - 1) % every == 0 and start_ms <= middle <= end_ms:
            name = formats.MONTHS[begin.month - 1]
            places.append(middle)
            words.append(f"{name} {begin.year}" if many and begin.month == 1 else name)
        begin = after
    return TimeTicks(places, words, None, None)


def time_ticks(start_ms: int, end_ms: int, zone: ZoneInfo) -> TimeTicks:
    """3 h in a day, days in a week, weeks in a month, months in a year; finer when zoomed."""
    span = end_ms - start_ms
    for limit_h, every_h in ((8, 1), (15, 2), (27, 3), (54, 6)):
        if span <= limit_h * HOUR_MS:
            return _hours(start_ms, end_ms, zone, every_h)
    if span <= 9 * DAY_MS:
        return _by_day(start_ms, end_ms, zone)
    if span <= 70 * DAY_MS:
        return _by_week(start_ms, end_ms, zone)
    return _by_month(start_ms, end_ms, zone, 1 if span <= 400 * DAY_MS else 3)
