"""Drills: let one fault come over one test device, and see whether the protection works."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _drills_forms as forms
from pages import _drills_page as parts
from pages._forms import tell
from pages._values import Clicks, TableQuery, Text

dash.register_page(
    __name__,
    path="/drills",
    title="Drills · Wattboard",
    name="Drills",
    order=72,
    permission="iot.view",
)

News = float | None
"""When a drill had news last, as assets/drills.js heard it."""
CONTROL = "iot.control"


def layout(**_: object) -> Any:
    """The drill under way and the reports of those that are over."""
    return parts.drills_page(house(), current_actor())


@callback(
    Output(parts.STANDING, "children"),
    Output(parts.TABLE, "children"),
    Output(parts.FACTS, "children"),
    Output(parts.START, "disabled"),
    Input(parts.NEWS, "data"),
    Input(parts.TABLE, "query"),
    prevent_initial_call=True,
)
def renew(news: News, table: TableQuery | None) -> Any:
    """The page after news, or another page of the reports."""
    now, actor = house(), current_actor()
    page = (table or {}).get("page") or 0
    standing = now.drills.standing(actor)
    return (
        parts.standing_part(now, actor),
        parts.list_body(now, actor, page),
        parts.facts(now, actor),
        standing is not None,
    )


@callback(
    Output(ids.dialog_body(forms.DIALOG), "children"),
    Output(ids.dialog(forms.DIALOG), "is_open"),
    Output(ids.dialog_confirm(forms.DIALOG), "disabled", allow_duplicate=True),
    Input(parts.START, "n_clicks"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def open_form(clicks: Clicks) -> Any:
    """Ask which device and which fault; it cannot begin before it is known what is told."""
    if not clicks:
        return (no_update,) * 3
    now = house()
    body = forms.drill_form(now.drills.candidates(current_actor()), now.settings.demo)
    return body, True, True


@callback(
    output={
        "commands": Output(forms.COMMAND, "options"),
        "command": Output(forms.COMMAND, "value"),
        "words": Output(forms.WORDS, "children"),
        "message": Output(forms.MESSAGE, "children"),
        "disabled": Output(ids.dialog_confirm(forms.DIALOG), "disabled"),
    },
    inputs={
        "device": Input(forms.DEVICE, "value"),
        "fault": Input(forms.FAULT, "value"),
        "test": Input(forms.TEST, "value"),
    },
    state={"command": State(forms.COMMAND, "value")},
)
@needs(CONTROL)
def choose(device: Text, fault: Text, test: bool | None, command: Text) -> dict[str, Any]:
    """What can be told to the device now, what will be done, and what else stands still."""
    answer: dict[str, Any] = {"commands": [], "command": None, "words": None, "message": ""}
    now, actor = house(), current_actor()
    try:
        offered = now.drills.options(actor, device or "")
        lasts_s = now.drills.lasts_s(actor, device or "", fault or "")
    except WattboardError as error:
        words = forms.fault_words(fault, None, now.clock.speed)
        return answer | {"words": words, "message": error.message, "disabled": True}
    keys = [option.key for option in offered]
    chosen = command if command in keys else keys[0]
    return answer | {
        "commands": forms.command_options(offered),
        "command": chosen,
        "words": forms.fault_words(fault, lasts_s, now.clock.speed),
        "disabled": not test,
    }


@callback(
    Output(forms.MESSAGE, "children", allow_duplicate=True),
    Output(ids.dialog(forms.DIALOG), "is_open", allow_duplicate=True),
    Output(parts.NEWS, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(forms.DIALOG), "n_clicks"),
    State(forms.DEVICE, "value"),
    State(forms.FAULT, "value"),
    State(forms.COMMAND, "value"),
    State(forms.TEST, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def start(clicks: Clicks, device: Text, fault: Text, command: Text, test: bool | None) -> Any:
    """Begin; the page follows it by itself."""
    if not clicks:
        return (no_update,) * 3
    try:
        drill = house().drills.start(
            current_actor(), device or "", fault or "", command or "", is_test_device=bool(test)
        )
    except WattboardError as error:
        return error.message, no_update, no_update
    return "", False, drill.asked_ms


@callback(
    Output(parts.NEWS, "data", allow_duplicate=True),
    Input(parts.CANCEL, "n_clicks"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def cancel(clicks: Clicks) -> Any:
    """Lift the fault and give the device back at once."""
    now, actor = house(), current_actor()
    standing = now.drills.standing(actor) if clicks else None
    if standing is None:
        return no_update
    try:
        now.drills.cancel(actor, standing.drill_id)
    except WattboardError as error:
        tell("Not cancelled", error.message, "late")
        return no_update
    tell("Cancelled", "The fault is lifted and the device given back")
    return now.clock.now_ms()
