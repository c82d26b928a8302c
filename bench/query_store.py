"""The store that `bench.query` asks: 100 meters, a reading a minute, written once and kept.

The same numbers go into our own tables (rollups by our own settling) and into DuckDB, sorted.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from domain.telemetry import reading_store, series_store
from domain.telemetry.model import Key
from domain.telemetry.service import Telemetry
from domain.telemetry.store import run_many

SERIES = 100
SERIES_IN_A_ROOM = 5
MINUTE_MS = 60_000
DAY_MS = 86_400_000
ZONE = ZoneInfo("Europe/Lisbon")
START_MS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1000


@dataclass(frozen=True)
class Stores:
    """Both databases over the same readings; the clock stands at their end."""

    path: Path
    days: int
    telemetry: Telemetry
    duck: duckdb.DuckDBPyConnection

    @property
    def keys(self) -> list[Key]:
        """All series, in the order of their numbers."""
        return [key(number) for number in range(SERIES)]

    @property
    def period(self) -> Period:
        """Everything that is stored."""
        return Period.of_ms(START_MS, START_MS + self.days * DAY_MS)

    @property
    def count(self) -> int:
        """How many readings there are."""
        return SERIES * self.days * 1440


def key(number: int) -> Key:
    """The series of one meter."""
    return f"METER_{number:03}", "power"


def open_ours(path: Path, days: int) -> Telemetry:
    """Telemetry over a store that was built; its clock stands at the end of the readings."""
    clock = FixedClock(from_ms(START_MS + days * DAY_MS))
    return Telemetry(Database(f"sqlite:///{path}"), clock, Bus(), ZONE)


def stores(cache: Path, days: int) -> Stores:
    """Open both stores, building what is not there yet."""
    cache.mkdir(parents=True, exist_ok=True)
    path, duck_path = cache / f"readings-{days}d.db", cache / f"readings-{days}d.duckdb"
    if not path.with_suffix(".done").exists():
        for stale in cache.glob(f"readings-{days}d.*"):
            stale.unlink()
        _build_ours(path, days)
        _build_duck(duck_path, days)
        path.with_suffix(".done").touch()
    duck = duckdb.connect(str(duck_path), read_only=True)
    duck.execute("SET threads = 2")
    return Stores(path, days, open_ours(path, days), duck)


def _readings(number: int, days: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """A meter's year: a daily wave, a weekly one and noise [kW]."""
    minutes = np.arange(days * 1440)
    noise = np.random.default_rng(number).normal(0, 0.3, len(minutes))
    day, week = np.sin(minutes / 1440 * 2 * np.pi), np.sin(minutes / 10080 * 2 * np.pi)
    values = np.round(5 + number / 20 + 2 * day + week + noise, 3)
    return START_MS + minutes * MINUTE_MS, values


def _build_ours(path: Path, days: int) -> None:
    database = Database(f"sqlite:///{path}")
    migrate(database)
    telemetry = open_ours(path, days)
    keys = [key(number) for number in range(SERIES)]
    for sensor_id, _ in keys:
        telemetry.set_interval(sensor_id, 60.0)
    with database.write() as connection:
        series_store.create_series(connection, keys)
        ids = {found.key: found.series_id for found in series_store.series_of(connection, keys)}
    began = time.perf_counter()
    for number in range(SERIES):
        ts_ms, values = _readings(number, days)
        series_id = ids[key(number)]
        with database.write() as connection:
            run_many(
                connection,
                "INSERT INTO reading VALUES (?, ?, ?, NULL, 0)",
                _rows(series_id, ts_ms, values),
            )
            newest = [(series_id, int(ts_ms[-1]), float(values[-1]), 0)]
            reading_store.put_latest_if_newer(connection, newest)
            reading_store.mark_dirty(connection, [(series_id, int(ts_ms[0]), int(ts_ms[-1]) + 1)])
    stored = time.perf_counter()
    print(f"{SERIES * days * 1440:,} readings stored in {stored - began:.0f} s", flush=True)
    buckets = telemetry.settle(10**12)
    print(f"{buckets:,} quarter hours settled in {time.perf_counter() - stored:.0f} s", flush=True)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _rows(
    series_id: int, ts_ms: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> list[tuple[int, int, float]]:
    return list(zip([series_id] * len(ts_ms), ts_ms.tolist(), values.tolist(), strict=True))


def _build_duck(path: Path, days: int) -> None:
    with duckdb.connect(str(path)) as duck:
        duck.execute("CREATE TABLE reading (series INTEGER, ts BIGINT, value DOUBLE)")
        for parquet in _parquets(path, days):
            duck.execute("INSERT INTO reading SELECT * FROM read_parquet(?)", [str(parquet)])


def _parquets(path: Path, days: int) -> Iterator[Path]:
    parquet = path.with_suffix(".parquet")
    for number in range(SERIES):
        ts_ms, values = _readings(number, days)
        series = np.full(len(ts_ms), number, np.int32)
        pl.DataFrame({"series": series, "ts": ts_ms, "value": values}).write_parquet(parquet)
        yield parquet
    parquet.unlink()
