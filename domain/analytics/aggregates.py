"""What mean, sum, min, max, last and count mean for each kind of metric. Pure.

`docs/analytics.md` says the same in words. Rows come from rollups, so a group's figure is that of
all its readings: power weighs by the time it is known for, gauges by reading, counters by what
they counted.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from domain.foundation.units import METRICS
from domain.telemetry.rolled import Rolled

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

AGGREGATES = ("mean", "sum", "min", "max", "last", "count")
KW_MS_PER_KWH = 3.6e6
_HOUR_MS = 3_600_000


def unit_of(metric: str, aggregate: str) -> str:
    """Unit of the answer: a sum of power is energy, a mean of a counter is a rate."""
    known = METRICS[metric]
    if aggregate == "count":
        return "readings"
    if aggregate == "sum":
        return known.energy_unit
    if aggregate == "mean" and known.kind == "counter":
        return "kW" if known.unit == "kWh" else f"{known.unit}/h"
    return known.unit


def aggregate(rows: Rolled, kind: str, group: Ints, size: int, how: str) -> Floats:
    """One figure per group, NaN where nothing is known; `group` names that of each row."""
    match how:
        case "mean":
            return _mean(rows, kind, group, size)
        case "sum":
            amounts = rows.buckets.energy if _metered(kind) else rows.buckets.total
            return _sums(group, amounts, size)
        case "min":
            return _extreme(np.fmin, group, rows.buckets.low, size)
        case "max":
            return _extreme(np.fmax, group, rows.buckets.high, size)
        case "last":
            return _last(rows, group, size)
        case "count":
            return summed(group, rows.buckets.n, size)
    raise ValueError(f"no aggregate {how}")


def known_ms(rows: Rolled, kind: str) -> Ints:
    """Time each row is known for; of a gauge the whole bucket, as soon as it was read in it."""
    if _metered(kind):
        return rows.buckets.covered_ms
    known: Ints = np.where(rows.buckets.n > 0, rows.width_ms, 0)
    return known


def _metered(kind: str) -> bool:
    return kind in ("power", "counter")


def _mean(rows: Rolled, kind: str, group: Ints, size: int) -> Floats:
    buckets = rows.buckets
    if kind == "power":
        amounts, weights = buckets.energy * KW_MS_PER_KWH, buckets.covered_ms.astype(np.float64)
    elif kind == "counter":
        amounts, weights = buckets.energy, rows.width_ms / _HOUR_MS
    else:
        amounts, weights = buckets.total, buckets.n.astype(np.float64)
    exists = ~np.isnan(amounts)
    weight = summed(group[exists], weights[exists], size)
    return divided(summed(group[exists], amounts[exists], size), weight)


def summed(group: Ints, amounts: Floats | Ints, size: int) -> Floats:
    """The sum of the amounts of each group."""
    found: Floats = np.bincount(group, amounts, size).astype(np.float64, copy=False)
    return found


def divided(amounts: Floats, weights: Floats | Ints) -> Floats:
    """Amounts by weights, NaN where there is no weight."""
    return np.where(weights > 0, amounts / np.where(weights > 0, weights, 1.0), np.nan)


def _sums(group: Ints, amounts: Floats, size: int) -> Floats:
    exists = ~np.isnan(amounts)
    present = np.bincount(group[exists], minlength=size) > 0
    return np.where(present, summed(group[exists], amounts[exists], size), np.nan)


def _extreme(choose: np.ufunc, group: Ints, values: Floats, size: int) -> Floats:
    found = np.full(size, np.nan)
    choose.at(found, group, values)
    return found


def _last(rows: Rolled, group: Ints, size: int) -> Floats:
    """Mean of the newest value of each series, so that no series hides the others."""
    exists = ~np.isnan(rows.buckets.last)
    group, owner, values = group[exists], rows.owner[exists], rows.buckets.last[exists]
    many = max(1, len(rows.series))
    # Rows of a series ascend in time: of equal keys the last one is the newest.
    keys, backwards = np.unique((group * many + owner)[::-1], return_index=True)
    newest = values[::-1][backwards]
    of_group = keys // many
    count = np.bincount(of_group, minlength=size).astype(np.float64)
    return divided(summed(of_group, newest, size), count)
