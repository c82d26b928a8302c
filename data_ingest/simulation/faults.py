"""Faults switched over MQTT: what a sensor or device does wrong, and until when."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from data_ingest.simulation import layout, sensors

log = logging.getLogger(__name__)
SENSOR_FAULTS: Final = ("silent", "stuck", "late", "wrong_unit", "reversed_sign")
DEVICE_FAULTS: Final = (*SENSOR_FAULTS, "ignore", "refuse", "ack_without_act", "ack_twice")
LATE_S: Final = 60.0


@dataclass(frozen=True)
class Fault:
    """One fault in force until a moment of building time."""

    name: str
    until_s: float


class Faults:
    """The faults presently in force, by sensor or device id."""

    def __init__(self) -> None:
        self._active: dict[str, Fault] = {}

    def switch(self, message: bytes, now_s: float) -> bool:
        """Takes `{target, fault, for_s}` in building seconds; False when that names nothing."""
        try:
            wish = orjson.loads(message)
            target, name = str(wish["target"]), str(wish["fault"])
            for_s = float(wish.get("for_s", 60))
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("fault not understood: %r", message[:200])
            return False
        known = DEVICE_FAULTS if target in layout.DEVICE_INDEX else SENSOR_FAULTS
        if target not in layout.DEVICE_INDEX and target not in sensors.SENSOR_IDS:
            log.warning("fault for unknown target %r", target)
        elif name == "none":
            self._active.pop(target, None)
            return True
        elif name not in known or not for_s > 0:
            log.warning("%r cannot have fault %r for %r s", target, name, for_s)
        else:
            self._active[target] = Fault(name, now_s + for_s)
            return True
        return False

    def of(self, target: str, now_s: float) -> str | None:
        """Name of the fault of a sensor or device at this moment."""
        fault = self._active.get(target)
        if fault is not None and fault.until_s <= now_s:
            del self._active[target]
            return None
        return fault.name if fault else None


def distorted(fault: str | None, values: Mapping[str, float]) -> dict[str, float]:
    """Values as a sensor with this fault would send them, under their usual units."""
    if fault == "wrong_unit":
        return {metric: _in_wrong_unit(metric, value) for metric, value in values.items()}
    if fault == "reversed_sign":
        return {metric: -value for metric, value in values.items()}
    return dict(values)


def _in_wrong_unit(metric: str, value: float) -> float:
    """The number in a unit often confused with the stated one: °F, fractions, or thousandths."""
    if metric in ("temperature", "temperature_c", "setpoint_c"):
        return round(value * 1.8 + 32.0, 2)
    if metric in ("humidity", "soc", "soc_percent"):
        return round(value / 100.0, 4)
    return round(value * 1000.0, 3)
