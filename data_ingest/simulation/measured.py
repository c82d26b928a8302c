"""What the building's sensors show: columns of numbers, and which sensor sends which."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from data_ingest.simulation import layout
from data_ingest.simulation.drivers import Inputs
from data_ingest.simulation.noise import Array, normal, stream
from data_ingest.simulation.physics import Flows, State
from data_ingest.simulation.storage_units import CAPACITY_KWH
from data_ingest.simulation.weather import saturation_g_kg

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

# Deviation of a sensor's own noise, and the decimals it sends.
_NOISE: Final = {"temperature": 0.04, "humidity": 0.25, "co2": 5.0, "light": 2.0}
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


def gauges(state: State, flows: Flows, inputs: Inputs) -> Array:
    """All gauge columns, without sensor noise; state at the end of the step, flows as its means."""
    held = 100.0 * np.minimum(state.water_g_kg / saturation_g_kg(state.air_c), 1.0)
    outside = (inputs.outdoor_c, inputs.irradiance_w_m2, inputs.wind_m_s, inputs.humidity_percent)
    parts = (state.air_c, held, state.co2_ppm, inputs.people, flows.lux, flows.loads[..., :-1],
             flows.grid_kw[..., None], flows.pv_kw[..., None], flows.battery_kw,
             100.0 * state.stored.battery_kwh / CAPACITY_KWH,
             *(each[..., None] for each in outside))  # fmt: skip
    return np.concatenate(parts, axis=-1)


_NOISE_STREAMS: Final = tuple(stream(f"noise {s} {m}") for s, m in GAUGES)
_NOISE_WIDTH: Final = np.array([_NOISE.get(metric, 0.0) for _, metric in GAUGES])
NOISY: Final = tuple(int(column) for column in np.flatnonzero(_NOISE_WIDTH))


def noise(seed: int, column: int, times_s: Array, averaged: float = 1.0) -> Array:
    """Noise of one gauge column at these whole seconds; `averaged` readings make one."""
    drawn = normal(seed, _NOISE_STREAMS[column], times_s.astype(np.int64))
    return np.asarray(drawn * _NOISE_WIDTH[column] / np.sqrt(averaged), dtype=np.float64)


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
