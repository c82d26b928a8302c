"""The sensors of the building as they speak on the broker: ids, metrics, units, intervals."""

from dataclasses import dataclass, replace
from typing import Final

from data_ingest.simulation import layout

_CLIMATE_IDS: Final = tuple(f"CLIMATE_{room.key}" for room in layout.ROOMS)
_BATTERY_IDS: Final = tuple(battery.battery_id for battery in layout.BATTERIES)

# Columns of `gauges`, in this order; climate metrics first, a column per room.
CLIMATE_METRICS: Final = ("temperature", "humidity", "co2", "occupancy", "light")
GAUGES: Final[tuple[tuple[str, str], ...]] = (
    *((sensor, metric) for metric in CLIMATE_METRICS for sensor in _CLIMATE_IDS),
    *((meter, "power") for meter in layout.SUBMETERS),
    ("METER_MAIN", "power"),
    ("PV_1", "generation"),
    *((battery, "power") for battery in _BATTERY_IDS),
    *((battery, "soc") for battery in _BATTERY_IDS),
    ("WEATHER", "temperature"),
    ("WEATHER", "irradiance"),
    ("WEATHER", "wind"),
    ("WEATHER", "humidity"),
)
# Columns of Flows.rates and State.counters.
COUNTERS: Final[tuple[tuple[str, str], ...]] = (
    *((meter, "energy") for meter in layout.SUBMETERS),
    ("METER_MAIN", "energy"),
    ("METER_MAIN", "generation_energy"),
    ("PV_1", "generation_energy"),
    ("GAS_MAIN", "gas"),
    ("WATER_MAIN", "water"),
    ("HEAT_MAIN", "heat_energy"),
    *((battery, "energy") for battery in _BATTERY_IDS),
    *((battery, "generation_energy") for battery in _BATTERY_IDS),
)

# The decimals a sensor sends.
_DECIMALS: Final = {
    "temperature": 2, "humidity": 1, "co2": 0, "occupancy": 2, "light": 0, "power": 4,
    "generation": 4, "soc": 2, "irradiance": 1, "wind": 1, "energy": 3, "generation_energy": 3,
    "gas": 3, "water": 3, "heat_energy": 2,
}  # fmt: skip
UNITS: Final = {
    "temperature": "°C", "humidity": "%", "co2": "ppm", "occupancy": "persons", "light": "lx",
    "power": "kW", "generation": "kW", "soc": "%", "irradiance": "W/m²", "wind": "m/s",
    "energy": "kWh", "generation_energy": "kWh", "gas": "m³", "water": "m³", "heat_energy": "kWh",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One metric of one sensor: where its number stands and how it is written."""

    metric: str
    column: int
    is_counter: bool
    decimals: int


@dataclass(frozen=True)
class SensorSpec:
    """One sensor as it speaks on the broker."""

    sensor_id: str
    sensor_type: str
    room: str | None
    interval_s: int
    fields: tuple[Field, ...]


def pace(speed: float) -> int:
    """Factor on every sensor's interval, so that a fast clock does not flood the broker."""
    return max(1, -(-int(speed) // 10))


def _sensor_type(sensor_id: str) -> tuple[str, int]:
    """API type and interval [s] of a sensor, by what it is called."""
    if sensor_id.startswith("CLIMATE_"):
        return "multi", 10
    if sensor_id in _BATTERY_IDS:
        return "battery", 10
    slow = {"WEATHER": "weather", "GAS_MAIN": "gas", "WATER_MAIN": "water",
            "HEAT_MAIN": "heat_energy"}  # fmt: skip
    if sensor_id in slow:
        return slow[sensor_id], 60
    return "energy_meter", 10


def _room_of(sensor_id: str) -> str | None:
    for room in layout.ROOMS:
        if sensor_id == f"CLIMATE_{room.key}" or sensor_id.startswith(f"METER_{room.key}_"):
            return room.name
    return None


def _sensors() -> tuple[SensorSpec, ...]:
    found: dict[str, SensorSpec] = {}
    for columns, is_counter in ((GAUGES, False), (COUNTERS, True)):
        for column, (sensor_id, metric) in enumerate(columns):
            if sensor_id not in found:
                kind, interval_s = _sensor_type(sensor_id)
                found[sensor_id] = SensorSpec(sensor_id, kind, _room_of(sensor_id), interval_s, ())
            spec = found[sensor_id]
            added = Field(metric, column, is_counter, _DECIMALS[metric])
            found[sensor_id] = replace(spec, fields=(*spec.fields, added))
    return tuple(found.values())


SENSORS: Final = _sensors()
SENSOR_IDS: Final = frozenset(sensor.sensor_id for sensor in SENSORS)
