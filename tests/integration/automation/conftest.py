"""A meeting room with two CO₂ sensors and people counted, a fan, and an office with a heat pump."""

from dataclasses import dataclass, field

import pytest

from domain.access.policy import SYSTEM
from domain.automation.model import Firing
from domain.foundation.clock import FixedClock, from_ms
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry.model import Reading

MINUTE = 60_000
HOUR = 60 * MINUTE
SERIES = (("co2", "CO2_A"), ("co2", "CO2_B"), ("occupancy", "PEOPLE"), ("power", "METER"))
FAN = {
    "name": "Ventilation 1",
    "device_type": "fan",
    "room": "Meeting room 1",
    "capabilities": {"on_off": True},
}
PUMP = {
    "name": "Heat pump",
    "device_type": "heat_pump",
    "room": "Office",
    "meter": {"sensor_id": "METER", "metric": "power"},
    "capabilities": {"on_off": True, "setpoint_c": [16, 30, 0.5], "power_kw": [0, 11, 0.1]},
}


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What is said here holds on either database; test_automation_store.py asks both."""
    return sqlite_database


@pytest.fixture
def building(house: House, clock: FixedClock) -> House:
    """Rooms, sensors that spoke hours ago, and devices; no built-in alarm rule is on."""
    house.building.create_room(SYSTEM, {"name": "Meeting room 1", "floor": "1"})
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
    for sensor_id, kind in (("CO2_A", "co2"), ("CO2_B", "co2"), ("PEOPLE", "occupancy")):
        fields = {"sensor_type": kind, "room": "Meeting room 1", "interval_s": 60}
        house.building.register_sensor(SYSTEM, sensor_id, fields)
        house.telemetry.set_interval(sensor_id, 60)
    meter = {"meter_role": "submeter", "interval_s": 10, "room": "Office"}
    house.building.register_sensor(SYSTEM, "METER", meter)
    house.telemetry.set_interval("METER", 10)
    house.control.register(SYSTEM, "FAN", FAN)
    house.control.register(SYSTEM, "PUMP", PUMP)
    earlier_ms = clock.now_ms() - 5 * HOUR
    for metric, sensor_id in SERIES:
        house.telemetry.ingest(
            [Reading(sensor_id, metric, earlier_ms, 0 if metric != "co2" else 500)]
        )
    for rule in house.alarms.rules.all(SYSTEM):
        house.alarms.rules.switch(SYSTEM, rule.rule_id, False)
    return house


def room(house: House, name: str = "Meeting room 1") -> int:
    return house.building.room(name).room_id


def air_rule(house: House, **fields: object) -> dict[str, object]:
    """The rule that the issue reads aloud, with other fields in place of its own."""
    return {
        "name": "Air the meeting room",
        "trigger": {"kind": "metric", "metric": "co2", "room_id": room(house), "side": "above",
                    "limit": 1000, "for_s": 300, "hysteresis": 50},
        "conditions": [{"kind": "time", "from": "08:00", "to": "18:00",
                        "day_types": ["workday"], "weekdays": []}],
        "actions": [{"device_id": "FAN", "command": "on", "value": None, "minutes": 30}],
        "cooldown_s": 3600,
        **fields,
    }  # fmt: skip


@dataclass
class Stage:
    """The building as time passes: readings come when they are made, and the job ticks."""

    house: House
    clock: FixedClock
    coming: list[Reading] = field(default_factory=list)

    def expect(self, metric: str, first_ms: int, minutes: int, **values: float) -> None:
        """These sensors will say so each minute."""
        for at in range(minutes + 1):
            ts_ms = first_ms + at * MINUTE
            self.coming += [Reading(s, metric, ts_ms, float(v)) for s, v in values.items()]
        self.coming.sort(key=lambda reading: reading.ts_ms)

    def stuffy(self, first_ms: int, minutes: int, ppm: float = 1200) -> None:
        """Both CO₂ sensors will say so each minute, one a little less."""
        self.expect("co2", first_ms, minutes, CO2_A=ppm, CO2_B=ppm - 100)

    def tick(self, at_ms: int, *, run: bool = True) -> None:
        """It is now so late; what was said until now has come."""
        self.clock.set(from_ms(at_ms))
        come = [reading for reading in self.coming if reading.ts_ms <= at_ms]
        self.coming = self.coming[len(come) :]
        if come:
            self.house.telemetry.ingest(come)
        if run:
            self.house.automation.run()

    def until(self, until_ms: int, every_s: float = 30) -> None:
        """Time passes, with a tick of the job every so often."""
        for at_ms in range(self.clock.now_ms(), until_ms, round(every_s * 1000)):
            self.tick(at_ms)
        self.tick(until_ms)


def firings(house: House, **asked: object) -> list[Firing]:
    """The log, oldest line first."""
    return list(house.automation.log(SYSTEM, limit=500, **asked).firings)[::-1]  # type: ignore[arg-type]


@pytest.fixture
def stage(building: House, clock: FixedClock) -> Stage:
    return Stage(building, clock)
