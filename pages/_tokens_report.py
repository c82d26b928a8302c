"""The compliance report of the Tokens page, as pure functions; days are real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.marks import chip
from components.periods import Choice, chosen
from components.states import empty
from components.tables import Column, Row, name_cell, table_body
from domain.access.report_lines import NOT_USED, ReportLine
from domain.foundation.intervals import Period, local_day
from pages._period import LONGEST

REPORT, PICKER = "tokens-report", "tokens-picker"
PAGE_SIZE = 50
_COLUMNS = (
    Column("token", "Token", sortable=False),
    Column("issuer", "By", sortable=False, hide_below="lg"),
    Column("verdict", "Verdict", sortable=False),
    Column("used", "Used", sortable=False, hide_below="md"),
    Column("tried", "Refused try", sortable=False),
    Column("times", "Times", number=True, sortable=False),
    Column("first", "First", sortable=False, hide_below="lg"),
    Column("last", "Last", sortable=False, hide_below="sm"),
)


def asked_days(value: Mapping[str, object] | None, today: date) -> Choice:
    """The days of the picker; this month while it says nothing, at most five years."""
    choice = chosen(value or {"kind": "month"}, today)
    if choice.last - choice.first > LONGEST:
        cut = (choice.first + LONGEST).isoformat()
        choice = chosen({**(value or {}), "end": cut}, today)
    return choice


def period_of(choice: Choice, zone: ZoneInfo) -> Period:
    """The same as a span of time."""
    first, last = local_day(choice.first, zone), local_day(choice.last, zone)
    return Period(first.start, last.end)


def file_search(choice: Choice) -> str:
    """What makes the file hold exactly these days."""
    asked = {"first": choice.first.isoformat(), "last": choice.last.isoformat()}
    return f"?{urlencode(asked)}"


def summary_words(lines: Sequence[ReportLine]) -> str:
    """`2 of 5 tokens tried something that was refused`."""
    heads = [line for line in lines if line.first]
    if not heads:
        return "no token was alive or tried"
    broken = sum(not line.complies for line in heads)
    many = "1 token" if len(heads) == 1 else f"{len(heads):,} tokens"
    if not broken:
        return f"{many}, nothing was tried outside a contract"
    return f"{broken:,} of {many} tried something that was refused"


def report_table(
    lines: Sequence[ReportLine], page: int, everybody: bool, now_ms: int, zone: ZoneInfo
) -> list[Any]:
    """The inside of the table: one page of lines."""
    page = min(page, max(0, (len(lines) - 1) // PAGE_SIZE))
    shown = lines[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    rows = [
        _row(line, line.first or number == 0, everybody, now_ms, zone)
        for number, line in enumerate(shown)
    ]
    return table_body(
        [c for c in _COLUMNS if c.key != "issuer" or everybody],
        rows,
        total=len(lines),
        query={"page": page},
        page_size=PAGE_SIZE,
        caption="Compliance of tokens",
        nothing=empty(
            "No tokens in this period",
            "The report lists every token that was alive or tried, whether it kept to its "
            "contract, and each try that was refused.",
            icon_name="shield",
        ),
        noun="lines",
    )


def _row(line: ReportLine, head: bool, everybody: bool, now_ms: int, zone: ZoneInfo) -> Row:
    def when(ts_ms: int | None) -> str:
        return formats.MISSING if ts_ms is None else formats.moment(ts_ms, now_ms, zone)

    token = line.token
    cells = [
        name_cell(token.name, token.jti[:8]) if head else None,
        *([token.issuer if head else None] if everybody else []),
        _verdict(line) if head else None,
        _used(line.days_used) if head else None,
        html.Div(
            [html.Span(line.tried), html.Div(line.why, className="wb-second wb-tokens-why")],
            className="wb-tokens-words",
        )
        if line.tried
        else html.Span("none", className="wb-muted"),
        formats.fixed(line.times, 0) if line.times else formats.MISSING,
        when(line.first_ms),
        when(line.last_ms),
    ]
    return Row(key=f"{token.jti} {line.tried} {line.why}", cells=cells)


def _verdict(line: ReportLine) -> html.Span:
    words = line.verdict[0].upper() + line.verdict[1:]
    if not line.complies:
        return chip(words, "fault")
    return chip(words, "neutral" if line.verdict == NOT_USED else "ok")


def _used(days: int) -> str:
    if not days:
        return "no"
    return "on 1 day" if days == 1 else f"on {days} days"
