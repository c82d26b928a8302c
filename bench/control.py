"""From a click to the device, and arbitration of many devices: `python -m bench.control`.

1. An instruction over HTTP to the production server (gate, permission, one transaction, wake of the
   dispatcher, its turn, mosquitto) until a device on the broker has the `set` message, beside a
   bare publish of as many bytes through the same broker, turn about. The same from the use case
   alone, with the dispatcher in one process with it, as the server has it.
2. Arbitration of 1,000 devices with five intents each, pure; and for information what whole turns
   of the dispatcher over them cost.

Exit 1 when a target is missed.
"""

import argparse
import base64
import http.client
import json
import queue
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bench import control_many
from bench.timing import Verdict
from data_ingest.client import configure
from domain.access.policy import SYSTEM
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from scheduler.dispatcher import Dispatcher
from settings import Settings
from tests import servers
from tests.running import running

SAMPLES, DEVICES, PER_TOKEN = 240, 20, 50
PASSWORD = "bench-control-password"
BASE, BARE = "wattboard/main/devices/", "bench/bare"
NODELAY = "set_tcp_nodelay true\n"
"""As deploy/mosquitto.conf has it."""
PATIENCE_S, APART_S = 20.0, 0.1
"""Clicks come apart: by then the answers to the one before have been taken in."""
OVER_BARE, ALLOWANCE_MS = 3.0, 50.0
ARBITRATION_MS = 50.0
Ask = Callable[[str, str], None]
"""Asks a device for `on` or `off`."""


def at_once(_client: Client, _data: object, connection: Any) -> None:
    """Both sides send without waiting for what went before."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Device:
    """Every device of the bench on one connection: it notes when a message came, and obeys."""

    def __init__(self, broker: servers.Mosquitto) -> None:
        self._came: queue.SimpleQueue[tuple[str, str, float]] = queue.SimpleQueue()
        self._seen: set[str] = set()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="bench-devices")
        self._client.on_socket_open = at_once
        self._client.on_message = self._message
        self._client.connect(broker.host, broker.port)
        subscribed = self._subscribed()
        self._client.loop_start()
        subscribed.get(timeout=PATIENCE_S)

    def _subscribed(self) -> "queue.SimpleQueue[bool]":
        done: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._client.on_subscribe = lambda *_: done.put(True)
        self._client.subscribe([(f"{BASE}+/set", 1), (BARE, 1)])
        return done

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        at_s = time.perf_counter()
        if message.topic == BARE:
            self._came.put((BARE, "", at_s))
            return
        name, fields = message.topic.split("/")[-2], json.loads(message.payload)
        if fields["command_id"] not in self._seen:
            self._seen.add(fields["command_id"])
            self._came.put((name, fields["command"], at_s))
        for status in ("accepted", "done"):
            self._say(name, "ack", {"command_id": fields["command_id"], "status": status})
        self._say(name, "state", {"on": fields["command"] == "on", "timestamp": time.time()})

    def _say(self, name: str, kind: str, payload: object) -> None:
        self._client.publish(f"{BASE}{name}/{kind}", json.dumps(payload), qos=1)

    def has(self, name: str, command: str) -> float:
        """Wait for a message; when it came."""
        while True:
            found = self._came.get(timeout=PATIENCE_S)
            if found[:2] == (name, command):
                return found[2]

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


class Bare:
    """A publisher with nothing around it."""

    def __init__(self, broker: servers.Mosquitto) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare")
        self._client.on_socket_open = at_once
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def publish(self) -> None:
        """As many bytes as a command has."""
        self._client.publish(BARE, b"x" * 150, qos=1)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def alternate(name: str, ask: Ask, device: Device, bare: Bare) -> list[Verdict]:
    """SAMPLES of ours and of the bare path, turn about; every one is printed."""
    ours_ms: list[float] = []
    bare_ms: list[float] = []
    pause = threading.Event()
    for number in range(-DEVICES, SAMPLES):
        target = f"BENCH_{number % DEVICES:02}"
        command = "off" if number // DEVICES % 2 else "on"
        pause.wait(APART_S)
        began_s = time.perf_counter()
        ask(target, command)
        took_ms = (device.has(target, command) - began_s) * 1000
        began_s = time.perf_counter()
        bare.publish()
        alone_ms = (device.has(BARE, "") - began_s) * 1000
        if number >= 0:  # the first of each device warms up
            ours_ms.append(took_ms)
            bare_ms.append(alone_ms)
    found = {}
    print(f"\n{name}")
    for label, listed in (("ours", ours_ms), ("bare", bare_ms)):
        cut = statistics.quantiles(listed, n=100)
        found[label] = cut[98]
        print(f"  {label}  p50 {cut[49]:7.2f}  p99 {cut[98]:7.2f} ms  of {len(listed)}")
        print("        " + " ".join(f"{value:.1f}" for value in listed))
    limit_ms = OVER_BARE * found["bare"] + ALLOWANCE_MS
    return [Verdict(f"p99 {name}", found["ours"], round(limit_ms, 1), "ms")]


# ---- the two ways in -------------------------------------------------------------------------


def called(address: str, method: str, path: str, body: object, credentials: str) -> object:
    """One call of the API; anything but a success ends the program."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
    headers = {"Authorization": credentials, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body).encode(), headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path} answered {answer.status}: {data[:300]!r}")
    return json.loads(data)


def over_http(address: str) -> Ask:
    """Instructions with tokens; a new one before the calls of the old are used up."""
    word = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    for number in range(DEVICES):
        fields = {"device_id": f"BENCH_{number:02}", "capabilities": {"on_off": True}}
        called(address, "POST", "/api/v1/iot/devices", fields, _token(address, word))
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
    tokens = [_token(address, word) for _ in range((SAMPLES + DEVICES) // PER_TOKEN + 1)]
    used = 0

    def ask(device_id: str, command: str) -> None:
        nonlocal used
        headers = {"Authorization": tokens[used // PER_TOKEN], "Content-Type": "application/json"}
        used += 1
        body = json.dumps({"command": command, "duration_minutes": 60}).encode()
        path = f"/api/v1/iot/devices/{device_id}/instructions"
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 202:
            raise SystemExit(f"{path} answered {answer.status}: {data[:300]!r}")

    return ask


def _token(address: str, word: str) -> str:
    body = {"name": "bench", "list_of_resources": ["iot"]}
    made = called(address, "POST", "/api/v1/tokens/generate", body, f"Basic {word}")
    assert isinstance(made, dict)
    return f"Bearer {made['token']}"


@contextmanager
def use_case(broker: servers.Mosquitto, directory: Path) -> Iterator[Ask]:
    """A house with its dispatcher, and nobody else."""
    settings = Settings.from_env({"WATTBOARD_DATA_DIR": str(directory), "WATTBOARD_DEMO": "0"})
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=SystemClock(), database=database)
    for number in range(DEVICES):
        house.control.register(SYSTEM, f"BENCH_{number:02}", {"capabilities": {"on_off": True}})
    dispatcher = Dispatcher(house, broker.url, configure)
    dispatcher.start(1)

    def ask(device_id: str, command: str) -> None:
        house.control.command(SYSTEM, device_id, command, minutes=60)

    try:
        yield ask
    finally:
        dispatcher.stop()
        house.close()


def clicks(directory: Path) -> list[Verdict]:
    """Both ways, each with a broker of its own."""
    found: list[Verdict] = []
    with servers.mosquitto(directory / "first", NODELAY) as broker:
        device, bare = Device(broker), Bare(broker)
        with use_case(broker, directory / "house") as ask:
            found += alternate("use case to device", ask, device, bare)
        device.close()
        bare.close()
    with servers.mosquitto(directory / "second", NODELAY) as broker:
        device, bare = Device(broker), Bare(broker)
        variables = {
            "WATTBOARD_MQTT_URL": broker.url,
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_DEMO_START": "",
            "WATTBOARD_ADMIN_PASSWORD": PASSWORD,
        }
        with running(directory / "server", **variables) as app:
            found += alternate("click over HTTP to device", over_http(app.address), device, bare)
        device.close()
        bare.close()
    return found


def many(directory: Path) -> list[Verdict]:
    """Arbitration of all devices, and whole turns."""
    devices, intents, reports = control_many.site()
    samples = []
    for _ in range(11):
        began_s = time.thread_time()  # steady on a shared machine, and nothing here waits
        control_many.arbitrated(devices, intents, reports)
        samples.append((time.thread_time() - began_s) * 1000)
    print(f"\narbitration of {len(devices)} devices with {control_many.INTENTS} intents each")
    print("  " + "  ".join(f"{value:.2f}" for value in samples) + " ms of processor")
    for words, took_s in control_many.turns(directory / "many"):
        print(f"  for information: {words}: {took_s * 1000:.0f} ms")
    return [Verdict("arbitration of 1,000 devices", min(samples), ARBITRATION_MS, "ms")]


def main() -> int:
    """Print every sample and a line per target; 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="clicks,many")
    parts = parser.parse_args().only.split(",")
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as directory:
        if "clicks" in parts:
            verdicts += clicks(Path(directory))
        if "many" in parts:
            verdicts += many(Path(directory))
    print()
    for verdict in verdicts:
        print(verdict.line())
    return 0 if all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
