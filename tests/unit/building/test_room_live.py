from domain.building.comfort import Comfort
from domain.building.live import room_live
from domain.building.model import Room, RoomLive, Sensor
from domain.telemetry.model import Latest

NOW_MS = 1_000_000_000
ROOM = Room(1, "Lab", "Ground", 0, 8, 60.0, Comfort(), {}, 1)


def sensor(sensor_id: str, role: str = "none") -> Sensor:
    return Sensor(
        sensor_id=sensor_id,
        name=sensor_id.title(),
        sensor_type="other",
        room_id=1,
        unit=None,
        meter_role=role,
        use=None,
        interval_s=None,
        status="adopted",
        demand_response_enabled=False,
        control_capabilities=(),
        room_hint=None,
        discovered_at_ms=None,
        version=1,
    )


def latest(sensor_id: str, metric: str, value: float, age_s: float = 1) -> Latest:
    return Latest(sensor_id, metric, NOW_MS - int(age_s * 1000), value, "", 10.0)


def live(sensors: list[Sensor], readings: list[Latest]) -> RoomLive:
    latest_of: dict[str, list[Latest]] = {}
    for reading in readings:
        latest_of.setdefault(reading.sensor_id, []).append(reading)
    return room_live(ROOM, sensors, latest_of, lambda item: item.state_name(NOW_MS), NOW_MS)


def test_two_thermometers_give_their_mean_and_two_co2_probes_the_higher() -> None:
    readings = [
        latest("A", "temperature", 22.0, age_s=5),
        latest("B", "temperature", 24.0),
        latest("A", "co2", 600.0),
        latest("B", "co2", 900.0),
    ]
    found = live([sensor("A"), sensor("B")], readings)
    assert found.values["temperature"].value == 23.0
    assert found.values["temperature"].ts_ms == NOW_MS - 5000
    assert found.values["co2"].value == 900.0


def test_a_stale_thermometer_does_not_pull_a_live_one() -> None:
    readings = [latest("A", "temperature", 12.0, age_s=7200), latest("B", "temperature", 24.0)]
    found = live([sensor("A"), sensor("B")], readings)
    assert found.values["temperature"].value == 24.0
    assert found.comfort.step == "in_band"


def test_power_is_the_sum_of_live_submeters_only() -> None:
    sensors = [sensor("S1", "submeter"), sensor("S2", "submeter"), sensor("M", "main")]
    readings = [latest("S1", "power", 1.2), latest("S2", "power", 0.8), latest("M", "power", 50.0)]
    found = live(sensors, readings)
    assert found.power_kw == 2.0
    assert found.power_complete


def test_a_silent_submeter_makes_power_incomplete_and_is_named() -> None:
    sensors = [sensor("S1", "submeter"), sensor("S2", "submeter")]
    readings = [latest("S1", "power", 1.2), latest("S2", "power", 0.8, age_s=3600)]
    found = live(sensors, readings)
    assert (found.power_kw, found.power_missing) == (1.2, ("S2",))
    assert not found.power_complete


def test_power_is_unknown_without_a_live_submeter() -> None:
    found = live([sensor("S1", "submeter")], [latest("S1", "power", 0.8, age_s=3600)])
    assert found.power_kw is None
    assert found.age_ms is None


def test_a_room_is_as_old_as_its_newest_reading() -> None:
    readings = [latest("A", "temperature", 22.0, age_s=9), latest("A", "co2", 600.0, age_s=3)]
    assert live([sensor("A")], readings).age_ms == 3000


def test_a_room_without_sensors_says_no_data() -> None:
    assert live([], []).comfort.word == "No data"
