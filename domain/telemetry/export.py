"""CSV of any length in constant memory: pages of readings or buckets, one after the other."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from domain.foundation.contract import remember, require_single
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.telemetry.model import Key, Series
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import Floats
from domain.telemetry.sheets import Sheet, Sheets

COLUMNS = (
    "timestamp_utc",
    "timestamp_local",
    "room",
    "sensor_id",
    "metric",
    "value",
    "unit",
    "min",
    "max",
    "quality",
)
DIALECTS = ("rfc4180", "excel")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series and the name of the room that stands beside it."""

    key: Key
    room: str


class CsvWriter:
    """Turns sheets into bytes of one dialect."""

    def __init__(self, zone_name: str, dialect: str) -> None:
        if dialect not in DIALECTS:
            field = FieldError("dialect", "must be rfc4180 or excel", DIALECTS)
            raise InvalidInput(f"There is no CSV dialect {dialect[:20]!r}.", [field])
        self._zone_name = zone_name
        self._excel = dialect == "excel"

    def header(self) -> bytes:
        """The first line, after the mark by which Excel knows UTF-8."""
        line = (";" if self._excel else ",").join(COLUMNS) + "\r\n"
        return line.encode("utf-8-sig" if self._excel else "utf-8")

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """The lines of one page."""
        utc = pl.Series("utc", sheet.ts_ms).cast(pl.Datetime("ms", "UTC"))
        fraction = "%.3f" if bool(np.any(sheet.ts_ms % 1000)) else ""
        quality = sheet.quality
        frame = pl.DataFrame({"utc": utc, "value": _exact(sheet.values)}).select(
            pl.col("utc").dt.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}Z").alias("timestamp_utc"),
            pl.col("utc")
            .dt.convert_time_zone(self._zone_name)
            .dt.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}%:z")
            .alias("timestamp_local"),
            pl.lit(safe_text(room)).alias("room"),
            pl.lit(safe_text(series.sensor_id)).alias("sensor_id"),
            pl.lit(series.metric).alias("metric"),
            pl.col("value"),
            pl.lit(series.unit).alias("unit"),
            _optional("min", sheet.low),
            _optional("max", sheet.high),
            pl.lit(quality if isinstance(quality, str) else pl.Series(quality)).alias("quality"),
        )
        out = io.BytesIO()
        frame.write_csv(
            out,
            include_header=False,
            separator=";" if self._excel else ",",
            line_terminator="\r\n",
            decimal_comma=self._excel,
        )
        return out.getvalue()


def safe_text(text: str) -> str:
    """Text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_bytes(
    sheets: Sheets,
    registry: Registry,
    zone_name: str,
    keys: Sequence[Labelled],
    period: Period,
    level: str,
    dialect: str,
) -> Iterator[bytes]:
    """The file in pieces: header, then page after page, series after series.

    A level finer than what is kept or shared is answered by the finest one that is.

    Raises:
        InvalidInput: unknown dialect. OutsideContract: single sensors are not shared.
    """
    require_single()
    writer = CsvWriter(zone_name, dialect)

    def pieces() -> Iterator[bytes]:
        yield writer.header()
        for labelled in keys:
            series = registry.series.get(labelled.key)
            if series is not None:
                for sheet in sheets.pages(series, period, level):
                    yield writer.rows(series, labelled.room, sheet)

    return remember(pieces())


def _exact(values: Floats) -> pl.Series:
    return pl.Series("value", values).fill_nan(None)


def _optional(name: str, values: Floats | None) -> pl.Expr:
    if values is None:
        return pl.lit(None, pl.String).alias(name)
    return pl.lit(_exact(values)).alias(name)
