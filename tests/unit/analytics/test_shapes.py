"""Heat map, load duration, two periods and the stack: pure shapes of known lines."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics import shapes
from domain.analytics.lines import Line, Target
from domain.analytics.local_time import hours, weekdays
from domain.analytics.stack import BESIDE, COLUMNS, SOURCES, energy_stack
from domain.analytics.summary import Peak, peak, percent, period_before
from domain.building.energy_slots import Slot
from domain.foundation.clock import from_ms
from domain.foundation.intervals import Period, local_date, local_day, local_period

LISBON = ZoneInfo("Europe/Lisbon")
HOUR_MS = 3_600_000
QUARTER_MS = 900_000


def line(period: Period, values: list[float], step_ms: int = HOUR_MS, share: float = 1.0) -> Line:
    ts_ms = period.start_ms + np.arange(len(values), dtype=np.int64) * step_ms
    width = np.full(len(values), step_ms, np.int64)
    target = Target("building", "", "consumption")
    return Line(
        target, "Consumption", "power", "kW", "1h", ts_ms, np.array(values), width * share, width
    )


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Asia/Kathmandu", "Australia/Lord_Howe"])
@given(at=st.lists(st.integers(1_700_000_000, 1_800_000_000), min_size=1, max_size=20))
def test_hours_and_weekdays_are_those_of_the_calendar(zone: str, at: list[int]):
    place = ZoneInfo(zone)
    ts_ms = np.array(at, np.int64) * 1000
    local = [from_ms(int(one)).astimezone(place) for one in ts_ms]
    assert hours(ts_ms, place).tolist() == [moment.hour for moment in local]
    assert weekdays(ts_ms, place).tolist() == [moment.weekday() for moment in local]


def test_the_skipped_hour_is_empty_and_the_repeated_one_is_a_mean():
    spring, autumn = local_day(date(2026, 3, 29), LISBON), local_day(date(2026, 10, 25), LISBON)
    short = shapes.heat_map(line(spring, [5.0] * 23), spring, spring.end_ms, LISBON)
    assert short.cells[0][1] is None
    assert short.cells[0].count(None) == 1
    long = shapes.heat_map(
        line(autumn, [0.0, 2.0, 4.0, *([7.0] * 22)]), autumn, autumn.end_ms, LISBON
    )
    assert long.cells[0][:3] == (0.0, 3.0, 7.0)
    assert long.coverage == 1.0


def test_a_day_without_data_is_a_row_without_cells():
    week = local_period("week", date(2026, 6, 16), LISBON)
    found = shapes.heat_map(line(week, [1.0] * 24), week, week.end_ms, LISBON)
    assert found.days == tuple(date(2026, 6, 15 + at) for at in range(7))
    assert set(found.cells[3]) == {None}
    assert found.coverage == pytest.approx(1 / 7)


@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=96))
def test_the_curve_falls_and_its_share_is_the_time_at_least_so_high(values: list[float]):
    day = local_day(date(2026, 6, 16), LISBON)
    found = shapes.load_duration(line(day, values, QUARTER_MS), day, day.end_ms)
    assert list(found.values) == sorted(values, reverse=True)
    assert found.time_share[-1] == 1.0
    for share, value in zip(found.time_share, found.values, strict=True):
        assert sum(other >= value for other in values) >= round(share * len(values))


def test_a_long_curve_is_drawn_with_few_points_that_keep_its_ends():
    month = local_period("month", date(2026, 6, 16), LISBON)
    values = [float(at) for at in range(2880)]
    found = shapes.load_duration(line(month, values, QUARTER_MS), month, month.end_ms, 500)
    assert (found.buckets, len(found.values)) == (2880, 500)
    assert (found.values[0], found.values[-1]) == (2879.0, 0.0)
    assert found.highest_at_ms == month.start_ms + 2879 * QUARTER_MS


def test_what_was_hardly_measured_is_in_no_ranking():
    day = local_day(date(2026, 6, 16), LISBON)
    found = shapes.load_duration(line(day, [900.0], QUARTER_MS, 0.5), day, day.end_ms)
    assert (found.buckets, found.values, found.highest_at_ms) == (0, (), None)


def test_periods_are_laid_weekday_on_weekday_whatever_day_they_begin_with():
    may, april = (local_period("month", date(2026, at, 1), LISBON) for at in (5, 4))
    one, other = (
        line(p, [float(weekdays(np.array([p.start_ms + at * HOUR_MS]), LISBON)[0])
                 for at in range(int(p.duration_s // 3600))])
        for p in (may, april)
    )  # fmt: skip
    found = shapes.compare(one, other, (may, april), may.end_ms, LISBON)
    assert found.by_weekday
    assert all(step.value == step.before == step.weekday for step in found.steps)
    assert (found.shared_steps, found.mean) == (168, pytest.approx(3.0))


def test_days_are_compared_by_hour_and_only_where_both_know_it():
    one, other = (local_day(date(2026, 6, at), LISBON) for at in (16, 15))
    found = shapes.compare(
        line(one, [4.0] * 24), line(other, [2.0] * 12), (one, other), one.end_ms, LISBON
    )
    assert not found.by_weekday
    assert (found.shared_steps, found.mean, found.mean_before) == (12, 4.0, 2.0)
    assert found.steps[20].before is None


def slot(ts_ms: int, solar: float, battery: float, grid: float, *, charge: float = 0.0) -> Slot:
    used = solar + battery + grid - charge
    return Slot(ts_ms, 900.0, used, solar, charge, battery, grid, 0.0)


KW = st.floats(0, 80, allow_subnormal=False)


@given(
    powers=st.lists(st.tuples(KW, KW, KW), min_size=1, max_size=300),
    resolution=st.sampled_from(["15min", "1h", "1d"]),
)
def test_the_parts_of_every_bucket_and_the_buckets_of_the_period_add_up_as_written(
    powers: list[tuple[float, float, float]], resolution: str
):
    week = local_period("week", date(2026, 6, 16), LISBON)
    slots = [slot(week.start_ms + at * QUARTER_MS, *row) for at, row in enumerate(powers)]
    found = energy_stack(slots, week, resolution, week.end_ms, LISBON)
    wh = [
        {name: round((getattr(b.parts, name) or 0.0) * 1000) for name in COLUMNS}
        for b in found.buckets
    ]
    assert all(row["consumption_kwh"] == sum(row[name] for name in SOURCES) for row in wh)
    for name in (*COLUMNS[:1], *SOURCES, *BESIDE):
        assert sum(row[name] for row in wh) == round(getattr(found.totals, name) * 1000)
    exact = sum(sum(row) for row in powers) / 4
    assert found.totals.consumption_kwh == pytest.approx(exact, abs=0.0006)


def test_a_slot_in_which_a_meter_was_silent_is_in_no_bucket():
    day = local_day(date(2026, 6, 16), LISBON)
    silent = Slot(day.start_ms + QUARTER_MS, 0.0, None, None, 0.0, 0.0, 5.0, 0.0)
    found = energy_stack(
        [slot(day.start_ms, 0, 0, 8.0), silent], day, "1h", day.start_ms + HOUR_MS, LISBON
    )
    assert found.buckets[0].parts.grid_used_kwh == 2.0
    assert found.buckets[0].coverage == pytest.approx(0.25)
    assert found.buckets[1].parts.consumption_kwh is None


def test_the_peak_is_the_first_highest_slot_that_was_measured():
    slots = [slot(0, 0, 0, 4.0), slot(900_000, 0, 0, 9.0), slot(1_800_000, 0, 0, 9.0)]
    hardly = Slot(2_700_000, 60.0, 99.0, 0.0, 0.0, 0.0, 99.0, 0.0)
    assert peak([*slots, hardly], "import_kw", 900) == Peak(9.0, 900_000, 900)
    assert peak([slot(0, 0, 0, 0.0)], "import_kw", 900) is None


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (local_period("month", date(2026, 3, 1), LISBON), (date(2026, 2, 1), date(2026, 3, 1))),
        (local_period("year", date(2026, 3, 1), LISBON), (date(2025, 1, 1), date(2026, 1, 1))),
        (local_period("week", date(2026, 4, 1), LISBON), (date(2026, 3, 23), date(2026, 3, 30))),
        (local_day(date(2026, 3, 30), LISBON), (date(2026, 3, 29), date(2026, 3, 30))),
    ],
)
def test_the_period_before_keeps_to_the_calendar(period: Period, before: tuple[date, date]):
    found = period_before(period, LISBON)
    assert (local_date(found.start, LISBON), local_date(found.end, LISBON)) == before


def test_the_period_before_a_ragged_one_is_as_long():
    found = period_before(Period.of_ms(10_000_000, 13_600_000), LISBON)
    assert (found.start_ms, found.end_ms) == (6_400_000, 10_000_000)


def test_a_share_is_never_rounded_to_all_or_nothing():
    assert [percent(share) for share in (0.0, 0.001, 0.5, 0.994, 1.0)] == [
        "0 %",
        "below 1 %",
        "50 %",
        "99 %",
        "100 %",
    ]
