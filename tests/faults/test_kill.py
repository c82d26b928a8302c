"""SIGKILL while QoS 1 messages arrive: none missing, none twice, everything derived still right.

Short in the daily run; the sizes of the issue (10 kills, 40,000 messages) with WATTBOARD_LONG=1.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.foundation.clock import SystemClock
from domain.foundation.intervals import Period
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry.model import Reading
from settings import Settings
from tests.faults.ledger import FIRST_MS, SENSORS, STEP_MS, ListenerProcess, Sender, reading_of
from tests.servers import Mosquitto
from tests.waiting import wait_until

LONG = os.environ.get("WATTBOARD_LONG") == "1"
KILLS, MESSAGES = (10, 40_000) if LONG else (3, 6_000)
Values = dict[tuple[str, str, int], float]


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    return Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(tmp_path),
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_DATABASE_URL": database.url,
        }
    )


@pytest.fixture
def listener(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[ListenerProcess]:
    process = ListenerProcess(database.url, mosquitto.url, tmp_path)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def sender(mosquitto: Mosquitto, listener: ListenerProcess) -> Iterator[Sender]:
    sender = Sender(mosquitto)
    yield sender
    sender.close()


def test_kills_amid_messages_lose_nothing_and_double_nothing(
    settings: Settings,
    database: Database,
    listener: ListenerProcess,
    sender: Sender,
    sqlite_template: Path,
    tmp_path: Path,
) -> None:
    await_session(database, sender)
    killed_amid = kill_while_unacknowledged(database, listener, sender)
    sender.send(MESSAGES - sender.sent)
    wait_until(lambda: sender.accepted == MESSAGES, 60)
    wait_until(lambda: stored_messages(database) >= MESSAGES, 120)
    assert listener.stop() == 0

    assert len(killed_amid) == KILLS
    assert all(count > 0 for count in killed_amid)
    house = House.compose(settings, clock=SystemClock(), database=database)
    assert raw_values(house) == expected_values()
    assert stored_messages(database) == MESSAGES

    recomputed = recompute(house, sqlite_template, tmp_path)
    for what in (rollups, energies, latest_values):
        assert what(house) == what(recomputed), what.__name__
    assert energies(house) == pytest.approx(energies_of_the_ledger())


def await_session(database: Database, sender: Sender) -> None:
    """The broker keeps messages for a listener only once it has been there."""

    def stored() -> bool:
        sender.knock()
        return stored_messages(database) == 1

    wait_until(stored, 60, every_s=0.2)


def kill_while_unacknowledged(
    database: Database, listener: ListenerProcess, sender: Sender
) -> list[int]:
    """Kill KILLS times, each time with messages that the broker holds and nobody stored."""
    share = MESSAGES // (KILLS + 2)
    killed_amid: list[int] = []
    hit = True
    while len(killed_amid) < KILLS:
        count = share if hit else share // 10
        assert sender.sent + count < MESSAGES, f"only {killed_amid} met unacknowledged messages"
        sender.send(count)
        wait_until(lambda: sender.accepted > sender.sent - share // 20, 60)
        listener.kill()
        wait_until(lambda: sender.accepted == sender.sent, 60)
        unacknowledged = sender.accepted - stored_messages(database)
        listener.start()
        hit = unacknowledged > 0
        if hit:
            killed_amid.append(unacknowledged)
    return killed_amid


def test_a_termination_stores_what_has_arrived_and_ends_cleanly(
    database: Database, listener: ListenerProcess, sender: Sender
) -> None:
    await_session(database, sender)
    sender.send(500)
    assert listener.stop() == 0
    sender.send(500)
    wait_until(lambda: sender.accepted == 1_000, 30)
    listener.start()
    wait_until(lambda: stored_messages(database) == 1_000, 30)


def stored_messages(database: Database) -> int:
    """Count the power readings in the table: one a message."""
    with database.read() as connection:
        return connection.exec_driver_sql(
            "SELECT count(*) FROM reading r JOIN series s ON s.series_id = r.series_id"
            " WHERE s.metric = 'power'"
        ).scalar_one()


def expected_values() -> Values:
    values: Values = {}
    for number in range(MESSAGES):
        sensor_id, ts_ms, power_kw, energy_kwh = reading_of(number)
        values[sensor_id, "power", ts_ms] = power_kw
        values[sensor_id, "energy", ts_ms] = energy_kwh
    return values


def keys() -> list[tuple[str, str]]:
    return [(f"LEDGER_{n}", metric) for n in range(SENSORS) for metric in ("power", "energy")]


def whole() -> Period:
    turns = MESSAGES // SENSORS + 2
    start = datetime.fromtimestamp(FIRST_MS / 1000, UTC)
    return Period(start, datetime.fromtimestamp((FIRST_MS + turns * STEP_MS) / 1000, UTC))


def raw_values(house: House) -> Values:
    found = house.telemetry.history(keys(), whole(), level="raw", max_points=MESSAGES)
    return {
        (h.sensor_id, h.metric, ts_ms): value
        for h in found
        for ts_ms, value in zip(h.ts_ms, h.mean, strict=True)
        if value is not None
    }


def recompute(house: House, template: Path, directory: Path) -> House:
    """Make a second house that got the same readings once, in order, and settled them."""
    path = directory / "recomputed.db"
    path.write_bytes(template.read_bytes())
    other = House.compose(
        house.settings, clock=SystemClock(), database=Database(f"sqlite:///{path}")
    )
    ordered = sorted(raw_values(house).items(), key=lambda item: item[0][2])
    other.telemetry.ingest([Reading(s, m, ts_ms, value) for (s, m, ts_ms), value in ordered])
    settle(house)
    settle(other)
    return other


def settle(house: House) -> None:
    while house.telemetry.settle():
        pass


def rollups(house: House) -> dict[str, object]:
    return {
        f"{h.sensor_id} {h.metric} {level}": (h.ts_ms, h.mean, h.low, h.high, h.energy)
        for level in ("15min", "1h", "1d")
        for h in house.telemetry.history(keys(), whole(), level=level, max_points=100_000)
    }


def energies(house: House) -> dict[tuple[str, str], float]:
    found = house.telemetry.energy(keys(), whole())
    return {key: energy.kwh or 0.0 for key, energy in found.items()}


def latest_values(house: House) -> dict[tuple[str, str], tuple[int, float]]:
    fresh = House.compose(house.settings, clock=SystemClock(), database=house.database)
    return {key: (value.ts_ms, value.value) for key, value in fresh.telemetry.latest().items()}


def energies_of_the_ledger() -> dict[tuple[str, str], float]:
    """Power holds until the next reading, the last for 2.5 intervals; counters by difference."""
    values = expected_values()
    result: dict[tuple[str, str], float] = {}
    for sensor_id, metric in keys():
        points = sorted(
            (ts, v) for (s, m, ts), v in values.items() if (s, m) == (sensor_id, metric)
        )
        if metric == "energy":
            result[sensor_id, metric] = points[-1][1] - points[0][1]
        else:
            kwh = sum(value * STEP_MS / 3.6e6 for _ts, value in points[:-1])
            held_ms = min(2.5 * STEP_MS, whole().end_ms - points[-1][0])
            result[sensor_id, metric] = kwh + points[-1][1] * held_ms / 3.6e6
    return result
