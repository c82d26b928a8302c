"""What kind of day it is. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

DayType = Literal["workday", "saturday", "sunday", "holiday", "closure"]
DAY_TYPES: tuple[DayType, ...] = get_args(DayType)
DAY_TYPE_LABELS: dict[DayType, str] = {
    "workday": "Working day",
    "saturday": "Saturday",
    "sunday": "Sunday",
    "holiday": "Public holiday",
    "closure": "Closed",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the building; `label` names the holiday, closure or exception."""

    date: date
    day_type: DayType
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Whose public holidays count; `assumed` from the time zone until somebody has said it.

    No country: no public holidays. `version` 0 stands for what nobody has set yet.
    """

    country: str | None
    region: str | None
    version: int = 0
    assumed: bool = True


@dataclass(frozen=True, slots=True)
class DayException:
    """A closure or other exception from `first_day` to `last_day`, both included.

    `yearly` repeats it every year on the same dates; it may run over New Year.
    """

    exception_id: int
    first_day: date
    last_day: date
    day_type: DayType
    label: str
    yearly: bool = False
    version: int = 1

    def holds(self, day: date) -> bool:
        """Whether the day is one of its days."""
        if not self.yearly:
            return self.first_day <= day <= self.last_day
        first, last = _of_year(self.first_day), _of_year(self.last_day)
        at = _of_year(day)
        return first <= at <= last if first <= last else at >= first or at <= last


def _of_year(day: date) -> tuple[int, int]:
    return day.month, day.day
