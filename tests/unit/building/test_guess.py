import pytest

from domain.building.guess import RoomNames, guess_sensor, name_words, type_of
from domain.building.model import SENSOR_TYPES

ROOMS = RoomNames(
    {"Open office North": 1, "Open office": 2, "Lab": 3, "Meeting 1.1": 4, "Canteen": 5}
)
NO_ROOMS = RoomNames({})


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"temperature"}, "temperature"),
        ({"power"}, "power"),
        ({"power", "energy"}, "energy_meter"),
        ({"power", "voltage", "current"}, "energy_meter"),
        ({"generation", "generation_energy"}, "energy_meter"),
        ({"power", "soc"}, "battery"),
        ({"temperature", "irradiance"}, "weather"),
        ({"temperature", "humidity", "co2"}, "multi"),
        ({"gas"}, "gas"),
        (set(), "other"),
        ({"price", "carbon_intensity"}, "other"),
    ],
)
def test_the_type_follows_from_what_is_sent(metrics: set[str], expected: str) -> None:
    assert type_of(metrics) == expected


@pytest.mark.parametrize(
    ("sensor_id", "metrics", "role", "use"),
    [
        ("METER_MAIN", {"power", "energy"}, "main", None),
        ("METER_CANTEEN_KITCHEN", {"power", "energy"}, "submeter", "kitchen"),
        ("METER_CANTEEN_LIGHTING", {"power", "energy"}, "submeter", "lighting"),
        ("SDB_4", {"power"}, "submeter", None),
        ("PV_1", {"generation", "generation_energy"}, "generation", None),
        ("BATT001", {"power", "soc"}, "battery", None),
        ("DEVICE_003", {"power"}, "none", None),
        ("PV_roof_temp", {"temperature"}, "none", None),
    ],
)
def test_only_a_meter_whose_name_says_so_gets_a_role(
    sensor_id: str, metrics: set[str], role: str, use: str | None
) -> None:
    guess = guess_sensor(sensor_id, metrics, {}, ROOMS, SENSOR_TYPES)
    assert (guess.meter_role, guess.use) == (role, use)


@pytest.mark.parametrize(
    ("sensor_id", "hint", "room_id"),
    [
        ("CLIMATE_OPEN_OFFICE_NORTH", None, 1),
        ("climate-openOffice-2", None, 2),
        ("TEMP_LAB_1", None, 3),
        ("TEMP_MEETING_1.1", None, 4),
        ("TEMP_1", None, None),
        ("TEMP_LABORATORY", None, None),
        ("TEMP_1", "lab", 3),
        ("TEMP_LAB_1", "canteen ", 5),
        ("TEMP_1", "Attic", None),
    ],
)
def test_the_room_is_the_longest_name_in_the_id_unless_the_sensor_says(
    sensor_id: str, hint: str | None, room_id: int | None
) -> None:
    hints = {"room": hint} if hint else {}
    guess = guess_sensor(sensor_id, {"temperature"}, hints, ROOMS, SENSOR_TYPES)
    assert guess.room_id == room_id


def test_what_the_sensor_says_itself_wins() -> None:
    hints = {"sensor_type": "co2", "name": "Air probe"}
    guess = guess_sensor("X1", {"temperature"}, hints, NO_ROOMS, SENSOR_TYPES)
    assert (guess.sensor_type, guess.name) == ("co2", "Air probe")


def test_a_type_nobody_knows_is_not_believed() -> None:
    guess = guess_sensor("X1", {"temperature"}, {"sensor_type": "sdb"}, NO_ROOMS, SENSOR_TYPES)
    assert guess.sensor_type == "temperature"


def test_words_of_an_id() -> None:
    assert name_words("METER_OpenOffice-2.1") == ("meter", "open", "office", "2", "1")
