"""One device: now, its day, what is known of it."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components.devices import DEVICE_NEWS
from domain.access.current import current_actor
from domain.foundation.errors import Unknown
from domain.house import house
from pages import _devices_page as parts
from pages._values import Text

dash.register_page(
    __name__,
    path_template="/devices/<device_id>",
    title="Device · Wattboard",
    name="Device",
    permission="iot.view",
)


def layout(device_id: str | None = None, **_: object) -> Any:
    """The device of the address."""
    return parts.device_page(house(), current_actor(), str(device_id))


@callback(
    Output(parts.DETAIL, "children"),
    Input(DEVICE_NEWS, "data"),
    State("device-id", "data"),
    prevent_initial_call=True,
)
def renew(_: float | None, device_id: Text) -> Any:
    """The device after news of it."""
    try:
        return parts.detail_children(house(), current_actor(), str(device_id))
    except Unknown:
        return no_update
