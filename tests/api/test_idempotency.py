import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.limits import IDEMPOTENCY_KEY_CHARACTERS
from domain.house import House
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

ROOMS = "/api/v1/rooms"
SEED = {"name": "Conference Room A", "floor": "2nd", "capacity": 20}


@pytest.fixture
def admin(web: Flask) -> FlaskClient:
    return visitor(web, "admin")


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def test_the_same_call_again_gets_the_first_answer_and_acts_once(
    admin: FlaskClient, small_house: House
) -> None:
    first = admin.post(ROOMS, json=SEED, headers=key("a"))
    again = admin.post(ROOMS, json=SEED, headers=key("a"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(small_house.building.rooms()) == 1


def test_the_same_key_for_another_body_or_path_is_409(admin: FlaskClient) -> None:
    admin.post(ROOMS, json=SEED, headers=key("a"))
    other_body = admin.post(ROOMS, json={**SEED, "name": "B"}, headers=key("a"))
    other_path = admin.post("/api/v1/sensors", json={"sensor_id": "X"}, headers=key("a"))
    for answer in (other_body, other_path):
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_refused_call_frees_its_key(admin: FlaskClient) -> None:
    assert admin.post(ROOMS, json={"name": "A"}, headers=key("a")).status_code == 422
    assert admin.post(ROOMS, json=SEED, headers=key("a")).status_code == 201


def test_two_tokens_may_use_the_same_key(web: Flask, admin: FlaskClient) -> None:
    for name in ("A", "B"):
        headers = {**bearer(generate(admin, "rooms")), **key("a")}
        answer = web.test_client().post(ROOMS, json={**SEED, "name": name}, headers=headers)
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("text", "status"),
    [("x" * IDEMPOTENCY_KEY_CHARACTERS, 201), ("x" * (IDEMPOTENCY_KEY_CHARACTERS + 1), 422),
     ("schlüssel", 422), ("", 422)],
)  # fmt: skip
def test_a_key_is_printable_ascii_of_limited_length(
    admin: FlaskClient, text: str, status: int
) -> None:
    assert admin.post(ROOMS, json=SEED, headers=key(text)).status_code == status


def test_who_may_not_act_learns_nothing_from_a_key(web: Flask, admin: FlaskClient) -> None:
    admin.post(ROOMS, json=SEED, headers=key("a"))
    answer = visitor(web, "viewer").post(ROOMS, json=SEED, headers=key("a"))
    assert answer.status_code == 403
