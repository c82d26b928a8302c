"""Tables of the calendar, and every statement on them."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.calendar.days import DayException
from domain.storage.schema import metadata

setting_table = sa.Table(
    "calendar_setting",
    metadata,
    sa.Column("setting_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("country", sa.String(2)),
    sa.Column("region", sa.String(16)),
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


def read_place(c: Connection) -> tuple[str | None, str | None]:
    """Country and region whose public holidays count; None where nobody has said."""
    row = c.execute(sa.select(setting_table.c.country, setting_table.c.region)).one_or_none()
    return (None, None) if row is None else (row.country, row.region)


def read_exceptions(c: Connection) -> list[DayException]:
    """All exceptions, the oldest first."""
    rows = c.execute(sa.select(exception_table).order_by(exception_table.c.exception_id))
    return [DayException(**row) for row in rows.mappings()]
