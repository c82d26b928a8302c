"""Statements on readings: the one transaction of a batch, and the rows that rollups are made of."""

# ruff: noqa: S608 - only names and placeholders of ours are put into statements

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
from sqlalchemy.engine import Connection

from domain.foundation.clock import real_now_ms
from domain.telemetry.model import CORRECTED, OUT_OF_RANGE, Row
from domain.telemetry.rollup import QUARTER_MS, Ints, Rows
from domain.telemetry.store import fetch, is_sqlite, run, run_arrays, run_many

MARKS_AT_MOST = 1_000_000
"""Times a span may be marked before it is settled."""


Span: TypeAlias = tuple[int, int, int]
"""series_id, from_ms, to_ms: what changed, to the millisecond."""

_INSERT_SQLITE = "INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?)"
_UNNESTED = (
    "unnest(%b::int[], %b::bigint[], %b::float8[], %b::bigint[], %b::smallint[]) "
    "AS new (series_id, ts_ms, value, interval_ms, flags)"
)
_INSERT_POSTGRESQL = f"INSERT INTO reading SELECT * FROM {_UNNESTED} ON CONFLICT DO NOTHING"
_EXISTING_SQLITE = (
    "SELECT r.series_id, r.ts_ms, r.value, r.interval_ms FROM json_each(?) AS k "
    "CROSS JOIN reading AS r ON r.series_id = json_extract(k.value, '$[0]') "
    "AND r.ts_ms = json_extract(k.value, '$[1]')"
)
_EXISTING_POSTGRESQL = (
    "SELECT r.series_id, r.ts_ms, r.value, r.interval_ms FROM "
    "unnest(?::int[], ?::bigint[]) AS k (series_id, ts_ms) JOIN reading AS r "
    "ON r.series_id = k.series_id AND r.ts_ms = k.ts_ms"
)
_LATEST = (
    "INSERT INTO latest VALUES (?, ?, ?, ?) ON CONFLICT (series_id) DO UPDATE SET "
    "ts_ms = excluded.ts_ms, value = excluded.value, flags = excluded.flags "
    "WHERE excluded.ts_ms >= latest.ts_ms"
)
_DIRTY = (
    "INSERT INTO dirty VALUES (?, ?, ?, ?, ?) ON CONFLICT (series_id, bucket_ms) DO UPDATE SET "
    "from_ms = CASE WHEN excluded.from_ms < dirty.from_ms THEN excluded.from_ms "
    "ELSE dirty.from_ms END, "
    "to_ms = CASE WHEN excluded.to_ms > dirty.to_ms THEN excluded.to_ms ELSE dirty.to_ms END, "
    "version = dirty.version + 1"
)
_MANY = "INSERT INTO {table} SELECT * FROM unnest({types}) AS new {conflict}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch changed: positions of new and of corrected rows, and how far old rows held."""

    new: Sequence[int]
    corrected: Sequence[int]
    old_reach: Sequence[Span]


def write_readings(connection: Connection, rows: Sequence[Row]) -> Written:
    """Store a batch; rows that exist already are told apart only when there are some.

    Nearly every batch is all new, which one statement proves by its row count. Otherwise the
    statement is undone and the batch compared with what is stored, row by row, the later winning.
    """
    if not rows:
        return Written([], [], [])
    savepoint = connection.begin_nested()
    if _insert(connection, rows) == len(rows):
        savepoint.commit()
        return Written(range(len(rows)), [], [])
    savepoint.rollback()
    return _write_compared(connection, rows)


def put_latest_if_newer(
    connection: Connection, rows: Sequence[tuple[int, int, float, int]]
) -> None:
    """Advance the newest reading of each series; an older one changes nothing."""
    if is_sqlite(connection):
        run_many(connection, _LATEST, rows)
    else:
        conflict = _LATEST[_LATEST.index("ON CONFLICT") :]
        _unnest(connection, "latest", "int bigint float8 smallint", conflict, rows)


def mark_dirty(connection: Connection, spans: Iterable[Span]) -> None:
    """Note that the rollups that depend on these spans no longer agree with the readings.

    One row a quarter hour in which spans begin, however often it is marked. Its version begins
    with the time, so that a mark made after an earlier one was settled is told from that one.
    """
    version = real_now_ms() * MARKS_AT_MOST
    widest: dict[tuple[int, int], tuple[int, int]] = {}
    for series_id, from_ms, to_ms in spans:
        key = (series_id, from_ms // QUARTER_MS * QUARTER_MS)
        known = widest.get(key, (from_ms, to_ms))
        widest[key] = (min(known[0], from_ms), max(known[1], to_ms))
    rows = [(*key, *span, version) for key, span in sorted(widest.items())]
    if is_sqlite(connection):
        run_many(connection, _DIRTY, rows)
    else:
        conflict = _DIRTY[_DIRTY.index("ON CONFLICT") :]
        _unnest(connection, "dirty", "int bigint bigint bigint bigint", conflict, rows)


def valid_rows(connection: Connection, series_id: int, from_ms: int, to_ms: int) -> Rows:
    """Readings in [from, to) that are within range, as arrays."""
    return as_rows(
        fetch(
            connection,
            "SELECT ts_ms, value, COALESCE(interval_ms, 0) FROM reading WHERE series_id = ? "
            f"AND ts_ms >= ? AND ts_ms < ? AND flags & {OUT_OF_RANGE} = 0 ORDER BY ts_ms",
            (series_id, from_ms, to_ms),
        )
    )


def valid_neighbour(
    connection: Connection, series_id: int, at_ms: int, *, after: bool
) -> tuple[int, float, int] | None:
    """The last valid reading before ``at_ms``, or the first at or after it."""
    side, order = (">=", "ASC") if after else ("<", "DESC")
    rows = fetch(
        connection,
        "SELECT ts_ms, value, COALESCE(interval_ms, 0) FROM reading WHERE series_id = ? "
        f"AND ts_ms {side} ? AND flags & {OUT_OF_RANGE} = 0 ORDER BY ts_ms {order} LIMIT 1",
        (series_id, at_ms),
    )
    return rows[0] if rows else None


def raw_page(
    connection: Connection, series_id: int, from_ms: int, to_ms: int, limit: int
) -> list[tuple[int, float, int | None, int]]:
    """Stored readings in [from, to) in time order: ts_ms, value, interval_ms, flags."""
    return fetch(
        connection,
        "SELECT ts_ms, value, interval_ms, flags FROM reading WHERE series_id = ? "
        "AND ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms LIMIT ?",
        (series_id, from_ms, to_ms, limit),
    )


def valid_page(
    connection: Connection, series_id: int, from_ms: int, to_ms: int, limit: int
) -> list[tuple[int, float]]:
    """ts_ms and value of the readings in [from, to) that are within range, in time order."""
    return fetch(
        connection,
        "SELECT ts_ms, value FROM reading WHERE series_id = ? AND ts_ms >= ? AND ts_ms < ? "
        f"AND flags & {OUT_OF_RANGE} = 0 ORDER BY ts_ms LIMIT ?",
        (series_id, from_ms, to_ms, limit),
    )


def stated(connection: Connection, series_id: int, from_ms: int, to_ms: int) -> dict[int, int]:
    """The intervals that readings in [from, to) state, by their time [ms]."""
    sql = (
        "SELECT ts_ms, interval_ms FROM reading WHERE series_id = ? AND ts_ms >= ? AND ts_ms < ? "
        "AND interval_ms IS NOT NULL"
    )
    return dict(fetch(connection, sql, (series_id, from_ms, to_ms)))


def export_page(
    connection: Connection, series_id: int, from_ms: int, to_ms: int, limit: int
) -> list[tuple[int, float, int]]:
    """Stored readings in [from, to) in time order: ts_ms, value, flags."""
    return fetch(
        connection,
        "SELECT ts_ms, value, flags FROM reading WHERE series_id = ? "
        "AND ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms LIMIT ?",
        (series_id, from_ms, to_ms, limit),
    )


def nth_time(connection: Connection, series_id: int, from_ms: int, count: int) -> int | None:
    """Time of the reading ``count`` places after the first at or after ``from_ms``."""
    sql = "SELECT ts_ms FROM reading WHERE series_id = ? AND ts_ms >= ? ORDER BY ts_ms "
    rows = fetch(connection, f"{sql}LIMIT 1 OFFSET ?", (series_id, from_ms, count))
    return rows[0][0] if rows else None


def reach_ms(connection: Connection, series_id: int, from_ms: int, to_ms: int) -> int:
    """Until when the readings of [from, to) and the one before may hold by their own statement."""
    before = valid_neighbour(connection, series_id, from_ms, after=False)
    sql = (
        "SELECT MAX(ts_ms + interval_ms) FROM reading WHERE series_id = ? "
        "AND ts_ms >= ? AND ts_ms < ? AND interval_ms IS NOT NULL"
    )
    found = fetch(connection, sql, (series_id, from_ms, to_ms))[0][0]
    return max(to_ms, found or 0, before[0] + before[2] if before else 0)


def newest_times(connection: Connection, series_id: int, count: int) -> Ints:
    """Times of the last ``count`` readings, ascending."""
    sql = "SELECT ts_ms FROM reading WHERE series_id = ? ORDER BY ts_ms DESC LIMIT ?"
    rows = fetch(connection, sql, (series_id, count))
    return np.array([ts_ms for (ts_ms,) in reversed(rows)], np.int64)


def first_time(connection: Connection, series_id: int) -> int | None:
    """Time of the oldest reading that is kept."""
    sql = "SELECT MIN(ts_ms) FROM reading WHERE series_id = ?"
    found: int | None = fetch(connection, sql, (series_id,))[0][0]
    return found


def newest_reading(connection: Connection, series_id: int) -> tuple[int, float, int] | None:
    """ts_ms, value and flags of the last reading."""
    sql = "SELECT ts_ms, value, flags FROM reading WHERE series_id = ? ORDER BY ts_ms DESC LIMIT 1"
    rows = fetch(connection, sql, (series_id,))
    return rows[0] if rows else None


def unstated_span(connection: Connection, series_id: int) -> tuple[int, int] | None:
    """First and last time of the readings whose hold follows from the series' interval."""
    sql = "SELECT MIN(ts_ms), MAX(ts_ms) FROM reading WHERE series_id = ? AND interval_ms IS NULL"
    first, last = fetch(connection, sql, (series_id,))[0]
    return None if first is None else (first, last)


def has_reading(connection: Connection, series_id: int, ts_ms: int) -> bool:
    """Whether a reading of exactly this time is stored."""
    sql = "SELECT 1 FROM reading WHERE series_id = ? AND ts_ms = ?"
    return bool(fetch(connection, sql, (series_id, ts_ms)))


def delete_reading(connection: Connection, series_id: int, ts_ms: int) -> None:
    """Take back a manual reading; what was entered stays in its correction."""
    run(connection, "DELETE FROM reading WHERE series_id = ? AND ts_ms = ?", (series_id, ts_ms))


def set_flags(connection: Connection, series_id: int, low: float, high: float) -> None:
    """Judge every stored reading of a series by new limits."""
    run(
        connection,
        f"UPDATE reading SET flags = (flags & ~{OUT_OF_RANGE}) | CASE WHEN value < ? OR value > ? "
        f"THEN {OUT_OF_RANGE} ELSE 0 END WHERE series_id = ?",
        (low, high, series_id),
    )


def delete_before(connection: Connection, series_id: int, before_ms: int, limit: int) -> int:
    """Drop up to ``limit`` of the oldest readings, but never the one in force at ``before_ms``."""
    sql = "SELECT ts_ms FROM reading WHERE series_id = ? AND ts_ms < ? ORDER BY ts_ms LIMIT ?"
    times = fetch(connection, sql, (series_id, before_ms, limit + 1))
    if len(times) < 2:
        return 0
    upto = times[-1][0]
    return run(
        connection, "DELETE FROM reading WHERE series_id = ? AND ts_ms < ?", (series_id, upto)
    )


def as_rows(fetched: Sequence[tuple[int, float, int]]) -> Rows:
    """Driver rows as arrays; epoch milliseconds are exact in a double."""
    flat = np.fromiter(chain.from_iterable(fetched), np.float64, len(fetched) * 3).reshape(-1, 3)
    return Rows(flat[:, 0].astype(np.int64), flat[:, 1].copy(), flat[:, 2].astype(np.int64))


def _insert(connection: Connection, rows: Sequence[Row]) -> int:
    if is_sqlite(connection):
        return run_many(connection, _INSERT_SQLITE, rows)
    return run_arrays(connection, _INSERT_POSTGRESQL, rows)


def _write_compared(connection: Connection, rows: Sequence[Row]) -> Written:
    stored = _existing(connection, rows)
    new: list[int] = []
    corrected: list[int] = []
    old_reach: list[Span] = []
    final: dict[tuple[int, int], Row] = {}
    for position, row in enumerate(rows):
        key, meaning = (row[0], row[1]), (row[2], row[3])
        known = stored.get(key)
        if known is None:
            new.append(position)
            final[key] = row
        elif known != meaning:
            corrected.append(position)
            final[key] = (*row[:4], row[4] | CORRECTED)
            if known[1]:
                old_reach.append((row[0], row[1], row[1] + known[1]))
        stored[key] = meaning
    _upsert(connection, list(final.values()))
    return Written(new, corrected, old_reach)


def _existing(
    connection: Connection, rows: Sequence[Row]
) -> dict[tuple[int, int], tuple[float, int | None]]:
    if is_sqlite(connection):
        keys = json.dumps([row[:2] for row in rows])
        found = fetch(connection, _EXISTING_SQLITE, (keys,))
    else:
        ids, times = [row[0] for row in rows], [row[1] for row in rows]
        found = fetch(connection, _EXISTING_POSTGRESQL, (ids, times))
    return {(series_id, ts): (value, interval) for series_id, ts, value, interval in found}


def _upsert(connection: Connection, rows: Sequence[Row]) -> None:
    conflict = (
        "ON CONFLICT (series_id, ts_ms) DO UPDATE SET value = excluded.value, "
        "interval_ms = excluded.interval_ms, flags = excluded.flags"
    )
    if is_sqlite(connection):
        run_many(connection, f"INSERT INTO reading VALUES (?, ?, ?, ?, ?) {conflict}", rows)
    else:
        _unnest(connection, "reading", "int bigint float8 bigint smallint", conflict, rows)


def _unnest(
    connection: Connection, table: str, types: str, conflict: str, rows: Sequence[Sequence[object]]
) -> None:
    """One statement for many rows on PostgreSQL, values sent as binary arrays."""
    if not rows:
        return
    arrays = ", ".join(f"%b::{kind}[]" for kind in types.split())
    sql = _MANY.format(table=table, types=arrays, conflict=conflict)
    run_arrays(connection, sql, rows)
