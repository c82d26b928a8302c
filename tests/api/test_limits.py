"""Each line of the table in api/limits.py, at the limit and one beyond."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import api
from api import limits
from api.rates import Rates
from api.resource import Resource
from api.rooms import ComfortVerdict
from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import a_web, visitor
from tests.api.test_tokens import bearer, generate

SENSORS, ROOMS, INGEST = "/api/v1/sensors", "/api/v1/rooms", "/api/v1/data/ingest"


@pytest.fixture
def admin(web: Flask, small_house: House) -> FlaskClient:
    small_house.building.register_sensor(SYSTEM, "S", {"sensor_type": "temperature"})
    return visitor(web, "admin")


def padded(bytes_wanted: int, text: str) -> bytes:
    """JSON with as much white space as makes it so long."""
    return text.encode().ljust(bytes_wanted)


@pytest.mark.parametrize(
    ("path", "text", "limit"),
    [
        (ROOMS, '{"name": "A", "floor": "1"}', limits.BODY_BYTES),
        (INGEST, "[]", limits.INGEST_BYTES),
    ],
)
def test_a_body_may_be_as_long_as_its_limit(
    admin: FlaskClient, path: str, text: str, limit: int
) -> None:
    kind = {"content_type": "application/json"}
    assert admin.post(path, data=padded(limit, text), **kind).status_code in {201, 202}
    assert admin.post(path, data=padded(limit + 1, text), **kind).status_code == 413


def test_a_page_may_be_as_long_as_its_limit(admin: FlaskClient, small_house: House) -> None:
    small_house.building.note_discovered([f"D_{n}" for n in range(limits.PAGE + 1)], {})
    page = admin.get(f"{SENSORS}?limit={limits.PAGE}").json
    assert len(page["sensors"]) == limits.PAGE
    assert page["next_cursor"]
    assert admin.get(f"{SENSORS}?limit={limits.PAGE + 1}").status_code == 422
    assert len(admin.get(SENSORS).json["sensors"]) == limits.USUAL_PAGE


def test_a_period_may_be_as_long_as_its_limit(admin: FlaskClient) -> None:
    longest_s = limits.RANGE // timedelta(seconds=1)
    path = f"{SENSORS}/S/data?start_time=1000&end_time="
    assert admin.get(f"{path}{1000 + longest_s}").status_code == 200
    beyond = admin.get(f"{path}{1001 + longest_s}")
    assert beyond.status_code == 422
    assert beyond.json["error"]["details"]["fields"][0]["limit"] == limits.RANGE.days


def test_a_series_may_have_as_many_points_as_its_limit(
    admin: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    now_ms = to_ms(clock.now())
    times = [now_ms - n * 1000 for n in range(limits.POINTS + 1, 0, -1)]
    small_house.telemetry.ingest([Reading("S", "temperature", ts, 20.0) for ts in times])
    path = f"{SENSORS}/S/data?resolution=raw&max_points={limits.POINTS}"
    at = admin.get(f"{path}&start_time={times[1]}").json["series"][0]
    assert (len(at["points"]), at["resolution"]) == (limits.POINTS, "raw")
    beyond = admin.get(f"{path}&start_time={times[0]}").json["series"][0]
    assert (len(beyond["points"]) <= limits.POINTS, beyond["resolution"]) == (True, "15min")
    assert admin.get(f"{SENSORS}/S/data?max_points={limits.POINTS + 1}").status_code == 422


def test_self_consumption_has_as_many_steps_as_its_limit(admin: FlaskClient) -> None:
    path = "/api/v1/energy/self-consumption?resolution=15min&start_time=900000&end_time="
    assert admin.get(f"{path}{900_000 + 900 * limits.POINTS}").status_code == 200
    assert admin.get(f"{path}{900_001 + 900 * limits.POINTS}").status_code == 422


def test_who_calls_too_often_is_told_when_to_return(
    web: Flask, admin: FlaskClient, monkeypatch: Any
) -> None:
    token = bearer(generate(admin, "sensors"))
    monkeypatch.setattr(limits, "TOKEN_RATE", limits.Rate(per_s=0.01, burst=2))
    web.extensions["rates"].__dict__.update(Rates().__dict__)
    client = web.test_client()
    statuses = [client.get(SENSORS, headers=token).status_code for _ in range(2)]
    refused = client.get(SENSORS, headers=token)
    assert (statuses, refused.status_code) == ([200, 200], 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 100
    assert admin.get(SENSORS).status_code == 200


def test_wrong_tokens_are_refused_before_they_can_be_guessed_at_speed(
    web: Flask, monkeypatch: Any
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_RATE", limits.Rate(per_s=0.01, burst=3))
    web.extensions["rates"].__dict__.update(Rates().__dict__)
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [web.test_client().get(SENSORS, headers=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


def test_calls_that_act_have_a_limit_of_their_own(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ACTING_RATE", limits.Rate(per_s=0.01, burst=2))
    acting = Resource(small_house, "acting", "/api/v1/acting", "A resource that acts.")

    @acting.post("", "rooms.create", status=202, acting=True)
    def act() -> ComfortVerdict:
        """Act."""
        return {"step": None, "word": "done", "reasons": []}

    monkeypatch.setattr(api, "RESOURCES", (*api.RESOURCES, lambda _house: acting.blueprint))
    admin = visitor(a_web(small_house), "admin")
    statuses = [admin.post("/api/v1/acting").status_code for _ in range(3)]
    assert statuses == [202, 202, 429]
    assert admin.get(ROOMS).status_code == 200
