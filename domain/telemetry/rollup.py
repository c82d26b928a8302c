"""From readings to buckets: the arithmetic behind every chart, total and bill.

Power holds from its reading to the next one, but no longer than its hold (or exactly its stated
interval); a counter's difference is spread evenly over the time between two readings; a gauge is
what it was when it was read. A bucket depends only on the readings that touch it, and its sums run
in time order, so that recomputing one bucket or a whole year gives the same bits.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

QUARTER_MS = 900_000
HOUR_MS = 3_600_000
_KW_MS_PER_KWH = 3.6e6
_RESET_BELOW = 0.5
"""A counter that falls to less than this share of its value was reset, not read wrongly."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the readings of a series are understood.

    ``hold_ms`` is how long one stands for when no other follows; a counter that would have to
    count more than ``most_per_hour`` (in its unit) jumped, and the jump is no energy.
    """

    kind: str
    hold_ms: int
    most_per_hour: float = np.inf


@dataclass(frozen=True, slots=True)
class Rows:
    """Valid readings of one series in time order; ``stated_ms`` is 0 where none is stated."""

    ts_ms: Ints
    values: Floats
    stated_ms: Ints

    def __len__(self) -> int:
        return len(self.ts_ms)

    def joined(self, later: "Rows") -> "Rows":
        """These and then later ones."""
        if not len(later) or not len(self):
            return self if len(self) else later
        return Rows(
            np.concatenate((self.ts_ms, later.ts_ms)),
            np.concatenate((self.values, later.values)),
            np.concatenate((self.stated_ms, later.stated_ms)),
        )


@dataclass(frozen=True, slots=True)
class Buckets:
    """Columns of rollup rows in time order; NaN stands where there is no value.

    ``energy`` is in the metric's energy unit (kWh, m³); ``covered_ms`` is the time it is known for.
    """

    bucket_ms: Ints
    n: Ints
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    energy: Floats
    covered_ms: Ints

    def __len__(self) -> int:
        return len(self.bucket_ms)

    def part(self, chosen: npt.NDArray[np.bool_ | np.int64]) -> "Buckets":
        """Only the chosen rows, or the rows in a chosen order."""
        return Buckets(
            self.bucket_ms[chosen],
            self.n[chosen],
            self.total[chosen],
            self.low[chosen],
            self.high[chosen],
            self.first[chosen],
            self.last[chosen],
            self.energy[chosen],
            self.covered_ms[chosen],
        )

    def columns(self) -> tuple[Ints, Ints, Floats, Floats, Floats, Floats, Floats, Floats, Ints]:
        """In the order of the table."""
        return (
            self.bucket_ms,
            self.n,
            self.total,
            self.low,
            self.high,
            self.first,
            self.last,
            self.energy,
            self.covered_ms,
        )


def empty_buckets() -> Buckets:
    """No rows at all."""
    ints, floats = np.empty(0, np.int64), np.empty(0, np.float64)
    return Buckets(ints, ints, floats, floats, floats, floats, floats, floats, ints)


def joined(parts: list[Buckets]) -> Buckets:
    """Several runs of buckets, given in time order, as one."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part.columns() for part in parts), strict=True)
    return Buckets(*(np.concatenate(column) for column in columns)) if parts else empty_buckets()


def quarter_edges(start_ms: int, end_ms: int) -> Ints:
    """All quarter-hour edges from ``start_ms`` to ``end_ms``, both included."""
    return np.arange(start_ms, end_ms + 1, QUARTER_MS, dtype=np.int64)


def roll(rows: Rows, rule: Rule, edges_ms: Ints) -> Buckets:
    """Buckets between consecutive edges that hold anything.

    ``rows`` must reach back to the last reading before the first edge (power, counter) and, for
    counters, on to the first at or after the last edge.
    """
    if not len(rows):
        return empty_buckets()
    if rule.kind == "power":
        return _roll_power(rows, rule.hold_ms, edges_ms)
    measured = _roll_measured(rows, edges_ms)
    if rule.kind == "counter":
        energy, covered = _counter_energy(rows, rule, edges_ms)
        return _compact(edges_ms, measured, energy, covered)
    nothing = np.full(len(edges_ms) - 1, np.nan)
    return _compact(edges_ms, measured, nothing, np.zeros(len(edges_ms) - 1, np.int64))


def roll_energy(rows: Rows, rule: Rule, edges_ms: Ints) -> tuple[Floats, Ints]:
    """Energy and known time [ms] of each bucket, NaN and zero where nothing is known.

    They are those of `roll`, which asks the same of ``rows`` and works out more.
    """
    size = len(edges_ms) - 1
    if not len(rows) or rule.kind not in ("power", "counter"):
        return np.full(size, np.nan), np.zeros(size, np.int64)
    if rule.kind == "counter":
        return _counter_energy(rows, rule, edges_ms)
    starts, stops, owner, bucket = _pieces(rows.ts_ms, edges_ms, _held_until(rows, rule.hold_ms))
    return _power_energy(rows.values[owner], stops - starts, bucket, size)


def gather(buckets: Buckets, group: Ints, starts_ms: Ints) -> tuple[Ints, Buckets]:
    """Coarser buckets: rows of group i (ascending) make one that begins at ``starts_ms[i]``.

    The answer names the group of each bucket; groups without rows make none.
    """
    size = len(starts_ms)
    total, _ = _sums(group, buckets.total, size)
    energy, _ = _sums(group, buckets.energy, size)
    columns = _extremes(group, buckets.low, buckets.high, buckets.first, buckets.last, size)
    n = np.bincount(group, buckets.n, size).astype(np.int64)
    covered = np.bincount(group, buckets.covered_ms, size).astype(np.int64)
    present = np.bincount(group, minlength=size) > 0
    whole = Buckets(starts_ms, n, total, *columns, energy, covered)
    return np.flatnonzero(present), whole.part(present)


def _roll_power(rows: Rows, hold_ms: int, edges_ms: Ints) -> Buckets:
    """Low, high, first and last are of the power in force, the one carried in included."""
    size = len(edges_ms) - 1
    ends_ms = _held_until(rows, hold_ms)
    starts, stops, owner, bucket = _pieces(rows.ts_ms, edges_ms, ends_ms)
    values = rows.values[owner]
    energy, covered_ms = _power_energy(values, stops - starts, bucket, size)
    columns = _extremes(bucket, values, values, values, values, size)
    n, total, _ = _counted(rows, edges_ms)
    whole = Buckets(edges_ms[:-1], n, total, *columns, energy, covered_ms)
    return whole.part(~np.isnan(energy) | (n > 0))


def _power_energy(
    power_kw: Floats, lasting_ms: Ints, bucket: Ints, size: int
) -> tuple[Floats, Ints]:
    energy, _ = _sums(bucket, power_kw * lasting_ms, size)
    return energy / _KW_MS_PER_KWH, np.bincount(bucket, lasting_ms, size).astype(np.int64)


def _counter_energy(rows: Rows, rule: Rule, edges_ms: Ints) -> tuple[Floats, Ints]:
    """Energy and known time per bucket; time past the hold has energy but is not known."""
    size = len(edges_ms) - 1
    if len(rows) < 2:
        return np.full(size, np.nan), np.zeros(size, np.int64)
    deltas = counter_steps(rows.ts_ms, rows.values, rule.most_per_hour)
    starts, stops, owner, bucket = _pieces(rows.ts_ms, edges_ms, np.append(rows.ts_ms[1:], 0))
    counted = ~np.isnan(deltas[np.minimum(owner, len(deltas) - 1)])
    starts, stops, owner, bucket = (a[counted] for a in (starts, stops, owner, bucket))
    spans = np.diff(rows.ts_ms)
    energy, _ = _sums(bucket, deltas[owner] * ((stops - starts) / spans[owner]), size)
    known_until = _held_until(rows, rule.hold_ms)[owner]
    known = np.maximum(np.minimum(stops, known_until) - starts, 0)
    return energy, np.bincount(bucket, known, size).astype(np.int64)


def counter_steps(ts_ms: Ints, values: Floats, most_per_hour: float) -> Floats:
    """What each pair of counter readings adds; NaN where it fell without a reset, or jumped."""
    before, after = values[:-1], values[1:]
    steps = after - before
    reset = (steps < 0) & (after < before * _RESET_BELOW)
    steps = np.where(reset, after, np.where(steps < 0, np.nan, steps))
    return np.where(steps > most_per_hour * (np.diff(ts_ms) / HOUR_MS), np.nan, steps)


def _held_until(rows: Rows, hold_ms: int) -> Ints:
    hold = np.where(rows.stated_ms > 0, rows.stated_ms, hold_ms)
    ends = rows.ts_ms + hold
    ends[:-1] = np.minimum(ends[:-1], rows.ts_ms[1:])
    return ends


def _pieces(ts_ms: Ints, edges_ms: Ints, ends_ms: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut each reading's time ``[ts, end)`` at the edges: start, stop, reading, bucket of each."""
    inside = ts_ms[np.searchsorted(ts_ms, edges_ms[0]) : np.searchsorted(ts_ms, edges_ms[-1])]
    cuts = np.union1d(edges_ms, inside)
    starts = cuts[:-1]
    owner = np.searchsorted(ts_ms, starts, "right") - 1
    stops = np.minimum(cuts[1:], ends_ms[owner])
    real = (owner >= 0) & (stops > starts)
    starts, stops, owner = starts[real], stops[real], owner[real]
    return starts, stops, owner, np.searchsorted(edges_ms, starts, "right") - 1


def _counted(rows: Rows, edges_ms: Ints) -> tuple[Ints, Floats, Ints]:
    """Readings per bucket, their sum, and the bucket of each row (-1 outside)."""
    size = len(edges_ms) - 1
    bucket = np.searchsorted(edges_ms, rows.ts_ms, "right") - 1
    bucket[rows.ts_ms >= edges_ms[-1]] = -1
    inside = bucket >= 0
    n = np.bincount(bucket[inside], minlength=size).astype(np.int64)
    total = np.bincount(bucket[inside], rows.values[inside], size)
    return n, np.where(n > 0, total, np.nan), bucket


def _roll_measured(
    rows: Rows, edges_ms: Ints
) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
    n, total, bucket = _counted(rows, edges_ms)
    inside = bucket >= 0
    values = rows.values[inside]
    return n, total, *_extremes(bucket[inside], values, values, values, values, len(n))


def _compact(
    edges_ms: Ints,
    measured: tuple[Ints, Floats, Floats, Floats, Floats, Floats],
    energy: Floats,
    covered_ms: Ints,
) -> Buckets:
    n, total, low, high, first, last = measured
    whole = Buckets(edges_ms[:-1], n, total, low, high, first, last, energy, covered_ms)
    return whole.part((n > 0) | ~np.isnan(energy))


def _sums(group: Ints, values: Floats, size: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Sum of the values that exist per group, NaN where none does, and where some do."""
    exists = ~np.isnan(values)
    group, values = group[exists], values[exists]
    present = np.bincount(group, minlength=size) > 0
    return np.where(present, np.bincount(group, values, size), np.nan), present


def _extremes(
    group: Ints, low: Floats, high: Floats, first: Floats, last: Floats, size: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lowest, highest, first and last existing value per group; groups ascend."""
    columns = [np.full(size, np.nan) for _ in range(4)]
    exists = ~np.isnan(first)
    group = group[exists]
    if len(group):
        changes = np.flatnonzero(group[1:] != group[:-1])
        begins, ends = np.concatenate(([0], changes + 1)), np.append(changes, len(group) - 1)
        where = group[begins]
        columns[0][where] = np.minimum.reduceat(low[exists], begins)
        columns[1][where] = np.maximum.reduceat(high[exists], begins)
        columns[2][where] = first[exists][begins]
        columns[3][where] = last[exists][ends]
    return columns[0], columns[1], columns[2], columns[3]
