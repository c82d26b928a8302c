"""CSV of any length in constant memory: pages of readings or buckets, one after the other.

For a counter, readings are its stand and buckets what it counted in them. ``quality`` is ``ok`` or
what is known against a value, joined by ``+``.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.telemetry import note_store, reading_store, rollup_store
from domain.telemetry.corrections import shown
from domain.telemetry.history import LEVELS
from domain.telemetry.model import CORRECTED, MANUAL, OUT_OF_RANGE, REPLACED, Key, Series
from domain.telemetry.quality import Finding
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import Buckets, Floats, Ints
from domain.telemetry.virtual import mean_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

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
_PAGE = 20_000
_PAGE_MS = {level: width * _PAGE for level, width in LEVELS.items()}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKS = (
    (OUT_OF_RANGE, "out_of_range"),
    (MANUAL, "manual"),
    (CORRECTED, "corrected"),
    (REPLACED, "replaced"),
)
_KNOWN_SHARE = 0.999


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series and the name of the room that stands beside it."""

    key: Key
    room: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns that differ from row to row; ``low`` and ``high`` are None for readings."""

    ts_ms: Ints
    values: Floats
    quality: Sequence[str] | str
    low: Floats | None = None
    high: Floats | None = None


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
    database: "Database",
    registry: Registry,
    zone_name: str,
    keys: Sequence[Labelled],
    period: Period,
    level: str,
    dialect: str,
) -> Iterator[bytes]:
    """The file in pieces: header, then page after page, series after series.

    A level finer than what is kept is answered by the finest kept one. No transaction is held
    between pages, so that a slow reader stops nobody.
    """
    writer = CsvWriter(zone_name, dialect)
    yield writer.header()
    for labelled in keys:
        series = registry.series.get(labelled.key)
        if series is not None:
            for sheet in _sheets(database, registry, series, period, level):
                yield writer.rows(series, labelled.room, sheet)


def _sheets(
    database: "Database", registry: Registry, series: Series, period: Period, level: str
) -> Iterator[Sheet]:
    start_ms, end_ms = period.start_ms, period.end_ms
    with database.read() as connection:
        found = note_store.findings_of(connection, [series.sensor_id], start_ms)
    findings = [f for _, f in found if f.metric == series.metric and f.since_ms < end_ms]
    kept = kept_level(series, start_ms, level)
    while start_ms < end_ms:
        with database.read() as connection:
            if kept == "raw":
                sheet, start_ms = _raw_sheet(
                    connection, registry, series, findings, start_ms, end_ms
                )
            else:
                page_end = min(start_ms + _PAGE_MS[kept], end_ms)
                buckets = rollup_store.read_buckets(
                    connection, kept, series.series_id, start_ms, page_end
                )
                sheet, start_ms = _bucket_sheet(series, kept, buckets, findings), page_end
        if sheet is not None:
            yield sheet


def kept_level(series: Series, start_ms: int, level: str) -> str:
    """The level asked for, or the finest one that reaches back to the start."""
    if level in ("auto", "raw"):
        level = "15min" if series.virtual or start_ms < series.raw_from_ms else "raw"
    if level == "15min" and start_ms < series.quarter_from_ms:
        level = "1h"
    return level


def _raw_sheet(
    connection: "Connection",
    registry: Registry,
    series: Series,
    findings: Sequence[Finding],
    start_ms: int,
    end_ms: int,
) -> tuple[Sheet | None, int]:
    """The next page of readings, and where the one after it begins."""
    rows = reading_store.export_page(connection, series.series_id, start_ms, end_ms, _PAGE)
    next_ms = rows[-1][0] + 1 if len(rows) == _PAGE else end_ms
    overlays = registry.notes.overlays.get(series.series_id, ())
    if overlays:
        counted = shown([(ts, value, None, flags) for ts, value, flags in rows], overlays)
        rows = [(ts, value, flags) for ts, value, _, flags in counted]
    if not rows:
        return None, next_ms
    flat = np.fromiter(chain.from_iterable(rows), np.float64, len(rows) * 3).reshape(-1, 3)
    ts_ms, flags = flat[:, 0].astype(np.int64), flat[:, 2].astype(np.int64)
    quality = _quality(ts_ms, ts_ms, flags, findings)
    return Sheet(ts_ms, np.ascontiguousarray(flat[:, 1]), quality), next_ms


def _bucket_sheet(
    series: Series, level: str, buckets: Buckets, findings: Sequence[Finding]
) -> Sheet | None:
    if not len(buckets):
        return None
    counter = series.kind == "counter"
    values = buckets.energy if counter else mean_of(series.kind, buckets)
    ends = buckets.bucket_ms + LEVELS[level] - 1
    quality = _quality(buckets.bucket_ms, ends, np.zeros(len(buckets), np.int64), findings)
    if series.kind in ("power", "counter"):
        # An hour less than nominal: the short day of the year is whole with 23 of them.
        nominal = LEVELS[level] - (3_600_000 if level == "1d" else 0)
        unknown = buckets.covered_ms < nominal * _KNOWN_SHARE
        quality = _marked(quality, unknown, "estimated" if counter else "partial")
    low, high = (None, None) if counter else (buckets.low, buckets.high)
    return Sheet(buckets.bucket_ms, values, quality, low, high)


def _quality(
    first_ms: Ints, last_ms: Ints, flags: Ints, findings: Sequence[Finding]
) -> Sequence[str] | str:
    quality: Sequence[str] | str = "ok"
    for bit, word in _MARKS:
        quality = _marked(quality, (flags & bit) > 0, word)
    for finding in reversed(findings):
        inside = (last_ms >= finding.since_ms) & (first_ms <= finding.until_ms)
        if finding.kind != "gap":
            quality = _marked(quality, inside, finding.kind)
    return quality


def _marked(
    quality: Sequence[str] | str, chosen: npt.NDArray[np.bool_], word: str
) -> Sequence[str] | str:
    if not chosen.any():
        return quality
    marks = [quality] * len(chosen) if isinstance(quality, str) else list(quality)
    for at in np.flatnonzero(chosen):
        words = marks[at].split("+")
        if word not in words:
            marks[at] = word if words == ["ok"] else f"{marks[at]}+{word}"
    return marks


def _exact(values: Floats) -> pl.Series:
    return pl.Series("value", values).fill_nan(None)


def _optional(name: str, values: Floats | None) -> pl.Expr:
    if values is None:
        return pl.lit(None, pl.String).alias(name)
    return pl.lit(_exact(values)).alias(name)
