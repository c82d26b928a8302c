"""Web, ingest and scheduler as three processes over one database and one broker."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from domain.access.policy import SYSTEM
from domain.alarms.model import EventQuery
from domain.foundation.clock import SystemClock, real_now_ms
from domain.house import House
from domain.inbox.mapping import MappedField, Mapping
from domain.storage.engine import Database
from scheduler.store import lease_holder
from settings import Settings
from tests.browsing import Browser
from tests.running import Running, answering, launch
from tests.servers import Mosquitto
from tests.visiting import live_readings, sign_in
from tests.waiting import wait_until

PASSWORD = "four unrelated words"
ROW = "#sensors-table tbody tr"
IS_LIVE = "return document.documentElement.dataset.live === 'live'"


@dataclass
class Installation:
    """The processes of one site, and what they share."""

    database: Database
    broker: Mosquitto
    directory: Path
    house: House
    """What a test reads of the database, and changes there as one more web process would."""
    sender: Client
    processes: dict[str, subprocess.Popen[bytes]]
    web: Running

    def launch(self, name: str, role: str) -> subprocess.Popen[bytes]:
        """Start one more process of a role."""
        self.processes[name] = process = launch_role(
            self.directory / name, role, self.database, self.broker
        )
        return process

    def send(self, sensor_id: str, power_kw: float, ts_ms: int | None = None) -> None:
        """Publish a reading of now and wait until the broker has it."""
        payload = {"timestamp": (ts_ms or real_now_ms()) / 1000, "power": power_kw}
        self.publish(f"wattboard/main/telemetry/{sensor_id}", payload)

    def publish(self, topic: str, payload: object) -> None:
        self.sender.publish(topic, json.dumps(payload), qos=1).wait_for_publish(10)

    def health(self) -> dict[str, str]:
        """The parts of the web process's /health."""
        found: dict[str, str] = requests.get(f"{self.web.address}/health", timeout=10).json()
        return dict(found["checks"])  # type: ignore[arg-type]

    def holder_pid(self, lease: str) -> int | None:
        """The process that holds a lease."""
        owner = lease_holder(self.database, lease, real_now_ms())
        return int(owner.rpartition(":")[2]) if owner else None

    def stored(self, sensor_id: str) -> list[float]:
        """Every stored power of a sensor, oldest first."""
        return [
            row[0]
            for row in self._rows(
                "SELECT r.value FROM reading r JOIN series s ON s.series_id = r.series_id"
                " WHERE s.sensor_id = :sensor_id ORDER BY r.ts_ms",
                sensor_id=sensor_id,
            )
        ]

    def rolled_up(self, sensor_id: str) -> int:
        """How many readings the quarter hours of a sensor count."""
        rows = self._rows(
            "SELECT sum(b.n) FROM rollup_15min b JOIN series s ON s.series_id = b.series_id"
            " WHERE s.sensor_id = :sensor_id",
            sensor_id=sensor_id,
        )
        return int(rows[0][0] or 0)

    def workers(self) -> set[int]:
        """Which processes have run jobs."""
        return {int(row[0].rpartition(":")[2]) for row in self._rows("SELECT owner FROM job_run")}

    def output(self, name: str) -> str:
        """What a process has printed."""
        return (self.directory / name / "output.txt").read_text()

    def _rows(self, query: str, **values: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(sa.text(query), values))


def launch_role(
    directory: Path, role: str, database: Database, broker: Mosquitto
) -> subprocess.Popen[bytes]:
    return launch(
        directory,
        WATTBOARD_ROLE=role,
        WATTBOARD_DATABASE_URL=database.url,
        WATTBOARD_MQTT_URL=broker.url,
        WATTBOARD_SECRET_KEY="k" * 48,
        WATTBOARD_ADMIN_PASSWORD=PASSWORD,
        WATTBOARD_PORT="0",
    )


@pytest.fixture
def site(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Installation]:
    """All three roles, started at the same moment on an empty database."""
    processes = {
        role: launch_role(tmp_path / role, role, database, mosquitto)
        for role in ("web", "ingest", "scheduler")
    }
    sender = Client(CallbackAPIVersion.VERSION2, client_id="a-gateway")
    settings = Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(tmp_path),
            "WATTBOARD_DATABASE_URL": database.url,
            "WATTBOARD_DEMO": "0",
        }
    )
    try:
        sender.connect(mosquitto.host, mosquitto.port)
        sender.loop_start()
        web = answering(tmp_path / "web", processes["web"])
        house = House.compose(settings, clock=SystemClock(), database=database)
        found = Installation(database, mosquitto, tmp_path, house, sender, processes, web)
        wait_until(lambda: set(found.health().values()) == {"ok"}, 60)
        yield found
    finally:
        sender.disconnect()
        sender.loop_stop()
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def speaking(site: Installation, sensor_id: str) -> None:
    """Publish until the first reading is stored: the broker keeps none before the session is."""

    def stored() -> bool:
        site.send(sensor_id, 0.0)
        return len(site.stored(sensor_id)) > 0

    wait_until(stored, 30, every_s=0.2)


def test_each_role_does_its_own_part_of_a_readings_way(site: Installation) -> None:
    speaking(site, "S1")
    assert site.holder_pid("listener") == site.processes["ingest"].pid
    assert site.holder_pid("scheduler") == site.processes["scheduler"].pid

    visitor = sign_in(site.web.address, "admin", PASSWORD)
    delays_s = []
    with live_readings(visitor) as readings:
        for turn in range(1, 8):
            began = time.monotonic()
            site.send("S1", turn + 0.5)
            readings.wait_for("S1", turn + 0.5)
            delays_s.append(time.monotonic() - began)
    assert median(delays_s) < 1.0
    assert site.stored("S1")[-7:] == [turn + 0.5 for turn in range(1, 8)]
    wait_until(lambda: "7.5" in visitor.get("/download/sensors.csv"))

    wait_until(lambda: site.rolled_up("S1") == len(site.stored("S1")), 30)
    assert site.workers() == {site.processes["scheduler"].pid}
    for name in site.processes:  # all three came to an empty database at the same moment
        assert "Traceback" not in site.output(name), site.output(name)
        assert "ERROR" not in site.output(name), site.output(name)


@pytest.mark.browser
def test_an_open_page_of_the_web_process_shows_what_ingest_stores(
    site: Installation, session_browser: WebDriver
) -> None:
    speaking(site, "S1")
    browser = Browser(session_browser, site.web.address)
    browser.forget()
    try:
        browser.open("/login")
        browser.find("input[name=username]").send_keys("admin")
        browser.find("input[name=password]").send_keys(PASSWORD, Keys.ENTER)
        wait_until(lambda: "/login" not in browser.driver.current_url)
        browser.open("/sensors?state=discovered")
        browser.wait_text(ROW, "S1")
        wait_until(lambda: browser.driver.execute_script(IS_LIVE), 30)
        wait_until(lambda: not [url for url in browser.requests() if "/_dash" in url], 30)
        site.send("S1", 13.5)
        browser.wait_text(ROW, "13.5")
        assert [url for url in browser.requests() if "_dash-update-component" in url] == []
        assert browser.errors() == []
    finally:
        browser.forget()


def test_what_one_process_configures_the_others_follow(site: Installation) -> None:
    speaking(site, "S1")
    mapping = Mapping(
        "plant", "plant/+/out", "PLANT_{1}", (MappedField("kw", "power", "kW"),), "at"
    )
    site.house.inbox.save_mapping(SYSTEM, mapping)
    visitor = sign_in(site.web.address, "admin", PASSWORD)
    with live_readings(visitor) as readings:

        def told() -> bool:
            site.publish("plant/7/out", {"at": real_now_ms() / 1000, "kw": 4.25})
            return any(r["sensor_id"] == "PLANT_7" for r in readings.next_update())

        def keep_speaking() -> bool:
            site.send("S1", 1.0)
            return told()

        wait_until(keep_speaking, 30, every_s=0.2)

    site.house.telemetry.refresh_latest()
    site.house.telemetry.set_range(("S1", "power"), 0, 5)

    def marked() -> bool:
        site.send("S1", 99.0)
        site.house.telemetry.refresh_latest()
        latest = site.house.telemetry.latest()["S1", "power"]
        return latest.value == 99.0 and latest.flags != 0

    wait_until(marked, 30, every_s=0.2)


def test_a_killed_listener_is_missed_and_replaced_without_loss(site: Installation) -> None:
    speaking(site, "S1")
    site.processes["ingest"].kill()
    site.processes["ingest"].wait()
    before = len(site.stored("S1"))
    start_ms = real_now_ms()
    for turn in range(20):
        site.send("S1", float(turn), start_ms + turn)
    wait_until(lambda: site.health()["mqtt"] == "down", 40, every_s=0.2)
    assert requests.get(f"{site.web.address}/health", timeout=10).json()["status"] == "degraded"
    assert len(site.stored("S1")) == before

    second = site.launch("ingest-2", "ingest")
    wait_until(lambda: site.holder_pid("listener") == second.pid, 40, every_s=0.2)
    wait_until(lambda: site.stored("S1")[-20:] == [float(turn) for turn in range(20)], 30)
    wait_until(lambda: site.health()["mqtt"] == "ok", 30)


def test_a_standby_takes_over_at_once_when_the_listener_is_stopped(site: Installation) -> None:
    standby = site.launch("standby", "ingest")
    speaking(site, "S1")
    first = site.processes["ingest"]
    assert site.holder_pid("listener") == first.pid
    wait_until(lambda: standby.poll() is None and (site.directory / "standby" / "logs").exists())
    first.terminate()
    assert first.wait(30) == 0
    site.send("S1", 8.5)
    wait_until(lambda: site.stored("S1")[-1] == 8.5, 40)
    assert site.holder_pid("listener") == standby.pid


def test_an_ended_scheduler_and_a_lost_broker_are_told_by_the_web_process(
    site: Installation,
) -> None:
    scheduler = site.processes["scheduler"]
    asked = site.house.jobs.run_now(SYSTEM, "keys")
    wait_until(lambda: site.house.jobs.job(SYSTEM, "keys").standing.state == "ok", 15)
    (ran,) = [r for r in site.house.jobs.history(SYSTEM, "keys") if r.due_ms == asked.due_ms]
    assert ran.owner.endswith(f":{scheduler.pid}")
    scheduler.terminate()
    assert scheduler.wait(30) == 0
    wait_until(lambda: site.health()["scheduler"] == "down", 30, every_s=0.2)

    def ringing(service: str) -> str:
        query = EventQuery(service=service, state="active")
        return " ".join(event.cause for event in site.house.alarms.events(SYSTEM, query).events)

    wait_until(lambda: "No process runs the jobs" in ringing("jobs"), 60, every_s=0.5)
    wait_until(lambda: "No process speaks with the devices" in ringing("devices"), 60, every_s=0.5)
    assert site.health()["mqtt"] == "ok"
    site.broker.process.terminate()
    site.broker.process.wait(10)
    wait_until(lambda: site.health()["mqtt"] != "ok", 30, every_s=0.2)
