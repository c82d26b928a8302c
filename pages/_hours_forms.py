"""The dialogs of the Hours page: save, copy a day, apply a row to a group."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dash import html

from components.buttons import dialog_content
from components.forms import Options, field, form, segments, text_field
from domain.control.model import DeviceNow
from domain.foundation.errors import Conflict, WattboardError
from pages import _hours_edits as edits

COPY_TO, COPY_FIRST, COPY_LAST = "hours-copy-to", "hours-copy-first", "hours-copy-last"
COPY_MESSAGE = "hours-copy-message"
GROUP, GROUP_MESSAGE = "hours-group-choice", "hours-group-message"
SAVE_MESSAGE = "hours-save-message"


def save_form(words: str, part: Any) -> list[Any]:
    """How many hours change, day by day."""
    message = html.Div("", id=SAVE_MESSAGE, className="wb-form-error", role="alert")
    return dialog_content("Save hours", part, message, target=words)


def refused_words(error: WattboardError, words: str) -> str:
    """Why nothing was saved, and what to do."""
    if isinstance(error, Conflict):
        return f"{words} Nothing was saved: press Discard to see what holds now, then paint again."
    return words


def copy_form(key: str | None, today: date) -> list[Any]:
    """To every day, or to dates from one to another."""
    source = edits.day_of(key)
    begin = (source or today) + timedelta(days=1 if source else 0)
    shown = "every day" if source is None else source.isoformat()
    options: Options = [("dates", "Dates")]
    if source is not None:
        options = [*options, (edits.EVERY, "Every day")]
    return dialog_content(
        "Copy day",
        form(
            field(COPY_TO, "To", segments(COPY_TO, options, value="dates", label="To")),
            text_field(COPY_FIRST, "First date", kind="date", value=begin.isoformat()),
            text_field(
                COPY_LAST,
                "Last date",
                kind="date",
                value=(begin + timedelta(days=6)).isoformat(),
                hint="Both are included; for “Every day” the dates do not count",
            ),
            message_id=COPY_MESSAGE,
        ),
        target=f"The hours of {shown}, of the devices shown now",
    )


def group_form(now: DeviceNow, options: list[tuple[str, str]]) -> list[Any]:
    """To the room, the type, or all that are shown."""
    return dialog_content(
        f"Apply the row of {now.device.name}",
        form(
            field(
                GROUP,
                "To",
                segments(GROUP, options, value=options[0][0], label="To"),
            ),
            message_id=GROUP_MESSAGE,
        ),
        target="Its 24 hours of the day shown are painted onto the others",
    )
