import pytest

from domain.building.model import SENSOR_TYPES
from domain.building.validation import floor_order, room_columns, sensor_columns, sensor_id_of
from domain.foundation.errors import InvalidInput
from domain.foundation.units import METRICS


def refused_fields(error: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [entry.field for entry in error.value.fields]


def test_every_metric_is_a_sensor_type() -> None:
    assert set(METRICS) <= set(SENSOR_TYPES)


@pytest.mark.parametrize(
    ("label", "order"),
    [
        ("2nd", 2),
        ("2nd floor", 2),
        ("Ground", 0),
        ("ground floor", 0),
        ("Basement", -1),
        ("Basement 2", -2),
        ("Level -3", -3),
        ("First floor", 1),
        ("Mezzanine", 0),
    ],
)
def test_a_floor_label_says_its_storey(label: str, order: int) -> None:
    assert floor_order(label) == order


def test_a_room_is_tidied() -> None:
    columns = room_columns(
        {"name": "  Open   office ", "floor": "2nd", "capacity": "20", "area_m2": ""}
    )
    assert columns == {
        "name": "Open office",
        "floor": "2nd",
        "floor_order": 2,
        "capacity": 20,
        "area_m2": None,
    }


def test_every_wrong_field_of_a_room_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        room_columns({"name": " ", "floor": None, "capacity": -1, "area_m2": "big"})
    assert refused_fields(refused) == ["name", "floor", "capacity", "area_m2"]


@pytest.mark.parametrize("capacity", [2.5, True, "many", 1_000_000, float("inf")])
def test_seats_are_a_whole_number(capacity: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        room_columns({"capacity": capacity})
    assert refused_fields(refused) == ["capacity"]


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        room_columns({"nmae": "Lab"})
    assert refused_fields(refused) == ["nmae"]


def test_every_wrong_field_of_a_sensor_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        sensor_columns(
            {
                "name": "x" * 61,
                "sensor_type": "thermo",
                "meter_role": "total",
                "use": "garden",
                "interval_s": 0,
                "demand_response_enabled": "yes",
                "control_capabilities": ["On Off"],
            }
        )
    assert refused_fields(refused) == [
        "name",
        "sensor_type",
        "meter_role",
        "use",
        "interval_s",
        "demand_response_enabled",
        "control_capabilities",
    ]


@pytest.mark.parametrize(
    ("sensor_type", "unit", "accepted"),
    [("power", "W", True), ("power", "°C", False), ("multi", "°C", False), ("multi", "", True)],
)
def test_a_unit_belongs_to_a_sensor_of_one_metric(
    sensor_type: str, unit: str, accepted: bool
) -> None:
    if accepted:
        assert sensor_columns({"sensor_type": sensor_type, "unit": unit})["unit"] == (unit or None)
    else:
        with pytest.raises(InvalidInput) as refused:
            sensor_columns({"sensor_type": sensor_type, "unit": unit})
        assert refused_fields(refused) == ["unit"]


def test_a_new_type_forgets_the_old_unit() -> None:
    assert sensor_columns({"sensor_type": "co2"}, "temperature")["unit"] is None
    assert "unit" not in sensor_columns({"sensor_type": "co2"}, "co2")


@pytest.mark.parametrize("sensor_id", ["TEMP_001", "a.b-c", "x" * 64])
def test_an_id_that_fits_into_a_topic_is_taken(sensor_id: str) -> None:
    assert sensor_id_of(f" {sensor_id} ") == sensor_id


@pytest.mark.parametrize("sensor_id", ["", "a b", "a/b", "+", "#", "ä", "x" * 65, None, "a\n"])
def test_an_id_that_does_not_is_refused(sensor_id: object) -> None:
    if sensor_id == "a\n":
        assert sensor_id_of(sensor_id) == "a"
        return
    with pytest.raises(InvalidInput) as refused:
        sensor_id_of(sensor_id)
    assert refused_fields(refused) == ["sensor_id"]
