"""Which level answers a chart, and how its rows become points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import Any

from domain.telemetry.freshness import DEFAULT_INTERVAL_S, late_after_s
from domain.telemetry.model import OUT_OF_RANGE, RawRow, Series
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS

DAY_MS = 86_400_000
LEVELS = {"15min": QUARTER_MS, "1h": HOUR_MS, "1d": DAY_MS}
_RAW_SPAN_MS = 2 * DAY_MS
_KW_MS_PER_KWH = 3.6e6


@dataclass(slots=True)
class History:
    """One series over a period, ready to draw: never more points than asked for.

    ``mean`` of power is over time; ``energy`` is in the metric's energy unit; ``coverage`` is the
    known share of each bucket, 0 to 1. A gap is one point without values; raw has ``bucket_s`` 0.
    """

    sensor_id: str
    metric: str
    unit: str
    kind: str
    level: str
    bucket_s: float
    ts_ms: list[int] = field(default_factory=list)
    mean: list[float | None] = field(default_factory=list)
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)
    energy: list[float | None] = field(default_factory=list)
    coverage: list[float | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grid:
    """The level to read and how many of its buckets make one point; 0 means raw."""

    level: str
    factor: int

    @property
    def width_ms(self) -> int:
        """Length of a point [ms]; a nominal one where days are gathered."""
        return LEVELS[self.level] * self.factor if self.factor else 0


def choose(series: Series, start_ms: int, end_ms: int, level: str, max_points: int) -> Grid:
    """The finest level that is still kept and gives at most ``max_points``.

    A level that was asked for is kept to, gathered where it has too many points.
    """
    span_ms = end_ms - start_ms
    raw_kept = start_ms >= series.raw_from_ms and not series.virtual
    if level == "raw" and raw_kept:
        return Grid("raw", 0)
    if level == "auto":
        expected = span_ms / 1000 / (series.interval_s or DEFAULT_INTERVAL_S)
        if raw_kept and span_ms <= _RAW_SPAN_MS and expected <= max_points:
            return Grid("raw", 0)
        level = _level_for(span_ms / max_points)
    if level == "raw":
        level = "15min"
    if level == "15min" and start_ms < series.quarter_from_ms:
        level = "1h"
    return Grid(level, max(1, math.ceil(span_ms / LEVELS[level] / max_points)))


def mean_value(
    kind: str, n: int, total: float | None, energy: float | None, covered_ms: int
) -> float | None:
    """Mean of a bucket: over the known time for power, over the readings otherwise."""
    if kind == "power":
        return energy * _KW_MS_PER_KWH / covered_ms if covered_ms and energy is not None else None
    return total / n if n and total is not None else None


def empty_history(series: Series, grid: Grid) -> History:
    """A history that has no points yet."""
    bucket_s = grid.width_ms / 1000
    return History(series.sensor_id, series.metric, series.unit, series.kind, grid.level, bucket_s)


def raw_points(series: Series, rows: Sequence[RawRow]) -> History:
    """Readings within range, with a gap wherever the series was silent for too long."""
    history = empty_history(series, Grid("raw", 0))
    if not rows:
        return history
    times, values, stated, flags = zip(*rows, strict=True)
    if any(flags):
        return raw_points(series, [(*row[:3], 0) for row in rows if not row[3] & OUT_OF_RANGE])
    gap_ms = round(late_after_s(series.interval_s) * 1000)
    silence_ms = list(map(sub, times[1:], times))
    cuts = [at for at, ms in enumerate(silence_ms) if ms > gap_ms and ms > (stated[at] or 0)]
    history.ts_ms, history.mean = list(times), list(values)
    for at in reversed(cuts):
        history.ts_ms.insert(at + 1, times[at] + gap_ms)
        history.mean.insert(at + 1, None)
    history.low, history.high = list(history.mean), list(history.mean)
    nothing: list[float | None] = [None] * len(history.ts_ms)
    history.energy, history.coverage = nothing, list(nothing)
    return history


def bucket_points(
    series: Series, grid: Grid, origin_ms: int, rows: Sequence[tuple[Any, ...]]
) -> History:
    """Gathered rollup rows (place, n, total, low, high, energy, covered_ms, first) as points."""
    history = empty_history(series, grid)
    width_ms = grid.width_ms
    before = rows[0][0] - 1 if rows else 0
    measured = series.kind in ("power", "counter")
    apart = 1 if measured else _usual_distance([row[0] for row in rows])
    for place, n, total, low, high, energy, covered_ms, first_ms in rows:
        if place - before > apart:
            _add_gap(history, origin_ms + (before + 1) * width_ms)
        before = place
        history.ts_ms.append(first_ms if grid.level == "1d" else origin_ms + place * width_ms)
        history.mean.append(mean_value(series.kind, n, total, energy, covered_ms))
        history.low.append(low)
        history.high.append(high)
        history.energy.append(energy)
        share = min(covered_ms / width_ms, 1.0) if measured else float(n > 0)
        history.coverage.append(share)
    return history


def _add_gap(history: History, ts_ms: int) -> None:
    history.ts_ms.append(ts_ms)
    for column in (history.mean, history.low, history.high, history.energy):
        column.append(None)
    history.coverage.append(0.0)


def _usual_distance(places: Sequence[int]) -> int:
    """How far apart points of a gauge may lie: one read hourly is no row of gaps."""
    distances = sorted(map(sub, places[1:], places))
    usual: int = distances[len(distances) // 2] if distances else 1
    return usual if usual == 1 else 2 * usual


def _level_for(width_ms: float) -> str:
    """Buckets of 16 to 59 minutes are made of quarters, of 1 to 23 hours of hours."""
    if width_ms <= HOUR_MS * 0.75:
        return "15min"
    return "1h" if width_ms <= DAY_MS / 2 else "1d"
