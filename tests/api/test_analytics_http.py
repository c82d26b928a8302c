"""Analyses over HTTP: a day of 2 kW in the lab, 4 kW from the sun, the rest sold or stored."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.analytics.query import MOST_METRICS
from domain.analytics.stack import MOST_BUCKETS
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.test_energy_http import meters
from tests.api.test_tokens import bearer, generate

SUMMARY, ENERGY = "/api/v1/analytics/summary", "/api/v1/analytics/energy"
QUERY = "/api/v1/data/query"
HOUR = 3_600_000


@pytest.fixture
def viewer(web: Flask) -> FlaskClient:
    return visitor(web, "viewer")


@pytest.fixture
def building(small_house: House, clock: FixedClock) -> House:
    """Three hours of meters, and two submeters of 1.5 kW and 0.25 kW in rooms of their own."""
    meters(small_house, clock)
    now_ms = small_house.clock.now_ms()
    for room, power in (("Lab", 1.5), ("Studio", 0.25)):
        small_house.building.create_room(SYSTEM, {"name": room, "floor": "1"})
        fields: dict[str, Any] = {"meter_role": "submeter", "room": room, "interval_s": 60}
        small_house.building.register_sensor(SYSTEM, f"M_{room}", fields)
        times = [now_ms - minute * 60_000 for minute in range(180, -1, -1)]
        readings = [Reading(f"M_{room}", "power", at, power) for at in times]
        small_house.telemetry.ingest(readings)
        small_house.telemetry.set_interval(f"M_{room}", 60)
    small_house.telemetry.settle()
    return small_house


def last_hours(house: House, hours: int) -> str:
    end_ms = house.clock.now_ms()
    return f"start_time={end_ms - hours * HOUR}&end_time={end_ms}"


def test_a_summary_says_what_the_use_case_says(viewer: FlaskClient, building: House) -> None:
    told = viewer.get(f"{SUMMARY}?{last_hours(building, 2)}").json
    now_ms = building.clock.now_ms()
    found = building.analytics.summary(Period.of_ms(now_ms - 2 * HOUR, now_ms))
    totals = told["totals"]
    assert totals["consumption_kwh"] == found.totals.consumption_kwh == pytest.approx(4.0)
    assert totals["generation_kwh"] == pytest.approx(8.0)
    assert (totals["export_kwh"], totals["charging_kwh"]) == (pytest.approx(2.0),) * 2
    assert totals["self_consumption_share"] == pytest.approx(0.75)
    assert totals["peak_consumption"] == {
        "kw": pytest.approx(2.0), "starts_at": "2026-06-16T07:00:00Z", "step_s": 900,
    }  # fmt: skip
    assert totals["coverage"] == pytest.approx(1.0)
    assert told["before"]["end_time"] == totals["start_time"]
    assert [(r["room"], r["consumption_kwh"]) for r in told["rooms"]] == [
        ("Lab", pytest.approx(3.0)),
        ("Studio", pytest.approx(0.5)),
    ]
    assert told["unmetered_kwh"] == pytest.approx(0.5)
    assert {t["meter_role"] for t in told["sensor_types"]} == {"generation", "submeter"}


def test_what_nobody_measures_yet_is_null_and_says_so(
    web: Flask, viewer: FlaskClient, building: House
) -> None:
    told = viewer.get(SUMMARY).json
    names = ("flexibility_kwh", "demand_response_events")
    assert {told[part][name] for part in ("totals", "before") for name in names} == {None}
    schemas = viewer.get("/openapi.json").json["components"]["schemas"]
    shapes = [
        s["properties"] for s in schemas.values() if "flexibility_kwh" in s.get("properties", {})
    ]
    assert all(s["flexibility_kwh"]["description"].startswith("Null until") for s in shapes)


def test_without_a_contract_there_is_no_cost_but_co2(viewer: FlaskClient, building: House) -> None:
    totals = viewer.get(SUMMARY).json["totals"]
    assert totals["cost_eur"] is None
    assert totals["co2_kg"] == pytest.approx(totals["import_kwh"] * 0.15)


def test_energy_by_source_adds_up_in_every_step(viewer: FlaskClient, building: House) -> None:
    told = viewer.get(f"{ENERGY}?{last_hours(building, 2)}&resolution=15min").json
    assert (told["resolution"], len(told["steps"])) == ("15min", 8)
    for step in (*told["steps"], told["totals"]):
        used = (step[f"{source}_used_kwh"] for source in ("solar", "battery", "grid"))
        assert sum(used) == pytest.approx(step["consumption_kwh"])
    assert told["totals"]["solar_used_kwh"] == pytest.approx(4.0)
    assert told["totals"]["export_kwh"] == pytest.approx(2.0)


def test_without_meters_everything_is_null(viewer: FlaskClient) -> None:
    told = viewer.get(SUMMARY).json
    assert (told["totals"]["consumption_kwh"], told["rooms"]) == (None, [])
    assert viewer.get(ENERGY).json["totals"]["consumption_kwh"] is None


@pytest.mark.parametrize(
    "asked",
    [
        "start_time=0&end_time=1",
        "start_time=253402300798&end_time=253402300799",
        "start_time=253402214400",
        "start_time=1&end_time=100000000",
        "start_time=2026-06-01&end_time=2036-06-01",
    ],
)
@pytest.mark.parametrize("path", [SUMMARY, ENERGY])
def test_a_period_at_the_edge_of_time_is_answered_or_refused(
    viewer: FlaskClient, path: str, asked: str
) -> None:
    assert viewer.get(f"{path}?{asked}").status_code in {200, 422}


def test_five_years_may_be_asked_for_and_not_a_day_more(viewer: FlaskClient) -> None:
    five_years_s = 1831 * 86_400
    for path in (SUMMARY, ENERGY):
        at = f"{path}?start_time=86400&end_time="
        assert viewer.get(f"{at}{86_400 + five_years_s}").status_code == 200
        beyond = viewer.get(f"{at}{86_401 + five_years_s}")
        assert beyond.status_code == 422
        assert beyond.json["error"]["details"]["fields"][0]["limit"] == 1831


def test_energy_has_as_many_steps_as_its_limit(viewer: FlaskClient) -> None:
    path = f"{ENERGY}?resolution=1h&start_time=3600000&end_time="
    assert viewer.get(f"{path}{3_600_000 + 3600 * MOST_BUCKETS}").status_code == 200
    assert viewer.get(f"{path}{3_600_001 + 3600 * MOST_BUCKETS}").status_code == 422


def test_a_question_has_as_many_metrics_as_its_limit(viewer: FlaskClient) -> None:
    named = list(METRICS)
    for many, status in ((MOST_METRICS, 200), (MOST_METRICS + 1, 422)):
        assert viewer.post(QUERY, json={"metrics": named[:many]}).status_code == status


def question(house: House, **asked: object) -> dict[str, object]:
    end_ms = house.clock.now_ms()
    return {"metrics": ["power"], "start_time": end_ms - 2 * HOUR, "end_time": end_ms, **asked}


def test_a_question_is_answered_by_group(viewer: FlaskClient, building: House) -> None:
    asked = question(building, aggregate="sum", group_by="room", rooms=["Lab", "studio"])
    told = viewer.post(QUERY, json=asked).json
    assert (told["resolution"], told["aggregate"], told["group_by"]) == (None, "sum", "room")
    assert [(g["group"], g["unit"], g["series"]) for g in told["groups"]] == [
        ("Lab", "kWh", 1),
        ("Studio", "kWh", 1),
    ]
    start_s = (building.clock.now_ms() - 2 * HOUR) // 1000
    assert told["groups"][0]["points"] == [[start_s, pytest.approx(3.0), pytest.approx(1.0)]]


def test_a_question_over_time_has_a_point_for_each_step(
    viewer: FlaskClient, building: House
) -> None:
    asked = question(building, sensors=["M_Lab", "M_Studio"], resolution="1h")
    (group,) = viewer.post(QUERY, json=asked).json["groups"]
    times = [from_ms(round(point[0] * 1000)).hour for point in group["points"]]
    assert times == [7, 8]
    assert [point[1] for point in group["points"]] == [pytest.approx(0.875)] * 2
    assert (group["group"], group["unit"]) == ("all", "kW")


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"metrics": []}, 422, "metrics"),
        ({"metrics": ["power"] * 11}, 422, "metrics"),
        ({"metrics": ["noise"]}, 422, "metrics[0]"),
        ({"aggregate": "median"}, 422, "aggregate"),
        ({"group_by": "colour"}, 422, "group_by"),
        ({"resolution": "5min"}, 422, "resolution"),
        ({"group_by": "weekday", "resolution": "1h"}, 422, "resolution"),
        ({"start_time": 5, "end_time": 4}, 422, "start_time"),
        ({"start_time": 0, "end_time": 1832 * 86_400}, 422, "end_time"),
        ({"rooms": []}, 422, "rooms"),
        ({"colour": "blue"}, 422, "colour"),
        ({"rooms": ["Attic"]}, 404, "room"),
        ({"sensors": ["NOBODY"]}, 404, "sensor"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_field(
    viewer: FlaskClient, building: House, asked: dict[str, object], status: int, field: str
) -> None:
    answer = viewer.post(QUERY, json=question(building, **asked))
    assert answer.status_code == status, answer.text
    details = answer.json["error"]["details"]
    named = [f["field"] for f in details["fields"]] if status == 422 else list(details)
    assert named == [field]


def test_a_token_for_sums_gets_totals_and_no_part_that_is_one_sensor(
    web: Flask, building: House
) -> None:
    client = web.test_client()
    issued = generate(visitor(web, "admin"), "analytics", data_aggregation="sum")
    sums, span = bearer(issued), last_hours(building, 2)
    told = client.get(f"{SUMMARY}?{span}", headers=sums).json
    assert told["totals"]["consumption_kwh"] == pytest.approx(4.0)
    for part in ("rooms", "uses", "sensor_types", "missing"):
        assert told[part] == []
    assert (told["no_room_kwh"], told["unmetered_kwh"]) == ({}, None)
    both = question(building, rooms=["Lab", "Studio"], aggregate="sum")
    (group,) = client.post(QUERY, json=both, headers=sums).json["groups"]
    assert group["points"][0][1] == pytest.approx(3.5)
    for single in ({"rooms": ["Lab"]}, {"sensors": ["M_Lab"]}, {"group_by": "sensor"}):
        refused = client.post(QUERY, json=question(building, **single), headers=sums)
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "outside_contract")
