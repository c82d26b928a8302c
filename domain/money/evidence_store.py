"""Statements on kept interval energies, one revision of one side at a time."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.money.day_store import day_energy_table

_D = day_energy_table.c


def kept(
    c: Connection, subject: str, side: str, day: date, revision: int
) -> tuple[int, bytes] | None:
    """Length of an interval [s] and the energies as they were written."""
    query = sa.select(_D.slot_s, _D.kwh).where(*_is(subject, side, day), _D.revision == revision)
    row = c.execute(query).first()
    return None if row is None else (row.slot_s, bytes(row.kwh))


def newest_revision(c: Connection, subject: str, side: str, day: date) -> int:
    """The last revision there is."""
    query = sa.select(sa.func.max(_D.revision)).where(*_is(subject, side, day))
    return int(c.execute(query).scalar() or 0)


def _is(subject: str, side: str, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return _D.subject == subject, _D.side == side, _D.day == day
