"""Which metric a bare value is: by the sensor's type, else its unit and the words of its id."""

import re
from functools import lru_cache

from domain.foundation.units import METRICS, known_units

TYPE_METRICS: dict[str, tuple[str, ...]] = {
    "energy_meter": ("power", "energy", "voltage", "current", "frequency", "power_factor"),
    "battery": ("power", "soc", "energy", "voltage", "current"),
    "multi": ("temperature", "humidity", "co2", "voc", "light", "occupancy"),
    "weather": ("temperature", "humidity", "irradiance", "wind"),
}
"""What a sensor type of several metrics may send; without a unit only a meter's is clear."""

ID_WORDS = {
    "temp": "temperature",
    "hum": "humidity",
    "rh": "humidity",
    "lux": "light",
    "occ": "occupancy",
    "people": "occupancy",
    "pir": "motion",
    "contact": "door",
    "pwr": "power",
    "meter": "power",
    "kwh": "energy",
    "heat": "heat_energy",
    "pv": "generation",
    "solar": "generation",
    "batt": "soc",
    "battery": "soc",
    "freq": "frequency",
    "carbon": "carbon_intensity",
    **{name: name for name in METRICS},
}
BY_UNIT = (  # the usual meaning of a unit comes first
    "power",
    "energy",
    "temperature",
    "humidity",
    "co2",
    "voc",
    "light",
    "occupancy",
    "voltage",
    "current",
    "frequency",
    "irradiance",
    "wind",
    "price",
    "carbon_intensity",
    "soc",
)


@lru_cache(maxsize=4096)
def metric_of_value(sensor_id: str, sensor_type: str | None, unit: str | None) -> str | None:
    """Name the metric of a value that came without one, None where it stays unclear."""
    if sensor_type in METRICS:
        return sensor_type
    allowed = TYPE_METRICS.get(sensor_type or "", tuple(METRICS))
    named = _metric_in(sensor_id)
    if unit:
        if named in allowed and _takes(named, unit):
            return named
        usual = [metric for metric in BY_UNIT if metric in allowed and _takes(metric, unit)]
        return usual[0] if usual else None
    if named in allowed:
        return named
    return "power" if sensor_type == "energy_meter" else None


def _metric_in(sensor_id: str) -> str | None:
    for word in re.findall(r"[a-z]+\d*", sensor_id.lower()):
        metric = ID_WORDS.get(word) or ID_WORDS.get(word.rstrip("0123456789"))
        if metric:
            return metric
    return None


def _takes(metric: str, unit: str) -> bool:
    return unit.strip().lower() in {known.lower() for known in known_units(metric)}
