"""Buttons, links that look like them, and the dialog before an act."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.icons import icon
from components.marks import Children, aria, classes, key_value

# kind: Bootstrap's colour
KINDS = {
    "primary": "btn-primary",
    "normal": "btn-outline-secondary",
    "quiet": "btn-link",
    "danger": "btn-danger",
    "stop": "btn-outline-danger",
}
STEPS = {
    "waiting": ("spinner", "wb-step-waiting"),
    "observed": ("check", "wb-step-observed"),
    "failed": ("close", "wb-step-failed"),
}


def _content(label: Children, icon_name: str | None) -> list[Any]:
    return [icon(icon_name, size=14) if icon_name else None, label]


def button(
    label: Children,
    *,
    id: Any = None,
    kind: str = "normal",
    icon_name: str | None = None,
    small: bool = False,
    disabled: bool = False,
    title: str | None = None,
    className: str = "",
    submit: bool = False,
    attributes: dict[str, Any] | None = None,
) -> html.Button:
    """A button with a verb.

    Args:
        label: The verb.
        id: Dash id; listen to `n_clicks`.
        kind: primary (one per view), normal, quiet, danger (filled), stop (outlined red).
        icon_name: Before the label.
        small: 26 px instead of 30.
        disabled: Shown grey; give `title` the reason.
        title: What a resting pointer says.
        className: Further classes.
        submit: Submits the HTML form it stands in.
        attributes: `data-` and `aria-` attributes (for Events: `{"data-act": "open", …}`).
    """
    known: dict[str, Any] = {} if id is None else {"id": id}
    if title:
        known["title"] = title
    return html.Button(
        _content(label, icon_name),
        className=classes("btn wb-btn", KINDS[kind], small and "wb-btn-sm", className),
        type="submit" if submit else "button",
        disabled=disabled,
        **known,
        **(attributes or {}),
    )


def icon_button(
    icon_name: str,
    label: str,
    *,
    id: Any = None,
    disabled: bool = False,
    attributes: dict[str, Any] | None = None,
) -> html.Button:
    """A square button whose words are for screen readers and the resting pointer."""
    known: dict[str, Any] = {} if id is None else {"id": id}
    return html.Button(
        icon(icon_name),
        className="btn btn-outline-secondary wb-btn wb-btn-icon",
        type="button",
        title=label,
        disabled=disabled,
        **known,
        **aria(label=label),
        **(attributes or {}),
    )


def link_button(
    label: Children,
    href: str,
    *,
    kind: str = "normal",
    icon_name: str | None = None,
    small: bool = False,
    download: str | None = None,
    id: Any = None,
) -> html.A:
    """A link in a button's clothes; one to a file says what it holds in `download`.

    assets/downloads.js shows its progress under that name; it contains the visible label.
    """
    known: dict[str, Any] = {} if id is None else {"id": id}
    if download:
        known |= {"download": "", "title": download, **aria(label=download)}
    return html.A(
        _content(label, icon_name),
        href=href,
        className=classes("btn wb-btn", KINDS[kind], small and "wb-btn-sm"),
        **known,
    )


def command_state(label: Children, step: str) -> html.Span:
    """What stands in a command button's place while it runs: waiting, observed or failed."""
    name, css = STEPS[step]
    return html.Span([icon(name, size=14), label], className=f"wb-step {css}", role="status")


def confirm_dialog(
    name: str,
    title: str = "",
    *children: Any,
    target: Children = None,
    change: tuple[Children, Children] | None = None,
    until: Children = None,
    effects: list[tuple[Children, Children]] | None = None,
    act: Any = "Confirm",
    danger: bool = False,
    note: Children = "Recorded under your name",
    is_open: bool = False,
) -> dbc.Modal:
    """The dialog before an act: target, old → new, until, effects; the button repeats the act.

    Ids come from components.ids: `dialog(name)` with `is_open`, `dialog_body(name)` with `children`
    (fill it with `dialog_content`), `dialog_confirm(name)` and `dialog_cancel(name)` with
    `n_clicks`. Cancel and the cross close it without a callback of the page. An `act` that is a
    component stands there itself instead of a button.
    """
    body = dialog_content(
        title, *children, target=target, change=change, until=until, effects=effects
    )
    return dbc.Modal(
        [
            html.Button(
                icon("close"),
                id={"type": "wb-dialog-close", "name": name},
                className="wb-dialog-x",
                type="button",
                **aria(label="Close"),
            ),
            html.Div(body, id=ids.dialog_body(name)),
            html.Div(
                [
                    html.Span(note, className="wb-dialog-note"),
                    button("Cancel", id=ids.dialog_cancel(name), className="wb-btn-lg"),
                    _confirm(name, act, danger=danger) if isinstance(act, str) else act,
                ],
                className="wb-dialog-foot",
            ),
        ],
        id=ids.dialog(name),
        is_open=is_open,
        centered=True,
        contentClassName="wb-dialog",
    )


def _confirm(name: str, act: str, *, danger: bool) -> html.Button:
    kind = "danger" if danger else "primary"
    return button(act, id=ids.dialog_confirm(name), kind=kind, className="wb-btn-lg")


def dialog_content(
    title: str,
    *children: Any,
    target: Children = None,
    change: tuple[Children, Children] | None = None,
    until: Children = None,
    effects: list[tuple[Children, Children]] | None = None,
) -> list[Any]:
    """The inside of a dialog, for callbacks that fill it when it opens."""
    arrow = None
    if change is not None:
        arrow = html.Div(
            [
                html.Span(["now ", html.B(change[0])], className="wb-change-old"),
                icon("arrow", label="becomes"),
                html.Span(html.B(change[1]), className="wb-change-new"),
            ],
            className="wb-change",
        )
    return [
        html.H2(title, className="wb-dialog-title"),
        html.P(target, className="wb-dialog-target") if target is not None else None,
        arrow,
        html.P(["ends ", html.B(until)], className="wb-dialog-until") if until else None,
        key_value(effects, sunken=True) if effects else None,
        *children,
    ]


def form_dialog(name: str, title: str, *children: Any, act: str = "Save") -> dbc.Modal:
    """A dialog that holds a form; same ids as confirm_dialog."""
    return confirm_dialog(
        name, title, html.Div(list(children), className="wb-form"), act=act, note=None
    )
