"""JSON and Parquet beside CSV: each made page by page, memory constant at any length."""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.intervals import Period
from domain.telemetry.export import COLUMNS, table
from domain.telemetry.model import Series
from domain.telemetry.sheets import Sheet

_ROW_GROUP = 100_000


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


class ParquetWriter:
    """Row groups as they fill; `timestamp_utc` is a moment, the other columns as in CSV."""

    media_type = "application/vnd.apache.parquet"

    def __init__(self, zone_name: str) -> None:
        self._zone_name = zone_name
        self._sink = Sink()
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

    def _write(self) -> bytes:
        rows = pl.concat(self._waiting).to_arrow().cast(self._schema)
        self._waiting, self._count = [], 0
        self._file.write_table(rows)
        return self._sink.take()


class Sink:
    """A file that is only ever written at its end, taken away piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def write(self, piece: bytes) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        self._length += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        """Where the file stands, with what was taken."""
        return self._length

    def flush(self) -> None:
        """Nothing waits in between."""

    def close(self) -> None:
        """What is left can still be taken."""

    def writable(self) -> bool:
        """That alone."""
        return True

    def take(self) -> bytes:
        """What was written since this was last asked."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
