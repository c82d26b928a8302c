"""Which series an export takes: by sensor, room and metric, each with its room beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.building.catalogue import Catalogue
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.export import Labelled
from domain.telemetry.exports import Export, Wanted
from domain.telemetry.service import Telemetry


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Empty lists choose everything that is not hidden; those given narrow each other."""

    period: Period
    sensors: Sequence[str] = ()
    rooms: Sequence[str] = ()
    metrics: Sequence[str] = ()
    level: str = "auto"
    file_format: str = "csv"
    dialect: str = "rfc4180"


def export(building: Catalogue, telemetry: Telemetry, query: ExportQuery) -> Export:
    """A file of the chosen series in pieces, by sensor and metric.

    Raises:
        Unknown: a sensor or room. InvalidInput: unknown metric, format, resolution or dialect.
        OutsideContract: single sensors are not shared.
    """
    unknown = [metric for metric in query.metrics if metric not in METRICS]
    if unknown:
        wrong = FieldError("metrics", f"“{unknown[0][:40]}” is no metric", list(METRICS))
        raise InvalidInput("These metrics cannot be exported.", [wrong])
    return telemetry.export(
        Wanted(
            _chosen(building, telemetry, query),
            query.period,
            query.level,
            query.file_format,
            query.dialect,
        )
    )


def rows_about(building: Catalogue, telemetry: Telemetry, query: ExportQuery) -> int | None:
    """About how many rows that file will have; None where nothing can be said. Raises Unknown."""
    keys = [labelled.key for labelled in _chosen(building, telemetry, query)]
    return telemetry.rows_about(keys, query.period, query.level)


def _chosen(building: Catalogue, telemetry: Telemetry, query: ExportQuery) -> list[Labelled]:
    placement = building.placement()
    named = {building.sensor(sensor_id).sensor_id for sensor_id in query.sensors}
    room_ids = {building.room(room).room_id for room in query.rooms}
    chosen = []
    for series in telemetry.series(named or None):
        room = placement.get(series.sensor_id)
        if room_ids and (room is None or room.room_id not in room_ids):
            continue
        if query.metrics and series.metric not in query.metrics:
            continue
        if not named and building.is_hidden(series.sensor_id):
            continue
        chosen.append(Labelled(series.key, room.name if room else ""))
    return chosen
