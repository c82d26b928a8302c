"""Every format read back by a reader that is not ours, beside the CSV of the same question."""

import csv
import gc
import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest

from domain.foundation.clock import FixedClock
from domain.foundation.contract import Contract, OutsideContract, under
from domain.foundation.errors import InvalidInput
from domain.foundation.intervals import Period
from domain.telemetry import export_formats, sheets, workbook
from domain.telemetry.export import COLUMNS, Labelled
from domain.telemetry.exports import FORMATS, Export, Wanted
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.test_settle import HOUR, MINUTE

LISBON = ZoneInfo("Europe/Lisbon")
ROOM = "=Küche, „2“"
KEYS = [Labelled(key, ROOM) for key in (("T", "temperature"), ("-M", "power"), ("-M", "energy"))]
Row = tuple[object, ...]


@pytest.fixture
def span(sqlite_telemetry: Telemetry, clock: FixedClock) -> Period:
    """Three hours of three series, marked and odd readings among them; and a year earlier."""
    start = clock.now_ms() - 3 * HOUR
    readings = []
    for n in range(180):
        at = start + n * MINUTE + (250 if n % 50 == 7 else 0)
        readings += [
            Reading("T", "temperature", at, 20.0 + n / 7),
            Reading("-M", "power", at, -n / 3),
            Reading("-M", "energy", at, 1000.0 + n),
        ]
    sqlite_telemetry.ingest([*readings, Reading("T", "temperature", start + 500, 999.0)])
    sqlite_telemetry.settle()
    return Period.of_ms(start, clock.now_ms())


def made(telemetry: Telemetry, period: Period, file_format: str, level: str = "raw") -> Export:
    return telemetry.export(Wanted(KEYS, period, level, file_format))


def number(text: str) -> float | None:
    return float(text) if text else None


def csv_rows(text: str) -> list[Row]:
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [_typed(row) for row in rows]


def _typed(row: dict[str, str]) -> Row:
    numbers = {name: number(row[name]) for name in ("value", "min", "max")}
    return tuple((row | numbers)[name] for name in COLUMNS)


def json_rows(body: bytes) -> list[Row]:
    return [tuple(row[name] for name in COLUMNS) for row in json.loads(body)["rows"]]


def xlsx_rows(body: bytes) -> list[Row]:
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True)
    rows: list[Row] = []
    for worksheet in book.worksheets:
        header, *found = worksheet.iter_rows(values_only=True)
        assert header == COLUMNS
        rows += [tuple(row) for row in found]
    return rows


def undisarmed(rows: Sequence[Row]) -> list[Row]:
    """JSON and Parquet, which no spreadsheet runs, hold text as it is."""
    return [
        tuple(c[1:] if isinstance(c, str) and c.startswith("'") else c for c in row) for row in rows
    ]


def without(rows: Sequence[Row], *columns: str) -> list[Row]:
    left = [at for at, name in enumerate(COLUMNS) if name not in columns]
    return [tuple(row[at] for at in left) for row in rows]


@pytest.mark.parametrize("level", ["raw", "15min", "1h", "1d", "auto"])
def test_every_format_holds_the_rows_of_the_csv(
    sqlite_telemetry: Telemetry, span: Period, level: str
) -> None:
    span = Period.of_ms(span.start_ms - 24 * HOUR, span.end_ms)  # with a midnight in it
    bodies = {kind: b"".join(made(sqlite_telemetry, span, kind, level).pieces) for kind in FORMATS}
    rows = csv_rows(bodies["csv"].decode())
    assert rows
    assert json_rows(bodies["json"]) == undisarmed(rows)
    in_excel = xlsx_rows(bodies["xlsx"])
    assert without(in_excel, "timestamp_local", "value", "min", "max") == without(
        rows, "timestamp_local", "value", "min", "max"
    )
    for column in (5, 7, 8):
        ours, theirs = [r[column] for r in in_excel], [r[column] for r in rows]
        assert ours == [None if x is None else pytest.approx(x, rel=1e-14) for x in theirs]
    for ours, theirs in zip(in_excel, rows, strict=True):
        moment = datetime.fromisoformat(str(theirs[1])).replace(tzinfo=None)
        assert isinstance(ours[1], datetime)
        assert abs((ours[1] - moment).total_seconds()) < 0.002
    parquet = pl.read_parquet(bodies["parquet"])
    assert parquet.columns == list(COLUMNS)
    assert without(parquet.rows(), "timestamp_utc") == without(undisarmed(rows), "timestamp_utc")
    assert parquet["timestamp_utc"].to_list() == [
        datetime.fromisoformat(str(row[0])) for row in rows
    ]


def test_a_parquet_file_is_made_of_row_groups(
    sqlite_telemetry: Telemetry, span: Period, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_formats, "_ROW_GROUP", 100)
    monkeypatch.setattr(sheets, "PAGE", 50)
    file = tmp_path / "x.parquet"
    file.write_bytes(b"".join(made(sqlite_telemetry, span, "parquet").pieces))
    assert pq.ParquetFile(file).num_row_groups > 3
    assert pq.ParquetFile(file).metadata.num_rows == 541


def test_no_cell_of_a_workbook_is_a_formula(sqlite_telemetry: Telemetry, clock: FixedClock) -> None:
    now = clock.now_ms()
    sqlite_telemetry.ingest([Reading("S", "power", now, -2.0)])
    evil = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\0=1", "＝1", "＋1", "－1", "＠1", "{=1}"]
    keys = [Labelled(("S", "power"), room) for room in evil]
    wanted = Wanted(keys, Period.of_ms(now, now + 1), "raw", "xlsx")
    body = b"".join(sqlite_telemetry.export(wanted).pieces)
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    rooms = [row[2] for row in xlsx_rows(body)]
    assert all(str(room)[0] in "'{" for room in rooms)
    assert [row[5] for row in xlsx_rows(body)] == [-2.0] * len(evil)
    text = b"".join(sqlite_telemetry.csv(keys, Period.of_ms(now, now + 1), "raw")).decode()
    found = [row[2] for row in csv_rows(text)]
    assert [str(room)[0] for room in found] == [*"'" * 11, "{"]
    assert [row[5] for row in csv_rows(text)] == [-2.0] * len(evil)


def test_a_workbook_goes_on_in_the_next_sheet(
    sqlite_telemetry: Telemetry, span: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = xlsx_rows(b"".join(made(sqlite_telemetry, span, "xlsx").pieces))
    monkeypatch.setattr(workbook, "XLSX_ROWS", 200)
    body = b"".join(made(sqlite_telemetry, span, "xlsx").pieces)
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True)
    assert book.sheetnames == ["Data", "Data 2", "Data 3"]
    assert xlsx_rows(body) == whole


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_nobody_reads_to_its_end_leaves_nothing_behind(
    sqlite_telemetry: Telemetry,
    span: Period,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(sheets, "PAGE", 10)
    export = made(sqlite_telemetry, span, kind)
    next(export.pieces)
    assert sqlite_telemetry._database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    export.pieces.close()  # type: ignore[attr-defined]
    assert list(export.pieces) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_without_a_row_is_still_a_file(
    sqlite_telemetry: Telemetry, span: Period, kind: str
) -> None:
    empty = Period.of_ms(span.start_ms - 5 * HOUR, span.start_ms - 4 * HOUR)
    body = b"".join(made(sqlite_telemetry, empty, kind).pieces)
    read = {
        "csv": lambda: csv_rows(body.decode()),
        "json": lambda: json_rows(body),
        "xlsx": lambda: xlsx_rows(body),
        "parquet": lambda: pl.read_parquet(body).rows(),
    }
    assert read[kind]() == []


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_obeys_the_contract(
    sqlite_telemetry: Telemetry, span: Period, kind: str
) -> None:
    with under(Contract(embargo_minutes=60)):
        export = made(sqlite_telemetry, span, kind)
    body = b"".join(export.pieces)
    cut = Period.of_ms(span.start_ms, span.end_ms - HOUR)
    expected = b"".join(made(sqlite_telemetry, cut, kind).pieces)
    if kind == "xlsx":
        assert xlsx_rows(body) == xlsx_rows(expected)
    elif kind == "json":
        assert json_rows(body) == json_rows(expected)
    else:
        assert body == expected
    with under(Contract(time_aggregation="15minutes")):
        assert made(sqlite_telemetry, span, kind).level == "15min"
    with under(Contract(data_aggregation="sum")), pytest.raises(OutsideContract):
        made(sqlite_telemetry, span, kind)


@pytest.mark.parametrize("change", [{"file_format": "ods"}, {"level": "2h"}, {"dialect": "tsv"}])
def test_what_cannot_be_made_is_refused_before_the_first_byte(
    sqlite_telemetry: Telemetry, span: Period, change: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        sqlite_telemetry.export(Wanted(KEYS, span, **change))


def peak_bytes(pieces: Iterator[bytes]) -> int:
    gc.collect()
    tracemalloc.start()
    for _ in pieces:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("kind", FORMATS)
def test_memory_does_not_grow_with_the_length_of_the_file(
    sqlite_telemetry: Telemetry,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    long = os.environ.get("WATTBOARD_LONG") == "1"
    rows, page = (1_000_000, 20_000) if long else (8_000, 200)
    monkeypatch.setattr(sheets, "PAGE", page)
    monkeypatch.setattr(export_formats, "_ROW_GROUP", page)
    end = clock.now_ms()
    for at in range(0, rows, 20_000):
        batch = range(at, min(at + 20_000, rows))
        sqlite_telemetry.ingest(
            [Reading("B", "power", end - (rows - n) * 1000, n % 977 / 7) for n in batch]
        )
    keys = [Labelled(("B", "power"), "Lab")]

    def peak(share: float) -> int:
        period = Period.of_ms(round(end - rows * share * 1000), end)
        wanted = Wanted(keys, period, "raw", kind)
        return peak_bytes(sqlite_telemetry.export(wanted).pieces)

    peak(0.05)  # what is imported and kept once
    assert peak(1.0) < 1.5 * peak(0.125) + 300_000
