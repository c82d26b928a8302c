import dataclasses

import pytest

from domain.building.model import Sensor, SensorQuery
from domain.building.sensor_list import entries_of, natural_key, sensor_page, worst_state
from domain.telemetry.model import Latest
from tests.unit.building.test_room_live import ROOM, sensor

NOW_MS = 1_000_000_000
MINUTE_S = 60.0


def state_of(item: Latest) -> str:
    return item.state_name(NOW_MS)


def latest(sensor_id: str, metric: str, value: float, age_s: float = 1) -> Latest:
    return Latest(sensor_id, metric, NOW_MS - int(age_s * 1000), value, "", 10.0)


def placed(sensor_id: str, **changes: object) -> Sensor:
    return dataclasses.replace(sensor(sensor_id), name=sensor_id, **changes)  # type: ignore[arg-type]


LAB = dataclasses.replace(ROOM, room_id=1, name="Lab")
STUDIO = dataclasses.replace(ROOM, room_id=2, name="Studio")
PLACED = {
    placed("TEMP_10", sensor_type="temperature", room_id=1): LAB,
    placed("TEMP_2", sensor_type="temperature", room_id=2): STUDIO,
    placed("CLIMATE_1", sensor_type="multi", room_id=1): LAB,
    placed("NEW_1", status="discovered", room_id=None): None,
    placed("OLD_1", status="hidden", room_id=None): None,
    placed("WAITS", sensor_type="co2", room_id=None): None,
}
ENTRIES = entries_of(PLACED, {sensor.sensor_id: room for sensor, room in PLACED.items()})
LATEST = {
    "TEMP_10": [latest("TEMP_10", "temperature", 20.0)],
    "TEMP_2": [latest("TEMP_2", "temperature", 25.0, age_s=5 * MINUTE_S)],
    "CLIMATE_1": [
        latest("CLIMATE_1", "temperature", 22.0),
        latest("CLIMATE_1", "co2", 600.0, age_s=45 * MINUTE_S),
    ],
    "NEW_1": [latest("NEW_1", "power", 3.0)],
    "OLD_1": [latest("OLD_1", "power", 3.0)],
}


def ids(query: SensorQuery) -> list[str]:
    rows = sensor_page(query, ENTRIES, LATEST, state_of).rows
    return [row.sensor.sensor_id for row in rows]


def test_numbers_in_names_sort_as_numbers() -> None:
    assert natural_key("TEMP_2") < natural_key("TEMP_10")
    assert ids(SensorQuery(sensor_type="temperature")) == ["TEMP_2", "TEMP_10"]


def test_hidden_sensors_are_only_shown_when_asked_for() -> None:
    assert "OLD_1" not in ids(SensorQuery())
    assert ids(SensorQuery(state="hidden")) == ["OLD_1"]


def test_states_are_counted_before_the_state_filter() -> None:
    page = sensor_page(SensorQuery(state="stale"), ENTRIES, LATEST, state_of)
    assert dict(page.counts_by_state) == {
        "fresh": 1,
        "late": 0,
        "stale": 2,
        "dead": 0,
        "missing": 1,
        "discovered": 1,
        "hidden": 1,
    }
    assert page.total == 2


def test_a_sensor_is_as_silent_as_its_most_silent_metric() -> None:
    assert worst_state(LATEST["CLIMATE_1"], state_of) == "stale"
    row = next(
        row
        for row in sensor_page(SensorQuery(), ENTRIES, LATEST, state_of).rows
        if row.sensor.sensor_id == "CLIMATE_1"
    )
    assert row.silent_metrics == ("co2",)
    assert row.newest_ts_ms == NOW_MS - 1000


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("lab", ["CLIMATE_1", "TEMP_10"]),
        ("temp lab", ["TEMP_10"]),
        ("room climate", ["CLIMATE_1"]),
        ("nothing", []),
    ],
)
def test_all_words_of_a_search_must_occur_in_id_name_type_or_room(
    search: str, expected: list[str]
) -> None:
    assert ids(SensorQuery(search=search)) == expected


def test_a_room_or_none_can_be_asked_for() -> None:
    assert ids(SensorQuery(room_id=1)) == ["CLIMATE_1", "TEMP_10"]
    assert ids(SensorQuery(room_id=0)) == ["NEW_1", "WAITS"]


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("value", False, ["NEW_1", "TEMP_10", "CLIMATE_1", "TEMP_2", "WAITS"]),
        ("value", True, ["TEMP_2", "CLIMATE_1", "TEMP_10", "NEW_1", "WAITS"]),
        ("age", True, ["TEMP_2", "CLIMATE_1", "NEW_1", "TEMP_10", "WAITS"]),
        ("room", False, ["CLIMATE_1", "TEMP_10", "TEMP_2", "NEW_1", "WAITS"]),
        ("state", False, ["TEMP_10", "CLIMATE_1", "TEMP_2", "WAITS", "NEW_1"]),
        ("no such column", False, ["CLIMATE_1", "NEW_1", "TEMP_2", "TEMP_10", "WAITS"]),
    ],
)
def test_what_has_no_value_comes_last_both_ways(
    sort: str, descending: bool, expected: list[str]
) -> None:
    assert ids(SensorQuery(sort=sort, descending=descending)) == expected


def test_a_page_beyond_the_end_is_the_last_one() -> None:
    page = sensor_page(SensorQuery(page=9, page_size=2), ENTRIES, LATEST, state_of)
    assert (page.page, page.pages, page.total, len(page.rows)) == (3, 3, 5, 1)


def test_an_export_gets_every_row() -> None:
    assert len(ids(SensorQuery(page_size=None))) == 5
