"""Every documented way to read, asked with a token whose contract withholds the last hour.

The routes come from /openapi.json, so one that is added later is asked too.
"""

from typing import Any

import pytest
from flask import Flask

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.contract import document_of
from tests.api.test_tokens import bearer, generate

SECRET = 77.125
"""A value that only the withheld hour holds, whole and as the mean of any bucket."""
PLACES = {"sensor_id": "TEMP_1", "name": "Lab", "service": "sensor"}
QUESTIONS = ("", "resolution=raw", "resolution=15min", "resolution=1h")


@pytest.fixture
def measured(small_house: House, clock: FixedClock) -> House:
    """A thermometer, two submeters, grid and sun: 5 until an hour ago, SECRET since."""
    building, telemetry = small_house.building, small_house.telemetry
    building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    now_ms = to_ms(clock.now())
    for sensor_id, role, metric in (
        ("TEMP_1", "none", "temperature"),
        ("METER_1", "submeter", "power"),
        ("METER_2", "submeter", "power"),
        ("GRID", "main", "power"),
        ("PV", "generation", "generation"),
    ):
        fields: dict[str, Any] = {"meter_role": role, "interval_s": 60}
        if role in {"none", "submeter"}:
            fields["room"] = "Lab"
        building.register_sensor(SYSTEM, sensor_id, fields)
        telemetry.ingest(
            [
                Reading(sensor_id, metric, now_ms - m * 60_000, SECRET if m < 60 else 5.0)
                for m in range(180)
            ]
        )
        telemetry.set_interval(sensor_id, 60)
    telemetry.settle()
    return small_house


def readable(web: Flask) -> list[str]:
    """Every GET of the document, with and without a resolution where it takes one."""
    found = []
    for path, methods in document_of(web)["paths"].items():
        if "get" not in methods:
            continue
        names = {parameter["name"] for parameter in methods["get"].get("parameters", [])}
        address = path.format(**{name: PLACES.get(name, "x") for name in names})
        found += [f"{address}?{q}" for q in (QUESTIONS if "resolution" in names else ("",))]
    return found


def told(value: Any) -> bool:
    """Whether an answer holds the withheld value, or a sum or an energy of it."""
    if isinstance(value, dict):
        return any(told(one) for one in value.values())
    if isinstance(value, list):
        return any(told(one) for one in value)
    return isinstance(value, float) and any(
        abs(value - SECRET * share) < 1e-6 for share in (1, 2, 0.25, 0.5)
    )


def token(web: Flask, **contract: object) -> dict[str, str]:
    return bearer(generate(visitor(web, "admin"), "sensors", "rooms", "analytics", **contract))


def test_an_embargoed_token_learns_nothing_of_the_withheld_hour_from_any_route(
    web: Flask, measured: House
) -> None:
    client = web.test_client()
    embargoed, free = token(web, embargo=60), token(web)
    telling = 0
    for address in readable(web):
        answer = client.get(address, headers=embargoed)
        if answer.status_code == 200:
            assert not told(answer.json), address
        open_answer = client.get(address, headers=free)
        telling += open_answer.status_code == 200 and told(open_answer.json)
    assert telling >= 8  # the same question without an embargo does tell


def test_live_fields_are_null_and_say_when_they_will_be_shared(web: Flask, measured: House) -> None:
    client, embargoed = web.test_client(), token(web, embargo=60)
    sensor = client.get("/api/v1/sensors/TEMP_1", headers=embargoed).json
    assert (sensor["metrics"], sensor["state"], sensor["stale"]) == ({}, "withheld", None)
    room = client.get("/api/v1/rooms/Lab", headers=embargoed).json
    assert (room["metrics"], room["power_kw"], room["stale"]) == ({}, None, None)
    now = client.get("/api/v1/energy/now", headers=embargoed).json
    assert (now["consumption_kw"], now["stale"]) == (None, None)
    overview = client.get("/api/v1/overview", headers=embargoed).json
    assert overview["system_overview"]["sensor_service"]["active_sensors"] is None
    for answer in (sensor, room, now, overview):
        assert answer["withheld_until"] == "2026-06-16T10:00:00Z"


def test_history_ends_where_the_embargo_begins(web: Flask, measured: House) -> None:
    client, embargoed = web.test_client(), token(web, embargo=60)
    data = client.get("/api/v1/sensors/TEMP_1/data?resolution=raw", headers=embargoed).json
    values = {point[1] for point in data["series"][0]["points"]} - {None}
    assert values == {5.0}
    assert data["withheld_until"] == "2026-06-16T10:00:00Z"


def test_a_coarse_contract_gives_no_reading_and_no_quarter_hour(
    web: Flask, measured: House
) -> None:
    client, coarse = web.test_client(), token(web, time_aggregation="60minutes")
    for place in ("sensors/TEMP_1", "rooms/Lab"):
        data = client.get(f"/api/v1/{place}/data?resolution=raw", headers=coarse).json
        assert data["resolution"] == "1h"
        assert {series["bucket_s"] for series in data["series"]} == {3600}
    room = client.get("/api/v1/rooms/Lab/data?resolution=15min", headers=coarse).json
    assert room["interval_s"] == 3600
    steps = client.get("/api/v1/energy/self-consumption?resolution=15min", headers=coarse).json
    starts = [step["datetime"] for step in steps["self_consumption"]]
    assert all(start.endswith(":00:00Z") for start in starts)


def test_a_token_for_sums_sees_no_single_sensor_and_the_sum_of_two_meters(
    web: Flask, measured: House
) -> None:
    client, sums = web.test_client(), token(web, data_aggregation="sum")
    refused = client.get("/api/v1/sensors/METER_1/data", headers=sums)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "outside_contract")
    assert refused.json["error"]["details"]["clause"] == "data_aggregation"
    room = client.get("/api/v1/rooms/Lab/data", headers=sums).json
    assert room["series"] == []
    assert max(i["energy_kwh"] or 0 for i in room["intervals"]) == pytest.approx(SECRET / 2)
    measured.building.hide_sensor(SYSTEM, "METER_2")
    alone = client.get("/api/v1/rooms/Lab/data", headers=sums).json
    assert {i["energy_kwh"] for i in alone["intervals"]} <= {None}
