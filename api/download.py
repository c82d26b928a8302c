"""Files of exactly what a page shows: a room's or a sensor's period, the list of sensors.

For people in the browser; programs use `GET /api/v1/export`. Days are those of the building.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.marks import requires
from domain.access.current import current_actor
from domain.building.model import SENSOR_TYPES, SensorQuery, room_id_of
from domain.building.sensor_list import SORTS, STATES
from domain.building.shown_csv import (
    list_csv,
    room_csv,
    room_rows_about,
    rows_about,
    sensor_csv,
)
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period, local_midnight
from domain.telemetry.export import DIALECTS
from domain.telemetry.history import LEVELS

if TYPE_CHECKING:
    from domain.house import House

ROWS_HEADER = "X-Wattboard-Rows"
"""About how many rows a streamed file will have, so that a page can say how far it is."""
LONGEST = timedelta(days=366 * 20)


def download_api(house: House) -> Blueprint:
    """The routes under /download, for the composition root to register."""
    routes = Blueprint("download", __name__, url_prefix="/download")

    @routes.get("/rooms/<int:room_id>.csv")
    @requires("export")
    def room_file(room_id: int) -> Response:
        current_actor().require("rooms.read")
        room = house.building.room(room_id)
        periods, level = _periods(house), _level()
        pieces = room_csv(house.building, house.telemetry, room, periods, level, asked_dialect())
        rows = room_rows_about(house.building, house.telemetry, room, periods, level)
        return csv_file(pieces, f"{room.name} {asked_span()}", rows)

    @routes.get("/sensors/<sensor_id>.csv")
    @requires("export")
    def sensor_file(sensor_id: str) -> Response:
        current_actor().require("sensors.read")
        sensor = house.building.sensor(sensor_id)
        keys = [series.key for series in house.telemetry.series([sensor.sensor_id])]
        wanted = request.args.getlist("metric")
        shown = [key for key in keys if not wanted or key[1] in wanted]
        periods, level = _periods(house), _level()
        pieces = sensor_csv(house.building, house.telemetry, shown, periods, level, asked_dialect())
        rows = rows_about(house.telemetry, shown, periods, level)
        return csv_file(pieces, f"{sensor.sensor_id} {asked_span()}", rows)

    @routes.get("/sensors.csv")
    @requires("export")
    def list_file() -> Response:
        current_actor().require("sensors.read")
        page = house.building.sensors(_list_query())
        return csv_file(list_csv(page.rows, house.clock.now_ms(), asked_dialect()), "sensors")

    return routes


def _periods(house: House) -> list[Period]:
    """The days asked for, and the compared ones where they were drawn too."""
    periods = [asked_period(house, "first", "last")]
    if "before_first" in request.args:
        periods.append(asked_period(house, "before_first", "before_last"))
    return periods


def asked_period(house: House, first_name: str, last_name: str) -> Period:
    """Whole days of the building from the address. Raises InvalidInput."""
    first, last = _day(first_name), _day(last_name)
    if not first <= last <= first + LONGEST:
        wrong = FieldError(last_name, "must be at or after the first day, within 20 years")
        raise InvalidInput("These days cannot be exported.", [wrong])
    after = last + timedelta(days=1)
    return Period(local_midnight(first, house.zone), local_midnight(after, house.zone))


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError as error:
        wrong = FieldError(name, "must be a day, as 2026-06-18")
        raise InvalidInput("These days cannot be exported.", [wrong]) from error


def _level() -> str:
    return asked_one_of("level", ("raw", *LEVELS), "15min")


def asked_dialect() -> str:
    """How the file is to be written. Raises InvalidInput."""
    return asked_one_of("dialect", DIALECTS, DIALECTS[0])


def asked_one_of(name: str, known: Sequence[str], usual: str) -> str:
    """A word of the address that is one of those known. Raises InvalidInput."""
    asked = request.args.get(name, usual)
    if asked not in known:
        wrong = FieldError(name, f"one of {', '.join(known)}", list(known))
        raise InvalidInput(f"There is no {name} “{asked[:20]}”.", [wrong])
    return asked


def _list_query() -> SensorQuery:
    room = request.args.get("room")
    state, sensor_type = request.args.get("state"), request.args.get("type")
    return SensorQuery(
        search=request.args.get("q", "")[:100],
        room_id=room_id_of(room),
        state=asked_one_of("state", STATES, "") if state else None,
        sensor_type=asked_one_of("type", tuple(SENSOR_TYPES), "") if sensor_type else None,
        sort=asked_one_of("sort", SORTS, "name"),
        descending=request.args.get("descending") == "1",
        page_size=None,
    )


def asked_span() -> str:
    """The days of the address as they stand in a file's name."""
    first, last = request.args.get("first", ""), request.args.get("last", "")
    return first if first == last else f"{first} to {last}"


def csv_file(pieces: Iterator[bytes], title: str, rows_about: int | None = None) -> Response:
    """A streamed attachment; its name keeps to characters that every system takes."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", title).strip("_") or "export"
    said = {} if rows_about is None else {ROWS_HEADER: str(rows_about)}
    return Response(
        pieces,
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
            **said,
        },
    )
