"""The statement of a month on A4: one look, fonts embedded, page numbers, the chain's head."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from api.statement_words import Letterhead, facts
from components import formats
from components.tokens import colour
from domain.money.posting import BOUGHT, EARNED
from domain.money.statement_parts import Cell, Column, Part, cents_by_account, parts_of, to_cents
from domain.money.tariff import MC_PER_UNIT

_FONTS = Path(__file__).parents[1] / "assets" / "vendor" / "fonts"
_REGULAR, _BOLD = "Inter-Statement", "Inter-Statement-Semibold"
_EDGE, _TOP, _FOOT = 16 * mm, 12 * mm, 20 * mm
_FONT = ("FONTNAME", (0, 0), (-1, -1), _REGULAR)
_PADDING = 6
"""What a frame keeps free around its content [points]; everything lines up with the edge."""
_WIDTH = A4[0] - 2 * _EDGE
_TEXT_PARTS = {"text": 1.6, "day": 1.25, "moment": 1.5, "money": 1.0, "energy": 1.0, "price": 1.2}


def pdf(head: Letterhead) -> bytes:
    """The whole file."""
    _register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_EDGE - _PADDING,
        rightMargin=_EDGE - _PADDING,
        topMargin=_TOP,
        bottomMargin=_FOOT,
        title=f"{head.title}, {head.building}",
        author="Wattboard",
        lang="en",
    )
    document.build(_story(head), canvasmaker=_numbered(head))
    return out.getvalue()


@cache
def _register() -> None:
    for name, weight in ((_REGULAR, "regular"), (_BOLD, "semibold")):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"inter-statement-{weight}.ttf")))


def _ink(name: str) -> HexColor:
    return HexColor(colour(name, "light"))


def _style(size: float, ink: str = "text", *, bold: bool = False, right: bool = False) -> Any:
    return ParagraphStyle(
        f"{size}{ink}{bold}{right}",
        fontName=_BOLD if bold else _REGULAR,
        fontSize=size,
        leading=size * 1.32,
        textColor=_ink(ink),
        alignment=TA_RIGHT if right else 0,
    )


def _story(head: Letterhead) -> list[Any]:
    story: list[Any] = [
        _letterhead(head),
        Spacer(1, 5 * mm),
        _totals(head),
        Spacer(1, 3 * mm),
    ]
    for part in parts_of(head.statement):
        story += [Spacer(1, 4 * mm), *_part(part, head)]
    note = (
        "Amounts are rounded to the cent so that each column adds up; the ledger keeps "
        "thousandths of a cent. What was saved is no part of the bill."
    )
    story += [Spacer(1, 2 * mm), Paragraph(note, _style(7.5, "text-3")), Spacer(1, 5 * mm)]
    return [*story, *_facts(head)]


def _letterhead(head: Letterhead) -> Table:
    title = [
        Paragraph(escape(head.building), _style(9, "text-2")),
        Paragraph(escape(head.title), _style(17, bold=True)),
    ]
    stamp = Paragraph("DEMO" if head.demo else "", _style(15, "fault", bold=True, right=True))
    table = Table([[title, stamp]], colWidths=[_WIDTH * 0.78, _WIDTH * 0.22])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *_flush()])
    return table


def _totals(head: Letterhead) -> Table:
    """The figures one looks for first."""
    sums, shown_cents = head.statement.month.sums, cents_by_account(head.statement)
    bought, earned = (
        [shown_cents[a] for a in names if a in shown_cents] for names in (BOUGHT, EARNED)
    )
    price = sums.average_mc_per_kwh
    unit = f"{head.unit}/kWh"
    average = formats.text("price", None if price is None else price / MC_PER_UNIT, unit=unit)
    shown = [
        ("Bought", head.cents(sum(bought) if bought else None)),
        ("Earned", head.cents(-sum(earned) if earned else None)),
        ("To pay", head.cents(sum(bought) + sum(earned) if bought or earned else None)),
        ("Average price", average),
        ("Saved by solar", head.money(sums.solar_mc)),
        ("Saved by batteries", head.money(sums.battery_mc)),
    ]
    names = [Paragraph(name, _style(8, "text-2")) for name, _ in shown]
    values = [Paragraph(escape(value), _style(11, bold=True)) for _, value in shown]
    table = Table([names, values], colWidths=[_WIDTH / len(shown)] * len(shown))
    table.setStyle(
        [
            _FONT,
            ("BACKGROUND", (0, 0), (-1, -1), _ink("sunken")),
            ("ROUNDEDCORNERS", [5, 5, 5, 5]),
            ("LEFTPADDING", (0, 0), (-1, -1), 7),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, 0), 6),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
            ("BOTTOMPADDING", (0, 1), (-1, 1), 7),
        ]
    )
    return table


def _part(part: Part, head: Letterhead) -> list[Any]:
    title = Paragraph(escape(part.title), _style(11, bold=True))
    title.keepWithNext = True
    if not part.rows:
        return [title, Paragraph(escape(part.nothing), _style(8.5, "text-2"))]
    size = 6.9 if len(part.columns) > 9 else 8.2
    columns = [_column(part, at, head) for at in range(len(part.columns))]
    body = [list(row) for row in zip(*columns, strict=True)]
    labels = [
        Paragraph(escape(_label(c, head)), _style(size, "text-3", right=_is_number(c)))
        for c in part.columns
    ]
    last = len(body) - 1 if part.total else None
    rows = [
        [
            Paragraph(escape(cell), _style(size, bold=at == last, right=_is_number(column)))
            for cell, column in zip(row, part.columns, strict=True)
        ]
        for at, row in enumerate(body)
    ]
    table = Table([labels, *rows], colWidths=_widths(part), repeatRows=1)
    table.setStyle(
        [
            _FONT,
            ("LINEBELOW", (0, 0), (-1, 0), 0.6, _ink("border-strong")),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, _ink("border")),
            ("NOSPLIT", (0, -3), (-1, -1)),  # the total is not left alone
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            *([("LINEABOVE", (0, -1), (-1, -1), 0.6, _ink("border-strong"))] if part.total else []),
        ]
    )
    return [title, Spacer(1, 1.2 * mm), table]


def _column(part: Part, at: int, head: Letterhead) -> list[str]:
    """One column written out; amounts are rounded so that they add up to what stands below them."""
    column = part.columns[at]
    cells = [row[at] for row in part.rows]
    if column.kind == "money":
        amounts = [cell if isinstance(cell, int) else None for cell in cells]
        cents = to_cents(amounts, column.whole_cents)
        below = [column.whole_cents] if part.total else []
        return [formats.fixed(None if c is None else c / 100, 2) for c in (*cents, *below)]
    below_cells = [part.total[at]] if part.total else []
    write = _writer(column, head)
    return [write(cell) for cell in (*cells, *below_cells)]


def _writer(column: Column, head: Letterhead) -> Callable[[Cell], str]:
    def write(cell: Cell) -> str:
        if cell is None:
            return ""
        if isinstance(cell, str):
            return cell
        if isinstance(cell, date):
            return formats.day_of(cell)
        if column.kind == "moment":
            moment = formats.local(int(cell), head.zone)
            return f"{moment.day} {formats.MONTHS[moment.month - 1]} {moment:%H:%M}"
        if column.kind == "price":
            return formats.fixed(cell / MC_PER_UNIT, 4)
        return formats.fixed(cell, 1)

    return write


def _is_number(column: Column) -> bool:
    return column.kind in ("money", "energy", "price")


def _label(column: Column, head: Letterhead) -> str:
    units = {"money": head.unit, "energy": "kWh", "price": f"{head.unit}/kWh"}
    return f"{column.label} {units[column.kind]}" if column.kind in units else column.label


def _widths(part: Part) -> list[float]:
    shares = [_TEXT_PARTS[column.kind] for column in part.columns]
    if part.name == "Corrections":
        shares = [0.8, 1.3, 1.2, 1.3, 4.0, 1.1]
    return [_WIDTH * share / sum(shares) for share in shares]


def _facts(head: Letterhead) -> list[Any]:
    title = Paragraph("What this statement stands on", _style(11, bold=True))
    title.keepWithNext = True
    command = f"python -m domain.money.ledger verify --head {head.statement.head.hash}"
    rows = [*facts(head), ("To check it", command)]
    body = [
        [Paragraph(name, _style(8, "text-2")), Paragraph(escape(words), _style(8))]
        for name, words in rows
    ]
    table = Table(body, colWidths=[_WIDTH * 0.14, _WIDTH * 0.86])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_flush()])
    return [title, Spacer(1, 1 * mm), table]


def _flush() -> list[tuple[Any, ...]]:
    whole = ((0, 0), (-1, -1))
    return [
        _FONT,
        ("LEFTPADDING", *whole, 0),
        ("RIGHTPADDING", *whole, 0),
        ("TOPPADDING", *whole, 1.5),
        ("BOTTOMPADDING", *whole, 1.5),
    ]


def _numbered(head: Letterhead) -> Callable[..., Canvas]:
    """A canvas that knows how many pages there are before it writes the foot of each."""

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options | {"initialFontName": _REGULAR})
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for page in self._pages:
                self.__dict__.update(page)
                _foot(self, head, len(self._pages))
                super().showPage()
            super().save()

    return Numbered


def _foot(canvas: Canvas, head: Letterhead, pages: int) -> None:
    canvas.setStrokeColor(_ink("border"))
    canvas.setLineWidth(0.4)
    canvas.line(_EDGE, 14 * mm, A4[0] - _EDGE, 14 * mm)
    canvas.setFillColor(_ink("text-3"))
    canvas.setFont(_REGULAR, 7)
    left: Sequence[str] = ["Wattboard", head.building, head.title]
    if head.demo:
        left = ["DEMO: a simulated building", *left]
    canvas.drawString(_EDGE, 10.4 * mm, " · ".join(left))
    canvas.drawString(_EDGE, 7 * mm, f"Ledger head {head.statement.head.hash}")
    words = f"Page {canvas.getPageNumber()} of {pages}"
    canvas.drawRightString(A4[0] - _EDGE, 10.4 * mm, words)
