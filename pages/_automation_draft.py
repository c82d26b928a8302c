"""What the forms of rules and schedules mean, and where what is wrong is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pages._automation_sheet import (
    ACTIONS,
    CONDITIONS,
    ENTRIES,
    TRIGGER,
    Row,
    Sheet,
    days_fields,
    first_of,
    main_of,
    many,
    number,
    seconds,
    source_fields,
    target_fields,
    text,
    time_of,
    value_of,
    whole_number,
)

Fields = Mapping[str, object]
ANY = "any"
EVENT_PARTS = ("service", "severity", "event_kind")

# ---- form → fields -------------------------------------------------------------------------


def rule_fields_of(sheet: Sheet) -> dict[str, object]:
    """What the form of a rule says, as the use case takes it."""
    main = main_of(sheet)
    return {
        "name": text(main, "name"),
        "enabled": text(main, "enabled") != "off",
        "trigger": trigger_fields(first_of(sheet, TRIGGER)),
        "conditions": [condition_fields(row) for row in sheet.get(CONDITIONS, ())],
        "actions": [action_fields(row) for row in sheet.get(ACTIONS, ())],
        "cooldown_s": seconds(main, "cooldown"),
        "notice": text(main, "notice").strip() or None,
    }


def schedule_fields_of(sheet: Sheet) -> dict[str, object]:
    """What the form of a schedule says."""
    main = main_of(sheet)
    return {
        "name": text(main, "name"),
        "enabled": text(main, "enabled") != "off",
        "targets": [target_fields(key) for key in many(main, "targets")],
        "entries": [entry_fields(row) for row in sheet.get(ENTRIES, ())],
    }


def trigger_fields(row: Row) -> dict[str, object]:
    """When it fires."""
    kind = text(row, "kind")
    fields: dict[str, object] = {"kind": kind}
    match kind:
        case "time":
            return fields | {"at": time_of(row, "at"), **days_fields(row)}
        case "event":
            return fields | _event_fields(row)
        case "metric":
            fields |= {**_limit(row), "hysteresis": number(row, "hysteresis") or 0}
        case "price":
            fields |= _price(row)
        case "occupancy":
            fields |= _occupancy(row)
    return fields | {"for_s": seconds(row, "lasting")}


def condition_fields(row: Row) -> dict[str, object]:
    """What must hold too."""
    kind = text(row, "kind")
    fields: dict[str, object] = {"kind": kind}
    match kind:
        case "metric":
            fields |= _limit(row)
        case "time":
            fields |= {"from": time_of(row, "from"), "to": time_of(row, "to"), **days_fields(row)}
        case "day":
            fields |= days_fields(row)
        case "price":
            fields |= _price(row)
        case "occupancy":
            fields |= _occupancy(row)
        case "device":
            device = text(row, "device").removeprefix("device:")
            fields |= {"device_id": device, "state": text(row, "running")}
    return fields


def action_fields(row: Row) -> dict[str, object]:
    """Who is told what, for how long."""
    return {
        **target_fields(text(row, "target")),
        "command": text(row, "command"),
        "value": value_of(row),
        "minutes": number(row, "minutes"),
    }


def entry_fields(row: Row) -> dict[str, object]:
    """One line of a schedule."""
    return {
        **days_fields(row),
        "from": time_of(row, "from"),
        "to": time_of(row, "to"),
        "command": text(row, "command"),
        "value": value_of(row),
    }


def _limit(row: Row) -> dict[str, object]:
    return {**source_fields(row), "side": text(row, "side"), "limit": number(row, "limit")}


def _price(row: Row) -> dict[str, object]:
    return {"side": text(row, "side"), "limit_per_kwh": number(row, "limit")}


def _occupancy(row: Row) -> dict[str, object]:
    return {"room_id": whole_number(text(row, "room")), "state": text(row, "state")}


def _event_fields(row: Row) -> dict[str, object]:
    said = {name: text(row, name) for name in EVENT_PARTS}
    chosen = {name: value if value != ANY else None for name, value in said.items()}
    return {"change": text(row, "change"), **chosen, "room_id": whole_number(text(row, "room"))}
