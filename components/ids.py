"""Ids that more than one file types: dialogs, field errors, places of the shell."""

from __future__ import annotations

TOASTS = "wb-toasts"
CONNECTION = "wb-connection"
THEME = "wb-theme"
BUILDING = "wb-building"
"""The building's name in the top bar."""

DialogId = dict[str, str]


def dialog(name: str) -> DialogId:
    """The dialog itself; open it with `Output(ids.dialog(name), "is_open")`."""
    return {"type": "wb-dialog", "name": name}


def dialog_body(name: str) -> DialogId:
    """What a page fills when it opens the dialog (`children`)."""
    return {"type": "wb-dialog-body", "name": name}


def dialog_confirm(name: str) -> DialogId:
    """The button that acts (`n_clicks`)."""
    return {"type": "wb-dialog-confirm", "name": name}


def dialog_cancel(name: str) -> DialogId:
    """The button that closes; the shell's one clientside callback does it for every dialog."""
    return {"type": "wb-dialog-cancel", "name": name}


def field_error(field_id: str) -> str:
    """Where a field's error stands; `children` empty means none."""
    return f"{field_id}-error"
