"""The callbacks of a device's page that edit and delete it."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.control.history import CommandQuery
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _devices_edit as edit
from pages import _devices_edit_values as values
from pages import _devices_page as parts
from pages import _devices_told as told
from pages._devices_edit import DELETE, EDIT, EditedDevice
from pages._devices_edit_parts import choices
from pages._devices_edit_values import ERRORS, FIELDS, input_id
from pages._devices_page import ACTS, DETAIL, FACTS, GO, HEAD
from pages._forms import FORM, form_answer, tell
from pages._values import Act, Clicks, ListValues

CONTROL = "iot.control"


@callback(
    Output(ids.dialog_body(EDIT), "children"),
    Output(ids.dialog(EDIT), "is_open"),
    Output(ids.dialog_body(DELETE), "children"),
    Output(ids.dialog(DELETE), "is_open"),
    Input(ACTS, "event"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def open_edit(event: Act | None) -> Any:
    """The form with the device as it is now, or what its deletion would do."""
    if event is None or event["name"] not in ("edit", "delete"):
        return (no_update,) * 4
    found, actor = house(), current_actor()
    device = found.control.device(actor, event["value"]).device
    edited = EditedDevice(id=device.device_id, version=device.version, kind="edit")
    if event["name"] == "edit":
        offered = choices(found, device.device_id, device.meter)
        form = edit.device_form(edited, values.of_device(device), offered)
        return form, True, no_update, no_update
    intent = found.control.holdings(actor).get(device.device_id, told.NOTHING).intent
    page = found.control.history(actor, device.device_id, CommandQuery(limit=1))
    body = edit.deletion(edited, device.name, told.holder_words(intent), page.total)
    return no_update, no_update, body, True


@callback(
    output={
        "errors": [Output(ids.field_error(input_id(name)), "children") for name in ERRORS],
        "message": Output(edit.MESSAGE, "children"),
        "is_open": Output(ids.dialog(EDIT), "is_open", allow_duplicate=True),
        "head": Output(HEAD, "children"),
        "facts": Output(FACTS, "children"),
        "detail": Output(DETAIL, "children", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(EDIT), "n_clicks")},
    state={
        "edited": State(edit.EDITED, "data"),
        "asked": {name: State(input_id(name), "value") for name in FIELDS},
    },
    prevent_initial_call=True,
)
@needs(CONTROL)
def save_edit(clicks: Clicks, edited: EditedDevice | None, asked: ListValues) -> dict[str, Any]:
    """Change the device, unless somebody changed it since the form opened."""
    rest: dict[str, Any] = dict.fromkeys(("is_open", "head", "facts", "detail"), no_update)
    if not clicks or edited is None:
        return form_answer({}, ERRORS, **rest)
    found, actor, device_id = house(), current_actor(), edited["id"]
    try:
        fields = values.fields_of(asked, new=False)
        made = found.control.update(actor, device_id, fields, edited["version"])
    except WattboardError as error:
        return form_answer(values.refused(error), ERRORS, **rest)
    tell("Device saved", made.name)
    now = found.control.device(actor, device_id)
    return form_answer(
        {},
        ERRORS,
        is_open=False,
        head=parts.device_head(now, actor),
        facts=parts.facts_of(found, actor, now),
        detail=parts.detail_children(found, actor, device_id),
    )


@callback(
    Output(edit.MESSAGE, "children", allow_duplicate=True),
    Output(ids.dialog(DELETE), "is_open", allow_duplicate=True),
    Output(GO, "href"),
    Input(ids.dialog_confirm(DELETE), "n_clicks"),
    State(edit.EDITED, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def delete(clicks: Clicks, edited: EditedDevice | None) -> Any:
    """Take it off the list, unless somebody changed it since the dialog opened."""
    if not clicks or edited is None:
        return (no_update,) * 3
    try:
        house().control.delete(current_actor(), edited["id"], edited["version"])
    except WattboardError as error:
        return values.refused(error).get(FORM, error.message), no_update, no_update
    tell("Device deleted", f"{edited['id']}; its history stays")
    return "", False, "/devices"
