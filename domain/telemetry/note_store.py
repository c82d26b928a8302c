"""Statements on what people and the quality check say about readings."""

# ruff: noqa: S608 - only names and placeholders of ours are put into statements

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from domain.foundation.clock import real_now_ms
from domain.telemetry.corrections import Correction
from domain.telemetry.quality import Finding
from domain.telemetry.reading_store import MARKS_AT_MOST, Span
from domain.telemetry.store import fetch, marks, run, run_many

_COLUMNS = (
    "correction_id, series_id, from_ms, to_ms, action, value, reason, actor_name, created_ms, "
    "withdrawn_ms, withdrawn_by"
)
_CHUNK = 400
_UNCHECKED = (
    "INSERT INTO unchecked VALUES (?, ?, ?, ?) ON CONFLICT (series_id) DO UPDATE SET "
    "from_ms = CASE WHEN excluded.from_ms < unchecked.from_ms THEN excluded.from_ms "
    "ELSE unchecked.from_ms END, to_ms = CASE WHEN excluded.to_ms > unchecked.to_ms "
    "THEN excluded.to_ms ELSE unchecked.to_ms END, version = unchecked.version + 1"
)


class Unchecked(NamedTuple):
    """Late readings of a series that the check has not seen; ``version`` rises with each mark."""

    series_id: int
    from_ms: int
    to_ms: int
    version: int


def add_correction(connection: Connection, correction: Correction) -> Correction:
    """Keep a correction; the answer carries its id."""
    rows = fetch(
        connection,
        "INSERT INTO correction (series_id, from_ms, to_ms, action, value, reason, actor_name, "
        f"created_ms) VALUES ({marks(8)}) RETURNING {_COLUMNS}",
        (
            correction.series_id,
            correction.from_ms,
            correction.to_ms,
            correction.action,
            correction.value,
            correction.reason,
            correction.actor_name,
            correction.created_ms,
        ),
    )
    return Correction(*rows[0])


def withdraw_correction(
    connection: Connection, correction_id: int, actor_name: str, now_ms: int
) -> Correction | None:
    """End a correction that is in force; None when there is none of this id."""
    rows = fetch(
        connection,
        "UPDATE correction SET withdrawn_ms = ?, withdrawn_by = ? WHERE correction_id = ? "
        f"AND withdrawn_ms IS NULL RETURNING {_COLUMNS}",
        (now_ms, actor_name, correction_id),
    )
    return Correction(*rows[0]) if rows else None


def corrections_of(connection: Connection, series_id: int) -> list[Correction]:
    """All corrections ever made to a series, newest first."""
    sql = f"SELECT {_COLUMNS} FROM correction WHERE series_id = ? ORDER BY correction_id DESC"
    return [Correction(*row) for row in fetch(connection, sql, (series_id,))]


def overlays(connection: Connection) -> list[Correction]:
    """The corrections in force that change how readings are read, of all series."""
    sql = f"SELECT {_COLUMNS} FROM correction WHERE withdrawn_ms IS NULL"
    return [c for c in (Correction(*row) for row in fetch(connection, sql)) if c.overlays]


def findings_of(
    connection: Connection, sensor_ids: Sequence[str] | None, since_ms: int = 0
) -> list[tuple[str, Finding]]:
    """Findings that reach past ``since_ms`` with their sensor; None means all sensors."""
    columns = "sensor_id, metric, kind, since_ms, until_ms, words"
    if sensor_ids is None:
        sql = f"SELECT {columns} FROM finding WHERE until_ms >= ? ORDER BY since_ms DESC"
        return [_finding(row) for row in fetch(connection, sql, (since_ms,))]
    found: list[tuple[str, Finding]] = []
    for at in range(0, len(sensor_ids), _CHUNK):
        chunk = sensor_ids[at : at + _CHUNK]
        sql = (
            f"SELECT {columns} FROM finding WHERE sensor_id IN ({marks(len(chunk))}) "
            "AND until_ms >= ? ORDER BY since_ms DESC"
        )
        found += [_finding(row) for row in fetch(connection, sql, (*chunk, since_ms))]
    return found


def replace_findings(
    connection: Connection, sensor_id: str, old: Sequence[Finding], new: Sequence[Finding]
) -> None:
    """Let findings grow, merge or go."""
    run_many(
        connection,
        "DELETE FROM finding WHERE sensor_id = ? AND metric = ? AND kind = ? AND since_ms = ?",
        [(sensor_id, f.metric, f.kind, f.since_ms) for f in old],
    )
    run_many(
        connection,
        "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)",
        [(sensor_id, f.metric, f.kind, f.since_ms, f.until_ms, f.words) for f in new],
    )


def delete_findings_before(connection: Connection, until_ms: int) -> int:
    """Drop findings that ended long ago."""
    return run(connection, "DELETE FROM finding WHERE until_ms < ?", (until_ms,))


def mark_unchecked(connection: Connection, spans: Iterable[Span]) -> None:
    """Note readings that came after newer ones of their series; the check's cursor is past them."""
    version = real_now_ms() * MARKS_AT_MOST
    run_many(connection, _UNCHECKED, sorted((*span, version) for span in spans))


def unchecked(connection: Connection) -> list[Unchecked]:
    """One span of late readings for each series that has some."""
    sql = "SELECT series_id, from_ms, to_ms, version FROM unchecked ORDER BY series_id"
    return [Unchecked(*row) for row in fetch(connection, sql)]


def shorten_unchecked(connection: Connection, span: Unchecked, from_ms: int) -> None:
    """The beginning of a span was checked, unless it was marked again meanwhile."""
    run(
        connection,
        "UPDATE unchecked SET from_ms = ? WHERE series_id = ? AND version = ?",
        (from_ms, span.series_id, span.version),
    )


def clear_unchecked(connection: Connection, span: Unchecked) -> None:
    """A span was checked, unless it was marked again meanwhile."""
    run(
        connection,
        "DELETE FROM unchecked WHERE series_id = ? AND version = ?",
        (span.series_id, span.version),
    )


def _finding(row: tuple[Any, ...]) -> tuple[str, Finding]:
    return row[0], Finding(*row[1:])
