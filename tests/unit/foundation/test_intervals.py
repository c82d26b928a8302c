from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.intervals import (
    Period,
    day_starts_ms,
    local_day,
    local_period,
    moved_by_clock,
    same_clock,
    same_span,
    shift_period,
)

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 6, 16), 24),
        (date(2026, 3, 29), 23),  # clocks go forward at 01:00
        (date(2026, 10, 25), 25),  # clocks go back at 02:00
    ],
)
def test_a_local_day_has_the_hours_it_has(day: date, hours: int):
    assert local_day(day, LISBON).duration_s == hours * 3600


def test_a_day_starts_at_local_midnight():
    assert iso_utc(local_day(date(2026, 6, 16), LISBON).start) == "2026-06-15T23:00:00Z"


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("week", "2026-06-14T23:00:00Z", "2026-06-21T23:00:00Z"),
        ("month", "2026-05-31T23:00:00Z", "2026-06-30T23:00:00Z"),
        ("year", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ],
)
def test_periods_are_made_of_whole_local_days(kind, start, end):
    period = local_period(kind, date(2026, 6, 16), LISBON)
    assert (iso_utc(period.start), iso_utc(period.end)) == (start, end)


@given(
    kind=st.sampled_from(["day", "week", "month", "year"]),
    day=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    zone=st.sampled_from(
        ["Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu", "Australia/Perth"]
    ),
)
def test_following_periods_touch_without_gap_or_overlap(kind, day, zone):
    here = local_period(kind, day, ZoneInfo(zone))
    following = local_period(kind, shift_period(kind, day, 1), ZoneInfo(zone))
    assert here.end == following.start


def test_a_period_that_ends_before_it_starts_is_refused():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="ends after"):
        Period(now, now)


def test_local_midnights_inside_a_period_are_listed_once():
    week = local_period("week", date(2026, 3, 29), LISBON)
    starts = day_starts_ms(week, LISBON)
    assert len(starts) == 7
    assert starts[0] == week.start_ms


def test_the_same_span_of_another_day_keeps_local_clock_times_across_the_change():
    today = Period(
        datetime(2026, 3, 29, 23, 0, tzinfo=UTC),  # Monday 00:00 summer time
        datetime(2026, 3, 30, 13, 32, tzinfo=UTC),  # 14:32
    )
    earlier = same_span(today, 7, LISBON)
    assert iso_utc(earlier.start) == "2026-03-23T00:00:00Z"
    assert iso_utc(earlier.end) == "2026-03-23T14:32:00Z"


def by_hour(day: date) -> tuple[list[int], list[float]]:
    """Quarters of an hour of a day, each with the hour its clock shows as its value."""
    span = local_day(day, LISBON)
    starts = list(range(span.start_ms, span.end_ms, 900_000))
    return starts, [float(from_ms(at).astimezone(LISBON).hour) for at in starts]


@pytest.mark.parametrize(
    ("here", "days", "gaps"),
    [
        (date(2026, 3, 29), 7, []),  # 23 h beside 24: what has no place is left out
        (date(2026, 3, 30), 7, []),
        (date(2026, 4, 5), 7, [1]),  # 24 h beside 23: the hour that was skipped is a gap
        (date(2026, 10, 25), 7, []),  # 25 h beside 24: the hour stands at both of its kind
        (date(2026, 11, 1), 7, []),  # 24 h beside 25: one mean
        (date(2026, 3, 30), 1, [1]),
        (date(2026, 10, 26), 1, []),
    ],
)
def test_another_days_eight_oclock_stands_at_eight_across_the_change(here, days, gaps):
    there_ms, values = by_hour(here - timedelta(days=days))
    here_ms, hours = by_hour(here)
    laid = same_clock(there_ms, values, 900_000, here_ms, days, LISBON)
    assert laid == [None if hour in gaps else hour for hour in hours]


def test_an_hour_that_was_twice_is_laid_as_its_mean():
    there_ms, _ = by_hour(date(2026, 10, 25))
    values = [10.0 if n < 8 else 20.0 for n in range(len(there_ms))]
    here_ms, _ = by_hour(date(2026, 11, 1))
    laid = same_clock(there_ms, values, 900_000, here_ms, 7, LISBON)
    assert laid[:9] == [10.0] * 4 + [15.0] * 4 + [20.0]


def test_a_gap_of_the_other_day_stays_a_gap():
    there_ms, _ = by_hour(date(2026, 6, 15))
    here_ms, _ = by_hour(date(2026, 6, 16))
    some = [at for at in there_ms if at < there_ms[32]]
    laid = same_clock(some, [1.0] * 32, 900_000, here_ms, 1, LISBON)
    assert (laid[31], laid[32], laid[95]) == (1.0, None, None)


@pytest.mark.parametrize(
    ("before", "after", "hours"),
    [
        (date(2026, 6, 15), date(2026, 6, 16), list(range(24))),
        (date(2026, 3, 28), date(2026, 3, 29), [0, *range(2, 24)]),  # there was no 01:00
        (date(2026, 10, 24), date(2026, 10, 25), list(range(24))),
        (date(2026, 10, 25), date(2026, 10, 26), list(range(24))),  # 01:00 came twice
    ],
)
def test_points_stand_where_the_clock_shows_their_hour(before: date, after: date, hours: list[int]):
    there = local_day(before, LISBON)
    hourly = list(range(there.start_ms, there.end_ms, 3_600_000))
    shown = [float(from_ms(at).astimezone(LISBON).hour) for at in hourly]
    moved, values = moved_by_clock(hourly, shown, 1, LISBON)
    assert values == hours
    assert [from_ms(at).astimezone(LISBON).hour for at in moved] == hours
    assert {from_ms(at).astimezone(LISBON).date() for at in moved} == {after}
    assert moved == sorted(set(moved))
