import json

from api.live_client import MAX_BACKLOG, MAX_KEPT, Client
from api.live_frames import Item, frame, wire
from api.live_ring import Batch


def _offer(client: Client, seq: int, sensor: str = "A", topic: str = "reading") -> None:
    body = json.dumps({"sensor_id": sensor, "n": seq}).encode()
    item = Item((sensor, "power"), sensor, None, body)
    batch = Batch(seq, topic, "2026-06-16T09:00:00Z", 0.0, [item])
    client.offer(batch, [item], wire(frame("update", topic, batch.ts, seq, [body])))


def _drain(client: Client) -> list[dict[str, object]]:
    frames = []
    while (raw := client.take()) is not None:
        size = raw[1]
        start = 2 if size < 126 else 4 if size == 126 else 10
        frames.append(json.loads(raw[start:]))
    return frames


def test_a_client_that_keeps_up_gets_every_frame() -> None:
    client = Client(lambda: None)
    for seq in range(5):
        _offer(client, seq)
    assert [f["seq"] for f in _drain(client)] == [0, 1, 2, 3, 4]


def test_a_slow_client_gets_the_newest_values_and_is_told_of_the_gap() -> None:
    client = Client(lambda: None)
    for seq in range(MAX_BACKLOG + 10):
        _offer(client, seq)
    _offer(client, 99, sensor="B")
    frames = _drain(client)
    gap, newest = frames[-2:]
    assert gap["type"] == "gap"
    assert gap["data"] == {"dropped": 9, "reason": "slow"}
    assert newest["seq"] == 99
    assert newest["data"] == [{"sensor_id": "A", "n": MAX_BACKLOG + 9}, {"sensor_id": "B", "n": 99}]
    assert client.dropped == 9


def test_a_slow_client_that_lost_nothing_is_told_of_no_gap() -> None:
    client = Client(lambda: None)
    for seq in range(MAX_BACKLOG):
        _offer(client, seq)
    _offer(client, 99, sensor="B")
    assert {f["type"] for f in _drain(client)} == {"update"}


def test_the_backlog_of_readings_is_bounded() -> None:
    client = Client(lambda: None)
    for seq in range(10_000):
        _offer(client, seq)
    assert len(_drain(client)) == MAX_BACKLOG + 2


def test_events_are_never_dropped_between_dropped_readings() -> None:
    client = Client(lambda: None)
    for seq in range(500):
        _offer(client, seq, topic="event")
        _offer(client, seq)
    events = [f["seq"] for f in _drain(client) if f["topic"] == "event"]
    assert events == list(range(500))
    assert client.dropped > 0


def test_a_client_too_slow_for_its_events_is_let_go_to_resume() -> None:
    client = Client(lambda: None)
    for seq in range(MAX_KEPT + 1):
        _offer(client, seq, topic="event")
    assert client.closing is not None
    assert client.closing[0] == 1013


def test_readings_are_current_again_once_a_slow_client_has_caught_up() -> None:
    client = Client(lambda: None)
    for seq in range(MAX_BACKLOG + 5):
        _offer(client, seq)
    _drain(client)
    _offer(client, 500)
    assert [f["seq"] for f in _drain(client)] == [500]
