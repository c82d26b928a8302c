"""What a device of a type usually is, and of which type a stranger seems to be. Pure.

It only fills in a form: what a person leaves there is what holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.control.model import MODES, Capabilities, Range, Report

_SHED = Range(0.0, 100.0, 5.0)
_CLIMATE = Capabilities(
    on_off=True, setpoint_c=Range(16.0, 30.0, 0.5), mode=MODES, shed_percent=_SHED
)
_SWITCH = Capabilities(on_off=True)
_DIMMED = Capabilities(on_off=True, shed_percent=_SHED)
USUAL: Mapping[str, Capabilities] = MappingProxyType(
    {
        "hvac": _CLIMATE,
        "heat_pump": _CLIMATE,
        "water_heater": Capabilities(on_off=True, setpoint_c=Range(40.0, 75.0, 1.0)),
        "lamp": _DIMMED,
        "sockets": _SWITCH,
        "appliance": _SWITCH,
        "ev_charger": Capabilities(on_off=True, power_kw=Range(0.0, 11.0, 0.1)),
        "blind": _SWITCH,
        "fan": _DIMMED,
        "pump": _SWITCH,
        "battery": Capabilities(power_kw=Range(-5.0, 5.0, 0.1)),
        "other": Capabilities(),
    }
)
LEAST_S: Mapping[str, int] = MappingProxyType({"hvac": 180, "heat_pump": 300, "pump": 60})
"""Least time on and off [s] of what a compressor or motor drives; 0 for the rest."""
RAMP_S: Mapping[str, int] = MappingProxyType({"hvac": 60, "heat_pump": 60, "ev_charger": 10})
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "heat_pump": ("heat pump", "heatpump"),
        "hvac": ("air condition", "aircon", "hvac", "climate", "split"),
        "water_heater": ("water heater", "boiler"),
        "ev_charger": ("charger", "wallbox"),
        "lamp": ("lamp", "light", "led"),
        "sockets": ("socket", "plug", "outlet"),
        "blind": ("blind", "shutter"),
        "fan": ("fan", "ventilation"),
        "pump": ("pump",),
        "battery": ("battery", "batt"),
        "appliance": ("dishwasher", "washer", "fridge", "oven"),
    }
)


def device_type(report: Report, words: str) -> str:
    """The type a stranger seems to be: by what only one type says, then by its name."""
    if report.soc_percent is not None:
        return "battery"
    named = " ".join(words.casefold().replace("_", " ").replace("-", " ").split())
    for kind, marks in _WORDS.items():
        if any(mark in named for mark in marks):
            return kind
    return "hvac" if report.setpoint_c is not None or report.mode is not None else "other"


def usual(kind: str, said: Capabilities) -> Capabilities:
    """What a device of a type usually can, and what this one shows that it can."""
    known = USUAL.get(kind, USUAL["other"])
    return Capabilities(
        on_off=known.on_off or said.on_off,
        power_kw=known.power_kw,
        setpoint_c=known.setpoint_c,
        mode=known.mode or said.mode,
        shed_percent=known.shed_percent,
    )
