"""Hours: in which hours demand response may touch a device, painted and saved."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.control.hours import DayHours
from domain.control.model import DeviceNow
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _hours_edits as edits
from pages import _hours_forms as forms
from pages import _hours_page as parts
from pages._forms import FORM, refusals, tell
from pages._hours_edits import EditedDays
from pages._values import Act, Clicks, Text

dash.register_page(
    __name__,
    path=parts.PATH,
    title="Hours · Wattboard",
    name="Hours",
    order=20,
    permission="iot.view",
)

CONTROL = "iot.control"
News = float | None


def layout(**_: object) -> Any:
    """The grid of every day."""
    return parts.hours_page(house(), current_actor())


@callback(
    output={
        "rows": Output(parts.GRID, "rows"),
        "day": Output(parts.GRID, "day"),
        "skipped": Output(parts.GRID, "skipped"),
        "twice": Output(parts.GRID, "twice"),
        "note": Output(parts.NOTE, "children"),
        "hidden": Output(parts.DATE_PART, "hidden"),
    },
    inputs={
        "when": Input(parts.WHEN, "value"),
        "day": Input(parts.DATE, "value"),
        "room": Input(parts.ROOM, "value"),
        "kind": Input(parts.KIND, "value"),
        "saved": Input(parts.SAVED, "data"),
    },
)
def draw(when: Text, day: Text, room: Text, kind: Text, saved: News) -> dict[str, Any]:
    """The rows of the chosen day and devices; what was painted stays."""
    now, actor = house(), current_actor()
    hidden = when == edits.EVERY
    answer = dict.fromkeys(("rows", "day", "skipped", "twice"), no_update)
    try:
        chosen = edits.day_of(_key(when, day))
        devices = parts.filtered(now.control.devices(actor), room, kind)
        rows, key, skipped, twice = parts.grid_props(now, actor, devices, chosen)
    except WattboardError as error:
        return {**answer, "note": error.message, "hidden": hidden}
    return {
        "rows": rows,
        "day": key,
        "skipped": skipped,
        "twice": twice,
        "note": parts.day_words(now, chosen),
        "hidden": hidden,
    }


@callback(
    Output(parts.GRID, "value", allow_duplicate=True),
    Output(parts.SAVED, "data", allow_duplicate=True),
    Input(parts.DISCARD, "n_clicks"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def discard(clicks: Clicks) -> Any:
    """Forget what was painted, and show what is stored now."""
    if not clicks:
        return no_update, no_update
    return {}, house().clock.now_ms()


# ---- saving ---------------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(parts.SAVE_DIALOG), "children"),
    Output(ids.dialog_confirm(parts.SAVE_DIALOG), "disabled"),
    Output(ids.dialog(parts.SAVE_DIALOG), "is_open"),
    Input(parts.SAVE, "n_clicks"),
    State(parts.GRID, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def ask(clicks: Clicks, value: EditedDays | None) -> Any:
    """What saving would change, before it does."""
    if not clicks:
        return no_update, no_update, no_update
    now, actor, painted = house(), current_actor(), value or {}
    devices = now.control.devices(actor)
    try:
        days = [edits.day_of(key) for key in painted]
        stored = parts.stored_of(now, actor, devices, days)
        found = edits.summary(painted, stored, [one.device.device_id for one in devices])
    except WattboardError as error:
        return forms.save_form(error.message, None), True, True
    names = {one.device.device_id: one.device.name for one in devices}
    body = forms.save_form(found.words, parts.summary_part(found, names))
    return body, not found.lines, True


@callback(
    Output(forms.SAVE_MESSAGE, "children"),
    Output(ids.dialog(parts.SAVE_DIALOG), "is_open", allow_duplicate=True),
    Output(parts.GRID, "value", allow_duplicate=True),
    Output(parts.SAVED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.SAVE_DIALOG), "n_clicks"),
    State(parts.GRID, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def save(clicks: Clicks, value: EditedDays | None) -> Any:
    """Write them, all or none."""
    if not clicks or not value:
        return (no_update,) * 4
    try:
        saved = house().control.hours.save(current_actor(), edits.changes_of(value))
    except WattboardError as error:
        words = refusals(error, ()).get(FORM, error.message)
        return forms.refused_words(error, words), no_update, no_update, no_update
    tell("Hours saved", f"{saved} {'day' if saved == 1 else 'days'} of devices")
    return "", False, {}, house().clock.now_ms()


# ---- copying a day --------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(parts.COPY_DIALOG), "children"),
    Output(ids.dialog(parts.COPY_DIALOG), "is_open"),
    Input(parts.COPY, "n_clicks"),
    State(parts.GRID, "day"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def ask_copy(clicks: Clicks, key: Text) -> Any:
    """To which days."""
    if not clicks:
        return no_update, no_update
    return forms.copy_form(key, house().control.hours.today()), True


@callback(
    Output(forms.COPY_MESSAGE, "children"),
    Output(ids.dialog(parts.COPY_DIALOG), "is_open", allow_duplicate=True),
    Output(parts.GRID, "value", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.COPY_DIALOG), "n_clicks"),
    State(forms.COPY_TO, "value"),
    State(forms.COPY_FIRST, "value"),
    State(forms.COPY_LAST, "value"),
    State(parts.GRID, "day"),
    State(parts.GRID, "value"),
    State(parts.ROOM, "value"),
    State(parts.KIND, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def copy(
    clicks: Clicks,
    to: Text,
    first: Text,
    last: Text,
    key: Text,
    value: EditedDays | None,
    room: Text,
    kind: Text,
) -> Any:
    """Paint the shown rows of this day onto other days."""
    if not clicks:
        return (no_update,) * 3
    now, actor = house(), current_actor()
    devices = parts.filtered(now.control.devices(actor), room, kind)
    try:
        source = edits.day_of(key)
        targets: list[Any] = [None]
        if to != edits.EVERY:
            begin, end = (edits.day_of(text) for text in (first, last))
            if begin is None or end is None:
                return "Choose dates.", no_update, no_update
            targets = list(edits.days_between(begin, end))
        targets = [day for day in targets if day != source]
        stored = parts.stored_of(now, actor, devices, [source, None, *targets])
        painted = edits.copied(value or {})
        for one in devices:
            hours = _shown(painted, edits.key_of(source), one, stored)
            for day in targets:
                device_id = one.device.device_id
                edits.put(painted, edits.key_of(day), device_id, hours, stored[device_id, day])
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update, no_update
    tell("Copied, not saved yet", f"{len(devices)} devices to {len(targets)} days")
    return "", False, painted


# ---- applying a row -------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(parts.GROUP_DIALOG), "children"),
    Output(ids.dialog(parts.GROUP_DIALOG), "is_open"),
    Output(parts.SOURCE, "data"),
    Input(parts.GRID, "event"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def ask_group(event: Act | None) -> Any:
    """To which other devices a row is applied."""
    if not event or event["name"] != "group":
        return (no_update,) * 3
    now = house().control.device(current_actor(), event["value"])
    return forms.group_form(now, parts.group_options(now)), True, now.device.device_id


@callback(
    Output(forms.GROUP_MESSAGE, "children"),
    Output(ids.dialog(parts.GROUP_DIALOG), "is_open", allow_duplicate=True),
    Output(parts.GRID, "value", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.GROUP_DIALOG), "n_clicks"),
    State(forms.GROUP, "value"),
    State(parts.SOURCE, "data"),
    State(parts.GRID, "day"),
    State(parts.GRID, "value"),
    State(parts.ROOM, "value"),
    State(parts.KIND, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def apply_row(
    clicks: Clicks,
    group: Text,
    device_id: Text,
    key: Text,
    value: EditedDays | None,
    room: Text,
    kind: Text,
) -> Any:
    """Paint a row onto the others of its group."""
    if not clicks or not device_id:
        return (no_update,) * 3
    now, actor = house(), current_actor()
    try:
        source = now.control.device(actor, device_id)
        everybody = now.control.devices(actor)
        shown = everybody if group in ("room", "kind") else parts.filtered(everybody, room, kind)
        day = edits.day_of(key)
        chosen = parts.in_group(shown, source, group)
        stored = parts.stored_of(now, actor, [source, *chosen], [day, None])
        painted = edits.copied(value or {})
        hours = _shown(painted, edits.key_of(day), source, stored)
        for one in chosen:
            at = one.device.device_id
            if at != device_id:
                edits.put(painted, edits.key_of(day), at, hours, stored[at, day])
    except WattboardError as error:
        return error.message, no_update, no_update
    return "", False, painted


def _shown(painted: EditedDays, key: str, now: DeviceNow, stored: Any) -> str:
    device_id = now.device.device_id
    hours: DayHours = stored[device_id, edits.day_of(key)]
    return edits.shown_hours(painted, key, device_id, hours, stored[device_id, None].hours)


def _key(when: Text, day: Text) -> str | None:
    return edits.EVERY if when == edits.EVERY else day
