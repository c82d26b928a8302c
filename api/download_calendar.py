"""The calendar's days as a file, one row a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api.download import asked_dialect, asked_period, asked_span, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics.shown_csv import Table, table_csv
from domain.calendar.service import READ
from domain.foundation.intervals import local_date

if TYPE_CHECKING:
    from domain.house import House

COLUMNS = ("date", "weekday", "day_type", "name")


def download_calendar_api(house: House) -> Blueprint:
    """`/download/calendar.csv`, for the composition root to register."""
    routes = Blueprint("download_calendar", __name__, url_prefix="/download")

    @routes.get("/calendar.csv")
    @requires("export")
    def days_file() -> Response:
        current_actor().require(READ)
        period = asked_period(house, "first", "last")
        last = local_date(period.end - timedelta(seconds=1), house.zone)
        days = house.calendar.days(local_date(period.start, house.zone), last + timedelta(days=1))
        rows = [(d.date.isoformat(), f"{d.date:%A}", d.day_type, d.label) for d in days]
        return csv_file(
            table_csv(Table(COLUMNS, rows), asked_dialect()), f"calendar {asked_span()}"
        )

    return routes
