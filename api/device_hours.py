"""The hours in which demand response may touch a device, as they come in and go out."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, Strict
from typing_extensions import TypedDict

from api.schema import OneOf, Query, closed
from domain.control.hours import DayHours
from domain.control.instructions import HOURS, LETTERS, by_hour

HourName = Annotated[str, OneOf([str(hour) for hour in range(HOURS)])]
HourWord = Annotated[str, OneOf(LETTERS)]
LocalDate = Annotated[
    date, Strict(False), Field(description="As 2026-06-18, in the building's zone.")
]


class HoursQuery(Query):
    """Which day."""

    date: LocalDate | None = None
    """Left out: the hours of every day."""


@closed
class HoursShown(TypedDict):
    """Which hours demand response may touch a device."""

    device_id: str
    date: str | None
    """Null for the hours of every day."""
    own: bool
    """Whether the date has hours of its own; without, those of every day hold."""
    instructions: dict[HourName, HourWord]
    """By hour of the building's clock, "0" to "23"."""
    dr_enabled: bool
    """What an empty hour follows."""


def shown_hours(device_id: str, day: date | None, found: DayHours, enabled: bool) -> HoursShown:
    """A device's hours of a date, or of every day."""
    return {
        "device_id": device_id,
        "date": day.isoformat() if day else None,
        "own": found.own,
        "instructions": by_hour(found.hours),
        "dr_enabled": enabled,
    }
