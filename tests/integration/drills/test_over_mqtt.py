"""Each fault over a real broker, with the dispatcher, its lease and the simulated device."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from data_ingest.client import configure
from data_ingest.listener import Listener
from domain.access.policy import SYSTEM, Actor
from domain.control import lifecycle
from domain.drills import judge
from domain.drills.model import FAULTS, Summary
from domain.foundation.clock import BuildingClock, real_now
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.driller import Driller
from scheduler.jobs import JOBS
from scheduler.lease import Singleton
from scheduler.runner import Scheduler
from settings import Settings
from tests.integration.control.conftest import HEAT_PUMP
from tests.integration.drills.device import LonelyDevice
from tests.servers import Mosquitto
from tests.waiting import wait_until

MANAGER = Actor("mia", "manager", 3)
SPEED = 10.0
NOON = datetime(2026, 6, 16, 11, 0, tzinfo=UTC)
(ALARMS_JOB,) = (replace(job, every_s=1) for job in JOBS if job.name == "alarms")


@dataclass
class Site:
    """One device behind its meter, and everything of ours that speaks with it."""

    house: House
    device: LonelyDevice

    def drilled(self, fault: str) -> tuple[Summary, dict[str, Any]]:
        """Start a drill and wait for its report."""
        drills = self.house.drills
        drill = drills.start(MANAGER, "PUMP", fault, "off", is_test_device=True)
        wait_until(lambda: drills.announced() is None, 60, every_s=0.1)
        return drills.report(SYSTEM, drill.drill_id)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol's spans, a tenth as long; building time runs ten times as fast."""
    for name, seconds in (("LEASE_S", 6.0), ("ACKNOWLEDGE_S", 2.0), ("RETRY_S", 0.5)):
        monkeypatch.setattr(lifecycle, name, seconds)
    for name, seconds in (("SLACK_S", 2.0), ("SETTLE_S", 5.0), ("AFTER_S", 3.0), ("LATEST_S", 8.0)):
        monkeypatch.setattr(judge, name, seconds)
    monkeypatch.setattr("scheduler.lease.LEASE_S", 2.0)
    monkeypatch.setattr("scheduler.lease.RENEW_S", 0.3)


@pytest.fixture
def site(
    quick: None, settings: Settings, sqlite_database: Database, mosquitto: Mosquitto
) -> Iterator[Callable[..., Site]]:
    clock = BuildingClock(NOON, SPEED, real_now())
    house = House.compose(replace(settings, demo=True), clock=clock, database=sqlite_database)
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1"})
    house.building.register_sensor(SYSTEM, "METER", {"meter_role": "submeter", "interval_s": 10})
    house.telemetry.set_interval("METER", 10)
    house.control.register(SYSTEM, "PUMP", HEAT_PUMP)
    dispatcher = Dispatcher(house, mosquitto.url, configure)
    lease = Singleton(
        sqlite_database,
        LEASE,
        "desk:1",
        start=dispatcher.start,
        stop=dispatcher.stop,
        may=lambda: not house.drills.kills_dispatcher(),
    )
    listener = Listener(house, mosquitto.url)
    scheduler, driller = Scheduler(house, (ALARMS_JOB,)), Driller(house, "desk:1")
    begun: list[LonelyDevice] = []

    def begin(*, ignores_lease: bool = False) -> Site:
        device = LonelyDevice(mosquitto, clock, ignores_lease=ignores_lease)
        begun.append(device)
        device.start()
        listener.start()
        lease.begin()
        scheduler.start()
        driller.start()
        wait_until(lambda: house.drills.candidates(SYSTEM), 20)
        wait_until(lambda: ("METER", "power") in house.telemetry.latest(), 20)
        return Site(house, device)

    yield begin
    driller.stop()
    scheduler.stop()
    lease.end()
    listener.stop()
    for device in begun:
        device.stop()
    house.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_protection_works_over_a_real_broker(site: Callable[..., Site], fault: str) -> None:
    one = site()
    found, report = one.drilled(fault)
    assert found.result == "passed", (report["why"], report["lines"])
    until_ms = report["fault"]["until_ms"]
    ours = {command["command_id"] for command in report["commands"]}
    assert all(at_ms <= until_ms for at_ms, told in one.device.told if told["command_id"] in ours)
    if fault == "silent_device":
        # All that the building is told in demo, by the connection that speaks with devices.
        assert [wish["fault"] for wish in one.device.faults] == ["silent", "none"]
        assert one.device.faults[0]["target"] == "PUMP"
    else:
        assert one.device.faults == []
    # It can be told something again, as if nothing had been.
    made, _ = one.house.control.command(MANAGER, "PUMP", "off", minutes=10)

    def seen() -> bool:
        command = one.house.control.told_for(made.intent_id or 0)[-1]
        return command.state == "observed"

    wait_until(seen, 30)


@pytest.mark.parametrize("fault", ["lost_broker", "dead_scheduler"])
def test_a_device_that_ignores_its_lease_fails(site: Callable[..., Site], fault: str) -> None:
    found, report = site(ignores_lease=True).drilled(fault)
    assert (found.result, found.seconds_to_safety) == ("failed", None), report["lines"]
    safe = next(line for line in report["lines"] if line["what"] == "Safe")
    assert not safe["ok"]
    assert safe["readings"][-1][1] == 0.0
