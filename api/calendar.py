"""`/api/v1/calendar`: what kind of day each day of the building is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import OneOf, Query, closed
from domain.calendar.exceptions import EARLIEST, LATEST
from domain.calendar.model import DAY_TYPES
from domain.calendar.service import READ
from domain.foundation.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from domain.house import House

MOST_DAYS, A_YEAR = 1100, 365
LocalDay = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class DaysQuery(Query):
    """Which days."""

    start: LocalDay | None = None
    """The first day, as 2026-06-18; today by default."""
    end: LocalDay | None = None
    """The day after the last; a year after the first by default."""


@closed
class CalendarDay(TypedDict):
    """One local day of the building."""

    date: Annotated[str, Field(description="As 2026-06-18, in the building's zone.")]
    day_type: Annotated[str, OneOf(DAY_TYPES)]
    name: str | None
    """Of the holiday, closure or exception."""


@closed
class CalendarDays(TypedDict):
    """Days in order, and whose public holidays count."""

    country: str | None
    """ISO 3166 code; null where no public holidays count."""
    region: str | None
    assumed: bool
    """The country is taken from the time zone; nobody has said it yet."""
    days: list[CalendarDay]


def calendar_api(house: House) -> Blueprint:
    """Build the routes of the calendar resource."""
    calendar = Resource(
        house, "calendar", "/api/v1/calendar", "Holidays, closures and exceptions of the building."
    )

    @calendar.get("", READ)
    def days(query: DaysQuery) -> CalendarDays:
        """Tell what kind of day each day is."""
        start = query.start or house.calendar.today()
        end = query.end or start + timedelta(days=A_YEAR)
        if not start < end <= start + timedelta(days=MOST_DAYS):
            wrong = FieldError("end", f"after the start, by {MOST_DAYS} days at most", MOST_DAYS)
            raise InvalidInput("These days cannot be told.", [wrong])
        place = house.calendar.place()
        found = house.calendar.days(start, end)
        return {
            "country": place.country,
            "region": place.region,
            "assumed": place.assumed,
            "days": [
                {"date": d.date.isoformat(), "day_type": d.day_type, "name": d.label} for d in found
            ],
        }

    return calendar.blueprint
