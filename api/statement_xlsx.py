"""The statement of a month as a workbook: a sheet a table, numbers to calculate with."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from api.statement_words import Letterhead, facts
from components import formats
from domain.money.statement_parts import Cell, Column, Kind, Part, parts_of
from domain.money.tariff import MC_PER_UNIT
from domain.telemetry.export import safe_text

_WIDTHS: dict[Kind, int] = {
    "text": 24,
    "day": 16,
    "moment": 17,
    "money": 15,
    "energy": 13,
    "price": 15,
}


def workbook(head: Letterhead) -> bytes:
    """The whole file; text is never run as a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(out, options)
    styles = _styles(book, head.unit)
    _summary(book, styles, head)
    for part in parts_of(head.statement):
        _sheet(book, styles, part, head.zone)
    book.close()
    return out.getvalue()


def _styles(book: Any, unit: str) -> dict[str, Any]:
    numbers: dict[Kind, str] = {
        "day": "ddd d mmm yyyy",
        "moment": "d mmm yyyy hh:mm",
        "money": f'#,##0.00 "{unit}"',
        "energy": '#,##0.00 "kWh"',
        "price": f'0.0000 "{unit}/kWh"',
    }
    made: dict[str, Any] = {
        kind: book.add_format({"num_format": pattern, "align": "right"})
        for kind, pattern in numbers.items()
    }
    total = {
        f"total-{kind}": book.add_format({"num_format": pattern, "bold": True, "top": 1})
        for kind, pattern in numbers.items()
    }
    words = {
        "text": book.add_format({}),
        "total-text": book.add_format({"bold": True, "top": 1}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
        "name": book.add_format({"bold": True, "valign": "top"}),
    }
    return {**made, **total, **words}


def _summary(book: Any, styles: dict[str, Any], head: Letterhead) -> None:
    sheet = book.add_worksheet("Statement")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, safe_text(f"{head.title}, {head.building}"), styles["title"])
    row = 2
    if head.demo:
        sheet.write_string(1, 0, "DEMO: a simulated building", styles["name"])
    for name, words in facts(head):
        sheet.write_string(row, 0, name, styles["name"])
        sheet.write_string(row, 1, safe_text(words), styles["wrapped"])
        row += 1


def _sheet(book: Any, styles: dict[str, Any], part: Part, zone: ZoneInfo) -> None:
    sheet = book.add_worksheet(part.name)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for at, column in enumerate(part.columns):
        sheet.set_column(at, at, _WIDTHS[column.kind])
        sheet.write_string(0, at, column.label, styles["head"])
    rows = [*part.rows] if part.rows else []
    for line, cells in enumerate(rows, start=1):
        for at, (column, cell) in enumerate(zip(part.columns, cells, strict=True)):
            _write(sheet, line, at, column, cell, styles[column.kind], zone)
    if part.total is not None and rows:
        for at, (column, cell) in enumerate(zip(part.columns, part.total, strict=True)):
            style = styles[f"total-{column.kind}"]
            _write(sheet, len(rows) + 1, at, column, cell, style, zone)
    if not rows:
        sheet.write_string(1, 0, part.nothing, styles["text"])


def _write(
    sheet: Any, row: int, at: int, column: Column, cell: Cell, style: Any, zone: ZoneInfo
) -> None:
    if cell is None:
        sheet.write_blank(row, at, None, style)
    elif isinstance(cell, str):
        sheet.write_string(row, at, safe_text(cell), style)
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, style)
    elif column.kind == "moment":
        sheet.write_datetime(row, at, formats.local(int(cell), zone).replace(tzinfo=None), style)
    else:
        scale = 1 if column.kind == "energy" else MC_PER_UNIT
        sheet.write_number(row, at, cell / scale, style)
