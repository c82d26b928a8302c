"""The report of a drill on A4: verdict, what it rests on, and each command step by step."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from components import formats
from components.tokens import colour
from domain.control.observation import band_words, kw
from domain.drills.model import RESULTS, Summary

_FONTS = Path(__file__).parents[1] / "assets" / "vendor" / "fonts"
_REGULAR, _BOLD = "Inter-Drill", "Inter-Drill-Semibold"
_EDGE = 16 * mm
_WIDTH = A4[0] - 2 * _EDGE
_MOST_READINGS = 60
"""Readings on paper; the CSV file has all of them."""


@dataclass(frozen=True, slots=True)
class Head:
    """Whose report it is."""

    building: str
    zone: ZoneInfo
    demo: bool

    def moment(self, at_ms: int | None) -> str:
        """A moment to the second, a dash where there was none."""
        if at_ms is None:
            return formats.MISSING
        return formats.clock(at_ms, self.zone, seconds=True)


def pdf(found: Summary, report: Mapping[str, Any], head: Head) -> bytes:
    """The whole file."""
    _register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_EDGE - 6,
        rightMargin=_EDGE - 6,
        topMargin=14 * mm,
        bottomMargin=18 * mm,
        title=f"Drill {found.drill_id}, {head.building}",
        author="Wattboard",
        lang="en",
    )

    def foot(canvas: Canvas, _: object) -> None:
        canvas.setFont(_REGULAR, 7)
        canvas.setFillColor(_ink("text-3"))
        demo = ["DEMO: a simulated building"] if head.demo else []
        words = " · ".join([*demo, "Wattboard", head.building, f"Drill {found.drill_id}"])
        canvas.drawString(_EDGE, 10 * mm, words)
        canvas.drawRightString(A4[0] - _EDGE, 10 * mm, f"Page {canvas.getPageNumber()}")

    document.build(_story(found, report, head), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


@cache
def _register() -> None:
    for name, weight in ((_REGULAR, "regular"), (_BOLD, "semibold")):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"inter-statement-{weight}.ttf")))


def _ink(name: str) -> HexColor:
    return HexColor(colour(name, "light"))


def _words(text: object, size: float = 8.5, ink: str = "text", *, bold: bool = False) -> Paragraph:
    style = ParagraphStyle(
        f"{size}{ink}{bold}",
        fontName=_BOLD if bold else _REGULAR,
        fontSize=size,
        leading=size * 1.34,
        textColor=_ink(ink),
    )
    return Paragraph(escape(str(text)), style)


def _story(found: Summary, report: Mapping[str, Any], head: Head) -> list[Any]:
    ended = (
        f"{formats.day(found.ended_ms, head.zone, year=True)} {head.moment(found.ended_ms)}, "
        f"times of {head.zone}"
    )
    safe = "never" if found.seconds_to_safety is None else f"{found.seconds_to_safety:.0f} s"
    verdict = f"{RESULTS[found.result].upper()}: safe after {safe}, {found.limit_s:.0f} s allowed"
    ink = {"passed": "ok", "failed": "fault"}.get(found.result, "text")
    told, fault = report["told"], report["fault"]
    facts = [
        ("Device", f"{found.device_name} ({found.device_id})"),
        ("Meter", f"{report['series']['sensor_id']} {report['series']['metric']}"),
        ("Ended", ended),
        ("Started by", found.by_name),
        ("Told", f"{told['words']}: {band_words(told['low_kw'], told['high_kw'])}"),
        ("Fault", f"{fault['done']} {head.moment(fault['from_ms'])} to "
                  f"{head.moment(fault['until_ms'])}"),
        ("Has to catch it", fault["protection"]),
        ("Allowed", " + ".join(f"{p['name']} {p['seconds']:g} s" for p in report["limit"])),
        ("Clock", f"building time × {float(report['speed']):g}"),
    ]  # fmt: skip
    story: list[Any] = [
        _words(head.building, 9, "text-2"),
        _words(f"Drill {found.drill_id}: {fault['label']}", 17, bold=True),
        Spacer(1, 3 * mm),
        _words(verdict, 13, ink, bold=True),
        _words(report["why"] or "", 9, "text-2"),
        Spacer(1, 4 * mm),
        _table([(name, words) for name, words in facts], (0.18, 0.82)),
    ]
    story += _part("What was judged", ("", "Line", "Rests on"), _judged(report, head),
                   (0.09, 0.5, 0.41))  # fmt: skip
    story += _part("Commands, step by step", ("Time", "Command", "State", "Words"),
                   _steps(report, head), (0.11, 0.3, 0.16, 0.43))  # fmt: skip
    events = [(e["event_id"], e["cause"], head.moment(e["rang_ms"])) for e in report["events"]]
    story += _part("Events", ("No.", "What", "Rang"), events, (0.09, 0.76, 0.15))
    story += _part("Readings", ("Measured", "Power"), _readings(report, head), (0.2, 0.8))
    return story


def _judged(report: Mapping[str, Any], head: Head) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    for line in report["lines"]:
        cites = [f"command {one[:12]}" for one in line["commands"]]
        cites += [f"event {one}" for one in line["events"]]
        cites += [f"{head.moment(at_ms)} {kw(power)}" for at_ms, power in line["readings"]]
        words = f"{line['what']}: {line['words']}"
        rows.append(("holds" if line["ok"] else "FAILS", words, ", ".join(cites)))
    return rows


def _steps(report: Mapping[str, Any], head: Head) -> list[Sequence[object]]:
    return [
        (
            head.moment(step["at_ms"]),
            f"{command['words']} {command['command_id'][:12]}",
            step["state"],
            step["words"],
        )
        for command in report["commands"]
        for step in command["steps"]
    ]


def _readings(report: Mapping[str, Any], head: Head) -> list[Sequence[object]]:
    listed = report["readings"][-_MOST_READINGS:]
    safe_ms = report["safe_ms"]
    return [
        (head.moment(at_ms), f"{kw(power)}{' (safe)' if at_ms == safe_ms else ''}")
        for at_ms, power in listed
    ]


def _part(
    title: str, head: Sequence[str], rows: Sequence[Sequence[object]], shares: Sequence[float]
) -> list[Any]:
    named = _words(title, 11, bold=True)
    named.keepWithNext = True
    if not rows:
        return [Spacer(1, 4 * mm), named, _words("None.", 8.5, "text-2")]
    labels = [_words(word, 7.5, "text-3") for word in head]
    table = _table(rows, shares, labels)
    return [Spacer(1, 4 * mm), named, Spacer(1, 1 * mm), table]


def _table(
    rows: Sequence[Sequence[object]], shares: Sequence[float], labels: Sequence[Any] = ()
) -> Table:
    body = [[_words(cell, 8) for cell in row] for row in rows]
    listed = [list(labels), *body] if labels else body
    table = Table(listed, colWidths=[_WIDTH * s for s in shares], repeatRows=1 if labels else 0)
    whole = ((0, 0), (-1, -1))
    table.setStyle(
        [
            ("VALIGN", *whole, "TOP"),
            ("LINEBELOW", *whole, 0.3, _ink("border")),
            ("LEFTPADDING", *whole, 0),
            ("RIGHTPADDING", *whole, 4),
            ("TOPPADDING", *whole, 2),
            ("BOTTOMPADDING", *whole, 2),
        ]
    )
    return table
