"""The file of what a device was told, as its page filters it, all of its pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api.download import asked_dialect, asked_one_of, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics.shown_csv import Table, table_csv
from domain.control.history import COLUMNS, GROUPS, SORTS, CommandQuery, command_rows
from domain.control.owners import OWNERS
from domain.foundation.contract import in_force, single_refused

if TYPE_CHECKING:
    from domain.house import House

DAY_MS = 86_400_000
DAYS = ("1", "7", "30", "365", "")
"""How far back; without a number all time."""


def download_devices_api(house: House) -> Blueprint:
    """`/download/devices/<id>/commands.csv`, for the composition root to register."""
    routes = Blueprint("download_devices", __name__, url_prefix="/download")

    @routes.get("/devices/<device_id>/commands.csv")
    @requires("export")
    def commands_file(device_id: str) -> Response:
        if in_force().restricts:
            raise single_refused()
        dialect, query = asked_dialect(), _asked(house.clock.now_ms())
        found = house.control.history(current_actor(), device_id, replace(query, limit=None))
        table = Table(COLUMNS, command_rows(found.listed))
        return csv_file(table_csv(table, dialect), f"{device_id} commands", found.total)

    return routes


def _asked(now_ms: int) -> CommandQuery:
    days = asked_one_of("days", DAYS, "")
    return CommandQuery(
        group=asked_one_of("state", tuple(GROUPS), "all"),
        owner=asked_one_of("owner", (*OWNERS, ""), "") or None,
        since_ms=now_ms - int(days) * DAY_MS if days else None,
        sort=asked_one_of("sort", tuple(SORTS), "newest"),
    )
