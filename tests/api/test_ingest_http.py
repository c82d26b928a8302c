import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, to_ms
from domain.house import House
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

INGEST = "/api/v1/data/ingest"
Send = Callable[..., Any]


@pytest.fixture
def send(web: Flask) -> Send:
    """Post a body as a program whose token holds `sensors`."""
    headers = bearer(generate(visitor(web, "operator"), "sensors"))
    client: FlaskClient = web.test_client()

    def post(body: object, **more: Any) -> Any:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(
            INGEST, data=data, headers={**headers, **more.pop("headers", {})}, **more
        )

    return post


def reading(
    clock: FixedClock, value: object = 21.5, *, sensor: str = "TEMP_001", back_s: int = 0
) -> dict[str, object]:
    at_s = to_ms(clock.now()) // 1000 - back_s
    return {
        "sensor_id": sensor, "timestamp": at_s, "sensor_type": "temperature",
        "temperature": {"value": value, "unit": "°C"},
    }  # fmt: skip


def test_one_reading_is_stored_before_it_is_answered(
    send: Send, small_house: House, clock: FixedClock
) -> None:
    answer = send(reading(clock))
    assert answer.status_code == 202
    assert answer.json == {
        "accepted": 1, "duplicates": 0, "corrected": 0, "rejected": [], "warnings": [],
    }  # fmt: skip
    assert small_house.telemetry.latest()["TEMP_001", "temperature"].value == 21.5


def test_the_old_model_of_the_documents_is_taken(
    send: Send, small_house: House, clock: FixedClock
) -> None:
    at_s = to_ms(clock.now()) // 1000
    old = {"sensorId": "CO2_001", "timestamp": at_s, "value": 70.7, "unit": "°F"}
    taken = send([{**old, "sensor_type": "temperature"}])
    assert taken.status_code == 202
    assert taken.json["accepted"] == 1
    assert small_house.telemetry.latest()["CO2_001", "temperature"].value == pytest.approx(21.5)


def test_repeating_is_harmless_and_a_later_value_corrects(send: Send, clock: FixedClock) -> None:
    first = [reading(clock, 20.0 + i, back_s=i) for i in range(10)]
    assert send(first).json["accepted"] == 10
    assert send(first).json["duplicates"] == 10
    assert send([reading(clock, 30.0)]).json["corrected"] == 1


def test_a_bad_one_in_an_array_is_named_and_the_others_are_kept(
    send: Send, clock: FixedClock
) -> None:
    answer = send(
        [reading(clock), reading(clock, "warm", back_s=1), reading(clock, 22.0, back_s=2)]
    )
    assert answer.status_code == 202
    assert answer.json["accepted"] == 2
    assert [entry["index"] for entry in answer.json["rejected"]] == [1]
    assert set(answer.json["rejected"][0]) == {"index", "code", "message"}


def test_one_bad_reading_alone_is_422(send: Send, clock: FixedClock) -> None:
    answer = send(reading(clock, back_s=-3600))
    assert answer.status_code == 422
    assert answer.json["error"]["code"]


@pytest.mark.parametrize("body", ["", "{", "NaN", '{"value": NaN}', b"\xff\xfe", "[" * 100_000])
def test_what_is_no_json_is_400(send: Send, body: str | bytes) -> None:
    assert send(body).status_code == 400


def test_more_than_ten_thousand_readings_are_413(send: Send, clock: FixedClock) -> None:
    one = reading(clock)
    answer = send([one] * 10_001)
    assert (answer.status_code, answer.json["error"]["details"]["limit"]) == (413, 10_000)


def test_a_body_over_sixteen_megabytes_is_413(send: Send) -> None:
    assert send(b" " * (16 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_any_content_type_will_do_for_a_program(
    send: Send, clock: FixedClock, content_type: str
) -> None:
    assert send(reading(clock), content_type=content_type).status_code == 202


@pytest.mark.parametrize(
    ("role", "resources", "status"),
    [
        ("operator", ("sensors",), 202),
        ("admin", ("sensors", "rooms"), 202),
        ("operator", ("sensors:read",), 403),
        ("operator", ("rooms",), 403),
        ("viewer", ("sensors",), 403),  # a viewer reads sensors, so their token does too
    ],
)
def test_who_may_send_readings(
    web: Flask, clock: FixedClock, role: str, resources: tuple[str, ...], status: int
) -> None:
    headers = bearer(generate(visitor(web, role), *resources))
    answer = web.test_client().post(INGEST, json=reading(clock), headers=headers)
    assert answer.status_code == status


def test_a_session_may_send_readings_as_json_only(web: Flask, clock: FixedClock) -> None:
    operator = visitor(web, "operator")
    assert operator.post(INGEST, json=reading(clock)).status_code == 202
    assert operator.post(INGEST, data=json.dumps(reading(clock))).status_code == 400
    assert visitor(web, "viewer").post(INGEST, json=reading(clock)).status_code == 403
    assert web.test_client().post(INGEST, json=reading(clock)).status_code == 401


def test_a_revoked_token_sends_nothing_more(
    web: Flask, small_house: House, clock: FixedClock
) -> None:
    issued = generate(visitor(web, "operator"), "sensors")
    small_house.access.tokens.revoke(SYSTEM, None, issued["token_id"])
    answer = web.test_client().post(INGEST, json=reading(clock), headers=bearer(issued))
    assert answer.status_code == 401
    assert small_house.telemetry.latest() == {}


def test_an_unknown_sensor_is_kept_as_discovered(
    send: Send, small_house: House, clock: FixedClock
) -> None:
    send(reading(clock, sensor="NEW_1"))
    assert small_house.building.sensor("NEW_1").status == "discovered"
