"""One device: now, its day, what it was told, what is known of it."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, ctx, no_update

from components.devices import DEVICE_NEWS
from domain.access.current import current_actor
from domain.foundation.errors import Unknown
from domain.house import house
from pages import _devices_history as history
from pages import _devices_page as parts
from pages._values import TableQuery, Text

dash.register_page(
    __name__,
    path_template="/devices/<device_id>",
    title="Device · Wattboard",
    name="Device",
    permission="iot.view",
)

News = float | None
"""When the device had news last, as assets/devices.js heard it."""
_FILTER_IDS = frozenset(history.filter_id(name) for name in history.FILTERS)


def layout(device_id: str | None = None, **_: object) -> Any:
    """The device of the address."""
    return parts.device_page(house(), current_actor(), str(device_id))


@callback(
    Output(parts.DETAIL, "children"),
    Input(DEVICE_NEWS, "data"),
    State("device-id", "data"),
    prevent_initial_call=True,
)
def renew(_: News, device_id: Text) -> Any:
    """The device after news of it."""
    try:
        return parts.detail_children(house(), current_actor(), str(device_id))
    except Unknown:
        return no_update


@callback(
    output={
        "items": Output(history.LIST, "children"),
        "query": Output(history.LIST, "query"),
        "files": Output(history.FILES, "children"),
    },
    inputs={
        "chosen": {n: Input(history.filter_id(n), "value") for n in history.FILTERS},
        "table": Input(history.LIST, "query"),
        "news": Input(DEVICE_NEWS, "data"),
    },
    state={"device_id": State("device-id", "data")},
    prevent_initial_call=True,
)
def list_commands(
    chosen: dict[str, Text], table: TableQuery | None, news: News, device_id: Text
) -> dict[str, Any]:
    """The list for the filters, anew when something happened; another filter begins it anew."""
    page = 0 if ctx.triggered_id in _FILTER_IDS else (table or {}).get("page") or 0
    found, actor, asked = house(), current_actor(), str(device_id)
    shown, number = history.list_children(found, actor, asked, chosen, page)
    files = history.files(actor, asked, chosen)
    return {"items": shown, "query": {"page": number}, "files": files}


# What edits and deletes it stands in a module of its own.
from pages import _devices_acts, _devices_edit_acts  # noqa: E402, F401
