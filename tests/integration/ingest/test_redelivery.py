"""A number without a time counts once, however often the broker delivers it."""

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.client import REDELIVERED, Message, ReceivingClient
from data_ingest.listener import Listener
from data_ingest.storing import Storing
from data_ingest.topics import Router
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.inbox import stamps
from domain.telemetry.store import fetch
from tests.servers import Mosquitto
from tests.waiting import wait_until

TOPIC = b"wattboard/main/telemetry/HUM_2"
ROUTER = Router("wattboard", "main")


def number(house: House, payload: bytes, mid: int, flags: int = 0, topic: bytes = TOPIC) -> Message:
    return Message(topic, payload, mid, flags, house.clock.now_ms())


def store(house: House, *messages: Message, storing: Storing | None = None) -> Storing:
    """By a listener that has just started, unless one is given."""
    storing = storing or Storing(house, "listener")
    assert storing.store(messages, ROUTER) == len(messages)
    return storing


def readings(house: House) -> list[tuple[int, float]]:
    with house.database.read() as c:
        return fetch(c, "SELECT ts_ms, value FROM reading ORDER BY ts_ms, series_id")


def kept(house: House) -> int:
    with house.database.read() as c:
        return int(fetch(c, "SELECT COUNT(*) FROM inbox_stamp")[0][0])


def test_a_number_that_comes_again_after_a_restart_keeps_its_first_time(
    house: House, clock: FixedClock
) -> None:
    first_ms = clock.now_ms()
    store(house, number(house, b"47.5", 7))
    for _ in range(2):
        clock.advance(30)
        store(house, number(house, b"47.5", 7, REDELIVERED))
    assert readings(house) == [(first_ms, 47.5)]


@pytest.mark.parametrize(
    ("payload", "mid", "flags", "topic"),
    [
        (b"48.0", 7, REDELIVERED, TOPIC),
        (b"47.5", 8, REDELIVERED, TOPIC),
        (b"47.5", 7, 0, TOPIC),
        (b"47.5", 7, REDELIVERED, b"wattboard/main/telemetry/HUM_3"),
    ],
)
def test_another_message_is_another_reading(
    house: House, clock: FixedClock, payload: bytes, mid: int, flags: int, topic: bytes
) -> None:
    store(house, number(house, b"47.5", 7))
    clock.advance(30)
    store(house, number(house, payload, mid, flags, topic))
    assert [ts_ms for ts_ms, _ in readings(house)] == [clock.now_ms() - 30_000, clock.now_ms()]


def test_what_waited_over_a_lost_connection_and_comes_again_is_one_reading(
    house: House, clock: FixedClock
) -> None:
    first_ms = clock.now_ms()
    waiting = number(house, b"47.5", 7)
    storing = Storing(house, "listener")
    storing.expect_again([waiting])
    clock.advance(30)
    again = number(house, b"47.5", 7, REDELIVERED)
    store(house, waiting._replace(mid=-7), again, storing=storing)
    clock.advance(30)
    store(house, number(house, b"47.5", 7, REDELIVERED))
    assert readings(house) == [(first_ms, 47.5)]


def test_the_stamps_are_few_and_only_of_messages_without_a_time(
    house: House, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "WINDOW", 10)
    storing = store(house, number(house, b'{"timestamp": 1781600000, "power": 1}', 1))
    assert kept(house) == 0
    for n in range(40):
        clock.advance(1)
        store(house, number(house, b"47.5", 2 + n), storing=storing)
    assert kept(house) == 10
    clock.advance(1)
    store(house, number(house, b"47.5", 2, REDELIVERED))
    assert readings(house)[-1][0] == clock.now_ms(), "so old an identifier is in use again"


def test_a_stamp_is_kept_only_with_its_reading(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.inbox.store.put_stamps", _full_disk)
    storing = Storing(house, "listener")
    assert storing.store([number(house, b"47.5", 7)], ROUTER) == 0
    assert (readings(house), kept(house)) == ([], 0)
    assert storing.trouble


def _full_disk(*_: object) -> None:
    raise OSError("disk full")


def test_a_real_broker_delivers_again_what_was_stored_and_not_acknowledged(
    house: House, mosquitto: Mosquitto, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_ms = clock.now_ms()
    with monkeypatch.context() as deaf:
        deaf.setattr(ReceivingClient, "acknowledge", lambda _self, _mids: None)
        listener = Listener(house, mosquitto.url)
        listener.start()
        wait_until(lambda: listener.state()["subscribed"])
        sender = Client(CallbackAPIVersion.VERSION2)
        sender.connect(mosquitto.host, mosquitto.port)
        sender.loop_start()
        sender.publish(TOPIC.decode(), b"47.5", qos=1).wait_for_publish(10)
        wait_until(lambda: listener.state()["stored"] == 1)
        listener.stop()
    clock.advance(30)
    again = Listener(house, mosquitto.url)
    again.start()
    wait_until(lambda: again.state()["duplicates"] == 1)
    again.stop()
    sender.disconnect()
    sender.loop_stop()
    assert readings(house) == [(first_ms, 47.5)]
