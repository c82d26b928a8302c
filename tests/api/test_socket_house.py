"""`/ws` behind the real gate: sessions, tokens and displays, and what ends them."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import websocket
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

import api
from api import gate, headers
from api.hub import Hub
from api.socket import register_socket
from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House, set_house
from domain.telemetry.model import Reading
from tests.api.conftest import a_dash, visitor
from tests.api.live_server import LiveClient
from tests.waiting import wait_until


@dataclass
class Served:
    """A house on a port."""

    house: House
    server: Flask
    hub: Hub
    port: int

    def connect(self, **header: str) -> LiveClient:
        url = f"ws://127.0.0.1:{self.port}/ws"
        return LiveClient(
            websocket.create_connection(url, header=header, timeout=20, suppress_origin=True)
        )

    def cookies(self, client: FlaskClient) -> str:
        """What a browser would send along."""
        jar = client._cookies or {}
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in jar.values())


@contextmanager
def serving(house: House) -> Iterator[Served]:
    """Serve a house and its sockets as app.py does."""
    set_house(house)
    server = Flask("wattboard", static_folder=None)
    hub = register_socket(server, house)
    pages = a_dash(server)
    api.register_api(server, house, checks={"websocket": hub.check})
    gate.protect(server, pages, house)
    headers.secure(server, pages)
    server.test_client().get("/health")
    gate.check(server, pages)
    web = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Served(house, server, hub, web.server_port)
    finally:
        hub.stop()
        web.shutdown()
        thread.join(10)
        web.server_close()


@pytest.fixture
def served(small_house: House) -> Iterator[Served]:
    with serving(small_house) as found:
        yield found


def a_token(served: Served, role: str, *resources: str, **limits: Any) -> dict[str, Any]:
    body = {"name": "reader", "list_of_resources": list(resources), **limits}
    answer = visitor(served.server, role).post("/api/v1/tokens/generate", json=body)
    found: dict[str, Any] = answer.json
    return found


def subscribed(client: LiveClient, *topics: str) -> dict[str, Any]:
    client.say(action="subscribe", topics=list(topics))
    answer: dict[str, Any] = client.until("subscribed")["data"]
    return answer


def test_a_session_cookie_opens_the_socket_and_readings_arrive(
    served: Served, clock: FixedClock
) -> None:
    browser = visitor(served.server, "viewer")
    client = served.connect(Cookie=served.cookies(browser))
    subscribed(client, "reading")
    served.house.telemetry.ingest([Reading("METER_1", "power", clock.now_ms(), 3.5)])
    reading = client.until("update", "reading")["data"][0]
    assert (reading["sensor_id"], reading["value"], reading["unit"]) == ("METER_1", 3.5, "kW")


def test_signing_out_closes_the_socket(served: Served) -> None:
    browser = visitor(served.server, "viewer")
    client = served.connect(Cookie=served.cookies(browser))
    client.until("hello")
    browser.post("/logout")
    assert client.closed_with() == 4401


@pytest.mark.parametrize("as_header", [True, False])
def test_a_revoked_token_closes_its_socket(served: Served, as_header: bool) -> None:
    issued = a_token(served, "manager", "sensors:read")
    if as_header:
        client = served.connect(Authorization=f"Bearer {issued['token']}")
    else:
        client = served.connect()
        client.say(action="auth", token=issued["token"])
    client.until("hello")
    served.house.access.tokens.revoke(SYSTEM, issued["token"], None)
    assert client.closed_with() == 4401


def test_a_token_gets_only_the_topics_of_its_resources(served: Served) -> None:
    issued = a_token(served, "manager", "rooms:read")
    client = served.connect(Authorization=f"Bearer {issued['token']}")
    answer = subscribed(client, "room", "reading", "energy")
    assert answer["accepted"]["topics"] == ["room"]
    assert {d["key"] for d in answer["denied"]} == {"reading", "energy"}


def test_a_token_with_an_embargo_gets_no_live_stream(served: Served) -> None:
    issued = a_token(served, "manager", "sensors", "rooms", "analytics", embargo=60)
    client = served.connect(Authorization=f"Bearer {issued['token']}")
    assert subscribed(client, "room", "reading", "energy")["accepted"]["topics"] == []


@pytest.mark.parametrize(
    "header", [{"Authorization": "Bearer nonsense"}, {"Cookie": "wb_display=nonsense"}]
)
def test_bad_credentials_are_401_at_the_handshake_and_no_redirect(
    served: Served, header: dict[str, str]
) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        served.connect(**header)
    assert refused.value.status_code == 401


def test_a_token_in_the_query_is_refused(served: Served) -> None:
    issued = a_token(served, "manager", "sensors")
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(
            f"ws://127.0.0.1:{served.port}/ws?token={issued['token']}", timeout=20
        )
    assert refused.value.status_code in {401, 403}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_page_is_refused_before_the_handshake(served: Served, origin: str) -> None:
    browser = visitor(served.server, "viewer")
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        served.connect(Cookie=served.cookies(browser), Origin=origin)
    assert refused.value.status_code == 403
    assert served.hub.status()["sockets"] == 0


def test_the_own_page_is_welcome(served: Served) -> None:
    cookies = served.cookies(visitor(served.server, "viewer"))
    own = f"http://127.0.0.1:{served.port}"
    assert served.connect(Cookie=cookies, Origin=own).until("hello")


def test_a_wall_display_sees_rooms_and_energy_until_it_is_revoked(served: Served) -> None:
    wall = visitor(served.server, "display", served.house)
    client = served.connect(Cookie=served.cookies(wall))
    answer = subscribed(client, "room", "energy", "reading")
    assert answer["accepted"]["topics"] == ["room", "energy"]
    display = served.house.access.displays.all(SYSTEM)[0]
    served.house.access.displays.revoke(SYSTEM, display.display_id)
    assert client.closed_with() == 4401


def test_a_changed_role_ends_what_the_old_one_opened(served: Served) -> None:
    browser = visitor(served.server, "operator")
    client = served.connect(Cookie=served.cookies(browser))
    client.until("hello")
    users = served.house.access.users
    person = next(u for u in users.all(SYSTEM) if u.name == "operator")
    users.set_role(SYSTEM, person.user_id, "viewer")
    assert client.closed_with() in {4401, 4403}


def test_no_database_connection_is_held_while_a_socket_is_open(served: Served) -> None:
    browser = visitor(served.server, "viewer")
    client = served.connect(Cookie=served.cookies(browser))
    subscribed(client, "reading", "room", "energy")
    pool: Callable[[], int] = served.house.database.engine.pool.checkedout  # type: ignore[attr-defined]
    wait_until(lambda: pool() == 0)
    client.say(action="ping")
    assert client.until("pong")


def test_health_tells_of_the_sockets(served: Served) -> None:
    answer = served.server.test_client().get("/health")
    assert "websocket" in json.loads(answer.data)["checks"]
