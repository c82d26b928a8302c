"""How a rule or a schedule that is kept fills its form again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pages._automation_draft import ANY, EVENT_PARTS, Fields
from pages._automation_sheet import (
    ACTIONS,
    CONDITIONS,
    ENTRIES,
    MAIN,
    NO_PLACE,
    TRIGGER,
    Sheet,
    Typed,
    days_row,
    minutes_of,
    plain,
    target_key,
    value_row,
)

NEW_RULE: Sheet = {
    MAIN: ({"name": "", "cooldown": 60, "notice": ""},),
    TRIGGER: ({"kind": "metric", "side": "above", "lasting": 5},),
    CONDITIONS: (),
    ACTIONS: ({"minutes": 30},),
}
NEW_SCHEDULE: Sheet = {
    MAIN: ({"name": "", "targets": []},),
    ENTRIES: ({"days_by": "work", "from": "07:00", "to": "19:00"},),
}


def rule_sheet(fields: Fields, places: Mapping[str, int | None]) -> Sheet:
    """The form that says the same as the fields of a rule; `places` are the rooms of sensors."""
    main: dict[str, Typed] = {
        "name": str(fields.get("name") or ""),
        "enabled": "off" if fields.get("enabled") is False else "on",
        "cooldown": minutes_of(fields.get("cooldown_s")),
        "notice": str(fields.get("notice") or ""),
    }
    return {
        MAIN: (main,),
        TRIGGER: (_row(_object(fields.get("trigger")), places),),
        CONDITIONS: tuple(_row(one, places) for one in _objects(fields.get("conditions"))),
        ACTIONS: tuple(_action_row(one) for one in _objects(fields.get("actions"))),
    }


def schedule_sheet(fields: Fields) -> Sheet:
    """The form that says the same as the fields of a schedule."""
    targets: list[str | int] = [target_key(one) for one in _objects(fields.get("targets"))]
    return {
        MAIN: (
            {
                "name": str(fields.get("name") or ""),
                "enabled": "off" if fields.get("enabled") is False else "on",
                "targets": targets,
            },
        ),
        ENTRIES: tuple(
            {**days_row(one), **_span_row(one), **value_row(one.get("command"), one.get("value"))}
            for one in _objects(fields.get("entries"))
        ),
    }


def _row(fields: Fields, places: Mapping[str, int | None]) -> dict[str, Typed]:
    """A trigger or a condition; their fields are called the same."""
    kind = str(fields.get("kind"))
    row: dict[str, Typed] = {"kind": kind}
    if "for_s" in fields:
        row["lasting"] = minutes_of(fields["for_s"])
    match kind:
        case "metric":
            row |= _source_row(fields, places)
            row |= {"side": str(fields.get("side")), "limit": plain(fields.get("limit"))}
            if "hysteresis" in fields:
                row["hysteresis"] = plain(fields["hysteresis"])
        case "price":
            limit = plain(fields.get("limit_per_kwh"))
            row |= {"side": str(fields.get("side")), "limit": limit}
        case "occupancy":
            row |= {"room": str(fields.get("room_id")), "state": str(fields.get("state"))}
        case "device":
            device, running = f"device:{fields.get('device_id')}", str(fields.get("state"))
            row |= {"device": device, "running": running}
        case "event":
            row |= {name: str(fields.get(name) or ANY) for name in (*EVENT_PARTS, "room_id")}
            row |= {"change": str(fields.get("change")), "room": row.pop("room_id")}
        case _:
            row |= {**days_row(fields), **_span_row(fields)}
    return row


def _source_row(fields: Fields, places: Mapping[str, int | None]) -> dict[str, Typed]:
    metric, sensor_id = fields.get("metric"), fields.get("sensor_id")
    if sensor_id is None:
        return {"place": str(fields.get("room_id")), "measure": f"{metric}@room"}
    room_id = places.get(str(sensor_id))
    place = NO_PLACE if room_id is None else str(room_id)
    return {"place": place, "measure": f"{metric}@sensor:{sensor_id}"}


def _span_row(fields: Fields) -> dict[str, Typed]:
    return {name: str(fields[name]) for name in ("at", "from", "to") if name in fields}


def _action_row(fields: Fields) -> dict[str, Typed]:
    told = value_row(fields.get("command"), fields.get("value"))
    return {"target": target_key(fields), **told, "minutes": plain(fields.get("minutes"))}


def _object(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> Sequence[Fields]:
    return [_object(one) for one in value] if isinstance(value, list | tuple) else []
