"""The dispatcher against the simulated building, through a real mosquitto."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.client import configure
from data_ingest.listener import Listener
from data_ingest.simulation.plan import configuration, devices
from domain.access.policy import SYSTEM, Actor
from domain.alarms.model import EventQuery
from domain.control import command_store
from domain.control.arbitration import Intent
from domain.control.lifecycle import Command, Pace, last_deadline_ms, observe_s
from domain.foundation.clock import BuildingClock, iso_utc, real_now
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.lease import Singleton
from settings import Settings
from tests import servers
from tests.integration.simulation.test_process import ROOT, command
from tests.servers import Mosquitto, restart
from tests.waiting import wait_until

MANAGER = Actor("mia", "manager", 3)
SPEED = 5.0
NOON = datetime(2026, 6, 16, 11, 0, tzinfo=UTC)


class Site:
    """A house with listener and dispatcher, and the building on the other side."""

    def __init__(self, house: House, broker: Mosquitto, journal: Path) -> None:
        self.house, self.broker, self._journal = house, broker, journal
        self.set_messages: list[tuple[str, dict[str, Any]]] = []
        self.tap = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.tap.on_message = self._tapped
        self.tap.on_connect = lambda c, *_: c.subscribe("wattboard/main/devices/+/set", qos=1)
        self.tap.connect(broker.host, broker.port)
        self.tap.loop_start()

    def _tapped(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self.set_messages.append((message.topic.split("/")[3], orjson.loads(message.payload)))

    def fault(self, device_id: str, name: str) -> None:
        wish = {"target": device_id, "fault": name, "for_s": 100_000}
        said = self.tap.publish("wattboard/main/simulation/set", orjson.dumps(wish), qos=1)
        said.wait_for_publish(5)

    def command(self, command_id: str, device_id: str) -> Command:
        listed = self.house.control.commands(SYSTEM, device_id)
        return next(made for made, _ in listed if made.command_id == command_id)

    def reaches(self, made: Command, *states: str, timeout_s: float = 45) -> Command:
        """Wait until a command is in one of these states."""

        def reached() -> Command | None:
            now = self.command(made.command_id, made.device_id)
            return now if now.state in states else None

        found = wait_until(reached, timeout_s)
        assert found is not None
        return found

    def meter_kw(self, sensor_id: str) -> float:
        return self.house.telemetry.latest()[sensor_id, "power"].value

    def applied(self, device_id: str) -> list[dict[str, Any]]:
        lines = self._journal.read_bytes().splitlines() if self._journal.exists() else []
        found = [orjson.loads(line) for line in lines]
        return [e for e in found if e["device_id"] == device_id and e["effect"] == "applied"]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that notes who publishes what."""
    log = f"log_type all\nlog_dest file {tmp_path / 'broker.log'}\n"
    with servers.mosquitto(tmp_path / "mosquitto", log) as broker:
        yield broker


@pytest.fixture
def site(
    settings: Settings, database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> Iterator[Site]:
    clock = BuildingClock(NOON, SPEED, real_now())
    house = House.compose(settings, clock=clock, database=database)
    house.building.configure(configuration())
    house.control.configure(devices())
    for now in house.control.devices(SYSTEM):
        house.control.update(SYSTEM, now.device.device_id, {"min_on_s": 0, "min_off_s": 0})
    listener = Listener(house, mosquitto.url)
    dispatcher = Dispatcher(house, mosquitto.url, configure)
    lease = Singleton(database, LEASE, "test", start=dispatcher.start, stop=dispatcher.stop)
    journal = tmp_path / "journal"
    wanted = command(
        mosquitto.url,
        start=iso_utc(NOON),
        anchor=iso_utc(clock.anchored_at),
        speed=SPEED,
        journal=journal,
    )
    listener.start()
    lease.begin()
    building = subprocess.Popen(wanted, cwd=ROOT)
    found = Site(house, mosquitto, journal)
    try:
        wait_until(lambda: all_speak(house), 60, every_s=0.2)
        yield found
    finally:
        building.terminate()
        found.tap.disconnect()
        found.tap.loop_stop()
        lease.end()
        listener.stop()
        building.wait(10)
        house.close()


def publishers(folder: Path) -> set[str]:
    """Who has published to any device's `set`, as the broker saw it."""
    lines = (folder / "broker.log").read_text(errors="replace").splitlines()
    told = [line for line in lines if "Received PUBLISH from" in line and "/set'" in line]
    assert told
    return {
        line.partition("Received PUBLISH from ")[2].split()[0]
        for line in told
        if "/devices/" in line
    }


def explained(site: Site) -> list[tuple[str, list[str]]]:
    """For each message on `set` its command, the intent that won, and those it beat; by owner."""
    found = []
    for device_id, message in site.set_messages:
        told = site.command(message["command_id"], device_id)
        assert (told.command, told.value) == (message["command"], message["value"])
        winner, beaten = told.explanation["winner"], told.explanation["beaten"]
        assert isinstance(beaten, list)
        with site.house.database.read() as c:
            for named in [*([winner] if winner else []), *beaten]:
                assert isinstance(named, dict)
                intent = command_store.read_intent(c, named["intent_id"])
                assert intent is not None
                assert (intent.device_id, intent.owner) == (device_id, named["owner"])
                assert intent.requested_ms <= told.requested_ms
        assert (told.intent_id is None) == (winner is None) == (told.command == "release")
        if isinstance(winner, dict):
            assert told.intent_id == winner["intent_id"]
        won = str(winner["owner"]) if isinstance(winner, dict) else "nobody"
        entry = (won, [str(one["owner"]) for one in beaten])
        if entry not in found:
            found.append(entry)
    return found


def ended_in_time(site: Site, made: Command) -> None:
    """At most a minute after its last deadline, on the building's clock as it is stored."""
    device = site.house.control.device(SYSTEM, made.device_id)
    waits_s = observe_s(device.device.ramp_s, device.power_interval_s)
    deadline_ms = last_deadline_ms(made, waits_s, Pace(SPEED))
    if made.observed_ms is None:  # its lease has no part in how long an answer may take
        deadline_ms = min(deadline_ms, made.due_ms + round(waits_s * 1000) + round(20_000 * SPEED))
    assert made.ended_ms is not None
    assert made.ended_ms <= deadline_ms + 60_000


def wanted(site: Site, owner: str, device_id: str, **fields: object) -> int:
    """What an automatic owner or a limit asks for, for two hours."""
    now_ms = site.house.clock.now_ms()
    known: dict[str, object] = {
        "intent_id": 0, "device_id": device_id, "owner": owner, "owner_name": "test",
        "aspect": "run", "command": None, "value": None, "low_kw": None, "high_kw": None,
        "requested_ms": now_ms, "starts_ms": now_ms, "ends_ms": now_ms + 7_200_000,
        "reason": "40 A",
    }  # fmt: skip
    return site.house.control.intend(Intent(**(known | fields)))  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_message_on_the_wire_has_its_command_its_winner_and_whom_it_beat(
    site: Site, tmp_path: Path
) -> None:
    control, car = site.house.control, "DEVICE_010"

    def told(*states: str) -> Command:
        """The newest command, once it has left."""

        def left() -> Command | None:
            live = [m for m, _ in control.commands(SYSTEM, car, 1) if m.times_sent]
            return live[0] if live and live[0].owner_name in states else None

        return wait_until(left, 30)  # type: ignore[return-value]

    power = {"command": "set_power_kw"}
    wanted(site, "plan", car, value=5.0, **power, owner_name="plan")
    assert told("plan").value == 5.0
    wanted(site, "schedule", car, value=7.0, **power, owner_name="schedule")
    assert told("schedule").value == 7.0
    breaker = wanted(site, "grid", car, high_kw=4.0)
    limited = wait_until(lambda: (m := told("schedule")).value == 4.0 and m, 30)
    assert limited.explanation["limited_by"] == ["grid limit: 40 A"]  # type: ignore[union-attr]
    control.command(MANAGER, car, "set_power_kw", 9.0, minutes=30)
    assert told("mia").value == 4.0
    control.release(MANAGER, car)
    assert told("schedule").value == 4.0
    control.withdraw(breaker, "the breaker is closed")
    assert wait_until(lambda: told("schedule").value == 7.0, 30)
    wait_until(lambda: site.set_messages[-1][1]["value"] == 7.0, 10)

    assert explained(site) == [
        ("plan", []),
        ("schedule", ["plan"]),
        ("manual", ["schedule", "plan"]),
    ]
    assert publishers(tmp_path) == {"wattboard-main-dispatcher"}


def all_speak(house: House) -> bool:
    listed = house.control.devices(SYSTEM)
    return all(now.power_kw is not None and not now.stale for now in listed)


def test_a_heat_pump_goes_down_is_seen_by_its_meter_and_comes_back_when_released(
    site: Site, tmp_path: Path
) -> None:
    control, meter = site.house.control, "METER_OPEN_OFFICE_SOUTH_CLIMATE"
    before_kw = site.meter_kw(meter)
    assert before_kw > 0.5
    made, preview = control.command(MANAGER, "DEVICE_002", "off", minutes=30)
    assert preview.takes_over is None
    seen = site.reaches(made, "observed")
    assert (seen.evidence, seen.times_sent >= 1) == ("meter", True)
    assert site.meter_kw(meter) < before_kw / 2
    assert control.device(SYSTEM, "DEVICE_002").report.on is False
    assert control.release(MANAGER, "DEVICE_002") == 1
    assert site.command(made.command_id, "DEVICE_002").state == "completed"
    wait_until(lambda: site.meter_kw(meter) > before_kw / 2, 45)
    assert len(site.applied("DEVICE_002")) == 1

    assert explained(site) == [("manual", []), ("nobody", [])]
    assert publishers(tmp_path) == {"wattboard-main-dispatcher"}
    assert all(message["expires_at"] > iso_utc(NOON) for _, message in site.set_messages)
    assert {message["command"] for _, message in site.set_messages} == {"off", "release"}


def test_each_fault_of_a_device_ends_where_it_belongs(site: Site) -> None:
    expected = {
        "DEVICE_008": ("ignore", "expired"),
        "DEVICE_009": ("refuse", "rejected"),
        "DEVICE_002": ("ack_without_act", "contradicted"),
        "DEVICE_003": ("ack_twice", "observed"),
        "DEVICE_001": ("late", "expired"),
    }
    for device_id, (fault, _) in expected.items():
        site.fault(device_id, fault)
    # Faults are switched in their order: once the last one shows, all are in force.
    site.fault("CLIMATE_LAB", "wrong_unit")
    wait_until(lambda: site.house.telemetry.latest()["CLIMATE_LAB", "temperature"].value > 50, 30)
    told = {
        device_id: site.house.control.command(MANAGER, device_id, "off", minutes=60)[0]
        for device_id in expected
    }
    ended = ("expired", "rejected", "contradicted", "observed")
    found = {d: site.reaches(made, *ended, timeout_s=60) for d, made in told.items()}
    states = {device_id: made.state for device_id, made in found.items()}
    assert states == {device_id: state for device_id, (_, state) in expected.items()}
    for made in found.values():
        if made.state != "observed":
            ended_in_time(site, made)
    for device_id in ("DEVICE_008", "DEVICE_009", "DEVICE_002"):
        assert site.applied(device_id) == []
        assert site.house.control.holdings(MANAGER)[device_id].intent is None
    assert len(site.applied("DEVICE_003")) == 1
    wait_until(
        lambda: ringing(site) == {"DEVICE_001", "DEVICE_002", "DEVICE_008", "DEVICE_009"}, 30
    )


def ringing(site: Site) -> set[str]:
    """The devices that Events tell of."""
    site.house.alarms.evaluate()
    alarms = site.house.alarms
    events = alarms.events(MANAGER, EventQuery(service="devices")).events
    return {m.sensor_id for event in events for m in alarms.event(MANAGER, event.event_id).members}


def test_a_broker_that_was_away_gets_nothing_late(site: Site) -> None:
    site.broker.process.terminate()
    site.broker.process.wait(10)
    made, _ = site.house.control.command(MANAGER, "DEVICE_002", "off", minutes=60)
    gone = site.reaches(made, "expired", timeout_s=30)
    assert "could not be sent" in (gone.reason or "")
    restart(site.broker)
    later, _ = wait_until(
        lambda: site.house.control.command(MANAGER, "DEVICE_008", "off", minutes=60), 5
    )
    assert site.reaches(later, "observed", "expired", timeout_s=60).state == "observed"
    assert made.command_id not in {m["command_id"] for _, m in site.set_messages}
    assert site.applied("DEVICE_002") == []
