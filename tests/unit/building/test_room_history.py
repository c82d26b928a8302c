"""A room's period beside the one before, and one value of several probes."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.building.comfort import Comfort, TimeBeyond
from domain.building.energy_slots import Slot
from domain.building.model import Room
from domain.building.room_history import EnergyOfPeriod, Line, RoomHistory, laid_over
from domain.foundation.clock import from_ms
from domain.foundation.intervals import Period, local_day, local_period
from pages._overview_day import week_ago

LISBON = ZoneInfo("Europe/Lisbon")
QUARTER_MS = 900_000


def hour_of(ts_ms: int) -> float:
    return float(from_ms(ts_ms).astimezone(LISBON).hour)


def a_line(period: Period, step_ms: int = QUARTER_MS) -> Line:
    """A value for each bucket: the hour that the clock shows."""
    starts = list(range(period.start_ms, period.end_ms, step_ms))
    hours = [hour_of(ts_ms) for ts_ms in starts]
    return Line("T", "Thermometer", starts, hours, hours, hours)


def a_history(period: Period, level: str, bucket_s: float) -> RoomHistory:
    never = TimeBeyond(0.0, 0.0, None)
    energy = EnergyOfPeriod(None, 0.0, False, ())
    room = Room(1, "Lab", "1st", 1, None, None, Comfort(), {}, 1)
    return RoomHistory(room, period, level, bucket_s, (), energy, never, never)


@pytest.mark.parametrize("kind", ["day", "week"])
@pytest.mark.parametrize(
    "day", [date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26)]
)
def test_the_period_before_lies_over_this_one_by_the_wall_clock(kind, day) -> None:
    back = timedelta(days=1 if kind == "day" else 7)
    period, before = (local_period(kind, d, LISBON) for d in (day, day - back))
    laid = laid_over(a_line(before), a_history(before, "15min", 900), period, LISBON)
    assert (laid.ts_ms[0], laid.ts_ms[-1]) == (period.start_ms, period.end_ms - QUARTER_MS)
    points = zip(laid.ts_ms, laid.mean, strict=True)
    assert {hour_of(ts_ms) - hour for ts_ms, hour in points if hour is not None} == {0.0}
    assert sum(value is None for value in laid.mean) in (0, 4), "at most the hour that was skipped"


def test_days_lie_over_days_whatever_their_length() -> None:
    period, before = (local_period("month", date(2026, m, 1), LISBON) for m in (4, 3))
    starts = [local_day(date(2026, 3, n), LISBON).start_ms for n in range(1, 32)]
    values = [float(n) for n in range(1, 32)]
    line = Line("T", "Thermometer", starts, values, values, values)
    laid = laid_over(line, a_history(before, "1d", 86_400), period, LISBON)
    assert list(laid.mean) == [float(n) for n in range(1, 31)]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25)])
def test_last_weeks_eight_oclock_stands_at_todays_on_the_overview(day) -> None:
    here, there = (local_day(d, LISBON) for d in (day, day - timedelta(days=7)))
    starts = range(there.start_ms, there.end_ms, QUARTER_MS)
    slots = [Slot(ts, 900.0, hour_of(ts), *[0.0] * 5) for ts in starts]
    laid = week_ago(slots, here, LISBON)
    eight = [n for n in range(len(laid)) if hour_of(here.start_ms + n * QUARTER_MS) == 8]
    assert [laid[n] for n in eight] == [8.0] * 4
    assert len(laid) * QUARTER_MS == here.duration_s * 1000
