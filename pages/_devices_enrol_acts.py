"""The callbacks of the Devices page that add a device: fill in, test, save."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, ctx, no_update, set_props

from components import ids
from components.devices import NEWS
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.control.model import Capabilities, Discovered
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _devices_edit as edit
from pages import _devices_edit_values as values
from pages import _devices_trial as trial
from pages._devices_edit import ENROL, EditedDevice
from pages._devices_edit_parts import choices, trial_progress
from pages._devices_edit_values import ABILITIES, ERRORS, FIELDS, TIMES, input_id
from pages._devices_page import ACTS, CHANGED
from pages._forms import FORM, form_answer, tell
from pages._values import Act, Clicks, Key, ListValues, Text

CONTROL = "iot.control"
Number = float | int | None
_VALUES = {name: State(input_id(name), "value") for name in FIELDS}
_FILLED = (*ABILITIES, *TIMES)


@callback(
    Output(ids.dialog_body(ENROL), "children"),
    Output(ids.dialog(ENROL), "is_open"),
    Output(edit.SAVE, "children"),
    Output(edit.SAVE, "disabled"),
    Output(edit.UNTESTED, "children"),
    Input(ACTS, "event"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def open_enrol(event: Act | None) -> Any:
    """The form of a new device, as far as what it says fills it in."""
    name = event["name"] if event else ""
    if event is None or name not in ("add", "adopt"):
        return (no_update,) * 5
    found = _stranger(event["value"]) if name == "adopt" else None
    device_id = event["value"] if name == "adopt" else ""
    kind = "adopt" if found else "new"
    edited = EditedDevice(id=device_id, version=0, kind=kind)  # type: ignore[typeddict-item]
    filled = values.of_stranger(found)
    body = edit.device_form(edited, filled, choices(house(), device_id), trial.test_part(filled))
    verb = "Adopt" if found else "Add"
    return body, True, verb, True, f"{verb} untested"


@callback(
    output=[Output(input_id(name), "value") for name in _FILLED],
    inputs={"kind": Input(input_id("device_type"), "value")},
    state={"edited": State(edit.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def fill(kind: Text, edited: EditedDevice | None) -> Any:
    """What a device of the chosen type usually can; a registered one keeps what it has."""
    if edited is None or edited["kind"] == "edit":
        return [no_update] * len(_FILLED)
    found = _stranger(edited["id"])
    usual = values.of_type(str(kind), found.guess if found else Capabilities())
    return [usual[name] for name in _FILLED]


@callback(
    output={
        "options": Output(trial.WHAT, "options"),
        "what": Output(trial.WHAT, "value"),
        "number": Output(trial.NUMBER, "value"),
    },
    inputs={
        "able": {name: Input(input_id(name), "value") for name in ABILITIES},
        "what": Input(trial.WHAT, "value"),
    },
    state={"edited": State(edit.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def offer(able: ListValues, what: Text, edited: EditedDevice | None) -> dict[str, Any]:
    """What can be tried with the abilities as they stand, and a value to begin with."""
    listed = trial.options(able)
    offered = [{"value": key, "label": words} for key, words in listed]
    kept = what in dict(listed)
    command = str(what) if kept else listed[0][0]
    asked = ctx.triggered_id == trial.WHAT or not kept
    found = _stranger(edited["id"]) if asked and edited else None
    now = found.report.setpoint_c if found and command == "set_setpoint_c" else None
    number = trial.first_number(able, command, now) if asked else no_update
    return {"options": offered, "what": no_update if kept else command, "number": number}


@callback(
    output={
        "errors": [Output(ids.field_error(input_id(name)), "children") for name in ERRORS],
        "message": Output(edit.MESSAGE, "children"),
        "said": Output(trial.MESSAGE, "children"),
        "progress": Output(trial.PROGRESS, "children"),
        "untested": Output(edit.SAVE, "disabled", allow_duplicate=True),
        "over": Output(trial.RELEASE_PART, "hidden"),
    },
    inputs={"clicks": Input(trial.START, "n_clicks")},
    state={
        "edited": State(edit.EDITED, "data"),
        "asked": _VALUES,
        "what": State(trial.WHAT, "value"),
        "number": State(trial.NUMBER, "value"),
        "mode": State(trial.MODE, "value"),
    },
    prevent_initial_call=True,
)
@needs(CONTROL)
def test(
    clicks: Clicks,
    edited: EditedDevice | None,
    asked: ListValues,
    what: Text,
    number: Number,
    mode: Text,
) -> dict[str, Any]:
    """Move the device as it would be registered."""
    if not clicks or edited is None:
        return _tested()
    now, command = house(), str(what or "")
    try:
        tried = now.control.try_out(
            current_actor(),
            _id_of(edited, asked),
            values.fields_of(asked, new=True),
            command,
            trial.asked_value(command, number, mode),
        )
    except WattboardError as error:
        words = values.refused(error, trial.FIELDS)
        said = " · ".join(words.pop(name) for name in trial.FIELDS if name in words)
        said = said or words.pop(FORM, "")
        return _tested(words, said=said)
    shown = trial_progress(now, tried)
    return _tested(progress=shown, untested=True, over=False)


@callback(
    Output(edit.SAVE, "disabled", allow_duplicate=True),
    Input(NEWS, "data"),
    # There is news while no form is open, too: what stands inside of it need not be there.
    Input(trial.RELEASE, "n_clicks", allow_optional=True),
    State(ids.dialog(ENROL), "is_open"),
    State(edit.EDITED, "data", allow_optional=True),
    State(input_id("device_id"), "value", allow_optional=True),
    prevent_initial_call=True,
)
@needs(CONTROL)
def follow(
    _: float | None, clicks: Clicks, is_open: bool | None, edited: EditedDevice | None, typed: Text
) -> Any:
    """How far the test has come, when something happened; or the end of it."""
    now, actor = house(), current_actor()
    if not is_open or edited is None:
        return no_update
    device_id = _id_of(edited, {"device_id": typed})
    if ctx.triggered_id == trial.RELEASE and clicks:
        now.control.end_trial(actor, device_id, forget=False)
    tried = now.control.trial(actor, device_id)
    if tried is None:
        return no_update
    set_props(trial.PROGRESS, {"children": trial_progress(now, tried)})
    set_props(trial.RELEASE_PART, {"hidden": not trial.running(tried)})
    return tried.command.observed_ms is None


@callback(
    Output(edit.SAVE, "disabled", allow_duplicate=True),
    Input(ids.dialog(ENROL), "is_open"),
    State(edit.EDITED, "data"),
    State(input_id("device_id"), "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def leave(is_open: bool | None, edited: EditedDevice | None, typed: Text) -> Any:
    """Who closes the form without saving gives the device back, and its test is forgotten."""
    if is_open or edited is None:
        return no_update
    house().control.end_trial(current_actor(), _id_of(edited, {"device_id": typed}))
    return True


@callback(
    output={
        "errors": [
            Output(ids.field_error(input_id(name)), "children", allow_duplicate=True)
            for name in ERRORS
        ],
        "message": Output(edit.MESSAGE, "children", allow_duplicate=True),
        "is_open": Output(ids.dialog(ENROL), "is_open", allow_duplicate=True),
        "changed": Output(CHANGED, "data"),
    },
    inputs={
        "tested": Input(edit.SAVE, "n_clicks"),
        "untested": Input(edit.UNTESTED, "n_clicks"),
    },
    state={
        "edited": State(edit.EDITED, "data"),
        "asked": _VALUES,
        "changed": State(CHANGED, "data"),
    },
    prevent_initial_call=True,
)
@needs(CONTROL)
def save(
    tested: Clicks, untested: Clicks, edited: EditedDevice | None, asked: ListValues, changed: Key
) -> dict[str, Any]:
    """Register the device; what is refused stands beside its field."""
    if edited is None or not (tested or untested):
        return form_answer({}, ERRORS, is_open=no_update, changed=no_update)
    device_id = _id_of(edited, asked)
    proven = ctx.triggered_id == edit.SAVE
    try:
        fields = values.fields_of(asked, new=True)
        made = house().control.register(current_actor(), device_id, fields, tested=proven)
    except WattboardError as error:
        return form_answer(values.refused(error), ERRORS, is_open=no_update, changed=no_update)
    how = "tested" if made.test_command_id else "untested"
    tell("Device registered", f"{made.name}, {how}")
    return form_answer({}, ERRORS, is_open=False, changed=changed + 1)


def _tested(
    words: dict[str, str] | None = None,
    *,
    said: str = "",
    progress: Any = no_update,
    untested: Any = no_update,
    over: Any = no_update,
) -> dict[str, Any]:
    return form_answer(
        words or {}, ERRORS, said=said, progress=progress, untested=untested, over=over
    )


def _id_of(edited: EditedDevice, asked: ListValues) -> str:
    if edited["kind"] == "new":
        return str(asked.get("device_id") or "").strip()
    return edited["id"]


def _stranger(device_id: str) -> Discovered | None:
    """The discovered device of this id."""
    found = house().control.discovered(current_actor())
    return next((one for one in found if one.report.device_id == device_id), None)
