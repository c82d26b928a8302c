"""Readings of several sensors as the one value that rules look at. Pure.

A reading speaks for its hold, or as long as it states itself; what is longer ago is not known. A
room's metric is what its page shows: the mean, or the highest where the worst place counts, of
those that speak. A room is empty only where each of its counters says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from domain.alarms.evaluate import Row
from domain.automation.world import Heard
from domain.building.live import HIGHEST_COUNTS

How: TypeAlias = Literal["alone", "mean", "highest", "anybody"]
SOMEBODY = 0.5
"""From how many people, or from which state of a motion sensor, somebody is there."""


class Known(NamedTuple):
    """A value at a moment, and until when it stands if nothing else is read."""

    value: float
    until_ms: int


@dataclass(frozen=True, slots=True)
class Blend:
    """The series that make one value, and how."""

    parts: tuple[Heard, ...]
    how: How

    @classmethod
    def of_metric(cls, parts: tuple[Heard, ...], metric: str) -> Blend:
        """What a room shows of a metric, or a sensor says."""
        if len(parts) < 2:
            return cls(parts, "alone")
        return cls(parts, "highest" if metric in HIGHEST_COUNTS else "mean")

    @classmethod
    def of_presence(cls, parts: tuple[Heard, ...]) -> Blend:
        """Whether somebody is there: 1, or 0."""
        return cls(parts, "anybody")

    def at(self, last: Mapping[int, Row], at_ms: int) -> Known | None:
        """What is known at a moment, given the newest reading of each part up to then."""
        found = [
            Known(last[part.series_id][1], reach_ms(last[part.series_id], part))
            for part in self.parts
            if part.series_id in last
        ]
        known = [one for one in found if one.until_ms >= at_ms]
        if not known:
            return None
        if self.how == "anybody":
            there = [one.until_ms for one in known if one.value >= SOMEBODY]
            if there:
                return Known(1.0, max(there))
            if len(known) < len(self.parts):
                return None
        until_ms = min(one.until_ms for one in known)
        values = [one.value for one in known]
        match self.how:
            case "anybody":
                return Known(0.0, until_ms)
            case "mean":
                return Known(sum(values) / len(values), until_ms)
        return Known(max(values), until_ms)

    def rows(
        self, read: Mapping[int, Sequence[Row]], last: Mapping[int, Row], after_ms: int
    ) -> list[Row]:
        """The value at each reading of a part after a moment; each row states how long it stands.

        `read` is in time order and may begin before `after_ms`; `last` is what was known before it.
        """
        if self.how == "alone":
            (part,) = self.parts or (None,)
            listed = read.get(part.series_id, ()) if part else ()
            return [row for row in listed if row[0] > after_ms]
        merged = sorted(
            (row[0], part.series_id, row)
            for part in self.parts
            for row in read.get(part.series_id, ())
        )
        newest = dict(last)
        found: list[Row] = []
        for at, (ts_ms, series_id, row) in enumerate(merged):
            newest[series_id] = row
            if at + 1 < len(merged) and merged[at + 1][0] == ts_ms:
                continue  # several spoke at once: one value
            if ts_ms > after_ms and (known := self.at(newest, ts_ms)) is not None:
                found.append((ts_ms, known.value, known.until_ms - ts_ms))
        return found

    @property
    def hold_ms(self) -> int:
        """How long a row without a statement stands; blended ones state it themselves."""
        return self.parts[0].hold_ms if self.how == "alone" and self.parts else 0


def reach_ms(row: Row, part: Heard) -> int:
    """Until when a reading speaks."""
    return row[0] + max(part.hold_ms, row[2])


def newest_at(rows: Sequence[Row], before: Row | None, at_ms: int) -> Row | None:
    """The newest reading up to a moment; `before` is the one that came before `rows`."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle][0] <= at_ms:
            low = middle + 1
        else:
            high = middle
    if low:
        return rows[low - 1]
    return before if before is not None and before[0] <= at_ms else None
