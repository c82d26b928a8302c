"""Many sensors registered at once: the good ones together, the others named, or none at all."""

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.building import memory
from domain.foundation.errors import Conflict, NotAllowed, Unknown
from domain.house import House

CO2 = {"sensor_type": "co2"}


def test_those_that_cannot_be_are_named_and_the_others_are_there(house):
    house.building.register_sensor(SYSTEM, "TAKEN", CO2)
    wanted = {
        "GOOD": {**CO2, "interval_s": 30},
        "TAKEN": CO2,
        "no id": CO2,
        "NOWHERE": {**CO2, "room": "Attic"},
    }
    refused = house.building.register_sensors(SYSTEM, wanted)
    assert {name: error.code for name, error in refused.items()} == {
        "TAKEN": "sensor_exists",
        "no id": "invalid_input",
        "NOWHERE": "invalid_input",
    }
    good = house.building.sensor("GOOD")
    assert (good.status, good.sensor_type, good.interval_s) == ("adopted", "co2", 30.0)
    with pytest.raises(Unknown):
        house.building.sensor("NOWHERE")


def test_none_is_added_where_one_was_discovered_meanwhile(
    settings, house, clock, database, monkeypatch
):
    monkeypatch.setattr(memory, "CHECK_EVERY_S", 3600.0)
    house.building.rooms()
    House.compose(settings, clock=clock, database=database).building.note_discovered(["B"], {})
    with pytest.raises(Conflict):
        house.building.register_sensors(SYSTEM, {"A": CO2, "B": CO2})
    with pytest.raises(Unknown):
        house.building.sensor("A")
    assert house.building.register_sensors(SYSTEM, {"A": CO2, "B": CO2}) == {}


def test_a_viewer_registers_none(house):
    with pytest.raises(NotAllowed):
        house.building.register_sensors(Actor("vera", "viewer", 4), {"A": CO2})
