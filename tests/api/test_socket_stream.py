import socket as sockets
from collections.abc import Iterator
from typing import Any

import pytest

from api import live_transport
from api import socket as live_socket
from tests.api.live_server import LiveClient, LiveServer, live_server
from tests.unit.live.fakes import NOW_MS, a_reading
from tests.waiting import wait_until


@pytest.fixture
def live() -> Iterator[LiveServer]:
    with live_server() as server:
        yield server


def _subscribed(live: LiveServer, **options: Any) -> LiveClient:
    client = live.connect(**options)
    client.say(action="subscribe", topics=["reading"])
    client.until("subscribed")
    return client


def test_a_stored_reading_arrives(live: LiveServer) -> None:
    client = _subscribed(live)
    live.house.store(a_reading(value=52.6))
    assert client.until("update", "reading")["data"][0]["value"] == 52.6


def test_the_answer_lists_what_was_accepted_and_what_was_denied(live: LiveServer) -> None:
    client = live.connect()
    client.say(action="subscribe", topics=["room", "p2p"], rooms=["Lab", "Attic"])
    answer = client.until("subscribed")["data"]
    assert answer["accepted"] == {"topics": ["room"], "rooms": ["Lab"], "sensors": []}
    assert {(d["kind"], d["key"], d["code"]) for d in answer["denied"]} == {
        ("topic", "p2p", "not_allowed"),
        ("room", "Attic", "unknown_room"),
    }


def test_after_unsubscribing_nothing_comes(live: LiveServer) -> None:
    client = _subscribed(live)
    client.say(action="unsubscribe", topics=["reading"])
    client.until("unsubscribed")
    live.house.store(a_reading())
    client.say(action="ping")
    seen = []
    while not seen or seen[-1]["type"] != "pong":
        seen.append(client.next())
    assert [f for f in seen if f["topic"] == "reading"] == []


def test_resume_brings_what_was_missed(live: LiveServer) -> None:
    client = _subscribed(live)
    witness = _subscribed(live)
    live.house.store(a_reading(value=1))
    last_seq = client.until("update", "reading")["seq"]
    client.socket.close()
    live.house.store(a_reading("METER_A", 2, NOW_MS + 1000))
    witness.until("update", "reading")
    witness.until("update", "reading")
    back = live.connect()
    back.say(action="subscribe", topics=["reading"], snapshot=False)
    back.say(action="resume", last_seq=last_seq)
    assert back.until("update", "reading")["data"][0]["sensor_id"] == "METER_A"


def test_resume_from_another_life_of_the_server_is_a_gap_and_a_snapshot(live: LiveServer) -> None:
    live.house.telemetry.store(a_reading(value=5))
    client = live.connect()
    client.say(action="subscribe", topics=["reading"], snapshot=False)
    client.say(action="resume", last_seq=12)
    assert client.until("gap")
    assert client.until("snapshot", "reading")["data"][0]["value"] == 5


@pytest.mark.parametrize(
    "raw",
    [
        "no json",
        "[]",
        "null",
        "[" * 5000,
        '{"action":"dance"}',
        '{"action":"subscribe"}',
        '{"action":"resume","last_seq":"x"}',
        '{"action":"resume","last_seq":true}',
        '{"action":"auth","token":"x"}',
        '{"action":"subscribe","rooms":[{}]}',
    ],
)
def test_what_cannot_be_read_is_answered_and_the_socket_stays(live: LiveServer, raw: str) -> None:
    client = live.connect()
    client.socket.send(raw)
    error = client.until("error")["data"]
    assert error["code"]
    assert error["message"]
    client.say(action="ping")
    assert client.until("pong")


def test_a_frame_over_16_kib_ends_the_connection(live: LiveServer) -> None:
    client = live.connect()
    client.socket.send('{"action":"ping","pad":"%s"}' % ("x" * live_socket.MAX_FRAME_BYTES))
    assert client.closed_with() == 1009


def test_a_frame_just_below_16_kib_is_read(live: LiveServer) -> None:
    client = live.connect()
    pad = live_socket.MAX_FRAME_BYTES - len('{"action":"ping","pad":""}')
    client.socket.send('{"action":"ping","pad":"%s"}' % ("x" * pad))
    assert client.until("pong")


def test_a_client_that_does_not_read_delays_nobody(live: LiveServer) -> None:
    stuck = live.connect(sockopt=[(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)])
    stuck.say(action="subscribe", topics=["reading"])
    lively = _subscribed(live)
    pad = [f"METER_{n:04}" for n in range(3_000)]
    for step in range(30):
        live.house.store(*(a_reading(name, step, NOW_MS + step) for name in pad))
        seen: dict[str, float] = {}
        while len(seen) < len(pad) or set(seen.values()) != {step}:
            frame = lively.until("update", "reading")
            seen |= {r["sensor_id"]: r["value"] for r in frame["data"]}
    stuck_client = max(live.hub._clients, key=lambda c: len(c._frames) + len(c._held))
    assert len(stuck_client._held) <= len(pad)


def test_a_client_that_never_reads_again_is_let_go(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_transport, "SEND_WITHIN_S", 0.2)
    stuck = live.connect(sockopt=[(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)])
    stuck.say(action="subscribe", topics=["reading"])
    wait_until(lambda: live.hub.status()["sockets"] == 1)
    pad = [f"METER_{n:04}" for n in range(3_000)]

    def flooded() -> bool:
        now_ms = NOW_MS + flooded.step  # type: ignore[attr-defined]
        flooded.step += 1  # type: ignore[attr-defined]
        live.house.store(*(a_reading(name, now_ms, now_ms) for name in pad))
        return live.hub.status()["sockets"] == 0

    flooded.step = 1  # type: ignore[attr-defined]
    wait_until(flooded, 20)


def test_a_dead_peer_is_noticed_by_the_missing_heartbeat(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "HEARTBEAT_S", 0.1)
    client = live.connect()
    client.until("hello")
    wait_until(lambda: live.hub.status()["sockets"] == 0)  # nobody answers its pings


def test_a_peer_that_answers_the_heartbeat_stays(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "HEARTBEAT_S", 0.1)
    client = live.connect()
    client.until("hello")
    pings = 0
    while pings < 5:
        opcode, _data = client.socket.recv_data(control_frame=True)  # answers pings itself
        pings += opcode == 0x9
    client.say(action="ping")
    assert client.until("pong")


def test_the_server_says_goodbye_when_it_stops(live: LiveServer) -> None:
    client = live.connect()
    client.until("hello")
    live.hub.stop()
    assert client.closed_with() == 1001
