"""Rooms and sensors as people edit them, on both databases."""

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.building.model import BuildingChange, SensorQuery
from domain.building.service import Building
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House
from domain.telemetry.service import Reading

MANAGER = Actor(name="Maria", role="manager")
OPERATOR = Actor(name="Otto", role="operator")
VIEWER = Actor(name="Vera", role="viewer")


@pytest.fixture
def building(house: House) -> Building:
    return house.building


def send(house: House, sensor_id: str, **values: float) -> None:
    now_ms = house.clock.now_ms()
    house.telemetry.ingest([Reading(sensor_id, m, now_ms, v) for m, v in values.items()])


def test_a_room_is_found_by_name_in_any_case_and_by_id(building: Building) -> None:
    room = building.create_room(MANAGER, {"name": "Open office", "floor": "1st", "capacity": 28})
    assert building.room("open  OFFICE") == room
    assert building.room(room.room_id) == room
    assert building.room(str(room.room_id)) == room
    with pytest.raises(Unknown):
        building.room("Attic")


def test_floors_stand_as_in_the_building(building: Building) -> None:
    for name, floor in (("Lab", "Ground"), ("Studio", "2nd"), ("Store", "Basement"), ("A", "1st")):
        building.create_room(MANAGER, {"name": name, "floor": floor})
    assert [floor.name for floor in building.floors()] == ["2nd", "1st", "Ground", "Basement"]


def test_two_rooms_cannot_share_a_name(building: Building) -> None:
    building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    with pytest.raises(Conflict, match="Lab"):
        building.create_room(MANAGER, {"name": "LAB", "floor": "1st"})


def test_a_room_follows_the_building_until_it_sets_its_own_limit(building: Building) -> None:
    room = building.create_room(
        MANAGER, {"name": "Server room", "floor": "Ground", "comfort": {"temperature_low": 18}}
    )
    building.update_settings(MANAGER, {"comfort": {"temperature_high": 25.0}})
    comfort = building.room(room.room_id).comfort
    assert (comfort.temperature_low, comfort.temperature_high) == (18.0, 25.0)
    room = building.update_room(MANAGER, room.room_id, {"comfort": {"temperature_low": None}})
    assert room.comfort.temperature_low == 21.0
    assert room.own_comfort == {}


def test_limits_of_the_building_must_suit_every_room(building: Building) -> None:
    building.create_room(
        MANAGER, {"name": "Lab", "floor": "Ground", "comfort": {"temperature_high": 24.0}}
    )
    with pytest.raises(InvalidInput, match="building cannot be saved") as refused:
        building.update_settings(MANAGER, {"comfort": {"temperature_low": 25.0}})
    assert "Lab" in refused.value.fields[0].message


def test_an_edit_of_an_old_version_is_refused(building: Building) -> None:
    read = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    building.update_room(MANAGER, read.room_id, {"capacity": 4}, read.version)
    with pytest.raises(Conflict, match="somebody else"):
        building.update_room(MANAGER, read.room_id, {"capacity": 9}, read.version)
    assert building.room(read.room_id).capacity == 4


def test_a_deleted_room_leaves_its_sensors_with_their_history(house: House) -> None:
    building = house.building
    room = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    building.register_sensor(MANAGER, "TEMP_1", {"sensor_type": "temperature", "room": "Lab"})
    send(house, "TEMP_1", temperature=22.5)
    left = building.delete_room(MANAGER, room.room_id, room.version)
    assert [sensor.sensor_id for sensor in left] == ["TEMP_1"]
    assert building.sensor("TEMP_1").room_id is None
    assert house.telemetry.latest()["TEMP_1", "temperature"].value == 22.5
    with pytest.raises(Unknown):
        building.room(room.room_id)


def test_the_id_of_a_deleted_room_is_never_given_again(building: Building) -> None:
    first = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    building.delete_room(MANAGER, first.room_id)
    second = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    assert second.room_id > first.room_id


@pytest.mark.parametrize("actor", [OPERATOR, VIEWER])
def test_only_who_may_edits_rooms(building: Building, actor: Actor) -> None:
    room = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    with pytest.raises(NotAllowed):
        building.create_room(actor, {"name": "Studio", "floor": "2nd"})
    with pytest.raises(NotAllowed):
        building.update_room(actor, room.room_id, {"capacity": 1})
    with pytest.raises(NotAllowed):
        building.update_room(actor, room.room_id, {"comfort": {"co2_limit_ppm": 900}})
    with pytest.raises(NotAllowed):
        building.delete_room(actor, room.room_id)


def test_an_operator_updates_sensors_but_adds_and_hides_none(building: Building) -> None:
    building.register_sensor(MANAGER, "TEMP_1", {})
    building.update_sensor(OPERATOR, "TEMP_1", {"name": "Probe"})
    assert building.sensor("TEMP_1").name == "Probe"
    for forbidden in (
        lambda: building.register_sensor(OPERATOR, "TEMP_2", {}),
        lambda: building.hide_sensor(OPERATOR, "TEMP_1"),
        lambda: building.adopt(OPERATOR, ["TEMP_1"]),
        lambda: building.update_sensor(VIEWER, "TEMP_1", {"name": "x"}),
    ):
        with pytest.raises(NotAllowed):
            forbidden()


def test_a_sensor_id_is_given_once(building: Building) -> None:
    building.register_sensor(MANAGER, "TEMP_1", {})
    with pytest.raises(Conflict, match="exists already"):
        building.register_sensor(MANAGER, "TEMP_1", {})
    building.hide_sensor(MANAGER, "TEMP_1")
    with pytest.raises(Conflict, match="hidden"):
        building.register_sensor(MANAGER, "TEMP_1", {})


def test_an_unknown_room_is_refused_at_its_field(building: Building) -> None:
    with pytest.raises(InvalidInput) as refused:
        building.register_sensor(MANAGER, "TEMP_1", {"room": "Attic"})
    assert [entry.field for entry in refused.value.fields] == ["room"]


def test_a_configured_interval_is_told_to_telemetry(house: House) -> None:
    house.building.register_sensor(MANAGER, "TEMP_1", {"interval_s": 30})
    send(house, "TEMP_1", temperature=22.0)
    assert house.telemetry.latest()["TEMP_1", "temperature"].interval_s == 30


def test_a_discovered_sensor_is_in_no_room_and_no_total_until_adopted(house: House) -> None:
    building = house.building
    room = building.create_room(MANAGER, {"name": "Canteen", "floor": "Ground"})
    send(house, "METER_CANTEEN_KITCHEN", power=3.2)
    assert building.note_discovered(["METER_CANTEEN_KITCHEN"], {}) == ["METER_CANTEEN_KITCHEN"]
    found = building.sensor("METER_CANTEEN_KITCHEN")
    assert (found.status, found.sensor_type, found.meter_role) == (
        "discovered",
        "power",
        "submeter",
    )
    assert (found.use, found.room_id) == ("kitchen", room.room_id)
    assert building.room_live(room.room_id).power_kw is None
    assert building.meters() == ()
    send(house, "METER_CANTEEN_KITCHEN", energy=812.4)
    building.adopt(MANAGER, ["METER_CANTEEN_KITCHEN"])
    adopted = building.sensor("METER_CANTEEN_KITCHEN")
    assert (adopted.status, adopted.sensor_type) == ("adopted", "energy_meter")
    assert building.room_live(room.room_id).power_kw == 3.2
    assert [meter.sensor_id for meter in building.meters()] == ["METER_CANTEEN_KITCHEN"]


def test_a_new_metric_improves_the_guess_unless_somebody_has_edited_it(house: House) -> None:
    building = house.building
    for sensor_id in ("X1", "X2"):
        building.note_discovered([sensor_id], {sensor_id: {"metrics": ["temperature"]}})
    building.update_sensor(MANAGER, "X2", {"name": "Mine"})
    for sensor_id in ("X1", "X2"):
        hints = {sensor_id: {"metrics": ["temperature", "co2"]}}
        assert building.note_discovered([sensor_id], hints) == []
    assert building.sensor("X1").sensor_type == "multi"
    assert building.sensor("X2").sensor_type == "temperature"


def test_adopting_keeps_what_somebody_edited_before(house: House) -> None:
    building = house.building
    building.note_discovered(["X1"], {"X1": {"metrics": ["temperature"]}})
    building.update_sensor(MANAGER, "X1", {"name": "Probe", "sensor_type": "other"})
    building.adopt(MANAGER, ["X1"])
    adopted = building.sensor("X1")
    assert (adopted.name, adopted.sensor_type, adopted.status) == ("Probe", "other", "adopted")


def test_a_hidden_sensor_leaves_its_room_and_comes_back_as_it_was(house: House) -> None:
    building = house.building
    room = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    building.register_sensor(MANAGER, "TEMP_1", {"room": "Lab"})
    send(house, "TEMP_1", temperature=22.0)
    building.hide_sensor(MANAGER, "TEMP_1")
    assert "temperature" not in building.room_live(room.room_id).values
    assert building.sensors(SensorQuery()).total == 0
    assert building.sensors(SensorQuery()).counts_by_state["hidden"] == 1
    building.adopt(MANAGER, ["TEMP_1"])
    assert building.room_live(room.room_id).values["temperature"].value == 22.0


def test_many_sensors_are_assigned_at_once(building: Building) -> None:
    room = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    ids = [f"TEMP_{number}" for number in range(1, 1201)]
    building.note_discovered(ids, {})
    assert building.adopt(MANAGER, ids) == 1200
    assert building.assign(MANAGER, ids, room.room_id) == 1200
    assert len(building.sensors_in(room.room_id)) == 1200
    assert building.assign(MANAGER, ids[:3], None) == 3
    assert building.sensors(SensorQuery(room_id=0)).total == 3


def test_a_room_says_how_it_is_now(house: House, clock: FixedClock) -> None:
    building = house.building
    room = building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    building.register_sensor(MANAGER, "C1", {"sensor_type": "multi", "room": "Lab"})
    send(house, "C1", temperature=26.4, co2=861.0)
    live = building.live_rooms()[0]
    assert (live.room, live.comfort.step, live.comfort.word) == (room, "warm", "Warm")
    clock.advance(3600)
    later = building.room_live(room.room_id)
    assert (later.comfort.step, later.comfort.tone) == (None, "stale")


def test_every_change_is_told_after_it_can_be_read(house: House) -> None:
    seen: list[tuple[str, int]] = []

    def listener(change: object) -> None:
        assert isinstance(change, BuildingChange)
        seen.append((change.action, len(house.building.rooms())))

    house.bus.subscribe("building", listener)
    room = house.building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    house.building.delete_room(MANAGER, room.room_id)
    assert seen == [("rooms.create", 1), ("rooms.delete", 0)]


def test_another_process_sees_a_change_within_a_second(house: House) -> None:
    other = House.compose(house.settings, clock=house.clock, database=house.database).building
    assert other.rooms() == ()
    house.building.create_room(MANAGER, {"name": "Lab", "floor": "Ground"})
    other._memory._checked_at -= 2.0
    assert [room.name for room in other.rooms()] == ["Lab"]


PLAN = {
    "building": {"name": "Alameda Offices", "comfort": {"temperature_high": 25.5}},
    "rooms": [
        {"name": "Studio", "floor": "2nd", "capacity": 12, "area_m2": 80},
        {"name": "Server room", "floor": "Ground", "comfort": {"temperature_low": 16}},
    ],
    "sensors": [
        {"sensor_id": "CLIMATE_STUDIO", "name": "Studio climate", "sensor_type": "multi"}
        | {"room": "Studio", "interval_s": 10},
        {"sensor_id": "METER_MAIN", "name": "Main meter", "sensor_type": "energy_meter"}
        | {"meter_role": "main"},
    ],
}


def test_a_plan_is_imported_once_and_later_edits_stay(house: House) -> None:
    building = house.building
    building.note_discovered(["METER_MAIN"], {})
    assert building.configure(PLAN)
    assert building.settings().name == "Alameda Offices"
    assert [room.name for room in building.rooms()] == ["Studio", "Server room"]
    assert building.sensor("METER_MAIN").status == "adopted"
    building.update_room(MANAGER, building.room("Studio").room_id, {"name": "Atelier"})
    assert not building.configure(PLAN)
    assert {room.name for room in building.rooms()} == {"Atelier", "Server room"}


def test_another_plan_changes_what_it_names(building: Building) -> None:
    building.configure(PLAN)
    more = {**PLAN, "rooms": [{"name": "studio", "floor": "3rd"}, {"name": "Lab", "floor": "1st"}]}
    assert building.configure(more)
    assert building.room("Studio").floor == "3rd"
    assert building.room("Studio").capacity == 12
    assert len(building.rooms()) == 3


def test_a_plan_with_an_unknown_part_is_refused_by_name(building: Building) -> None:
    with pytest.raises(InvalidInput) as refused:
        building.configure({"floors": []}, SYSTEM)
    assert [entry.field for entry in refused.value.fields] == ["floors"]
