"""The tables of telemetry and the three ways its statements reach the driver.

Hot paths speak to the driver's own cursor: a SQLAlchemy row object costs more than the row
(performance.md §2). SQL is written once, with ``?``, and turned to psycopg's style.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.storage.schema import metadata

Params: TypeAlias = Sequence[object]
ROLLUPS = {"15min": "rollup_15min", "1h": "rollup_1h", "1d": "rollup_1d"}

series_table = sa.Table(
    "series",
    metadata,
    sa.Column("series_id", sa.Integer(), primary_key=True),
    sa.Column("sensor_id", sa.String(64), nullable=False),
    sa.Column("metric", sa.String(32), nullable=False),
    sa.Column("configured_s", sa.Float(), nullable=True),
    sa.Column("learned_s", sa.Float(), nullable=True),
    sa.Column("low", sa.Float(), nullable=True),
    sa.Column("high", sa.Float(), nullable=True),
    sa.Column("raw_from_ms", sa.BigInteger(), nullable=False),
    sa.Column("quarter_from_ms", sa.BigInteger(), nullable=False),
    sa.Column("checked_ms", sa.BigInteger(), nullable=False),
    sa.Column("virtual", sa.Boolean(), nullable=False),
    sa.UniqueConstraint("sensor_id", "metric"),
)
reading_table = sa.Table(
    "reading",
    metadata,
    sa.Column("series_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("ts_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("value", sa.Float(), nullable=False),
    sa.Column("interval_ms", sa.BigInteger(), nullable=True),
    sa.Column("flags", sa.SmallInteger(), nullable=False),
    sqlite_with_rowid=False,
)
latest_table = sa.Table(
    "latest",
    metadata,
    sa.Column("series_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("ts_ms", sa.BigInteger(), nullable=False),
    sa.Column("value", sa.Float(), nullable=False),
    sa.Column("flags", sa.SmallInteger(), nullable=False),
)
dirty_table = sa.Table(
    "dirty",
    metadata,
    sa.Column("series_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("bucket_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("from_ms", sa.BigInteger(), nullable=False),
    sa.Column("to_ms", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sqlite_with_rowid=False,
)

unchecked_table = sa.Table(
    "unchecked",
    metadata,
    sa.Column("series_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("from_ms", sa.BigInteger(), nullable=False),
    sa.Column("to_ms", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
)


def _rollup_table(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("series_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("bucket_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("first", sa.Float(), nullable=True),
        sa.Column("last", sa.Float(), nullable=True),
        sa.Column("energy", sa.Float(), nullable=True),
        sa.Column("covered_ms", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


rollup_tables = {level: _rollup_table(name) for level, name in ROLLUPS.items()}

correction_table = sa.Table(
    "correction",
    metadata,
    sa.Column("correction_id", sa.Integer(), primary_key=True),
    sa.Column("series_id", sa.Integer(), sa.ForeignKey("series.series_id"), nullable=False),
    sa.Column("from_ms", sa.BigInteger(), nullable=False),
    sa.Column("to_ms", sa.BigInteger(), nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("value", sa.Float(), nullable=True),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("actor_name", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger(), nullable=False),
    sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True),
    sa.Column("withdrawn_by", sa.String(200), nullable=True),
)
finding_table = sa.Table(
    "finding",
    metadata,
    sa.Column("sensor_id", sa.String(64), primary_key=True),
    sa.Column("metric", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(24), primary_key=True),
    sa.Column("since_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("until_ms", sa.BigInteger(), nullable=False),
    sa.Column("words", sa.String(300), nullable=False),
)
virtual_part_table = sa.Table(
    "virtual_part",
    metadata,
    sa.Column("series_id", sa.Integer(), sa.ForeignKey("series.series_id"), primary_key=True),
    sa.Column("part_id", sa.Integer(), sa.ForeignKey("series.series_id"), primary_key=True),
    sa.Column("factor", sa.Float(), nullable=False),
)
sensor_interval_table = sa.Table(
    "sensor_interval",
    metadata,
    sa.Column("sensor_id", sa.String(64), primary_key=True),
    sa.Column("interval_s", sa.Float(), nullable=False),
)


@lru_cache(maxsize=256)
def _psycopg(sql: str) -> str:
    return sql.replace("?", "%s")


def _styled(connection: Connection, sql: str) -> str:
    return sql if is_sqlite(connection) else _psycopg(sql)


def is_sqlite(connection: Connection) -> bool:
    """Which of the two databases this is."""
    return connection.dialect.name == "sqlite"


def fetch(connection: Connection, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, as the driver made them."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_styled(connection, sql), tuple(params))
        return list(cursor.fetchall())
    finally:
        cursor.close()


def run(connection: Connection, sql: str, params: Params = ()) -> int:
    """One statement that changes something; how many rows it changed."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_styled(connection, sql), tuple(params))
        return cursor.rowcount
    finally:
        cursor.close()


def run_many(connection: Connection, sql: str, rows: Sequence[Params]) -> int:
    """The same statement for each row; how many rows were changed in all."""
    if not rows:
        return 0
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(_styled(connection, sql), rows)
        return cursor.rowcount
    finally:
        cursor.close()


def run_arrays(connection: Connection, sql: str, rows: Sequence[Params]) -> int:
    """One PostgreSQL statement over many rows, each column one binary array (``%b``)."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        return cursor.rowcount
    finally:
        cursor.close()


def marks(count: int) -> str:
    """Placeholders for a list of ``count`` values."""
    return ",".join("?" * count)
