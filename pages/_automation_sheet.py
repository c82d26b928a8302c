"""What stands in the forms of rules and schedules, row by row, and the fields it means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from domain.automation.fields import MOST_ACTIONS, MOST_CONDITIONS, MOST_ENTRIES

Typed = str | int | float | bool | list[str | int] | None
"""What one field of the browser holds."""
Row = Mapping[str, Typed]
Sheet = Mapping[str, Sequence[Row]]
"""The rows of each part; `main` and `trigger` have one."""

MAIN, TRIGGER, CONDITIONS, ACTIONS, ENTRIES = "main", "trigger", "conditions", "actions", "entries"
SINGLE = frozenset({MAIN, TRIGGER})
MOST: Mapping[str, int] = {
    MAIN: 1, TRIGGER: 1, CONDITIONS: MOST_CONDITIONS, ACTIONS: MOST_ACTIONS, ENTRIES: MOST_ENTRIES,
}  # fmt: skip
SHAPING = frozenset({"kind", "place", "measure", "days_by", "target", "targets", "command"})
"""Fields whose change asks for other fields beside them."""
NO_PLACE = "none"
OFF_DAYS = ("saturday", "sunday", "holiday", "closure")
DAYS_BY: Mapping[str, str] = {
    "every": "Every day",
    "work": "Working days",
    "off": "Weekends, holidays and closed days",
    "weekdays": "Certain weekdays",
    "types": "Certain kinds of day",
    "both": "Weekdays that are of a kind",
}


class FieldId(TypedDict):
    """The Dash id of a field of a sheet."""

    type: str
    part: str
    at: int
    field: str


def sheet_from(ids: Iterable[FieldId], values: Iterable[Typed]) -> Sheet:
    """The form from what the browser sends: one id and one value a field, in any order."""
    found: dict[str, dict[int, dict[str, Typed]]] = {}
    for where, value in zip(ids, values, strict=False):
        if 0 <= where["at"] < MOST.get(where["part"], 0):
            rows = found.setdefault(where["part"], {})
            rows.setdefault(where["at"], {})[where["field"]] = value
    return {part: tuple(row for _, row in sorted(rows.items())) for part, rows in found.items()}


def main_of(sheet: Sheet) -> Row:
    """The fields that are there once."""
    return first_of(sheet, MAIN)


def first_of(sheet: Sheet, part: str) -> Row:
    """The first row of a part; empty where there is none."""
    rows = sheet.get(part, ())
    return rows[0] if rows else {}


def with_act(sheet: Sheet, act: str, at: int) -> Sheet:
    """The form after a button of it was pressed, such as `add-actions` or `drop-conditions`."""
    what, _, part = act.partition("-")
    if part not in MOST or part in SINGLE:
        return sheet
    rows = tuple(sheet.get(part, ()))
    if what == "add" and len(rows) < MOST[part]:
        # The next one mostly differs little from the last.
        return {**sheet, part: (*rows, dict(rows[-1]) if rows and part != CONDITIONS else {})}
    if what == "drop" and 0 <= at < len(rows):
        return {**sheet, part: (*rows[:at], *rows[at + 1 :])}
    return sheet


def shape_of(rows: Sequence[Row]) -> str:
    """What decides which fields a part shows; the same shape is never drawn anew."""
    return "|".join(
        ",".join(f"{name}={_shaping(row, name)}" for name in sorted(row) if name in SHAPING)
        for row in rows
    )


def _shaping(row: Row, name: str) -> object:
    """Days without chips all look alike."""
    by = row[name]
    return "plain" if name == "days_by" and by in ("every", "work", "off") else by


# ---- words of the browser → fields of the domain -------------------------------------------


def text(row: Row, name: str) -> str:
    """A field as text; "" for anything else."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def many(row: Row, name: str) -> list[str]:
    """A field of several choices."""
    value = row.get(name)
    return [str(one) for one in value] if isinstance(value, list) else []


def number(row: Row, name: str) -> object:
    """A number as it was typed; an empty field is None."""
    value = row.get(name)
    return None if value == "" else value


def seconds(row: Row, name: str) -> object:
    """Minutes of a field as seconds, nothing as none; what is no number stays as it is."""
    value = number(row, name)
    if value is None:
        return 0
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return value * 60 if usable else value  # type: ignore[operator]


def whole_number(value: str) -> int | None:
    """A key inside the values of a select."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def days_fields(row: Row) -> dict[str, object]:
    """Which days a row means."""
    by = text(row, "days_by")
    types: list[str] = []
    weekdays: list[int] = []
    if by == "work":
        types = ["workday"]
    elif by == "off":
        types = list(OFF_DAYS)
    if by in ("types", "both"):
        types = many(row, "day_types")
    if by in ("weekdays", "both"):
        chosen = [whole_number(day) for day in many(row, "weekdays")]
        weekdays = [day for day in chosen if day is not None]
    return {"day_types": types, "weekdays": weekdays}


def days_row(fields: Mapping[str, object]) -> dict[str, Typed]:
    """The row that means the same days."""
    types = [str(day) for day in _listed(fields.get("day_types"))]
    weekdays = [str(day) for day in _listed(fields.get("weekdays"))]
    by = "both" if types and weekdays else "weekdays" if weekdays else "types" if types else "every"
    if by == "types" and types == ["workday"]:
        by = "work"
    elif by == "types" and sorted(types) == sorted(OFF_DAYS):
        by = "off"
    return {"days_by": by, "day_types": [*types], "weekdays": [*weekdays]}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def time_of(row: Row, name: str) -> str:
    """A time of day as it was typed, `7:30` as 07:30."""
    said = text(row, name).strip().replace(".", ":")
    return f"0{said}" if said[1:2] == ":" else said


def target_fields(key: str) -> dict[str, object]:
    """`device:ID`, `room:3` or `room:3:lamp` of a select as fields."""
    kind, _, rest = key.partition(":")
    if kind == "device":
        return {"device_id": rest}
    room, _, device_type = rest.partition(":")
    fields: dict[str, object] = {"room_id": whole_number(room)}
    return fields | ({"device_type": device_type} if device_type else {})


def target_key(fields: Mapping[str, object]) -> str:
    """The same the other way."""
    if fields.get("device_id"):
        return f"device:{fields['device_id']}"
    kind = fields.get("device_type")
    return f"room:{fields.get('room_id')}" + (f":{kind}" if kind else "")


def source_fields(row: Row) -> dict[str, object]:
    """Whose metric: `co2@room`, or `co2@sensor:ID`, at the place beside it."""
    metric, _, where = text(row, "measure").partition("@")
    if where.startswith("sensor:"):
        return {"metric": metric, "sensor_id": where.removeprefix("sensor:")}
    return {"metric": metric, "room_id": whole_number(text(row, "place"))}


def value_of(row: Row) -> object:
    """The value that belongs to the command; the other field is not asked."""
    command = text(row, "command")
    if command == "set_mode":
        return text(row, "mode")
    return number(row, "number") if command.startswith("set_") else None


def value_row(command: object, value: object) -> dict[str, Typed]:
    """The same the other way."""
    found: dict[str, Typed] = {"command": str(command)}
    if isinstance(value, str):
        return found | {"mode": value}
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return found | ({"number": plain(value)} if usable else {})


def plain(value: object) -> Typed:
    """A number as a person would type it: whole ones without a point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | float | str) else None


def minutes_of(value: object) -> Typed:
    """Seconds as minutes."""
    return plain(value / 60) if isinstance(value, int | float) and value else 0
