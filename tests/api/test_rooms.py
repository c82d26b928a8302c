from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor

ROOMS = "/api/v1/rooms"
SEED = {"name": "Conference Room A", "floor": "2nd", "capacity": 20}


@pytest.fixture
def admin(web: Flask) -> FlaskClient:
    return visitor(web, "admin")


def fill(house: House, clock: FixedClock, minutes: int = 120) -> None:
    """A room with a thermometer, a submeter of 2 kW and a panel of 1 kW, a reading a minute."""
    building = house.building
    building.create_room(SYSTEM, SEED)
    for sensor_id, kind, role in (
        ("TEMP_001", "temperature", "none"),
        ("METER_1", "power", "submeter"),
        ("PV_1", "generation", "generation"),
    ):
        fields = {"sensor_type": kind, "meter_role": role, "room": SEED["name"], "interval_s": 60}
        building.register_sensor(SYSTEM, sensor_id, fields)
    now_ms = to_ms(clock.now())
    for sensor_id, metric, value in (
        ("TEMP_001", "temperature", 22.0),
        ("METER_1", "power", 2.0),
        ("PV_1", "generation", 1.0),
    ):
        times = [now_ms - minute * 60_000 for minute in range(minutes, -1, -1)]
        house.telemetry.ingest([Reading(sensor_id, metric, ts_ms, value) for ts_ms in times])
        house.telemetry.set_interval(sensor_id, 60)
    house.telemetry.settle()


def test_a_room_is_made_as_the_documents_make_it_and_found_by_name_and_id(
    admin: FlaskClient,
) -> None:
    made = admin.post(ROOMS, json=SEED)
    assert made.status_code == 201
    assert {name: made.json[name] for name in SEED} == SEED
    for place in ("Conference%20Room%20A", "conference room a", made.json["id"]):
        assert admin.get(f"{ROOMS}/{place}").json == made.json


def test_a_name_with_a_slash_works_url_encoded(admin: FlaskClient) -> None:
    admin.post(ROOMS, json={**SEED, "name": "Lab 1/2"})
    assert admin.get(f"{ROOMS}/Lab%201%2F2").json["name"] == "Lab 1/2"
    assert admin.get(f"{ROOMS}/Lab%201%2F2/data").json["room"] == "Lab 1/2"


def test_the_same_name_again_is_409_and_names_the_holder(admin: FlaskClient) -> None:
    admin.post(ROOMS, json=SEED)
    again = admin.post(ROOMS, json={**SEED, "name": "conference  room a"})
    assert again.status_code == 409
    assert again.json["error"]["code"] == "room_exists"
    assert again.json["error"]["details"]["holder"] == "Conference Room A"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_keeps_what_it_does_not_name(admin: FlaskClient, method: str) -> None:
    admin.post(ROOMS, json={**SEED, "comfort": {"temperature_low": 20}})
    change = getattr(admin, method)(f"{ROOMS}/Conference Room A", json={"capacity": 24})
    assert change.status_code == 200
    assert (change.json["capacity"], change.json["floor"]) == (24, "2nd")
    assert change.json["comfort"]["temperature_low"] == 20
    assert admin.get(f"{ROOMS}/Conference Room A").json["capacity"] == 24


def test_a_change_made_from_an_old_version_is_409(admin: FlaskClient) -> None:
    version = admin.post(ROOMS, json=SEED).json["version"]
    path = f"{ROOMS}/Conference Room A"
    assert admin.patch(path, json={"capacity": 1, "version": version}).status_code == 200
    late = admin.patch(path, json={"capacity": 2, "version": version})
    assert (late.status_code, late.json["error"]["code"]) == (409, "changed_meanwhile")


def test_a_deleted_room_is_gone_and_its_sensors_stay(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock, 1)
    gone = admin.delete(f"{ROOMS}/Conference Room A")
    assert (gone.status_code, gone.data) == (204, b"")
    assert admin.get(f"{ROOMS}/Conference Room A").status_code == 404
    assert small_house.building.sensor("TEMP_001").room_id is None


@pytest.mark.parametrize(
    ("body", "field", "limit"),
    [
        ({"floor": "2nd"}, "name", None),
        ({**SEED, "name": ""}, "name", 1),
        ({**SEED, "name": "x" * 61}, "name", 60),
        ({**SEED, "name": 3}, "name", None),
        ({**SEED, "capacity": -1}, "capacity", 0),
        ({**SEED, "capacity": "20"}, "capacity", None),
        ({**SEED, "capacity": True}, "capacity", None),
        ({**SEED, "area_m2": 1e9}, "area_m2", 1_000_000),
        ({**SEED, "comfort": {"temperature_low": 90}}, "comfort.temperature_low", 40),
        ({**SEED, "owner": "me"}, "owner", None),
    ],
)
def test_what_is_not_acceptable_is_named_with_its_limit(
    admin: FlaskClient, body: dict[str, Any], field: str, limit: object
) -> None:
    answer = admin.post(ROOMS, json=body)
    assert answer.status_code == 422
    entries = answer.json["error"]["details"]["fields"]
    assert [entry["field"] for entry in entries] == [field]
    if limit is not None:
        said = entries[0]["limit"]
        assert limit == said or (isinstance(said, list) and limit in said)


def test_every_wrong_field_has_one_entry(admin: FlaskClient) -> None:
    answer = admin.post(ROOMS, json={"name": "", "capacity": "many", "area_m2": -1})
    fields = [entry["field"] for entry in answer.json["error"]["details"]["fields"]]
    assert sorted(fields) == ["area_m2", "capacity", "floor", "name"]


@pytest.mark.parametrize("data", ["[]", "1", '"x"', "null", ""])
def test_json_that_is_no_object_is_422(admin: FlaskClient, data: str) -> None:
    answer = admin.post(ROOMS, data=data, content_type="application/json")
    assert answer.status_code == 422


def test_a_room_tells_its_live_values_with_unit_and_age(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock, 5)
    clock.advance(30)
    room = admin.get(f"{ROOMS}/Conference Room A").json
    assert room["metrics"]["temperature"] == {
        "value": 22.0, "unit": "°C", "timestamp": to_ms(clock.now()) // 1000 - 30,
        "state": "fresh", "stale": False,
    }  # fmt: skip
    assert (room["power_kw"], room["power_complete"], room["stale"]) == (2.0, True, False)
    assert room["sensors"] == ["METER_1", "PV_1", "TEMP_001"]
    assert room["last_reading_at"].endswith("Z")
    assert room["occupancy"] is None
    clock.advance(3600)
    later = admin.get(f"{ROOMS}/Conference Room A").json
    assert (later["power_kw"], later["stale"]) == (None, True)
    assert later["metrics"]["temperature"]["state"] == "stale"


def test_a_rooms_data_are_its_metrics_and_its_energy_per_interval(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock)
    data = admin.get(f"{ROOMS}/Conference Room A/data?resolution=15min").json
    assert data["resolution"] == "15min"
    assert {(s["sensor_id"], s["metric"], s["unit"]) for s in data["series"]} == {
        ("TEMP_001", "temperature", "°C"),
        ("METER_1", "power", "kW"),
        ("PV_1", "generation", "kW"),
    }
    assert data["interval_s"] == 900
    whole = [i for i in data["intervals"] if i["coverage"] > 0.99]
    assert len(whole) >= 7
    assert whole[0]["energy_kwh"] == pytest.approx(0.5)
    assert whole[0]["generation_kwh"] == pytest.approx(0.25)
    starts = [i["timestamp"] for i in data["intervals"]]
    assert starts == sorted(starts)
    assert all(start % 900 == 0 for start in starts)


def test_a_silent_submeter_makes_the_rooms_energy_unknown(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock)
    fields = {"sensor_type": "power", "meter_role": "submeter", "room": SEED["name"]}
    small_house.building.register_sensor(SYSTEM, "METER_2", fields)
    small_house.telemetry.ingest([Reading("METER_2", "power", to_ms(clock.now()), 1.0)])
    data = admin.get(f"{ROOMS}/Conference Room A/data?resolution=15min").json
    assert {i["energy_kwh"] for i in data["intervals"][:-1]} == {None}
    assert data["intervals"][0]["coverage"] == 0
    assert data["intervals"][1]["generation_kwh"] == pytest.approx(0.25)


def test_a_room_tells_what_its_air_conditioning_should_do_and_on_what_it_stands(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock, 5)
    path = f"{ROOMS}/Conference Room A/ac-status"
    assert admin.get(path).json["ac_status"] == "off"
    admin.patch(f"{ROOMS}/Conference Room A", json={"comfort": {"temperature_high": 21.5}})
    warm = admin.get(path).json
    assert (warm["ac_status"], warm["reason"]) == ("on-cold", "22.0 °C is above 21 to 21.5 °C")
    assert warm["inputs"] == {
        "temperature_c": 22.0, "humidity_percent": None, "feels_like_c": 22.0,
        "occupancy": None, "occupied": None, "occupancy_source": "unknown", "outdoor_c": None,
        "temperature_low": 21.0, "temperature_high": 21.5,
        "band": "comfort", "band_reason": "Comfort: no hours are set, so it holds at any time",
    }  # fmt: skip
    assert (warm["hint"], warm["next_band_at"], warm["automatic"]) == (None, None, False)
    clock.advance(3600)
    stale = admin.get(path).json
    assert (stale["ac_status"], stale["inputs"]["temperature_c"]) == ("off", None)
    assert stale["reason"] == "No live temperature, the last one is stale: nothing is advised"


def test_the_advice_follows_the_week_of_the_room(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    fill(small_house, clock, 5)
    room_id = admin.get(f"{ROOMS}/Conference Room A").json["id"]
    hours = {"days": ["mon"], "from_minute": 420, "to_minute": 1140, "kind": "comfort"}
    small_house.climate.set_week(
        SYSTEM, room_id, {"setback_low": 23, "setback_high": 30, "hours": [hours]}, 0
    )
    told = admin.get(f"{ROOMS}/Conference Room A/ac-status").json
    assert told["ac_status"] == "off", "setback is never narrower than comfort"
    assert told["inputs"]["temperature_low"] == 21.0
    assert told["inputs"]["band_reason"] == "Setback: closed on Tuesday"
    assert told["next_band_at"] == "2026-06-22T06:00:00Z"


def test_the_decisions_of_a_room_are_a_file(web: Flask, small_house: House) -> None:
    manager = visitor(web, "manager")
    small_house.building.create_room(SYSTEM, SEED)
    fields = {"device_type": "hvac", "room": SEED["name"], "capabilities": {"on_off": True}}
    small_house.control.register(SYSTEM, "UNIT", fields)
    small_house.climate.switch(SYSTEM, 1, on=True)
    answer = manager.get("/download/rooms/1/climate.csv")
    assert answer.status_code == 200
    head, line = answer.text.splitlines()
    assert head.startswith("decided_at_utc,room,decision,why,decided_by,temperature_c,")
    assert line.startswith(f"2026-06-16T09:00:00Z,{SEED['name']},off,")
    assert manager.get("/download/rooms/9/climate.csv").status_code == 404
    assert visitor(web, "anonymous").get("/download/rooms/1/climate.csv").status_code == 302


@pytest.mark.parametrize(
    ("role", "method", "status"),
    [
        ("viewer", "get", 200),
        ("viewer", "post", 403),
        ("viewer", "patch", 403),
        ("viewer", "delete", 403),
        ("operator", "put", 403),
        ("operator", "delete", 403),
        ("manager", "post", 201),
        ("anonymous", "get", 401),
    ],
)
def test_who_may_do_what_with_rooms(web: Flask, role: str, method: str, status: int) -> None:
    path = f"{ROOMS}/No Such Room" if method in {"patch", "put", "delete"} else ROOMS
    client = visitor(web, role)
    answer = client.get(path) if method == "get" else getattr(client, method)(path, json=SEED)
    assert answer.status_code == status
