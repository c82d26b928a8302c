"""`GET /api/v1/export`: readings or buckets of any period as CSV, JSON, Excel or Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api import limits
from api.data_query import SensorId
from api.download import ROWS_HEADER
from api.resource import File, Resource
from api.room_data import RoomName
from api.schema import IsoTime, MetricName, OneOf, closed
from api.times import PeriodQuery
from domain.building.export import ExportQuery, export
from domain.telemetry.export import COLUMNS, DIALECTS, CsvWriter
from domain.telemetry.export_formats import JsonWriter, ParquetWriter
from domain.telemetry.exports import ASKABLE, FORMATS
from domain.telemetry.workbook import XlsxWriter

if TYPE_CHECKING:
    from domain.house import House


class WhatToExport(PeriodQuery):
    """Which readings, how fine, and as which file."""

    sensors: Annotated[list[SensorId], Field(max_length=limits.PAGE)] | None = None
    """Only these, hidden ones too; repeat it or separate with commas, as for the next two."""
    rooms: Annotated[list[RoomName], Field(max_length=limits.PAGE)] | None = None
    """Only sensors that are in these rooms now."""
    metrics: Annotated[list[MetricName], Field(max_length=24)] | None = None
    resolution: Annotated[str, OneOf(ASKABLE)] = "auto"
    """Finer than what is kept or shared gives the finest that is, and names it."""
    format: Annotated[str, OneOf(FORMATS)] = "csv"
    dialect: Annotated[str, OneOf(DIALECTS)] = "rfc4180"
    """Of CSV; `excel` adds a byte order mark, semicolons and decimal commas."""


@closed
class ExportedRow(TypedDict):
    """A reading, or a bucket by its start and mean."""

    timestamp_utc: IsoTime
    timestamp_local: str
    """With the building's offset."""
    room: str
    """Empty in no room."""
    sensor_id: str
    metric: MetricName
    value: float | None
    unit: str
    min: float | None
    max: float | None
    """Both null of a reading."""
    quality: str


@closed
class ExportedRows(TypedDict):
    """The file as JSON."""

    start_time: IsoTime
    end_time: IsoTime
    resolution: str
    """Several, with commas, where series differ."""
    rows: list[ExportedRow]
    """By sensor and metric, then ascending in time."""


_MEDIA: dict[str, object] = {
    CsvWriter.media_type: f"A header and a line a row: `{','.join(COLUMNS)}`.",
    JsonWriter.media_type: ExportedRows,
    XlsxWriter.media_type: "A workbook with the same columns; beyond 1,048,575 rows more sheets.",
    ParquetWriter.media_type: "The same columns; `timestamp_utc` is a moment.",
}
_HEADERS = {
    "X-Resolution": "What the file really holds; several, with commas, where series differ.",
    "Content-Disposition": "A file name with the period.",
    ROWS_HEADER: "About how many rows the file will have; not sent where nothing is known or a "
    "contract withholds some.",
}


def export_api(house: House) -> Blueprint:
    """Build the one route."""
    files = Resource(house, "export", "/api/v1/export", "Readings of any period as a file.")

    @files.get("", "export", errors=(404,), files=_MEDIA, headers=_HEADERS)
    def export_file(query: WhatToExport) -> File:
        """Export readings or buckets of any length, streamed.

        Without sensors, rooms and metrics everything that is not hidden. A token's contract cuts
        the file at its embargo and coarsens it; one that shares sums only gets none.
        """
        wanted = ExportQuery(
            period=query.period(house.clock.now_ms()),
            sensors=query.sensors or (),
            rooms=query.rooms or (),
            metrics=query.metrics or (),
            level=query.resolution,
            file_format=query.format,
            dialect=query.dialect,
        )
        made = export(house.building, house.telemetry, wanted)
        said = {
            "Content-Disposition": f'attachment; filename="{made.file_name}"',
            "Cache-Control": "no-store",
            "X-Resolution": made.level,
        }
        if made.rows_about is not None:
            said[ROWS_HEADER] = str(made.rows_about)
        return File(made.pieces, made.media_type, said)

    return files.blueprint
