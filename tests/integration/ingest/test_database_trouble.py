"""A database that is locked, full or failing delays readings and loses none of them."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.listener import Listener
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry.model import IngestResult, Reading
from settings import Settings
from tests.servers import Mosquitto
from tests.waiting import wait_until

TOPIC = "wattboard/main/telemetry/"
MESSAGES = 300


class Pragmas:
    """Settings of SQLite that each use of a connection finds, changed while it runs."""

    def __init__(self, database: Database) -> None:
        self.values = {"busy_timeout": 100}
        sa.event.listen(database.engine, "checkout", self._apply)

    def _apply(self, connection: sqlite3.Connection, *_: object) -> None:
        for name, value in self.values.items():
            connection.execute(f"PRAGMA {name}={value}")


class FailingTelemetry:
    """The real telemetry behind a door that fails as `fail` says."""

    def __init__(self, house: House, fail: Callable[[Sequence[Reading]], None]) -> None:
        self._real = house.telemetry
        self._fail = fail

    def ingest(
        self, readings: Sequence[Reading], beside: Callable[[Any], None] | None = None
    ) -> IngestResult:
        self._fail(readings)
        return self._real.ingest(readings, beside)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture
def sqlite_house(settings: Settings, sqlite_database: Database, clock: FixedClock) -> House:
    return House.compose(settings, clock=clock, database=sqlite_database)


@pytest.fixture
def sender(mosquitto: Mosquitto) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(500)
    client.connect(mosquitto.host, mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def started(mosquitto: Mosquitto) -> Iterator[Callable[[House], Listener]]:
    listeners: list[Listener] = []

    def start(house: House) -> Listener:
        listeners.append(Listener(house, mosquitto.url))
        listeners[-1].start()
        wait_until(lambda: listeners[-1].state()["subscribed"])
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.stop()


def send(sender: Client, house: House, count: int = MESSAGES) -> None:
    first_s = house.clock.now_ms() // 1000 - 10_000
    for number in range(count):
        payload = {"timestamp": first_s + number, "power": number, "temperature": number / 10}
        sender.publish(f"{TOPIC}S{number % 7}", json.dumps(payload), qos=1)


def stored(house: House) -> int:
    with house.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM reading").scalar_one()


def test_a_locked_database_is_waited_for(
    sqlite_house: House, sender: Client, started: Callable[[House], Listener]
) -> None:
    Pragmas(sqlite_house.database)
    listener = started(sqlite_house)
    path = sqlite_house.database.engine.url.database
    assert path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        send(sender, sqlite_house)
        wait_until(lambda: listener.state()["status"] == "degraded")
        detail = listener.state()["detail"]
        assert "database is locked" in detail
        assert "nothing is lost" in detail
        other.execute("ROLLBACK")
    wait_until(lambda: stored(sqlite_house) == 2 * MESSAGES, 20)
    wait_until(lambda: listener.state()["status"] == "ok")


def test_a_full_disk_is_waited_for(
    sqlite_house: House, sender: Client, started: Callable[[House], Listener]
) -> None:
    pragmas = Pragmas(sqlite_house.database)
    listener = started(sqlite_house)
    with sqlite_house.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    pragmas.values["max_page_count"] = pages + 1
    send(sender, sqlite_house, 3_000)
    wait_until(lambda: "full" in listener.state()["detail"])
    pragmas.values["max_page_count"] = 1_000_000
    wait_until(lambda: stored(sqlite_house) == 6_000, 30)


def test_a_start_while_the_last_stop_hangs_makes_it_go_on(
    sqlite_house: House, sender: Client, started: Callable[[House], Listener]
) -> None:
    Pragmas(sqlite_house.database).values["busy_timeout"] = 2_000
    listener = started(sqlite_house)
    path = sqlite_house.database.engine.url.database
    assert path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        send(sender, sqlite_house)
        wait_until(lambda: listener.state()["received"] > 0)
        listener.stop(timeout_s=0.1)
        listener.start()
        other.execute("ROLLBACK")
    wait_until(lambda: stored(sqlite_house) == 2 * MESSAGES, 20)
    assert listener.state()["thread_alive"]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_the_nth_commit_fails_and_every_message_is_stored(
    house: House, sender: Client, started: Callable[[House], Listener], nth: int
) -> None:
    calls = [0]

    def fail(_readings: Sequence[Reading]) -> None:
        calls[0] += 1
        if calls[0] == nth:
            raise sa.exc.OperationalError("COMMIT", {}, Exception("disk I/O error"))

    started(replace(house, telemetry=FailingTelemetry(house, fail)))  # type: ignore[arg-type]
    for burst in range(nth):
        send(sender, house, 50)
        wait_until(lambda burst=burst: calls[0] > burst)  # type: ignore[misc]
    send(sender, house)
    wait_until(lambda: stored(house) == 2 * MESSAGES, 20)
    assert calls[0] > nth


def test_one_message_that_cannot_be_stored_is_set_aside_and_the_others_go_on(
    house: House, sender: Client, started: Callable[[House], Listener]
) -> None:
    def fail(readings: Sequence[Reading]) -> None:
        if any(r.metric == "power" and r.value == 13.0 for r in readings):
            raise ValueError("thirteen")

    listener = started(replace(house, telemetry=FailingTelemetry(house, fail)))  # type: ignore[arg-type]
    send(sender, house)
    wait_until(lambda: stored(house) == 2 * (MESSAGES - 1), 20)
    wait_until(lambda: listener.state()["rejected"] >= 1)
    codes = {row.code for row in house.inbox.rejected().rows}
    assert codes == {"failed"}
    assert "thirteen" in house.inbox.rejected().rows[0].message


def test_when_nothing_can_be_stored_nothing_is_thrown_away(
    house: House, sender: Client, started: Callable[[House], Listener]
) -> None:
    broken = [True]

    def fail(_readings: Sequence[Reading]) -> None:
        if broken[0]:
            raise KeyError("series")

    listener = started(replace(house, telemetry=FailingTelemetry(house, fail)))  # type: ignore[arg-type]
    send(sender, house)
    wait_until(lambda: listener.state()["status"] == "degraded")
    broken[0] = False
    wait_until(lambda: stored(house) == 2 * MESSAGES, 20)
    assert house.inbox.rejected().total == 0


def test_database_connections_that_are_cut_lose_nothing(
    settings: Settings,
    postgresql_database: Database,
    clock: FixedClock,
    sender: Client,
    started: Callable[[House], Listener],
) -> None:
    house = House.compose(settings, clock=clock, database=postgresql_database)
    started(house)
    for burst in range(3):
        send(sender, house, (burst + 1) * 100)
        with house.database.read() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    wait_until(lambda: stored(house) == 2 * MESSAGES, 30)
