"""Two schedulers at once; the leader is frozen by SIGSTOP and thawed by SIGCONT.

Every job once, every intent one effect, counted from outside: from a file that the jobs write and
from the devices' own journal. Short in the daily run, with leases as short; a minute with the real
ones under WATTBOARD_LONG=1.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.access.policy import SYSTEM
from domain.control.arbitration import Intent
from domain.control.command_store import list_commands
from domain.foundation.clock import SystemClock, real_now_ms
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, LEASE_S, RENEW_S
from scheduler.store import lease_holder
from settings import Settings
from tests.faults.lamps import Lamps
from tests.faults.scheduler_process import BEFORE_IT_PUBLISHES, JOBS, WITHIN_A_TURN
from tests.servers import Mosquitto
from tests.waiting import wait_until

LONG = os.environ.get("WATTBOARD_LONG") == "1"
ROOT = Path(__file__).parents[2]
TIMES = (LEASE_S, RENEW_S) if LONG else (2.0, 0.4)
FROZEN_S = 60.0 if LONG else 3.0
LAMPS = tuple(f"LAMP_{number:02}" for number in range(60))
PATIENCE_S = 60.0


@dataclass
class Pair:
    """Two schedulers over one database and one broker, and all they could have an effect on."""

    house: House
    lamps: Lamps
    log: Path
    arguments: list[str]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    """The intent of each lamp."""

    def start(self, name: str, number: int = 0) -> None:
        """Start one more, which waits to be told to begin."""
        times = [str(seconds) for seconds in TIMES]
        wanted = [*self.arguments, name, str(self.log), *times, str(number)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WATTBOARD_")}
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.scheduler_process", *wanted],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def begin(self, name: str) -> None:
        process = self.processes[name]
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"go\n")
        process.stdin.flush()

    def leader(self) -> str | None:
        return lease_holder(self.house.database, LEASE, real_now_ms())

    def leads(self, name: str) -> None:
        wait_until(lambda: self.leader() == name, PATIENCE_S, every_s=0.05)

    def is_frozen(self, name: str) -> bool:
        stat = Path(f"/proc/{self.processes[name].pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def freeze(self, name: str) -> int:
        """Stop it between two transactions; when [ns].

        SQLite has one writer: one that stands still within its transaction stops everybody.
        """
        while True:
            self.processes[name].send_signal(signal.SIGSTOP)
            wait_until(lambda: self.is_frozen(name))
            try:
                self.house.database.probe(0.5)
            except sa.exc.OperationalError:
                self.processes[name].send_signal(signal.SIGCONT)
            else:
                return time.monotonic_ns()

    def thaw(self, name: str) -> int:
        """Let it go on; when [ns]."""
        at_ns = time.monotonic_ns()
        self.processes[name].send_signal(signal.SIGCONT)
        return at_ns

    def ask(self) -> str:
        """One more lamp is wanted off, by an automatic owner, for an hour; which."""
        name = LAMPS[len(self.asked)]
        now_ms = real_now_ms()
        self.asked[name] = self.house.control.intend(
            Intent(0, name, "schedule", "faults", "run", "off", None, None, None,
                   now_ms, now_ms, now_ms + 3_600_000, "", f"{name}")
        )  # fmt: skip
        return name

    def effect(self, name: str) -> None:
        """Wait until a lamp has done what was asked."""
        wait_until(lambda: self.lamps.effects(name) > 0, PATIENCE_S)

    def lines(self, what: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_bytes().splitlines()]
        return [line for line in found if line["what"] == what]

    def says(self, name: str, what: str, since_ns: int) -> bool:
        found = self.lines(what)
        return any(line["process"] == name and line["at_ns"] > since_ns for line in found)

    def runs(self) -> list[Any]:
        """Claims of the counted jobs: name, due, owner, outcome."""
        query = sa.text("SELECT job, due_ms, owner, outcome FROM job_run")
        with self.house.database.read() as c:
            return [row for row in c.execute(query) if row[0] in JOBS]

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def pair(
    settings: Settings, database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> Iterator[Pair]:
    house = House.compose(settings, clock=SystemClock(), database=database)
    for name in LAMPS:
        house.control.register(SYSTEM, name, {"capabilities": {"on_off": True}})
    lamps, log = Lamps(mosquitto, *LAMPS), tmp_path / "log"
    log.touch()
    found = Pair(house, lamps, log, [database.url, mosquitto.url, str(tmp_path)])
    yield found
    found.stop()
    lamps.close()
    house.close()


def one_effect_each(pair: Pair) -> None:
    """Each intent was put into one command, which was carried out once."""
    for name, intent_id in pair.asked.items():
        with pair.house.database.read() as c:
            commands = [m for m in list_commands(c, name, 50) if m.command != "release"]
        assert [made.intent_id for made in commands] == [intent_id], name
        assert pair.lamps.effects(name) == 1, name
        assert pair.lamps.applied(commands[0].command_id) == 1, name


def nothing_came_after(pair: Pair, name: str, thawed_ns: int) -> None:
    """No device has heard the thawed one, whatever it tried to say."""
    mine = {line["command_id"] for line in pair.lines("publish") if line["process"] == name}
    others = {line["command_id"] for line in pair.lines("publish")
              if line["process"] != name and line["at_ns"] > thawed_ns}  # fmt: skip
    assert not (set(pair.lamps.heard_since(thawed_ns)) & mine) - others


def test_a_frozen_leader_changes_nothing_when_it_thaws(pair: Pair) -> None:
    pair.start("a")
    pair.start("b")
    pair.begin("a")
    pair.leads("a")
    pair.begin("b")
    for _ in range(4):
        pair.effect(pair.ask())

    frozen_ns = pair.freeze("a")
    asked = [pair.ask() for _ in range(4)]  # nobody can send them yet
    pair.leads("b")
    for name in asked:
        pair.effect(name)
    while time.monotonic_ns() - frozen_ns < FROZEN_S * 1e9:
        before = len(pair.lines("job"))
        if len(pair.asked) < 30:
            pair.effect(pair.ask())
        wait_until(lambda before=before: len(pair.lines("job")) > before + 3, PATIENCE_S)

    thawed_ns = pair.thaw("a")
    for _ in range(4):
        pair.effect(pair.ask())
    wait_until(lambda: pair.lines("stopped"), PATIENCE_S)
    stopped_ns = pair.lines("stopped")[0]["at_ns"]
    wait_until(lambda: pair.says("a", "job", stopped_ns), PATIENCE_S)
    pair.effect(pair.ask())
    assert pair.leader() == "b"

    one_effect_each(pair)
    nothing_came_after(pair, "a", thawed_ns)
    assert {line["process"] for line in pair.lines("publish")} == {"a", "b"}
    pair.stop()
    every_job_once(pair)
    during = [line for line in pair.lines("job") if frozen_ns < line["at_ns"] < thawed_ns]
    assert {line["process"] for line in during} <= {"a", "b"}
    assert sum(line["process"] == "b" for line in during) >= 3


def every_job_once(pair: Pair) -> None:
    """As many runs as claims, each of them ended well."""
    runs = pair.runs()
    assert {outcome for *_, outcome in runs} == {"ok"}
    counted = Counter(line["job"] for line in pair.lines("job"))
    assert counted == Counter(job for job, *_ in runs)
    assert len({owner for _, _, owner, _ in runs}) == 2


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_wherever_the_leader_freezes_the_next_one_has_the_one_effect(pair: Pair) -> None:
    """Within a transaction, and between its commit and the message; in the long run all over."""
    for number in (BEFORE_IT_PUBLISHES, WITHIN_A_TURN):
        assert frozen_once(pair, number)
    number = 1
    while LONG and frozen_once(pair, number):
        number += 7


def frozen_once(pair: Pair, number: int) -> bool:
    """Whether a leader that freezes at its n-th call was frozen before its message had effect."""
    first, second = f"first{number}", f"second{number}"
    pair.start(first, number)
    pair.start(second)
    name = pair.ask()
    pair.begin(first)
    wait_until(lambda: pair.is_frozen(first) or pair.lamps.effects(name) > 0, PATIENCE_S)
    frozen = pair.is_frozen(first)
    pair.begin(second)
    if frozen:
        assert pair.lamps.effects(name) == 0 or number > 0
        pair.leads(second)
        pair.effect(name)
        thawed_ns = pair.thaw(first)
        led = any(line["process"] == first for line in pair.lines("renewed"))
        sign = "stopped" if led else "job"
        wait_until(lambda: pair.says(first, sign, thawed_ns), PATIENCE_S)
        nothing_came_after(pair, first, thawed_ns)
    pair.stop()
    pair.processes.clear()
    one_effect_each(pair)
    return frozen
