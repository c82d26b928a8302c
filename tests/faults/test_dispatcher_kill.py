"""The dispatcher ends by `os._exit` at its n-th call; each command has exactly one effect.

Counted from the device's own journal. Some n in the daily run, each one under WATTBOARD_LONG=1,
until a command has been observed before the n-th call was reached.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.faults.fuse import DIED
from tests.faults.lamps import Lamps
from tests.servers import Mosquitto
from tests.waiting import wait_until

LONG = os.environ.get("WATTBOARD_LONG") == "1"
ROOT = Path(__file__).parents[2]
EVERY = 1 if LONG else 13
MOST = 400
MANAGER = Actor("mia", "manager", 3)


@pytest.fixture
def lamp(mosquitto: Mosquitto) -> Iterator[Lamps]:
    found = Lamps(mosquitto, "LAMP")
    yield found
    found.close()


def test_one_effect_an_intent_wherever_the_dispatcher_dies(
    settings: Settings,
    sqlite_database: Database,
    mosquitto: Mosquitto,
    lamp: Lamps,
    tmp_path: Path,
) -> None:
    house = House.compose(settings, clock=SystemClock(), database=sqlite_database)
    house.control.register(SYSTEM, "LAMP", {"capabilities": {"on_off": True}})
    died, number, survived = 0, 1, False
    while not survived and number < MOST:
        first = started(sqlite_database, mosquitto, tmp_path, number)
        second = started(sqlite_database, mosquitto, tmp_path, 0)
        for process in (first, second):
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        wanted = "off" if number % 2 else "on"
        made, _ = house.control.command(MANAGER, "LAMP", wanted, minutes=5)
        seen = partial(observed, house, lamp, made.command_id)
        go(first)
        wait_until(lambda process=first, seen=seen: process.poll() is not None or seen(), 40)
        survived = first.poll() is None
        if not survived:
            assert first.returncode == DIED
            died += 1
            go(second)
            wait_until(seen, 40, every_s=0.1)
        for process in (first, second):
            stop(process)
        assert lamp.applied(made.command_id) == 1, number
        number += EVERY
    assert survived
    assert died >= 3
    house.close()


def observed(house: House, lamp: Lamps, command_id: str) -> bool:
    """Whether a command has been observed; one that ended otherwise fails the test."""
    lamp.say()
    listed = house.control.commands(MANAGER, "LAMP")
    state = next(c.state for c, _ in listed if c.command_id == command_id)
    assert state not in ("expired", "rejected", "contradicted")
    return state == "observed"


def started(
    database: Database, broker: Mosquitto, data_dir: Path, number: int
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.faults.dispatcher_process", database.url]
    command += [broker.url, str(data_dir), str(number)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WATTBOARD_")}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def go(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait(20)
