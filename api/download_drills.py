"""Files of the Drills pages: the list, and a report as a table or on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api import drill_pdf
from api.download import asked_dialect, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics.shown_csv import Table, table_csv
from domain.drills.report import COLUMNS, LIST_COLUMNS, list_rows, report_rows

if TYPE_CHECKING:
    from domain.house import House


def download_drills_api(house: House) -> Blueprint:
    """`/download/drills…`, for the composition root to register."""
    routes = Blueprint("download_drills", __name__, url_prefix="/download")

    @routes.get("/drills.csv")
    @requires("export")
    def drills_file() -> Response:
        dialect = asked_dialect()
        rows = list_rows(house.drills.all_reports(current_actor()))
        return csv_file(table_csv(Table(LIST_COLUMNS, rows), dialect), "drills", len(rows))

    @routes.get("/drills/<int:drill_id>.csv")
    @requires("export")
    def report_file(drill_id: int) -> Response:
        _, report = house.drills.report(current_actor(), drill_id)
        rows = report_rows(report)
        return csv_file(table_csv(Table(COLUMNS, rows), asked_dialect()), f"drill {drill_id}")

    @routes.get("/drills/<int:drill_id>.pdf")
    @requires("export")
    def report_paper(drill_id: int) -> Response:
        found, report = house.drills.report(current_actor(), drill_id)
        head = drill_pdf.Head(house.building.name(), house.zone, house.settings.demo)
        said = {
            "Content-Disposition": f'attachment; filename="drill_{drill_id}.pdf"',
            "Cache-Control": "no-store",
        }
        paper = drill_pdf.pdf(found, report, head)
        return Response(paper, mimetype="application/pdf", headers=said)

    return routes
