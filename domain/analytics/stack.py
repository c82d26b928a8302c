"""Energy by source over time, in whole watt-hours that add up in every direction. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.analytics.aggregates import Bools, Floats
from domain.analytics.local_time import day_edges_ms
from domain.building.allocation import round_to_sum
from domain.building.energy_slots import Slot
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import Period, local_date, local_midnight, shift_period

RESOLUTIONS = ("15min", "1h", "1d", "1mo")
STEP_KWH = 0.001
MOST_BUCKETS = 4_000
_WIDTH_MS = {"15min": 900_000, "1h": 3_600_000}
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Parts:
    """Energy by source [kWh]; all None where nothing was measured in full.

    `solar_used + battery_used + grid_used = consumption`; charging and export are beside it.
    """

    consumption_kwh: float | None
    solar_used_kwh: float | None
    battery_used_kwh: float | None
    grid_used_kwh: float | None
    charging_kwh: float | None
    export_kwh: float | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The parts of one bucket."""

    starts_at_ms: int
    ends_at_ms: int
    parts: Parts
    coverage: float
    """Share of the part that has passed in which every meter of the balance is known."""


@dataclass(frozen=True, slots=True)
class EnergyStack:
    """Buckets of a period; each part of the totals is the sum of what its buckets say."""

    resolution: str
    buckets: tuple[Bucket, ...]
    totals: Parts
    coverage: float


NOTHING = Parts(None, None, None, None, None, None)


SOURCES = ("solar_used_kwh", "battery_used_kwh", "grid_used_kwh")
BESIDE = ("charging_kwh", "export_kwh")
COLUMNS = ("consumption_kwh", *SOURCES, *BESIDE)


def auto_resolution(period: Period) -> str:
    """Hours of up to two days, days of up to a hundred, then months."""
    days = period.duration_s / _DAY_S
    if days <= 2.1:
        return "1h"
    return "1d" if days <= 100 else "1mo"


def bucket_edges_ms(period: Period, resolution: str, zone: ZoneInfo) -> list[int]:
    """Edges of the buckets, cut to the period."""
    if resolution in _WIDTH_MS:
        width = _WIDTH_MS[resolution]
        first = period.start_ms // width * width
        edges = list(range(first, period.end_ms + width, width))
    elif resolution == "1d":
        edges = day_edges_ms(period, zone)
    else:
        edges = _months(period, zone)
    inside = [at for at in edges if period.start_ms < at < period.end_ms]
    return [period.start_ms, *inside, period.end_ms]


def energy_stack(
    slots: Sequence[Slot], period: Period, resolution: str, until_ms: int, zone: ZoneInfo
) -> EnergyStack:
    """Who fed the consumption, bucket by bucket; a slot that is not fully known is in none."""
    edges = bucket_edges_ms(period, resolution, zone)
    sums, known_ms = _sums(slots, edges)
    measured = known_ms > 0
    rounded = _rounded(sums, measured)
    ends = np.minimum(np.array(edges[1:]), max(until_ms, edges[0]))
    passed = np.maximum(ends - np.array(edges[:-1]), 0)
    share = np.minimum(known_ms / np.maximum(passed, 1), 1.0)
    columns = [rounded[name] for name in COLUMNS]
    rows = [Parts(*row) for row in zip(*columns, strict=True)]
    buckets = tuple(
        Bucket(edges[at], edges[at + 1], row if measured[at] else NOTHING, float(share[at]))
        for at, row in enumerate(rows)
    )
    totals = Parts(*(round(sum(column), 6) for column in columns)) if measured.any() else NOTHING
    whole = max(int(passed.sum()), 1)
    return EnergyStack(resolution, buckets, totals, min(1.0, float(known_ms.sum()) / whole))


def _sums(slots: Sequence[Slot], edges: Sequence[int]) -> tuple[dict[str, list[float]], Floats]:
    """Exact energies per bucket [kWh] and how long each is known [ms]."""
    size = len(edges) - 1
    sums = {name: [0.0] * size for name in COLUMNS}
    known_ms = np.zeros(size)
    starts = np.array([max(slot.ts_ms, edges[0]) for slot in slots], np.int64)
    places = (np.searchsorted(np.array(edges), starts, "right") - 1).tolist()
    for slot, at in zip(slots, places, strict=True):
        flows = slot.flows()
        if flows is None or not 0 <= at < size:
            continue
        hours = slot.covered_s / 3600
        known_ms[at] += slot.covered_s * 1000
        sums["solar_used_kwh"][at] += flows.solar_building * hours
        sums["battery_used_kwh"][at] += flows.battery_building * hours
        sums["grid_used_kwh"][at] += flows.grid_building * hours
        sums["consumption_kwh"][at] += (slot.consumption_kw or 0.0) * hours
        sums["charging_kwh"][at] += (slot.charging_kw or 0.0) * hours
        sums["export_kwh"][at] += (slot.export_kw or 0.0) * hours
    return sums, known_ms


def _rounded(sums: dict[str, list[float]], measured: Bools) -> dict[str, list[float]]:
    """Whole watt-hours: buckets sum to the period, the sources of a bucket to its consumption."""
    rounded = {name: round_to_sum(sums[name], STEP_KWH) for name in ("consumption_kwh", *BESIDE)}
    parts: list[list[float]] = []
    for at, consumption in enumerate(rounded["consumption_kwh"]):
        exact = [sums[name][at] for name in SOURCES]
        parts.append(round_to_sum(exact, STEP_KWH, consumption) if measured[at] else [0.0] * 3)
    return rounded | {name: [row[i] for row in parts] for i, name in enumerate(SOURCES)}


def _months(period: Period, zone: ZoneInfo) -> list[int]:
    first: date = local_date(period.start, zone).replace(day=1)
    last = local_date(from_ms(period.end_ms - 1), zone)
    edges = [first]
    while edges[-1] <= last:
        edges.append(shift_period("month", edges[-1], 1))
    return [to_ms(local_midnight(day, zone)) for day in edges]
