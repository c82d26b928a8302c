"""Feed a recorded building through the same door as live data: `python -m data_ingest.replay`.

Without `--speed` it is history: everything at once, straight into the database or, with `--mqtt`,
as arrays over the broker. With `--speed` it is a live stream over MQTT, row by row.
"""

import argparse
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from data_ingest.publishing import Publisher
from data_ingest.recording import Recording, read_recording
from domain.foundation.clock import Clock, SystemClock, monotonic
from domain.foundation.errors import WattboardError
from domain.foundation.units import METRICS
from domain.house import House
from domain.inbox.decode import Batch
from domain.inbox.door import accept
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from domain.telemetry.model import Reading
from settings import Settings

WEEK_MS = 7 * 86_400_000
READINGS_AT_ONCE = 20_000
ROWS_PER_MESSAGE = 200
SETTLED_AT_ONCE = 5_000
BAR_WIDTH = 40
Progress = Callable[[str, int, int], None]


def whole_weeks_to(recording: Recording, now_ms: int, live: bool) -> int:
    """Shift [ms] by whole weeks: history ends before now, a live stream goes on from now."""
    if live:
        return (now_ms - recording.starts_ms[0]) // WEEK_MS * WEEK_MS
    return (now_ms - recording.starts_ms[-1] - recording.interval_ms) // WEEK_MS * WEEK_MS


def load_history(
    house: House, recording: Recording, shift_ms: int, progress: Progress
) -> dict[str, int]:
    """Store every row, settle the rollups, and count what became of the readings."""
    counts = {"accepted": 0, "duplicates": 0, "corrected": 0, "rejected": 0}
    rows = recording.readings(shift_ms)
    per_batch = max(1, READINGS_AT_ONCE // len(recording.columns))
    done, total = 0, len(recording.starts_ms)
    while chunk := list(islice(rows, per_batch)):
        batch = Batch(house.zone, house.clock.now_ms(), hints=recording.hints)
        batch.readings = [reading for row in chunk for reading in row]
        batch.origins = list(range(len(batch.readings)))
        answer = accept(house, batch)
        counts["accepted"] += answer.accepted
        counts["duplicates"] += answer.duplicates
        counts["corrected"] += answer.corrected
        counts["rejected"] += len(answer.rejected)
        for refusal in answer.rejected[:1]:
            progress(f"refused: {refusal.message}", done, total)
        done += len(chunk)
        progress("rows stored", done, total)
    settled = 0
    while some := house.telemetry.settle(limit=SETTLED_AT_ONCE):
        settled += some
        progress("quarter hours summed up", settled, settled + 1)
    progress("quarter hours summed up", settled, settled)
    return counts


def publish_history(
    publisher: Publisher, recording: Recording, shift_ms: int, progress: Progress
) -> int:
    """Send every row as arrays over MQTT; returns when the broker has acknowledged all of them."""
    sent, total = 0, len(recording.starts_ms)
    rows = recording.readings(shift_ms)
    first = True
    while chunk := list(islice(rows, ROWS_PER_MESSAGE)):
        by_sensor: dict[str, list[dict[str, object]]] = {}
        for reading in (reading for row in chunk for reading in row):
            by_sensor.setdefault(reading.sensor_id, []).append(_payload(reading))
        for sensor_id, items in by_sensor.items():
            if first:
                items[0] |= recording.hints[sensor_id]
            publisher.send(sensor_id, json.dumps(items))
        first = False
        sent += len(chunk)
        progress("rows sent", sent, total)
    publisher.flush()
    return sent


def stream(
    publisher: Publisher,
    recording: Recording,
    shift_ms: int,
    speed: float,
    clock: Clock,
    stop: threading.Event,
    progress: Progress,
) -> int:
    """Send row by row at `speed` times the recorded pace, never before a row's own time.

    Rows that were over before the stream began are passed over when the recording was shifted.
    """
    begin_ms = clock.now_ms() - recording.interval_ms if shift_ms else None
    rows = [
        row
        for row in recording.readings(shift_ms)
        if row and (begin_ms is None or row[0].ts_ms >= begin_ms)
    ]
    began = monotonic()
    for done, row in enumerate(rows):
        due = began + (row[0].ts_ms - rows[0][0].ts_ms) / 1000 / speed
        while (
            not stop.is_set()
            and (
                wait_s := max(
                    due - monotonic(), (row[0].ts_ms - clock.now_ms()) / 1000 / clock.speed
                )
            )
            > 0
        ):
            stop.wait(min(wait_s, 1.0))
        if stop.is_set():
            return done
        for reading in row:
            publisher.send(
                reading.sensor_id,
                json.dumps({**_payload(reading), **recording.hints[reading.sensor_id]}),
            )
        progress("rows sent", done + 1, len(rows))
    publisher.flush()
    return len(rows)


def _payload(reading: Reading) -> dict[str, object]:
    return {
        "timestamp": reading.ts_ms / 1000,
        "interval_s": (reading.interval_ms or 0) / 1000,
        reading.metric: {"value": reading.value, "unit": METRICS[reading.metric].unit or None},
    }


def show_progress(what: str, done: int, total: int) -> None:
    """Draw a bar on a terminal, and only the last line elsewhere."""
    if sys.stderr.isatty():
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r{bar} {done:,} of {total:,} {what}   ")
        if done == total:
            sys.stderr.write("\n")
    elif done == total:
        sys.stderr.write(f"{done:,} of {total:,} {what}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when everything was taken, 1 when something was refused."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        return _run(options)
    except WattboardError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _run(options: argparse.Namespace) -> int:
    recording = read_recording(options.file, options.sensor_prefix)
    for notice in recording.notices:
        sys.stderr.write(f"{notice}\n")
    settings = Settings.from_env(_environment(options.database_url))
    live = options.speed is not None
    clock = SystemClock()
    shift_ms = whole_weeks_to(recording, clock.now_ms(), live) if options.as_now else 0
    mqtt_url = options.mqtt or (settings.mqtt_url if live else None)
    if mqtt_url is None and live:
        sys.stderr.write("A live stream needs a broker: --mqtt mqtt://host:port\n")
        return 2
    if mqtt_url is None:
        return _into_database(settings, clock, recording, shift_ms)
    ca_file = settings.mqtt_ca_file
    with Publisher(mqtt_url, settings.topic_prefix, settings.site, ca_file) as publisher:
        if not live:
            publish_history(publisher, recording, shift_ms, show_progress)
            return 0
        stop = threading.Event()
        try:
            stream(publisher, recording, shift_ms, options.speed, clock, stop, show_progress)
        except KeyboardInterrupt:
            stop.set()
    return 0


def _into_database(settings: Settings, clock: Clock, recording: Recording, shift_ms: int) -> int:
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=clock, database=database)
    try:
        began = monotonic()
        counts = load_history(house, recording, shift_ms, show_progress)
        words = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        sys.stderr.write(f"{words} readings in {monotonic() - began:.1f} s\n")
    finally:
        house.close()
    return 1 if counts["rejected"] else 0


def _environment(database_url: str | None) -> dict[str, str]:
    found = dict(os.environ)
    if database_url:
        found["WATTBOARD_DATABASE_URL"] = database_url
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_ingest.replay", description=__doc__)
    parser.add_argument("file", type=Path, help="CSV with timestamp_utc first, units in headers")
    parser.add_argument("--sensor-prefix", required=True, help="sensor ids become PREFIX_COLUMN")
    parser.add_argument("--speed", type=_positive, help="live stream, this many times as fast")
    parser.add_argument("--as-now", action="store_true", help="shift by whole weeks to now")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--mqtt", metavar="URL", help="send over this broker")
    target.add_argument("--database-url", metavar="URL", help="store here, not in the configured")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("is a number above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
