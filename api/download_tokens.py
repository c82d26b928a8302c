"""The file of exactly what the compliance report of the Tokens page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api.download import asked_dialect, asked_period, asked_span, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.access.report_lines import report_lines, report_table
from domain.analytics.shown_csv import Table, table_csv

if TYPE_CHECKING:
    from domain.house import House


def download_tokens_api(house: House) -> Blueprint:
    """`/download/tokens/report.csv`, for the composition root to register."""
    routes = Blueprint("download_tokens", __name__, url_prefix="/download/tokens")

    @routes.get("/report.csv")
    @requires("tokens.read")
    def report_file() -> Response:
        period, dialect = asked_period(house, "first", "last"), asked_dialect()
        report = house.access.compliance(current_actor(), period.start_ms, period.end_ms)
        pieces = table_csv(Table(*report_table(report_lines(report))), dialect)
        return csv_file(pieces, f"token report {asked_span()}")

    return routes
