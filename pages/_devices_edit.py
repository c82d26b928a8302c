"""The form of a device: what it is, where, what it can be told, how it is to be treated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypedDict

from dash import dcc, html

from components import ids
from components.buttons import dialog_content
from components.forms import (
    Options,
    field,
    form,
    number_field,
    segments,
    select_field,
    switch_field,
    text_field,
    toggles,
    typed,
)
from components.marks import aria
from domain.control.capabilities import LONGEST_S, NAME_LENGTH
from domain.control.model import DEVICE_TYPES, MODES, SAFE_STATES, SHARINGS
from pages._devices_edit_values import NONE, RANGES, Filled, input_id
from pages._values import Key

ENROL, EDIT, DELETE = "device-enrol", "device-edit", "device-delete"
EDITED, MESSAGE = "device-edited", "device-edit-message"
TEST_PART = "device-edit-test-part"
SAVE, UNTESTED = "device-enrol-save", "device-enrol-untested"
ID_RULE = "As in its MQTT topic devices/…/state: letters, digits, dot, dash, underscore"
RANGE_WORDS = {
    "power_kw": ("Power", "kW"),
    "setpoint_c": ("Temperature", "°C"),
    "shed_percent": ("Reduce by", "%"),
}


class EditedDevice(TypedDict):
    """What the form is about; the version is that of an edited device, 0 for a new one."""

    id: str
    version: Key
    kind: Literal["new", "adopt", "edit"]


class Choices(NamedTuple):
    """What rooms and meters there are to choose from."""

    rooms: Sequence[tuple[int, str]]
    meters: Sequence[tuple[str, str]]


def device_form(
    edited: EditedDevice, filled: Filled, choices: Choices, test: Any = None
) -> list[Any]:
    """All fields as they are filled in; `test` stands below them."""
    titles = {"new": "Add device", "adopt": "Adopt device", "edit": "Edit device"}
    target = None if edited["kind"] == "new" else edited["id"]
    return [
        dcc.Store(id=EDITED, data=dict(edited)),
        *dialog_content(titles[edited["kind"]], target=target),
        html.Div(
            [
                _identity(edited, filled, choices),
                _section("What it can be told", _abilities(filled)),
                _section("How it is treated", _treatment(filled)),
                test,
                html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
            ],
            className="wb-device-form",
        ),
    ]


def _section(title: str, *children: Any) -> html.Section:
    return html.Section(
        [html.H3(title, className="wb-device-form-head"), *children], **aria(label=title)
    )


def _identity(edited: EditedDevice, filled: Filled, choices: Choices) -> Any:
    rooms = [(NONE, "Whole building"), *((str(key), name) for key, name in choices.rooms)]
    meters = [(NONE, "None: what it does is reported, not metered"), *choices.meters]
    new = edited["kind"] == "new"
    return form(
        html.Div(
            text_field(
                input_id("device_id"),
                "Id",
                value=edited["id"],
                hint=ID_RULE if new else None,
                max_length=64,
            ),
            hidden=not new,
            className="wb-field-wide",
        ),
        text_field(
            input_id("name"),
            "Name",
            value=str(filled["name"]),
            hint="Empty takes the id" if new else None,
            max_length=NAME_LENGTH,
        ),
        select_field(
            input_id("device_type"),
            "Type",
            list(DEVICE_TYPES.items()),
            value=str(filled["device_type"]),
        ),
        select_field(input_id("room"), "Room", rooms, value=str(filled["room"])),
        select_field(
            input_id("meter"),
            "Meter",
            meters,
            value=str(filled["meter"]),
            hint="Only what it shows counts as done",
        ),
        columns=2,
    )


def _abilities(filled: Filled) -> Any:
    modes: Options = [(mode, mode.capitalize()) for mode in MODES]
    chosen = filled["mode"]
    return html.Div(
        [
            _ability("on_off", "On and off", filled),
            *(_range(name, filled) for name in RANGES),
            html.Div(
                [
                    html.Span("Modes", className="wb-label"),
                    toggles(
                        input_id("mode"),
                        modes,
                        value=[str(one) for one in chosen] if isinstance(chosen, list) else [],
                        label="Modes",
                    ),
                    _error("mode"),
                ],
                className="wb-ability",
            ),
        ],
        className="wb-abilities",
    )


def _ability(name: str, label: str, filled: Filled, *more: Any) -> html.Div:
    switch = switch_field(input_id(name), label, value=bool(filled[name]))
    return html.Div([switch, *more], className="wb-ability")


def _range(name: str, filled: Filled) -> html.Div:
    label, unit = RANGE_WORDS[name]
    boxes = [
        html.Label(
            [
                html.Span(words, className="wb-label"),
                typed(
                    input_id(f"{name}_{part}"),
                    value=filled[f"{name}_{part}"],
                    kind="number",
                    unit=unit,
                ),
            ],
            className="wb-cell",
        )
        for part, words in (("low", "lowest"), ("high", "highest"), ("step", "step"))
    ]
    span = html.Div([*boxes, _error(name)], className="wb-ability-range")
    return _ability(f"{name}_on", label, filled, span)


def _error(name: str) -> html.Div:
    return html.Div(
        "", id=ids.field_error(input_id(name)), className="wb-field-error", role="alert"
    )


def _treatment(filled: Filled) -> Any:
    sharings = list(SHARINGS.items())
    return html.Div(
        [
            html.Div(
                [
                    _seconds("min_on_s", "Stays on at least", filled),
                    _seconds("min_off_s", "Stays off at least", filled),
                    _seconds("ramp_s", "Reaches a new power in", filled),
                ],
                className="wb-form wb-device-form-3",
            ),
            form(
                select_field(
                    input_id("safe_state"),
                    "Rests, locked out, in",
                    list(SAFE_STATES.items()),
                    value=str(filled["safe_state"]),
                ),
                field(
                    input_id("sharing"),
                    "Sharing",
                    segments(
                        input_id("sharing"),
                        sharings,
                        value=str(filled["sharing"]),
                        label="Sharing",
                    ),
                ),
                switch_field(
                    input_id("dr_enabled"),
                    "May take part in demand response",
                    value=bool(filled["dr_enabled"]),
                ),
                switch_field(
                    input_id("critical"),
                    "Critical",
                    value=bool(filled["critical"]),
                    hint="Marked so for who decides about it",
                ),
                columns=2,
            ),
        ]
    )


def _seconds(name: str, label: str, filled: Filled) -> Any:
    known = filled[name]
    return number_field(
        input_id(name),
        label,
        value=float(known) if isinstance(known, int | float) else None,
        unit="s",
        low=0,
        high=LONGEST_S,
    )


def deletion(edited: EditedDevice, name: str, holder: str | None, commands: int) -> list[Any]:
    """What goes and what remains."""
    many = f"{commands:,} {'command' if commands == 1 else 'commands'}"
    return [
        dcc.Store(id=EDITED, data=dict(edited)),
        *dialog_content(
            f"Delete {name}?",
            target=edited["id"],
            effects=[
                ("Controlled by", f"{holder}: that ends" if holder else "nobody now"),
                ("The device", "is given back to its own rule and follows it from then on"),
                ("History", f"stays: {many} and its readings"),
                ("Afterwards", "it is discovered again as soon as it speaks"),
            ],
        ),
        html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
    ]
