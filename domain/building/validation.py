"""What a room or a sensor may be: raw fields of a form or a JSON body in, columns out.

Every function collects one entry per field that is not acceptable and raises them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from domain.building.model import ID_PATTERN, METER_ROLES, SENSOR_TYPES, USES
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS, known_units

NAME_LENGTH = 60
FLOOR_LENGTH = 40
CAPACITY_LIMIT = 100_000
AREA_LIMIT_M2 = 1_000_000.0
INTERVAL_LIMITS_S = (0.1, 31 * 86_400.0)
CAPABILITY_LIMIT = 20
_CAPABILITY = re.compile(r"[a-z0-9_]{1,40}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
BUILDING_FIELDS = ("name", "comfort")
ROOM_FIELDS = ("name", "floor", "capacity", "area_m2", "comfort")
SENSOR_FIELDS = (
    "name",
    "sensor_type",
    "room",
    "room_id",
    "unit",
    "meter_role",
    "use",
    "interval_s",
    "demand_response_enabled",
    "control_capabilities",
)
Columns = dict[str, object]
_ORDINALS = {
    "basement": -1,
    "cellar": -1,
    "ground": 0,
    "first": 1,
    "second": 2,
    "third": 3,
    "roof": 1000,
}


class _Refused(Exception):
    """Why one field is not acceptable; never leaves this module."""

    def __init__(self, message: str, limit: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.limit = limit


def room_columns(fields: Mapping[str, object]) -> Columns:
    """Columns for the given fields of a room; `comfort` is checked where its base is known."""
    checks: dict[str, Callable[[object], object]] = {
        "name": lambda raw: _text(raw, "A room needs a name", NAME_LENGTH),
        "floor": lambda raw: _text(raw, "Say on which floor the room is", FLOOR_LENGTH),
        "capacity": _capacity,
        "area_m2": _area,
    }
    _refuse_unknown(fields, ROOM_FIELDS, "room")
    columns = _checked(fields, checks, "This room cannot be saved as it is.")
    if "floor" in columns:
        columns["floor_order"] = floor_order(str(columns["floor"]))
    return columns


def building_columns(fields: Mapping[str, object]) -> Columns:
    """Columns for the building's `name`; `comfort` is checked where its rooms are known."""
    _refuse_unknown(fields, BUILDING_FIELDS, "building")
    checks: dict[str, Callable[[object], object]] = {
        "name": lambda raw: _text(raw, "A building needs a name", NAME_LENGTH)
    }
    return _checked(fields, checks, "The building cannot be saved as it is.")


def sensor_columns(fields: Mapping[str, object], sensor_type: str | None = None) -> Columns:
    """Columns for the given fields of a sensor; `sensor_type` is the present one, for its unit.

    `room` and `room_id` are looked up by the caller, who knows the rooms.
    """
    wanted_type = fields.get("sensor_type", sensor_type)
    checks: dict[str, Callable[[object], object]] = {
        "name": lambda raw: _text(raw, "A sensor needs a name", NAME_LENGTH),
        "sensor_type": lambda raw: _choice(raw, SENSOR_TYPES),
        "unit": lambda raw: _unit(raw, wanted_type),
        "meter_role": lambda raw: _choice(raw, METER_ROLES),
        "use": lambda raw: None if raw in (None, "") else _choice(raw, USES),
        "interval_s": _interval,
        "demand_response_enabled": _flag,
        "control_capabilities": _capabilities,
    }
    _refuse_unknown(fields, SENSOR_FIELDS, "sensor")
    columns = _checked(fields, checks, "This sensor cannot be saved as it is.")
    if "sensor_type" in columns and sensor_type not in (None, columns["sensor_type"]):
        columns.setdefault("unit", None)
    return columns


def sensor_id_of(raw: object) -> str:
    """The id as text. Raises InvalidInput when it could not be part of an MQTT topic."""
    text = str(raw or "").strip()
    if not re.fullmatch(ID_PATTERN, text):
        rule = "1 to 64 letters, digits, dot, dash or underscore, without spaces"
        raise InvalidInput(
            "This sensor id cannot be used.", [FieldError("sensor_id", rule, ID_PATTERN)]
        )
    return text


def floor_order(floor: str) -> int:
    """Storeys above the ground from a label: 2nd is 2, Ground 0, Basement −1, Level -2 is −2."""
    text = floor.casefold()
    number = re.search(r"-?\d+", text.replace("−", "-"))
    if number:
        below = any(word in text for word in ("basement", "cellar", "below"))
        return -abs(int(number.group())) if below else int(number.group())
    return next((order for word, order in _ORDINALS.items() if word in text), 0)


def _checked(
    fields: Mapping[str, object], checks: Mapping[str, Callable[[object], object]], message: str
) -> Columns:
    columns: Columns = {}
    errors: list[FieldError] = []
    for name, check in checks.items():
        if name not in fields:
            continue
        try:
            columns[name] = check(fields[name])
        except _Refused as refused:
            errors.append(FieldError(name, refused.message, refused.limit))
    if errors:
        raise InvalidInput(message, errors)
    return columns


def _refuse_unknown(fields: Mapping[str, object], known: tuple[str, ...], kind: str) -> None:
    errors = [
        FieldError(name, f"is no field of a {kind}", list(known))
        for name in fields
        if name not in known
    ]
    if errors:
        raise InvalidInput(f"Some fields are not known for a {kind}.", errors)


def _text(raw: object, missing: str, limit: int) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise _Refused(missing)
    text = " ".join(raw.split())
    if _CONTROL.search(text):
        raise _Refused("contains a control character")
    if len(text) > limit:
        raise _Refused(f"At most {limit} characters", limit)
    return text


def _number(raw: object, low: float, high: float, what: str) -> float:
    try:
        value = float(raw) if isinstance(raw, int | float | str) else float("nan")
    except ValueError:
        value = float("nan")
    if isinstance(raw, bool) or not low <= value <= high:
        raise _Refused(f"{what} from {low:g} to {high:g}", [low, high])
    return value


def _capacity(raw: object) -> int | None:
    if raw in (None, ""):
        return None
    value = _number(raw, 0, CAPACITY_LIMIT, "A whole number")
    if value != int(value):
        raise _Refused("A whole number of seats", [0, CAPACITY_LIMIT])
    return int(value)


def _area(raw: object) -> float | None:
    return None if raw in (None, "") else _number(raw, 0.1, AREA_LIMIT_M2, "A number of m²")


def _interval(raw: object) -> float | None:
    return None if raw in (None, "") else _number(raw, *INTERVAL_LIMITS_S, "Seconds")


def _choice(raw: object, known: Mapping[str, str]) -> str:
    if not isinstance(raw, str) or raw not in known:
        raise _Refused(f"One of {', '.join(known)}", list(known))
    return raw


def _unit(raw: object, sensor_type: object) -> str | None:
    """A unit belongs to a sensor of one metric; one of several metrics names it in each message."""
    if raw in (None, ""):
        return None
    metric = METRICS.get(str(sensor_type))
    if metric is None:
        raise _Refused("A sensor of several metrics names its units in each message")
    units = known_units(metric.name)
    if not isinstance(raw, str) or raw.strip().lower() not in [unit.lower() for unit in units]:
        raise _Refused(f"One of {', '.join(units)}", units)
    return raw.strip()


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise _Refused("Must be true or false", [True, False])
    return raw


def _capabilities(raw: object) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list | tuple) or len(raw) > CAPABILITY_LIMIT:
        raise _Refused(f"A list of at most {CAPABILITY_LIMIT} names", CAPABILITY_LIMIT)
    for item in raw:
        if not isinstance(item, str) or not _CAPABILITY.fullmatch(item):
            raise _Refused("Names of lower-case letters, digits and underscore")
    return [str(item) for item in dict.fromkeys(raw)]
