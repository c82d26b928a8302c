"""Hourly instructions and their SQL: per device a standing day, and exceptions by date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.storage.schema import metadata

EVERY_DAY = ""
"""The day of the standing hours; every other one is an ISO date."""
instruction_table = sa.Table(
    "control_instruction",
    metadata,
    sa.Column("device_id", sa.String(64), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("hours", sa.String(24), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
_I = instruction_table.c
_MOST_AT_ONCE = 500


class StoredHours(NamedTuple):
    """24 letters, or "" where an exception was taken back; `version` counts its changes."""

    hours: str
    version: int


def read_hours(
    c: Connection, days: Iterable[str], device_ids: Iterable[str] | None = None
) -> dict[tuple[str, str], StoredHours]:
    """What is stored for these days, by device and day."""
    wanted = sorted(set(days))
    named = None if device_ids is None else sorted(set(device_ids))
    parts = [None] if named is None else _parts(named)
    found: dict[tuple[str, str], StoredHours] = {}
    for part in parts:
        query = sa.select(instruction_table).where(_I.day.in_(wanted))
        if part is not None:
            query = query.where(_I.device_id.in_(part))
        for row in c.execute(query).mappings():
            found[row["device_id"], row["day"]] = StoredHours(row["hours"], row["version"])
    return found


def put_hours(c: Connection, device_id: str, day: str, hours: str, version: int) -> bool:
    """Write one device's day; false where it has changed since `version`, 0 for none yet."""
    if version == 0:
        insert = _insert(c)(instruction_table)
        values = insert.values(device_id=device_id, day=day, hours=hours, version=1)
        statement = values.on_conflict_do_nothing().returning(_I.version)
        return c.execute(statement).one_or_none() is not None
    where = (_I.device_id == device_id, _I.day == day, _I.version == version)
    changed = instruction_table.update().where(*where).values(hours=hours, version=version + 1)
    return c.execute(changed).rowcount == 1


def _parts(ids: list[str]) -> list[list[str] | None]:
    return [ids[place : place + _MOST_AT_ONCE] for place in range(0, len(ids), _MOST_AT_ONCE)]


def _insert(c: Connection) -> Any:
    return sqlite_insert if c.dialect.name == "sqlite" else postgresql_insert
