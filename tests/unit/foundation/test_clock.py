from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.foundation.clock import BuildingClock, FixedClock, from_ms, iso_utc, real_now, to_ms


def test_building_clock_runs_at_its_speed_from_its_start():
    anchored_at = real_now() - timedelta(seconds=60)
    start = datetime(2026, 6, 16, 9, 0, tzinfo=UTC)
    passed = BuildingClock(start, 10.0, anchored_at).now() - start
    assert timedelta(seconds=600) <= passed < timedelta(seconds=700)


def test_milliseconds_and_moments_convert_both_ways():
    moment = datetime(2026, 3, 29, 0, 59, 59, 123000, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="zone"):
        to_ms(datetime(2026, 1, 1))  # noqa: DTZ001


def test_iso_is_written_in_utc_with_z():
    lisbon_summer = datetime(2026, 6, 16, 10, tzinfo=timezone(timedelta(hours=1)))
    assert iso_utc(lisbon_summer) == "2026-06-16T09:00:00Z"


def test_fixed_clock_moves_only_when_told(clock: FixedClock):
    before = clock.now_ms()
    clock.advance(1.5)
    assert clock.now_ms() - before == 1500
