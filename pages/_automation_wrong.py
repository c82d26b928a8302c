"""What is wrong with a form of automation, in words at its field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.foundation.errors import FieldError
from pages._automation_sheet import (
    ACTIONS,
    CONDITIONS,
    ENTRIES,
    MAIN,
    TRIGGER,
    Row,
    Sheet,
    whole_number,
)

Place = tuple[str, int, str]
"""Part, row and field."""

LABELS: Mapping[str, str] = {
    "name": "The name",
    "cooldown": "At most once every",
    "notice": "What the event says",
    "actions": "What is done: a device or an event",
    "targets": "Devices or groups: it",
    "entries": "The lines: it",
    "place": "Where",
    "measure": "What is measured",
    "limit": "The limit",
    "lasting": "For at least",
    "hysteresis": "Then back by",
    "at": "The time",
    "from": "From",
    "to": "To",
    "days_by": "The days",
    "day_types": "The kinds of day: it",
    "weekdays": "The weekdays: it",
    "room": "The room",
    "target": "The device or group",
    "device": "The device",
    "command": "What is done",
    "number": "The value",
    "mode": "The mode",
    "minutes": "For",
}
_FIELD_OF = {
    "metric": "measure",
    "sensor_id": "measure",
    "limit_per_kwh": "limit",
    "for_s": "lasting",
    "cooldown_s": "cooldown",
    "device_type": "target",
    "value": "number",
}
MISSING: Mapping[str, str] = {
    "name": "Give it a name",
    "targets": "Choose the devices or groups that are told",
    "limit": "The limit is still empty",
    "number": "The value is still empty",
    "minutes": "Say for how long",
    "command": "Choose what is done",
    "target": "Choose who is told",
    "measure": "Choose what is measured",
    "weekdays": "Choose some weekdays",
    "day_types": "Choose some kinds of day",
}
_IN_MINUTES = frozenset({"lasting", "cooldown"})


def wrong_at(errors: Sequence[FieldError], sheet: Sheet) -> dict[Place, str]:
    """Words by field, in the order of the errors."""
    found: dict[Place, str] = {}
    for error in errors:
        place = place_of(error.field, sheet)
        words = MISSING.get(place[2]) if not _filled(place, sheet) else None
        words = words or words_of(error, place[2])
        found[place] = f"{found[place]} · {words}" if place in found else words
    return found


def words_of(error: FieldError, field: str) -> str:
    """`The limit is -60 to 120 °C`; spans of the domain are seconds, of the form minutes."""
    label = LABELS.get(field, field.replace("_", " ").capitalize())
    message = error.message
    limit = error.limit
    if field in _IN_MINUTES and isinstance(limit, list | tuple) and len(limit) == 2:
        low, high = (float(bound) / 60 for bound in limit)
        message = f"is {low:g} to {high:,.0f} min"
    return f"{label} {message}" if message[:1].islower() else message


def place_of(path: str, sheet: Sheet) -> Place:
    """Part, row and field where what is wrong with `actions[1].value` is said."""
    head, _, name = path.partition(".")
    part, _, index = head.rstrip("]").partition("[")
    at = whole_number(index) or 0
    if part not in (TRIGGER, CONDITIONS, ACTIONS, ENTRIES) or (not name and not index):
        kept = "targets" if part == "targets" else _FIELD_OF.get(part, part)
        return MAIN, 0, kept
    rows = sheet.get(part, ())
    row: Row = rows[at] if at < len(rows) else {}
    return part, at, _field(name, row)


def _field(name: str, row: Row) -> str:
    if name in ("device_id", "room_id"):
        return next((f for f in ("target", "device", "room", "measure") if f in row), name)
    if name == "state" and "running" in row:
        return "running"
    if name == "value" and "mode" in row:
        return "mode"
    if name in ("day_types", "weekdays") and name not in row:
        return "days_by"
    return _FIELD_OF.get(name, name)


def worth_saying(wrong: Mapping[Place, str], sheet: Sheet, *, tried: bool) -> dict[Place, str]:
    """What stands at the fields: what is still empty is no mistake before somebody saves."""
    if tried:
        return dict(wrong)
    return {place: words for place, words in wrong.items() if _filled(place, sheet)}


def _filled(place: Place, sheet: Sheet) -> bool:
    part, at, field = place
    rows = sheet.get(part, ())
    return at < len(rows) and rows[at].get(field) not in (None, "", [])
