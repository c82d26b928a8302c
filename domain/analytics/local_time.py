"""Hours, weekdays and days of the building's zone for many moments at once. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from domain.foundation.clock import from_ms
from domain.foundation.intervals import Period, day_starts_ms, local_date, local_midnight
from domain.telemetry.history import LEVELS

Ints: TypeAlias = npt.NDArray[np.int64]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
QUARTER_MS = 900_000
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""


def offsets_ms(ts_ms: Ints, zone: ZoneInfo) -> Ints:
    """What the wall clock is ahead of UTC at each moment [ms]."""
    if not len(ts_ms):
        return np.empty(0, np.int64)
    edges, offsets = _changes(int(ts_ms.min()), int(ts_ms.max()), zone)
    return offsets[np.searchsorted(edges, ts_ms, "right")]


def hours(ts_ms: Ints, zone: ZoneInfo) -> Ints:
    """Hour of the wall clock, 0 to 23; an hour that comes twice is one."""
    return (ts_ms + offsets_ms(ts_ms, zone)) % DAY_MS // HOUR_MS


def weekdays(ts_ms: Ints, zone: ZoneInfo) -> Ints:
    """Weekday of the calendar there, Monday 0 to Sunday 6."""
    return ((ts_ms + offsets_ms(ts_ms, zone)) // DAY_MS + _EPOCH_WEEKDAY) % 7


def hour_level(zone: ZoneInfo, period: Period) -> str:
    """The coarsest rollup whose buckets lie within one local hour: 1h, or 15min in odd zones."""
    ends = np.array([period.start_ms, period.end_ms], np.int64)
    edges, offsets = _changes(int(ends[0]), int(ends[1]), zone)
    whole = not np.any(offsets % HOUR_MS) and not np.any(edges % HOUR_MS)
    return "1h" if whole else "15min"


def day_edges_ms(period: Period, zone: ZoneInfo) -> list[int]:
    """Local midnights around the period: the first is not after it, the last not before its end."""
    first = local_midnight(local_date(period.start, zone), zone)
    inside = [at for at in day_starts_ms(period, zone) if at > period.start_ms]
    begin = round(first.timestamp() * 1000)
    last = local_date(from_ms(period.end_ms - 1), zone)
    after = local_midnight(date.fromordinal(last.toordinal() + 1), zone)
    return [begin, *inside, round(after.timestamp() * 1000)]


def level_edges_ms(period: Period, level: str, zone: ZoneInfo) -> Ints:
    """Edges of all rollup buckets (15min, 1h, 1d) that touch the period."""
    if level == "1d":
        return np.array(day_edges_ms(period, zone), np.int64)
    width = LEVELS[level]
    last = -(-period.end_ms // width) * width
    return np.arange(period.start_ms // width * width, last + 1, width, dtype=np.int64)


def dates(starts_ms: Sequence[int], zone: ZoneInfo) -> list[date]:
    """The calendar day each moment lies in."""
    return [local_date(from_ms(at), zone) for at in starts_ms]


def elapsed_ms(period: Period, group_of: "GroupOf", size: int) -> Ints:
    """How much of the period falls into each group, cut by quarter hours."""
    first = period.start_ms // QUARTER_MS * QUARTER_MS
    starts = np.arange(first, period.end_ms, QUARTER_MS, dtype=np.int64)
    begin = np.maximum(starts, period.start_ms)
    widths = np.minimum(starts + QUARTER_MS, period.end_ms) - begin
    return np.bincount(group_of(begin), widths, size).astype(np.int64)


class GroupOf:
    """A function from moments to the number of their group."""

    def __init__(self, kind: str, zone: ZoneInfo) -> None:
        self._of = hours if kind == "hour_of_day" else weekdays
        self._zone = zone

    def __call__(self, ts_ms: Ints) -> Ints:
        """The group of each moment."""
        return self._of(ts_ms, self._zone)


def _offset_ms(ts_ms: int, zone: ZoneInfo) -> int:
    offset = from_ms(ts_ms).astimezone(zone).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0


def _changes(first_ms: int, last_ms: int, zone: ZoneInfo) -> tuple[Ints, Ints]:
    """Where the clock changes between two moments, and the offsets before and after each."""
    probes = [*range(first_ms, last_ms, DAY_MS), last_ms]
    known = [_offset_ms(at, zone) for at in probes]
    edges = [
        _change_between(probes[at], probes[at + 1], zone)
        for at in range(len(probes) - 1)
        if known[at] != known[at + 1]
    ]
    offsets = [known[0], *(_offset_ms(at, zone) for at in edges)]
    return np.array(edges, np.int64), np.array(offsets, np.int64)


def _change_between(low_ms: int, high_ms: int, zone: ZoneInfo) -> int:
    """The first moment of the later offset, by halving."""
    before = _offset_ms(low_ms, zone)
    while high_ms - low_ms > 1:
        middle = (low_ms + high_ms) // 2
        if _offset_ms(middle, zone) == before:
            low_ms = middle
        else:
            high_ms = middle
    return high_ms
