import dataclasses
from datetime import timedelta

from data_ingest.demo import building_clock
from domain.foundation.clock import SystemClock, real_now
from settings import Settings


def demo_settings(settings: Settings, **changes: object) -> Settings:
    return dataclasses.replace(settings, demo=True, **changes)


def test_without_start_or_speed_building_time_is_real_time(settings):
    assert isinstance(building_clock(demo_settings(settings)), SystemClock)


def test_building_time_goes_on_after_a_restart(settings):
    start = real_now() - timedelta(days=100)
    first = building_clock(demo_settings(settings, demo_start=start, demo_speed=10.0))
    again = building_clock(demo_settings(settings, demo_start=real_now(), demo_speed=10.0))
    assert again == first


def test_another_speed_goes_on_from_where_the_building_was(settings):
    start = real_now() - timedelta(days=100)
    building_clock(demo_settings(settings, demo_start=start, demo_speed=10.0))
    faster = building_clock(demo_settings(settings, demo_speed=60.0))
    assert abs((faster.now() - start).total_seconds()) < 600
