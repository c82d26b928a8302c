"""A whole Wattboard as a user starts it: `python app.py` and its demo, in an own directory."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
FIXED_START = "2026-06-16T10:00:00"  # a Tuesday, in Lisbon
DEMO = {
    "WATTBOARD_DEMO": "1",
    "WATTBOARD_DEMO_START": FIXED_START,
    "WATTBOARD_DEMO_DAYS": "2",
    "WATTBOARD_PORT": "0",
}


@dataclass
class Running:
    """A started process and where it answers."""

    address: str
    mqtt_url: str
    data_dir: Path
    process: subprocess.Popen[bytes]

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return (self.data_dir / "output.txt").read_text()

    def stop(self) -> int:
        """Ask it to end and wait; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def launch(data_dir: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start `python app.py` with these settings alone, without waiting for anything."""
    data_dir.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WATTBOARD_")}
    env = {**kept, "WATTBOARD_DATA_DIR": str(data_dir), **variables}
    with (data_dir / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")], env=env, cwd=ROOT, stdout=output, stderr=output
        )


def start(data_dir: Path, **variables: str) -> Running:
    """Start Wattboard and wait until it prints its address."""
    return answering(data_dir, launch(data_dir, **{**DEMO, **variables}))


def answering(data_dir: Path, process: subprocess.Popen[bytes]) -> Running:
    """Wait until a launched web server has printed its address."""
    note = data_dir / "running.json"

    def answered() -> bool:
        assert process.poll() is None, (data_dir / "output.txt").read_text()
        return note.exists() and "MQTT at" in (data_dir / "output.txt").read_text()

    try:
        wait_until(answered, 90)
    except AssertionError:
        process.kill()
        raise
    address = json.loads(note.read_text())["address"]
    printed = (data_dir / "output.txt").read_text()
    mqtt_url = printed.split("MQTT at ")[1].split()[0]
    return Running(address, mqtt_url, data_dir, process)


@contextmanager
def running(data_dir: Path, **variables: str) -> Iterator[Running]:
    """Start Wattboard and stop it with all its children."""
    found = start(data_dir, **variables)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            try:
                found.stop()
            except subprocess.TimeoutExpired:
                found.process.kill()
