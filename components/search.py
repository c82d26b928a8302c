"""The search dialog: a field over a list of places to go; assets/search.js opens and steers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.icons import icon
from components.marks import aria, data

TEXT, HITS = "wb-find-text", "wb-find-hits"
DEBOUNCE_MS = 120


@dataclass(frozen=True)
class Hit:
    """One place to go; `tone` colours the word that says how it is."""

    label: str
    href: str
    icon: str
    also: str = ""
    place: str = ""
    word: str = ""
    tone: str = ""


def search_dialog(first: Sequence[Hit]) -> html.Dialog:
    """The dialog, closed; `first` is what it offers before anything is typed."""
    keys = (("↑", "↓", "choose"), ("Enter", "open"), ("Esc", "close"))
    return html.Dialog(
        [
            html.Div(
                [
                    icon("search", size=18),
                    dbc.Input(
                        id=TEXT,
                        type="text",
                        debounce=DEBOUNCE_MS,
                        placeholder="Page, room or sensor",
                        autocomplete="off",
                        maxLength=64,
                        class_name="wb-find-text",
                    ),
                    html.Button("Close", type="button", className="wb-find-close",
                                **data(part="close")),
                ],
                className="wb-find-head",
            ),
            html.Div(hits("", first), id=HITS, className="wb-find-hits"),
            html.Div(
                [html.Span([*map(html.Kbd, key[:-1]), key[-1]]) for key in keys],
                className="wb-find-keys",
                **aria(hidden="true"),
            ),
        ],
        id="wb-find",
        className="wb-find",
        **aria(label="Search"),
    )  # fmt: skip


def hits(text: str, found: Sequence[Hit]) -> list[Any]:
    """What the list shows for a text; `data-query` lets the script know that it is the answer."""
    if not found:
        count = f"Nothing is called “{text}”."
    else:
        count = f"{len(found)} result{'s' if len(found) > 1 else ''}"
    options = [_option(number, hit) for number, hit in enumerate(found)]
    return [
        html.Div(
            options,
            id="wb-find-list",
            className="wb-find-list",
            role="listbox",
            **aria(label="Results"),
            **data(query=text),
        ),
        html.P(
            count,
            className="visually-hidden" if found else "wb-find-none",
            role="status",
        ),
    ]


def _option(number: int, hit: Hit) -> html.A:
    words = [
        html.Span(hit.place, className="wb-find-place") if hit.place else None,
        html.Span(hit.word, className="wb-find-word", **data(tone=hit.tone)) if hit.word else None,
    ]
    return html.A(
        [
            icon(hit.icon),
            html.Span(
                [html.B(hit.label), html.Span(hit.also) if hit.also else None],
                className="wb-find-name",
            ),
            *words,
        ],
        href=hit.href,
        id=f"wb-find-{number}",
        className="wb-find-hit",
        role="option",
        tabIndex=-1,
        **aria(selected="false"),
    )
