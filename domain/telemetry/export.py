"""The columns of every export, and CSV, page after page."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from domain.foundation.errors import FieldError, InvalidInput
from domain.telemetry.model import Key, Series
from domain.telemetry.rollup import Floats
from domain.telemetry.sheets import Sheet

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
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series and the name of the room that stands beside it."""

    key: Key
    room: str


class CsvWriter:
    """Turns sheets into bytes of one dialect."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self, zone_name: str, dialect: str = "rfc4180") -> None:
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
        out = io.BytesIO()
        sensor_id = safe_text(series.sensor_id)
        table(series, safe_text(room), sensor_id, sheet, self._zone_name).write_csv(
            out,
            include_header=False,
            separator=";" if self._excel else ",",
            line_terminator="\r\n",
            decimal_comma=self._excel,
        )
        return out.getvalue()

    def end(self) -> Iterator[bytes]:
        """Nothing follows the last line."""
        return iter(())


def table(series: Series, room: str, sensor_id: str, sheet: Sheet, zone_name: str) -> pl.DataFrame:
    """One page under `COLUMNS`, times written out with milliseconds only where there are some."""
    utc = pl.Series("utc", sheet.ts_ms).cast(pl.Datetime("ms", "UTC"))
    fraction = "%.3f" if bool(np.any(sheet.ts_ms % 1000)) else ""
    quality = sheet.quality
    return pl.DataFrame({"utc": utc, "value": _exact(sheet.values)}).select(
        pl.col("utc").dt.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}Z").alias("timestamp_utc"),
        pl.col("utc")
        .dt.convert_time_zone(zone_name)
        .dt.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}%:z")
        .alias("timestamp_local"),
        pl.lit(room).alias("room"),
        pl.lit(sensor_id).alias("sensor_id"),
        pl.lit(series.metric).alias("metric"),
        pl.col("value"),
        pl.lit(series.unit).alias("unit"),
        _optional("min", sheet.low),
        _optional("max", sheet.high),
        pl.lit(quality if isinstance(quality, str) else pl.Series(quality)).alias("quality"),
    )


def safe_text(text: str) -> str:
    """Text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _exact(values: Floats) -> pl.Series:
    return pl.Series("value", values).fill_nan(None)


def _optional(name: str, values: Floats | None) -> pl.Expr:
    if values is None:
        return pl.lit(None, pl.Float64).alias(name)
    return pl.lit(_exact(values)).alias(name)
