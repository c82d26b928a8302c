"""Tables of the calendar, and every statement on them."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.calendar.model import DayException, Place
from domain.storage.schema import metadata

setting_table = sa.Table(
    "calendar_setting",
    metadata,
    sa.Column("setting_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("country", sa.String(2)),
    sa.Column("region", sa.String(40)),
    sa.Column("version", sa.Integer, nullable=False),
)
exception_table = sa.Table(
    "calendar_exception",
    metadata,
    sa.Column("exception_id", sa.Integer, primary_key=True),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("day_type", sa.String(16), nullable=False),
    sa.Column("label", sa.String(80), nullable=False),
    sa.Column("yearly", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
_ONLY = 1
_S, _E = setting_table.c, exception_table.c
_PUT = sa.text(
    "INSERT INTO calendar_setting (setting_id, country, region, version)"
    " VALUES (:setting_id, :country, :region, 1)"
    " ON CONFLICT (setting_id) DO UPDATE SET country = :country, region = :region,"
    " version = calendar_setting.version + 1 WHERE calendar_setting.version = :expected"
)


def read_place(c: Connection) -> Place | None:
    """Whose public holidays count; None where nobody has said."""
    row = c.execute(sa.select(_S.country, _S.region, _S.version)).one_or_none()
    return None if row is None else Place(row.country, row.region, row.version, assumed=False)


def write_place(c: Connection, country: str | None, region: str | None, expected: int) -> bool:
    """Keep country and region; False where the row is not at the expected version (0: none)."""
    row = {"setting_id": _ONLY, "country": country, "region": region, "expected": expected}
    return c.execute(_PUT, row).rowcount == 1


def read_exceptions(c: Connection) -> list[DayException]:
    """All exceptions, the oldest first."""
    rows = c.execute(sa.select(exception_table).order_by(_E.exception_id))
    return [DayException(**row) for row in rows.mappings()]


def read_exception(c: Connection, exception_id: int) -> DayException | None:
    """One exception."""
    query = sa.select(exception_table).where(_E.exception_id == exception_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else DayException(**row)


def insert_exception(c: Connection, columns: Mapping[str, object]) -> int:
    """Add one at version 1; gives its number."""
    statement = sa.insert(exception_table).values(**columns, version=1)
    return int(c.execute(statement.returning(_E.exception_id)).scalar_one())


def update_exception(
    c: Connection, exception_id: int, expected: int, columns: Mapping[str, object]
) -> bool:
    """Change one that is at the expected version; whether it was."""
    statement = (
        sa.update(exception_table)
        .where(_E.exception_id == exception_id, _E.version == expected)
        .values(**columns, version=expected + 1)
    )
    return c.execute(statement).rowcount == 1


def delete_exception(c: Connection, exception_id: int, expected: int) -> bool:
    """Remove one that is at the expected version; whether it was."""
    statement = sa.delete(exception_table).where(
        _E.exception_id == exception_id, _E.version == expected
    )
    return c.execute(statement).rowcount == 1
