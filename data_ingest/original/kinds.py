"""Which of the original's collections a document belongs to, by its file's name and its shape."""

from collections.abc import Mapping
from typing import Any

ROOMS, SENSORS, READINGS, TOKENS, LEFT = "rooms", "sensors", "readings", "tokens", "left"
UNKNOWN = "unknown"
TIMES = ("timestamp", "datetime", "time", "date", "ts")
BY_NAME: Mapping[str, str] = {
    "rooms": ROOMS,
    "room": ROOMS,
    "divisions": ROOMS,
    "division": ROOMS,
    "sensors": SENSORS,
    "sensor": SENSORS,
    "iots": SENSORS,
    "iot": SENSORS,
    "devices": SENSORS,
    "device": SENSORS,
    "readings": READINGS,
    "reading": READINGS,
    "sensor_readings": READINGS,
    "sensor_data": READINGS,
    "sensordata": READINGS,
    "energy": READINGS,
    "energy_data": READINGS,
    "data": READINGS,
    "measurements": READINGS,
    "telemetry": READINGS,
    "iots_reading": READINGS,
    "iots_readings": READINGS,
    "batteries": READINGS,
    "tokens": TOKENS,
    "token": TOKENS,
    "tokencol": TOKENS,
}
COMPUTED = "computed by the original; Wattboard works it out from the readings"
LATER = "Wattboard has no place for it yet"
SERVER = "belongs to the original's server"
PEOPLE = "people are given new logins; no password comes along"
LEFT_OUT: Mapping[str, str] = {
    "totalpower": COMPUTED,
    "totalpowerhour": COMPUTED,
    "powerrightside": COMPUTED,
    "powerleftside": COMPUTED,
    "room_metrics": COMPUTED,
    "forecast": COMPUTED,
    "forecasts": COMPUTED,
    "forecastday": COMPUTED,
    "forecastvalue": COMPUTED,
    "forecastvaluerightside": COMPUTED,
    "demand_response_invitations": LATER,
    "demand_response": LATER,
    "invitations": LATER,
    "instructions": LATER,
    "balance": LATER,
    "benefit": LATER,
    "benefits": LATER,
    "p2p_prices": LATER,
    "p2p_transaction": LATER,
    "p2p_transactions": LATER,
    "events": LATER,
    "alerts": LATER,
    "notifications": LATER,
    "config": SERVER,
    "app": SERVER,
    "storage": SERVER,
    "settings": SERVER,
    "users": PEOPLE,
    "accounts": PEOPLE,
}
"""Collections that are named in the report and not read."""


def kind_of(name: str, document: Any) -> str:
    """What a document is; a shape that cannot be mistaken wins over the name."""
    if name in LEFT_OUT:
        return LEFT
    if type(document) is not dict:
        return BY_NAME.get(name, UNKNOWN)
    return _sure(document) or BY_NAME.get(name) or _likely(document)


def has_time(document: Mapping[str, Any]) -> bool:
    """Whether it says when."""
    return any(name in document for name in TIMES)


def _sure(document: Mapping[str, Any]) -> str | None:
    if type(document.get("token")) is str or "list_of_resources" in document:
        return TOKENS
    if "iot_values" in document:
        return READINGS
    if has_time(document) and any(type(document.get(n)) is list for n in ("iots", "batteries")):
        return READINGS
    if {"uri", "connectionmode", "control", "store"} & document.keys() and "values" in document:
        return SENSORS
    return None


def _likely(document: Mapping[str, Any]) -> str:
    if "sensor_id" in document or "sensorId" in document:
        return READINGS if has_time(document) else SENSORS
    if "name" in document:
        if {"floor", "capacity", "iots", "ac_status_configuration"} & document.keys():
            return ROOMS
        if {"sensor_type", "values"} & document.keys():
            return SENSORS
    return UNKNOWN


def collections_in(document: Any) -> dict[str, list[Any]] | None:
    """Lists of documents by name, as one object holds them, `resources` opened; else None."""
    if type(document) is not dict or "_id" in document or has_time(document):
        return None
    found: dict[str, list[Any]] = {}
    for name, inner in document.items():
        if name == "resources" and type(inner) is dict:
            lists = {key: item for key, item in inner.items() if type(item) is list}
            # There they are described, not measured.
            found |= {"sensors" if key == "batteries" else key: [] for key in lists}
            for key, item in lists.items():
                found["sensors" if key == "batteries" else key] += _as_batteries(key, item)
        elif type(inner) is list and all(type(item) is dict for item in inner):
            found[name] = inner
    known = BY_NAME.keys() | LEFT_OUT.keys()
    if not found.keys() & known or "name" in document:
        return None
    return found


def _as_batteries(key: str, items: list[Any]) -> list[Any]:
    if key != "batteries":
        return items
    return [{**item, "type": "battery"} for item in items if type(item) is dict]
