"""Puts the page of a form of automation together: steps, what they say, and the dry run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dash import dcc, html

from components.automation import add_button, form_part
from components.buttons import button, confirm_dialog, link_button
from components.cards import card, page_head
from components.native import Events
from components.states import empty
from domain.access.policy import Actor
from domain.automation.fields import rule_fields, schedule_fields
from domain.foundation.errors import Unknown
from domain.house import House
from pages import _automation_form as form
from pages import _automation_sheet as sheets
from pages._automation_choices import Choices, choices_of, settled
from pages._automation_fill import NEW_RULE, NEW_SCHEDULE, rule_sheet, schedule_sheet
from pages._automation_list import PATH
from pages._automation_sheet import Sheet

EDITED, SHAPE, TRIED = "auto-edited", "auto-shape-drawn", "auto-tried"
READ_BACK, CLASHES, WRONG = "auto-read-back", "auto-form-clashes", "auto-form-wrong"
SAVE_OPEN, SAVE, SAVED_TO, SAVE_WRONG = (
    "auto-save-open",
    "auto-save",
    "auto-form-go",
    "auto-save-wrong",
)
PARTS = {
    "rule": (sheets.TRIGGER, sheets.CONDITIONS, sheets.ACTIONS),
    "schedule": (sheets.ENTRIES,),
}
"""Parts whose rows are drawn anew."""
DRY, DRY_PART, DRY_BUSY = "auto-dry", "auto-dry-part", "auto-dry-busy"


@dataclass(frozen=True)
class Opened:
    """What the form was opened on; `key` 0 is a new one."""

    kind: str
    sheet: Sheet
    title: str
    key: int = 0
    version: int = 0


def form_page(house: House, actor: Actor, name: str, key: int | None) -> Any:
    """The form that the address names: a new one, one to change, or a copy."""
    try:
        opened = _opened(house, actor, name, key)
    except Unknown as error:
        back = link_button("All rules and schedules", PATH)
        lost = empty(error.message, "It was deleted, or the link is wrong.", back)
        return html.Div(lost, className="wb-page")
    choices = choices_of(house, actor, opened.sheet)
    sheet = settled(opened.sheet, choices)
    edited = {"kind": opened.kind, "key": opened.key, "version": opened.version}
    shape = form.shapes_of(sheet, PARTS[opened.kind])
    parts = _rule_parts if opened.kind == "rule" else _schedule_parts
    return html.Div(
        [
            dcc.Location(id=SAVED_TO, refresh="callback-nav"),
            dcc.Store(id=EDITED, data=edited),
            dcc.Store(id=SHAPE, data=shape),
            dcc.Store(id=TRIED, data=False),
            page_head(
                opened.title,
                actions=[
                    link_button("Back", PATH),
                    button("Save …", id=SAVE_OPEN, kind="primary"),
                ],
            ),
            html.Div(
                [
                    card(
                        None,
                        Events(id=form.FORM, children=parts(sheet, choices)),
                        html.Div("", id=WRONG, className="wb-form-error", role="alert"),
                        className="auto-form",
                    ),
                    html.Div([_said_card(), _dry_card(opened.kind)], className="auto-side"),
                ],
                className="auto-split",
            ),
            confirm_dialog(SAVE, act="Save"),
        ],
        className="wb-page wb-automation-form",
    )


def _said_card() -> Any:
    return card(
        "In words",
        html.Div("", id=READ_BACK, role="status"),
        html.Div("", id=CLASHES),
        className="auto-said-card",
    )


def _dry_card(kind: str) -> Any:
    if kind != "rule":
        return None
    return card(
        "Dry run",
        html.P(
            "The same evaluator goes over the readings, prices and events of the last 30 days. "
            "Nothing is told to any device.",
            className="wb-hint",
        ),
        html.Div(
            [
                button("Dry run against last month", id=DRY, icon_name="history"),
                html.Span(
                    "Reading a month …",
                    id=DRY_BUSY,
                    className="wb-hint",
                    hidden=True,
                    role="status",
                ),
            ],
            className="wb-row",
        ),
        html.Div("", id=DRY_PART),
        className="auto-dry-card",
    )  # fmt: skip


def _rule_parts(sheet: Sheet, choices: Choices) -> list[Any]:
    main = form.main_fields(sheet, choices)
    return [
        html.Div([main["name"], main["enabled"]], className="auto-fields auto-first"),
        form_part(1, "When", "what starts it", _rows(sheets.TRIGGER, sheet, choices)),
        form_part(
            2,
            "Only if",
            "what must be so at that moment; all of it",
            _rows(sheets.CONDITIONS, sheet, choices),
            add_button("Condition", sheets.CONDITIONS),
        ),
        form_part(
            3,
            "Then",
            "what is done",
            _rows(sheets.ACTIONS, sheet, choices),
            add_button("Action", sheets.ACTIONS),
            main["actions"],
            html.Div(main["notice"], className="auto-fields"),
        ),
        form_part(
            4,
            "How often",
            "so that it does not act again and again",
            html.Div(main["cooldown"], className="auto-fields"),
        ),
    ]


def _schedule_parts(sheet: Sheet, choices: Choices) -> list[Any]:
    main = form.main_fields(sheet, choices)
    return [
        html.Div([main["name"], main["enabled"]], className="auto-fields auto-first"),
        form_part(1, "Who", "is told", html.Div(main["targets"], className="auto-fields")),
        form_part(
            2,
            "When and what",
            "a line for each part of the day; outside of them the devices follow their own rule",
            _rows(sheets.ENTRIES, sheet, choices),
            add_button("Line", sheets.ENTRIES),
            main["entries"],
        ),
    ]


def _rows(part: str, sheet: Sheet, choices: Choices) -> html.Div:
    return html.Div(form.rows_of(part, sheet, choices), id=form.part_id(part))


def _opened(house: House, actor: Actor, name: str, key: int | None) -> Opened:
    own = house.automation
    if name in ("schedule", "copy_schedule"):
        if key is None:
            return Opened("schedule", NEW_SCHEDULE, "New schedule")
        schedule = own.schedule(actor, key)
        sheet = schedule_sheet(schedule_fields(schedule))
        found = Opened("schedule", sheet, schedule.name, key, schedule.version)
    else:
        if key is None:
            return Opened("rule", NEW_RULE, "New rule")
        rule = own.rule(actor, key)
        placed = house.building.placement()
        places = {sensor: room.room_id if room else None for sensor, room in placed.items()}
        sheet = rule_sheet(rule_fields(rule), places)
        found = Opened("rule", sheet, rule.name, key, rule.version)
    return _copied(found) if name.startswith("copy") else found


def _copied(opened: Opened) -> Opened:
    """A copy is a new one, off until somebody has made it differ."""
    main = {**sheets.main_of(opened.sheet), "enabled": "off"}
    main["name"] = f"{main.get('name') or ''} (copy)"
    sheet = {**opened.sheet, sheets.MAIN: (main,)}
    return replace(opened, sheet=sheet, title=f"Copy of {opened.title}", key=0, version=0)
