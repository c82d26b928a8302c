"""One quantity over time, whatever it comes from: the building's balance, a room, a sensor. Pure.

A quantity has an address: `building/consumption`, `room/3/temperature`, `sensor/PV_1/generation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from domain.analytics.aggregates import KW_MS_PER_KWH, Bools, Floats, Ints, divided, summed
from domain.analytics.local_time import level_edges_ms
from domain.building.energy_slots import Slot
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.rolled import Rolled

BUILDING_QUANTITIES: dict[str, str] = {
    "consumption": "Consumption",
    "generation": "Generation",
    "import": "Import",
    "export": "Export",
    "charging": "Charging",
    "discharging": "Discharging",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A quantity by its address; `owner` is a sensor id, a room id, or empty for the building."""

    kind: str
    owner: str
    metric: str

    @classmethod
    def parse(cls, address: str) -> "Target":
        """Read an address. Raises Unknown."""
        kind, _, rest = address.partition("/")
        owner, _, metric = rest.rpartition("/")
        known = METRICS if kind in ("room", "sensor") else BUILDING_QUANTITIES
        if kind not in ("building", "room", "sensor") or metric not in known:
            raise Unknown("quantity", address[:120])
        if (kind == "building") == bool(owner):
            raise Unknown("quantity", address[:120])
        return cls(kind, owner, metric)

    @property
    def address(self) -> str:
        """As it stands in a link."""
        parts = (self.kind, self.owner, self.metric)
        return "/".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Line:
    """Means of buckets that are known; power over the time it is known for, gauges by reading.

    `known_ms` is how much of each bucket was measured, `width_ms` how long it is.
    """

    target: Target
    label: str
    metric: str
    unit: str
    level: str
    ts_ms: Ints
    mean: Floats
    known_ms: Floats
    width_ms: Ints

    def part(self, chosen: Bools) -> "Line":
        """Only the chosen buckets."""
        return replace(
            self,
            ts_ms=self.ts_ms[chosen],
            mean=self.mean[chosen],
            known_ms=self.known_ms[chosen],
            width_ms=self.width_ms[chosen],
        )


def of_slots(target: Target, slots: Sequence[Slot], slot_s: int) -> Line:
    """A side of the building's balance [kW]."""
    name = f"{target.metric}_kw"
    values = np.array([np.nan if (kw := getattr(s, name)) is None else kw for s in slots])
    whole = np.array([s.covered_s * 1000.0 for s in slots])
    # A meter may know its own side of a slot in which another one was silent.
    known = np.where(whole > 0, whole, np.where(np.isnan(values), 0.0, slot_s * 1000.0))
    ts_ms = np.array([s.ts_ms for s in slots], np.int64)
    width = np.full(len(slots), slot_s * 1000, np.int64)
    line = Line(
        target,
        BUILDING_QUANTITIES[target.metric],
        "power",
        "kW",
        "15min" if slot_s == 900 else "1h",
        ts_ms,
        values.astype(np.float64),
        known.astype(np.float64),
        width,
    )
    return line.part(~np.isnan(line.mean))


def coarser(line: Line, level: str, period: Period, zone: ZoneInfo) -> Line:
    """The same in wider buckets, weighted by the known time."""
    edges = level_edges_ms(period, level, zone)
    place = np.searchsorted(edges, np.maximum(line.ts_ms, edges[0]), "right") - 1
    size = len(edges) - 1
    known = summed(place, line.known_ms, size)
    amount = summed(place, line.mean * line.known_ms, size)
    wide = replace(
        line,
        level=level,
        ts_ms=edges[:-1],
        mean=divided(amount, known),
        known_ms=known,
        width_ms=edges[1:] - edges[:-1],
    )
    return wide.part(known > 0)


def of_rows(
    target: Target, label: str, rows: Rolled, level: str, period: Period, zone: ZoneInfo
) -> Line:
    """Series gathered into buckets: power and counters add up, gauges are averaged.

    A sum is unknown where one of its series is; a counter counts as the power it stands for.
    """
    known = METRICS[target.metric]
    edges = level_edges_ms(period, level, zone)
    cut = np.clip(edges, period.start_ms, period.end_ms)
    width = cut[1:] - cut[:-1]
    place = np.searchsorted(edges, rows.buckets.bucket_ms, "right") - 1
    metered = known.kind in ("power", "counter")
    mean, known_ms = (
        _added_up(rows, place, width, known.kind) if metered else _averaged(rows, place, width)
    )
    unit, metric = known.unit, target.metric
    if known.kind == "counter":
        unit, metric = ("kW", "power") if unit == "kWh" else (f"{unit}/h", target.metric)
    line = Line(target, label, metric, unit, level, edges[:-1], mean, known_ms, width)
    return line.part(~np.isnan(mean))


def _added_up(rows: Rolled, place: Ints, width: Ints, kind: str) -> tuple[Floats, Floats]:
    """Sum of the series' powers [kW, m³/h], and the least time that one of them is known for."""
    many, size = max(1, len(rows.series)), len(width)
    exists = ~np.isnan(rows.buckets.energy)
    cell = (rows.owner * size + place)[exists]
    energy = summed(cell, rows.buckets.energy[exists], many * size).reshape(many, size)
    covered = summed(cell, rows.buckets.covered_ms[exists], many * size).reshape(many, size)
    present = np.bincount(cell, minlength=many * size).reshape(many, size) > 0
    over_ms = covered if kind == "power" else np.broadcast_to(width, covered.shape)
    power = np.where(present, divided(energy * KW_MS_PER_KWH, over_ms), np.nan)
    return power.sum(axis=0), covered.min(axis=0).astype(np.float64)


def _averaged(rows: Rolled, place: Ints, width: Ints) -> tuple[Floats, Floats]:
    """Mean of all readings of a bucket, which is known where there is one."""
    read = rows.buckets.n > 0
    n = summed(place[read], rows.buckets.n[read], len(width))
    total = summed(place[read], rows.buckets.total[read], len(width))
    return divided(total, n), np.where(n > 0, width, 0).astype(np.float64)
