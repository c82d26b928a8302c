"""`/api/v1/sensors`: what sends readings, its newest values, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.lists import ListQuery, page_of
from api.readings import (
    DataQuery,
    ReadingNow,
    Resolution,
    Series,
    coarsest,
    reading_now,
    series_of,
)
from api.resource import Resource
from api.schema import (
    MOST_INTEGER,
    PRINTABLE,
    IsoTime,
    MetricName,
    OneOf,
    Request,
    Version,
    WithheldUntil,
    closed,
)
from api.sensor_pages import SensorPages
from api.times import iso
from domain.access.current import current_actor
from domain.building.model import (
    ID_PATTERN,
    METER_ROLES,
    SENSOR_TYPES,
    STATUSES,
    USES,
    SensorQuery,
    SensorRow,
)
from domain.building.sensor_list import STATES, natural_key
from domain.building.validation import CAPABILITY_LIMIT, INTERVAL_LIMITS_S, NAME_LENGTH
from domain.foundation.clock import iso_utc
from domain.foundation.contract import in_force
from domain.foundation.errors import FieldError, InvalidInput, Unknown

if TYPE_CHECKING:
    from domain.house import House

SensorType = Annotated[str, OneOf(SENSOR_TYPES)]
MeterRole = Annotated[str, OneOf(METER_ROLES)]
Use = Annotated[str, OneOf(USES)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=PRINTABLE)]
Interval = Annotated[
    float,
    Field(ge=INTERVAL_LIMITS_S[0], le=INTERVAL_LIMITS_S[1], description="Seconds."),
]
Capability = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", examples=["on_off"])]
RoomRef = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
RoomNumber = Annotated[int, Field(ge=1, le=MOST_INTEGER)]
Unit = Annotated[str, Field(min_length=1, max_length=16)]
SensorId = Annotated[
    str,
    Field(pattern=f"^{ID_PATTERN}$", description="The sensor's id.", examples=["TEMP_001"]),
]


class SensorFields(Request):
    """What a sensor may be; what is left out stays as it is."""

    sensor_type: SensorType | None = None
    room: RoomRef | RoomNumber | None = None
    """Name or id of a room; null for none."""
    unit: Unit | None = None
    """Of a bare number from this sensor; null is the metric's default unit."""
    meter_role: MeterRole | None = None
    """In which total a meter counts, so that nothing counts twice."""
    use: Use | None = None
    interval_s: Interval | None = None
    """How often it speaks; null lets Wattboard learn it."""
    demand_response_enabled: bool | None = None
    control_capabilities: Annotated[list[Capability], Field(max_length=CAPABILITY_LIMIT)] | None = (
        None
    )


class NewSensor(SensorFields):
    """A sensor to register."""

    sensor_id: SensorId
    """Chosen by the caller; part of its MQTT topic."""
    name: Name | None = None
    """The id where it is left out."""


class SensorChange(SensorFields):
    """What to change; what is left out stays as it is."""

    sensor_id: SensorId | None = None
    """May be sent along; an id cannot be changed."""
    name: Name | None = None
    version: Version | None = None
    """The version this change was made from; 409 when the sensor has changed since."""


class SensorListQuery(ListQuery):
    """Which sensors."""

    room: RoomRef | None = None
    """Name or id of a room."""
    sensor_type: SensorType | None = None
    state: Annotated[str, OneOf(STATES)] | None = None
    """Without it all but the hidden ones."""
    search: Annotated[str, Field(max_length=100)] = ""
    """Words that must all occur in id, name, type or room."""


@closed
class SensorNow(TypedDict):
    """A sensor and its newest values."""

    sensor_id: str
    name: str
    sensor_type: SensorType
    room: str | None
    room_id: int | None
    unit: str | None
    meter_role: MeterRole
    use: Use | None
    interval_s: float | None
    """As configured; null lets Wattboard learn it."""
    status: Annotated[str, OneOf(STATUSES)]
    """A discovered sensor is in no total until it is adopted."""
    state: Annotated[str, OneOf((*STATES, "withheld"))]
    """The worst among its metrics, or its status; withheld where the token's contract does."""
    stale: bool | None
    """Null where it is withheld."""
    demand_response_enabled: bool
    control_capabilities: list[str]
    metrics: dict[MetricName, ReadingNow]
    last_reading_at: IsoTime | None
    withheld_until: WithheldUntil
    version: int


@closed
class SensorList(TypedDict):
    """A page of sensors, by id."""

    sensors: list[SensorNow]
    next_cursor: str | None


@closed
class SensorData(TypedDict):
    """A sensor over a period."""

    sensor_id: str
    start_time: IsoTime
    end_time: IsoTime
    resolution: Resolution
    """The coarsest of the series."""
    series: list[Series]
    withheld_until: WithheldUntil


SEED_SENSOR = {
    "sensor_id": "TEMP_001",
    "name": "Conference Room Temperature",
    "sensor_type": "temperature",
    "room": "Conference Room A",
}


def sensors_api(house: House) -> Blueprint:
    """Build the routes of the sensors resource."""
    sensors = Resource(
        house, "sensors", "/api/v1/sensors", "What sends readings, its newest values, its history."
    )

    pages = SensorPages(house)

    @sensors.get("", "sensors.read", errors=(404,))
    def list_sensors(query: SensorListQuery) -> SensorList:
        """List the sensors with their newest values."""
        wanted = SensorQuery(
            search=query.search,
            room_id=house.building.room(query.room).room_id if query.room else None,
            state=query.state,
            sensor_type=query.sensor_type,
            sort="id",
            page_size=None,
        )
        if not in_force().restricts:
            return cast("SensorList", pages.page(wanted, query))
        return listed(house, wanted, query)

    @sensors.post(
        "", "sensors.create", status=201, errors=(409,), repeatable=True, example=SEED_SENSOR
    )
    def register(body: NewSensor) -> SensorNow:
        """Register a sensor, or adopt a discovered one as described."""
        fields = _fields(body)
        sensor_id = str(fields.pop("sensor_id"))
        house.building.register_sensor(current_actor(), sensor_id, fields)
        return show(sensor_id)

    @sensors.get("/<sensor_id>", "sensors.read", errors=(404,))
    def show(sensor_id: SensorId) -> SensorNow:
        """Show one sensor with its newest values."""
        row = house.building.sensor_row(_known(house, sensor_id))
        return _now(row, house.clock.now_ms(), iso(house.telemetry.withheld_until_ms()))

    @sensors.route(
        "/<sensor_id>",
        "sensors.update",
        ("PUT", "PATCH"),
        errors=(404, 409),
        example={"name": "Conference Room Temperature", "interval_s": 60},
    )
    def change(sensor_id: SensorId, body: SensorChange) -> SensorNow:
        """Change the fields that are sent; the others stay as they are."""
        fields = _fields(body)
        version = fields.pop("version", None)
        known = _known(house, sensor_id)
        if fields.pop("sensor_id", known) != known:
            wrong = FieldError("sensor_id", "an id cannot be changed", known)
            raise InvalidInput("This sensor cannot be saved as it is.", [wrong])
        house.building.update_sensor(
            current_actor(), known, fields, version if isinstance(version, int) else None
        )
        return show(known)

    @sensors.delete("/<sensor_id>", "sensors.delete", errors=(404,))
    def hide(sensor_id: SensorId) -> None:
        """Hide a sensor from lists, rooms and totals; its history stays."""
        house.building.hide_sensor(current_actor(), _known(house, sensor_id))

    @sensors.get("/<sensor_id>/data", "sensors.read", errors=(404,))
    def data(sensor_id: SensorId, query: DataQuery) -> SensorData:
        """Show a sensor's history, one series per metric."""
        known = _known(house, sensor_id)
        period = query.period(house.clock.now_ms())
        keys = [
            series.key
            for series in house.telemetry.series([known])
            if not query.metric or series.metric in query.metric
        ]
        found = house.telemetry.history(
            keys, period, level=query.resolution, max_points=query.max_points
        )
        return {
            "sensor_id": known,
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "resolution": coarsest([history.level for history in found], query.resolution),
            "series": [series_of(history) for history in found],
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    return sensors.blueprint


def listed(house: House, wanted: SensorQuery, query: ListQuery) -> SensorList:
    """A page worked out anew, by whatever contract is in force."""
    rows = house.building.sensors(wanted).rows
    shown, cursor = page_of(rows, lambda row: row.sensor.sensor_id, query, natural_key)
    now_ms, withheld = house.clock.now_ms(), iso(house.telemetry.withheld_until_ms())
    sensors = [_now(row, now_ms, withheld) for row in shown]
    return {"sensors": sensors, "next_cursor": cursor}


def _known(house: House, sensor_id: str) -> str:
    """The id of a sensor that exists, hidden or not. Raises Unknown."""
    if len(sensor_id) > 64:
        raise Unknown("sensor", sensor_id[:64])
    return house.building.sensor(sensor_id).sensor_id


def _fields(body: SensorFields) -> dict[str, object]:
    """What was sent; null means the usual where a sensor must have something."""
    given = body.given()
    must_be = ("sensor_id", "name", "sensor_type", "meter_role", "demand_response_enabled")
    return {name: v for name, v in given.items() if v is not None or name not in must_be}


def _now(row: SensorRow, now_ms: int, withheld_until: str | None) -> SensorNow:
    sensor, withheld = row.sensor, row.state == "withheld"
    metrics = {latest.metric: reading_now(latest, now_ms) for latest in row.latest}
    return {
        "sensor_id": sensor.sensor_id,
        "name": sensor.name,
        "sensor_type": sensor.sensor_type,
        "room": row.room_name,
        "room_id": sensor.room_id,
        "unit": sensor.unit,
        "meter_role": sensor.meter_role,
        "use": sensor.use,
        "interval_s": sensor.interval_s,
        "status": sensor.status,
        "state": row.state,
        "stale": None if withheld else all(reading["stale"] for reading in metrics.values()),
        "demand_response_enabled": sensor.demand_response_enabled,
        "control_capabilities": list(sensor.control_capabilities),
        "metrics": metrics,
        "last_reading_at": iso(row.newest_ts_ms),
        "withheld_until": withheld_until,
        "version": sensor.version,
    }
