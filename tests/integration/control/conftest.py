"""A house with a heat pump behind a meter and a lamp that nothing measures."""

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading

HEAT_PUMP = {
    "name": "Heat pump",
    "device_type": "heat_pump",
    "dr_enabled": True,
    "room": "Office",
    "meter": {"sensor_id": "METER", "metric": "power"},
    "capabilities": {
        "on_off": True,
        "setpoint_c": [16, 30, 0.5],
        "mode": ["auto", "heat", "cool", "off"],
        "shed_percent": [0, 100, 5],
    },
}
LAMP = {
    "name": "Lamp",
    "device_type": "lamp",
    "dr_enabled": True,
    "capabilities": {"on_off": True},
}
CHARGER = {
    "name": "Charger",
    "device_type": "ev_charger",
    "dr_enabled": True,
    "meter": {"sensor_id": "METER_CAR"},
    "capabilities": {"on_off": True, "power_kw": [0, 11, 0.1]},
}


@pytest.fixture
def controlled(house: House) -> House:
    """The house with its devices and meters; nothing has spoken yet."""
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
    for meter in ("METER", "METER_CAR"):
        house.building.register_sensor(SYSTEM, meter, {"meter_role": "submeter", "interval_s": 10})
        house.telemetry.set_interval(meter, 10)
    for device_id, fields in (("PUMP", HEAT_PUMP), ("LAMP", LAMP), ("CHARGER", CHARGER)):
        house.control.register(SYSTEM, device_id, fields)
    return house


def measure(house: House, clock: FixedClock, sensor_id: str, power_kw: float) -> None:
    """One reading of a meter, now."""
    house.telemetry.ingest([Reading(sensor_id, "power", clock.now_ms(), power_kw)])
