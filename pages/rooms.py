"""Rooms by floor, live: sorted, filtered, created."""

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
from pages._forms import form_answer, refusals, tell
from pages._room_forms import EDITED, FORM_FIELDS, MESSAGE, fields_of, input_id, room_form
from pages._rooms_page import EDIT_DIALOG
from pages._rooms_view import ListQuery
from pages._values import Clicks, EditedRow, FormValues, Key, Text

dash.register_page(
    __name__,
    path="/rooms",
    title="Rooms · Wattboard",
    name="Rooms",
    order=2,
    permission="rooms.read",
)


def layout(**_: object) -> Any:
    """The whole list."""
    return _rooms_page.rooms_page(house(), current_actor(), None, {})


@callback(
    Output("rooms-list", "children"),
    Output("rooms-facts", "children"),
    Input("rooms-sort", "value"),
    Input("rooms-floor", "value"),
    Input("rooms-state", "value"),
    Input("rooms-text", "value"),
    Input("rooms-changed", "data"),
    State("room-id", "data"),
    State("room-url", "search"),
    prevent_initial_call=True,
)
def list_rooms(
    sort: Text, floor: Text, state: Text, text: Text, _: Key, room_id: Key | None, search: Text
) -> tuple[Any, str]:
    """The list as its controls ask for it."""
    query = ListQuery.of(sort, floor, state, text)
    kept = search if room_id is not None and search else ""
    return _rooms_page.listed_rooms(house(), current_actor(), query, room_id, kept)


@callback(
    Output(ids.dialog_body(EDIT_DIALOG), "children", allow_duplicate=True),
    Output(ids.dialog(EDIT_DIALOG), "is_open", allow_duplicate=True),
    Input("rooms-add", "n_clicks"),
    prevent_initial_call=True,
)
@needs("rooms.create")
def open_new_room(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return no_update, no_update
    building = house().building
    floors = [floor.name for floor in building.floors()]
    return room_form(None, building.settings().comfort, floors), True


@callback(
    Output(ids.dialog_body(EDIT_DIALOG), "children", allow_duplicate=True),
    Output(ids.dialog(EDIT_DIALOG), "is_open", allow_duplicate=True),
    Input("rooms-add-first", "n_clicks"),
    prevent_initial_call=True,
)
@needs("rooms.create")
def open_first_room(clicks: Clicks) -> Any:
    """The same from the empty state."""
    return open_new_room(clicks)


@callback(
    output={
        "errors": [Output(ids.field_error(input_id(name)), "children") for name in FORM_FIELDS],
        "message": Output(MESSAGE, "children", allow_duplicate=True),
        "is_open": Output(ids.dialog(EDIT_DIALOG), "is_open", allow_duplicate=True),
        "changed": Output("rooms-changed", "data", allow_duplicate=True),
        "href": Output("rooms-go", "href", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(EDIT_DIALOG), "n_clicks")},
    state={
        "edited": State(EDITED, "data"),
        "values": {name: State(input_id(name), "value") for name in FORM_FIELDS},
        "changed": State("rooms-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("rooms.update")
def save_room(
    clicks: Clicks, edited: EditedRow | None, values: FormValues, changed: Key
) -> dict[str, Any]:
    """Create or change the room; what is refused stands beside its field."""
    if not clicks:
        return _answer()
    building, actor, fields = house().building, current_actor(), fields_of(values)
    try:
        if edited:
            building.update_room(actor, edited["id"], fields, edited["version"])
            return _answer(is_open=False, changed=changed + 1)
        room = building.create_room(actor, fields)
    except WattboardError as error:
        return _answer(refusals(error, FORM_FIELDS))
    tell("Room created", f"{room.name} has no sensors yet")
    return _answer(is_open=False, href=f"/rooms/{room.room_id}")


def _answer(
    words: dict[str, str] | None = None,
    is_open: Any = no_update,
    changed: Any = no_update,
    href: Any = no_update,
) -> dict[str, Any]:
    return form_answer(words or {}, FORM_FIELDS, is_open=is_open, changed=changed, href=href)
