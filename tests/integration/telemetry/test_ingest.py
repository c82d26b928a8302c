import math

import pytest

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.storage.engine import Database
from domain.telemetry.model import OUT_OF_RANGE, Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.conftest import LISBON


def power(ts_ms: int, value: float, sensor_id: str = "METER_1") -> Reading:
    return Reading(sensor_id, "power", ts_ms, value)


def test_a_batch_is_counted_stored_announced_and_latest(
    telemetry: Telemetry, clock: FixedClock, bus: Bus
):
    announced: list[object] = []
    bus.subscribe("readings", announced.append)
    now = clock.now_ms()
    batch = [
        power(now - 20_000, 1.0),
        power(now - 10_000, 2.0),
        power(now - 10_000, 5.0, "METER_2"),
    ]
    result = telemetry.ingest(batch)
    assert (result.accepted, result.duplicates, result.corrected, result.rejected) == (3, 0, 0, [])
    assert result.new_sensors == ["METER_1", "METER_2"]
    assert announced == [batch]
    latest = telemetry.latest()["METER_1", "power"]
    assert (latest.ts_ms, latest.value, latest.unit) == (now - 10_000, 2.0, "kW")


def test_repeating_a_batch_changes_nothing(telemetry: Telemetry, clock: FixedClock, bus: Bus):
    batch = [power(clock.now_ms() - 1000 * n, float(n)) for n in range(50)]
    telemetry.ingest(batch)
    telemetry.settle()
    announced: list[object] = []
    bus.subscribe("readings", announced.append)
    result = telemetry.ingest(batch)
    assert (result.accepted, result.duplicates, result.corrected) == (0, 50, 0)
    assert result.new_sensors == []
    assert announced == []
    assert telemetry.settle() == 0


def test_the_later_value_of_one_moment_wins_and_counts_as_corrected(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    telemetry.ingest([power(now, 1.0), power(now - 1000, 1.0)])
    result = telemetry.ingest([power(now, 2.0), power(now - 1000, 1.0), power(now - 2000, 7.0)])
    assert (result.accepted, result.duplicates, result.corrected) == (1, 1, 1)
    assert telemetry.latest()["METER_1", "power"].value == 2.0


def test_a_moment_twice_in_one_batch_is_one_reading(telemetry: Telemetry, clock: FixedClock):
    now = clock.now_ms()
    result = telemetry.ingest([power(now, 1.0), power(now, 2.0), power(now, 2.0)])
    assert (result.accepted, result.duplicates, result.corrected) == (1, 1, 1)
    assert telemetry.latest()["METER_1", "power"].value == 2.0


def test_a_late_reading_does_not_move_the_newest_value(telemetry: Telemetry, clock: FixedClock):
    now = clock.now_ms()
    telemetry.ingest([power(now, 1.0)])
    telemetry.ingest([power(now - 3_600_000, 9.0)])
    assert telemetry.latest()["METER_1", "power"].value == 1.0


@pytest.mark.parametrize(
    ("reading", "code"),
    [
        (lambda now: Reading("A", "power", now, math.nan), "not_finite"),
        (lambda now: Reading("A", "power", now, -math.inf), "not_finite"),
        (lambda now: Reading("A", "power", now + 300_001, 1.0), "in_future"),
        (lambda now: Reading("A", "flux", now, 1.0), "unknown_metric"),
        (lambda now: Reading("a/b", "power", now, 1.0), "bad_sensor_id"),
        (lambda now: Reading("A", "power", now, 1.0, interval_ms=0), "bad_interval"),
        (lambda now: Reading("A", "power", -5, 1.0), "too_old"),
    ],
)
def test_a_reading_that_cannot_be_true_is_refused_and_harms_no_other(
    sqlite_telemetry: Telemetry, clock: FixedClock, reading, code
):
    now = clock.now_ms()
    result = sqlite_telemetry.ingest([power(now, 1.0), reading(now), power(now - 1, 1.0)])
    assert [(r.index, r.code) for r in result.rejected] == [(1, code)]
    assert result.accepted == 2
    again = sqlite_telemetry.ingest([reading(now)])
    assert [(r.index, r.code) for r in again.rejected] == [(0, code)]
    assert [s.sensor_id for s in sqlite_telemetry.series()] == ["METER_1"]


def test_five_minutes_ahead_are_still_believed(sqlite_telemetry: Telemetry, clock: FixedClock):
    assert sqlite_telemetry.ingest([power(clock.now_ms() + 300_000, 1.0)]).accepted == 1


def test_an_implausible_value_is_kept_and_marked(telemetry: Telemetry, clock: FixedClock):
    result = telemetry.ingest([Reading("T", "temperature", clock.now_ms(), 999.0)])
    assert result.accepted == 1
    assert telemetry.latest()["T", "temperature"].flags & OUT_OF_RANGE


def test_another_process_sees_the_same_newest_values(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    mirror = Telemetry(database, clock, Bus(), LISBON)
    telemetry.ingest([power(now, 1.0), Reading("T", "temperature", now, 20.0)])
    assert mirror.latest() == {}
    mirror.refresh_latest()
    assert mirror.latest() == telemetry.latest()
    assert Telemetry(database, clock, Bus(), LISBON).latest() == telemetry.latest()


def test_a_snapshot_taken_is_not_changed_by_later_readings(
    sqlite_telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    sqlite_telemetry.ingest([power(now - 1000, 1.0)])
    snapshot = sqlite_telemetry.latest()
    sqlite_telemetry.ingest([power(now, 2.0)])
    assert snapshot["METER_1", "power"].value == 1.0


def test_freshness_follows_the_interval_that_was_stated(
    sqlite_telemetry: Telemetry, clock: FixedClock
):
    sqlite_telemetry.set_interval("METER_1", 10.0)
    sqlite_telemetry.ingest([power(clock.now_ms(), 1.0)])
    latest = sqlite_telemetry.latest()["METER_1", "power"]
    assert latest.interval_s == 10.0
    assert latest.state(clock.now_ms() + 27_000).state == "fresh"
    late = latest.state(clock.now_ms() + 40_000)
    assert (late.state, late.words) == ("late", "40 s ago, expected every 10 s")
