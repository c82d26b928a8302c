"""Our whole safe path against a paho subscriber that only decodes: `python -m bench.ingest`.

Ours: mosquitto → listener (MQTT 5) → decode → validate → SQLite with synchronous=FULL, latest and
dirty in the same transaction → acknowledged after the commit. The reference (the fastest row of
performance.md §1b): paho with a persistent session, manual acknowledgement, a typed msgspec
decode, and an acknowledgement of every 500 messages at once. Both drain a queue that waits in
the broker; they alternate; the ratio is of medians. Exit 1 below 0.7. The processor time of
this process is printed beside it: on a busy machine it moves less than the rate.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.broker import EmbeddedBroker
from data_ingest.listener import Listener
from data_ingest.publishing import Publisher
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings

TARGET = 0.7
SENSORS = 100
METRICS = 4
ACKNOWLEDGED_AT_ONCE = 500
REFERENCE_ID = "bench-reference"
FIRST_S = 1_767_225_600
PATIENCE_S = 300.0


class Value(msgspec.Struct):
    """A metric as the message carries it."""

    value: float
    unit: str


class Typed(msgspec.Struct):
    """The bench's message; decoding into this validates it."""

    timestamp: float
    power: Value
    energy: Value
    temperature: Value
    humidity: Value


def payload(number: int) -> str:
    """A message of four metrics, every sensor at its own times; some 210 bytes."""
    turn, sensor = divmod(number, SENSORS)
    return json.dumps(
        {
            "timestamp": FIRST_S + turn * 10,
            "power": {"value": 1.25 + sensor / 10, "unit": "kW"},
            "energy": {"value": turn * 0.5, "unit": "kWh"},
            "temperature": {"value": 21.5, "unit": "°C"},
            "humidity": {"value": 40 + sensor / 10, "unit": "%"},
        },
        ensure_ascii=False,
    )


def fill(broker: EmbeddedBroker, site: str, messages: int) -> None:
    """Put the messages into the broker; whoever has a session there gets them later."""
    with Publisher(broker.url, "wattboard", site) as publisher:
        for number in range(messages):
            publisher.send(f"BENCH_{number % SENSORS}", payload(number))
        publisher.flush()


class Reference:
    """Decodes, keeps the result of a batch, acknowledges the batch."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.done = 0
        self._broker = broker
        self._decode = msgspec.json.Decoder(Typed).decode
        self._batch: list[tuple[int, Typed]] = []
        self._client: Client | None = None

    def open(self) -> None:
        """Connect, subscribe and read in paho's own thread."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=REFERENCE_ID,
            clean_session=False,
            manual_ack=True,
        )
        client.on_message = self._on_message
        client.on_connect = lambda c, *_: c.subscribe("wattboard/reference/telemetry/+", 1)
        client.connect("127.0.0.1", self._broker.port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """Leave; the session stays with the broker."""
        if self._client:
            self._client.disconnect()
            self._client.loop_stop()

    def _on_message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._batch.append((message.mid, self._decode(message.payload)))
        if len(self._batch) >= ACKNOWLEDGED_AT_ONCE:
            for mid, _reading in self._batch:
                client.ack(mid, 1)
            self.done += len(self._batch)
            self._batch.clear()


@contextmanager
def a_house(directory: Path, site: str) -> Iterator[House]:
    """Compose a fresh house over a fresh SQLite file."""
    settings = Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(directory),
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_SITE": site,
            "WATTBOARD_DATABASE_URL": f"sqlite:///{directory / 'bench.db'}",
        }
    )
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=SystemClock(), database=database)
    yield house
    house.close()


class Sample(NamedTuple):
    """One drain of the queue."""

    per_s: float
    cpu_us: float
    """Processor time of a message."""
    protocol: str = "3.1.1"


def drain(done: Callable[[], int], messages: int) -> Sample:
    """Measure from the first messages seen to the last."""
    pause = threading.Event()
    opened = time.perf_counter()
    while not done() and time.perf_counter() - opened < PATIENCE_S:
        pause.wait(0.0005)
    began, cpu, had = time.perf_counter(), time.process_time(), done()
    while (now := done()) < messages:
        if time.perf_counter() - opened > PATIENCE_S:
            raise SystemExit(f"only {now} of {messages} messages came through")
        pause.wait(0.002)
    counted = messages - had
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return Sample(counted / seconds, cpu_s / counted * 1e6)


def drain_reference(broker: EmbeddedBroker, messages: int) -> Sample:
    session = Reference(broker)
    session.open()
    pause = threading.Event()
    pause.wait(0.3)
    session.close()
    fill(broker, "reference", messages)
    drained = Reference(broker)
    drained.open()
    try:
        return drain(lambda: drained.done, messages)
    finally:
        drained.close()


def drain_ours(broker: EmbeddedBroker, messages: int, directory: Path) -> Sample:
    with a_house(directory, "ours") as house:
        listener = Listener(house, broker.url)
        listener.start()
        pause = threading.Event()
        while not listener.state()["subscribed"]:
            pause.wait(0.01)
        listener.stop()
        fill(broker, "ours", messages)
        listener.start()
        try:
            sample = drain(lambda: listener.state()["stored"] // METRICS, messages)
            return sample._replace(protocol=listener.state()["protocol"] or "?")
        finally:
            listener.stop()


def _words(sample: Sample) -> str:
    return f"{sample.per_s:8,.0f}/s {sample.cpu_us:5.1f} µs cpu (MQTT {sample.protocol})"


def _median(samples: list[Sample]) -> float:
    return statistics.median(sample.per_s for sample in samples)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    messages = options.messages // ACKNOWLEDGED_AT_ONCE * ACKNOWLEDGED_AT_ONCE
    ours: list[Sample] = []
    theirs: list[Sample] = []
    with tempfile.TemporaryDirectory() as directory:
        broker = EmbeddedBroker(Path(directory))
        broker.start()
        try:
            for turn in range(options.repetitions + 1):
                reference = drain_reference(broker, messages)
                place = Path(directory) / f"turn{turn}"
                place.mkdir()
                own = drain_ours(broker, messages, place)
                name = f"sample {turn}" if turn else "warm-up "
                print(
                    f"{name}  paho decode only {_words(reference)}   ours {_words(own)}", flush=True
                )
                if turn:
                    theirs.append(reference)
                    ours.append(own)
        finally:
            broker.stop()
    ratio = _median(ours) / _median(theirs)
    cpu = statistics.median(s.cpu_us for s in theirs) / statistics.median(s.cpu_us for s in ours)
    met = ratio >= TARGET
    print(
        f"ingest: {ratio:.2f}x of a paho subscriber that only decodes and acknowledges"
        f" ({METRICS} metrics a message, synchronous=FULL; by processor time {cpu:.2f}x;"
        f" target >= {TARGET}): {'met' if met else 'missed'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
