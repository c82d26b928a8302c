"""The file of what rules decided, as the log of the Automation page is filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.download import asked_dialect, asked_one_of, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.access.policy import Actor
from domain.analytics.shown_csv import Table, table_csv
from domain.automation.log_rows import COLUMNS, log_rows
from domain.automation.model import Firing
from domain.building.model import room_id_of as number_of

if TYPE_CHECKING:
    from domain.house import House

A_PAGE = 500
MOST_PAGES = 40
"""The newest 20,000 lines are more than anybody reads; programs page through the API."""


def download_automation_api(house: House) -> Blueprint:
    """`/download/automation.csv`, for the composition root to register."""
    routes = Blueprint("download_automation", __name__, url_prefix="/download")

    @routes.get("/automation.csv")
    @requires("export")
    def log_file() -> Response:
        actor, dialect = current_actor(), asked_dialect()
        fired_only = asked_one_of("fired", ("1", ""), "") == "1"
        found = _lines(house, actor, number_of(request.args.get("rule")), fired_only)
        return csv_file(
            table_csv(Table(COLUMNS, log_rows(found)), dialect), "automation", len(found)
        )

    return routes


def _lines(house: House, actor: Actor, rule_id: int | None, fired_only: bool) -> list[Firing]:
    found: list[Firing] = []
    before: int | None = None
    for _ in range(MOST_PAGES):
        page = house.automation.log(
            actor, rule_id, fired_only=fired_only, limit=A_PAGE, before=before
        )
        found += page.firings
        before = page.before
        if before is None:
            break
    return found
