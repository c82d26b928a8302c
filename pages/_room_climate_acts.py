"""The callbacks of a room's climate, of pages/room.py."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.climate.model import BUILDING
from domain.climate.service import CONTROL, READ, WRITE
from domain.foundation.errors import Unknown, WattboardError
from domain.house import house
from pages import _room_climate_forms as forms
from pages import _room_climate_page as parts
from pages._forms import FORM, form_answer, refusals, tell
from pages._room_climate_view import BUILDING_OPEN, SWITCH_OPEN, WEEK_OPEN
from pages._values import Act, Clicks, FormValue, Key, Text, key_of

_COLUMNS = {name: State(forms.row_id(name, ALL), "value") for name in forms.ROW_FIELDS}
_NEWS = float | int | None


@callback(
    Output(parts.SECTION, "children"),
    Input(parts.CHANGED, "data"),
    Input(parts.NEWS, "data"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs(READ)
def renew(_: Key | None, __: _NEWS, room_id: Key | None) -> Any:
    """The card after an act, or after news."""
    if room_id is None:
        return no_update
    try:
        return parts.card_of(house(), current_actor(), room_id)
    except Unknown:
        return no_update


@callback(
    Output(ids.dialog_body(forms.WEEK), "children"),
    Output(ids.dialog(forms.WEEK), "is_open"),
    Input(WEEK_OPEN, "n_clicks"),
    Input(BUILDING_OPEN, "n_clicks"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_week(own: Clicks, building: Clicks, room_id: Key | None) -> Any:
    """The form with the week as it is now."""
    if room_id is None or not (own or building):
        return no_update, no_update
    wanted = BUILDING if ctx.triggered_id == BUILDING_OPEN else room_id
    return parts.week_body(house(), current_actor(), wanted), True


@callback(
    Output(forms.HOURS, "children"),
    Output(forms.LOW, "value"),
    Output(forms.HIGH, "value"),
    inputs={"event": Input(forms.FORM, "event")},
    state={"columns": _COLUMNS, "source": State(forms.COPY, "value")},
    prevent_initial_call=True,
)
@needs(WRITE)
def change_rows(event: Act | None, columns: forms.HoursColumns, source: Text) -> Any:
    """A line more, a line less, or the week of another room; nothing is saved by it."""
    at = key_of(event)
    if event is None or at is None:
        return no_update, no_update, no_update
    if event["name"] == "copy-week":
        found = house().climate.weeks(current_actor()).get(_room(source))
        if found is None:
            return no_update, no_update, no_update
        rows = forms.hours_rows(forms.rows_of(found))
        return rows, found.setback_low_c, found.setback_high_c
    rows = forms.hours_rows(forms.with_row(forms.typed_rows(columns), event["name"], at))
    return rows, no_update, no_update


@callback(
    output={
        "errors": [
            Output(ids.field_error(forms.INPUTS[name]), "children") for name in forms.FIELDS
        ],
        "message": Output(forms.MESSAGE, "children"),
        "is_open": Output(ids.dialog(forms.WEEK), "is_open", allow_duplicate=True),
        "changed": Output(parts.CHANGED, "data"),
    },
    inputs={"clicks": Input(ids.dialog_confirm(forms.WEEK), "n_clicks")},
    state={
        "columns": _COLUMNS,
        "low": State(forms.LOW, "value"),
        "high": State(forms.HIGH, "value"),
        "edited": State(forms.EDITED, "data"),
        "changed": State(parts.CHANGED, "data"),
    },
    prevent_initial_call=True,
)
@needs(WRITE)
def save_week(
    clicks: Clicks,
    columns: forms.HoursColumns,
    low: FormValue,
    high: FormValue,
    edited: forms.EditedWeek | None,
    changed: Key | None,
) -> dict[str, Any]:
    """Keep the week; what is refused stands in the form."""
    if not clicks or edited is None:
        return _saved({})
    fields = forms.fields_of(low, high, forms.typed_rows(columns))
    try:
        house().climate.set_week(current_actor(), edited["room"], fields, edited["version"])
    except WattboardError as error:
        words = refusals(error, forms.FIELDS)
        # A line is named in the words already.
        words = {key: text.replace("hours: ", "") for key, text in words.items()}
        return _saved(words)
    tell("Week saved", "It holds at once")
    return _saved({}, False, (changed or 0) + 1)


def _saved(
    words: dict[str, str], is_open: Any = no_update, changed: Any = no_update
) -> dict[str, Any]:
    return form_answer(words, forms.FIELDS, is_open=is_open, changed=changed)


@callback(
    Output(forms.MESSAGE, "children", allow_duplicate=True),
    Output(ids.dialog(forms.WEEK), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(forms.FOLLOW, "n_clicks"),
    State(forms.EDITED, "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def follow_building(clicks: Clicks, edited: forms.EditedWeek | None, changed: Key | None) -> Any:
    """Take the room's own week away."""
    if not clicks or edited is None:
        return no_update, no_update, no_update
    try:
        house().climate.follow_building(current_actor(), edited["room"], edited["version"])
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Own week taken away", "The room follows the building")
    return "", False, (changed or 0) + 1


@callback(
    Output(ids.dialog_body(forms.SWITCH), "children"),
    Output(ids.dialog(forms.SWITCH), "is_open"),
    Output(ids.dialog_confirm(forms.SWITCH), "children"),
    Output(parts.SWITCH_TO, "data"),
    Input(SWITCH_OPEN, "n_clicks"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def open_switch(clicks: Clicks, room_id: Key | None) -> Any:
    """What turning it on or off would do."""
    if not clicks or room_id is None:
        return no_update, no_update, no_update, no_update
    now, actor = house(), current_actor()
    preview = now.climate.preview(actor, room_id)
    if preview.look.automatic.on:
        body = forms.switch_off_form(preview.look.room.name, preview.devices)
        return body, True, "Turn off", False
    body = forms.switch_on_form(preview, now.clock.now_ms(), now.zone)
    return body, True, "Turn on", True


@callback(
    Output(forms.SWITCH_MESSAGE, "children"),
    Output(ids.dialog(forms.SWITCH), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(forms.SWITCH), "n_clicks"),
    State(parts.SWITCH_TO, "data"),
    State("room-id", "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def switch(clicks: Clicks, wanted: bool | None, room_id: Key | None, changed: Key | None) -> Any:
    """Do what the dialog says."""
    if not clicks or room_id is None or wanted is None:
        return no_update, no_update, no_update
    try:
        house().climate.switch(current_actor(), room_id, on=wanted)
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update, no_update
    tell(f"Automatic climate is {'on' if wanted else 'off'}")
    return "", False, (changed or 0) + 1


def _room(source: Text) -> int:
    text = source or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
