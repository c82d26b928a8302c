"""The sender of bulk gives way to its readers, but not for ever."""

import threading

import pytest
from paho.mqtt.client import MQTTMessage

from data_ingest.simulation import links
from data_ingest.simulation.links import CONGESTED_BYTES, Sender


def a_sender() -> Sender:
    return Sender("mqtt://127.0.0.1:1", "test", window=8, values_per_s=1e9)


def told(sender: Sender, held: bytes) -> None:
    message = MQTTMessage(topic=links.HELD_TOPIC.encode())
    message.payload = held
    sender._told(sender._client, None, message)


def test_it_is_congested_while_the_broker_holds_much_more_than_at_first() -> None:
    sender = a_sender()
    assert not sender.congested
    told(sender, b"9000000")  # somebody else's, from before
    assert not sender.congested
    told(sender, b"%d" % (9_000_001 + CONGESTED_BYTES))
    assert sender.congested
    told(sender, b"?")
    told(sender, b"9500000")
    assert not sender.congested


def test_it_waits_until_its_readers_have_caught_up() -> None:
    sender, stopped = a_sender(), threading.Event()
    told(sender, b"0")
    told(sender, b"9000000")
    readers = threading.Timer(0.2, told, (sender, b"0"))
    readers.start()
    assert sender.send("t", b"x", 1, stopped)
    assert not readers.is_alive() or not sender.congested
    readers.join()


def test_a_reader_that_never_catches_up_is_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.1)
    sender, stopped = a_sender(), threading.Event()
    told(sender, b"0")
    told(sender, b"9000000")
    assert sender.send("t", b"x", 1, stopped)
    assert sender.congested
    assert sender.send("t", b"x", 1, stopped)


def test_stopping_ends_the_wait() -> None:
    sender, stopped = a_sender(), threading.Event()
    told(sender, b"0")
    told(sender, b"9000000")
    stopped.set()
    assert not sender.send("t", b"x", 1, stopped)
