"""One room: a period that drives every chart, its sensors, its comfort limits."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _rooms_page
from pages._forms import tell
from pages._period import picker_value, search_of, spans_of
from pages._room_forms import EDITED, MESSAGE, deletion, room_form
from pages._rooms_page import DELETE_DIALOG, EDIT_DIALOG
from pages._rooms_view import ListQuery
from pages._values import Clicks, EditedRow, Key, PickedPeriod, Text

dash.register_page(
    __name__,
    path_template="/rooms/<room_id>",
    title="Room · Wattboard",
    name="Room",
    permission="rooms.read",
)


def layout(
    room_id: str | None = None,
    period: str | None = None,
    date: str | None = None,
    end: str | None = None,
    compare: str | None = None,
    **_: object,
) -> Any:
    """The room of the address, at the period of the address."""
    value = picker_value(period, date, end, compare)
    return _rooms_page.rooms_page(house(), current_actor(), str(room_id), value)


@callback(
    Output("room-period", "children"),
    Output("room-url", "search"),
    Output("rooms-list", "children", allow_duplicate=True),
    Input("room-picker", "value"),
    State("room-id", "data"),
    State("rooms-sort", "value"),
    State("rooms-floor", "value"),
    State("rooms-state", "value"),
    State("rooms-text", "value"),
    prevent_initial_call=True,
)
def show_period(value: PickedPeriod, room_id: Key, *controls: Text) -> Any:
    """Every chart at another period, the address and the list's links with it."""
    found, actor = house(), current_actor()
    drawn = _rooms_page.period_part(found, actor, found.building.room_live(room_id), value)
    search = search_of(spans_of(found, value).choice)
    query = ListQuery.of(*controls)
    cards, _ = _rooms_page.listed_rooms(found, actor, query, room_id, search)
    return drawn, search, cards


@callback(
    Output("room-detail", "children"),
    Input("rooms-changed", "data"),
    State("room-id", "data"),
    State("room-picker", "value"),
    prevent_initial_call=True,
)
def show_room_again(_: Key, room_id: Key | None, value: PickedPeriod | None) -> Any:
    """The room after an edit."""
    if room_id is None:
        return no_update
    return _rooms_page.room_detail(house(), current_actor(), room_id, value or {})


@callback(
    Output(ids.dialog_body(EDIT_DIALOG), "children", allow_duplicate=True),
    Output(ids.dialog(EDIT_DIALOG), "is_open", allow_duplicate=True),
    Input("room-edit-open", "n_clicks"),
    Input("room-band-open", "n_clicks"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs("rooms.update")
def open_edit(edit: Clicks, band: Clicks, room_id: Key) -> Any:
    """The form with the room as it is now."""
    if not edit and not band:
        return no_update, no_update
    building = house().building
    floors = [floor.name for floor in building.floors()]
    return room_form(building.room(room_id), building.settings().comfort, floors), True


@callback(
    Output(ids.dialog_body(DELETE_DIALOG), "children"),
    Output(ids.dialog(DELETE_DIALOG), "is_open"),
    Input("room-delete-open", "n_clicks"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs("rooms.delete")
def open_delete(clicks: Clicks, room_id: Key) -> Any:
    """What would go and what would stay."""
    if not clicks:
        return no_update, no_update
    building = house().building
    return deletion(building.room(room_id), building.sensors_in(room_id)), True


@callback(
    Output(MESSAGE, "children", allow_duplicate=True),
    Output(ids.dialog(DELETE_DIALOG), "is_open", allow_duplicate=True),
    Output("rooms-go", "href", allow_duplicate=True),
    Input(ids.dialog_confirm(DELETE_DIALOG), "n_clicks"),
    State(EDITED, "data"),
    prevent_initial_call=True,
)
@needs("rooms.delete")
def delete_room(clicks: Clicks, edited: EditedRow) -> Any:
    """Remove it, unless somebody changed it since the dialog opened."""
    if not clicks:
        return no_update, no_update, no_update
    try:
        left = house().building.delete_room(current_actor(), edited["id"], edited["version"])
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Room deleted", f"{len(left)} sensors are without a room now" if left else None)
    return "", False, "/rooms"


from pages import _room_climate_acts  # noqa: E402, F401
