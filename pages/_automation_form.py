"""The parts of the forms of rules and schedules: When, Only if, Then, and lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components import automation as drawn
from components.forms import segments, typed
from domain.automation import model
from domain.automation.fields import NAME_LENGTH, NOTICE_LENGTH
from pages import _automation_sheet as sheets
from pages._automation_choices import Choices
from pages._automation_rows import Rows, error_id
from pages._automation_sheet import Row, Sheet, text

FORM = "auto-form"


def part_id(part: Any) -> dict[str, Any]:
    """The rows of a part."""
    return {"type": "auto-part", "part": part}


def trigger_rows(rows: Sequence[Row], choices: Choices) -> list[Any]:
    """The kind, and what that kind asks."""
    return [_trigger_row(at, row, choices) for at, row in enumerate(rows)]


def _trigger_row(at: int, row: Row, choices: Choices) -> Any:
    make, kind = Rows(sheets.TRIGGER, at, row, choices), text(row, "kind")
    chooser = segments(
        make.id("kind"), list(model.TRIGGERS.items()), value=kind, label="What starts it"
    )
    parts: dict[str, Any] = {
        "time": lambda: [make.time("at", "At", "07:00"), *make.days()],
        "price": lambda: [*make.price(), make.lasting()],
        "occupancy": lambda: [*make.occupancy(), make.lasting()],
        "event": make.event,
    }
    fields = parts.get(kind, make.measured)()
    return html.Div([chooser, html.Div(fields, className="auto-fields")], className="auto-trigger")


def condition_rows(rows: Sequence[Row], choices: Choices) -> list[Any]:
    """What must hold at that moment; all of them."""
    if not rows:
        return [html.P("No condition: it acts whenever that happens.", className="wb-hint")]
    return [_condition_row(at, row, choices) for at, row in enumerate(rows)]


def _condition_row(at: int, row: Row, choices: Choices) -> Any:
    make, kind = Rows(sheets.CONDITIONS, at, row, choices), text(row, "kind")
    chooser = make.select("kind", "Condition", list(model.CONDITIONS.items()))
    parts: dict[str, Any] = {
        "time": lambda: [make.time("from", "From", "08:00"), make.time("to", "To", "18:00"),
                         *make.days()],
        "day": make.days,
        "price": make.price,
        "occupancy": make.occupancy,
        "device": make.device,
    }  # fmt: skip
    fields = [chooser, *parts.get(kind, make.measured)()]
    return drawn.form_row(fields, f"drop-{sheets.CONDITIONS}", at, f"Take condition {at + 1} out")


def action_rows(rows: Sequence[Row], choices: Choices) -> list[Any]:
    """Who is told what, and for how long."""
    if not rows:
        return [html.P("No device is told anything.", className="wb-hint")]
    shown = []
    for at, row in enumerate(rows):
        make = Rows(sheets.ACTIONS, at, row, choices)
        fields = [
            make.select("target", "Device or group", choices.targets, "auto-cell-wide"),
            *make.telling(choices.of_targets([text(row, "target")])),
            make.number("minutes", "For", "min", usual=30, hint="then it is released"),
        ]
        drop = f"drop-{sheets.ACTIONS}"
        shown.append(drawn.form_row(fields, drop, at, f"Take action {at + 1} out"))
    return shown


def entry_rows(rows: Sequence[Row], targets: Sequence[str], choices: Choices) -> list[Any]:
    """The lines of a schedule."""
    told, shown = choices.of_targets(targets), []
    for at, row in enumerate(rows):
        make = Rows(sheets.ENTRIES, at, row, choices)
        fields = [
            *make.days(),
            make.time("from", "From", "07:00"),
            make.time("to", "To", "19:00"),
            *make.telling(told),
        ]
        drop = f"drop-{sheets.ENTRIES}"
        shown.append(
            drawn.form_row(fields, drop, at, f"Take line {at + 1} out", lone=len(rows) == 1)
        )
    return shown


def rows_of(part: str, sheet: Sheet, choices: Choices) -> list[Any]:
    """The rows of a part as they are drawn."""
    rows = sheet.get(part, ())
    if part == sheets.ENTRIES:
        return entry_rows(rows, sheets.many(sheets.main_of(sheet), "targets"), choices)
    makers = {sheets.TRIGGER: trigger_rows, sheets.CONDITIONS: condition_rows}
    return makers.get(part, action_rows)(rows, choices)


def shapes_of(sheet: Sheet, parts: Sequence[str]) -> dict[str, str]:
    """What each part is drawn for; lines of a schedule offer what its devices understand."""
    shared = f"/{sheets.shape_of(sheet.get(sheets.MAIN, ()))}"
    return {
        part: sheets.shape_of(sheet.get(part, ())) + (shared if part == sheets.ENTRIES else "")
        for part in parts
    }


# ---- what is there once --------------------------------------------------------------------


def main_fields(sheet: Sheet, choices: Choices) -> dict[str, Any]:
    """Name, whether it is on, the least time between firings, the notice, the targets."""
    row = sheets.main_of(sheet)
    make = Rows(sheets.MAIN, 0, row, choices)
    on = [("on", "On, from saving on"), ("off", "Off for now")]
    name = typed(make.id("name"), value=row.get("name"), maxLength=NAME_LENGTH)
    notice = typed(
        make.id("notice"), value=row.get("notice"), maxLength=NOTICE_LENGTH,
        placeholder="Meeting room is aired",
    )  # fmt: skip
    targets = dcc.Dropdown(
        id=make.id("targets"),
        options=[{"value": key, "label": words} for key, words in choices.targets],
        value=sheets.many(row, "targets"),
        multi=True,
        placeholder="Devices or groups",
        className="wb-dropdown",
    )
    return {
        "name": make.cell("name", "Name", name, "auto-cell-wide"),
        "enabled": make.select("enabled", "It is", on),
        "notice": make.cell(
            "notice", "Also raise an event that says", notice, "auto-cell-line",
            "Left empty: none",
        ),
        "cooldown": make.number(
            "cooldown", "At most once every", "min", usual=60, hint="0: as often as it happens"
        ),
        "targets": make.cell("targets", "Devices or groups", targets, "auto-cell-line",
                             group=True),
        "actions": html.Div("", id=error_id(sheets.MAIN, 0, sheets.ACTIONS),
                            className="wb-field-error", role="alert"),
        "entries": html.Div("", id=error_id(sheets.MAIN, 0, sheets.ENTRIES),
                            className="wb-field-error", role="alert"),
    }  # fmt: skip
