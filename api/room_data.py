"""`GET /api/v1/rooms/{name}/data`: what a room was, per metric and per interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.routing import BaseConverter

from api.readings import RESOLUTIONS, DataQuery, Resolution, Series, coarsest, series_of
from api.resource import Resource
from api.schema import EpochSeconds, IsoTime, WithheldUntil, closed
from api.snapshots import Snapshots
from api.times import epoch_s, iso
from domain.access.current import current_actor
from domain.building.live import POWER_ROLE
from domain.building.model import Room
from domain.building.room_intervals import RoomInterval, room_intervals
from domain.building.validation import NAME_LENGTH
from domain.foundation.clock import iso_utc
from domain.foundation.contract import in_force
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.money.costs import SiteCosts
from domain.money.pricing import Floats
from domain.money.steps import carried_steps, in_units
from domain.telemetry.history import LEVELS, History

if TYPE_CHECKING:
    from domain.house import House

COSTS_KEPT_S = 2.0
"""What the building's energy cost, and which part of it a room's meters carry, is the dearest."""
COSTS_STEP_MS = 2000
Carried = tuple[SiteCosts, Floats | None]
"""The building's costs, and what the meters of a room used of its energy [kWh]."""

RoomName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=NAME_LENGTH,
        description="The room's name, URL-encoded, in any case; its id works too.",
        examples=["Conference Room A"],
    ),
]


class RoomPlace(BaseConverter):
    """A room in a path: its name may hold slashes, but not the word of a route under it."""

    part_isolating = False
    regex = r"[^/](?s:.)*?(?<!/data)(?<!/ac-status)"


@closed
class RoomSeries(Series):
    """One metric of one sensor of the room."""

    sensor_id: str


@closed
class Interval(TypedDict):
    """Energy and money of one interval."""

    timestamp: EpochSeconds
    """Start of the interval."""
    energy_kwh: float | None
    """What the room's submeters used; null where one of them measured nothing."""
    generation_kwh: float | None
    flexibility_kw: None
    """Null until demand response measures it."""
    cost_eur: float | None
    """Its part of what the building's consumption cost then: solar used at once is free, fixed
    and peak charges stay with the building. Null for who may not read analytics."""
    co2_g: float | None
    """Its part of what the building's consumption emitted."""
    coverage: float
    """Measured share of the interval, 0 to 1."""


@closed
class RoomData(TypedDict):
    """A room over a period."""

    room: str
    room_id: int
    start_time: IsoTime
    end_time: IsoTime
    resolution: Resolution
    series: list[RoomSeries]
    interval_s: float
    """Length of the intervals; a day has 23 to 25 hours."""
    intervals: list[Interval]
    withheld_until: WithheldUntil


def room_named(house: House, name: str) -> Room:
    """A room by what stands in the path. Raises Unknown."""
    if len(name) > NAME_LENGTH:
        raise Unknown("room", name[:NAME_LENGTH])
    return house.building.room(name)


def room_data(house: House, rooms: Resource) -> None:
    """Add the route to the rooms resource."""
    of_site: Snapshots[SiteCosts] = Snapshots(COSTS_KEPT_S)
    of_meters: Snapshots[Carried] = Snapshots(COSTS_KEPT_S)

    def carried(sensor_ids: Sequence[str], period: Period) -> Carried:
        """The costs are the same for whichever room is asked about."""
        place = (period.start_ms // COSTS_STEP_MS, period.end_ms // COSTS_STEP_MS)

        def together() -> Carried:
            costs = of_site.get(place, lambda: house.money.costs.of(period))
            return costs, house.money.costs.together(sensor_ids, costs)

        return of_meters.get((place, *sensor_ids), together)

    @rooms.get("/<room:name>/data", "rooms.read", errors=(404,))
    def data(name: RoomName, query: DataQuery) -> RoomData:
        """Show a room's history: every metric of its sensors, and energy per interval.

        A token that shares sums only gets no series, and the energy of two meters and more.
        """
        room = room_named(house, name)
        period = query.period(house.clock.now_ms())
        sensor_ids = [
            sensor.sensor_id
            for sensor in house.building.sensors_in(room.room_id)
            if sensor.status == "adopted"
        ]
        keys = [
            series.key
            for series in house.telemetry.series(sensor_ids)
            if not query.metric or series.metric in query.metric
        ]
        found = []
        if not in_force().sums_only:
            found = house.telemetry.history(
                keys, period, level=query.resolution, max_points=query.max_points
            )
        level = coarsest([history.level for history in found], query.resolution)
        interval_level = _interval_level(level)
        seconds = LEVELS[interval_level] / 1000
        intervals = room_intervals(
            house.building, house.telemetry, room.room_id, period, interval_level, seconds
        )
        return {
            "room": room.name,
            "room_id": room.room_id,
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "resolution": level,
            "series": [_series(history) for history in found],
            "interval_s": seconds,
            "intervals": [
                _interval(interval, *money)
                for interval, money in zip(
                    intervals, _carried(house, room, period, intervals, carried), strict=True
                )
            ],
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }


def _interval_level(level: str) -> str:
    """Whole quarter hours at least, and nothing finer than the contract in force shares."""
    finest = "1h" if in_force().bucket_ms > LEVELS["15min"] else "15min"
    return max(level, finest, key=RESOLUTIONS.index)


def _series(history: History) -> RoomSeries:
    return {"sensor_id": history.sensor_id, **series_of(history)}


def _carried(
    house: House,
    room: Room,
    period: Period,
    intervals: Sequence[RoomInterval],
    carried: Callable[[Sequence[str], Period], Carried],
) -> list[tuple[float | None, float | None]]:
    """Money [mc] and CO2 [g] of each interval."""
    unknown: list[tuple[float | None, float | None]] = [(None, None)] * len(intervals)
    submeters = [
        sensor.sensor_id
        for sensor in house.building.sensors_in(room.room_id)
        if sensor.status == "adopted" and sensor.meter_role == POWER_ROLE
    ]
    if not intervals or not submeters or not current_actor().may("analytics.view"):
        return unknown
    costs, kwh = carried(submeters, period)
    if kwh is None:
        return unknown
    edges = [interval.start_ms for interval in intervals]
    return carried_steps(kwh, costs.slots, [*edges, max(period.end_ms, edges[-1] + 1)])


def _interval(interval: RoomInterval, mc: float | None, co2_g: float | None) -> Interval:
    return {
        "timestamp": epoch_s(interval.start_ms),
        "energy_kwh": interval.consumption_kwh,
        "generation_kwh": interval.generation_kwh,
        "flexibility_kw": None,
        "cost_eur": in_units(mc),
        "co2_g": co2_g,
        "coverage": interval.coverage,
    }
