"""The drawer of the Money page: the postings that a day or a figure is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import link_button
from components.marks import key_value
from components.tables import Column, Row, simple_table
from domain.money.book import Line
from domain.money.posting import SOURCES
from pages._money_view import Shown


def postings_body(
    shown: Shown, lines: Sequence[Line], total: int, amount_mc: int | None, ledger: str
) -> list[Any]:
    """What stands in the drawer: the sum, and the postings it is made of."""
    rows = [
        Row(
            key=str(line.seq),
            cells=[
                html.Span(
                    [
                        dcc.Link(line.words, href=f"/money/ledger/{line.seq}", className="wb-name"),
                        html.Span(_line_note(line), className="wb-second"),
                    ],
                    className="wb-money-words",
                ),
                shown.money(line.amount_mc),
            ],
        )
        for line in lines
    ]
    columns = (Column("what", "Posting"), Column("amount", "Amount", number=True))
    count = "1 posting" if total == 1 else f"{total:,} postings"
    facts: list[tuple[Any, Any]] = [("Made of", count)]
    if amount_mc is not None:
        facts.insert(0, ("Sum", html.B(shown.money(amount_mc))))
    more = None
    if total > len(lines):
        more = html.P(f"and {total - len(lines):,} more", className="wb-hint")
    return [
        key_value(facts, sunken=True),
        simple_table(columns, rows, caption="Postings") if rows else _no_postings(),
        more,
        html.Div(
            link_button("Open in the ledger", ledger, icon_name="external"), className="wb-row"
        ),
    ]


def _no_postings() -> Any:
    return html.P("No posting says anything about it.", className="wb-hint")


def _line_note(line: Line) -> str:
    notes = [SOURCES.get(line.source, line.source), formats.day_of(line.day)]
    if line.corrects is not None:
        notes.append(f"corrects posting {line.corrects}")
    elif line.corrected:
        notes.append("corrected later")
    return " · ".join(notes)
