"""The callbacks of the forms of rules and schedules, of pages/automation.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, html, no_update

from components import formats, ids
from components.automation import clash_list, read_back
from components.buttons import dialog_content
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import InvalidInput, WattboardError
from domain.house import house
from pages import _automation_form as form
from pages import _automation_form_page as parts
from pages import _automation_sheet as sheets
from pages._automation_choices import choices_of, settled
from pages._automation_drafted import (
    UNNAMED,
    Columns,
    Drafted,
    Edited,
    Shapes,
    columns_of,
    drafted,
    fields_of,
    sheet_of,
)
from pages._automation_dry import dry_part
from pages._automation_known import clash_words, shown_of
from pages._automation_list import PATH, told_devices
from pages._automation_rows import error_id, field_id
from pages._automation_sheet import Sheet, Typed, with_act
from pages._automation_wrong import MISSING, worth_saying, wrong_at
from pages._forms import tell
from pages._values import Act, Clicks, key_of

CONTROL = "iot.control"


@callback(
    output={
        "parts": Output(form.part_id(ALL), "children"),
        "shape": Output(parts.SHAPE, "data"),
    },
    inputs={
        "event": Input(form.FORM, "event"),
        "_": Input(field_id(ALL, ALL, ALL, "auto-shape"), "value"),  # type: ignore[arg-type]
    },
    state={"columns": columns_of(State), "shape": State(parts.SHAPE, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def shape_form(
    event: Act | None, _: list[Typed], columns: Columns, shape: Shapes | None
) -> dict[str, Any]:
    """Draw the parts anew whose fields are other ones now; what was typed stays."""
    drawn = [one["id"]["part"] for one in ctx.outputs_grouping["parts"]]
    sheet = sheet_of(columns)
    if ctx.triggered_id == form.FORM and event is not None:
        sheet = with_act(sheet, event["name"], key_of(event) or 0)
    elif isinstance(ctx.triggered_id, dict):
        sheet = _forgotten(sheet, ctx.triggered_id)
    choices = choices_of(house(), current_actor(), sheet)
    whole = settled(sheet, choices)
    now = form.shapes_of(whole, drawn)
    before = shape or {}
    if now == before:
        return {"parts": [no_update] * len(drawn), "shape": no_update}
    return {
        "parts": [
            no_update if now[part] == before.get(part) else form.rows_of(part, whole, choices)
            for part in drawn
        ],
        "shape": now,
    }


def _forgotten(sheet: Sheet, changed: Mapping[str, Any]) -> Sheet:
    """Another place measures other things, and another measure returns by another step."""
    lost = {"place": ("measure", "hysteresis"), "measure": ("hysteresis",)}
    names, part = lost.get(str(changed.get("field")), ()), str(changed.get("part"))
    if not names:
        return sheet
    rows = tuple(
        {name: value for name, value in row.items() if name not in names}
        if n == changed.get("at")
        else row
        for n, row in enumerate(sheet.get(part, ()))
    )
    return {**sheet, part: rows}


@callback(
    output={
        "said": Output(parts.READ_BACK, "children"),
        "clashes": Output(parts.CLASHES, "children"),
        "errors": Output(error_id(ALL, ALL, ALL), "children"),  # type: ignore[arg-type]
        "wrong": Output(parts.WRONG, "children"),
    },
    inputs={"columns": columns_of(Input), "tried": Input(parts.TRIED, "data")},
    state={"edited": State(parts.EDITED, "data")},
)
@needs(CONTROL)
def say(columns: Columns, tried: bool | None, edited: Edited) -> dict[str, Any]:
    """Read the form back as it is typed, with what stands against it."""
    sheet = sheet_of(columns)
    found = drafted(house(), current_actor(), sheet, edited)
    wrong = found.wrong or {}
    shown = worth_saying(wrong, sheet, tried=bool(tried))
    if tried and not found.name.strip():
        shown[sheets.MAIN, 0, "name"] = MISSING["name"]
    places = [one["id"] for one in ctx.outputs_grouping["errors"]]
    errors = [shown.pop((i["part"], i["at"], i["field"]), "") for i in places]
    missing = next(iter(wrong.values()), None) or found.problem
    return {
        "said": read_back(found.sentences, f"{missing}." if missing else None),
        "clashes": clash_list(clash_words(found.clashes)),
        "errors": errors,
        "wrong": " · ".join(shown.values()),
    }


@callback(
    output={
        "tried": Output(parts.TRIED, "data"),
        "body": Output(ids.dialog_body(parts.SAVE), "children"),
        "is_open": Output(ids.dialog(parts.SAVE), "is_open"),
    },
    inputs={"clicks": Input(parts.SAVE_OPEN, "n_clicks")},
    state={"columns": columns_of(State), "edited": State(parts.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def ask_to_save(clicks: Clicks, columns: Columns, edited: Edited) -> dict[str, Any]:
    """What will be moved by it and what to know; or what is wrong, at its fields."""
    if not clicks:
        return {"tried": no_update, "body": no_update, "is_open": no_update}
    sheet = sheet_of(columns)
    found = drafted(house(), current_actor(), sheet, edited, named=True)
    if found.wrong is not None or found.problem is not None:
        first = next(iter((found.wrong or {}).values()), found.problem)
        tell("Not saved yet", first, tone="warning")
        return {"tried": True, "body": no_update, "is_open": False}
    return {"tried": True, "body": _confirmation(found, sheet), "is_open": True}


def _confirmation(found: Drafted, sheet: Sheet) -> list[Any]:
    devices = {now.device.device_id: now.device for now in house().control.devices(current_actor())}
    moved = sorted(device.name for device in told_devices(found.targets, devices))
    off = sheets.text(sheets.main_of(sheet), "enabled") == "off"
    effects: list[tuple[Any, Any]] = [
        ("Will move", formats.list_words(moved) or "no device"),
        ("Begins", "when it is switched on" if off else "at once"),
    ]
    if found.clashes:
        effects.append(("To know", f"{len(found.clashes)}, see below"))
    return [
        *dialog_content(f"Save {found.name}?", target=" ".join(found.sentences), effects=effects),
        clash_list(clash_words(found.clashes)),
        html.Div("", id=parts.SAVE_WRONG, className="wb-form-error", role="alert"),
    ]


@callback(
    Output(parts.SAVE_WRONG, "children"),
    Output(parts.SAVED_TO, "href"),
    inputs={"clicks": Input(ids.dialog_confirm(parts.SAVE), "n_clicks")},
    state={"columns": columns_of(State), "edited": State(parts.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def save(clicks: Clicks, columns: Columns, edited: Edited) -> Any:
    """Keep it and go back to the list."""
    if not clicks:
        return no_update, no_update
    own, actor, key = house().automation, current_actor(), edited["key"]
    fields = fields_of(sheet_of(columns), edited)
    version = edited["version"]
    try:
        if edited["kind"] == "schedule":
            made = own.update_schedule(actor, key, fields, version) if key else None
            name = (made or own.create_schedule(actor, fields)).name
        else:
            changed = own.update(actor, key, fields, version) if key else None
            name = (changed or own.create(actor, fields)).name
    except WattboardError as error:
        return f"{error.message} Nothing was saved; what you typed still stands here.", no_update
    tell("Saved", name)
    return "", PATH


@callback(
    output=Output(parts.DRY_PART, "children"),
    inputs={"clicks": Input(parts.DRY, "n_clicks")},
    state={"columns": columns_of(State), "edited": State(parts.EDITED, "data")},
    running=[
        (Output(parts.DRY, "disabled"), True, False),
        (Output(parts.DRY_BUSY, "hidden"), False, True),
    ],
    prevent_initial_call=True,
)
@needs(CONTROL)
def try_out(clicks: Clicks, columns: Columns, edited: Edited) -> Any:
    """When the rule as it stands would have fired in the last month."""
    if not clicks:
        return no_update
    now, actor, sheet = house(), current_actor(), sheet_of(columns)
    fields = fields_of(sheet, edited)
    fields["name"] = str(fields["name"]).strip() or UNNAMED["rule"]
    try:
        run = now.automation.dry_run(actor, fields, edited["key"] or None)
    except InvalidInput as error:
        wrong = wrong_at(error.fields, sheet)
        return _cannot(next(iter(wrong.values()), error.message))
    except WattboardError as error:
        return _cannot(error.message)
    return dry_part(run, shown_of(now, actor))


def _cannot(words: str) -> Any:
    return read_back((), f"{words}.")
