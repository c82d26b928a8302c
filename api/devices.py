"""`/api/v1/iot/devices`: what can be controlled, and how it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.lists import ListQuery, page_of
from api.resource import Resource
from api.schema import (
    MOST_INTEGER,
    PRINTABLE,
    IsoTime,
    OneOf,
    Query,
    Request,
    Version,
    WithheldUntil,
    closed,
)
from api.times import iso
from domain.access.current import current_actor
from domain.building.model import ID_PATTERN
from domain.building.sensor_list import natural_key
from domain.control import wire
from domain.control.arbitration import Intent
from domain.control.capabilities import LONGEST_S, NAME_LENGTH
from domain.control.model import DEVICE_TYPES, MODES, SAFE_STATES, SHARINGS, DeviceNow
from domain.control.owners import OWNERS
from domain.control.views import Holding
from domain.foundation.contract import in_force
from domain.foundation.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from domain.house import House

STATUSES = ("fresh", "late", "stale", "dead", "missing")
Status = Annotated[str, OneOf((*STATUSES, "withheld"))]
DeviceType = Annotated[str, OneOf(DEVICE_TYPES)]
DeviceId = Annotated[
    str,
    Field(pattern=f"^{ID_PATTERN}$", description="The device's id.", examples=["DEVICE_001"]),
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=PRINTABLE)]
RoomRef = Annotated[str, Field(min_length=1, max_length=60)]
RoomNumber = Annotated[int, Field(ge=1, le=MOST_INTEGER)]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_S, description="Seconds.")]
Limits = Annotated[
    list[float], Field(min_length=2, max_length=3, description="Lowest, highest, step.")
]


class DeviceCapabilities(Request):
    """What the device can be told; what is left out it cannot."""

    on_off: bool = False
    power_kw: Limits | None = None
    setpoint_c: Limits | None = None
    mode: list[Annotated[str, OneOf(MODES)]] | None = None
    shed_percent: Limits | None = None


class DeviceMeter(Request):
    """The series that measures its power."""

    sensor_id: DeviceId
    metric: Annotated[str, OneOf(("power", "generation"))] = "power"


class DeviceFields(Request):
    """What a device may be; what is left out stays as it is."""

    device_type: DeviceType | None = None
    room: RoomRef | RoomNumber | None = None
    """Name or id of a room; null for none."""
    capabilities: DeviceCapabilities | None = None
    meter: DeviceMeter | None = None
    """Null where nothing measures it: what it does is then reported, not metered."""
    min_on_s: Seconds | None = None
    """It stays on at least so long."""
    min_off_s: Seconds | None = None
    ramp_s: Seconds | None = None
    """How long it needs to reach a new power."""
    safe_state: Annotated[str, OneOf(SAFE_STATES)] | None = None
    """In which it rests while it is locked out."""
    dr_enabled: bool | None = None
    critical: bool | None = None
    sharing: Annotated[str, OneOf(SHARINGS)] | None = None


class NewDevice(DeviceFields):
    """A device to register."""

    device_id: DeviceId
    """Chosen by the device; part of its MQTT topics."""
    name: Name | None = None
    """The id where it is left out."""


class DeviceChange(DeviceFields):
    """What to change; what is left out stays as it is."""

    device_id: DeviceId | None = None
    """May be sent along; an id cannot be changed."""
    name: Name | None = None
    version: Version | None = None
    """The version this change was made from; 409 when the device has changed since."""


class DeviceListQuery(ListQuery):
    """Which devices."""

    room: RoomRef | None = None
    """Name or id of a room."""
    device_type: DeviceType | None = None


class SummaryQuery(Query):
    """Takes nothing."""


@closed
class CapabilitiesNow(TypedDict, total=False):
    """What the device can be told; what is not there it cannot."""

    on_off: bool
    power_kw: list[float]
    setpoint_c: list[float]
    mode: list[str]
    shed_percent: list[float]


@closed
class MeterNow(TypedDict):
    """The series that measures its power."""

    sensor_id: str
    metric: str


@closed
class StateNow(TypedDict, total=False):
    """What the device says of itself; what it does not say is not there."""

    on: bool
    power_kw: float
    setpoint_c: float
    mode: str
    soc_percent: float


@closed
class HolderNow(TypedDict):
    """Who controls a device, and until when."""

    owner: Annotated[str, OneOf(OWNERS)]
    name: str
    until: IsoTime
    reason: str


@closed
class DeviceShown(TypedDict):
    """A device, what it says and what its meter shows."""

    device_id: str
    name: str
    device_type: DeviceType
    room: str | None
    room_id: int | None
    capabilities: CapabilitiesNow
    meter: MeterNow | None
    min_on_s: int
    min_off_s: int
    ramp_s: int
    safe_state: str
    dr_enabled: bool
    critical: bool
    sharing: str
    state: StateNow | None
    """Null where it is withheld."""
    status: Status
    """How old what it says is."""
    stale: bool | None
    available: bool | None
    """What its connection says; null where it says nothing."""
    last_said_at: IsoTime | None
    power_kw: float | None
    power_source: Annotated[str, OneOf(("meter", "reported"))] | None
    power_at: IsoTime | None
    controlled_by: HolderNow | None
    """Null where it follows its own rule, or where it is withheld."""
    withheld_until: WithheldUntil
    version: int


@closed
class DeviceList(TypedDict):
    """A page of devices, by id."""

    devices: list[DeviceShown]
    next_cursor: str | None


@closed
class DeviceTotals(TypedDict):
    """How many devices there are."""

    total: int
    by_type: dict[DeviceType, int]
    by_status: dict[Status, int]
    dr_enabled: int
    discovered: int
    """Devices that speak and are not registered."""


EXAMPLE = {
    "device_id": "LAMP_7",
    "name": "Lamps Library",
    "device_type": "lamp",
    "capabilities": {"on_off": True, "shed_percent": [0, 100, 5]},
}


def devices_api(house: House) -> Blueprint:
    """Build the routes of the devices resource."""
    devices = Resource(house, "iot", "/api/v1/iot", "What can be controlled, and how it is now.")
    control = house.control

    @devices.get("/devices", "iot.view", errors=(404,))
    def list_devices(query: DeviceListQuery) -> DeviceList:
        """List the registered devices with what they say and what their meters show."""
        room_id = house.building.room(query.room).room_id if query.room else None
        rows = [
            now
            for now in control.devices(current_actor())
            if room_id in (None, now.device.room_id)
            and query.device_type in (None, now.device.device_type)
        ]
        rows.sort(key=lambda now: natural_key(now.device.device_id))
        shown, cursor = page_of(rows, lambda now: now.device.device_id, query, natural_key)
        return {"devices": _listed(house, shown), "next_cursor": cursor}

    @devices.get("/devices/summary", "iot.view")
    def summary(query: SummaryQuery) -> DeviceTotals:
        """Count the devices by type and by how old what they say is."""
        found = control.summary(current_actor())
        by_status = dict(found.by_status)
        if in_force().restricts:
            by_status = {"withheld": found.total}
        return {
            "total": found.total,
            "by_type": dict(found.by_type),
            "by_status": by_status,
            "dr_enabled": found.dr_enabled,
            "discovered": found.discovered,
        }

    @devices.post(
        "/devices", "iot.control", status=201, errors=(409,), repeatable=True, example=EXAMPLE
    )
    def register(body: NewDevice) -> DeviceShown:
        """Register a device, or adopt one that speaks already."""
        fields = _fields(body)
        device_id = str(fields.pop("device_id"))
        control.register(current_actor(), device_id, fields)
        return show(device_id)

    @devices.get("/devices/<device_id>", "iot.view", errors=(404,))
    def show(device_id: DeviceId) -> DeviceShown:
        """Show one device."""
        return _listed(house, [control.device(current_actor(), device_id)])[0]

    @devices.route(
        "/devices/<device_id>",
        "iot.control",
        ("PUT", "PATCH"),
        errors=(404, 409),
        example={"name": "Heat pump North", "min_on_s": 180},
    )
    def change(device_id: DeviceId, body: DeviceChange) -> DeviceShown:
        """Change the fields that are sent; the others stay as they are."""
        actor = current_actor()
        known = control.device(actor, device_id).device.device_id
        fields = _fields(body)
        version = fields.pop("version", None)
        if fields.pop("device_id", known) != known:
            wrong = FieldError("device_id", "an id cannot be changed", known)
            raise InvalidInput("This device cannot be saved as it is.", [wrong])
        control.update(actor, known, fields, version if isinstance(version, int) else None)
        return show(known)

    @devices.delete("/devices/<device_id>", "iot.control", errors=(404,))
    def remove(device_id: DeviceId) -> None:
        """Take a device off the list; its commands and readings stay."""
        control.delete(current_actor(), device_id)

    return devices.blueprint


def _fields(body: DeviceFields) -> dict[str, object]:
    """What was sent; null empties room and meter, and is nothing elsewhere."""
    given = body.given()
    may_be_empty = ("room", "meter")
    found = {name: v for name, v in given.items() if v is not None or name in may_be_empty}
    if isinstance(found.get("capabilities"), dict):
        said = cast("dict[str, object]", found["capabilities"])
        found["capabilities"] = {name: value for name, value in said.items() if value is not None}
    return found


def _listed(house: House, rows: Sequence[DeviceNow]) -> list[DeviceShown]:
    withheld = iso(house.telemetry.withheld_until_ms())
    restricted = in_force().restricts
    holdings = {} if restricted else house.control.holdings(current_actor())
    shown = []
    for now in rows:
        holder = wire.holder(_intent_of(holdings, now))
        fields = wire.device(now) | {"controlled_by": holder, "withheld_until": withheld}
        if restricted:
            fields |= {"state": None, "status": "withheld", "stale": None}
        shown.append(cast("DeviceShown", fields))
    return shown


def _intent_of(holdings: Mapping[str, Holding], now: DeviceNow) -> Intent | None:
    holding = holdings.get(now.device.device_id)
    return holding.intent if holding else None
