"""Acceptance 2 on real buildings: `python -m bench.accept_replay --data ../shared/data`.

Each is loaded as history into a fresh SQLite database and settled; the daily energy of every
power column, in the building's own zone, must equal the file's to the last Wh. Then a part of
it runs as a live stream through the embedded broker and the listener.
"""

import argparse
import csv
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from data_ingest import replay
from data_ingest.broker import EmbeddedBroker
from data_ingest.listener import Listener
from data_ingest.publishing import Publisher
from data_ingest.recording import Recording, read_recording
from domain.foundation.clock import SystemClock
from domain.foundation.intervals import Period, local_midnight
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings

BUILDINGS = (("rsf_2011.csv", "America/Denver"), ("cl22_b1.csv", "America/Los_Angeles"))
YEAR_WITHIN_S = 60.0
STREAMED_ROWS = 300
STREAM_WITHIN_S = 60.0
WH = 1e-3
Daily = dict[tuple[str, date], float]


@contextmanager
def a_house(directory: Path, zone: str) -> Iterator[House]:
    """Compose a house over a fresh SQLite file, in the zone of the recorded building."""
    settings = Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(directory),
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_TIMEZONE": zone,
            "WATTBOARD_DATABASE_URL": f"sqlite:///{directory / 'wattboard.db'}",
        }
    )
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=SystemClock(), database=database)
    yield house
    house.close()


def energy_in_file(path: Path, zone: ZoneInfo) -> Daily:
    """Sum the kW columns by local day, reading the file with nothing of ours (rows are hours)."""
    daily: defaultdict[tuple[str, date], float] = defaultdict(float)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            start = datetime.fromisoformat(row["timestamp_utc"])
            for name, cell in row.items():
                if name.endswith("_kw") and cell:
                    daily[name, start.astimezone(zone).date()] += float(cell)
    return dict(daily)


def energy_in_house(house: House, recording: Recording) -> Daily:
    """Ask telemetry for the same days."""
    columns = {
        (c.sensor_id, c.metric): c.header for c in recording.columns if c.header.endswith("_kw")
    }
    first, last = recording.starts_ms[0], recording.starts_ms[-1] + recording.interval_ms
    start = datetime.fromtimestamp(first / 1000, UTC).astimezone(house.zone).date()
    end = datetime.fromtimestamp(last / 1000, UTC).astimezone(house.zone).date()
    period = Period(
        local_midnight(start, house.zone), local_midnight(end + timedelta(days=1), house.zone)
    )
    found = house.telemetry.energy_buckets(list(columns), period, "1d")
    return {
        (columns[key], datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(house.zone).date()): kwh
        for key, buckets in found.items()
        for ts_ms, kwh, _covered_s in buckets
        if kwh is not None
    }


def check_history(path: Path, zone: str, directory: Path) -> list[str]:
    """Load, compare, and print; returns what was missed."""
    recording = read_recording(path, path.stem.split("_")[0])
    with a_house(directory, zone) as house:
        began = time.perf_counter()
        counts = replay.load_history(house, recording, 0, replay.show_progress)
        seconds = time.perf_counter() - began
        expected, found = energy_in_file(path, ZoneInfo(zone)), energy_in_house(house, recording)
    days = expected.keys() | found.keys()
    wrong = {day for day in days if abs(expected.get(day, 0.0) - found.get(day, 0.0)) >= WH / 2}
    worst = max((abs(expected.get(d, 0.0) - found.get(d, 0.0)) for d in days), default=0.0)
    columns = len({name for name, _ in days})
    print(
        f"{path.name}: {counts['accepted']:,} readings of {len(recording.columns)} series in"
        f" {seconds:.1f} s; {len(days):,} days of {columns} columns, {len(wrong)} differ,"
        f" largest difference {worst * 1000:.6f} Wh"
    )
    missed = [f"{path.name}: {len(wrong)} daily energies differ from the file"] if wrong else []
    if counts["rejected"] or len(days) == 0:
        missed.append(f"{path.name}: {counts['rejected']} readings refused")
    if seconds > YEAR_WITHIN_S:
        missed.append(f"{path.name}: {seconds:.0f} s to load, {YEAR_WITHIN_S:.0f} s allowed")
    return missed


def check_stream(path: Path, zone: str, directory: Path) -> list[str]:
    """Stream the first rows over MQTT at a speed that takes seconds; compare what was stored."""
    whole = read_recording(path, "LIVE")
    rows = min(STREAMED_ROWS, len(whole.starts_ms))
    recording = Recording(
        whole.columns, whole.starts_ms[:rows], whole.values[:rows], whole.interval_ms
    )
    readings = [reading for row in recording.readings() for reading in row]
    speed = rows * whole.interval_ms / 1000 / 3
    pause = threading.Event()
    broker = EmbeddedBroker(directory)
    broker.start()
    try:
        with a_house(directory, zone) as house:
            listener = Listener(house, broker.url)
            listener.start()
            while not listener.state()["subscribed"]:
                pause.wait(0.05)
            began = time.perf_counter()
            with Publisher(broker.url, "wattboard", "main") as publisher:
                replay.stream(
                    publisher, recording, 0, speed, house.clock, pause, replay.show_progress
                )
            while listener.state()["stored"] < len(readings):
                if time.perf_counter() - began > STREAM_WITHIN_S:
                    break
                pause.wait(0.05)
            state = listener.state()
            listener.stop()
            newest = house.telemetry.latest()
    finally:
        broker.stop()
    last = {(r.sensor_id, r.metric): r.value for r in readings}
    right = sum(1 for key, value in last.items() if key in newest and newest[key].value == value)
    print(
        f"{path.name}: live stream of {rows} rows at {speed:,.0f} times,"
        f" {state['stored']:,} of {len(readings):,} readings stored, {right} of {len(last)}"
        f" latest values right"
    )
    if state["stored"] != len(readings) or state["rejected"] or right != len(last):
        return [f"{path.name}: the live stream did not arrive whole"]
    return []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the real buildings")
    options = parser.parse_args()
    missed: list[str] = []
    for name, zone in BUILDINGS:
        for check in (check_history, check_stream):
            with tempfile.TemporaryDirectory() as directory:
                missed += check(options.data / name, zone, Path(directory))
    for words in missed:
        print(f"missed: {words}")
    print(f"replay of real buildings: {'missed' if missed else 'met'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
