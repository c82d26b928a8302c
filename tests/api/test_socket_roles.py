"""Who hears what on `/ws`: every topic × every kind of caller, by hand from API.md §4 and §5."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.live_subscription import TOPIC_PERMISSIONS
from domain.access.policy import RESOURCES, SYSTEM, Actor
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.live_server import LiveClient
from tests.api.test_socket_house import Served, a_token, serving

PEOPLE = {"viewer", "operator", "manager", "admin"}
TOKENS = {
    "token sensors", "token rooms", "token analytics", "token batteries", "token demand-response",
    "token p2p", "token forecast", "token iot", "token events", "token export", "token tokens",
}  # fmt: skip
EMBARGOED = "token of all, embargoed"
CALLERS = ("anonymous", *sorted(PEOPLE), "display", *sorted(TOKENS), EMBARGOED)

HEARS: dict[str, set[str]] = {
    "reading": PEOPLE | {"token sensors"},
    "room": PEOPLE | {"display", "token rooms"},
    "energy": PEOPLE | {"display", "token analytics"},
    "battery": PEOPLE | {"token batteries"},
    "device": PEOPLE | {"token iot"},
    "command": PEOPLE | {"token iot"},
    "job": PEOPLE | {"token iot"},
    "drill": PEOPLE | {"token iot"},
    "demand_response": {"operator", "manager", "admin", "token demand-response"},
    "p2p": {"manager", "admin", "token p2p"},
    "forecast": PEOPLE | {"token forecast"},
    "event": PEOPLE | {"token analytics", "token events"},
    "needs": PEOPLE | {"display", "token analytics"},
    "money": PEOPLE | {"display", "token analytics"},
    "system": PEOPLE | {"display", "token sensors", "token analytics"},
}
"""Who hears a topic; `system` may be had by everybody, who are then told the time when they ask."""


@pytest.fixture
def served(small_house: House, clock: FixedClock) -> Iterator[Served]:
    """A weather station that has spoken, and a socket server."""
    small_house.building.register_sensor(SYSTEM, "ROOF", {"sensor_type": "weather"})
    small_house.telemetry.ingest([Reading("ROOF", "temperature", clock.now_ms(), 31.25)])
    with serving(small_house) as found:
        yield found


def connected(served: Served, caller: str) -> LiveClient:
    """A socket of a caller that has been greeted; a stranger's has not."""
    if caller == "anonymous":
        return served.connect()
    if caller == EMBARGOED:
        client = served.connect(**bearer(a_token(served, "admin", *RESOURCES, embargo=30)))
    elif caller.startswith("token "):
        resource = caller.removeprefix("token ")
        client = served.connect(**bearer(a_token(served, "admin", resource)))
    else:
        browser = visitor(served.server, caller, served.house)
        client = served.connect(Cookie=served.cookies(browser))
    return client


def bearer(issued: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {issued['token']}"}


def publish_all(served: Served) -> None:
    """Something on every topic that says which topic it was."""
    for topic in TOPIC_PERMISSIONS:
        served.hub.publish(topic, {"marked": topic})


def heard_until_pong(client: LiveClient) -> list[dict[str, Any]]:
    """All frames up to the answer to a ping, which comes after what was published before it."""
    client.say(action="ping")
    frames = []
    while not frames or frames[-1]["type"] != "pong":
        frames.append(client.next())
    return frames


def marked(frames: list[dict[str, Any]]) -> set[str]:
    """The topics of which something published arrived."""
    return {
        item["marked"]
        for frame in frames
        if frame["type"] == "update"
        for item in (frame["data"] if isinstance(frame["data"], list) else [frame["data"]])
        if "marked" in item
    }


def test_the_table_names_every_topic_resource_and_caller() -> None:
    assert set(HEARS) == set(TOPIC_PERMISSIONS)
    assert {f"token {resource}" for resource in RESOURCES} == TOKENS
    assert set().union(*HEARS.values()) <= set(CALLERS)


@pytest.mark.parametrize("caller", [c for c in CALLERS if c != "anonymous"])
def test_each_caller_hears_what_the_table_gives_it_and_nothing_else(
    served: Served, caller: str
) -> None:
    client = connected(served, caller)
    hello = client.until("hello")
    listed = {topic for topic in HEARS if caller in HEARS[topic]}
    client.say(action="subscribe", topics=list(HEARS))
    answer = client.until("subscribed")["data"]
    accepted = listed | {"system"}
    assert set(answer["accepted"]["topics"]) == accepted
    assert {denied["key"] for denied in answer["denied"]} == set(HEARS) - accepted
    for denied in answer["denied"]:
        needed = TOPIC_PERMISSIONS[denied["key"]]
        assert (denied["kind"], denied["code"]) == ("topic", "not_allowed")
        assert str(needed) in denied["message"]
    publish_all(served)
    frames = heard_until_pong(client)
    assert marked(frames) == listed
    assert {f["topic"] for f in frames if f["type"] in {"update", "snapshot"}} <= accepted
    client.say(action="resume", last_seq=hello["seq"])
    assert marked(heard_until_pong(client)) == listed


@pytest.mark.parametrize("caller", CALLERS)
def test_what_every_client_is_told_holds_a_measured_value_only_for_who_may_have_it(
    served: Served, caller: str
) -> None:
    client = connected(served, caller)
    if caller == "anonymous":
        return
    hello = client.until("hello")
    client.say(action="subscribe", topics=["system"])
    frames = [hello, *heard_until_pong(client)]
    told = [f for f in frames if f["type"] in {"hello", "snapshot", "pong"}]
    assert len(told) == 3
    for frame in told:
        data = frame["data"][0] if isinstance(frame["data"], list) else frame["data"]
        assert (data["outside"] is not None) is (caller in HEARS["system"]), frame
        assert data["building_time_ms"]


def test_a_stranger_hears_nothing_and_is_closed_with_4401(served: Served) -> None:
    client = connected(served, "anonymous")
    publish_all(served)
    client.say(action="subscribe", topics=list(HEARS))
    assert client.closed_with() == 4401


# --- what ends it --------------------------------------------------------------------------

Ending = Callable[[Served], None]
WITHIN_S = 5


def manager(served: Served) -> int:
    return next(u.user_id for u in served.house.access.users.all(SYSTEM) if u.name == "manager")


def revoke(served: Served) -> None:
    tokens = served.house.access.tokens
    for token in tokens.list(SYSTEM):
        tokens.revoke(SYSTEM, None, token.jti)
    for display in served.house.access.displays.all(SYSTEM):
        served.house.access.displays.revoke(SYSTEM, display.display_id)
    person = Actor("manager", "manager", manager(served))
    for session in served.house.access.sessions.own(person):
        served.house.access.sessions.end(person, session.session_id)


def disable(served: Served) -> None:
    served.house.access.users.set_disabled(SYSTEM, manager(served), True)


def lower(served: Served) -> None:
    served.house.access.users.set_role(SYSTEM, manager(served), "viewer")


ENDS: dict[str, tuple[Ending, set[str]]] = {
    "revocation": (revoke, {"manager", "display", "token"}),
    "disabling": (disable, {"manager", "token"}),
    "role change": (lower, {"manager", "token"}),
}


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "found"])
@pytest.mark.parametrize("how", ENDS)
def test_what_ends_access_closes_its_sockets_within_five_seconds(
    served: Served, how: str, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, ended = ENDS[how]
    clients = {
        "manager": connected(served, "manager"),
        "display": connected(served, "display"),
        "token": served.connect(**bearer(a_token(served, "manager", "sensors", "p2p"))),
        "admin": connected(served, "admin"),
    }
    for client in clients.values():
        client.until("hello")
    clients["token"].say(action="subscribe", topics=["p2p"])
    clients["token"].until("subscribed")
    if not announced:  # as if another process had done it
        monkeypatch.setattr(served.house.bus, "publish", lambda *_: None)
    end(served)
    for caller in ended:
        clients[caller].socket.settimeout(WITHIN_S)
        assert clients[caller].closed_with() == 4401, caller
    for caller in set(clients) - ended:
        clients[caller].say(action="ping")
        assert clients[caller].until("pong"), caller
