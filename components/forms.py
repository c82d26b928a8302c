"""Form fields: label above, hint below, error in its own place.

Every field's error stands at `ids.field_error(id)`; a callback writes words there (or "" for none)
and the field turns red by style sheet. `errors_for` turns the use case's field errors into those
outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.marks import Children, aria, classes

Options = Sequence[tuple[str, str]]


def field(
    id: str, label: str, control: Any, *, hint: Children = None, error: str = "", wide: bool = False
) -> html.Div:
    """Any control with its label, hint and error place."""
    return html.Div(
        [
            html.Label(label, htmlFor=id, className="wb-label"),
            control,
            html.Div(hint, className="wb-hint") if hint is not None else None,
            html.Div(error, id=ids.field_error(id), className="wb-field-error", role="alert"),
        ],
        className=classes("wb-field", wide and "wb-field-wide"),
    )


def cell(label: str, control: Any, *, className: str = "") -> html.Label:
    """A control in a row of many, its label small above it; errors stand below the rows."""
    return html.Label(
        [html.Span(label, className="wb-label"), control],
        className=classes("wb-cell", className),
    )


def typed(
    id: Any, *, value: Any = None, kind: str = "text", unit: str | None = None, **more: Any
) -> html.Div:
    """A line of text or a number alone, with its unit inside the box, for rows of many."""
    step = {"step": "any"} if kind == "number" else {}
    return html.Div(
        [
            dbc.Input(id=id, type=kind, value=value, autocomplete="off", **step, **more),
            html.Span(unit, className="wb-input-unit") if unit else None,
        ],
        className=classes("wb-typed", unit and "wb-input-group"),
    )


def toggles(id: Any, options: Options, *, value: Sequence[str], label: str) -> dbc.Checklist:
    """Several of a few, side by side, each on or off; listen to `value`."""
    return dbc.Checklist(
        id=id,
        options=[{"value": key, "label": words} for key, words in options],
        value=list(value),
        inline=True,
        className="wb-segments wb-segments-radio wb-toggles",
        inputClassName="btn-check",
        labelClassName="wb-segment",
        labelCheckedClassName="wb-segment-on",
        name=label,
    )


def text_field(
    id: str,
    label: str,
    *,
    value: str | None = None,
    placeholder: str | None = None,
    hint: Children = None,
    error: str = "",
    kind: str = "text",
    autocomplete: str = "off",
    disabled: bool = False,
    max_length: int | None = None,
    wide: bool = False,
) -> html.Div:
    """A line of text; kind also email, password, search, date, datetime-local."""
    control = dbc.Input(
        id=id,
        type=kind,
        value=value,
        placeholder=placeholder,
        autocomplete=autocomplete,
        disabled=disabled,
        maxLength=max_length,
    )
    return field(id, label, control, hint=hint, error=error, wide=wide)


def number_field(
    id: str,
    label: str,
    *,
    value: float | None = None,
    unit: str | None = None,
    low: float | None = None,
    high: float | None = None,
    step: float | str = "any",
    hint: Children = None,
    error: str = "",
    disabled: bool = False,
) -> html.Div:
    """A number with its unit inside the box at the right."""
    control = html.Div(
        [
            dbc.Input(
                id=id, type="number", value=value, min=low, max=high, step=step, disabled=disabled
            ),
            html.Span(unit, className="wb-input-unit") if unit else None,
        ],
        className="wb-input-group",
    )
    return field(id, label, control, hint=hint, error=error)


def text_area(
    id: str,
    label: str,
    *,
    value: str | None = None,
    rows: int = 3,
    placeholder: str | None = None,
    hint: Children = None,
    error: str = "",
) -> html.Div:
    """Several lines of text."""
    control = dbc.Textarea(id=id, value=value, rows=rows, placeholder=placeholder)
    return field(id, label, control, hint=hint, error=error, wide=True)


def select_field(
    id: str,
    label: str,
    options: Options,
    *,
    value: str | None = None,
    placeholder: str | None = None,
    hint: Children = None,
    error: str = "",
    disabled: bool = False,
) -> html.Div:
    """One of a list (value, words), as the browser's own select."""
    return field(
        id,
        label,
        select(id, options, value=value, placeholder=placeholder, disabled=disabled),
        hint=hint,
        error=error,
    )


def select(
    id: Any,
    options: Options,
    *,
    value: str | None = None,
    placeholder: str | None = None,
    label: str | None = None,
    disabled: bool = False,
) -> dbc.Select:
    """The select alone, for tool bars; `label` is its accessible name there."""
    listed = [{"value": key, "label": words} for key, words in options]
    return dbc.Select(
        id=id,
        options=listed,
        value=value,
        placeholder=placeholder,
        disabled=disabled,
        className="wb-select",
        html_size=None,
        **({"name": label} if label else {}),
    )


def multi_field(
    id: str,
    label: str,
    options: Options,
    *,
    value: Sequence[str] = (),
    placeholder: str = "",
    hint: Children = None,
    error: str = "",
) -> html.Div:
    """Several of a list, searched by typing."""
    control = dcc.Dropdown(
        id=id,
        options=[{"value": key, "label": words} for key, words in options],
        value=list(value),
        multi=True,
        placeholder=placeholder,
        className="wb-dropdown",
    )
    return field(id, label, control, hint=hint, error=error, wide=True)


def switch_field(
    id: str, label: str, *, value: bool = False, hint: Children = None, disabled: bool = False
) -> html.Div:
    """On or off; the label stands beside it."""
    return html.Div(
        [
            dbc.Switch(id=id, label=label, value=value, disabled=disabled, className="wb-switch"),
            html.Div(hint, className="wb-hint") if hint is not None else None,
            html.Div("", id=ids.field_error(id), className="wb-field-error", role="alert"),
        ],
        className="wb-field",
    )


def checklist_field(
    id: str, label: str, options: Options, *, value: Sequence[str] = (), hint: Children = None
) -> html.Div:
    """Several of a short list, all visible."""
    control = dbc.Checklist(
        id=id,
        options=[{"value": key, "label": words} for key, words in options],
        value=list(value),
        className="wb-checklist",
    )
    return field(id, label, control, hint=hint, wide=True)


def segments(id: Any, options: Options, *, value: str, label: str) -> dbc.RadioItems:
    """One of a few, side by side; listen to `value`."""
    return dbc.RadioItems(
        id=id,
        options=[{"value": key, "label": words} for key, words in options],
        value=value,
        inline=True,
        className="wb-segments wb-segments-radio",
        inputClassName="btn-check",
        labelClassName="wb-segment",
        labelCheckedClassName="wb-segment-on",
        name=label,
    )


def search_field(
    id: str, *, placeholder: str = "Search", value: str = "", debounce_ms: int = 250
) -> html.Div:
    """The search box of a table or list; `value` arrives when typing pauses."""
    return html.Div(
        [
            html.Span(className="wb-icon wb-i-search", **aria(hidden="true")),
            dbc.Input(
                id=id,
                type="search",
                value=value,
                placeholder=placeholder,
                debounce=debounce_ms,
                autocomplete="off",
                className="wb-search-input",
            ),
        ],
        className="wb-search",
        role="search",
    )


def form(*fields: Any, columns: int = 1, message_id: str | None = None) -> html.Div:
    """Fields in one or two columns; `message_id` is the place for an error of the whole."""
    return html.Div(
        [
            html.Div(list(fields), className=f"wb-form wb-form-{columns}"),
            html.Div("", id=message_id, className="wb-form-error", role="alert")
            if message_id
            else None,
        ]
    )


def errors_for(fields: Sequence[str], errors: Mapping[str, str]) -> list[str]:
    """The words for each field in order, "" where it has none; for a list of error outputs."""
    return [errors.get(name, "") for name in fields]
