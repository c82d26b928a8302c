"""The ledger: every posting, filtered, sorted and paged, and the chain that binds it."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components.money import NEWS
from domain.access.current import current_actor
from domain.house import house
from pages import _ledger_page as parts
from pages import _ledger_view as view
from pages._forms import tell
from pages._values import Clicks, TableQuery, Text

dash.register_page(
    __name__,
    path="/money/ledger",
    title="Ledger · Wattboard",
    name="Ledger",
    permission="analytics.view",
)

News = float | None
"""When something was posted last, as assets/money.js heard it."""
_CONTROLS = {name: Input(f"ledger-{name}", "value") for name in view.CONTROLS}
_CHOSEN = {name: State(f"ledger-{name}", "value") for name in view.CONTROLS}


def layout(**address: object) -> Any:
    """The list that the address asks for: source, account, kind, first and last day."""
    chosen = {name: str(address[name]) for name in view.CONTROLS if address.get(name)}
    return parts.ledger_page(house(), current_actor(), chosen)


@callback(
    output={
        "body": Output(parts.TABLE, "children"),
        "words": Output(parts.SUM, "children"),
        "files": Output(parts.FILES, "children"),
        "search": Output(parts.URL, "search"),
    },
    inputs={"chosen": _CONTROLS, "table": Input(parts.TABLE, "query")},
    prevent_initial_call=True,
)
def list_postings(chosen: dict[str, Text], table: TableQuery | None) -> dict[str, Any]:
    """The page of the table that the controls ask for; another filter begins at page one."""
    asked = dict(table or {})
    if dash.ctx.triggered_id != parts.TABLE:
        asked["page"] = 0
    body, words = parts.list_parts(house(), chosen, asked)
    files = parts.files_of(current_actor(), chosen)
    return {"body": body, "words": words, "files": files, "search": view.search_of(chosen)}


@callback(
    output={
        "body": Output(parts.TABLE, "children", allow_duplicate=True),
        "words": Output(parts.SUM, "children", allow_duplicate=True),
        "chain": Output(parts.CHAIN, "children"),
    },
    inputs={"news": Input(NEWS, "data")},
    state={"chosen": _CHOSEN, "table": State(parts.TABLE, "query")},
    prevent_initial_call=True,
)
def renew(news: News, chosen: dict[str, Text], table: TableQuery | None) -> dict[str, Any]:
    """The same list and the chain, when something was posted."""
    body, words = parts.list_parts(house(), chosen, table)
    return {"body": body, "words": words, "chain": parts.chain_part(house())}


@callback(
    Output(parts.CHAIN, "children", allow_duplicate=True),
    Input(parts.VERIFY, "n_clicks"),
    prevent_initial_call=True,
)
def verify(clicks: Clicks) -> Any:
    """Go along the chain now."""
    if not clicks:
        return no_update
    checked = house().money.ledger.check()
    if checked.broken is None:
        words = f"{checked.transactions:,} postings and {checked.seals:,} seals are as written"
        tell("Ledger verified", words)
    return parts.chain_part(house())
