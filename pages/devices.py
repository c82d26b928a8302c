"""Devices: what each does, says and was told, live; by room."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, callback

from components.devices import NEWS
from domain.access.current import current_actor
from domain.house import house
from pages import _devices_page as parts
from pages._devices_view import ListQuery
from pages._values import Key, Text

dash.register_page(
    __name__,
    path="/devices",
    title="Devices · Wattboard",
    name="Devices",
    order=20,
    permission="iot.view",
)

News = float | None
"""When a device had news last, as assets/devices.js heard it."""


def layout(room: str | None = None, **_: object) -> Any:
    """The list, of one room where the address names it."""
    return parts.devices_page(house(), current_actor(), room)


@callback(
    Output(parts.LIST, "children"),
    Output("devices-facts", "children"),
    Input("devices-room", "value"),
    Input("devices-kind", "value"),
    Input("devices-state", "value"),
    Input("devices-text", "value"),
    Input(NEWS, "data"),
    Input(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
def list_devices(room: Text, kind: Text, state: Text, text: Text, _: News, __: Key) -> Any:
    """The list for the controls, anew when something happened."""
    now, actor = house(), current_actor()
    query = ListQuery.of(room, kind, state, text)
    return parts.list_children(now, actor, query), parts.facts(now, actor)


# What acts stands in modules of its own; the first is shared with the page of one device.
from pages import _devices_acts, _devices_enrol_acts, _devices_rooms_acts  # noqa: E402, F401
