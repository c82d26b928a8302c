"""The file of the jobs that the Jobs page lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.download import asked_dialect, asked_one_of, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics.shown_csv import Table, table_csv
from domain.jobs.listing import COLUMNS, SORTS, JobQuery, job_rows, listed
from domain.jobs.model import STATES

if TYPE_CHECKING:
    from domain.house import House


def download_jobs_api(house: House) -> Blueprint:
    """`/download/jobs.csv`, for the composition root to register."""
    routes = Blueprint("download_jobs", __name__, url_prefix="/download")

    @routes.get("/jobs.csv")
    @requires("export")
    def jobs_file() -> Response:
        dialect = asked_dialect()
        query = JobQuery(
            text=request.args.get("q", "")[:100],
            state=asked_one_of("state", (*STATES, ""), "") or None,
            sort=asked_one_of("sort", (*SORTS, ""), "") or None,
            descending=request.args.get("descending") == "1",
        )
        found = listed(house.jobs.all(current_actor()), query)
        return csv_file(table_csv(Table(COLUMNS, job_rows(found)), dialect), "jobs", len(found))

    return routes
