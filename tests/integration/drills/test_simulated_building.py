"""A drill against the simulated building: what it is told is what DESIGN.md says, and no more."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_ingest.client import configure
from data_ingest.listener import Listener
from data_ingest.simulation.plan import configuration, devices
from data_ingest.simulation.sensors import pace
from domain.access.policy import SYSTEM, Actor
from domain.control import lifecycle
from domain.foundation.clock import BuildingClock, iso_utc, real_now
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.driller import Driller
from scheduler.lease import Singleton
from scheduler.runner import Scheduler
from settings import Settings
from tests.integration.control.test_simulated_building import all_speak
from tests.integration.drills.test_over_mqtt import ALARMS_JOB
from tests.integration.simulation.test_process import ROOT, command
from tests.servers import Mosquitto
from tests.waiting import wait_until

MANAGER = Actor("mia", "manager", 3)
SPEED = 5.0
NOON = datetime(2026, 6, 16, 11, 0, tzinfo=UTC)
COOLING = "DEVICE_002"


@pytest.fixture
def simulated(
    settings: Settings,
    sqlite_database: Database,
    mosquitto: Mosquitto,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """The building on the other side of the broker, leases a sixth as long."""
    monkeypatch.setattr(lifecycle, "LEASE_S", 10.0)
    clock = BuildingClock(NOON, SPEED, real_now())
    house = House.compose(replace(settings, demo=True), clock=clock, database=sqlite_database)
    house.building.configure(configuration(pace=pace(SPEED)))
    house.control.configure(devices())
    house.control.update(SYSTEM, COOLING, {"min_on_s": 0, "min_off_s": 0})
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
    anchor = iso_utc(clock.anchored_at)
    wanted = command(
        mosquitto.url,
        start=iso_utc(NOON),
        anchor=anchor,
        speed=SPEED,
        journal=tmp_path / "journal",
    )
    listener.start()
    lease.begin()
    scheduler.start()
    driller.start()
    building = subprocess.Popen(wanted, cwd=ROOT)
    try:
        wait_until(lambda: all_speak(house), 60, every_s=0.2)
        yield house
    finally:
        building.terminate()
        driller.stop()
        scheduler.stop()
        lease.end()
        listener.stop()
        building.wait(10)
        house.close()


@pytest.mark.parametrize("fault", ["silent_device"])
def test_a_simulated_device_is_safe_within_the_limit(simulated: House, fault: str) -> None:
    offered = simulated.drills.options(MANAGER, COOLING)
    assert offered[0].key == "off"
    drill = simulated.drills.start(MANAGER, COOLING, fault, "off", is_test_device=True)
    others = {one.device.device_id for one in simulated.control.devices(SYSTEM)} - {COOLING}
    wait_until(lambda: simulated.drills.announced() is None, 150, every_s=0.2)
    found, report = simulated.drills.report(SYSTEM, drill.drill_id)
    assert found.result == "passed", (report["why"], report["lines"])
    # Nobody else was moved for it.
    assert all(simulated.control.commands(SYSTEM, device_id) == [] for device_id in others)
