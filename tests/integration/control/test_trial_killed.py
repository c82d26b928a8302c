"""The dispatcher dies in the middle of a trial: one effect, given back, registered by nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.control.enrolment import Enrolment
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.faults.lamps import Lamps
from tests.faults.test_dispatcher_kill import go, started, stop
from tests.servers import Mosquitto
from tests.waiting import wait_until

MANAGER = Actor("mia", "manager", 3)
BY_HAND = 0
TRIAL_MS = 8_000


@pytest.fixture
def lamp(mosquitto: Mosquitto) -> Iterator[Lamps]:
    found = Lamps(mosquitto, "LAMP")
    yield found
    found.close()


@pytest.mark.parametrize("number", [9, BY_HAND])
def test_a_trial_that_nobody_saves_ends_although_its_dispatcher_was_killed(
    settings: Settings,
    sqlite_database: Database,
    mosquitto: Mosquitto,
    lamp: Lamps,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    monkeypatch.setattr(Enrolment, "_trial_ms", lambda *_: TRIAL_MS)
    house = House.compose(settings, clock=SystemClock(), database=sqlite_database)
    control = house.control
    first = started(sqlite_database, mosquitto, tmp_path, number)
    second = started(sqlite_database, mosquitto, tmp_path, 0)
    for process in (first, second):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    begun = control.try_out(MANAGER, "LAMP", {"capabilities": {"on_off": True}}, "off")
    command_id = begun.command.command_id
    go(first)
    if number == BY_HAND:
        wait_until(lambda: lamp.applied(command_id) == 1, 20)
        stop(first)
    else:
        wait_until(lambda: first.poll() is not None, 20)
    go(second)
    wait_until(lambda: lamp.journal and lamp.journal[-1]["effect"] == "released", 40)
    for process in (first, second):
        stop(process)
    assert [entry["effect"] for entry in lamp.journal] == ["applied", "released"]
    assert lamp.applied(command_id) == 1
    assert control.devices(SYSTEM) == []
    assert control.former(SYSTEM, "LAMP") is None
    over = control.trial(MANAGER, "LAMP")
    assert over is not None
    assert over.command.ended
    house.close()
