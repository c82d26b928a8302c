"""The side sheet: a dialog that slides in from the right and has room for much."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.buttons import button
from components.icons import icon
from components.marks import aria


def side_sheet(name: str, *, act: str) -> dbc.Offcanvas:
    """Same ids as confirm_dialog; a click beside it does not close it, so that nothing is lost."""
    foot = [
        button("Cancel", id=ids.dialog_cancel(name), className="wb-btn-lg"),
        button(act, id=ids.dialog_confirm(name), kind="primary", className="wb-btn-lg"),
    ]
    return _sheet(name, foot, backdrop="static")


def drawer(name: str) -> dbc.Offcanvas:
    """The side sheet to read in: a click beside it closes it, there is nothing to lose."""
    return _sheet(name, [button("Close", id=ids.dialog_cancel(name), className="wb-btn-lg")])


def sheet_title(name: str, words: str) -> html.H2:
    """The first line of what a page puts inside; screen readers name the sheet by it."""
    return html.H2(words, id=f"{name}-title", className="wb-dialog-title")


def _sheet(name: str, foot: list[Any], backdrop: bool | str = True) -> dbc.Offcanvas:
    return dbc.Offcanvas(
        [
            html.Button(
                icon("close"),
                id={"type": "wb-dialog-close", "name": name},
                className="wb-dialog-x",
                type="button",
                **aria(label="Close"),
            ),
            html.Div(id=ids.dialog_body(name), className="wb-sheet-body"),
            html.Div(foot, className="wb-dialog-foot wb-sheet-foot"),
        ],
        id=ids.dialog(name),
        placement="end",
        backdrop=backdrop,
        close_button=False,
        is_open=False,
        class_name="wb-sheet",
        labelledby=f"{name}-title",
    )
