"""Which band holds when: tables of moments in Lisbon, closures, and the hours of clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.building.comfort import Comfort
from domain.calendar.days import days_at
from domain.calendar.model import Day, DayException, Place
from domain.climate.model import ALWAYS, DAYS, Hours, RoomWeek, Week
from domain.climate.week import band_now, next_band
from domain.climate.week_fields import checked_week, from_json, to_json, week_fields
from domain.foundation.clock import to_ms
from domain.foundation.errors import InvalidInput

LISBON = ZoneInfo("Europe/Lisbon")
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = RoomWeek(
    Week((Hours(WORKDAYS, 420, 1140), Hours(("sat",), 540, 780, "own", 19.0, 27.0)), 17.0, 29.0),
    "building",
)
BAND = Comfort()
CLOSED = DayException(1, date(2026, 6, 19), date(2026, 6, 19), "closure", "Summer party")
WORKING_SATURDAY = DayException(2, date(2026, 6, 20), date(2026, 6, 20), "workday", "Move")


def days(first: date, *exceptions: DayException) -> dict[date, Day]:
    place = Place("PT", None)
    return {day.date: day for day in days_at(place, exceptions, first, first + timedelta(days=15))}


def ms(*local: int) -> int:
    return to_ms(datetime(*local, tzinfo=LISBON))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("local", "kind", "low", "high", "why"),
    [
        ((2026, 6, 16, 6, 59), "setback", 17, 29, "Setback: outside 07:00 to 19:00"),
        ((2026, 6, 16, 7, 0), "comfort", 21, 26, "Comfort: Tuesday 07:00 to 19:00"),
        ((2026, 6, 16, 18, 59), "comfort", 21, 26, "Comfort: Tuesday 07:00 to 19:00"),
        ((2026, 6, 16, 19, 0), "setback", 17, 29, "Setback: outside 07:00 to 19:00"),
        ((2026, 6, 20, 10, 0), "own", 19, 27, "Own band: Saturday 09:00 to 13:00"),
        ((2026, 6, 21, 10, 0), "setback", 17, 29, "Setback: closed on Sunday"),
        ((2026, 6, 10, 10, 0), "setback", 17, 29, "Setback: public holiday"),
    ],
)
def test_the_band_of_a_moment_and_why(
    local: tuple[int, ...], kind: str, low: float, high: float, why: str
) -> None:
    band = band_now(OFFICE, BAND, days(date(*local[:3])), LISBON, ms(*local))
    assert (band.kind, band.low_c, band.high_c) == (kind, low, high)
    assert band.why.startswith(why)


def test_the_calendar_decides_which_day_it_is() -> None:
    known = days(date(2026, 6, 16), CLOSED, WORKING_SATURDAY)
    closed = band_now(OFFICE, BAND, known, LISBON, ms(2026, 6, 19, 10, 0))
    assert (closed.kind, closed.why) == ("setback", "Setback: closure (Summer party)")
    working = band_now(OFFICE, BAND, known, LISBON, ms(2026, 6, 20, 15, 0))
    assert working.kind == "comfort"


def test_comfort_hours_are_the_rooms_own_limits_and_setback_is_never_narrower() -> None:
    cold_store = Comfort(temperature_low=12, temperature_high=16, cold_below=10, hot_above=18)
    known = days(date(2026, 6, 16))
    day = band_now(OFFICE, cold_store, known, LISBON, ms(2026, 6, 16, 12, 0))
    night = band_now(OFFICE, cold_store, known, LISBON, ms(2026, 6, 16, 23, 0))
    assert (day.low_c, day.high_c) == (12, 16)
    assert (night.low_c, night.high_c) == (12, 29)


def test_while_nobody_has_set_hours_the_comfort_band_holds_at_any_time() -> None:
    known = days(date(2026, 6, 16), CLOSED)
    nobody = RoomWeek(ALWAYS, "none")
    for hour in range(0, 24 * 7, 5):
        at_ms = ms(2026, 6, 16, 0, 0) + hour * 3_600_000
        assert band_now(nobody, BAND, known, LISBON, at_ms).kind == "comfort"
    assert next_band(nobody, BAND, known, LISBON, ms(2026, 6, 16, 12, 0)) is None


@pytest.mark.parametrize(
    ("now", "then", "kind"),
    [
        ((2026, 6, 16, 6, 50), (2026, 6, 16, 7, 0), "comfort"),
        ((2026, 6, 16, 7, 0), (2026, 6, 16, 19, 0), "setback"),
        ((2026, 6, 18, 20, 0), (2026, 6, 20, 7, 0), "comfort"),  # Friday is closed
        ((2026, 6, 20, 20, 0), (2026, 6, 22, 7, 0), "comfort"),
    ],
)
def test_the_next_change_is_named(now: tuple[int, ...], then: tuple[int, ...], kind: str) -> None:
    known = days(date(*now[:3]), CLOSED, WORKING_SATURDAY)
    found = next_band(OFFICE, BAND, known, LISBON, ms(*now))
    assert found is not None
    assert (found[0], found[1].kind) == (ms(*then), kind)


def test_hours_of_the_night_the_clock_changes_begin_by_the_clock_on_the_wall() -> None:
    night = RoomWeek(Week((Hours(DAYS, 90, 150),), 17, 29), "own")
    spring, autumn = days(date(2026, 3, 29)), days(date(2026, 10, 25))
    # 01:00 to 02:00 is not there: at 02:00 the hours have begun.
    begun = next_band(night, BAND, spring, LISBON, ms(2026, 3, 29, 0, 30))
    assert begun is not None
    assert begun[0] == to_ms(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    # 01:30 comes twice: both are in them, the hour between is not.
    utc = [datetime(2026, 10, 25, hour, minute, tzinfo=UTC)
           for hour, minute in ((0, 30), (1, 0), (1, 30), (2, 30))]  # fmt: skip
    kinds = [band_now(night, BAND, autumn, LISBON, to_ms(at)).kind for at in utc]
    assert kinds == ["comfort", "setback", "comfort", "setback"]


FIELDS = week_fields(OFFICE.week)


def test_a_week_is_kept_as_it_was_written() -> None:
    assert checked_week(FIELDS) == OFFICE.week
    assert from_json(to_json(OFFICE.week)) == OFFICE.week


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"setback_low": 30}, "setback_high", "above setback from"),
        ({"setback_low": None}, "setback_low", "from 5 to 40"),
        ({"setback_high": "29"}, "setback_high", "number"),
        ({"hours": "all"}, "hours", "list"),
        ({"hours": [{}] * 13}, "hours", "At most 12"),
        ({"more": 1}, "more", "no field"),
    ],
)
def test_what_is_wrong_with_a_week_is_said(
    change: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_week({**FIELDS, **change})
    assert any(e.field == field and words in e.message for e in refused.value.fields)


LINE = {"days": ["mon"], "from_minute": 420, "to_minute": 1140, "kind": "comfort"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([{**LINE, "days": []}], "Line 1: choose at least one day"),
        ([{**LINE, "days": ["someday"]}], "Line 1: choose at least one day"),
        ([LINE, {**LINE, "from_minute": 1200}], "Line 2: it ends after it begins"),
        ([{**LINE, "from_minute": 421}], "Line 1: times are quarter hours"),
        ([{**LINE, "from_minute": float("nan")}], "Line 1: times are quarter hours"),
        ([{**LINE, "kind": "setback"}], "Line 1: the band is one of comfort, own"),
        ([{**LINE, "kind": "own"}], "Line 1: its own band must be a number"),
        ([{**LINE, "kind": "own", "low_c": 25, "high_c": 20}], "Line 1: its own band ends above"),
        ([LINE, {**LINE, "from_minute": 1125, "to_minute": 1200}],
         "Line 2 and line 1 both hold on Mon at 18:45"),
        ([7], "Line 1: choose"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named(lines: list[object], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_week({**FIELDS, "hours": lines})
    assert any(words in e.message for e in refused.value.fields), refused.value.fields
