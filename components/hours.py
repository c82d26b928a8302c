"""The grid of hours by device that is painted; its browser half is assets/hours.js."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from components.native import _Native


@dataclass(frozen=True)
class HourRow:
    """A device's day as it is stored: 24 letters, and those that hold every day.

    `own` where the day has hours of its own; `version` goes back with what is painted.
    """

    id: str
    name: str
    place: str
    hours: str
    standing: str
    own: bool
    version: int
    follows: str
    """What an hour on default follows, in words."""


@dataclass(frozen=True)
class Brush:
    """A word that hours are painted with: its stored letter, its key, what a cell shows."""

    letter: str
    key: str
    shown: str
    label: str
    meaning: str


class HoursGrid(_Native):
    """Devices × 24 hours; `value` is what was painted and not saved.

    `value` is {day: {device id: {hours, version}}} with 24 letters, or "" for a date that follows
    every day again. `event` is {name: "group", value: device id, count} when a row is to be applied
    to others. `skipped` and `twice` are hours that the clock leaves out or shows twice on `day`.
    """

    _type = "HoursGrid"
    _properties = (
        "id", "rows", "day", "value", "brushes", "skipped", "twice", "editable", "event",
    )  # fmt: skip


def hours_grid(
    id: str,
    rows: Sequence[HourRow],
    brushes: Sequence[Brush],
    *,
    day: str,
    editable: bool,
    skipped: Sequence[int] = (),
    twice: Sequence[int] = (),
) -> HoursGrid:
    """The grid with nothing painted yet."""
    return HoursGrid(
        id=id,
        rows=rows_data(rows),
        brushes=[asdict(brush) for brush in brushes],
        day=day,
        value={},
        skipped=list(skipped),
        twice=list(twice),
        editable=editable,
    )


def rows_data(rows: Sequence[HourRow]) -> list[dict[str, Any]]:
    """Rows as the browser takes them."""
    return [asdict(row) for row in rows]
