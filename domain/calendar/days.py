"""Which day is which: exceptions beat public holidays, which beat the weekday. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from domain.calendar.model import Day, DayException, DayType, Place
from domain.calendar.places import public_holidays

_WEEKDAYS: tuple[DayType, ...] = (*(("workday",) * 5), "saturday", "sunday")


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


def days_at(
    place: Place, exceptions: Sequence[DayException], first: date, until: date
) -> list[Day]:
    """Every day of [first, until) by a place's public holidays and these exceptions."""
    named: dict[date, str] = {}
    if place.country:
        for year in range(first.year, until.year + 1):
            named |= public_holidays(place.country, place.region, year)
    return list(days(first, until, named, exceptions))


def changed(before: Sequence[Day], after: Sequence[Day]) -> list[tuple[date, date]]:
    """Spans [first, until) of the days whose type is another one; both lists tell the same days."""
    spans: list[tuple[date, date]] = []
    for old, new in zip(before, after, strict=True):
        if old.day_type == new.day_type:
            continue
        following = new.date + timedelta(days=1)
        if spans and spans[-1][1] == new.date:
            spans[-1] = spans[-1][0], following
        else:
            spans.append((new.date, following))
    return spans
