"""The embedded broker and the shipped configuration keep what performance.md §1c saw lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.broker import SHIPPED, EmbeddedBroker, find_program
from data_ingest.publishing import Publisher
from domain.foundation.errors import Unavailable
from tests.servers import answers, free_port, program
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
MESSAGES = 5_000


class Subscriber:
    """A client with a persistent session, present or away."""

    def __init__(self, port: int) -> None:
        self.received: set[bytes] = set()
        self.subscribed = False
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False
        )
        self._client.on_message = lambda _c, _u, message: self.received.add(message.payload)
        self._client.on_connect = lambda c, *_: c.subscribe("wattboard/main/telemetry/+", 1)
        self._client.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def queue_for_an_absent_listener(broker: EmbeddedBroker, messages: int = MESSAGES) -> None:
    subscriber = Subscriber(broker.port)
    wait_until(lambda: subscriber.subscribed)
    subscriber.leave()
    with Publisher(broker.url, "wattboard", "main") as publisher:
        for number in range(messages):
            publisher.send("S1", str(number))
        publisher.flush()


def arrived(broker: EmbeddedBroker, messages: int = MESSAGES) -> bool:
    wait_until(lambda: answers(broker.port), 20)
    subscriber = Subscriber(broker.port)
    try:
        return wait_until(lambda: len(subscriber.received) == messages, 30)
    finally:
        subscriber.leave()


def process_id(broker: EmbeddedBroker) -> int:
    return int((broker.directory / "mosquitto.pid").read_text())


def end(broker: EmbeddedBroker, how: signal.Signals) -> None:
    restarts = broker.restarts
    os.kill(process_id(broker), how)
    wait_until(lambda: broker.restarts > restarts)
    wait_until(lambda: answers(broker.port), 20)


def test_five_thousand_messages_wait_for_an_absent_listener(broker: EmbeddedBroker) -> None:
    queue_for_an_absent_listener(broker)
    assert arrived(broker)


def test_a_terminated_broker_comes_back_with_its_queue(broker: EmbeddedBroker) -> None:
    queue_for_an_absent_listener(broker)
    end(broker, signal.SIGTERM)
    assert arrived(broker)


def test_a_killed_broker_comes_back_with_what_was_saved(broker: EmbeddedBroker) -> None:
    queue_for_an_absent_listener(broker)
    saved = broker.directory / "mosquitto.db"
    before = saved.stat().st_mtime_ns if saved.exists() else 0
    wait_until(lambda: saved.exists() and saved.stat().st_mtime_ns > before)
    last = saved.stat().st_mtime_ns
    wait_until(lambda: saved.stat().st_mtime_ns > last)  # one whole save after the last message
    end(broker, signal.SIGKILL)
    assert arrived(broker)


def test_a_stopped_broker_started_anew_has_its_queue(tmp_path: Path) -> None:
    first = EmbeddedBroker(tmp_path)
    first.start()
    queue_for_an_absent_listener(first, 100)
    first.stop()
    assert not first.alive
    second = EmbeddedBroker(tmp_path)
    second.start()
    try:
        assert arrived(second, 100)
    finally:
        second.stop()


def test_the_broker_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, threading\n"
        "from data_ingest.broker import EmbeddedBroker\n"
        "broker = EmbeddedBroker(pathlib.Path(sys.argv[1]))\n"
        "broker.start(); print(broker.port, flush=True); threading.Event().wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert parent.stdout
        port = int(parent.stdout.readline())
        assert answers(port)
    finally:
        parent.kill()
        parent.wait(10)
    wait_until(lambda: not answers(port))


def test_it_listens_on_loopback_only_and_keeps_every_shipped_setting(
    broker: EmbeddedBroker,
) -> None:
    lines = (broker.directory / "mosquitto.conf").read_text().splitlines()
    assert [line for line in lines if line.startswith("listener")] == [
        f"listener {broker.port} 127.0.0.1"
    ]
    for setting in ("max_queued_messages 1000000", "autosave_interval 1", "persistence true"):
        assert setting in lines
        assert setting in SHIPPED.read_text().splitlines()


def test_a_taken_port_is_said_in_words(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is taken"):
        EmbeddedBroker(tmp_path / "second", broker.port).start()


def test_a_missing_program_is_answered_with_the_line_that_installs_it() -> None:
    with pytest.raises(Unavailable, match="apt-get install -y mosquitto"):
        find_program("mosquitto-that-is-not-there")


def test_the_shipped_file_starts_a_broker_that_refuses_strangers(tmp_path: Path) -> None:
    password_file, port = tmp_path / "passwd", free_port()
    subprocess.run(
        [program("mosquitto_passwd"), "-b", "-c", password_file, "wattboard", "secret"],
        check=True,
        capture_output=True,
    )
    password_file.chmod(0o644)
    config = tmp_path / "shipped.conf"
    config.write_text(
        SHIPPED.read_text()
        .replace("listener 1883", f"listener {port} 127.0.0.1")
        .replace("/etc/mosquitto/wattboard.passwd", str(password_file))
        .replace("/var/lib/mosquitto/", f"{tmp_path}/")
        + "\nuser root\n"
    )
    broker = subprocess.Popen([program("mosquitto"), "-c", config], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port))
        with Publisher(f"mqtt://wattboard:secret@127.0.0.1:{port}", "w", "m") as publisher:
            publisher.send("S1", "1")
            publisher.flush()
        refused: list[bool] = []
        stranger = Client(CallbackAPIVersion.VERSION2)
        stranger.on_connect = lambda _c, _u, _f, reason, _p: refused.append(reason.is_failure)
        stranger.connect("127.0.0.1", port)
        stranger.loop_start()
        assert wait_until(lambda: refused)[0]
        stranger.loop_stop()
    finally:
        broker.terminate()
        broker.wait(10)
