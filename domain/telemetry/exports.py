"""A file of any length in any of the formats: made under a contract, given up when nobody reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.foundation.contract import remember, require_single
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.telemetry.export import CsvWriter, Labelled
from domain.telemetry.export_formats import JsonWriter, ParquetWriter
from domain.telemetry.history import LEVELS
from domain.telemetry.model import Series
from domain.telemetry.registry import Registry
from domain.telemetry.sheets import Sheet, Sheets
from domain.telemetry.workbook import XlsxWriter

_MEDIA = {
    "csv": CsvWriter.media_type,
    "json": JsonWriter.media_type,
    "xlsx": XlsxWriter.media_type,
    "parquet": ParquetWriter.media_type,
}
FORMATS = tuple(_MEDIA)
ASKABLE = ("auto", "raw", *LEVELS)
_FINE_TO_COARSE = ("raw", "5min", "15min", "1h", "1d")


class Writer(Protocol):
    """What one format does with the pages it is given."""

    media_type: str

    def header(self) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """The bytes of one page, or none yet."""
        ...

    def end(self) -> Iterator[bytes]:
        """What stands after the last row."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export and how; `level` auto takes the finest that is kept."""

    keys: Sequence[Labelled]
    period: Period
    level: str = "auto"
    file_format: str = "csv"
    dialect: str = "rfc4180"


@dataclass(frozen=True, slots=True)
class Export:
    """A file in pieces; `level` is what it really holds, several where series differ.

    `rows_about` is an estimate, None where nothing can be said.
    """

    media_type: str
    file_name: str
    level: str
    pieces: Iterator[bytes]
    rows_about: int | None


def export(sheets: Sheets, registry: Registry, zone_name: str, wanted: Wanted) -> Export:
    """Begin a file.

    A level finer than what is kept or shared is answered by the finest one that is.

    Raises:
        InvalidInput: unknown format, level or dialect.
        OutsideContract: single sensors are not shared.
    """
    require_single()
    _check("format", wanted.file_format, FORMATS)
    _check("resolution", wanted.level, ASKABLE)
    CsvWriter(zone_name, wanted.dialect)
    period = wanted.period
    known = [
        (series, labelled.room)
        for labelled in wanted.keys
        if (series := registry.series.get(labelled.key))
    ]
    found = {sheets.level_of(series, period.start_ms, wanted.level) for series, _ in known}
    level = ",".join(sorted(found, key=_FINE_TO_COARSE.index)) or wanted.level

    def writer() -> Writer:
        match wanted.file_format:
            case "json":
                return JsonWriter(zone_name, period, level)
            case "xlsx":
                return XlsxWriter(zone_name)
            case "parquet":
                return ParquetWriter(zone_name)
        return CsvWriter(zone_name, wanted.dialect)

    pieces = _pieces(writer(), sheets, known, period, wanted.level)
    first, last = (f"{moment:%Y-%m-%d}" for moment in (period.start, period.end))
    name = f"wattboard_{first}_{last}.{wanted.file_format}"
    rows_about = sheets.rows_about([series for series, _ in known], period, wanted.level)
    return Export(_MEDIA[wanted.file_format], name, level, remember(pieces), rows_about)


def _pieces(
    writer: Writer,
    sheets: Sheets,
    known: Sequence[tuple[Series, str]],
    period: Period,
    level: str,
) -> Iterator[bytes]:
    """Never an empty piece: in a chunked answer it would be the end."""
    if header := writer.header():
        yield header
    for series, room in known:
        for sheet in sheets.pages(series, period, level):
            if rows := writer.rows(series, room, sheet):
                yield rows
    for piece in writer.end():
        if piece:
            yield piece


def _check(field: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        wrong = FieldError(field, f"one of {', '.join(known)}", list(known))
        raise InvalidInput(f"There is no {field} “{given[:20]}”.", [wrong])
