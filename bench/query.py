"""Looking back, against the fastest row of performance.md for each job: `python -m bench.query`.

Ours runs through `Telemetry`, as pages and API do; the reference is `sqlite3` without anything
around it on the same clustered table, or DuckDB over the same readings, sorted. They alternate; the
ratio is of medians. Exit 1 below a target. `--small` asks a million readings instead of 52.6
million and judges only the answers, not the times.
"""

import argparse
import csv
import io
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.query_store import (
    DAY_MS,
    MINUTE_MS,
    SERIES,
    SERIES_IN_A_ROOM,
    START_MS,
    ZONE,
    Stores,
    key,
    open_ours,
    stores,
)
from bench.timing import Verdict, compare
from domain.foundation.intervals import Period, day_starts_ms
from domain.telemetry.export import Labelled
from domain.telemetry.history import History

FULL_DAYS, SMALL_DAYS = 365, 7
POINTS = 1000
CSV_ROWS = 1_000_000
MEMORY_ROWS = 10_000_000
MEMORY_LIMIT_MB = 50.0
WARM_ROWS = 200_000


def latest(full: Stores, small: Stores) -> list[Verdict]:
    """Newest value of all series, against the table read raw, and against a small store."""
    raw = sqlite3.connect(full.path)

    def ours(store: Stores) -> Callable[[], object]:
        return lambda: [(v.sensor_id, v.ts_ms, v.value) for v in store.telemetry.latest().values()]

    def reference() -> object:
        return raw.execute("SELECT series_id, ts_ms, value FROM latest").fetchall()

    many = f"latest of {SERIES} series among {full.count:,}"
    found = [compare(f"{many}, sqlite3 raw", ours(full), reference, 8.0, times=200)]
    if full is not small:
        name = f"{many}, ours among {small.count:,}"
        found.append(compare(name, ours(full), ours(small), 1.2, times=200))
    return found


def day(full: Stores) -> Verdict:
    """The 1,440 readings of a day of one series; another day and series for every sample."""
    raw = sqlite3.connect(full.path)
    ids = {s.key: s.series_id for s in full.telemetry.series()}
    chance = random.Random(1)
    chosen = [(chance.randrange(SERIES), chance.randrange(full.days)) for _ in range(50)]
    spans = [(key(n), START_MS + d * DAY_MS) for n, d in chosen]

    def ours() -> list[History]:
        return [
            full.telemetry.history(
                [name], Period.of_ms(at, at + DAY_MS), level="raw", max_points=2000
            )[0]
            for name, at in spans
        ]

    def reference() -> list[list[tuple[int, float]]]:
        sql = "SELECT ts_ms, value FROM reading WHERE series_id = ? AND ts_ms >= ? AND ts_ms < ?"
        return [raw.execute(sql, (ids[name], at, at + DAY_MS)).fetchall() for name, at in spans]

    for drawn, rows in zip(ours(), reference(), strict=True):
        assert list(zip(drawn.ts_ms, drawn.mean, strict=True)) == rows
    return compare(f"{len(spans)} × a day of one series, sqlite3 raw", ours, reference, 2.5)


def year(full: Stores) -> Verdict:
    """Mean, lowest and highest of everything one series ever sent, in at most 1,000 points."""
    name = key(42)
    (drawn,) = full.telemetry.history([name], full.period, max_points=POINTS)
    width_ms = round(drawn.bucket_s * 1000)
    sql = (
        f"SELECT (ts - {START_MS}) // {width_ms} AS place, avg(value), min(value), max(value) "
        "FROM reading WHERE series = 42 GROUP BY place ORDER BY place"
    )
    rows = full.duck.execute(sql).fetchall()
    assert len(drawn.ts_ms) == len(rows) <= POINTS
    ours_columns = np.array([drawn.mean, drawn.low, drawn.high], np.float64).T
    np.testing.assert_allclose(ours_columns, [row[1:] for row in rows], rtol=1e-9)
    return compare(
        f"{full.days} days of one series in {len(rows)} points, DuckDB raw",
        lambda: full.telemetry.history([name], full.period, max_points=POINTS),
        lambda: full.duck.execute(sql).fetchall(),
        1.0,
    )


def energy(full: Stores) -> Verdict:
    """Energy per room and local day; equal to the raw sum to 1e-9."""
    days = day_starts_ms(full.period, ZONE)
    place = {start: number for number, start in enumerate(days)}
    span = Period.of_ms(days[0], full.period.end_ms)
    rooms = SERIES // SERIES_IN_A_ROOM

    def ours() -> np.ndarray[Any, np.dtype[np.float64]]:
        found = full.telemetry.energy_buckets(full.keys, span, "1d")
        total = np.zeros((rooms, len(days)))
        for number, name in enumerate(full.keys):
            buckets = found[name]
            at = [place[start] for start, _, _ in buckets]
            total[number // SERIES_IN_A_ROOM, at] += [kwh or 0.0 for _, kwh, _ in buckets]
        return total

    sql = (
        f"SELECT series // {SERIES_IN_A_ROOM} AS room, (ts + {_offset('ts')}) // {DAY_MS} AS day, "
        f"sum(value) / 60 FROM reading WHERE ts >= {days[0]} AND ts < {full.period.end_ms} "
        "GROUP BY room, day ORDER BY room, day"
    )
    raw = np.array([kwh for _, _, kwh in full.duck.execute(sql).fetchall()]).reshape(rooms, -1)
    np.testing.assert_allclose(ours(), raw, rtol=1e-9)
    name = f"energy of {rooms} rooms in {len(days)} days, DuckDB raw"
    return compare(name, ours, lambda: full.duck.execute(sql).fetchall(), 0.1)


def export(full: Stores, folder: Path) -> Verdict:
    """A file of a million readings with all columns of API.md."""
    series = 20 if full.days == FULL_DAYS else SERIES
    minutes = CSV_ROWS // series
    span = Period.of_ms(START_MS, START_MS + minutes * MINUTE_MS)
    labelled = [Labelled(key(number), f"Room {number // 5}") for number in range(series)]
    ours_path, duck_path = folder / "ours.csv", folder / "duck.csv"

    def ours() -> None:
        with ours_path.open("wb") as file:
            file.writelines(full.telemetry.csv(labelled, span, level="raw"))

    utc, local = "make_timestamp(ts * 1000)", f"make_timestamp((ts + {_offset('ts')}) * 1000)"
    sql = (
        f"COPY (SELECT strftime({utc}, '%Y-%m-%dT%H:%M:%SZ') AS timestamp_utc, "
        f"strftime({local}, '%Y-%m-%dT%H:%M:%S') || CASE WHEN {_offset('ts')} = 0 "
        "THEN '+00:00' ELSE '+01:00' END AS timestamp_local, "
        "format('Room {}', series // 5) AS room, format('METER_{:03d}', series) AS sensor_id, "
        "'power' AS metric, value, 'kW' AS unit, NULL AS min, NULL AS max, 'ok' AS quality "
        f"FROM reading WHERE series < {series} AND ts < {span.end_ms}) TO '{duck_path}' (HEADER)"
    )

    def reference() -> None:
        full.duck.execute(sql)

    ours()
    reference()
    ours_text, duck_text = ours_path.read_text(), duck_path.read_text()
    assert list(csv.reader(io.StringIO(ours_text))) == list(csv.reader(io.StringIO(duck_text)))
    return compare(f"CSV of {series * minutes:,} readings, DuckDB COPY", ours, reference, 5.0)


def memory(full: Stores) -> Verdict:
    """How much a process grows while it streams a long file; in a process of its own."""
    command = [sys.executable, "-m", "bench.query", "--stream", str(full.path)]
    run = subprocess.run(
        [*command, "--days", str(full.days)], check=True, capture_output=True, text=True
    )
    rows, grown_mb = run.stdout.split()
    print(f"\nCSV of {int(rows):,} readings: the process grew by {grown_mb} MB")
    name = f"memory for a CSV of {int(rows):,} readings"
    return Verdict(name, float(grown_mb), MEMORY_LIMIT_MB, "MB")


def stream(path: Path, days: int) -> None:
    """Print how many rows were streamed and by how much the process grew at its peak [MB]."""
    telemetry = open_ours(path, days)
    series = 20 if days == FULL_DAYS else SERIES

    def lines(rows: int) -> int:
        span = Period.of_ms(START_MS, START_MS + min(rows // series, days * 1440) * MINUTE_MS)
        labelled = [Labelled(key(number), "Room") for number in range(series)]
        return sum(piece.count(b"\n") for piece in telemetry.csv(labelled, span, level="raw"))

    lines(WARM_ROWS)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before_kb = _status_kb("VmRSS")
    rows = lines(MEMORY_ROWS) - 1
    print(rows, round((_status_kb("VmHWM") - before_kb) / 1024, 1))


def _status_kb(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _offset(column: str) -> str:
    """The zone's distance from UTC as SQL [ms]; hours are found once, in Python."""
    hours = range(START_MS, START_MS + 366 * DAY_MS, 3_600_000)
    offsets = [(at, _utc_offset_ms(at)) for at in hours]
    changes = [
        (later[0], earlier[1]) for earlier, later in pairwise(offsets) if earlier[1] != later[1]
    ]
    cases = " ".join(f"WHEN {column} < {at} THEN {before}" for at, before in changes)
    return f"(CASE {cases} ELSE {offsets[-1][1]} END)"


def _utc_offset_ms(ts_ms: int) -> int:
    offset = datetime.fromtimestamp(ts_ms / 1000, ZONE).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0


def main() -> int:
    """Run every job; 1 when one is below its target."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cache", type=Path, default=Path("data/bench"))
    options.add_argument(
        "--small", action="store_true", help="a million readings, times not judged"
    )
    options.add_argument("--stream", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--days", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.stream:
        stream(chosen.stream, chosen.days)
        return 0
    small = stores(chosen.cache, SMALL_DAYS)
    full = small if chosen.small else stores(chosen.cache, FULL_DAYS)
    verdicts = [
        *latest(full, small),
        day(full),
        year(full),
        energy(full),
        export(full, chosen.cache),
        memory(full),
    ]
    print()
    for verdict in verdicts:
        print(verdict.line())
    return 0 if chosen.small or all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
