"""The simulated building as a process beside a real mosquitto."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import Mosquitto
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
Start = Callable[..., "subprocess.Popen[bytes]"]


class Ear:
    """Hears everything below one prefix."""

    def __init__(self, broker: Mosquitto, prefix: str = "wattboard") -> None:
        self.live: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[tuple[str, list[dict[str, float]]]] = []
        self.availability: dict[str, str] = {}
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = self._heard
        self.client.connect(broker.host, broker.port)
        self.client.subscribe(f"{prefix}/#", qos=1)
        self.client.loop_start()

    def _heard(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        name = message.topic.split("/", 2)[2]
        if name.endswith("/availability"):
            self.availability[name.split("/")[1]] = message.payload.decode()
            return
        if name.endswith("/set"):
            return
        payload = orjson.loads(message.payload)
        if isinstance(payload, list):
            self.rows.append((message.topic, payload))
        else:
            self.live.append((message.topic, payload))

    def of(self, ending: str) -> list[dict[str, Any]]:
        return [payload for topic, payload in list(self.live) if topic.endswith(ending)]

    def say(self, topic: str, payload: object) -> None:
        self.client.publish(f"wattboard/main/{topic}", orjson.dumps(payload), qos=1)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def ear(mosquitto: Mosquitto) -> Iterator[Ear]:
    listening = Ear(mosquitto)
    yield listening
    listening.close()


@pytest.fixture
def start(mosquitto: Mosquitto) -> Iterator[Start]:
    children: list[subprocess.Popen[bytes]] = []

    def begin(**options: object) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen([*command(mosquitto.url, **options)], cwd=ROOT)
        children.append(child)
        return child

    yield begin
    for child in children:
        child.kill()
        child.wait(5)


def command(url: str, **options: object) -> list[str]:
    wanted = {"mqtt_url": url, "days": 0, "anchor": iso(time.time()), **options}
    return [
        sys.executable, "-m", "data_ingest.simulation",
        *(f"--{name.replace('_', '-')}={value}" for name, value in wanted.items()),
    ]  # fmt: skip


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def a_command(name: str, value: object = None, command_id: str = "c1", lease_s: float = 600,
              at_s: float | None = None) -> dict[str, object]:  # fmt: skip
    now_s = time.time() if at_s is None else at_s
    return {"command_id": command_id, "command": name, "value": value, "lease_s": lease_s,
            "expires_at": iso(now_s + 3600)}  # fmt: skip


def test_it_lives_obeys_errs_and_says_goodbye(ear: Ear, start: Start, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    child = start(start="2026-06-16T11:00:00Z", speed=10, journal=journal)
    wait_until(lambda: len({topic for topic, _ in ear.live}) >= 75, 90)
    wait_until(lambda: list(ear.availability.values()).count("online") == 15, 30)

    now_s = ear.of("telemetry/METER_MAIN")[-1]["timestamp"]
    ear.say("devices/DEVICE_002/set", a_command("off", at_s=now_s))
    wait_until(lambda: len(ear.of("devices/DEVICE_002/ack")) == 2, 30)
    assert [ack["status"] for ack in ear.of("devices/DEVICE_002/ack")] == ["accepted", "done"]
    wait_until(lambda: ear.of("devices/DEVICE_002/state")[-1]["on"] is False, 30)
    meter = "telemetry/METER_OPEN_OFFICE_SOUTH_CLIMATE"
    wait_until(lambda: ear.of(meter)[-1]["power"]["value"] < 1.0, 30)
    assert orjson.loads(journal.read_bytes().splitlines()[0])["effect"] == "applied"

    ear.say("simulation/set", {"target": "CLIMATE_LAB", "fault": "wrong_unit", "for_s": 10_000})
    lab = "telemetry/CLIMATE_LAB"
    wait_until(lambda: ear.of(lab)[-1]["temperature"]["value"] > 60, 30)

    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 0
    wait_until(lambda: list(ear.availability.values()).count("offline") == 15, 30)


def test_killed_devices_are_reported_offline_by_the_broker(ear: Ear, start: Start) -> None:
    child = start()
    wait_until(lambda: list(ear.availability.values()).count("online") == 15, 90)
    child.kill()
    wait_until(lambda: list(ear.availability.values()).count("offline") == 15, 30)


def test_it_dies_with_its_parent(mosquitto: Mosquitto, ear: Ear) -> None:
    starter = (
        "import subprocess, sys, threading\n"
        f"child = subprocess.Popen({command(mosquitto.url)!r})\n"
        "print(child.pid, flush=True)\n"
        "threading.Event().wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: ear.of("telemetry/METER_MAIN"), 90)
    finally:
        parent.kill()
        parent.wait(5)
    try:
        wait_until(lambda: ended(pid), 30)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ended(pid: int) -> bool:
    """True when the process is gone or only waits to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_live_readings_come_before_history_and_history_ends(
    ear: Ear, start: Start, tmp_path: Path
) -> None:
    done = tmp_path / "history.done"
    begin_s = 1_781_600_000.0
    child = start(start=iso(begin_s), days=20, history_done_file=done)
    wait_until(lambda: ear.live, 90)
    assert len(ear.rows) < 20
    wait_until(done.exists, 120)
    told = orjson.loads(done.read_bytes())
    wait_until(lambda: len(ear.rows) == told["messages"], 30)
    main = sorted(
        (row for topic, rows in ear.rows if topic.endswith("/METER_MAIN") for row in rows),
        key=lambda row: row["timestamp"],
    )
    assert main[0]["timestamp"] <= begin_s - 20 * 86_400 + 900
    assert main[-1]["timestamp"] + main[-1]["interval_s"] == begin_s // 10 * 10
    first_live = ear.of("telemetry/METER_MAIN")[0]
    assert first_live["timestamp"] - begin_s < 20
    assert 0 <= first_live["energy"]["value"] - main[-1]["energy"] < 15
    assert child.poll() is None


def test_two_runs_from_the_same_seed_publish_the_same(mosquitto: Mosquitto, start: Start) -> None:
    ears = [Ear(mosquitto, f"{name}") for name in ("one", "two")]
    begin = {"start": "2026-06-16T11:00:00Z", "speed": 10, "days": 2}
    for name in ("one", "two"):
        start(prefix=name, anchor=iso(time.time()), **{k: v for k, v in begin.items()})

    def told_by_both(ending: str) -> list[tuple[object, object]]:
        first, second = (
            {
                p["timestamp"]: p
                for t, p in list(each.live)
                if "telemetry" in t and t.endswith(ending)
            }
            for each in ears
        )
        return [(first[at_s], second[at_s]) for at_s in first.keys() & second.keys()]

    try:
        wait_until(lambda: all(len(each.rows) >= 65 for each in ears), 120)
        for ending in ("/METER_MAIN", "/CLIMATE_LAB", "/WEATHER", "/BATT001"):
            least = 12 if ending != "/WEATHER" else 1
            wait_until(lambda e=ending, n=least: len(told_by_both(e)) >= n, 120)
            assert all(one == other for one, other in told_by_both(ending))
        rows = [{topic.split("/", 1)[1]: part for topic, part in each.rows[:60]} for each in ears]
        assert rows[0].keys() & rows[1].keys()
        assert all(rows[0][key] == rows[1][key] for key in rows[0].keys() & rows[1].keys())
    finally:
        for each in ears:
            each.close()


def test_a_restart_goes_on_with_its_counters_and_fills_only_the_gap(
    ear: Ear, start: Start, tmp_path: Path
) -> None:
    """Killed, and started in a later week with another start and length of history."""
    done = tmp_path / "done"
    begin_s = 1_781_600_000.0
    first = start(start=iso(begin_s), days=3, speed=10, history_done_file=done)
    wait_until(lambda: len(ear.of("telemetry/METER_MAIN")) >= 3, 90)
    wait_until(done.exists, 90)
    first.kill()
    first.wait(10)
    before = dict(ear.live)
    done.unlink()
    ear.live.clear()
    ear.rows.clear()

    resumed_s = begin_s + 9 * 86_400
    since_s = max(payload["timestamp"] for payload in before.values())
    second = start(start=iso(resumed_s), days=40, speed=10, history_done_file=done,
                   history_from=iso(since_s))  # fmt: skip
    wait_until(lambda: len({topic for topic, _ in ear.live}) >= 75, 90)
    wait_until(done.exists, 90)
    told = orjson.loads(done.read_bytes())
    wait_until(lambda: len(ear.rows) == told["messages"], 30)
    after = dict(reversed(ear.live))
    hours = (resumed_s - begin_s) / 3600
    for topic in ("/METER_MAIN", "/METER_LAB_EQUIPMENT", "/PV_1"):
        name = f"wattboard/main/telemetry{topic}"
        filled = sorted(
            (row for sender, rows in ear.rows if sender == name for row in rows),
            key=lambda row: row["timestamp"],
        )
        assert filled[0]["timestamp"] >= begin_s
        filled_until_s = filled[-1]["timestamp"] + filled[-1]["interval_s"]
        assert 0 <= after[name]["timestamp"] - filled_until_s < 10
        for metric in {"energy", "generation_energy"} & filled[0].keys():
            counted = [row[metric] for row in filled if row["timestamp"] > since_s]
            counted = [before[name][metric]["value"], *counted, after[name][metric]["value"]]
            assert counted == sorted(counted)
            assert 0 < counted[-1] - counted[0] < 90 * hours
    assert second.poll() is None
