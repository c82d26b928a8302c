"""What the forms of devices need of the house: rooms, meters, how a test goes."""

from __future__ import annotations

from typing import Any

from domain.building.model import SensorQuery
from domain.control.enrolment import Tried
from domain.foundation.errors import Unknown
from domain.house import House
from pages import _devices_trial
from pages._devices_edit import Choices

MEASURES = ("power", "generation")
OWN = "its own report of power"


def choices(house: House, device_id: str, chosen: tuple[str, str] | None = None) -> Choices:
    """Rooms, and series of power that may be its meter; its own report of power last."""
    rooms = [(room.room_id, room.name) for room in house.building.rooms()]
    listed = house.building.sensors(SensorQuery(page_size=None)).rows
    names = {row.sensor.sensor_id: row.sensor.name for row in listed}
    keys = {key for key in house.telemetry.latest() if key[1] in MEASURES and key[0] in names}
    if chosen is not None:
        keys.add(chosen)
    named = sorted(
        (sensor_id == device_id, names.get(sensor_id, sensor_id).casefold(), sensor_id, metric)
        for sensor_id, metric in keys
    )
    meters = [
        (f"{sensor_id}/{metric}", _words(names.get(sensor_id, sensor_id), sensor_id, metric, own))
        for own, _, sensor_id, metric in named
    ]
    return Choices(rooms, meters)


def _words(name: str, sensor_id: str, metric: str, own: bool) -> str:
    if own:
        return f"{name}, {OWN}"
    known = name if name == sensor_id else f"{name} ({sensor_id})"
    return f"{known}, {metric}"


def meter_name(house: House, sensor_id: str) -> str:
    """What a meter is called; its id where it is not known."""
    try:
        return house.building.sensor(sensor_id).name
    except Unknown:
        return sensor_id


def trial_progress(house: House, tried: Tried | None) -> Any:
    """How far a test has come."""
    key = tried.trial.device.meter if tried else None
    meter = house.telemetry.latest_of([key[0]]).get(key) if key else None
    name = meter_name(house, key[0]) if key else ""
    return _devices_trial.progress(tried, meter, name, house.clock.now_ms(), house.zone)
