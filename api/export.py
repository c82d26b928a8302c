"""`GET /api/v1/export`: readings or buckets of any period as CSV, JSON, Excel or Parquet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.marks import requires
from domain.building.export import ExportQuery, export
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.inbox.refusal import Refused
from domain.inbox.timestamps import parse_timestamp

if TYPE_CHECKING:
    from domain.house import House

USUAL_MS = 24 * 3_600_000
LONGEST = timedelta(days=366 * 20)
_FOLDER = "exports"
_KNOWN = frozenset(
    {"start_time", "end_time", "sensors", "rooms", "metrics", "resolution", "format", "dialect"}
)


def export_api(house: House) -> Blueprint:
    """The one route, for `register_api`."""
    routes = Blueprint("export", __name__, url_prefix="/api/v1")

    @routes.get("/export")
    @requires("export")
    def export_file() -> Response:
        folder = house.settings.data_dir / _FOLDER
        made = export(house.building, house.telemetry, _query(house), folder)
        answer = Response(made.pieces, content_type=made.media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}"'
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Resolution"] = made.level
        return answer

    return routes


def _query(house: House) -> ExportQuery:
    unknown = sorted(set(request.args) - _KNOWN)
    if unknown:
        wrong = [FieldError(name[:64], "unknown parameter", sorted(_KNOWN)) for name in unknown]
        raise InvalidInput("This export cannot be made.", wrong)
    return ExportQuery(
        period=_period(house),
        sensors=_listed("sensors"),
        rooms=_listed("rooms"),
        metrics=_listed("metrics"),
        level=request.args.get("resolution", "auto"),
        file_format=request.args.get("format", "csv"),
        dialect=request.args.get("dialect", "rfc4180"),
    )


def _listed(name: str) -> list[str]:
    """A list in one parameter, by commas, or in several of the same name."""
    parts = [part.strip() for given in request.args.getlist(name) for part in given.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def _period(house: House) -> Period:
    """The last 24 hours where nothing is said."""
    now_ms = house.clock.now_ms()
    end_ms = _moment(house, "end_time", now_ms)
    start_ms = _moment(house, "start_time", end_ms - USUAL_MS)
    if not start_ms < end_ms <= start_ms + LONGEST.total_seconds() * 1000:
        wrong = FieldError("end_time", "must be after start_time, within 20 years")
        raise InvalidInput("This period cannot be exported.", [wrong])
    return Period.of_ms(start_ms, end_ms)


def _moment(house: House, name: str, usual_ms: int) -> int:
    given = request.args.get(name)
    if given is None:
        return usual_ms
    try:
        return parse_timestamp(given, house.zone, house.clock.now_ms())
    except Refused as refused:
        wrong = FieldError(name, refused.message)
        raise InvalidInput("This period cannot be exported.", [wrong]) from None
