"""What may be said of a device: raw fields in, columns out, one entry per wrong field. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from domain.control.model import (
    DEVICE_TYPES,
    MODES,
    SAFE_STATES,
    SHARINGS,
    Capabilities,
    Range,
    Value,
)
from domain.foundation.errors import FieldError, InvalidInput

NAME_LENGTH = 60
POWER_LIMIT_KW = 10_000.0
SETPOINT_LIMITS_C = (-30.0, 100.0)
LONGEST_S = 86_400
DEVICE_FIELDS = (
    "name",
    "device_type",
    "room",
    "meter",
    "capabilities",
    "min_on_s",
    "min_off_s",
    "ramp_s",
    "safe_state",
    "dr_enabled",
    "critical",
    "sharing",
)
CAPABILITY_NAMES = ("on_off", "power_kw", "setpoint_c", "mode", "shed_percent")
UNITS = {"set_power_kw": "kW", "set_setpoint_c": "°C", "set_shed_percent": "%"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Columns = dict[str, object]


class _Refused(Exception):
    """Why one field is not acceptable; never leaves this module."""

    def __init__(self, message: str, limit: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.limit = limit


def device_columns(fields: Mapping[str, object]) -> Columns:
    """Columns for the given fields; `room` and `meter` are looked up by who knows them.

    Raises InvalidInput with one entry per field.
    """
    checks: dict[str, Callable[[object], object]] = {
        "name": _name,
        "device_type": lambda raw: _choice(raw, tuple(DEVICE_TYPES)),
        "capabilities": _capabilities,
        "min_on_s": _seconds,
        "min_off_s": _seconds,
        "ramp_s": _seconds,
        "safe_state": lambda raw: _choice(raw, tuple(SAFE_STATES)),
        "dr_enabled": _flag,
        "critical": _flag,
        "sharing": lambda raw: _choice(raw, tuple(SHARINGS)),
    }
    columns: Columns = {}
    errors: list[FieldError] = []
    for name, raw in fields.items():
        check = checks.get(name)
        if check is None:
            errors.append(FieldError(name, "is not a field here", list(DEVICE_FIELDS)))
            continue
        try:
            columns[name] = check(raw)
        except _Refused as refused:
            errors.append(FieldError(name, refused.message, refused.limit))
    if errors:
        raise InvalidInput("This device cannot be saved as it is.", errors)
    return columns


def safe_state_error(capabilities: Capabilities, safe_state: str) -> FieldError | None:
    """Why a device cannot rest in this state; None where it can."""
    if safe_state == "own_rule" or capabilities.on_off:
        return None
    return FieldError("safe_state", "a device that is not switched rests in its own rule", None)


def command_value(capabilities: Capabilities, command: str, value: object) -> Value:
    """The value of a command as the device takes it, on its step; None for commands without one.

    Raises:
        InvalidInput: naming `command` or `value` with what would be acceptable.
    """
    if command not in capabilities.commands:
        known = list(capabilities.commands)
        raise _wrong("command", f"one of {', '.join(known)}" if known else "takes none", known)
    if command == "set_mode":
        if value not in capabilities.mode:
            modes = list(capabilities.mode)
            raise _wrong("value", f"one of {', '.join(modes)}", modes)
        return str(value)
    limits = {
        "set_power_kw": capabilities.power_kw,
        "set_setpoint_c": capabilities.setpoint_c,
        "set_shed_percent": capabilities.shed_percent,
    }.get(command)
    if limits is None:
        if value is not None:
            raise _wrong("value", f"“{command}” takes no value", None)
        return None
    if not _is_number(value):
        raise _wrong("value", "a finite number", [limits.low, limits.high])
    number = float(value)  # type: ignore[arg-type]
    if not limits.low <= number <= limits.high:
        words = f"from {limits.low:g} to {limits.high:g} {UNITS[command]}"
        raise _wrong("value", words, [limits.low, limits.high])
    return on_step(limits, number)


def on_step(limits: Range, number: float) -> float:
    """The nearest value that the device can be set to."""
    if limits.step <= 0:
        return number
    stepped = limits.low + round((number - limits.low) / limits.step) * limits.step
    return min(max(round(stepped, 6), limits.low), limits.high)


def _wrong(field: str, message: str, limit: object) -> InvalidInput:
    entry = FieldError(field, message, limit)
    return InvalidInput(f"The device cannot do this: {field}: {message}.", [entry])


def _is_number(raw: object) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)


def _name(raw: object) -> str:
    text = " ".join(raw.split()) if isinstance(raw, str) else ""
    if not text or _CONTROL.search(text):
        raise _Refused("A device needs a name")
    if len(text) > NAME_LENGTH:
        raise _Refused(f"at most {NAME_LENGTH} characters", NAME_LENGTH)
    return text


def _choice(raw: object, words: Sequence[str]) -> str:
    if raw not in words:
        raise _Refused(f"one of {', '.join(words)}", list(words))
    return str(raw)


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise _Refused("true or false", [True, False])
    return raw


def _seconds(raw: object) -> int:
    if not _is_number(raw) or not 0 <= float(raw) <= LONGEST_S:  # type: ignore[arg-type]
        raise _Refused(f"0 to {LONGEST_S} seconds", [0, LONGEST_S])
    return round(float(raw))  # type: ignore[arg-type]


def _capabilities(raw: object) -> Capabilities:
    if not isinstance(raw, Mapping):
        raise _Refused("an object", list(CAPABILITY_NAMES))
    if unknown := sorted(set(raw) - set(CAPABILITY_NAMES)):
        raise _Refused(f"“{str(unknown[0])[:40]}” is no capability", list(CAPABILITY_NAMES))
    modes = raw.get("mode") or ()
    if not isinstance(modes, list | tuple) or not set(modes) <= set(MODES):
        raise _Refused(f"mode: some of {', '.join(MODES)}", list(MODES))
    return Capabilities(
        on_off=_flag(raw.get("on_off", False)),
        power_kw=_range(raw.get("power_kw"), "power_kw", -POWER_LIMIT_KW, POWER_LIMIT_KW),
        setpoint_c=_range(raw.get("setpoint_c"), "setpoint_c", *SETPOINT_LIMITS_C),
        mode=tuple(mode for mode in MODES if mode in modes),
        shed_percent=_range(raw.get("shed_percent"), "shed_percent", 0.0, 100.0),
    )


def _range(raw: object, name: str, lowest: float, highest: float) -> Range | None:
    if raw is None:
        return None
    words = f"{name}: lowest below highest, both from {lowest:g} to {highest:g}, the step inside"
    if not isinstance(raw, list | tuple) or len(raw) not in (2, 3):
        raise _Refused(words, [lowest, highest])
    if not all(_is_number(part) for part in raw):
        raise _Refused(words, [lowest, highest])
    low, high, step = (*map(float, raw), 0.0)[:3]
    if not lowest <= low < high <= highest or not 0 <= step <= high - low:
        raise _Refused(words, [lowest, highest])
    return Range(low, high, step)


def read_capabilities(stored: Mapping[str, object]) -> Capabilities:
    """Capabilities as the database keeps them."""
    return _capabilities(stored)
