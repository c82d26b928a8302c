"""The controlled house of the control tests, with a pump that speaks and is measured."""

from collections.abc import Iterator

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from settings import Settings
from tests.integration.control.conftest import HEAT_PUMP
from tests.integration.drills.playing import DrillPlay


@pytest.fixture
def play(
    request: pytest.FixtureRequest, settings: Settings, clock: FixedClock
) -> Iterator[DrillPlay]:
    """A heat pump that has run by its own rule for a while; over SQLite unless asked otherwise."""
    name = getattr(request, "param", "sqlite")
    database = request.getfixturevalue(f"{name}_database")
    house = House.compose(settings, clock=clock, database=database)
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
    house.building.register_sensor(SYSTEM, "METER", {"meter_role": "submeter", "interval_s": 10})
    house.telemetry.set_interval("METER", 10)
    house.control.register(SYSTEM, "PUMP", HEAT_PUMP)
    play = DrillPlay(house, clock)
    for _ in range(21):
        play.second()
    yield play
    house.close()
