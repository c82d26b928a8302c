"""`/api/v1/rooms`: rooms, how they are now, and what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.lists import ListQuery, page_of
from api.readings import ReadingNow, reading_now
from api.resource import Resource
from api.room_climate import room_climate
from api.room_data import RoomName, room_data, room_named
from api.schema import (
    PRINTABLE,
    IsoTime,
    MetricName,
    OneOf,
    Request,
    Version,
    WithheldUntil,
    closed,
)
from api.times import iso
from domain.access.current import current_actor
from domain.building.comfort import COMFORT_FIELDS, STEPS, Comfort
from domain.building.live import LIVE_STATES
from domain.building.model import Room, RoomLive
from domain.building.validation import AREA_LIMIT_M2, CAPACITY_LIMIT, FLOOR_LENGTH, NAME_LENGTH
from domain.foundation.contract import in_force

if TYPE_CHECKING:
    from domain.house import House


def _limit(name: str) -> Any:
    label, low, high = COMFORT_FIELDS[name]
    return Field(ge=low, le=high, description=f"{label}; null follows the building.")


Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=PRINTABLE)]
FloorName = Annotated[str, Field(min_length=1, max_length=FLOOR_LENGTH, pattern=PRINTABLE)]
Capacity = Annotated[int, Field(ge=0, le=CAPACITY_LIMIT, description="Seats.")]
Area = Annotated[float, Field(ge=0.1, le=AREA_LIMIT_M2, description="m²")]


class ComfortLimits(Request):
    """Limits a room sets itself; one that is null or left out follows the building."""

    temperature_low: Annotated[float, _limit("temperature_low")] | None = None
    temperature_high: Annotated[float, _limit("temperature_high")] | None = None
    cold_below: Annotated[float, _limit("cold_below")] | None = None
    hot_above: Annotated[float, _limit("hot_above")] | None = None
    co2_limit_ppm: Annotated[float, _limit("co2_limit_ppm")] | None = None
    humidity_low: Annotated[float, _limit("humidity_low")] | None = None
    humidity_high: Annotated[float, _limit("humidity_high")] | None = None


class NewRoom(Request):
    """A room to add."""

    name: Name
    """Unique without regard to case."""
    floor: FloorName
    """In words: `2nd`, `Ground`."""
    capacity: Capacity | None = None
    area_m2: Area | None = None
    comfort: ComfortLimits | None = None


class RoomChange(Request):
    """What to change; what is left out stays as it is."""

    name: Name | None = None
    floor: FloorName | None = None
    capacity: Capacity | None = None
    area_m2: Area | None = None
    comfort: ComfortLimits | None = None
    version: Version | None = None
    """The version this change was made from; 409 when the room has changed since."""


@closed
class ComfortNow(TypedDict):
    """The limits that hold in a room."""

    temperature_low: float
    """°C"""
    temperature_high: float
    """°C"""
    cold_below: float
    """°C"""
    hot_above: float
    """°C"""
    co2_limit_ppm: float
    humidity_low: float
    """%"""
    humidity_high: float
    """%"""


@closed
class ComfortVerdict(TypedDict):
    """How a room feels, by its live readings."""

    step: Annotated[str, OneOf(STEPS)] | None
    """From cold to hot; null without a live temperature."""
    word: str
    """The most pressing thing."""
    reasons: list[str]
    """What is beyond its limit."""


@closed
class RoomNow(TypedDict):
    """A room and how it is now."""

    id: int
    name: str
    floor: str
    capacity: int | None
    area_m2: float | None
    comfort: ComfortNow
    comfort_state: ComfortVerdict
    metrics: dict[MetricName, ReadingNow]
    """Newest value per metric: the mean of the room's live sensors, or the highest of co2, voc,
    occupancy, motion and door."""
    occupancy: float | None
    """Persons; null while no live sensor counts them."""
    power_kw: float | None
    """Sum of the room's live submeters; null while none is live."""
    power_complete: bool
    """Whether every submeter of the room is in `power_kw`."""
    flexibility_kw: None
    """Null until demand response measures it."""
    sensors: list[str]
    """Ids of the sensors that are in the room."""
    stale: bool | None
    """No reading of the room is live; null where they are withheld."""
    last_reading_at: IsoTime | None
    withheld_until: WithheldUntil
    version: int


@closed
class RoomList(TypedDict):
    """A page of rooms, by name."""

    rooms: list[RoomNow]
    next_cursor: str | None


_NEEDED = frozenset({"name", "floor"})
"""What a room cannot be without; null leaves it as it is."""
SEED_ROOM = {"name": "Conference Room A", "floor": "2nd", "capacity": 20}


def rooms_api(house: House) -> Blueprint:
    """Build the routes of the rooms resource."""
    rooms = Resource(house, "rooms", "/api/v1/rooms", "Rooms, how they are now, what they were.")

    @rooms.get("", "rooms.read")
    def list_rooms(query: ListQuery) -> RoomList:
        """List the rooms with their live values."""
        named = sorted(house.building.rooms(), key=lambda room: room.name.casefold())
        shown, cursor = page_of(named, lambda room: room.name, query, str.casefold)
        return {"rooms": [_now(house, room) for room in shown], "next_cursor": cursor}

    @rooms.post("", "rooms.create", status=201, errors=(409,), repeatable=True, example=SEED_ROOM)
    def create(body: NewRoom) -> RoomNow:
        """Add a room."""
        return _now(house, house.building.create_room(current_actor(), body.given()))

    @rooms.get("/<room:name>", "rooms.read", errors=(404,))
    def show(name: RoomName) -> RoomNow:
        """Show one room with its live values."""
        return _now(house, room_named(house, name))

    @rooms.route(
        "/<room:name>",
        "rooms.update",
        ("PUT", "PATCH"),
        errors=(404, 409),
        example={"capacity": 24, "comfort": {"temperature_low": 21}},
    )
    def change(name: RoomName, body: RoomChange) -> RoomNow:
        """Change the fields that are sent; the others stay as they are."""
        fields = {n: v for n, v in body.given().items() if v is not None or n not in _NEEDED}
        version = fields.pop("version", None)
        room = room_named(house, name)
        edited = house.building.update_room(
            current_actor(), room.room_id, fields, version if isinstance(version, int) else None
        )
        return _now(house, edited)

    @rooms.delete("/<room:name>", "rooms.delete", errors=(404, 409))
    def remove(name: RoomName) -> None:
        """Remove a room; its sensors keep their history and are in no room then."""
        house.building.delete_room(current_actor(), room_named(house, name).room_id)

    room_data(house, rooms)
    room_climate(house, rooms)
    return rooms.blueprint


def _now(house: House, room: Room) -> RoomNow:
    live = house.building.room_live(room.room_id)
    now_ms = house.clock.now_ms()
    metrics = {metric: reading_now(value, now_ms) for metric, value in live.values.items()}
    occupancy = metrics.get("occupancy")
    return {
        "id": room.room_id,
        "name": room.name,
        "floor": room.floor,
        "capacity": room.capacity,
        "area_m2": room.area_m2,
        "comfort": _limits_of(room.comfort),
        "comfort_state": _verdict(live),
        "metrics": metrics,
        "occupancy": occupancy["value"] if occupancy and not occupancy["stale"] else None,
        "power_kw": live.power_kw,
        "power_complete": live.power_complete,
        "flexibility_kw": None,
        "sensors": [sensor.sensor_id for sensor in house.building.sensors_in(room.room_id)],
        "stale": None
        if in_force().restricts
        else live.power_kw is None
        and not any(value.state_name(now_ms) in LIVE_STATES for value in live.values.values()),
        "last_reading_at": None if live.age_ms is None else iso(now_ms - live.age_ms),
        "withheld_until": iso(house.telemetry.withheld_until_ms()),
        "version": room.version,
    }


def _limits_of(comfort: Comfort) -> ComfortNow:
    return {
        "temperature_low": comfort.temperature_low,
        "temperature_high": comfort.temperature_high,
        "cold_below": comfort.cold_below,
        "hot_above": comfort.hot_above,
        "co2_limit_ppm": comfort.co2_limit_ppm,
        "humidity_low": comfort.humidity_low,
        "humidity_high": comfort.humidity_high,
    }


def _verdict(live: RoomLive) -> ComfortVerdict:
    state = live.comfort
    return {
        "step": state.step,
        "word": state.word,
        "reasons": [reason.word for reason in state.reasons],
    }
