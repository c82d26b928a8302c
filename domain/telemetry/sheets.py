"""Pages of readings or buckets of one series, one after the other, in constant memory.

For a counter, readings are its stand and buckets what it counted in them. ``quality`` is ``ok`` or
what is known against a value, joined by ``+``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from domain.foundation.intervals import Period
from domain.telemetry import note_store, reading_store, rollup_store
from domain.telemetry.corrections import shown
from domain.telemetry.fives import PAGE_MS, five_minutes
from domain.telemetry.history import WIDTHS_MS
from domain.telemetry.model import CORRECTED, MANUAL, OUT_OF_RANGE, REPLACED, Series
from domain.telemetry.quality import Finding
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import Buckets, Floats, Ints, joined
from domain.telemetry.virtual import mean_of
from domain.telemetry.window import Window, whole_until

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

PAGE = 20_000
"""Rows in a page at most."""

_MARKS = (
    (OUT_OF_RANGE, "out_of_range"),
    (MANUAL, "manual"),
    (CORRECTED, "corrected"),
    (REPLACED, "replaced"),
)
_KNOWN_SHARE = 0.999
_COUNTED_EXACTLY_MS = 32 * 86_400_000
"""Longer spans are counted in wider buckets, so that a file begins at once."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns that differ from row to row; ``low`` and ``high`` are None for readings."""

    ts_ms: Ints
    values: Floats
    quality: Sequence[str] | str
    low: Floats | None = None
    high: Floats | None = None


class Sheets:
    """Reads pages by the contract that was in force when it was made.

    No transaction is held between pages, so that a slow reader stops nobody.
    """

    def __init__(
        self, database: "Database", registry: Registry, zone: ZoneInfo, window: Window
    ) -> None:
        self._database = database
        self._registry = registry
        self._zone = zone
        self._window = window

    def level_of(self, series: Series, start_ms: int, level: str) -> str:
        """The level asked for, or the finest one that is shared and reaches back to the start."""
        return self._window.coarsened(kept_level(series, start_ms, level))

    def pages(self, series: Series, period: Period, level: str) -> Iterator[Sheet]:
        """The pages of one series in time order."""
        start_ms = period.start_ms
        kept = self.level_of(series, start_ms, level)
        with self._database.read() as connection:
            end_ms = self._end_ms(connection, series, kept, period.end_ms)
            findings = self._findings(connection, series, start_ms, end_ms)
        while start_ms < end_ms:
            with self._database.read() as connection:
                page, start_ms = self._page(connection, series, kept, findings, start_ms, end_ms)
            if page is not None:
                yield page

    def rows_about(self, found: Sequence[Series], period: Period, level: str) -> int | None:
        """About how many rows the pages of these series hold together, quick at any length.

        None where nothing is known yet, and under a contract: readings it withholds would count.
        """
        if not self._window.is_open:
            return None
        by_level: dict[str, list[int]] = {}
        for series in found:
            kept = self.level_of(series, period.start_ms, level)
            by_level.setdefault(kept, []).append(series.series_id)
        count = 0
        with self._database.read() as connection:
            for kept, series_ids in by_level.items():
                source, rows_a_bucket = _counted_in(kept, period)
                buckets, readings = rollup_store.count_buckets(
                    connection, source, series_ids, period.start_ms, period.end_ms
                )
                count += readings if kept == "raw" else buckets * rows_a_bucket
        return count or None

    def _end_ms(self, connection: "Connection", series: Series, level: str, end_ms: int) -> int:
        if self._window.is_open or level == "raw":
            return min(end_ms, self._window.horizon_ms)
        until_ms = self._window.until_ms(connection, self._registry, series)
        if level == "5min":
            return min(end_ms, until_ms)
        return min(end_ms, whole_until(level, until_ms, self._zone))

    def _findings(
        self, connection: "Connection", series: Series, start_ms: int, end_ms: int
    ) -> list[Finding]:
        """What was found odd; under an embargo nothing: later readings may have shown it."""
        if self._window.contract.embargo_minutes:
            return []
        found = note_store.findings_of(connection, [series.sensor_id], start_ms)
        return [f for _, f in found if f.metric == series.metric and f.since_ms < end_ms]

    def _page(
        self,
        connection: "Connection",
        series: Series,
        level: str,
        findings: Sequence[Finding],
        start_ms: int,
        end_ms: int,
    ) -> tuple[Sheet | None, int]:
        """The next page, and where the one after it begins."""
        if level == "raw":
            return _raw_sheet(connection, self._registry, series, findings, start_ms, end_ms)
        if level == "5min":
            page_end = min((start_ms // PAGE_MS + 1) * PAGE_MS, end_ms)
            overlays = self._registry.notes.overlays.get(series.series_id, ())
            parts = list(five_minutes(connection, series, overlays, start_ms, page_end))
            buckets = joined(parts)
        else:
            page_end = min(start_ms + WIDTHS_MS[level] * PAGE, end_ms)
            buckets = rollup_store.read_buckets(
                connection, level, series.series_id, start_ms, page_end
            )
        return _bucket_sheet(series, level, buckets, findings), page_end


def _counted_in(level: str, period: Period) -> tuple[str, int]:
    """Where rows of a level are counted, and how many of them one bucket there stands for."""
    if period.end_ms - period.start_ms <= _COUNTED_EXACTLY_MS:
        return ("15min" if level == "raw" else level), 1
    return {"raw": ("1d", 1), "15min": ("1h", 4), "1h": ("1d", 24)}.get(level, (level, 1))


def kept_level(series: Series, start_ms: int, level: str) -> str:
    """The level asked for, or the finest one that reaches back to the start."""
    if level in ("auto", "raw"):
        level = "15min" if series.virtual or start_ms < series.raw_from_ms else "raw"
    if level == "15min" and start_ms < series.quarter_from_ms:
        level = "1h"
    return level


def _raw_sheet(
    connection: "Connection",
    registry: Registry,
    series: Series,
    findings: Sequence[Finding],
    start_ms: int,
    end_ms: int,
) -> tuple[Sheet | None, int]:
    """The next page of readings, and where the one after it begins."""
    rows = reading_store.export_page(connection, series.series_id, start_ms, end_ms, PAGE)
    next_ms = rows[-1][0] + 1 if len(rows) == PAGE else end_ms
    overlays = registry.notes.overlays.get(series.series_id, ())
    if overlays:
        counted = shown([(ts, value, None, flags) for ts, value, flags in rows], overlays)
        rows = [(ts, value, flags) for ts, value, _, flags in counted]
    if not rows:
        return None, next_ms
    flat = np.fromiter(chain.from_iterable(rows), np.float64, len(rows) * 3).reshape(-1, 3)
    ts_ms, flags = flat[:, 0].astype(np.int64), flat[:, 2].astype(np.int64)
    quality = _quality(ts_ms, ts_ms, flags, findings)
    return Sheet(ts_ms, np.ascontiguousarray(flat[:, 1]), quality), next_ms


def _bucket_sheet(
    series: Series, level: str, buckets: Buckets, findings: Sequence[Finding]
) -> Sheet | None:
    if not len(buckets):
        return None
    counter = series.kind == "counter"
    values = buckets.energy if counter else mean_of(series.kind, buckets)
    ends = buckets.bucket_ms + WIDTHS_MS[level] - 1
    quality = _quality(buckets.bucket_ms, ends, np.zeros(len(buckets), np.int64), findings)
    if series.kind in ("power", "counter"):
        # An hour less than nominal: the short day of the year is whole with 23 of them.
        nominal = WIDTHS_MS[level] - (3_600_000 if level == "1d" else 0)
        unknown = buckets.covered_ms < nominal * _KNOWN_SHARE
        quality = _marked(quality, unknown, "estimated" if counter else "partial")
    low, high = (None, None) if counter else (buckets.low, buckets.high)
    return Sheet(buckets.bucket_ms, values, quality, low, high)


def _quality(
    first_ms: Ints, last_ms: Ints, flags: Ints, findings: Sequence[Finding]
) -> Sequence[str] | str:
    quality: Sequence[str] | str = "ok"
    for bit, word in _MARKS:
        quality = _marked(quality, (flags & bit) > 0, word)
    for finding in reversed(findings):
        inside = (last_ms >= finding.since_ms) & (first_ms <= finding.until_ms)
        if finding.kind != "gap":
            quality = _marked(quality, inside, finding.kind)
    return quality


def _marked(
    quality: Sequence[str] | str, chosen: npt.NDArray[np.bool_], word: str
) -> Sequence[str] | str:
    if not chosen.any():
        return quality
    marks = [quality] * len(chosen) if isinstance(quality, str) else list(quality)
    for at in np.flatnonzero(chosen):
        words = marks[at].split("+")
        if word not in words:
            marks[at] = word if words == ["ok"] else f"{marks[at]}+{word}"
    return marks
