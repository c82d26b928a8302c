"""What was painted on the Hours page and is not saved: read, copied, applied, summed up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypedDict

from domain.control.hours import Change, DayHours, hours_changed
from domain.control.instructions import UNSET, checked_letters, spoken
from domain.foundation.errors import FieldError, InvalidInput
from pages._values import Key

EVERY = "every"
MOST_DAYS = 62
"""Days that one copy may fill."""
MOST_LINES = 8


class EditedHours(TypedDict):
    """A device's day as it was painted; "" lets a date follow every day again."""

    hours: str
    version: Key


EditedDays = dict[str, dict[str, EditedHours]]
"""By day (`every` or an ISO date) and device."""


@dataclass(frozen=True, slots=True)
class Line:
    """One saved day in words."""

    day: str
    device_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a saving would change."""

    hours: int
    devices: int
    follow: int
    lines: tuple[Line, ...]
    more: int

    @property
    def words(self) -> str:
        """`14 hours of 3 devices change, 1 day follows every day again`."""
        parts = []
        if self.hours:
            parts.append(f"{_of(self.hours, 'hour')} of {_of(self.devices, 'device')} change")
        if self.follow:
            verb = "follows" if self.follow == 1 else "follow"
            parts.append(f"{_of(self.follow, 'day')} {verb} every day again")
        return ", ".join(parts) or "Nothing changes"


def day_of(key: str | None) -> date | None:
    """The date of a key, None for every day. Raises InvalidInput."""
    if key == EVERY:
        return None
    try:
        return date.fromisoformat(str(key or "")[:10])
    except ValueError:
        raise InvalidInput("Choose a date.", [FieldError("date", "a date")]) from None


def key_of(day: date | None) -> str:
    """The key of a date."""
    return EVERY if day is None else day.isoformat()


def changes_of(edits: EditedDays) -> list[Change]:
    """What is to be saved. Raises InvalidInput."""
    return [
        Change(device_id, day_of(key), edit["hours"] or None, edit["version"])
        for key, devices in edits.items()
        for device_id, edit in devices.items()
    ]


def shown_hours(edits: EditedDays, key: str, device_id: str, now: DayHours, standing: str) -> str:
    """The letters that a row shows: painted ones, else the stored ones. Raises InvalidInput."""
    edit = edits.get(key, {}).get(device_id)
    if edit is None:
        return now.hours
    return checked_letters(edit["hours"]) if edit["hours"] else standing


def put(edits: EditedDays, key: str, device_id: str, hours: str, now: DayHours) -> None:
    """Paint a row; what is as stored is no edit."""
    day = edits.setdefault(key, {})
    day.pop(device_id, None)
    if hours != now.hours:
        day[device_id] = {"hours": hours, "version": now.version}
    if not day:
        del edits[key]


def copied(edits: EditedDays) -> EditedDays:
    """The same edits, to be changed."""
    return {key: dict(devices) for key, devices in edits.items()}


def days_between(first: date, last: date) -> list[date]:
    """The dates of a copy. Raises InvalidInput."""
    if not first <= last or (last - first).days >= MOST_DAYS:
        words = f"from the first to the last at most {MOST_DAYS} days"
        raise InvalidInput(f"Dates: {words}.", [FieldError("last", words, MOST_DAYS)])
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def summary(
    edits: EditedDays,
    stored: Mapping[tuple[str, date | None], DayHours],
    known: Iterable[str],
) -> Summary:
    """What saving would change against what is stored now. Raises InvalidInput."""
    names = set(known)
    hours = follow = 0
    devices: set[str] = set()
    lines: list[Line] = []
    for key in sorted(edits, key=lambda key: (key != EVERY, key)):
        for device_id, edit in sorted(edits[key].items()):
            if device_id not in names:
                continue
            before = stored[device_id, day_of(key)].hours
            if not edit["hours"]:
                follow += 1
                lines.append(Line(key, device_id, "as every day"))
                continue
            after = checked_letters(edit["hours"])
            hours += hours_changed(before or UNSET, after)
            devices.add(device_id)
            lines.append(Line(key, device_id, spoken(after)))
    shown = tuple(lines[:MOST_LINES])
    return Summary(hours, len(devices), follow, shown, len(lines) - len(shown))


def _of(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
