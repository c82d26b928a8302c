"""Which level answers a chart, and how its rows become points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import TYPE_CHECKING, Any

from domain.telemetry.freshness import DEFAULT_INTERVAL_S, late_after_s
from domain.telemetry.model import Series
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS

if TYPE_CHECKING:
    from domain.telemetry.rollup_store import GroupedRow

DAY_MS = 86_400_000
LEVELS = {"15min": QUARTER_MS, "1h": HOUR_MS, "1d": DAY_MS}
FIVE_MS = 300_000
WIDTHS_MS = {**LEVELS, "5min": FIVE_MS}
"""Five minutes are kept nowhere: they are made of readings, for contracts that share no finer."""
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
        return WIDTHS_MS[self.level] * self.factor if self.factor else 0


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


def silences(series: Series, times_ms: Sequence[int]) -> list[int]:
    """After which readings the series was silent for too long, by its interval."""
    silence_ms = list(map(sub, times_ms[1:], times_ms))
    limit_ms = _gap_ms(series)
    if not silence_ms or max(silence_ms) <= limit_ms:
        return []
    return [at for at, ms in enumerate(silence_ms) if ms > limit_ms]


def raw_points(
    series: Series, times_ms: Sequence[int], values: Sequence[float], gaps: Sequence[int]
) -> History:
    """Readings with a gap after each of the ascending positions ``gaps``."""
    history = empty_history(series, Grid("raw", 0))
    history.ts_ms, history.mean = list(times_ms), list(values)
    for at in reversed(gaps):
        history.ts_ms.insert(at + 1, times_ms[at] + _gap_ms(series))
        history.mean.insert(at + 1, None)
    history.low, history.high = list(history.mean), list(history.mean)
    nothing: list[float | None] = [None] * len(history.ts_ms)
    history.energy, history.coverage = nothing, list(nothing)
    return history


def bucket_points(
    series: Series, grid: Grid, origin_ms: int, rows: Sequence["GroupedRow"]
) -> History:
    """Gathered rollup rows as points; `GroupedRow` says what they hold."""
    return column_points(series, grid, origin_ms, list(zip(*rows, strict=True)))


def column_points(
    series: Series, grid: Grid, origin_ms: int, columns: Sequence[Sequence[Any]]
) -> History:
    """The same of rows that come by columns."""
    history = empty_history(series, grid)
    if not columns:
        return history
    places, low, high, amounts, weights, energy, covered_ms, first_ms = columns
    width_ms = grid.width_ms
    measured = series.kind in ("power", "counter")
    history.ts_ms = (
        list(first_ms) if grid.level == "1d" else [origin_ms + at * width_ms for at in places]
    )
    history.mean = [
        amount / weight if weight and amount is not None else None
        for amount, weight in zip(amounts, weights, strict=True)
    ]
    history.low, history.high, history.energy = list(low), list(high), list(energy)
    if measured:
        history.coverage = [min(ms / width_ms, 1.0) for ms in covered_ms]
    else:
        history.coverage = [float(weight > 0) for weight in weights]
    apart = 1 if measured else _usual_distance(places)
    for at in reversed(range(1, len(places))):
        if places[at] - places[at - 1] > apart:
            _insert_gap(history, at, origin_ms + (places[at - 1] + 1) * width_ms)
    return history


def _insert_gap(history: History, at: int, ts_ms: int) -> None:
    history.ts_ms.insert(at, ts_ms)
    for column in (history.mean, history.low, history.high, history.energy):
        column.insert(at, None)
    history.coverage.insert(at, 0.0)


def _gap_ms(series: Series) -> int:
    return round(late_after_s(series.interval_s) * 1000)


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
