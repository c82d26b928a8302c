"""Which day is which: exceptions beat public holidays, which beat the weekday. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from domain.calendar.model import Day, DayType

_WEEKDAYS: tuple[DayType, ...] = (*(("workday",) * 5), "saturday", "sunday")


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


def days(
    first: date, until: date, holiday_names: dict[date, str], exceptions: Sequence[DayException]
) -> Iterator[Day]:
    """Every day of [first, until); of two exceptions on one day the one made last counts."""
    day = first
    while day < until:
        special = [e for e in exceptions if e.holds(day)]
        if special:
            last = max(special, key=lambda e: e.exception_id)
            yield Day(day, last.day_type, last.label)
        elif day in holiday_names:
            yield Day(day, "holiday", holiday_names[day])
        else:
            yield Day(day, _WEEKDAYS[day.weekday()])
        day += timedelta(days=1)


@lru_cache(maxsize=64)
def public_holidays(country: str, region: str | None, year: int) -> dict[date, str]:
    """Names of a year's public holidays; raises NotImplementedError for an unknown place."""
    found = holidays.country_holidays(country, subdiv=region, years=year)
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def _of_year(day: date) -> tuple[int, int]:
    return day.month, day.day
