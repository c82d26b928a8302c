"""The jobs: what retention lets go, and what the quality check finds."""

import random

import pytest

from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry import upkeep
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from domain.telemetry.store import fetch
from tests.integration.telemetry.test_settle import DAY, HOUR, MINUTE, rollups

KEY = ("M", "power")


def fill(telemetry: Telemetry, start: int, end: int, step: int) -> None:
    telemetry.set_interval("M", step / 1000)
    telemetry.ingest([Reading("M", "power", ts_ms, 2.0) for ts_ms in range(start, end, step)])


def test_readings_go_after_90_days_and_what_they_amount_to_stays(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    fill(telemetry, now - 100 * DAY, now, HOUR)
    telemetry.settle()
    kept = rollups(database)
    whole = Period.of_ms(now - 100 * DAY + 1000, now)
    before = telemetry.energy([KEY], whole)[KEY]
    assert telemetry.retain() > 9 * 24
    with database.read() as connection:
        (oldest,) = fetch(connection, "SELECT MIN(ts_ms) FROM reading")[0]
    assert now - 90 * DAY - 2 * HOUR <= oldest < now - 90 * DAY
    assert rollups(database) == kept
    after = telemetry.energy([KEY], whole)[KEY]
    assert after.kwh == pytest.approx(before.kwh)
    assert telemetry.retain() == 0


def test_a_reading_older_than_what_is_kept_is_refused_with_the_limit(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    fill(telemetry, now - 100 * DAY, now, HOUR)
    old = Reading("M", "power", now - 95 * DAY + 1, 7.0)
    assert telemetry.ingest([old]).accepted == 1
    telemetry.settle()
    telemetry.retain()
    (refused,) = telemetry.ingest([old]).rejected
    assert (refused.code, refused.message) == (
        "too_old",
        "Readings of this series are kept from 2026-03-18T08:00:00Z.",
    )


def test_nothing_unsettled_is_let_go(telemetry: Telemetry, clock: FixedClock):
    now = clock.now_ms()
    fill(telemetry, now - 100 * DAY, now, HOUR)
    assert telemetry.retain() == 0
    telemetry.settle()
    assert telemetry.retain() > 0


def test_settling_again_leaves_alone_what_has_no_readings_any_more(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    fill(telemetry, now - 100 * DAY, now, HOUR)
    telemetry.settle()
    kept = rollups(database)
    telemetry.retain()
    telemetry.set_interval("M", 1800.0)
    telemetry.set_interval("M", 3600.0)
    telemetry.settle()
    assert rollups(database) == kept


def test_quarter_hours_go_after_two_years_and_hours_stay(
    telemetry: Telemetry, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(upkeep, "RAW_KEPT_MS", 2 * DAY)
    monkeypatch.setattr(upkeep, "QUARTERS_KEPT_MS", 5 * DAY)
    now = clock.now_ms()
    fill(telemetry, now - 8 * DAY, now, 10 * MINUTE)
    telemetry.settle()
    telemetry.retain()
    old = Period.of_ms(now - 7 * DAY + 5 * MINUTE, now - 6 * DAY)
    (found,) = telemetry.history([KEY], old, level="raw")
    assert found.level == "1h"
    energy = telemetry.energy([KEY], old)[KEY]
    assert (energy.kwh, energy.coverage) == (pytest.approx(2 * (24 - 5 / 60)), pytest.approx(1.0))
    buckets = telemetry.energy_buckets([KEY], old, "1h")[KEY]
    assert sum(b[1] for b in buckets) == pytest.approx(energy.kwh)


def test_the_check_finds_each_fault_once_and_names_it(telemetry: Telemetry, clock: FixedClock):
    chance = random.Random(1)
    start = clock.now_ms() - 6 * HOUR
    for sensor in ("STUCK", "WILD", "SILENT"):
        telemetry.set_interval(sensor, 60.0)
    readings = []
    for n in range(360):
        ts_ms, value = start + n * MINUTE, 21 + chance.random()
        readings.append(Reading("STUCK", "temperature", ts_ms, 21.5 if n > 250 else value))
        wild = {100: 400.0, 200: 60.0}.get(n, value)
        readings.append(Reading("WILD", "temperature", ts_ms, wild))
        if not 50 <= n < 100:
            readings.append(
                Reading("SILENT", "energy", ts_ms, 100.0 + n - (0.5 if n == 300 else 0))
            )
    telemetry.ingest(readings[: len(readings) // 2])
    telemetry.settle()
    telemetry.check_quality()
    telemetry.ingest(readings[len(readings) // 2 :])
    telemetry.ingest([Reading("WILD", "temperature", clock.now_ms() + HOUR, 21.0)])
    telemetry.settle()
    telemetry.check_quality()
    assert telemetry.check_quality() == 0
    found = telemetry.quality()
    assert {f.kind for f in found["STUCK"]} == {"stuck"}
    assert sorted(f.kind for f in found["WILD"]) == ["jump", "out_of_range", "wrong_clock"]
    assert [f.kind for f in found["SILENT"]] == ["gap"]
    assert telemetry.quality(["NONE"]) == {}
    assert telemetry.quality(since_ms=clock.now_ms() + 1) == {}
    words = {f.kind: f.words for f in found["WILD"]}
    assert words["out_of_range"] == "400 is outside -60 to 120 °C; not counted"
    assert words["wrong_clock"] == "clock 1 h ahead; its readings are turned away"


@pytest.mark.parametrize(("power_kw", "found"), [(0.0, set()), (-3.0, {"soc"})])
def test_a_charge_that_stands_still_is_odd_only_while_the_battery_works(
    telemetry: Telemetry, clock: FixedClock, power_kw: float, found: set[str]
):
    start = clock.now_ms() - 4 * HOUR
    telemetry.set_interval("BATT", 60.0)
    telemetry.ingest(
        [
            Reading("BATT", metric, start + n * MINUTE, value)
            for n in range(240)
            for metric, value in (
                ("soc", 40 + min(n, 150) / 10),
                ("power", power_kw if n > 150 else -3.0 - n / 1000),
            )
        ]
    )
    telemetry.settle()
    telemetry.check_quality()
    stuck = telemetry.quality().get("BATT", [])
    assert {f.metric for f in stuck if f.metric == "soc"} == found


def test_a_narrower_range_judges_what_is_stored_anew(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - HOUR
    telemetry.ingest([Reading("M", "power", start + n * MINUTE, float(n)) for n in range(60)])
    telemetry.settle()
    period = Period.of_ms(start, start + HOUR)
    telemetry.set_range(KEY, 0.0, 29.0)
    telemetry.settle()
    (found,) = telemetry.history([KEY], period, level="1h")
    assert found.high == [29.0]
    telemetry.set_range(KEY, None, None)
    telemetry.settle()
    (found,) = telemetry.history([KEY], period, level="1h")
    assert found.high == [59.0]
