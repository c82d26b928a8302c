"""A small measured building for analyses, on both databases."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.intervals import local_day
from domain.house import House
from domain.telemetry.model import Reading

QUARTER_MS = 900_000


class Meters:
    """Registers sensors and lets them measure."""

    def __init__(self, house: House) -> None:
        self.house = house

    def room(self, name: str) -> int:
        return self.house.building.create_room(SYSTEM, {"name": name, "floor": "1st"}).room_id

    def sensor(self, sensor_id: str, sensor_type: str = "multi", **fields: object) -> None:
        shown = {"name": sensor_id, "sensor_type": sensor_type, **fields}
        self.house.building.register_sensor(SYSTEM, sensor_id, shown)

    def meter(self, sensor_id: str, role: str, **fields: object) -> None:
        self.sensor(sensor_id, "energy_meter", meter_role=role, **fields)

    def hold(
        self,
        sensor_id: str,
        metric: str,
        values: Sequence[float | None],
        start_ms: int,
        step_ms: int = QUARTER_MS,
    ) -> None:
        """Recorded rows, each standing for one step; None is a row that is missing."""
        readings = [
            Reading(sensor_id, metric, start_ms + at * step_ms, value, step_ms)
            for at, value in enumerate(values)
            if value is not None
        ]
        self.house.telemetry.ingest(readings)

    def settle(self) -> None:
        while self.house.telemetry.settle():
            pass


@pytest.fixture
def meters(house: House) -> Meters:
    return Meters(house)


@pytest.fixture
def midnight(house: House) -> Callable[[date], int]:
    return lambda day: local_day(day, house.zone).start_ms
