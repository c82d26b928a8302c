"""What needs a person comes once, by urgency, with its evidence."""

from domain.building.attention import Flaw, Need, Refused, needs
from domain.building.balance import Meter, balance
from domain.building.comfort import Comfort, ComfortState, Measured, comfort_state
from domain.building.energy_now import EnergyNow
from domain.building.model import Room, RoomLive, Sensor, SensorRow

QUIET: dict[str, object] = {
    "energy": EnergyNow(),
    "rooms": [],
    "outside_since_ms": {},
    "silent": [],
    "counts": {"fresh": 40},
    "flaws": [],
    "refused": None,
}


def found(**given: object) -> list[Need]:
    return needs(**(QUIET | given))  # type: ignore[arg-type]


def a_room(room_id: int, name: str, state: ComfortState) -> RoomLive:
    room = Room(room_id, name, "1st", 1, None, None, Comfort(), {}, 1)
    return RoomLive(room, {}, state, None, (), None, None, None)


def a_silent_sensor(sensor_id: str, room: str | None = "Library", ts_ms: int = 1000) -> SensorRow:
    sensor = Sensor(
        sensor_id, sensor_id, "multi", 1, None, "none", None, None, "adopted", False, (),
        None, None, 1,
    )  # fmt: skip
    return SensorRow(sensor, room, "stale", (), ts_ms, ())


def a_warm_room(temperature_c: float, room_id: int = 7) -> RoomLive:
    state = comfort_state({"temperature": Measured(temperature_c, True)}, Comfort())
    return a_room(room_id, "Open office South", state)


def test_a_quiet_building_needs_nobody() -> None:
    assert found() == []


def test_a_warm_room_is_said_with_how_far_and_since_when() -> None:
    assert found(rooms=[a_warm_room(26.4)], outside_since_ms={7: 123}) == [
        Need("comfort", "Open office South 26.4 °C", "Warm, 0.4 °C above its limit", 123, "7")
    ]


def test_the_room_farthest_from_its_band_comes_first() -> None:
    rooms = [a_warm_room(26.4, 1), a_warm_room(29.0, 2), a_warm_room(20.0, 3)]
    assert [need.target for need in found(rooms=rooms)] == ["2", "3", "1"]


def test_faults_come_before_data_before_comfort_before_silence() -> None:
    silent_main = Meter("M", "Main meter", "main", None, 5, "stale")
    lines = found(
        energy=balance([silent_main]),
        rooms=[a_warm_room(27.0)],
        silent=[a_silent_sensor("CO2_1")],
        flaws=[Flaw("T1", "Canteen meter", "stuck at 4.0 kW", 9)],
        refused=Refused(3, "no JSON", 10),
        counts={"fresh": 1, "discovered": 2},
    )
    assert [need.kind for need in lines] == [
        "main_meter",
        "quality",
        "comfort",
        "silent",
        "refused",
        "discovered",
    ]
    assert lines[0].fact == "Main meter silent"
    assert lines[0].since_ms == 5


def test_a_meter_named_as_missing_is_not_listed_again_as_silent() -> None:
    energy = balance([Meter("M", "Main meter", "main", None, 5, "stale")])
    kinds = [need.kind for need in found(energy=energy, silent=[a_silent_sensor("Main meter")])]
    assert kinds == ["main_meter"]


def test_many_silent_sensors_are_one_line() -> None:
    rows = [a_silent_sensor(f"S{i}", "Lab" if i % 2 else "Library", i) for i in range(9)]
    assert found(silent=rows) == [Need("silent", "9 sensors silent", "Lab, Library", 8)]


def test_when_nothing_arrives_one_line_says_so() -> None:
    energy = balance([Meter("M", "Main meter", "main", None, 5, "stale")])
    rows = [a_silent_sensor(f"S{i}", ts_ms=i) for i in range(9)]
    assert found(energy=energy, silent=rows, counts={"stale": 9}) == [
        Need("no_data", "No data arrives", "All 9 sensors are silent", 8)
    ]
    assert found(energy=energy, silent=rows, counts={"stale": 9, "fresh": 1}) == [
        Need("no_data", "No data arrives", "Nearly all, 9 sensors are silent", 8)
    ]


def test_submeters_beyond_the_main_meter_need_somebody_unless_it_is_timing() -> None:
    def excess(kw: float) -> list[Need]:
        main = Meter("M", "M", "main", 50.0, 1, "fresh")
        return found(energy=balance([main, Meter("S", "S", "submeter", 50.0 + kw, 1, "fresh")]))

    assert excess(0.9) == []
    assert [need.fact for need in excess(2.5)] == ["Submeters exceed the main meter by 2.5 kW"]


def test_a_reversed_meter_needs_somebody() -> None:
    meters = [
        Meter("M", "M", "main", 10.0, 1, "fresh"),
        Meter("PV", "PV", "generation", -40.0, 1, "fresh"),
    ]
    assert found(energy=balance(meters)) == [
        Need("balance", "PV reports −40.0 kW", "counted as 0, check its sign")
    ]
