"""The file of what was decided for a room's climate, all that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api.download import asked_dialect, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics.shown_csv import Table, table_csv
from domain.climate.rows import COLUMNS, decision_rows

if TYPE_CHECKING:
    from domain.house import House


def download_climate_api(house: House) -> Blueprint:
    """`/download/rooms/<id>/climate.csv`, for the composition root to register."""
    routes = Blueprint("download_climate", __name__, url_prefix="/download")

    @routes.get("/rooms/<int:room_id>/climate.csv")
    @requires("export")
    def decisions_file(room_id: int) -> Response:
        dialect, room = asked_dialect(), house.building.room(room_id)
        count, decisions = house.climate.all_decisions(current_actor(), room.room_id)
        table = Table(COLUMNS, decision_rows(decisions, {room.room_id: room.name}))
        return csv_file(table_csv(table, dialect), f"{room.name} climate", count)

    return routes
