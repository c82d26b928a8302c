"""Puts the ledger's list together from the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import formats
from components.cards import card, page_head
from components.forms import select
from components.marks import data
from components.money import NEWS, WATCH, tabs
from components.tables import data_table, table_body
from domain.access.policy import Actor
from domain.house import House
from pages import _ledger_view as view
from pages._ledger_view import Sight

TABLE, CHAIN, VERIFY, SUM, FILES, URL = (
    f"ledger-{name}" for name in ("table", "chain", "verify", "sum", "files", "url")
)


def ledger_page(house: House, actor: Actor, chosen: dict[str, str]) -> Any:
    """The list that the address asks for, under the state of the chain."""
    head = house.money.ledger.chain().head  # before anything is read: what comes later is news
    postings = head.seq if head else 0
    parts = _table_parts(house, chosen, None)
    return html.Div(
        [
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id=NEWS),
            page_head("Money", facts=html.Span(parts.pop("words"), id=SUM)),
            html.Div(
                tabs("/money/ledger"),
                className="wb-toolbar",
                **data(live_watch=WATCH, postings=postings),
            ),
            html.Div(chain_part(house), id=CHAIN),
            html.Div([*_controls(chosen), _files(actor, chosen)], className="wb-toolbar"),
            card(None, data_table(TABLE, **parts), className="wb-card-table wb-ledger-list"),
        ],
        className="wb-page wb-money",
    )


def sight_of(house: House) -> Sight:
    """How amounts and times are written."""
    unit = formats.currency_unit(house.settings.currency)
    return Sight(unit, house.clock.now_ms(), house.zone)


def chain_part(house: House) -> list[Any]:
    """The state of the chain."""
    return view.chain_bar(house.money.ledger.chain(), sight_of(house), VERIFY)


def list_parts(
    house: House, chosen: Mapping[str, object], table: Mapping[str, Any] | None
) -> tuple[list[Any], str]:
    """What stands in the table, and the words over it."""
    parts = _table_parts(house, chosen, table)
    words = parts.pop("words")
    return table_body(**parts), words


def files_of(actor: Actor, chosen: Mapping[str, object]) -> Any:
    """The link to the listed postings as a file, for who may export."""
    return view.file_link(chosen) if actor.may("export") else None


def _files(actor: Actor, chosen: Mapping[str, object]) -> Any:
    return html.Span(files_of(actor, chosen), id=FILES, className="wb-ledger-files")


def _controls(chosen: Mapping[str, str]) -> list[Any]:
    offered = view.options()
    selects = [
        select(f"ledger-{name}", offered[name], value=chosen.get(name) or view.ALL)
        for name in ("source", "account", "kind")
    ]
    days = [
        html.Label(
            [
                label,
                dbc.Input(
                    id=f"ledger-{name}",
                    type="date",
                    value=chosen.get(name) or "",
                    className="wb-date",
                ),
            ],
            htmlFor=f"ledger-{name}",
            className="wb-ledger-day",
        )
        for name, label in (("first", "From"), ("last", "to"))
    ]
    return [*selects, *days]


def _table_parts(
    house: House, chosen: Mapping[str, object], table: Mapping[str, Any] | None
) -> dict[str, Any]:
    query, sight = view.query_of(chosen, table), sight_of(house)
    page = house.money.ledger.transactions(query)
    return {
        "columns": view.COLUMNS,
        "rows": view.rows_of(page, sight),
        "total": page.total,
        "query": {"sort": query.sort, "descending": query.descending, "page": query.page},
        "page_size": view.PAGE_SIZE,
        "caption": "Postings",
        "nothing": view.nothing(query) if not page.total else None,
        "noun": "postings",
        "words": view.sum_words(page, query, sight),
    }
