from collections.abc import Iterator

import pytest
import websocket

from api import socket as live_socket
from domain.access.model import SessionEnded
from domain.access.policy import Actor
from tests.api.live_server import VIEWER, LiveServer, live_server
from tests.waiting import wait_until


@pytest.fixture
def live() -> Iterator[LiveServer]:
    with live_server(max_sockets=3) as server:
        yield server


def test_a_signed_in_browser_is_greeted_with_its_topics(live: LiveServer) -> None:
    hello = live.connect().until("hello")["data"]
    assert hello["topics"] == [
        "reading", "room", "energy", "battery", "device", "command", "job", "drill", "forecast",
        "event", "needs", "money", "system",
    ]  # fmt: skip
    assert hello["speed"] == 1.0


def test_a_program_may_prove_itself_with_its_first_frame(live: LiveServer) -> None:
    live.house.access.tokens["good"] = VIEWER
    client = live.connect(actor=None)
    client.say(action="auth", token="good")
    assert client.until("hello")


@pytest.mark.parametrize(
    "first", [{"action": "auth", "token": "bad"}, {"action": "subscribe", "topics": ["energy"]}]
)
def test_a_stranger_is_closed_with_4401(live: LiveServer, first: dict[str, object]) -> None:
    client = live.connect(actor=None)
    client.say(**first)
    assert client.closed_with() == 4401


def test_a_client_that_never_proves_itself_is_closed(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "AUTH_WITHIN_S", 0.2)
    assert live.connect(actor=None).closed_with() == 4401


def test_nothing_is_told_before_a_client_has_proved_itself(live: LiveServer) -> None:
    client = live.connect(actor=None)
    client.socket.settimeout(0.5)
    live.hub.publish("system", {"secret": 1})
    with pytest.raises(websocket.WebSocketTimeoutException):
        client.next()


def test_over_the_cap_a_socket_is_closed_with_1013_and_the_rest_goes_on(live: LiveServer) -> None:
    clients = [live.connect() for _ in range(3)]
    for client in clients:
        client.until("hello")
    assert live.connect().closed_with() == 1013
    clients[0].say(action="ping")
    assert clients[0].until("pong")
    clients[1].socket.close()
    wait_until(lambda: live.hub.status()["sockets"] == 2)
    assert live.connect().until("hello")


def test_an_ended_session_closes_with_4401_at_once(live: LiveServer) -> None:
    client = live.connect()
    client.until("hello")
    live.house.bus.publish("session_ended", SessionEnded("session", "s1"))
    assert client.closed_with() == 4401


def test_an_end_that_nobody_announced_is_found_within_the_recheck(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "RECHECK_S", 0.1)
    client = live.connect()
    client.until("hello")
    live.house.access.ended.add(("session", "s1"))
    assert client.closed_with() == 4401


def test_the_recheck_is_well_within_five_seconds() -> None:
    assert live_socket.RECHECK_S <= 4


def test_a_lost_right_closes_with_4403(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "RECHECK_S", 0.1)
    narrowed: dict[str, Actor] = {}

    class Changeable(Actor):
        def may(self, permission: str) -> bool:
            return "now" not in narrowed

    live.actors["bo"] = Changeable("Bo", "viewer", 2, credential=("session", "s2"))
    client = live.connect("bo")
    client.say(action="subscribe", topics=["energy"])
    client.until("snapshot", "energy")
    narrowed["now"] = VIEWER
    assert client.closed_with() == 4403
