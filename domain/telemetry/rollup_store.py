"""Statements on rollups and on the spans that wait for them."""

# ruff: noqa: S608 - only names and placeholders of ours are put into statements

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sqlalchemy.engine import Connection

from domain.telemetry.model import Series
from domain.telemetry.reading_store import Span
from domain.telemetry.rollup import Buckets, Ints, empty_buckets
from domain.telemetry.store import ROLLUPS, fetch, is_sqlite, marks, run, run_arrays, run_many

SETTLE_LOCK = 7_215_002
_COLUMNS = "bucket_ms, n, total, low, high, first, last, energy, covered_ms"
_POSTGRESQL_TYPES = (
    "int",
    "bigint",
    "int",
    "float8",
    "float8",
    "float8",
    "float8",
    "float8",
    "float8",
    "bigint",
)
_CHUNK = 400
_IN_ORDER = " ORDER BY series_id, bucket_ms"

_COVERED = "CAST(SUM(covered_ms) AS BIGINT)"
_READ = "SUM(total), SUM(n)"
_MEANS = {
    "power": f"SUM(energy) * 3600000.0, {_COVERED}",
    "gauge": _READ,
    "state": _READ,
    "counter": _READ,
}
"""What a mean is made of: an amount and what to divide it by."""
_ENERGY = {
    "power": f"SUM(energy), {_COVERED}",
    "counter": f"SUM(energy), {_COVERED}",
    "gauge": "NULL, NULL",
    "state": "NULL, NULL",
}

GroupedRow: TypeAlias = tuple[
    int,
    float | None,
    float | None,
    float | None,
    int | None,
    float | None,
    int | None,
    int | None,
]
"""Place on the grid, low, high, amount and divisor of the mean, energy, covered_ms, first bucket.

The first bucket is named for days only, which have no even grid.
"""


class Marked(NamedTuple):
    """A span to settle; ``version`` rises by one each time it is marked again."""

    bucket_ms: int
    from_ms: int
    to_ms: int
    version: int


def lock_settling(connection: Connection) -> None:
    """One settling at a time; SQLite's write lock sees to that by itself."""
    if not is_sqlite(connection):
        run(connection, "SELECT pg_advisory_xact_lock(?)", (SETTLE_LOCK,))


def dirty_series(connection: Connection, limit: int) -> list[int]:
    """Series that have spans to settle; virtual ones come last, after their parts."""
    sql = (
        "SELECT s.series_id FROM series AS s WHERE EXISTS "
        "(SELECT 1 FROM dirty AS d WHERE d.series_id = s.series_id) "
        "ORDER BY s.virtual, s.series_id LIMIT ?"
    )
    return [series_id for (series_id,) in fetch(connection, sql, (limit,))]


def dirty_spans(connection: Connection, series_id: int) -> list[Marked]:
    """The marked spans of one series, in time order."""
    sql = "SELECT bucket_ms, from_ms, to_ms, version FROM dirty WHERE series_id = ? "
    return [Marked(*row) for row in fetch(connection, f"{sql} ORDER BY bucket_ms", (series_id,))]


def dirty_versions(connection: Connection, series_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Version of each mark of these series, by series_id and bucket."""
    sql = "SELECT series_id, bucket_ms, version FROM dirty WHERE series_id IN "
    rows = fetch(connection, f"{sql} ({marks(len(series_ids))})", series_ids)
    return {(series_id, bucket_ms): version for series_id, bucket_ms, version in rows}


def clear_dirty(connection: Connection, settled: Mapping[int, Sequence[Marked]]) -> None:
    """Forget settled spans, except those marked again while they were being settled."""
    run_many(
        connection,
        "DELETE FROM dirty WHERE series_id = ? AND bucket_ms = ? AND version = ?",
        [
            (series_id, marked.bucket_ms, marked.version)
            for series_id, spans in settled.items()
            for marked in spans
        ],
    )


def is_dirty_before(connection: Connection, series_id: int, before_ms: int) -> bool:
    """Whether something older still waits to be settled."""
    sql = "SELECT 1 FROM dirty WHERE series_id = ? AND bucket_ms < ? LIMIT 1"
    return bool(fetch(connection, sql, (series_id, before_ms)))


def dirty_times(connection: Connection) -> list[tuple[int, int]]:
    """The marked spans of all series [from, to), those that begin in one quarter hour as one."""
    sql = "SELECT MIN(from_ms), MAX(to_ms) FROM dirty GROUP BY bucket_ms ORDER BY bucket_ms"
    return fetch(connection, sql)


def first_bucket(connection: Connection, level: str, series_ids: Sequence[int]) -> int | None:
    """Start of the first bucket of several series."""
    sql = f"SELECT MIN(bucket_ms) FROM {ROLLUPS[level]} WHERE series_id = ?"
    found = [fetch(connection, sql, (series_id,))[0][0] for series_id in series_ids]
    return min((bucket_ms for bucket_ms in found if bucket_ms is not None), default=None)


def read_buckets(
    connection: Connection, level: str, series_id: int, from_ms: int, to_ms: int
) -> Buckets:
    """Rollup rows of one series that begin in [from, to)."""
    return read_many(connection, level, [series_id], from_ms, to_ms)[1]


def read_many(
    connection: Connection, level: str, series_ids: Sequence[int], from_ms: int, to_ms: int
) -> tuple[Ints, Buckets]:
    """Rollup rows of several series that begin in [from, to), and the series of each row."""
    rows = _of_many(connection, _COLUMNS, level, series_ids, (from_ms, to_ms), _IN_ORDER)
    if not rows:
        return np.empty(0, np.int64), empty_buckets()
    ids, bucket_ms, n, total, low, high, first, last, energy, covered = zip(*rows, strict=True)
    return np.array(ids, np.int64), Buckets(
        np.array(bucket_ms, np.int64),
        np.array(n, np.int64),
        np.array(total, np.float64),
        np.array(low, np.float64),
        np.array(high, np.float64),
        np.array(first, np.float64),
        np.array(last, np.float64),
        np.array(energy, np.float64),
        np.array(covered, np.int64),
    )


def count_buckets(
    connection: Connection, level: str, series_ids: Sequence[int], from_ms: int, to_ms: int
) -> tuple[int, int]:
    """How many rollup rows begin in [from, to), and how many readings they hold."""
    buckets = readings = 0
    for at in range(0, len(series_ids), _CHUNK):
        chunk = series_ids[at : at + _CHUNK]
        sql = f"SELECT COUNT(*), SUM(n) FROM {ROLLUPS[level]} WHERE series_id "
        within = f"IN ({marks(len(chunk))}) AND bucket_ms >= ? AND bucket_ms < ?"
        counted, held = fetch(connection, sql + within, (*chunk, from_ms, to_ms))[0]
        buckets, readings = buckets + counted, readings + int(held or 0)
    return buckets, readings


def replace_buckets(
    connection: Connection, level: str, spans: Sequence[Span], series_ids: Ints, buckets: Buckets
) -> None:
    """Put buckets (of the series beside them) where the spans are; whatever stood there goes."""
    table = ROLLUPS[level]
    run_many(
        connection,
        f"DELETE FROM {table} WHERE series_id = ? AND bucket_ms >= ? AND bucket_ms < ?",
        spans,
    )
    rows = list(zip(*(column.tolist() for column in (series_ids, *buckets.columns())), strict=True))
    if is_sqlite(connection):
        # SQLite stores NaN as NULL by itself.
        run_many(connection, f"INSERT INTO {table} VALUES ({marks(10)})", rows)
    elif rows:
        run_arrays(connection, _insert_postgresql(table), rows)


def _insert_postgresql(table: str) -> str:
    arrays = ", ".join(f"%b::{kind}[]" for kind in _POSTGRESQL_TYPES)
    names = "abcdefghij"
    values = ", ".join(
        f"NULLIF({name}, 'NaN')" if kind == "float8" else name
        for name, kind in zip(names, _POSTGRESQL_TYPES, strict=True)
    )
    given = ", ".join(names)
    return f"INSERT INTO {table} SELECT {values} FROM unnest({arrays}) AS new ({given})"


def grouped(
    connection: Connection,
    level: str,
    series: Series,
    window: tuple[int, int],
    grid: tuple[int, int],
) -> list[GroupedRow]:
    """Rollup rows of a window gathered into wider buckets by the database.

    ``grid`` is (origin, width) [ms], the window begins at its origin or later.
    """
    (from_ms, end_ms), (origin_ms, width_ms) = window, grid
    first_ms = "MIN(bucket_ms)" if level == "1d" else "NULL"
    columns = f"MIN(low), MAX(high), {_MEANS[series.kind]}, {_ENERGY[series.kind]}, {first_ms}"
    if not is_sqlite(connection):
        return fetch(
            connection,
            f"SELECT (bucket_ms - {origin_ms}) / {width_ms} AS place, {columns} "
            f"FROM {ROLLUPS[level]} WHERE series_id = ? AND bucket_ms >= ? AND bucket_ms < ? "
            "GROUP BY place ORDER BY place",
            (series.series_id, from_ms, end_ms),
        )
    places = -(-(end_ms - origin_ms) // width_ms)
    _have_places(connection, places)
    # Places come in order, so SQLite groups without sorting: a third less time for a year.
    return fetch(
        connection,
        f"SELECT k, {columns} FROM temp.place CROSS JOIN {ROLLUPS[level]} ON series_id = ? "
        f"AND bucket_ms >= {origin_ms} + k * {width_ms} AND bucket_ms < MIN(?, "
        f"{origin_ms + width_ms} + k * {width_ms}) WHERE k < ? GROUP BY k",
        (series.series_id, end_ms, places),
    )


def ungrouped(
    connection: Connection,
    level: str,
    kind: str,
    series_ids: Sequence[int],
    window: tuple[int, int],
    grid: tuple[int, int],
) -> list[tuple[Any, ...]]:
    """The rows that `grouped` gives where a point is one bucket, of several series of a kind.

    The series stands before each row; those of one series follow one another.
    """
    (origin_ms, width_ms), energy = grid, "NULL, NULL"
    mean = "total, n"
    if kind in ("power", "counter"):
        energy = "energy, covered_ms"
    if kind == "power":
        mean = "energy * 3600000.0, covered_ms"
    columns = f"(bucket_ms - {origin_ms}) / {width_ms}, low, high, {mean}, {energy}, NULL"
    return _of_many(connection, columns, level, series_ids, window, _IN_ORDER)


def _have_places(connection: Connection, count: int) -> None:
    """Numbers from 0 on to join with, in memory, once for every connection to SQLite."""
    run(connection, "CREATE TEMP TABLE IF NOT EXISTS place (k INTEGER PRIMARY KEY)")
    known = fetch(connection, "SELECT COALESCE(MAX(k) + 1, 0) FROM temp.place")[0][0]
    if known < count:
        more = [(k,) for k in range(known, count)]
        run_many(connection, "INSERT OR IGNORE INTO temp.place VALUES (?)", more)


def energy_sums(
    connection: Connection, level: str, series_ids: Sequence[int], from_ms: int, to_ms: int
) -> list[tuple[int, float | None, int]]:
    """series_id, energy and covered time of the buckets that begin in [from, to)."""
    sums = "SUM(energy), CAST(SUM(covered_ms) AS BIGINT)"
    grouped_by = " GROUP BY series_id"
    return _of_many(connection, sums, level, series_ids, (from_ms, to_ms), grouped_by)


def energy_rows(
    connection: Connection, level: str, series_ids: Sequence[int], from_ms: int, to_ms: int
) -> list[tuple[int, int, float | None, int]]:
    """Series, bucket start, energy and covered time [ms], each series in time order."""
    columns = "bucket_ms, energy, covered_ms"
    return _of_many(connection, columns, level, series_ids, (from_ms, to_ms), _IN_ORDER)


def bucket_rows(
    connection: Connection, level: str, series_ids: Sequence[int], from_ms: int, to_ms: int
) -> list[tuple[int, int, int, float | None, float | None, int]]:
    """series_id, bucket start, n, total, energy and covered time of several series at once."""
    columns = "bucket_ms, n, total, energy, covered_ms"
    return _of_many(connection, columns, level, series_ids, (from_ms, to_ms))


def _of_many(
    connection: Connection,
    columns: str,
    level: str,
    series_ids: Sequence[int],
    window: tuple[int, int],
    end: str = "",
) -> list[tuple[Any, ...]]:
    """The series and these columns of the buckets of many series that begin in the window."""
    found: list[tuple[Any, ...]] = []
    for at in range(0, len(series_ids) if window[0] < window[1] else 0, _CHUNK):
        chunk = series_ids[at : at + _CHUNK]
        found += fetch(
            connection,
            f"SELECT series_id, {columns} FROM {ROLLUPS[level]} WHERE series_id "
            f"IN ({marks(len(chunk))}) AND bucket_ms >= ? AND bucket_ms < ?{end}",
            (*chunk, *window),
        )
    return found


def highest_sum(
    connection: Connection,
    level: str,
    factors: Sequence[tuple[int, float]],
    window: tuple[int, int],
) -> tuple[int, float] | None:
    """Bucket start and mean [kW] where the signed sum of powers is highest.

    Only buckets count in which every part was measured.
    """
    cases = " ".join("WHEN ? THEN ?" for _ in factors)
    typed = cases if is_sqlite(connection) else cases.replace("THEN ?", "THEN ?::float8")
    ids = [series_id for series_id, _ in factors]
    rows = fetch(
        connection,
        f"SELECT bucket_ms, SUM((CASE series_id {typed} END) * energy * 3600000.0 / covered_ms) "
        f"AS kw FROM {ROLLUPS[level]} WHERE series_id IN ({marks(len(ids))}) AND bucket_ms >= ? "
        "AND bucket_ms < ? AND energy IS NOT NULL AND covered_ms > 0 GROUP BY bucket_ms "
        "HAVING COUNT(*) = ? ORDER BY kw DESC, bucket_ms LIMIT 1",
        (*(x for pair in factors for x in pair), *ids, *window, len(ids)),
    )
    return rows[0] if rows else None


def bucket_range(connection: Connection, level: str, series_id: int) -> tuple[int, int] | None:
    """First and last bucket start of a series."""
    sql = f"SELECT MIN(bucket_ms), MAX(bucket_ms) FROM {ROLLUPS[level]} WHERE series_id = ?"
    first, last = fetch(connection, sql, (series_id,))[0]
    return None if first is None else (first, last)


def delete_quarters_before(
    connection: Connection, series_id: int, before_ms: int, limit: int
) -> int:
    """Drop up to ``limit`` of the oldest quarter hours."""
    sql = (
        "SELECT bucket_ms FROM rollup_15min WHERE series_id = ? AND bucket_ms < ? "
        "ORDER BY bucket_ms LIMIT ?"
    )
    rows = fetch(connection, sql, (series_id, before_ms, limit))
    if not rows:
        return 0
    sql = "DELETE FROM rollup_15min WHERE series_id = ? AND bucket_ms <= ?"
    return run(connection, sql, (series_id, rows[-1][0]))


def raise_floor(connection: Connection, column: str, series_id: int, floor_ms: int) -> None:
    """Remember from when on a level is kept; below it nothing is ever recomputed."""
    run(
        connection,
        f"UPDATE series SET {column}_from_ms = ? WHERE series_id = ?",
        (floor_ms, series_id),
    )
