"""Metrics, their default units, and the only place where a unit is converted.

Signs: power of a battery is + charging, − discharging; of the main meter + import, − export;
consumption and generation are ≥ 0. Counters only rise, except when they are reset.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from domain.foundation.errors import FieldError, InvalidInput

Kind = Literal["power", "counter", "gauge", "state"]


@dataclass(frozen=True)
class Metric:
    """A measurable quantity: `low`..`high` [unit] is what is physically possible in a building."""

    name: str
    label: str
    unit: str
    kind: Kind
    low: float
    high: float
    decimals: int

    @property
    def energy_unit(self) -> str:
        """Unit of the amount over a period: kWh for power, the counter's own unit otherwise."""
        return "kWh" if self.kind == "power" else self.unit


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("power", "Power", "kW", "power", -100_000, 100_000, 1),
        Metric("generation", "Generation", "kW", "power", -1_000, 100_000, 1),
        Metric("energy", "Energy", "kWh", "counter", 0, 1e12, 2),
        Metric("generation_energy", "Generated energy", "kWh", "counter", 0, 1e12, 2),
        Metric("heat_energy", "Heat", "kWh", "counter", 0, 1e12, 1),
        Metric("gas", "Gas", "m³", "counter", 0, 1e12, 2),
        Metric("water", "Water", "m³", "counter", 0, 1e12, 2),
        Metric("temperature", "Temperature", "°C", "gauge", -60, 120, 1),
        Metric("humidity", "Humidity", "%", "gauge", 0, 100, 0),
        Metric("co2", "CO₂", "ppm", "gauge", 250, 10_000, 0),
        Metric("voc", "VOC", "ppb", "gauge", 0, 60_000, 0),
        Metric("light", "Light", "lx", "gauge", 0, 200_000, 0),
        Metric("occupancy", "People", "persons", "gauge", 0, 100_000, 0),
        Metric("motion", "Motion", "", "state", 0, 1, 0),
        Metric("door", "Door", "", "state", 0, 1, 0),
        Metric("voltage", "Voltage", "V", "gauge", 0, 50_000, 1),
        Metric("current", "Current", "A", "gauge", -100_000, 100_000, 1),
        Metric("frequency", "Frequency", "Hz", "gauge", 0, 1_000, 2),
        Metric("power_factor", "Power factor", "", "gauge", -1, 1, 2),
        Metric("soc", "State of charge", "%", "gauge", 0, 100, 0),
        Metric("irradiance", "Irradiance", "W/m²", "gauge", -20, 2_000, 0),
        Metric("wind", "Wind", "m/s", "gauge", 0, 120, 1),
        Metric("price", "Price", "€/kWh", "gauge", -100, 100, 3),
        Metric("carbon_intensity", "Carbon intensity", "g/kWh", "gauge", 0, 5_000, 0),
    )
}


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


def _same(value: float) -> float:
    return value


_POWER = {"kw": _same, "w": _times(1e-3), "mw": _times(1e3)}
_ENERGY = {
    "kwh": _same,
    "wh": _times(1e-3),
    "mwh": _times(1e3),
    "mj": _times(1 / 3.6),
    "gj": _times(1e3 / 3.6),
}
_VOLUME = {"m³": _same, "m3": _same, "l": _times(1e-3), "dm³": _times(1e-3)}
_RATIO = {"%": _same, "percent": _same, "1": _times(100.0)}
_TEMPERATURE: dict[str, Callable[[float], float]] = {
    "°c": _same,
    "c": _same,
    "degc": _same,
    "celsius": _same,
    "°f": lambda v: (v - 32) / 1.8,
    "f": lambda v: (v - 32) / 1.8,
    "fahrenheit": lambda v: (v - 32) / 1.8,
    "k": lambda v: v - 273.15,
    "kelvin": lambda v: v - 273.15,
}
_BARE: dict[str, Callable[[float], float]] = {"": _same, "1": _same, "0/1": _same, "bool": _same}

_CONVERSIONS: dict[str, dict[str, Callable[[float], float]]] = {
    "power": _POWER,
    "generation": _POWER,
    "energy": _ENERGY,
    "generation_energy": _ENERGY,
    "heat_energy": _ENERGY,
    "gas": _VOLUME,
    "water": _VOLUME,
    "temperature": _TEMPERATURE,
    "humidity": _RATIO,
    "soc": _RATIO,
    "co2": {"ppm": _same},
    "voc": {"ppb": _same, "ppm": _times(1e3)},
    "light": {"lx": _same, "lux": _same, "klx": _times(1e3)},
    "occupancy": {"persons": _same, "people": _same, "": _same},
    "motion": _BARE,
    "door": _BARE,
    "power_factor": _BARE,
    "voltage": {"v": _same, "mv": _times(1e-3), "kv": _times(1e3)},
    "current": {"a": _same, "ma": _times(1e-3), "ka": _times(1e3)},
    "frequency": {"hz": _same, "mhz": _times(1e-3), "khz": _times(1e3)},
    "irradiance": {"w/m²": _same, "w/m2": _same, "kw/m²": _times(1e3), "kw/m2": _times(1e3)},
    "wind": {"m/s": _same, "km/h": _times(1 / 3.6), "mph": _times(0.44704), "kn": _times(0.514444)},
    "price": {
        "€/kwh": _same,
        "eur/kwh": _same,
        "€/mwh": _times(1e-3),
        "eur/mwh": _times(1e-3),
        "ct/kwh": _times(1e-2),
    },
    "carbon_intensity": {"g/kwh": _same, "gco2/kwh": _same, "kg/kwh": _times(1e3), "kg/mwh": _same},
}


def known_units(metric: str) -> list[str]:
    """List the unit spellings that `metric` accepts, default unit first."""
    default = METRICS[metric].unit
    return [default, *(u for u in _CONVERSIONS[metric] if u != default.lower())]


def to_default_unit(metric: str, value: float, unit: str | None) -> float:
    """Convert `value` to the metric's default unit; no unit means it is in it already.

    Raises:
        InvalidInput: `unknown_unit`, naming the known ones, or `not_finite`.
    """
    if not math.isfinite(value):
        raise InvalidInput(
            f"{metric} is not a finite number.",
            [FieldError(metric, "must be a finite number")],
            code="not_finite",
        )
    if unit is None:
        return float(value)
    convert = _CONVERSIONS[metric].get(unit.strip().lower())
    if convert is None:
        known = known_units(metric)
        raise InvalidInput(
            f"Unit “{unit[:20]}” is not known for {metric}; known are {', '.join(known)}.",
            [FieldError(metric, "unknown unit", known)],
            code="unknown_unit",
        )
    return convert(float(value))
