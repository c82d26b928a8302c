"""Statements on the budgets of months."""

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.money.day_store import budget_table

_B = budget_table.c


class BudgetRow(NamedTuple):
    """A budget as it was set; 0 mc means none from that month on."""

    month: date
    amount_mc: int
    version: int


def newest(c: Connection, month: date) -> BudgetRow | None:
    """The budget set last for a month or one before it."""
    query = sa.select(budget_table).where(_B.month <= _key(month)).order_by(_B.month.desc())
    row = c.execute(query.limit(1)).first()
    if row is None:
        return None
    return BudgetRow(date.fromisoformat(f"{row.month}-01"), row.amount_mc, row.version)


def put(c: Connection, month: date, amount_mc: int, version: int) -> bool:
    """Whether the month's own row still had `version` (0: there was none) and is set now."""
    dialect = postgresql if c.dialect.name == "postgresql" else sqlite
    if version == 0:
        row = {"month": _key(month), "amount_mc": amount_mc, "version": 1}
        made = dialect.insert(budget_table).values(row).on_conflict_do_nothing()
        return c.execute(made.returning(_B.month)).first() is not None
    where = (_B.month == _key(month), _B.version == version)
    changed = budget_table.update().where(*where)
    return c.execute(changed.values(amount_mc=amount_mc, version=_B.version + 1)).rowcount == 1


def _key(month: date) -> str:
    return f"{month:%Y-%m}"
