"""Rollups follow the readings whatever happens to them."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry import rollup_store, settle
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from domain.telemetry.store import ROLLUPS, fetch, run
from tests.integration.telemetry.conftest import LISBON

HOUR = 3_600_000
DAY = 24 * HOUR
MINUTE = 60_000


def rollups(database: Database) -> dict[str, list[Any]]:
    with database.read() as connection:
        return {
            level: fetch(connection, f"SELECT * FROM {table} ORDER BY series_id, bucket_ms")
            for level, table in ROLLUPS.items()
        }


def recomputed(database: Database, clock: FixedClock) -> dict[str, list[Any]]:
    """Everything thrown away and made again from the readings."""
    with database.write() as connection:
        for table in ROLLUPS.values():
            run(connection, f"DELETE FROM {table}")
        run(connection, "DELETE FROM dirty")
        run(
            connection,
            "INSERT INTO dirty SELECT series_id, MIN(ts_ms) / 900000 * 900000, MIN(ts_ms), "
            "MAX(ts_ms) + 1, 1 "
            "FROM reading GROUP BY series_id",
        )
    Telemetry(database, clock, Bus(), LISBON).settle()
    return rollups(database)


def test_an_hour_of_power_becomes_quarters_an_hour_and_a_day(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    telemetry.set_interval("M", 60.0)
    telemetry.ingest([Reading("M", "power", start + n * MINUTE, 6.0) for n in range(60)])
    telemetry.settle()
    key = ("M", "power")
    period = Period.of_ms(start, start + HOUR)
    quarters = telemetry.energy_buckets([key], period, "15min")[key]
    assert quarters == [(start + n * 900_000, pytest.approx(1.5), 900.0) for n in range(4)]
    assert telemetry.energy_buckets([key], period, "1h")[key] == [(start, pytest.approx(6.0), 3600)]
    found = telemetry.energy([key], period)[key]
    assert (found.kwh, found.coverage, found.estimated) == (pytest.approx(6.0), 1.0, False)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_gives_the_same_rollups_as_one_recomputation(
    database: Database, clock: FixedClock, seed: int
):
    telemetry = Telemetry(database, clock, Bus(), LISBON)
    chance = random.Random(seed)
    start = clock.now_ms() - 3 * DAY
    stand = 0.0
    readings = []
    for step in range(600):
        ts_ms = start + step * 5 * MINUTE + chance.randrange(-60, 60) * 1000
        stand += chance.random()
        if chance.random() < 0.02:
            stand = chance.random() * stand
        if chance.random() < 0.9:
            stated = chance.choice([None, None, None, 300_000, 1_800_000])
            readings.append(Reading("P", "power", ts_ms, chance.uniform(-5, 5), stated))
            readings.append(Reading("C", "energy", ts_ms, stand))
            readings.append(Reading("T", "temperature", ts_ms, chance.gauss(21, 60)))
    telemetry.define_virtual("V", "power", [(2.0, "P", "power")])
    late = [r for r in readings if chance.random() < (0.2 if seed % 2 else 0.01)]
    corrected = [r._replace(value=r.value * 1.1) for r in readings if chance.random() < 0.05]
    live = [r for r in readings if r not in set(late)]
    for step in range(0, len(live), 50):
        telemetry.ingest(live[step : step + 50])
        if chance.random() < 0.6:
            telemetry.settle()
    chance.shuffle(late)
    telemetry.ingest(late)
    telemetry.settle()
    telemetry.ingest(corrected)
    telemetry.ingest(live)
    telemetry.settle()
    kept = rollups(database)
    assert len(kept["15min"]) > 500
    again = recomputed(database, clock)
    assert kept == again


def test_a_settling_that_may_do_little_at_a_time_comes_to_the_same(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    telemetry = Telemetry(sqlite_database, clock, Bus(), LISBON)
    start = clock.now_ms() - 3 * DAY
    telemetry.define_virtual("V", "power", [(1.0, "P", "power")])
    telemetry.ingest(
        [
            Reading(sensor, metric, start + n * 7 * MINUTE, float(n % 50 + n * (sensor == "C")))
            for n in range(600)
            for sensor, metric in (("P", "power"), ("C", "energy"), ("T", "temperature"))
        ]
    )
    monkeypatch.setattr(settle, "_COST_AT_ONCE", 60)
    monkeypatch.setattr(settle, "_BREATH_S", 0.0)
    monkeypatch.setattr(settle, "_BUCKETS_AT_ONCE", 50)
    monkeypatch.setattr(settle, "_ROWS_AT_ONCE", 40)
    telemetry.settle()
    kept = rollups(sqlite_database)
    monkeypatch.undo()
    assert len(kept["15min"]) > 1000
    assert kept == recomputed(sqlite_database, clock)


def test_late_readings_far_apart_in_one_day_both_reach_the_day(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    midnight = int(datetime(2026, 6, 10, tzinfo=LISBON).timestamp()) * 1000
    for hours in ((5,), (1, 9, 18)):
        telemetry.ingest(
            [Reading("M", "power", midnight + n * HOUR, 1.0, interval_ms=HOUR) for n in hours]
        )
        telemetry.settle()
    key = ("M", "power")
    day = Period.of_ms(midnight, midnight + DAY)
    assert telemetry.energy_buckets([key], day, "1d")[key] == [
        (midnight, pytest.approx(4.0), 4 * 3600)
    ]
    assert rollups(database) == recomputed(database, clock)


def test_settling_marks_again_what_changed_while_it_worked(
    database: Database, clock: FixedClock, telemetry: Telemetry
):
    start = clock.now_ms() - HOUR
    telemetry.ingest([Reading("M", "power", start, 1.0)])
    with database.read() as connection:
        series_id = telemetry.series()[0].series_id
        spans = rollup_store.dirty_spans(connection, series_id)
    telemetry.ingest([Reading("M", "power", start + 1000, 1.0)])
    with database.write() as connection:
        rollup_store.clear_dirty(connection, {series_id: spans})
    assert telemetry.settle() > 0


@pytest.mark.parametrize("marked_anew", [False, True])
def test_a_settling_that_another_overtook_stores_nothing(
    database: Database, clock: FixedClock, telemetry: Telemetry, marked_anew: bool
):
    start = clock.now_ms() - HOUR
    telemetry.ingest([Reading("M", "power", start, 1.0)])
    with database.read() as connection:
        plan = settle._work_out(connection)
    assert plan is not None
    telemetry.ingest([Reading("M", "power", start + 1000, 9.0)])
    telemetry.settle()
    kept = rollups(database)
    if marked_anew:
        telemetry.ingest([Reading("M", "power", start, 1.5)])
    with database.write() as connection:
        settle._store(connection, LISBON, plan, settle.Settled())
    assert rollups(database) == kept
    assert telemetry.settle() == int(marked_anew)


def test_days_of_the_zone_have_23_and_25_hours(telemetry: Telemetry, clock: FixedClock):
    key = ("M", "power")
    for day, hours in (("2026-03-29", 23), ("2025-10-26", 25)):
        start = int(datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=LISBON).timestamp())
        telemetry.ingest(
            [
                Reading("M", "power", start * 1000 + n * HOUR, 1.0, interval_ms=HOUR)
                for n in range(hours)
            ]
        )
        telemetry.settle()
        period = Period.of_ms(start * 1000, start * 1000 + hours * HOUR)
        assert telemetry.energy_buckets([key], period, "1d")[key] == [
            (start * 1000, pytest.approx(hours), hours * 3600)
        ]


def test_a_zone_whose_days_begin_inside_an_hour_has_whole_days_too(
    sqlite_database: Database, clock: FixedClock
):
    kolkata = ZoneInfo("Asia/Kolkata")
    telemetry = Telemetry(sqlite_database, clock, Bus(), kolkata)
    midnight = int(datetime(2026, 6, 10, tzinfo=kolkata).timestamp()) * 1000
    assert midnight % HOUR == HOUR // 2
    for hours in (range(0, 48, 2), range(1, 48, 2)):
        telemetry.ingest(
            [Reading("M", "power", midnight + n * HOUR, 1.0, interval_ms=HOUR) for n in hours]
        )
        telemetry.settle()
    key = ("M", "power")
    days = Period.of_ms(midnight, midnight + 2 * DAY)
    assert telemetry.energy_buckets([key], days, "1d")[key] == [
        (midnight + n * DAY, pytest.approx(24.0), 86_400) for n in range(2)
    ]
    assert telemetry.energy([key], days)[key].kwh == pytest.approx(48.0)


def test_the_interval_is_learned_and_what_it_governs_is_done_again(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    key = ("M", "power")
    telemetry.ingest([Reading("M", "power", start + n * 300_000, 6.0) for n in range(3)])
    telemetry.settle()
    assert telemetry.latest()[key].interval_s is None
    assert telemetry.energy([key], Period.of_ms(start, start + 600_000))[key].coverage == 0.5
    telemetry.ingest([Reading("M", "power", start + n * 300_000, 6.0) for n in range(12)])
    telemetry.settle()
    assert telemetry.latest()[key].interval_s == 300.0
    assert telemetry.energy([key], Period.of_ms(start, start + 600_000))[key].coverage == 1.0
    assert rollups(database) == recomputed(database, clock)


def test_stating_the_interval_does_the_same(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    key = ("M", "power")
    telemetry.ingest([Reading("M", "power", start, 6.0)])
    telemetry.settle()
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh == 0.25
    telemetry.set_interval("M", 600.0)
    telemetry.settle()
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh == 2.5
    telemetry.set_interval("M", None)
    telemetry.settle()
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh == 0.25


def test_an_implausible_reading_is_left_out_of_every_rollup(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    values = [21.0, 999.0, 22.0]
    telemetry.ingest(
        [Reading("T", "temperature", start + n * MINUTE, v) for n, v in enumerate(values)]
    )
    telemetry.settle()
    (found,) = telemetry.history(
        [("T", "temperature")], Period.of_ms(start, start + HOUR), level="15min"
    )
    assert (found.mean[0], found.low[0], found.high[0]) == (21.5, 21.0, 22.0)


def test_counters_count_gas_and_start_anew_after_a_reset(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - HOUR
    stands = [100.0, 101.0, 102.0, 0.5, 1.5]
    telemetry.set_interval("G", 300.0)
    telemetry.ingest([Reading("G", "gas", start + n * 300_000, v) for n, v in enumerate(stands)])
    telemetry.settle()
    found = telemetry.energy([("G", "gas")], Period.of_ms(start, start + 1_200_000))["G", "gas"]
    assert (found.kwh, found.coverage, found.estimated) == (pytest.approx(3.5), 1.0, False)


def test_energy_across_a_gap_of_a_counter_is_an_estimate_and_of_power_is_missing(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    for sensor in ("G", "P"):
        telemetry.set_interval(sensor, 60.0)
    telemetry.ingest(
        [
            Reading("G", "energy", start, 10.0),
            Reading("G", "energy", start + HOUR, 14.0),
            Reading("P", "power", start, 4.0),
            Reading("P", "power", start + HOUR, 4.0),
        ]
    )
    telemetry.settle()
    found = telemetry.energy([("G", "energy"), ("P", "power")], Period.of_ms(start, start + HOUR))
    counter, power = found["G", "energy"], found["P", "power"]
    assert (counter.kwh, counter.estimated) == (pytest.approx(4.0), True)
    assert (power.kwh, power.estimated) == (pytest.approx(4.0 * 150 / 3600), False)
    assert counter.coverage == power.coverage == pytest.approx(150 / 3600)


@pytest.mark.parametrize("kind", ["power", "energy"])
def test_ragged_periods_add_up_to_the_whole(telemetry: Telemetry, clock: FixedClock, kind: str):
    start = int(datetime(2026, 6, 12, 3, 7, 11, tzinfo=UTC).timestamp()) * 1000
    telemetry.set_interval("M", 60.0)
    telemetry.ingest([Reading("M", kind, start + n * MINUTE, 1.0 + n * 0.01) for n in range(4000)])
    telemetry.settle()
    key = ("M", kind)
    end = start + 3999 * MINUTE
    cuts = [start, start + 123_456, start + 7 * HOUR, start + 31 * HOUR + 1, end]
    whole = telemetry.energy([key], Period.of_ms(start, end))[key]
    parts = [telemetry.energy([key], Period.of_ms(a, b))[key] for a, b in pairwise(cuts)]
    assert whole.coverage == 1.0
    assert sum(p.kwh or 0 for p in parts) == pytest.approx(whole.kwh)
    for level in ("15min", "1h", "1d"):
        buckets = telemetry.energy_buckets([key], Period.of_ms(start, end), level)[key]
        assert sum(b[1] for b in buckets) == pytest.approx(whole.kwh)
        assert sum(b[2] for b in buckets) == pytest.approx((end - start) / 1000)


def test_a_period_within_one_bucket_is_answered_from_the_readings(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    telemetry.ingest([Reading("M", "power", start + n * MINUTE, 6.0) for n in range(15)])
    telemetry.settle()
    key = ("M", "power")
    period = Period.of_ms(start + MINUTE, start + 3 * MINUTE)
    assert telemetry.energy([key], period)[key].kwh == pytest.approx(0.2)
    for level in ("15min", "1h"):
        assert telemetry.energy_buckets([key], period, level)[key] == [
            (start, pytest.approx(0.2), 120.0)
        ]


def test_todays_energy_covers_only_the_part_that_has_passed(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    telemetry.ingest([Reading("M", "power", now - HOUR + n * MINUTE, 6.0) for n in range(61)])
    telemetry.settle()
    found = telemetry.energy([("M", "power")], Period.of_ms(now - HOUR, now + 8 * HOUR))
    assert found["M", "power"].coverage == pytest.approx(1.0)
    assert found["M", "power"].kwh == pytest.approx(6.0)
