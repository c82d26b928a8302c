"""Looking back at what was stored, at any span."""

from datetime import datetime

import pytest

from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry import rollup_store
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.conftest import LISBON
from tests.integration.telemetry.test_settle import DAY, HOUR, MINUTE

KEY = ("T", "temperature")


def fill(telemetry: Telemetry, start: int, end: int, step: int, sensor: str = "T") -> None:
    readings = [
        Reading(sensor, "temperature", ts_ms, 20.0 + (ts_ms // HOUR) % 24 / 10)
        for ts_ms in range(start, end, step)
    ]
    for at in range(0, len(readings), 5000):
        telemetry.ingest(readings[at : at + 5000])
    telemetry.settle()


@pytest.mark.parametrize("max_points", [50, 365, 1000])
@pytest.mark.parametrize("days", [1, 7, 90, 380])
def test_a_chart_never_has_more_points_than_asked_for(
    sqlite_telemetry: Telemetry, clock: FixedClock, days: int, max_points: int
):
    now = clock.now_ms()
    fill(sqlite_telemetry, now - 380 * DAY, now, 3 * HOUR)
    period = Period.of_ms(now - days * DAY + 12_345, now)
    (found,) = sqlite_telemetry.history([KEY], period, max_points=max_points)
    assert 0 < len(found.ts_ms) <= max_points
    assert all(period.start_ms <= ts < period.end_ms for ts in found.ts_ms)
    assert found.ts_ms == sorted(set(found.ts_ms))
    assert {len(c) for c in (found.mean, found.low, found.high, found.energy, found.coverage)} == {
        len(found.ts_ms)
    }


@pytest.mark.parametrize(("max_points", "level"), [(1000, "1h"), (500, "1h"), (60, "1d")])
def test_extremes_survive_however_coarse_the_chart(
    sqlite_telemetry: Telemetry, clock: FixedClock, max_points: int, level: str
):
    telemetry = sqlite_telemetry
    now = clock.now_ms()
    fill(telemetry, now - 60 * DAY, now, HOUR)
    telemetry.ingest([Reading("T", "temperature", now - 30 * DAY + 1, 55.0)])
    telemetry.settle()
    (found,) = telemetry.history([KEY], Period.of_ms(now - 60 * DAY, now), max_points=max_points)
    assert found.level == level
    assert max(v for v in found.high if v is not None) == 55.0


def test_days_begin_at_local_midnight_through_the_change_of_clocks(
    telemetry: Telemetry, clock: FixedClock
):
    start = int(datetime(2026, 3, 25, tzinfo=LISBON).timestamp()) * 1000
    end = int(datetime(2026, 4, 3, tzinfo=LISBON).timestamp()) * 1000
    fill(telemetry, start, end, HOUR)
    (found,) = telemetry.history([KEY], Period.of_ms(start, end), level="1d")
    assert len(found.ts_ms) == 9
    local = [datetime.fromtimestamp(ts / 1000, LISBON) for ts in found.ts_ms]
    assert {(t.hour, t.minute) for t in local} == {(0, 0)}
    (halved,) = telemetry.history([KEY], Period.of_ms(start, end), level="1d", max_points=5)
    assert len(halved.ts_ms) == 5


def test_too_many_readings_for_the_screen_become_quarter_hours(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    fill(telemetry, now - 12 * HOUR, now, 10_000)
    (found,) = telemetry.history([KEY], Period.of_ms(now - 12 * HOUR, now), level="raw")
    assert (found.level, len(found.ts_ms)) == ("15min", 48)
    (fine,) = telemetry.history(
        [KEY], Period.of_ms(now - 12 * HOUR, now), level="raw", max_points=5000
    )
    assert (fine.level, fine.bucket_s, len(fine.ts_ms)) == ("raw", 0, 4320)


def test_recorded_hours_that_state_their_interval_are_one_line_and_not_gaps(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - 12 * HOUR
    telemetry.set_interval("T", 10.0)
    telemetry.ingest(
        [Reading("T", "temperature", start + n * HOUR, 20.0, interval_ms=HOUR) for n in range(6)]
        + [Reading("T", "temperature", start + 9 * HOUR, 20.0)]
    )
    (found,) = telemetry.history([KEY], Period.of_ms(start, start + 12 * HOUR), level="raw")
    assert found.mean == [20.0] * 6 + [None, 20.0]


METRICS = ("temperature", "power", "energy", "motion")


def test_many_series_at_once_are_each_as_it_is_alone(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - 6 * HOUR - 7 * MINUTE
    telemetry.ingest(
        [
            Reading(sensor, metric, ts_ms, (ts_ms - start) / (7 * HOUR))
            for metric in METRICS
            for sensor, gap in (("A", 2), ("B", 4), ("C", 99))
            for ts_ms in range(start, clock.now_ms(), MINUTE)
            if (ts_ms - start) // HOUR != gap and (sensor, metric) != ("C", "motion")
        ]
    )
    telemetry.settle()
    keys = [(sensor, metric) for sensor in "CBA" for metric in METRICS]
    period = Period.of_ms(start + 5 * MINUTE, clock.now_ms() - 3 * MINUTE)
    for level in ("15min", "1h"):
        together = telemetry.history(keys, period, level=level)
        assert together == [
            h for key in keys for h in telemetry.history([key], period, level=level)
        ]
        buckets = telemetry.energy_buckets(keys, period, level)
        assert buckets == {
            k: v for key in keys for k, v in telemetry.energy_buckets([key], period, level).items()
        }
        assert list(buckets) == [key for key in keys if key in buckets]
    quarters = telemetry.history(keys, period, level="15min")
    assert {None in history.mean for history in quarters} == {True, False}


def test_a_point_that_is_one_bucket_is_read_as_a_gathered_one(
    telemetry: Telemetry, clock: FixedClock, database: Database
):
    start = clock.now_ms() // HOUR * HOUR - 6 * HOUR
    fill(telemetry, start, start + 2 * HOUR, MINUTE)
    telemetry.ingest(
        [
            Reading("T", metric, ts_ms, (ts_ms - start) / (6 * HOUR))
            for metric in METRICS[1:]
            for ts_ms in range(start, start + 6 * HOUR, 7 * MINUTE)
            if ts_ms // HOUR % 3
        ]
    )
    telemetry.settle()
    window, grid = (start, start + 6 * HOUR), (start - HOUR, 15 * MINUTE)
    with database.read() as connection:
        for series in telemetry.series():
            own = [series.series_id]
            rows = rollup_store.ungrouped(connection, "15min", series.kind, own, window, grid)
            assert rows
            gathered = rollup_store.grouped(connection, "15min", series, window, grid)
            assert [row[1:] for row in rows] == gathered


def test_unknown_series_are_left_out(telemetry: Telemetry, clock: FixedClock):
    now = clock.now_ms()
    period = Period.of_ms(now - HOUR, now)
    assert telemetry.history([("X", "power")], period) == []
    assert telemetry.energy([("X", "power")], period) == {}
    assert telemetry.peak([(("X", "power"), 1.0)], period) is None
    assert telemetry.sparklines([("X", "power")]) == {}
    assert telemetry.series(["X"]) == []


def test_sparklines_are_hourly_means_up_to_the_running_hour(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    fill(telemetry, now - 3 * HOUR, now + 1, 10 * MINUTE)
    line = telemetry.sparklines([KEY], hours=6)[KEY]
    assert line[:2] == [None, None]
    hours = [20.0 + ((now // HOUR) - back) % 24 / 10 for back in (3, 2, 1, 0)]
    assert line[2:] == pytest.approx(hours)


def test_the_peak_is_the_highest_quarter_of_the_signed_sum(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - 3 * HOUR
    readings = []
    for n in range(180):
        load = 9.0 if 60 <= n < 75 else 5.0
        readings += [
            Reading("LOAD", "power", start + n * MINUTE, load),
            Reading("SUN", "generation", start + n * MINUTE, 3.0 if n < 90 else 0.0),
        ]
    telemetry.ingest(readings)
    telemetry.settle()
    signed = [(("LOAD", "power"), 1.0), (("SUN", "generation"), -1.0)]
    period = Period.of_ms(start, start + 3 * HOUR)
    assert telemetry.peak(signed[:1], period) == (start + HOUR, pytest.approx(9.0))
    assert telemetry.peak(signed, period) == (start + HOUR, pytest.approx(6.0))
    late = Period.of_ms(start + 2 * HOUR, start + 3 * HOUR)
    assert telemetry.peak(signed, late) == (start + 2 * HOUR, pytest.approx(5.0))
