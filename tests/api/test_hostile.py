"""What no database and no integer column takes is refused before it gets there, never a 500."""

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from domain.foundation.clock import FixedClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.api.conftest import PASSWORD, a_web, visitor


@pytest.fixture
def admin(database: Database, settings: Settings, clock: FixedClock) -> FlaskClient:
    """An administrator of a house on either database."""
    house = House.compose(
        replace(settings, admin_password=PASSWORD), clock=clock, database=database
    )
    house.access.prepare_users()
    client = visitor(a_web(house), "admin")
    assert client.post("/api/v1/rooms", json={"name": "Lab", "floor": "1"}).status_code == 201
    assert client.post("/api/v1/sensors", json={"sensor_id": "S"}).status_code == 201
    return client


HOSTILE: list[tuple[str, str, object]] = [
    ("post", "rooms", {"name": "a\0b", "floor": "1"}),
    ("post", "rooms", {"name": " ", "floor": "1"}),
    ("post", "rooms", {"name": "A", "floor": "\x1b[31m"}),
    ("post", "rooms", {"name": "A", "floor": "1", "capacity": 2**70}),
    ("post", "rooms", {"name": "A", "floor": "1", "area_m2": 1e308}),
    ("patch", "rooms/Lab", {"version": 2**63}),
    ("patch", "sensors/S", {"version": 2**70}),
    ("patch", "sensors/S", {"room": 2**70}),
    ("patch", "sensors/S", {"room": "a\0b"}),
    ("post", "sensors", {"sensor_id": "a\0b"}),
    ("post", "tokens/generate", {"name": "a\0b", "list_of_resources": ["rooms"]}),
    ("post", "tokens/generate", {"name": "a", "list_of_resources": ["a\0b"]}),
    ("post", "data/query", {"metrics": ["a\0b"]}),
    ("post", "data/query", {"metrics": ["power"], "sensors": ["a\0b"]}),
    ("post", "data/query", {"metrics": ["power"], "start_time": 2**70}),
    ("post", "data/query", {"metrics": ["power"], "start_time": 1e308}),
    ("post", "events/1/acknowledge", {"comment": "a\0b"}),
    ("post", "tokens/revoke", {"token_id": "a\0b"}),
    ("post", "tokens/generate", {"name": "a", "list_of_resources": ["rooms"], "exp": 2**70}),
]


def test_what_cannot_be_stored_is_422(admin: FlaskClient) -> None:
    for method, path, body in HOSTILE:
        text = json.dumps(body)  # our own writer refuses such numbers
        answer = getattr(admin, method)(
            f"/api/v1/{path}", data=text, content_type="application/json"
        )
        assert answer.status_code == 422, (path, body, answer.text)


def test_what_cannot_be_looked_up_is_404_or_422(admin: FlaskClient) -> None:
    for path in (
        "sensors/a%00b", "rooms/a%00b", "rooms/99999999999999999999999999", "rooms/%F0%9F%92%A9",
        "sensors?room=a%00b", "sensors?search=%00", "tokens?cursor=MS0AAA", "a%00b/health",
        "sensors/%FF%FE/data", "sensors/S/data?start_time=%00", "sensors/S/data?end_time=1e300",
        "events?room=a%00b", "events?since=1e300", "events?cursor=MC4xLjE5OTk5OTk5OTk5OTk",
        "events?since=0", "events?since=253402300799", "export?sensors=a%00b",
        "export?rooms=a%00b", "export?start_time=0&end_time=1", "analytics/summary?end_time=%00",
        "analytics/energy?start_time=253402300000&end_time=253402300799", "audit/check?end_time=1",
        "audit/check?start_time=253402300000&end_time=253402300799",
    ):  # fmt: skip
        answer = admin.get(f"/api/v1/{path}")
        assert answer.status_code in {200, 404, 422}, (path, answer.text)


def test_a_room_of_any_name_is_one_nobody_knows(admin: FlaskClient) -> None:
    for name in ("a\0b", "\x1b", "9" * 40, "²"):
        asked = {"metrics": ["power"], "rooms": [name]}
        assert admin.post("/api/v1/data/query", json=asked).status_code == 404, name


def test_unicode_of_every_kind_is_a_name_like_any_other(admin: FlaskClient) -> None:
    for name in ("Sala de reuniões", "会議室", "غرفة", "Lab 🧪", "e\u0301cole", "a\u202eb"):
        made = admin.post("/api/v1/rooms", json={"name": name, "floor": "1"})
        assert made.status_code == 201, name
        assert admin.get(f"/api/v1/rooms/{name}").json["name"] == name
