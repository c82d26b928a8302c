"""CSV files of exactly what a page shows: the points of its charts, the rows of its list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from domain.building.catalogue import Catalogue
from domain.building.model import Room, SensorRow
from domain.building.room_history import Line, power_line, shown_keys
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.contract import remember, require_single
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.export import CsvWriter, Labelled, safe_text
from domain.telemetry.model import Key, Latest, Series
from domain.telemetry.service import Telemetry
from domain.telemetry.sheets import Sheet

LIST_COLUMNS = (
    "sensor_id",
    "name",
    "sensor_type",
    "room",
    "meter_role",
    "use",
    "state",
    "metric",
    "value",
    "unit",
    "timestamp_utc",
    "age_s",
    "interval_s",
)
EXCEL = "excel"


def room_csv(
    building: Catalogue,
    telemetry: Telemetry,
    room: Room,
    periods: Sequence[Period],
    level: str,
    dialect: str,
) -> Iterator[bytes]:
    """A room's strips at the level drawn: each sensor's line, and the sum of its submeters.

    The sum stands under an empty sensor id. Raises InvalidInput for an unknown dialect,
    OutsideContract where single sensors are not shared.
    """
    require_single()
    writer = CsvWriter(str(building.zone), dialect)
    keys = shown_keys(building, telemetry, room.room_id)
    return remember(_room_pieces(telemetry, keys, room.name, periods, level, dialect, writer))


def _room_pieces(
    telemetry: Telemetry,
    keys: Sequence[Key],
    room_name: str,
    periods: Sequence[Period],
    level: str,
    dialect: str,
    writer: CsvWriter,
) -> Iterator[bytes]:
    single = [Labelled(key, room_name) for key in keys if key[1] != "power"]
    for place, period in enumerate(periods):
        yield from _pages(telemetry, single, period, level, dialect, with_header=place == 0)
        power = power_line(telemetry, keys, period, level)
        if power is not None:
            yield writer.rows(_sum_series(), room_name, _sheet(power))


def sensor_csv(
    building: Catalogue,
    telemetry: Telemetry,
    keys: Sequence[Key],
    periods: Sequence[Period],
    level: str,
    dialect: str,
) -> Iterator[bytes]:
    """A sensor's metrics over the periods. Raises InvalidInput for an unknown dialect."""
    require_single()
    placement = building.placement()
    labelled = []
    for key in keys:
        room = placement.get(key[0])
        labelled.append(Labelled(key, room.name if room else ""))
    parts = [
        _pages(telemetry, labelled, period, level, dialect, with_header=place == 0)
        for place, period in enumerate(periods)
    ]
    return remember(_joined(parts))


def _joined(parts: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    for part in parts:
        yield from part


def rows_about(
    telemetry: Telemetry, keys: Sequence[Key], periods: Sequence[Period], level: str
) -> int | None:
    """About how many rows the file of a sensor holds; None where nothing can be said."""
    counts = [telemetry.rows_about(keys, period, level) for period in periods]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def room_rows_about(
    building: Catalogue, telemetry: Telemetry, room: Room, periods: Sequence[Period], level: str
) -> int | None:
    """The same of a room, whose submeters are one sum."""
    keys = shown_keys(building, telemetry, room.room_id)
    power = [key for key in keys if key[1] == "power"][:1]
    single = [key for key in keys if key[1] != "power"]
    return rows_about(telemetry, single + power, periods, level)


def list_csv(rows: Iterable[SensorRow], now_ms: int, dialect: str) -> Iterator[bytes]:
    """The sensor list, a line per metric; a sensor that never spoke has one without a value."""
    excel = dialect == EXCEL
    if excel:
        yield "\ufeff".encode()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writerow(LIST_COLUMNS)
    for row in rows:
        for latest in row.latest or (None,):
            writer.writerow([_cell(item, excel) for item in _list_row(row, latest, now_ms)])
        if out.tell() > 65_536:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _pages(
    telemetry: Telemetry,
    labelled: Sequence[Labelled],
    period: Period,
    level: str,
    dialect: str,
    *,
    with_header: bool,
) -> Iterator[bytes]:
    pieces = telemetry.csv(labelled, period, level, dialect)
    header = next(pieces)
    if with_header:
        yield header
    yield from pieces


def _sum_series() -> Series:
    power = METRICS["power"]
    return Series(0, "", power.name, power.unit, power.kind, None, power.low, power.high)


def _sheet(line: Line) -> Sheet:
    known = [(ts, value) for ts, value in zip(line.ts_ms, line.mean, strict=True)
             if value is not None]  # fmt: skip
    return Sheet(
        np.array([ts for ts, _ in known], np.int64),
        np.array([value for _, value in known], np.float64),
        "ok",
    )


def _list_row(row: SensorRow, latest: Latest | None, now_ms: int) -> list[object]:
    sensor = row.sensor
    known = [
        sensor.sensor_id,
        sensor.name,
        sensor.sensor_type,
        row.room_name,
        sensor.meter_role,
        sensor.use,
        row.state,
    ]
    if latest is None:
        return [*known, None, None, None, None, None, sensor.interval_s]
    return [
        *known,
        latest.metric,
        latest.value,
        latest.unit,
        iso_utc(from_ms(latest.ts_ms)),
        max(0, now_ms - latest.ts_ms) // 1000,
        latest.interval_s,
    ]


def _cell(item: object, excel: bool) -> str:
    if item is None:
        return ""
    if isinstance(item, float):
        text = f"{item:.10g}"
        return text.replace(".", ",") if excel else text
    return safe_text(item) if isinstance(item, str) else str(item)
