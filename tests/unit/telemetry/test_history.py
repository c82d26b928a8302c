import pytest

from domain.telemetry.history import DAY_MS, Grid, bucket_points, choose, raw_points, silences
from domain.telemetry.model import Series
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS

MINUTE = 60_000


def a_series(kind: str = "power", interval_s: float | None = 60.0, **more) -> Series:
    return Series(1, "S", "power", "kW", kind, interval_s, -1e5, 1e5, **more)


@pytest.mark.parametrize(
    ("span_ms", "level", "max_points", "grid"),
    [
        (6 * HOUR_MS, "auto", 1000, Grid("raw", 0)),
        (DAY_MS, "auto", 1000, Grid("15min", 1)),  # 1,440 readings do not fit
        (2 * DAY_MS, "auto", 3000, Grid("raw", 0)),
        (3 * DAY_MS, "auto", 10_000, Grid("15min", 1)),  # raw is for two days at most
        (30 * DAY_MS, "auto", 1000, Grid("15min", 3)),
        (60 * DAY_MS, "auto", 1000, Grid("1h", 2)),
        (365 * DAY_MS, "auto", 1000, Grid("1h", 9)),
        (3650 * DAY_MS, "auto", 1000, Grid("1d", 4)),
        (365 * DAY_MS, "1d", 1000, Grid("1d", 1)),
        (365 * DAY_MS, "15min", 1000, Grid("15min", 36)),
        (365 * DAY_MS, "raw", 1000, Grid("raw", 0)),
    ],
)
def test_the_finest_level_that_fits_the_screen(span_ms, level, max_points, grid):
    assert choose(a_series(), 0, span_ms, level, max_points) == grid


def test_a_level_that_is_no_longer_kept_gives_way_to_the_next():
    old = a_series(raw_from_ms=HOUR_MS, quarter_from_ms=2)
    assert choose(old, 0, HOUR_MS, "raw", 1000).level == "1h"
    assert choose(old, 2, HOUR_MS, "raw", 1000).level == "15min"
    assert choose(old, HOUR_MS, 2 * HOUR_MS, "raw", 1000).level == "raw"
    assert choose(a_series(virtual=True), 0, HOUR_MS, "auto", 1000).level == "15min"


def test_silence_longer_than_six_intervals_is_a_gap_between_readings():
    times = [0, MINUTE, 20 * MINUTE]
    assert silences(a_series(), times) == [1]
    assert silences(a_series(), times[:2]) == silences(a_series(), []) == []
    found = raw_points(a_series(), times, [1.0, 2.0, 3.0], [1])
    assert found.mean == [1.0, 2.0, None, 3.0]
    assert found.ts_ms == [0, MINUTE, 7 * MINUTE, 20 * MINUTE]


def row(place: int, value: float, covered_ms: int = QUARTER_MS):
    energy = value * covered_ms / 3.6e6
    return place, value, value, value * covered_ms, covered_ms, energy, covered_ms, None


def test_power_is_the_mean_over_the_known_time_and_gaps_are_points_without_value():
    rows = [row(0, 4.0), row(1, 2.0, QUARTER_MS // 3), row(5, 1.0)]
    found = bucket_points(a_series(), Grid("15min", 1), 0, rows)
    assert found.mean == [4.0, pytest.approx(2.0), None, 1.0]
    assert found.ts_ms == [0, QUARTER_MS, 2 * QUARTER_MS, 5 * QUARTER_MS]
    assert found.coverage == [1.0, pytest.approx(1 / 3), 0.0, 1.0]


def test_a_gauge_read_every_hour_is_a_line_and_not_a_row_of_gaps():
    hourly = [row(n * 4, 20.0) for n in range(6)] + [row(40, 20.0)]
    found = bucket_points(a_series("gauge"), Grid("15min", 1), 0, hourly)
    assert found.mean == [20.0] * 6 + [None, 20.0]
