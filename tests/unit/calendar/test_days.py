"""Which day is which."""

from datetime import date

import pytest

from domain.calendar.days import changed, days
from domain.calendar.model import Day, DayException
from domain.calendar.places import public_holidays


def types(first: date, until: date, exceptions: list[DayException]) -> list[str]:
    names = public_holidays("PT", None, first.year)
    return [day.day_type for day in days(first, until, names, exceptions)]


def test_a_public_holiday_beats_the_weekday():
    assert types(date(2026, 12, 24), date(2026, 12, 28), []) == [
        "workday",
        "holiday",
        "saturday",
        "sunday",
    ]


def test_an_exception_beats_a_holiday_and_the_last_made_beats_the_one_before():
    christmas = date(2026, 12, 25)
    open_day = DayException(1, christmas, christmas, "workday", "Open")
    closed = DayException(2, date(2026, 12, 20), date(2027, 1, 3), "closure", "Winter break")
    assert types(christmas, date(2026, 12, 26), [open_day]) == ["workday"]
    assert types(christmas, date(2026, 12, 26), [open_day, closed]) == ["closure"]


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2030, 12, 24), True),
        (date(2031, 1, 2), True),
        (date(2031, 1, 3), False),
        (date(2030, 12, 23), False),
    ],
)
def test_a_yearly_exception_may_run_over_new_year(day: date, holds: bool):
    winter = DayException(1, date(2025, 12, 24), date(2026, 1, 2), "closure", "Break", yearly=True)
    assert winter.holds(day) is holds


def test_days_whose_type_changed_are_told_as_spans_and_a_new_name_is_no_change():
    may = [date(2026, 5, day) for day in range(1, 7)]
    before = [Day(day, "workday", "old name") for day in may]
    kinds = ("closure", "closure", "workday", "workday", "holiday", "workday")
    after = [Day(day, kind, "new name") for day, kind in zip(may, kinds, strict=True)]
    assert changed(before, after) == [
        (date(2026, 5, 1), date(2026, 5, 3)),
        (date(2026, 5, 5), date(2026, 5, 6)),
    ]
