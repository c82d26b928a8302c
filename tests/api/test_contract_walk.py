"""Every documented way to read, asked with a token whose contract withholds the last hour.

The routes come from /openapi.json, so one that is added later is asked too: every GET, with each
resolution and format it takes, and each POST that reads and changes nothing.
"""

import io
import re
import zipfile
from itertools import product
from typing import Any

import polars as pl
import pytest
from flask import Flask
from werkzeug.test import TestResponse

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
RESOLUTIONS = (None, "raw", "15min", "1h")
QUERY = "post /api/v1/data/query"
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    QUERY: [
        {"metrics": ["power", "temperature"], "aggregate": how, "group_by": by, "resolution": step}
        for how in ("mean", "sum", "min", "max", "last")
        for by in ("none", "room", "sensor", "sensor_type")
        for step in (None, "15min", "1h")
    ],
}
"""What the POST routes are asked that only read."""
CHANGING = re.compile("^post /api/v1/(tokens|sensors|rooms|data/ingest|events|iot|jobs)")
"""POST routes that change something; what they answer has a test of its own."""


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


def readable(web: Flask) -> list[tuple[str, dict[str, Any] | None]]:
    """Every address that reads and, where it is asked by POST, its body."""
    found: list[tuple[str, dict[str, Any] | None]] = []
    for path, methods in document_of(web)["paths"].items():
        if "get" in methods:
            parameters = {p["name"]: p["schema"] for p in methods["get"].get("parameters", [])}
            address = path.format(**{name: PLACES.get(name, "x") for name in parameters})
            steps = RESOLUTIONS if "resolution" in parameters else (None,)
            formats = parameters.get("format", {}).get("enum", (None,))
            for step, kind in product(steps, formats):
                said = (("resolution", step), ("format", kind))
                asked = "&".join(f"{name}={value}" for name, value in said if value)
                found.append((f"{address}?{asked}", None))
        if "post" in methods:
            assert f"post {path}" in QUESTIONS or CHANGING.match(f"post {path}"), path
            found += [(path, body) for body in QUESTIONS.get(f"post {path}", ())]
    return found


def ask(client: Any, address: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
    if body is None:
        return client.get(address, headers=headers)
    return client.post(address, json=body, headers=headers)


def content(answer: TestResponse) -> Any:
    """What an answer holds, whatever it is written as."""
    match answer.mimetype:
        case "application/json":
            return answer.json
        case "application/vnd.apache.parquet":
            return pl.read_parquet(io.BytesIO(answer.data)).to_dicts()
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
                text = book.read("xl/worksheets/sheet1.xml").decode()
            return [float(number) for number in re.findall(r"<v>([0-9.eE+-]+)</v>", text)]
    numbers = re.findall(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])", answer.text)
    return [float(number) for number in numbers]


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
    telling: dict[str, int] = {}
    for address, body in readable(web):
        answer = ask(client, address, body, embargoed)
        if answer.status_code == 200:
            assert not told(content(answer)), (address, body)
        open_answer = ask(client, address, body, free)
        if open_answer.status_code == 200 and told(content(open_answer)):
            path = address.partition("?")[0]
            telling[path] = telling.get(path, 0) + 1
            telling[open_answer.mimetype] = telling.get(open_answer.mimetype, 0) + 1
    # The same questions without an embargo do tell, in every format.
    formats = document_of(web)["paths"]["/api/v1/export"]["get"]["responses"]["200"]["content"]
    expected = {"/api/v1/sensors/TEMP_1/data", "/api/v1/rooms/Lab/data", "/api/v1/energy/now"}
    expected |= {"/api/v1/analytics/summary", "/api/v1/data/query", "/api/v1/export", *formats}
    assert expected <= set(telling)


def test_a_token_for_sums_gets_no_single_sensors_value_from_any_route(
    web: Flask, measured: House
) -> None:
    client, sums = web.test_client(), token(web, data_aggregation="sum")
    for address, body in readable(web):
        answer = ask(client, address, body, sums)
        if answer.status_code == 200 and body is not None:
            for group in answer.json["groups"]:
                assert (group["metric"], group["series"] >= 2) == ("power", True), body
                assert group["group"] in {"all", "Lab", "other", "energy_meter"}, body
        if address.startswith("/api/v1/export"):
            assert answer.json["error"]["details"]["clause"] == "data_aggregation"


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
