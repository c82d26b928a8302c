"""What the fields of a device's form hold: filled in for it, read back from it, refused at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.control import guesses
from domain.control.model import Capabilities, Device, Discovered, Range
from domain.foundation.errors import WattboardError
from pages._forms import FORM, refusals

NONE = "none"
"""A select's value for nothing; an empty one cannot be chosen."""
RANGES = ("power_kw", "setpoint_c", "shed_percent")
FIELDS = (
    "device_id",
    "name",
    "device_type",
    "room",
    "meter",
    "on_off",
    *(f"{name}_{part}" for name in RANGES for part in ("on", "low", "high", "step")),
    "mode",
    "min_on_s",
    "min_off_s",
    "ramp_s",
    "safe_state",
    "dr_enabled",
    "critical",
    "sharing",
)
ABILITIES = FIELDS[FIELDS.index("on_off") : FIELDS.index("min_on_s")]
TIMES = ("min_on_s", "min_off_s", "ramp_s")
ERRORS = (
    "device_id",
    "name",
    "device_type",
    "room",
    "meter",
    "on_off",
    *RANGES,
    "mode",
    *TIMES,
    "safe_state",
    "sharing",
)
"""Fields with a place of their own for what is wrong with them."""
CHANGED = "Close this and open it again to see it as it is now."

Value = str | int | float | bool | list[str | int] | None
Filled = Mapping[str, Value]


def input_id(name: str) -> str:
    """Dash id of a field's input."""
    return f"device-edit-{name}"


def of_device(device: Device) -> dict[str, Value]:
    """The fields of a registered device."""
    meter = device.meter
    return {
        "name": device.name,
        "device_type": device.device_type,
        "room": NONE if device.room_id is None else str(device.room_id),
        "meter": NONE if meter is None else "/".join(meter),
        **of_capabilities(device.capabilities),
        "min_on_s": device.min_on_s,
        "min_off_s": device.min_off_s,
        "ramp_s": device.ramp_s,
        "safe_state": device.safe_state,
        "dr_enabled": device.dr_enabled,
        "critical": device.critical,
        "sharing": device.sharing,
    }


def of_stranger(found: Discovered | None) -> dict[str, Value]:
    """A new device, as far as what it says and its type tell; None for one that says nothing."""
    kind = found.guessed_type if found else "other"
    room_id = found.room_id if found else None
    return {
        "name": found.name if found else "",
        "device_type": kind,
        "room": NONE if room_id is None else str(room_id),
        "meter": NONE,
        **of_type(kind, found.guess if found else Capabilities()),
        "safe_state": "own_rule",
        "dr_enabled": False,
        "critical": False,
        "sharing": "local",
    }


def of_type(kind: str, said: Capabilities) -> dict[str, Value]:
    """Abilities and times that a type usually has."""
    least_s = guesses.LEAST_S.get(kind, 0)
    return {
        **of_capabilities(guesses.usual(kind, said)),
        "min_on_s": least_s,
        "min_off_s": least_s,
        "ramp_s": guesses.RAMP_S.get(kind, 0),
    }


def of_capabilities(known: Capabilities) -> dict[str, Value]:
    """Switches, ranges and modes."""
    found: dict[str, Value] = {"on_off": known.on_off, "mode": list(known.mode)}
    for name in RANGES:
        limits: Range | None = getattr(known, name)
        found |= {
            f"{name}_on": limits is not None,
            f"{name}_low": limits.low if limits else None,
            f"{name}_high": limits.high if limits else None,
            f"{name}_step": limits.step if limits else None,
        }
    return found


def fields_of(values: Filled, *, new: bool) -> dict[str, object]:
    """The form's values as the use case takes them; it says what is wrong with them."""
    fields: dict[str, object] = {
        name: values.get(name) for name in ("name", "device_type", *TIMES, "safe_state", "sharing")
    }
    if new and not str(values.get("name") or "").strip():
        del fields["name"]
    room, meter = values.get("room"), str(values.get("meter") or NONE)
    sensor_id, _, metric = meter.rpartition("/")
    return fields | {
        "room": None if room in (None, "", NONE) else room,
        "meter": None if meter == NONE else {"sensor_id": sensor_id, "metric": metric},
        "capabilities": capabilities_of(values),
        "dr_enabled": bool(values.get("dr_enabled")),
        "critical": bool(values.get("critical")),
    }


def capabilities_of(values: Filled) -> dict[str, object]:
    """What is switched on, as the use case takes it."""
    found: dict[str, object] = {"on_off": bool(values.get("on_off"))}
    modes = values.get("mode")
    if modes:
        found["mode"] = modes
    for name in RANGES:
        if values.get(f"{name}_on"):
            low, high, step = (values.get(f"{name}_{part}") for part in ("low", "high", "step"))
            found[name] = [low, high, 0 if step in (None, "") else step]
    return found


def refused(error: WattboardError, more: Sequence[str] = ()) -> dict[str, str]:
    """Words by field; what is wrong with one ability stands at that ability."""
    if error.code == "device_exists":
        return {"device_id": error.message, FORM: error.message}
    if error.code == "device_changed":
        return {FORM: f"{error.message} {CHANGED}"}
    words = refusals(error, (*ERRORS, "capabilities", *more))
    said = words.pop("capabilities", None)
    if said is not None:
        name, _, rest = said.partition(": ")
        known = name in (*RANGES, "mode")
        words[name if known else FORM] = rest if known else said
    if FORM not in words and set(words) - set(more):
        words[FORM] = "Some fields need another look."
    return words
