"""The callbacks that act on devices; pages/devices.py and pages/device.py share them."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _devices_forms as forms
from pages._devices_page import ACTS, PENDING
from pages._forms import FORM, refusals, tell
from pages._values import Act, Clicks, Text

CONTROL = "iot.control"
Number = float | int | None
_VALUES = {
    "what": (forms.WHAT, "value"),
    "number": (forms.NUMBER, "value"),
    "mode": (forms.MODE, "value"),
    "lasts": (forms.LASTS, "value"),
}


@callback(
    output={
        "body": Output(ids.dialog_body(forms.COMMAND), "children"),
        "is_open": Output(ids.dialog(forms.COMMAND), "is_open"),
        "lock_body": Output(ids.dialog_body(forms.LOCK), "children"),
        "lock_open": Output(ids.dialog(forms.LOCK), "is_open"),
        "pending": Output(PENDING, "data"),
    },
    inputs={"event": Input(ACTS, "event")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def act(event: Act | None) -> dict[str, Any]:
    """Open the dialog of a command or a lock-out; release and unlock at once."""
    answer: dict[str, Any] = dict.fromkeys(
        ("body", "is_open", "lock_body", "lock_open", "pending"), no_update
    )
    if event is None or event["name"] not in ("control", "lock", "release", "unlock"):
        return answer
    control, actor, device_id = house().control, current_actor(), event["value"]
    now = control.device(actor, device_id)
    match event["name"]:
        case "control":
            body = forms.command_form(now, house().clock.now_ms(), house().zone)
            return answer | {"body": body, "is_open": True, "pending": device_id}
        case "lock":
            body = forms.lock_form(now)
            return answer | {"lock_body": body, "lock_open": True, "pending": device_id}
        case "release":
            control.release(actor, device_id)
            tell("Released", f"{now.device.name}: the next owner takes over")
        case "unlock":
            control.unlock(actor, [device_id])
            tell("Unlocked", now.device.name)
    return answer


@callback(
    Output(forms.NUMBER, "value"),
    Output(forms.NUMBER_HINT, "children"),
    Output(forms.NUMBER_PART, "hidden"),
    Output(forms.MODE_PART, "hidden"),
    Input(forms.WHAT, "value"),
    State(PENDING, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def choose(what: Text, device_id: Text) -> Any:
    """Ask for what the chosen command needs, beginning with how it is now."""
    command = str(what or "")
    if not device_id:
        return (no_update,) * 4
    now = house().control.device(current_actor(), device_id)
    first = forms.first_number(now, command)
    hint = forms.limit_words(now.device, command)
    return first, hint, command not in forms.UNITS, command != "set_mode"


@callback(
    output={
        "preview": Output(forms.PREVIEW, "children"),
        "message": Output(forms.MESSAGE, "children"),
        "act": Output(ids.dialog_confirm(forms.COMMAND), "children"),
        "disabled": Output(ids.dialog_confirm(forms.COMMAND), "disabled"),
    },
    inputs={name: Input(*place) for name, place in _VALUES.items()},
    state={"device_id": State(PENDING, "data")},
)
@needs(CONTROL)
def preview(what: Text, number: Number, mode: Text, lasts: Text, device_id: Text) -> dict[str, Any]:
    """What the command as it stands in the form would do, and why it cannot."""
    control, actor = house().control, current_actor()
    command = str(what or "")
    answer: dict[str, Any] = {
        "preview": None,
        "message": "",
        "act": forms.WHAT_WORDS.get(command, "Confirm"),
        "disabled": True,
    }
    value = _value(command, number, mode)
    if not device_id or (command in forms.UNITS and value is None):
        return answer
    try:
        now = control.device(actor, device_id)
        found = control.preview(actor, device_id, command, value, minutes(lasts))
    except WattboardError as error:
        said = refusals(error, ())
        return answer | {"message": said.get(FORM, error.message)}
    shown = forms.preview_part(found, now, house().clock.now_ms(), house().zone)
    says = forms.act_words(command, found.accepted)
    return answer | {"preview": shown, "act": says, "disabled": False}


@callback(
    Output(forms.MESSAGE, "children", allow_duplicate=True),
    Output(ids.dialog(forms.COMMAND), "is_open", allow_duplicate=True),
    Input(ids.dialog_confirm(forms.COMMAND), "n_clicks"),
    State(forms.WHAT, "value"),
    State(forms.NUMBER, "value"),
    State(forms.MODE, "value"),
    State(forms.LASTS, "value"),
    State(PENDING, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def confirm(
    clicks: Clicks, what: Text, number: Number, mode: Text, lasts: Text, device_id: Text
) -> Any:
    """Ask the device; what becomes of it shows on its card."""
    if not clicks or not device_id:
        return no_update, no_update
    command = str(what or "")
    try:
        house().control.command(
            current_actor(),
            device_id,
            command,
            _value(command, number, mode),
            minutes=minutes(lasts),
        )
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update
    return "", False


@callback(
    Output(forms.LOCK_MESSAGE, "children"),
    Output(ids.dialog(forms.LOCK), "is_open", allow_duplicate=True),
    Input(ids.dialog_confirm(forms.LOCK), "n_clicks"),
    State(forms.REASON, "value"),
    State(forms.LOCK_LASTS, "value"),
    State(PENDING, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def lock_out(clicks: Clicks, reason: Text, lasts: Text, device_id: Text) -> Any:
    """Lock the device out."""
    if not clicks or not device_id:
        return no_update, no_update
    try:
        house().control.lock_out(current_actor(), [device_id], minutes(lasts), reason or "")
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update
    tell("Locked out", device_id)
    return "", False


def _value(command: str, number: Number, mode: Text) -> object:
    """The value that belongs to the command; the other field is not asked."""
    if command in forms.UNITS:
        return number
    return mode if command == "set_mode" else None


def minutes(lasts: Text) -> int:
    """The length of time that segments chose; 0, which nobody takes, where it is forged."""
    text = lasts or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
