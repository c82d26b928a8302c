"""What the browser sends a callback; a parameter annotated with one of these refuses all else.

The gate holds every value against its annotation before the callback runs (api/callback_values.py),
so that a callback reads its arguments without asking what they are.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

Clicks = int | None
Text = str | None
Key = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""A row's number or version, in the range that a database column holds."""
FormValue = str | int | float | bool | None
"""What one field of a form may hold; the use case says which of them it takes."""
FormValues = dict[str, FormValue]
ListValues = dict[str, str | int | float | bool | list[str | int] | None]
"""The same for forms with fields of several choices."""
Chosen = list[str] | None
"""Keys of the selected rows."""


class Act(TypedDict):
    """A click inside `Events` or a table: which act, on the row of which key."""

    name: str
    value: str


class TableQuery(TypedDict, total=False):
    """How a table is asked for."""

    sort: str | None
    descending: bool | None
    page: Annotated[int, Meta(ge=0, le=1_000_000)]


class Chips(TypedDict, total=False):
    """Which of a row of filters is on."""

    state: str | None


class PickedPeriod(TypedDict, total=False):
    """The value of a period picker."""

    kind: str
    date: str | None
    end: str | None
    compare: bool


class EditedRow(TypedDict):
    """What a form was opened with, so that it cannot overwrite what somebody else changed."""

    id: Key
    version: Key


class EditedSensor(TypedDict):
    """The same for a sensor."""

    id: str
    version: Key


class PendingRule(TypedDict, total=False):
    """The alarm rule a dialog is about; empty for a new one."""

    rule: Key
    version: Key


class PendingChannel(TypedDict, total=False):
    """The same for a channel of notifications."""

    channel: Key
    version: Key


def key_of(event: Act | None) -> int | None:
    """The row's number that a click names, None where it names none."""
    text = event["value"] if event else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
