import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate


@pytest.fixture
def viewer(web: Flask) -> FlaskClient:
    return visitor(web, "viewer")


def meters(house: House, clock: FixedClock, minutes: int = 180) -> None:
    """Grid −1 kW (export), sun 4 kW, battery +1 kW charging: consumption is 2 kW."""
    for sensor_id, role, metric, value in (
        ("GRID", "main", "power", -1.0),
        ("PV", "generation", "generation", 4.0),
        ("BATT", "battery", "power", 1.0),
    ):
        fields = {"sensor_type": "energy_meter", "meter_role": role, "interval_s": 60}
        house.building.register_sensor(SYSTEM, sensor_id, fields)
        now_ms = to_ms(clock.now())
        times = [now_ms - minute * 60_000 for minute in range(minutes, -1, -1)]
        house.telemetry.ingest([Reading(sensor_id, metric, ts, value) for ts in times])
        house.telemetry.set_interval(sensor_id, 60)
    house.telemetry.settle()


def test_energy_now_balances_and_dates_itself(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    meters(small_house, clock, 5)
    now = viewer.get("/api/v1/energy/now").json
    assert (now["consumption_kw"], now["generation_kw"]) == (2.0, 4.0)
    assert (now["battery_kw"], now["grid_kw"]) == (1.0, -1.0)
    assert (now["timestamp"], now["stale"], now["missing"]) == ("2026-06-16T09:00:00Z", False, [])
    assert now["flexibility_kw"] is None


def test_a_silent_meter_makes_energy_unknown_and_is_named(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    meters(small_house, clock, 5)
    clock.advance(3600)
    now = viewer.get("/api/v1/energy/now").json
    assert (now["consumption_kw"], now["grid_kw"], now["stale"]) == (None, None, True)
    assert set(now["missing"]) == {"GRID", "PV", "BATT"}


def test_without_meters_everything_is_null(viewer: FlaskClient) -> None:
    now = viewer.get("/api/v1/energy/now").json
    assert (now["consumption_kw"], now["timestamp"], now["stale"]) == (None, None, True)


def test_self_consumption_is_what_was_generated_and_not_exported(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    meters(small_house, clock)
    at_s = to_ms(clock.now()) // 1000
    query = {"start_time": at_s - 7200, "end_time": at_s}
    found = viewer.get("/api/v1/energy/self-consumption", query_string=query).json
    steps = found["self_consumption"]
    assert [step["datetime"] for step in steps] == ["2026-06-16T07:00:00Z", "2026-06-16T08:00:00Z"]
    assert steps[0]["self_consumption_kwh"] == pytest.approx(3.0)
    assert steps[0]["self_consumption"] == pytest.approx(3000)
    assert found["self_consumption_share"] == pytest.approx(0.75)
    assert found["self_sufficiency_share"] == pytest.approx(1.0)
    assert found["generation_kwh"] == pytest.approx(8.0)


def test_hours_without_readings_are_null_and_not_zero(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    meters(small_house, clock, 60)
    steps = viewer.get("/api/v1/energy/self-consumption").json["self_consumption"]
    assert len(steps) == 24
    assert steps[0] == {
        "datetime": "2026-06-14T23:00:00Z", "self_consumption": None,
        "self_consumption_kwh": None, "coverage": 0,
    }  # fmt: skip


def test_the_overview_has_the_words_of_the_integration_summary(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    meters(small_house, clock, 5)
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    small_house.building.register_sensor(SYSTEM, "SILENT", {})
    small_house.building.note_discovered(["STRANGER"], {})
    overview = viewer.get("/api/v1/overview").json["system_overview"]
    assert overview["sensor_service"] == {
        "total_sensors": 4, "active_sensors": 3, "total_rooms": 1, "websocket_connections": None,
    }  # fmt: skip
    assert overview["battery_service"] == {
        "total_batteries": None, "total_capacity_kwh": None, "average_soc": None,
    }  # fmt: skip
    assert set(overview["demand_response_service"]) == {
        "active_events", "flexibility_available_kw",
    }  # fmt: skip
    assert overview["energy"]["consumption_kw"] == 2.0


def test_the_overview_shows_no_sensors_to_who_may_not_read_them(web: Flask) -> None:
    token = bearer(generate(visitor(web, "admin"), "analytics"))
    found = web.test_client().get("/api/v1/overview", headers=token).json["system_overview"]
    assert found["sensor_service"]["total_sensors"] is None
    assert found["sensor_service"]["total_rooms"] is None


@pytest.mark.parametrize("path", ["overview", "energy/now", "energy/self-consumption"])
def test_energy_is_for_who_may_view_analytics(web: Flask, path: str) -> None:
    token = bearer(generate(visitor(web, "admin"), "sensors"))
    assert web.test_client().get(f"/api/v1/{path}", headers=token).status_code == 403
    assert web.test_client().get(f"/api/v1/{path}").status_code == 401


# --- health of one service -------------------------------------------------------------------


@pytest.mark.parametrize("service", ["sensor", "token", "api_gateway", "api-gateway", "database"])
def test_each_service_tells_how_it_is(viewer: FlaskClient, service: str) -> None:
    found = viewer.get(f"/api/v1/{service}/health").json
    assert (found["service"], found["status"]) == (service.replace("-", "_"), "ok")
    assert found["last_success"].endswith("Z")
    assert (found["last_error"], found["last_error_at"]) == (None, None)


def test_a_service_that_is_none_is_404_and_needs_a_login_first(
    web: Flask, viewer: FlaskClient
) -> None:
    answer = viewer.get("/api/v1/nonsense/health")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_service")
    assert web.test_client().get("/api/v1/sensor/health").status_code == 401
