"""The Excel writer, held against the rules of its package and against another reader."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest

from domain.telemetry.model import Series
from domain.telemetry.sheets import Sheet
from domain.telemetry.workbook import XlsxWriter

START_MS = 1_781_600_400_000
MINUTE = 60_000
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def a_series(unit: str = "kW") -> Series:
    return Series(1, "M", "power", unit, "power", 60, -1e9, 1e9)


def a_sheet(values: list[float], quality: list[str] | str = "ok") -> Sheet:
    ts_ms = START_MS + MINUTE * np.arange(len(values), dtype=np.int64)
    return Sheet(ts_ms, np.array(values), quality)


def book_of(room: str, sheet: Sheet) -> bytes:
    writer = XlsxWriter("Europe/Lisbon")
    head = writer.header() + writer.rows(a_series(), room, sheet)
    return head + b"".join(writer.end())


def parts(book: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        assert package.testzip() is None
        return {name: ElementTree.fromstring(package.read(name)) for name in package.namelist()}


def test_rows_leave_before_the_workbook_is_whole() -> None:
    writer = XlsxWriter("Europe/Lisbon")
    assert writer.header().startswith(b"PK")
    noise = np.random.default_rng(1).random(20_000)
    assert len(writer.rows(a_series(), "Lab", a_sheet(list(noise)))) > 500_000
    assert sum(map(len, writer.end())) < 200_000


def test_every_part_of_the_package_is_well_formed_and_found_by_its_relation() -> None:
    found = parts(book_of("Lab", a_sheet([1.0])))
    named = {
        f"xl/{relation.get('Target')}" for relation in found["xl/_rels/workbook.xml.rels"].iter()
    }
    assert named - {"xl/None"} == {
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
    }
    overridden = {o.get("PartName", "")[1:] for o in found["[Content_Types].xml"].iter()}
    assert {"xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"} <= overridden
    assert overridden <= {*found, ""}


@pytest.mark.parametrize(
    ("room", "written"),
    [
        ('R&D <b> "2"', 'R&D <b> "2"'),
        ("  Küche ☀  ", "  Küche ☀  "),
        ("bell\x07", "bell_x0007_"),
        ("_x0041_", "_x005F_x0041_"),
        ("\uffff", "_xFFFF_"),
        ("=1+1", "'=1+1"),
    ],
)
def test_any_name_of_a_room_can_be_written(room: str, written: str) -> None:
    found = parts(book_of(room, a_sheet([1.0])))
    assert written in [text.text for text in found["xl/sharedStrings.xml"].iter(f"{MAIN}t")]


def test_what_has_no_finite_value_has_an_empty_cell() -> None:
    values = [1e-7, float("nan"), -1e21, float("inf"), 0.1 + 0.2]
    book = openpyxl.load_workbook(io.BytesIO(book_of("Lab", a_sheet(values))))
    assert [row[5].value for row in book.worksheets[0].iter_rows(min_row=2)] == [
        1e-7,
        None,
        -1e21,
        None,
        0.1 + 0.2,
    ]


def test_a_quality_of_its_own_stands_in_each_row() -> None:
    words = ["ok", "manual", "ok+x"]
    book = openpyxl.load_workbook(io.BytesIO(book_of("Lab", a_sheet([1.0, 2.0, 3.0], words))))
    assert [row[9].value for row in book.worksheets[0].iter_rows(min_row=2)] == words


def test_the_header_stays_in_view_and_local_time_is_a_date() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book_of("Lab", a_sheet([1.0])))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b
    assert sheet["B2"].is_date
