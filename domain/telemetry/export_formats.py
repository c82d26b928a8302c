"""JSON, Excel and Parquet beside CSV: each made page by page, memory constant at any length."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from domain.foundation.clock import from_ms, iso_utc, real_now_ms
from domain.foundation.intervals import Period
from domain.telemetry.export import COLUMNS, safe_text, table
from domain.telemetry.model import Series
from domain.telemetry.sheets import Sheet

XLSX_ROWS = 1_048_575
"""What one worksheet holds beside its header; what is more goes on in the next one."""

_ROW_GROUP = 100_000
_CHUNK_BYTES = 256 * 1024
_NUMBERS = tuple(COLUMNS.index(name) for name in ("value", "min", "max"))
_LOCAL = COLUMNS.index("timestamp_local")
_LEFT_BEHIND_S = 86_400
_EXCEL_EPOCH_DAYS = 25_569
_DAY_MS = 86_400_000.0


class JsonWriter:
    """One document: the period, the level and `rows`, an object each."""

    media_type = "application/json"

    def __init__(self, zone_name: str, period: Period, level: str) -> None:
        self._zone_name = zone_name
        self._period = period
        self._level = level
        self._begun = False

    def header(self) -> bytes:
        """The document up to its first row."""
        start, end = (iso_utc(from_ms(ms)) for ms in (self._period.start_ms, self._period.end_ms))
        said = f'"start_time":"{start}","end_time":"{end}","resolution":"{self._level}"'
        return f'{{{said},"rows":['.encode()

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """The objects of one page; text is as it is, no spreadsheet opens this."""
        lines = table(series, room, series.sensor_id, sheet, self._zone_name).write_ndjson()
        joined = lines.strip().replace("\n", ",\n").encode()
        comma = b",\n" if self._begun else b"\n"
        self._begun = True
        return comma + joined

    def end(self) -> Iterator[bytes]:
        """What closes the document."""
        yield b"\n]}\n"

    def discard(self) -> None:
        """Nothing is kept outside the pieces."""


class ParquetWriter:
    """Row groups as they fill; `timestamp_utc` is a moment, the other columns as in CSV."""

    media_type = "application/vnd.apache.parquet"

    def __init__(self, zone_name: str) -> None:
        self._zone_name = zone_name
        self._sink = _Sink()
        numbers = {"value", "min", "max"}
        self._schema = pa.schema(
            [
                pa.field("timestamp_utc", pa.timestamp("ms", "UTC")),
                *(
                    pa.field(name, pa.float64() if name in numbers else pa.string())
                    for name in COLUMNS[1:]
                ),
            ]
        )
        self._file = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._waiting: list[pl.DataFrame] = []
        self._count = 0

    def header(self) -> bytes:
        """The mark of the format."""
        return self._sink.take()

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """A row group when enough rows have come, until then nothing."""
        page = table(series, room, series.sensor_id, sheet, self._zone_name)
        moments = pl.Series("timestamp_utc", sheet.ts_ms).cast(pl.Datetime("ms", "UTC"))
        self._waiting.append(page.with_columns(moments))
        self._count += len(page)
        return self._write() if self._count >= _ROW_GROUP else b""

    def end(self) -> Iterator[bytes]:
        """The last row group and the footer."""
        if self._waiting:
            yield self._write()
        self._file.close()
        yield self._sink.take()

    def discard(self) -> None:
        """Nothing is kept outside the pieces."""

    def _write(self) -> bytes:
        rows = pl.concat(self._waiting).to_arrow().cast(self._schema)
        self._waiting, self._count = [], 0
        self._file.write_table(rows)
        return self._sink.take()


class _Sink:
    """A file that is only ever written at its end, taken away piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._length += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._length

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def writable(self) -> bool:
        return True

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class XlsxWriter:
    """A workbook on disk, sent when it is whole; text is text there, never a formula.

    `timestamp_local` is a date of the building's zone to calculate with, `timestamp_utc` the
    moment as text. One worksheet after the other takes `XLSX_ROWS` rows.
    """

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, zone_name: str, folder: Path) -> None:
        self._zone_name = zone_name
        folder.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(folder)
        self._folder = Path(tempfile.mkdtemp(prefix="export-", dir=folder))
        self._path = self._folder / "export.xlsx"
        self._book = xlsxwriter.Workbook(
            str(self._path), {"constant_memory": True, "tmpdir": str(self._folder)}
        )
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._sheets = 0
        self._next_sheet()

    def header(self) -> bytes:
        """Nothing leaves before the workbook is whole."""
        return b""

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """Adds a page to the workbook."""
        page = table(series, safe_text(room), safe_text(series.sensor_id), sheet, self._zone_name)
        moments = pl.Series("at", sheet.ts_ms).cast(pl.Datetime("ms", "UTC"))
        local = moments.dt.convert_time_zone(self._zone_name).dt.replace_time_zone(None)
        serials = (local.dt.epoch("ms") / _DAY_MS + _EXCEL_EPOCH_DAYS).to_list()
        for serial, row in zip(serials, page.iter_rows(), strict=True):
            if self._row > XLSX_ROWS:
                self._next_sheet()
            self._write(serial, row)
        return b""

    def end(self) -> Iterator[bytes]:
        """The workbook, in chunks."""
        self._book.close()
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def discard(self) -> None:
        """Remove what is on disk, whether or not the workbook was finished."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = "Data" if self._sheets == 1 else f"Data {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, 1, 24)
        self._sheet.set_column(2, 4, 16)
        for column, title in enumerate(COLUMNS):
            self._sheet.write_string(0, column, title, self._bold)
        self._row = 1

    def _write(self, serial: float, row: tuple[str | float | None, ...]) -> None:
        sheet, at = self._sheet, self._row
        for column, cell in enumerate(row):
            if column == _LOCAL:
                sheet.write_number(at, column, serial, self._date)
            elif cell is None:
                continue
            elif column in _NUMBERS:
                sheet.write_number(at, column, cell)
            else:
                sheet.write_string(at, column, cell)
        self._row += 1


def _remove_left_behind(folder: Path) -> None:
    """What a killed process could not remove."""
    before_s = real_now_ms() / 1000 - _LEFT_BEHIND_S
    for left in folder.glob("export-*"):
        if left.stat().st_mtime < before_s:
            shutil.rmtree(left, ignore_errors=True)
