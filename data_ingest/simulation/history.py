"""The months before: recorded rows, newest first, as arrays of readings on the same topics."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from data_ingest.simulation import measured, sensors
from data_ingest.simulation.links import Sender
from data_ingest.simulation.noise import Array
from data_ingest.simulation.physics import State
from data_ingest.simulation.timeline import (
    COARSE_STEP_S,
    WEEK_S,
    Rows,
    Timeline,
    counter_bases,
    week_start,
)

log = logging.getLogger(__name__)
FINE_WEEKS = 8
FINE_STEP_S, FINE_ROW_S = 900.0, 900.0
COARSE_ROW_S = 3600.0
WEEKS_AT_ONCE = 25
READINGS_PER_MESSAGE = 500
WINDOW = 8
VALUES_PER_S = 50_000.0


@dataclass(frozen=True)
class Span:
    """The part of the past that is to be sent: from `since_s` to when live readings began."""

    since_s: float
    until_s: float


def recent(timeline: Timeline, until_s: float) -> tuple[Rows, State]:
    """Rows of the running week up to a moment, and the state then; counters from their bases."""
    monday = week_start(until_s)
    return timeline.record(timeline.settled(monday), monday, until_s, FINE_STEP_S, FINE_ROW_S)


def older(timeline: Timeline, span: Span) -> Iterator[Rows]:
    """Rows of the weeks before the running one, newest first; counters end where that one began."""
    monday = week_start(span.until_s)
    base = counter_bases(timeline.drivers.place)
    weeks = int(np.ceil(max(monday - span.since_s, 0.0) / WEEK_S))
    done = 0
    while done < weeks:
        fine = done < FINE_WEEKS
        count = min(FINE_WEEKS - done if fine else WEEKS_AT_ONCE, weeks - done)
        mondays = monday - WEEK_S * np.arange(done + 1, done + count + 1, dtype=np.float64)
        step_s, row_s = (FINE_STEP_S, FINE_ROW_S) if fine else (COARSE_STEP_S, COARSE_ROW_S)
        rows, gains = timeline.weeks(mondays, step_s, row_s)
        counted = base - np.cumsum(gains, axis=0)
        base = counted[-1]
        weekly = [
            Rows(
                rows.starts_s + mondays[week],
                row_s,
                rows.gauges[:, week],
                rows.counters[:, week] + counted[week],
            )
            for week in range(count)
        ]
        yield from weekly if fine else [_joined(weekly)]
        done += count


def _joined(newest_first: list[Rows]) -> Rows:
    """One run of rows, oldest first."""
    ordered = newest_first[::-1]
    return Rows(
        np.concatenate([rows.starts_s for rows in ordered]),
        ordered[0].interval_s,
        np.concatenate([rows.gauges for rows in ordered]),
        np.concatenate([rows.counters for rows in ordered]),
    )


def messages(seed: int, rows: Rows, span: Span) -> Iterator[tuple[str, bytes, int]]:
    """Sensor id, JSON array of at most READINGS_PER_MESSAGE readings, count of its values."""
    inside = (rows.starts_s >= span.since_s) & (rows.starts_s < span.until_s)
    starts = rows.starts_s[inside]
    if not starts.size:
        return
    ends = np.minimum((starts // rows.interval_s + 1) * rows.interval_s, span.until_s)
    gauges = rows.gauges[inside] + _noise(seed, starts, rows.interval_s)
    np.maximum(gauges[:, : len(_FLOOR)], _FLOOR, out=gauges[:, : len(_FLOOR)])
    counters = rows.counters[inside]
    times, lasts = np.round(starts, 3).tolist(), np.round(ends - starts, 3).tolist()
    edges = list(range(starts.size, 0, -READINGS_PER_MESSAGE))
    for sensor in sensors.SENSORS:
        names = [each.metric for each in sensor.fields]
        columns = [
            np.round((counters if each.is_counter else gauges)[:, each.column], each.decimals)
            for each in sensor.fields
        ]
        values = np.stack(columns, axis=-1).tolist()
        for until in edges:
            part = [
                {"timestamp": times[i], "interval_s": lasts[i],
                 **dict(zip(names, values[i], strict=True))}
                for i in range(max(until - READINGS_PER_MESSAGE, 0), until)
            ]  # fmt: skip
            yield sensor.sensor_id, orjson.dumps(part), len(part) * len(names)


# No sensor shows less than nothing, but temperatures may.
_FLOOR = np.array(
    [-60.0 if metric == "temperature" else 0.0 for _, metric in sensors.GAUGES
     if metric in sensors.CLIMATE_METRICS][: len(sensors.CLIMATE_METRICS) * 12]
)  # fmt: skip


def _noise(seed: int, starts: Array, row_s: float) -> Array:
    """What is left of the sensors' noise in a mean of ten-second readings."""
    added = np.zeros((starts.size, len(sensors.GAUGES)))
    for column in measured.NOISY:
        added[:, column] = measured.noise(seed, column, starts, row_s / 10.0)
    return added


class HistoryTask:
    """Sends the past in a thread of its own, while live readings already flow."""

    def __init__(self, seed: int, sender: Sender, prefix: str, done_file: Path | None) -> None:
        self._seed, self._sender, self._prefix = seed, sender, prefix
        self._done_file = done_file
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parts: Iterable[tuple[Rows, Span]]) -> None:
        """Sends these rows in their order; they may be made only when their turn comes."""
        self._thread = threading.Thread(
            target=self._run, args=(parts,), name="history", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stops between two messages and waits for that."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(3.0)

    def _run(self, parts: Iterable[tuple[Rows, Span]]) -> None:
        began = time.monotonic()
        sent = values = 0
        self._sender.open()
        try:
            for rows, span in parts:
                for sensor_id, payload, count in messages(self._seed, rows, span):
                    topic = f"{self._prefix}/telemetry/{sensor_id}"
                    if not self._sender.send(topic, payload, count, self._stopped):
                        return
                    sent, values = sent + 1, values + count
            if not self._sender.finish(self._stopped):
                return
        finally:
            self._sender.close()
        took_s = round(time.monotonic() - began, 2)
        log.info("history sent: %d values in %d messages, %.1f s", values, sent, took_s)
        if self._done_file is not None:
            done = {"messages": sent, "values": values, "took_s": took_s}
            self._done_file.parent.mkdir(parents=True, exist_ok=True)
            self._done_file.write_bytes(orjson.dumps(done))
