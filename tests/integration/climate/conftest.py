"""A room with a heat pump behind a meter and a thermometer; the weather station is outside."""

from collections.abc import Iterator

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.integration.climate.playing import Office
from tests.integration.control.conftest import HEAT_PUMP


def furnish(house: House, clock: FixedClock) -> Office:
    """Put the room, its sensors and its device there; nothing has been measured yet."""
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
    house.building.register_sensor(SYSTEM, "METER", {"meter_role": "submeter", "interval_s": 10})
    sensors = {"AIR": ("multi", "Office"), "WEATHER": ("weather", None)}
    for sensor_id, (kind, room) in sensors.items():
        fields = {"sensor_type": kind, "interval_s": 60, **({"room": room} if room else {})}
        house.building.register_sensor(SYSTEM, sensor_id, fields)
        house.telemetry.set_interval(sensor_id, 60)
    house.telemetry.set_interval("METER", 10)
    house.control.register(SYSTEM, "PUMP", HEAT_PUMP)
    return Office(house, clock)


@pytest.fixture
def office(settings: Settings, sqlite_database: Database, clock: FixedClock) -> Iterator[Office]:
    """The room on SQLite."""
    house = House.compose(settings, clock=clock, database=sqlite_database)
    yield furnish(house, clock)
    house.close()
