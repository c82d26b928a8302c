"""Search over real rooms and sensors: as of now, and as of the role."""

from domain.access.policy import SYSTEM, Actor
from domain.building.finder import PAGE, Findable, Found
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading

VIEWER = Actor("Ana", "viewer", 1)


def a_library(house: House, clock: FixedClock) -> int:
    room_id = house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"}).room_id
    fields = {"name": "Shelf", "sensor_type": "temperature", "room": "Library", "interval_s": 60}
    house.building.register_sensor(SYSTEM, "T_LIBRARY", fields)
    house.telemetry.ingest([Reading("T_LIBRARY", "temperature", clock.now_ms() - 1000, 24.0)])
    return room_id


def test_a_hit_says_where_it_is_and_how_it_is_now(house: House, clock: FixedClock) -> None:
    room_id = a_library(house, clock)
    room, sensor = house.finder.find(VIEWER, "library")
    assert room == Found("room", str(room_id), "Library", "", "1st", "ok", "In band")
    assert sensor == Found("sensor", "T_LIBRARY", "Shelf", "T_LIBRARY", "Library", "fresh")
    clock.advance(3600)
    room, sensor = house.finder.find(VIEWER, "library")
    assert (room.state, sensor.state) == ("stale", "stale")


def test_only_what_the_actor_may_read_is_found(house: House, clock: FixedClock) -> None:
    a_library(house, clock)
    for permission, kinds in (("rooms.read", ["room"]), ("sensors.read", ["sensor"]), ("p", [])):
        actor = Actor("Gate", "token", 1, permissions=frozenset({permission}))
        assert [hit.kind for hit in house.finder.find(actor, "library")] == kinds


def test_an_edit_is_found_at_once_and_a_hidden_sensor_no_more(
    house: House, clock: FixedClock
) -> None:
    a_library(house, clock)
    assert house.finder.find(VIEWER, "shelf")
    sensor = house.building.sensor("T_LIBRARY")
    house.building.update_sensor(SYSTEM, "T_LIBRARY", {"name": "Ledge"}, sensor.version)
    assert [hit.name for hit in house.finder.find(VIEWER, "ledge")] == ["Ledge"]
    house.building.hide_sensors(SYSTEM, ["T_LIBRARY"])
    assert house.finder.find(VIEWER, "ledge") == []


def test_pages_are_found_beside_them(house: House, clock: FixedClock) -> None:
    a_library(house, clock)
    pages = [Findable(PAGE, "/sensors", "Sensors"), Findable(PAGE, "/lib", "Lib")]
    assert [hit.kind for hit in house.finder.find(VIEWER, "lib", pages)][:2] == ["page", "room"]
