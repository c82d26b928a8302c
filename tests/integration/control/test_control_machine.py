"""Random intents, ends, losses and deaths: what must hold whatever happens, step by step.

25 runs of 20 steps in the daily run, 500 of 50 under WATTBOARD_LONG=1.
"""

import itertools
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from domain.access.policy import SYSTEM
from domain.control.arbitration import Intent
from domain.control.command_store import live_commands, live_intents
from domain.control.lifecycle import FOLLOWS, TERMINAL, Command
from domain.control.model import ASPECT_OF_COMMAND
from domain.control.owners import LIMITING, OWNERS, rank
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings
from tests.conftest import TUESDAY_10H
from tests.integration.control.conftest import HEAT_PUMP
from tests.integration.control.playing import Play

LONG = os.environ.get("WATTBOARD_LONG") == "1"
SPANS_S = st.sampled_from([1, 2, 5, 11, 31, 61])
AUTOMATIC = sorted(name for name, owner in OWNERS.items() if owner.automatic)
WISHES = st.sampled_from(
    [("on", None), ("off", None), ("set_power_kw", 2.0), ("set_power_kw", 7.0),
     ("set_setpoint_c", 19.0), ("set_shed_percent", 50.0), ("set_shed_percent", 100.0)]
)  # fmt: skip
DEVICE = {**HEAT_PUMP, "capabilities": {**HEAT_PUMP["capabilities"], "power_kw": [0, 8, 0.5]}}  # type: ignore[dict-item]


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


class ControlMachine(RuleBasedStateMachine):
    """One device, its dispatcher and everybody who wants something of it."""

    template: Path | None = None

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        path = Path(self.folder.name) / "wattboard.db"
        url = f"sqlite:///{path}"
        if ControlMachine.template is None:
            made = Path(tempfile.mkdtemp()) / "template.db"
            first = Database(f"sqlite:///{made}")
            migrate(first)
            with first.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            first.close()
            ControlMachine.template = made
        path.write_bytes(ControlMachine.template.read_bytes())
        self.clock = FixedClock(TUESDAY_10H)
        wanted = {"WATTBOARD_DATA_DIR": self.folder.name, "WATTBOARD_DEMO": "0"}
        database = Database(url)
        sa.event.listen(database.engine, "connect", _without_waiting_for_the_disk)
        self.house = House.compose(Settings.from_env(wanted), clock=self.clock, database=database)
        self.house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
        self.house.building.register_sensor(SYSTEM, "METER", {"interval_s": 10})
        self.house.telemetry.set_interval("METER", 10)
        self.house.control.register(SYSTEM, "PUMP", DEVICE)
        self.play = Play(self.house, self.clock)
        self.play.measure()
        self.ended_seen: dict[str, str] = {}

    # ---- what may happen -------------------------------------------------------------------

    @rule(wish=WISHES, minutes=st.sampled_from([1, 2, 30]))
    def ask(self, wish: tuple[str, object], minutes: int) -> None:
        with self.house.database.read() as c:
            locked = any(i.owner == "lock_out" and i.holds_at(self.clock.now_ms())
                         for i in live_intents(c))  # fmt: skip
        if locked:
            with pytest.raises(Conflict, match="lock-out"):
                self.house.control.command(SYSTEM, "PUMP", *wish, minutes=minutes)
            return
        self.house.control.command(SYSTEM, "PUMP", *wish, minutes=minutes)

    @rule(wish=WISHES, owner=st.sampled_from(AUTOMATIC), seconds=st.sampled_from([20, 90, 600]))
    def intend(self, wish: tuple[str, object], owner: str, seconds: int) -> None:
        now_ms = self.clock.now_ms()
        command, value = wish
        if value == 7.0:
            value = 9.0  # more than the device may, which a person is refused at once
        self.house.control.intend(
            Intent(0, "PUMP", owner, "machine", ASPECT_OF_COMMAND[command], command,
                   value, None, None, now_ms, now_ms, now_ms + seconds * 1000, "")  # type: ignore[arg-type]
        )  # fmt: skip

    @rule(
        owner=st.sampled_from(["grid", "reserve"]),
        limits=st.sampled_from([(None, 5.0), (None, 3.0), (2.0, None), (2.0, 4.0)]),
        seconds=st.sampled_from([20, 90, 600]),
    )
    def narrow(self, owner: str, limits: tuple[float | None, float | None], seconds: int) -> None:
        """A breaker or the operator of the grid: no set-point, only from where to where."""
        now_ms = self.clock.now_ms()
        self.house.control.intend(
            Intent(0, "PUMP", owner, "machine", "run", None, None, *limits,
                   now_ms, now_ms, now_ms + seconds * 1000, "")
        )  # fmt: skip

    @rule()
    def release(self) -> None:
        self.house.control.release(SYSTEM, "PUMP")

    @rule(minutes=st.sampled_from([1, 5]))
    def lock(self, minutes: int) -> None:
        self.house.control.lock_out(SYSTEM, ["PUMP"], minutes, "repair")

    @rule()
    def unlock(self) -> None:
        self.house.control.unlock(SYSTEM, ["PUMP"])

    @rule(stop=st.booleans())
    def stop_or_resume(self, stop: bool) -> None:
        if stop:
            self.house.control.stop_all(SYSTEM, 2)
        else:
            self.house.control.resume(SYSTEM)

    @rule(fault=st.sampled_from([None, "ignore", "refuse", "ack_without_act", "ack_twice"]))
    def misbehave(self, fault: str | None) -> None:
        self.play.fault = fault

    @rule(seconds=SPANS_S)
    def time_passes(self, seconds: int) -> None:
        self.play.wait(seconds, step_s=max(1.0, seconds / 8))

    @rule(seconds=SPANS_S)
    def nobody_runs(self, seconds: int) -> None:
        """The dispatcher is dead or the broker away; the device keeps its own time."""
        self.clock.advance(seconds)
        self.play.journal += self.play.device.lapse(self.clock.now_ms() / 1000)

    @rule(times=st.integers(1, 3))
    def dies_before_it_publishes(self, times: int) -> None:
        for _ in range(times):
            self.play.turn(lost=True)
            self.clock.advance(1)

    @rule()
    def another_takes_over(self) -> None:
        self.play.fence += 1
        self.play.turn()

    @rule(seconds=st.sampled_from([2, 20, 59, 61, 3600]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.advance(-seconds)
        self.play.turn()

    @rule()
    def is_deleted_and_comes_back(self) -> None:
        self.house.control.delete(SYSTEM, "PUMP")
        self.play.turn()
        with self.house.database.read() as c:
            assert live_intents(c) == []
            assert [m for m in live_commands(c) if m.command != "release"] == []
        self.house.control.register(SYSTEM, "PUMP", DEVICE)

    # ---- what must hold --------------------------------------------------------------------

    def check_invariants(self, *arguments: Any, **more: Any) -> None:
        """What is looked at after a step is read once, after one turn of the dispatcher."""
        if hasattr(self, "house"):
            self.play.turn()
            self.now_ms = self.clock.now_ms()
            self.stopped = self.house.control.stopped() is not None
            self.told = self.house.control.commands(SYSTEM, "PUMP", 300)
            with self.house.database.read() as c:
                self.live, self.intents = live_commands(c), live_intents(c)
        super().check_invariants(*arguments, **more)  # type: ignore[no-untyped-call]

    def waits(self, command: Command) -> bool:
        """What was asked for before the clock was set back waits for its moment, untold."""
        return not command.times_sent and command.requested_ms > self.now_ms

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def no_value_is_outside_the_device(self) -> None:
        for command, _ in self.told:
            if command.command == "set_power_kw":
                assert 0 <= float(command.value or 0) <= 8
            if command.command == "set_setpoint_c":
                assert 16 <= float(command.value or 0) <= 30

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def no_value_is_outside_what_the_site_allows(self) -> None:
        limits = [i for i in self.intents if i.owner in LIMITING and i.holds_at(self.now_ms)]
        for command in self.live:
            if command.command == "set_power_kw":
                for limit in limits:
                    assert float(command.value or 0) >= (limit.low_kw or 0)
                    assert float(command.value or 0) <= (limit.high_kw or 8)

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def each_aspect_has_at_most_one_owner(self) -> None:
        aspects = [
            command.aspect
            for command in self.live
            if command.command != "release" and not self.waits(command)
        ]
        assert len(aspects) == len(set(aspects))

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for command, _ in self.told:
            if command.command_id in self.ended_seen:
                assert command.state == self.ended_seen[command.command_id]
            if command.ended:
                assert command.reason
                self.ended_seen[command.command_id] = command.state

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def every_step_follows_the_one_before(self) -> None:
        for _, steps in self.told:
            told = [step.state for step in steps if step.state != "note"]
            for before, after in itertools.pairwise(told):
                assert after in FOLLOWS[before] or (before, after) == ("sent", "sent")
            assert not TERMINAL & set(told[:-1])

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def each_command_is_carried_out_at_most_once(self) -> None:
        for command, _ in self.told:
            assert self.play.applied(command.command_id) <= 1

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def every_lease_ends(self) -> None:
        """After a turn no intent lives past its end, and no command past its own."""
        assert all(intent.ends_ms > self.now_ms for intent in self.intents)
        for command in self.live:
            assert command.ends_ms > self.now_ms or command.command == "release"

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def the_strongest_that_asks_is_the_one_that_is_told(self) -> None:
        begun = {command.intent_id for command in self.live if command.times_sent}
        asking = [
            i
            for i in self.intents
            if (i.holds_at(self.now_ms) or i.intent_id in begun)
            and not (self.stopped and OWNERS[i.owner].automatic)
        ]
        locked = any(i.owner == "lock_out" for i in asking)
        for command in self.live:
            if command.command == "release" or self.waits(command):
                continue
            assert not locked, "a locked out device is told something"
            same = [i for i in asking if i.aspect == command.aspect and i.owner not in LIMITING]
            assert rank(command.owner) == min(rank(i.owner) for i in same)

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def nothing_leaves_that_no_command_stands_for(self) -> None:
        known = {command.command_id for command, _ in self.told}
        recent = [message.command_id for message in self.play.sent[-10:]]
        assert set(recent) <= known or len(known) >= 300

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def nobody_waits_longer_than_a_deadline(self) -> None:
        """10 s for an answer; 2.5 intervals of the meter, which speaks each 10 s, to be seen."""
        for command in self.live:
            if command.state == "sent":
                assert self.now_ms <= (command.sent_ms or 0) + 10_000
            if command.state == "acknowledged":
                assert self.now_ms <= (command.acknowledged_ms or 0) + 25_000

    @precondition(lambda self: hasattr(self, "house"))
    @invariant()
    def nobody_holds_a_device_of_which_nobody_wants_anything(self) -> None:
        """A device is given back, or its lease passes, once no intent is left."""
        if not self.intents:
            assert all(command.command == "release" for command in self.live)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.close()
            self.folder.cleanup()


TestControl = ControlMachine.TestCase
TestControl.settings = settings(
    max_examples=500 if LONG else 25,
    stateful_step_count=50 if LONG else 20,
    deadline=None,
    phases=[Phase.generate],
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
)
