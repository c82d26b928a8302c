from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

SENSORS = "/api/v1/sensors"
SEED = {"sensor_id": "TEMP_001", "name": "Conference Room Temperature",
        "sensor_type": "temperature"}  # fmt: skip


@pytest.fixture
def admin(web: Flask) -> FlaskClient:
    return visitor(web, "admin")


def send(house: House, clock: FixedClock, *back_s: float, sensor: str = "TEMP_001") -> None:
    now_ms = to_ms(clock.now())
    times = sorted(now_ms - round(seconds * 1000) for seconds in back_s)
    house.telemetry.ingest(
        [Reading(sensor, "temperature", ts, 20.0 + i) for i, ts in enumerate(times)]
    )


def test_a_sensor_is_registered_as_the_documents_do_it(
    admin: FlaskClient, small_house: House
) -> None:
    small_house.building.create_room(SYSTEM, {"name": "Conference Room A", "floor": "2nd"})
    made = admin.post(SENSORS, json={**SEED, "room": "Conference Room A"})
    assert made.status_code == 201
    assert made.json["room"] == "Conference Room A"
    assert (made.json["state"], made.json["status"]) == ("missing", "adopted")
    assert admin.get(f"{SENSORS}/TEMP_001").json == made.json


def test_only_its_id_is_needed(admin: FlaskClient) -> None:
    made = admin.post(SENSORS, json={"sensor_id": "X-1"}).json
    assert (made["name"], made["sensor_type"], made["meter_role"]) == ("X-1", "other", "none")


def test_an_existing_id_is_409_and_a_discovered_one_is_adopted(
    admin: FlaskClient, small_house: House
) -> None:
    assert admin.post(SENSORS, json=SEED).status_code == 201
    again = admin.post(SENSORS, json=SEED)
    assert (again.status_code, again.json["error"]["details"]["holder"]) == (409, "TEMP_001")
    small_house.building.note_discovered(["NEW_1"], {})
    assert admin.get(f"{SENSORS}/NEW_1").json["status"] == "discovered"
    assert admin.post(SENSORS, json={"sensor_id": "NEW_1"}).json["status"] == "adopted"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_old_client_may_send_the_whole_object_and_keeps_what_it_does_not_know(
    admin: FlaskClient, method: str
) -> None:
    admin.post(SENSORS, json={**SEED, "interval_s": 30, "control_capabilities": ["on_off"]})
    change = getattr(admin, method)(f"{SENSORS}/TEMP_001", json={**SEED, "name": "Door side"})
    assert change.status_code == 200
    assert change.json["name"] == "Door side"
    assert (change.json["interval_s"], change.json["control_capabilities"]) == (30, ["on_off"])


def test_an_id_cannot_be_changed(admin: FlaskClient) -> None:
    admin.post(SENSORS, json=SEED)
    answer = admin.put(f"{SENSORS}/TEMP_001", json={"sensor_id": "TEMP_002"})
    assert answer.status_code == 422
    assert answer.json["error"]["details"]["fields"][0]["limit"] == "TEMP_001"


def test_a_deleted_sensor_is_hidden_and_keeps_its_history(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json=SEED)
    send(small_house, clock, 3600, 3660)
    small_house.telemetry.settle()
    assert admin.delete(f"{SENSORS}/TEMP_001").status_code == 204
    assert admin.get(SENSORS).json["sensors"] == []
    listed = admin.get(f"{SENSORS}?state=hidden").json["sensors"]
    assert [row["sensor_id"] for row in listed] == ["TEMP_001"]
    assert len(admin.get(f"{SENSORS}/TEMP_001/data").json["series"][0]["points"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sensor_id": "a b"}, "sensor_id"),
        ({"sensor_id": "a/b"}, "sensor_id"),
        ({"sensor_id": "x" * 65}, "sensor_id"),
        ({"sensor_type": "thermometer"}, "sensor_type"),
        ({"meter_role": "chief"}, "meter_role"),
        ({"room": "Nowhere"}, "room"),
        ({"unit": "furlong"}, "unit"),
        ({"interval_s": 0}, "interval_s"),
        ({"demand_response_enabled": "yes"}, "demand_response_enabled"),
        ({"control_capabilities": ["On Off"]}, "control_capabilities[0]"),
        ({"control_capabilities": ["x"] * 21}, "control_capabilities"),
    ],
)
def test_what_is_not_acceptable_is_named(
    admin: FlaskClient, change: dict[str, Any], field: str
) -> None:
    answer = admin.post(SENSORS, json={**SEED, **change})
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json["error"]["details"]["fields"]] == [field]


def test_known_words_are_listed_where_one_is_wrong(admin: FlaskClient) -> None:
    answer = admin.post(SENSORS, json={**SEED, "meter_role": "chief"})
    limit = answer.json["error"]["details"]["fields"][0]["limit"]
    assert limit == ["none", "main", "submeter", "generation", "battery"]


def test_a_sensor_tells_its_newest_value_with_unit_age_and_state(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json={**SEED, "interval_s": 60})
    send(small_house, clock, 60, 0)
    clock.advance(90)
    found = admin.get(f"{SENSORS}/TEMP_001").json
    assert found["metrics"]["temperature"]["value"] == 21.0
    assert found["metrics"]["temperature"]["timestamp"] == to_ms(clock.now()) // 1000 - 90
    assert (found["state"], found["stale"]) == ("fresh", False)
    clock.advance(86_400)
    assert admin.get(f"{SENSORS}/TEMP_001").json["stale"] is True


# --- lists -----------------------------------------------------------------------------------


def test_a_list_is_walked_with_its_cursor_though_rows_come_and_go(
    admin: FlaskClient, small_house: House
) -> None:
    for number in range(12):
        small_house.building.register_sensor(SYSTEM, f"S_{number}", {})
    first = admin.get(f"{SENSORS}?limit=5").json
    assert [row["sensor_id"] for row in first["sensors"]] == [f"S_{n}" for n in range(5)]
    small_house.building.hide_sensor(SYSTEM, "S_4")  # the very row the cursor names
    small_house.building.register_sensor(SYSTEM, "A_0", {})
    second = admin.get(SENSORS, query_string={"limit": 5, "cursor": first["next_cursor"]}).json
    assert [row["sensor_id"] for row in second["sensors"]] == [f"S_{n}" for n in range(5, 10)]
    last = admin.get(SENSORS, query_string={"cursor": second["next_cursor"]}).json
    assert [row["sensor_id"] for row in last["sensors"]] == ["S_10", "S_11"]
    assert last["next_cursor"] is None


def test_a_list_is_filtered_by_room_type_state_and_words(
    admin: FlaskClient, small_house: House
) -> None:
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    small_house.building.register_sensor(SYSTEM, "A", {"sensor_type": "co2", "room": "Lab"})
    small_house.building.register_sensor(SYSTEM, "B", {"sensor_type": "light"})
    for query, found in (
        ({"room": "lab"}, ["A"]),
        ({"sensor_type": "light"}, ["B"]),
        ({"state": "missing"}, ["A", "B"]),
        ({"state": "fresh"}, []),
        ({"search": "lab"}, ["A"]),
    ):
        rows = admin.get(SENSORS, query_string=query).json["sensors"]
        assert [row["sensor_id"] for row in rows] == found, query
    assert admin.get(f"{SENSORS}?room=Nowhere").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=%21", "cursor=", "colour=red",
     "state=warm"],
)  # fmt: skip
def test_a_bad_question_is_422(admin: FlaskClient, query: str) -> None:
    answer = admin.get(f"{SENSORS}?{query}")
    assert answer.status_code == 422
    assert answer.json["error"]["details"]["fields"][0]["field"] == query.partition("=")[0]


# --- data ------------------------------------------------------------------------------------


def test_data_are_epoch_seconds_ascending_and_half_open(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json=SEED)
    send(small_house, clock, 0.5, 60, 120)
    now_s = to_ms(clock.now()) // 1000
    query = {"start_time": now_s - 120, "end_time": now_s - 0.5}
    data = admin.get(f"{SENSORS}/TEMP_001/data", query_string=query).json
    assert (data["sensor_id"], data["resolution"]) == ("TEMP_001", "raw")
    assert data["series"][0]["points"] == [[now_s - 120, 20.0], [now_s - 60, 21.0]]


def test_every_way_to_write_a_time_means_the_same(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json=SEED)
    send(small_house, clock, 0)
    seconds = to_ms(clock.now()) // 1000  # 09:00 UTC, 10:00 in Lisbon
    for start in (
        str(seconds), str(seconds * 1000), "2026-06-16T09:00:00Z", "2026-06-16T10:00:00%2B01:00",
        "2026-06-16T10:00:00+01:00", "2026-06-16 10:00:00",
    ):  # fmt: skip
        path = f"{SENSORS}/TEMP_001/data?start_time={start}&end_time={seconds + 60}"
        data = admin.get(path).json
        assert data["start_time"] == "2026-06-16T09:00:00Z", start
        assert [point[0] for point in data["series"][0]["points"]] == [seconds]


def test_without_a_period_it_is_the_last_24_hours(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json=SEED)
    data = admin.get(f"{SENSORS}/TEMP_001/data").json
    assert (data["start_time"], data["end_time"]) == (
        "2026-06-15T09:00:00Z", "2026-06-16T09:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_time=2&end_time=1", "start_time"),
        ("start_time=5&end_time=5", "start_time"),
        ("start_time=yesterday", "start_time"),
        ("end_time=NaN", "end_time"),
        ("end_time=1e400", "end_time"),
        ("start_time=-1", "start_time"),
        ("end_time=999999999999999999", "end_time"),
        ("metric=warmth", "metric[0]"),
        ("resolution=1min", "resolution"),
        ("max_points=1", "max_points"),
        ("max_points=10001", "max_points"),
    ],
)
def test_a_bad_period_or_resolution_is_422(admin: FlaskClient, query: str, field: str) -> None:
    admin.post(SENSORS, json=SEED)
    answer = admin.get(f"{SENSORS}/TEMP_001/data?{query}")
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json["error"]["details"]["fields"]] == [field]


def test_buckets_carry_mean_lowest_and_highest_and_metrics_are_chosen(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    admin.post(SENSORS, json={"sensor_id": "TEMP_001", "sensor_type": "multi"})
    send(small_house, clock, 1000, 1100)
    small_house.telemetry.ingest([Reading("TEMP_001", "co2", to_ms(clock.now()), 600.0)])
    small_house.telemetry.settle()
    path = f"{SENSORS}/TEMP_001/data?resolution=1h"
    assert {s["metric"] for s in admin.get(path).json["series"]} == {"temperature", "co2"}
    data = admin.get(f"{path}&metric=temperature,light").json
    assert [s["metric"] for s in data["series"]] == ["temperature"]
    assert data["series"][0]["points"][0][1:] == [20.5, 20.0, 21.0]
    assert (data["resolution"], data["series"][0]["bucket_s"]) == ("1h", 3600)


@pytest.mark.parametrize("path", ["NONE", "NONE/data", "x" * 200])
def test_an_unknown_sensor_is_404_for_who_may_read_and_403_before_that(
    web: Flask, admin: FlaskClient, path: str
) -> None:
    answer = admin.get(f"{SENSORS}/{path}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_sensor")
    token = bearer(generate(admin, "rooms"))
    assert web.test_client().get(f"{SENSORS}/{path}", headers=token).status_code == 403
    assert web.test_client().get(f"{SENSORS}/{path}").status_code == 401


@pytest.mark.parametrize(
    ("role", "may"),
    [("viewer", set()), ("operator", {"put"}), ("manager", {"post", "put", "delete"})],
)
def test_who_may_change_sensors(web: Flask, small_house: House, role: str, may: set[str]) -> None:
    small_house.building.register_sensor(SYSTEM, "OLD", {})
    client = visitor(web, role)
    assert (client.post(SENSORS, json=SEED).status_code == 201) is ("post" in may)
    assert (client.put(f"{SENSORS}/OLD", json={"name": "x"}).status_code == 200) is ("put" in may)
    assert (client.delete(f"{SENSORS}/OLD").status_code == 204) is ("delete" in may)


def test_a_bearer_may_leave_the_content_type_out(web: Flask, admin: FlaskClient) -> None:
    token = bearer(generate(admin, "sensors"))
    answer = web.test_client().post(SENSORS, data='{"sensor_id": "T"}', headers=token)
    assert answer.status_code == 201
    assert admin.post(SENSORS, data='{"sensor_id": "U"}').status_code == 400
