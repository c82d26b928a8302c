"""The file of the events that the Events page lists, all of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.download import asked_dialect, asked_one_of, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.alarms.event_rows import COLUMNS, event_rows
from domain.alarms.model import SERVICES, SEVERITIES, SORTS, STATES, EventQuery
from domain.analytics.shown_csv import Table, table_csv
from domain.building.model import room_id_of

if TYPE_CHECKING:
    from domain.house import House

DAY_MS = 86_400_000
DAYS = ("1", "7", "30", "")
"""How far back; without a number all time."""


def download_events_api(house: House) -> Blueprint:
    """`/download/events.csv`, for the composition root to register."""
    routes = Blueprint("download_events", __name__, url_prefix="/download")

    @routes.get("/events.csv")
    @requires("export")
    def events_file() -> Response:
        dialect, now_ms = asked_dialect(), house.clock.now_ms()
        count, events = house.alarms.all_events(current_actor(), _asked(now_ms))
        rooms = {room.room_id: room.name for room in house.building.rooms()}
        table = Table(COLUMNS, event_rows(events, rooms, now_ms))
        return csv_file(table_csv(table, dialect), "events", count)

    return routes


def _asked(now_ms: int) -> EventQuery:
    days = asked_one_of("days", DAYS, "")
    return EventQuery(
        severity=asked_one_of("severity", (*SEVERITIES, ""), "") or None,
        state=asked_one_of("state", tuple(STATES), "all"),
        service=asked_one_of("service", (*SERVICES, ""), "") or None,
        room_id=room_id_of(request.args.get("room")),
        since_ms=now_ms - int(days) * DAY_MS if days else None,
        sort=asked_one_of("sort", tuple(SORTS), "urgency"),
    )
