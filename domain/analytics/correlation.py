"""Whether two quantities move together: Pearson, Spearman, and at which shift in time. Pure.

Pearson: r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)² Σ(y−ȳ)²) (K. Pearson 1895, doi:10.1098/rspl.1895.0041).
Spearman: Pearson's r of the ranks, ties sharing their mean rank (C. Spearman 1904,
doi:10.2307/1412159). No p-value is given: neighbouring hours are not independent, so that every
usual one would be far too small.
"""

from dataclasses import dataclass

import numpy as np

from domain.analytics.aggregates import Floats, Ints
from domain.analytics.lines import Line

FEWEST_PAIRS = 10
LAG_HOURS = 24
_HOUR_MS = 3_600_000
_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Lag:
    """r when the second quantity is read so many hours later than the first."""

    hours: int
    pearson: float | None
    pairs: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """`pearson` and `spearman` are None where they cannot be told, `reason` then says why."""

    label_a: str
    label_b: str
    unit_a: str
    unit_b: str
    metric_a: str
    metric_b: str
    resolution: str
    pearson: float | None
    spearman: float | None
    pairs: int
    reason: str | None
    ts_ms: tuple[int, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]
    coverage: float
    """Share of the time that has passed in which both are known."""
    lags: tuple[Lag, ...] = ()

    @property
    def strongest_lag(self) -> Lag | None:
        """The shift with the largest |r|, the smaller shift of equals; None without a scan."""
        told = [lag for lag in self.lags if lag.pearson is not None]
        return max(told, key=lambda lag: (abs(lag.pearson or 0), -abs(lag.hours)), default=None)


def correlate(
    one: Line, other: Line, resolution: str, passed_ms: int, *, scan: bool = False
) -> Correlation:
    """Pairs of the buckets both know; a scan shifts by −24 to 24 h, only for 15min and 1h."""
    ts_ms, at, beside = np.intersect1d(
        one.ts_ms, other.ts_ms, assume_unique=True, return_indices=True
    )
    x, y = one.mean[at], other.mean[beside]
    reason = untold(x, y, one.label, other.label)
    known = np.minimum(one.known_ms[at], other.known_ms[beside]).sum()
    return Correlation(
        one.label,
        other.label,
        one.unit,
        other.unit,
        one.metric,
        other.metric,
        resolution,
        None if reason else pearson(x, y),
        None if reason else pearson(ranks(x), ranks(y)),
        len(ts_ms),
        reason,
        tuple(ts_ms.tolist()),
        tuple(x.tolist()),
        tuple(y.tolist()),
        min(1.0, float(known) / passed_ms) if passed_ms > 0 else 0.0,
        _scan(one, other) if scan and resolution != "1d" else (),
    )


def untold(x: Floats, y: Floats, label_x: str, label_y: str) -> str | None:
    """Why no coefficient can be told; None where it can."""
    if len(x) < FEWEST_PAIRS:
        return f"only {len(x)} pairs, at least {FEWEST_PAIRS} are needed"
    for values, label in ((x, label_x), (y, label_y)):
        if _is_flat(values):
            return f"{label} did not change"
    return None


def pearson(x: Floats, y: Floats) -> float:
    """Pearson's r within −1 to 1; neither may be constant."""
    dx, dy = x - x.mean(), y - y.mean()
    r = float((dx * dy).sum() / np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    return max(-1.0, min(1.0, r))


def ranks(values: Floats) -> Floats:
    """Rank of each value from 1; equal ones share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2.0)[inverse]


def _is_flat(values: Floats) -> bool:
    spread = float(values.max() - values.min())
    return spread <= _FLAT * max(1.0, float(np.abs(values).max()))


def _scan(one: Line, other: Line) -> tuple[Lag, ...]:
    return tuple(
        _at_lag(one, other.ts_ms - hours * _HOUR_MS, other.mean, hours)
        for hours in range(-LAG_HOURS, LAG_HOURS + 1)
    )


def _at_lag(one: Line, ts_ms: Ints, mean: Floats, hours: int) -> Lag:
    _, at, beside = np.intersect1d(one.ts_ms, ts_ms, assume_unique=True, return_indices=True)
    x, y = one.mean[at], mean[beside]
    return Lag(hours, None if untold(x, y, "", "") else pearson(x, y), len(x))
