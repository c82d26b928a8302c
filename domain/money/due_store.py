"""Statements on the days that wait to be settled."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

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
    sa.Column("quiet_ms", sa.BigInteger, nullable=False),
)
progress_table = sa.Table(
    "money_progress",
    metadata,
    sa.Column("progress_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("first_day", sa.Date),
    sa.Column("until_day", sa.Date),
    sa.Column("marks", sa.BigInteger, nullable=False),
)
_ONLY = 1


class Turn(NamedTuple):
    """A number nobody had before, and the days [first, until) that have been queued."""

    version: int
    first: date | None
    until: date | None


def take_turn(c: Connection) -> Turn:
    """Hold the queue to the end of the transaction.

    So a day is queued already, or will be settled by somebody who sees what this one changes.
    """
    c.execute(
        _insert(c, progress_table)
        .values(progress_id=_ONLY, first_day=None, until_day=None, marks=0)
        .on_conflict_do_nothing()
    )
    row = c.execute(
        progress_table.update()
        .where(progress_table.c.progress_id == _ONLY)
        .values(marks=progress_table.c.marks + 1)
        .returning(progress_table.c.marks, progress_table.c.first_day, progress_table.c.until_day)
    ).one()
    return Turn(*row)


def queued_until(c: Connection) -> date | None:
    """Where the days end that have been queued."""
    return c.execute(sa.select(progress_table.c.until_day)).scalar()


def set_queued(c: Connection, first: date, until: date) -> None:
    """Remember which days have been queued."""
    c.execute(
        progress_table.update()
        .where(progress_table.c.progress_id == _ONLY)
        .values(first_day=first, until_day=until)
    )


def put(c: Connection, days: Sequence[date], version: int, reason: str, quiet_ms: int = 0) -> None:
    """Make these days wait, or wait anew, until a time at the earliest."""
    if not days:
        return
    statement = _insert(c, due_table)
    changed = {name: statement.excluded[name] for name in ("version", "reason", "quiet_ms")}
    rows = [
        {"day": day, "version": version, "reason": reason, "quiet_ms": quiet_ms} for day in days
    ]
    c.execute(statement.on_conflict_do_update(index_elements=["day"], set_=changed), rows)


def mark_settled(c: Connection, first: date, until: date | None, version: int, reason: str) -> None:
    """Make every day of a span wait that is settled, being settled or waiting."""
    within = [due_table.c.day >= first, *([due_table.c.day < until] if until else [])]
    c.execute(due_table.update().where(*within).values(version=version, reason=reason))
    # After the update: it has waited for a settlement under way, whose day can be seen now.
    held = {row.day for row in c.execute(sa.select(due_table.c.day).where(*within))}
    put(c, [d for d in settled_days(c, first, until) if d not in held], version, reason)


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


def waiting(c: Connection, before: date) -> list[tuple[date, int, str, int]]:
    """Day, version, reason and quiet time of each day that waits, ascending."""
    rows = c.execute(sa.select(due_table).where(due_table.c.day < before).order_by("day"))
    return [(row.day, row.version, row.reason, row.quiet_ms) for row in rows]


def take(c: Connection, day: date, version: int) -> bool:
    """Whether the day waited with this version; it waits no longer then."""
    gone = due_table.delete().where(due_table.c.day == day, due_table.c.version == version)
    return c.execute(gone).rowcount == 1


def _insert(c: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if c.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
