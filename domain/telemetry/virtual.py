"""Virtual meters: a signed, weighted sum of other series, bucket by bucket."""

from collections.abc import Mapping, Sequence

import numpy as np

from domain.telemetry.model import Latest, Series
from domain.telemetry.rollup import Buckets, Floats, Ints, empty_buckets

_KW_MS_PER_KWH = 3.6e6


def depends_on(parts: Mapping[int, Sequence[tuple[int, float]]], start: int) -> set[int]:
    """Everything a series is made of, through other virtual series too, itself included."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        series_id = waiting.pop()
        if series_id not in found:
            found.add(series_id)
            waiting += [part_id for part_id, _ in parts.get(series_id, ())]
    return found


def base_parts(parts: Mapping[int, Sequence[tuple[int, float]]], start: int) -> dict[int, float]:
    """Factor of each measured series in a virtual one, through other virtual series too."""
    found: dict[int, float] = {}
    waiting = [(start, 1.0)]
    while waiting:
        series_id, share = waiting.pop(0)
        if series_id not in parts:
            found[series_id] = found.get(series_id, 0.0) + share
        waiting += [(part_id, share * factor) for part_id, factor in parts.get(series_id, ())]
    return found


def add_up(kind: str, parts: Sequence[tuple[float, Buckets]]) -> Buckets:
    """Buckets of the sum where every part has one.

    A part's extremes need not coincide, so low and high are those of the sum's own quarter-hour
    mean; a counter's stand means nothing in a sum, only its energy does.
    """
    if not parts or any(not len(buckets) for _, buckets in parts):
        return empty_buckets()
    shared = parts[0][1].bucket_ms
    for _, buckets in parts[1:]:
        shared = np.intersect1d(shared, buckets.bucket_ms, assume_unique=True)
    aligned = [
        (factor, buckets.part(np.isin(buckets.bucket_ms, shared, assume_unique=True)))
        for factor, buckets in parts
    ]
    energy = _weighted([(factor, b.energy) for factor, b in aligned])
    covered: Ints = np.minimum.reduce([b.covered_ms for _, b in aligned])
    mean = _weighted([(factor, mean_of(kind, b)) for factor, b in aligned])
    exists = ~np.isnan(mean)
    whole = Buckets(shared, exists.astype(np.int64), mean, mean, mean, mean, mean, energy, covered)
    return whole.part(exists | ~np.isnan(energy))


def mean_of(kind: str, buckets: Buckets) -> Floats:
    """Mean over the known time for power, over the readings for the rest; none for counters."""
    if kind == "counter":
        return np.full(len(buckets), np.nan)
    weight = buckets.covered_ms if kind == "power" else buckets.n
    amount = buckets.energy * _KW_MS_PER_KWH if kind == "power" else buckets.total
    return np.where(weight > 0, amount / np.maximum(weight, 1), np.nan)


def newest(
    series: Series, parts: Sequence[tuple[float, Latest | None]]
) -> tuple[int, float] | None:
    """Time and value of the sum now: as old as its oldest part, unknown while one is unknown."""
    known = [(factor, latest) for factor, latest in parts if latest is not None]
    if not known or len(known) < len(parts) or series.kind == "counter":
        return None
    oldest = min(latest.ts_ms for _, latest in known)
    return oldest, sum(factor * latest.value for factor, latest in known)


def _weighted(parts: Sequence[tuple[float, Floats]]) -> Floats:
    total: Floats = np.zeros(len(parts[0][1]))
    for factor, values in parts:
        total = total + factor * values
    return total
