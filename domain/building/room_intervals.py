"""Energy of a room in equal intervals: what its submeters used and its generators made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Sum:
    kwh: float | None
    covered_s: float


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
    by_start: dict[int, dict[Key, tuple[float | None, float]]] = {}
    for key, rows in buckets.items():
        for start_ms, kwh, covered_s in rows:
            by_start.setdefault(start_ms, {})[key] = kwh, covered_s
    intervals = []
    for start_ms, measured in sorted(by_start.items()):
        used, made = (_summed(keys[role], measured) for role in ROLES)
        covered_s = min(
            part.covered_s for part, role in ((used, 0), (made, 1)) if keys[ROLES[role]]
        )
        intervals.append(RoomInterval(start_ms, used.kwh, made.kwh, min(1.0, covered_s / bucket_s)))
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


def _summed(keys: Sequence[Key], measured: dict[Key, tuple[float | None, float]]) -> _Sum:
    """The sum of a role's meters; unknown without meters, or where one measured nothing."""
    parts = [measured[key] for key in keys if key in measured]
    kwh = [energy for energy, _ in parts if energy is not None]
    if not keys or len(kwh) < len(keys):
        return _Sum(None, 0.0)
    return _Sum(max(0.0, sum(kwh)), min(covered for _, covered in parts))
