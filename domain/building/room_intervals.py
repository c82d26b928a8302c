"""Energy of a room in equal intervals: what its submeters used and its generators made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from domain.building.catalogue import Catalogue
from domain.building.energy import SINGLE_COUNTERS
from domain.building.model import Sensor
from domain.foundation.contract import adding_up, in_force
from domain.foundation.intervals import Period
from domain.telemetry.model import Key
from domain.telemetry.service import Telemetry

POWER_OF = {"submeter": "power", "generation": "generation"}
ROLES = tuple(POWER_OF)


@dataclass(frozen=True, slots=True)
class RoomInterval:
    """Energy of one interval [kWh], None where a meter of the kind measured nothing.

    `coverage` is the share of the interval that every meter of the room has measured.
    """

    start_ms: int
    consumption_kwh: float | None
    generation_kwh: float | None
    coverage: float


def room_intervals(
    building: Catalogue,
    telemetry: Telemetry,
    room_id: int,
    period: Period,
    level: str,
    bucket_s: float,
) -> list[RoomInterval]:
    """One interval per bucket of `level` that a meter of the room has measured, ascending."""
    sensors = [s for s in building.sensors_in(room_id) if s.status == "adopted"]
    keys = {role: _keys(telemetry, sensors, role) for role in ROLES}
    wanted = [key for of_role in keys.values() for key in of_role]
    with adding_up():
        buckets = telemetry.energy_buckets(wanted, period, level) if wanted else {}
    sums = {role: _summed([buckets[key] for key in own]) for role, own in keys.items() if own}
    intervals = []
    for start_ms in sorted({row[0] for rows in buckets.values() for row in rows}):
        parts = {role: of_role.get(start_ms, _UNKNOWN) for role, of_role in sums.items()}
        used, made = (parts.get(role, _UNKNOWN)[0] for role in ROLES)
        covered_s = min(covered_s for _, covered_s in parts.values())
        intervals.append(RoomInterval(start_ms, used, made, min(1.0, covered_s / bucket_s)))
    return intervals


def _keys(telemetry: Telemetry, sensors: Sequence[Sensor], role: str) -> list[Key]:
    """By each meter's counter where it has one, else by its power; one meter is no sum."""
    known = telemetry.spoken()
    found = []
    for sensor in sensors:
        if sensor.meter_role != role:
            continue
        metrics = (*SINGLE_COUNTERS[role], POWER_OF[role], "power")
        own = [(sensor.sensor_id, m) for m in metrics if (sensor.sensor_id, m) in known]
        found += own[:1]
    return [] if in_force().sums_only and len(found) < 2 else found


_Part: TypeAlias = tuple[float | None, float]
"""Energy [kWh] and the time that is measured [s]."""
_UNKNOWN: _Part = (None, 0.0)


def _summed(meters: Sequence[Sequence[tuple[int, float | None, float]]]) -> dict[int, _Part]:
    """By start what a role's meters measured together, where none of them measured nothing."""
    found: dict[int, tuple[float, float, int]] = {}
    for rows in meters:
        for start_ms, kwh, covered_s in rows:
            if kwh is not None:
                total, least_s, count = found.get(start_ms, (0.0, covered_s, 0))
                found[start_ms] = total + kwh, min(least_s, covered_s), count + 1
    return {
        start_ms: (max(0.0, total), least_s)
        for start_ms, (total, least_s, count) in found.items()
        if count == len(meters)
    }
