"""Statements on the days that wait to be settled."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.money.day_store import day_energy_table
from domain.storage.schema import metadata

due_table = sa.Table(
    "money_due",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
)
progress_table = sa.Table(
    "money_progress",
    metadata,
    sa.Column("progress_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("until_day", sa.Date),
    sa.Column("marks", sa.BigInteger, nullable=False),
)
_ONLY = 1


def take_turn(c: Connection) -> tuple[int, date | None]:
    """A number nobody had before, and the day up to which days have been queued.

    Whoever has it holds the row to the end of its transaction, so that a day is either queued
    already or will be settled by somebody who sees what this transaction changes.
    """
    c.execute(
        _insert(c, progress_table)
        .values(progress_id=_ONLY, until_day=None, marks=0)
        .on_conflict_do_nothing()
    )
    row = c.execute(
        progress_table.update()
        .where(progress_table.c.progress_id == _ONLY)
        .values(marks=progress_table.c.marks + 1)
        .returning(progress_table.c.marks, progress_table.c.until_day)
    ).one()
    return row.marks, row.until_day


def set_until(c: Connection, until: date) -> None:
    """Remember that every day before it has been queued."""
    c.execute(
        progress_table.update().where(progress_table.c.progress_id == _ONLY).values(until_day=until)
    )


def put(c: Connection, days: Sequence[date], version: int, reason: str) -> None:
    """Make these days wait, or wait anew."""
    if not days:
        return
    statement = _insert(c, due_table)
    c.execute(
        statement.on_conflict_do_update(
            index_elements=["day"],
            set_={"version": statement.excluded.version, "reason": statement.excluded.reason},
        ),
        [{"day": day, "version": version, "reason": reason} for day in days],
    )


def mark_settled(c: Connection, first: date, until: date | None, version: int, reason: str) -> None:
    """Make every day of a span wait that is settled, being settled or waiting."""
    within = [due_table.c.day >= first, *([due_table.c.day < until] if until else [])]
    c.execute(due_table.update().where(*within).values(version=version, reason=reason))
    # After the update: it has waited for a settlement under way, whose day can be seen now.
    put(c, settled_days(c, first, until), version, reason)


def settled_days(c: Connection, first: date, until: date | None) -> list[date]:
    """The days of a span that have been settled at least once, ascending."""
    day = day_energy_table.c.day
    within = [day >= first, *([day < until] if until else [])]
    rows = c.execute(
        sa.select(day)
        .where(
            day_energy_table.c.subject == "site",
            day_energy_table.c.side == "import",
            day_energy_table.c.revision == 1,
            *within,
        )
        .order_by(day)
    )
    return [row.day for row in rows]


def waiting(c: Connection, before: date) -> list[tuple[date, int, str]]:
    """Day, version and reason of each day that waits, ascending."""
    rows = c.execute(sa.select(due_table).where(due_table.c.day < before).order_by("day"))
    return [(row.day, row.version, row.reason) for row in rows]


def take(c: Connection, day: date, version: int) -> bool:
    """Whether the day waited with this version; it waits no longer then."""
    gone = due_table.delete().where(due_table.c.day == day, due_table.c.version == version)
    return c.execute(gone).rowcount == 1


def _insert(c: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if c.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
