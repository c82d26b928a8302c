"""Tables of the interval energies money stands on and of budgets, and statements on the energies.

A day of the building is evidence of postings and keeps its revisions; days of submeters only save
reading telemetry, so the newest stands.
"""

from collections.abc import Sequence
from datetime import date
from types import ModuleType

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.money.evidence import SITE, Kept, MeterDay
from domain.storage.schema import metadata

day_energy_table = sa.Table(
    "money_day_energy",
    metadata,
    sa.Column("subject", sa.String(80), primary_key=True),
    sa.Column("side", sa.String(16), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("slot_s", sa.Integer, nullable=False),
    sa.Column("kwh", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
meter_day_table = sa.Table(
    "money_meter_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("sensor_ids", sa.Text, nullable=False),
    sa.Column("kwh", sa.LargeBinary, nullable=False),
)
version_table = sa.Table(
    "money_evidence_month",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
budget_table = sa.Table(
    "money_budget",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("amount_mc", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

_KEPT = (
    day_energy_table.c.subject,
    day_energy_table.c.side,
    day_energy_table.c.day,
    day_energy_table.c.revision,
    day_energy_table.c.slot_s,
    day_energy_table.c.kwh,
    day_energy_table.c.digest,
)


def newest(c: Connection, first: date, until: date) -> dict[date, list[Kept]]:
    """The newest revision of every side of the building, by day of [first, until)."""
    day = day_energy_table.c.day
    rows = c.execute(
        sa.select(*_KEPT)
        .where(day_energy_table.c.subject == SITE, day >= first, day < until)
        .order_by(day, day_energy_table.c.side, day_energy_table.c.revision)
    )
    found: dict[date, dict[str, Kept]] = {}
    for row in rows:
        kept = Kept(*row)
        found.setdefault(kept.day, {})[kept.side] = kept
    return {day: list(sides.values()) for day, sides in found.items()}


def insert(c: Connection, rows: Sequence[Kept], now_ms: int) -> None:
    """Keep new revisions; those before them stay."""
    if rows:
        names = [column.name for column in _KEPT]
        values = [{name: getattr(row, name) for name in names} for row in rows]
        c.execute(day_energy_table.insert(), [value | {"made_ms": now_ms} for value in values])


def meter_days(c: Connection, first: date, until: date) -> dict[date, MeterDay]:
    """Days of submeters in [first, until)."""
    day = meter_day_table.c.day
    rows = c.execute(sa.select(meter_day_table).where(day >= first, day < until).order_by(day))
    return {row.day: MeterDay(*row) for row in rows}


def put_meter_day(c: Connection, row: MeterDay) -> None:
    """Keep a day of submeters in place of what was kept."""
    values = {"day": row.day, "sensor_ids": row.sensor_ids, "kwh": row.kwh}
    statement = _dialect(c).insert(meter_day_table).values(values)
    c.execute(statement.on_conflict_do_update(index_elements=["day"], set_=values))


def versions(c: Connection, first: date, until: date) -> dict[date, int]:
    """A number by month that rises whenever a day of it is kept; months that begin in the span."""
    month = version_table.c.month
    rows = c.execute(sa.select(version_table).where(month >= first, month < until).order_by(month))
    return {row.month: row.version for row in rows}


def raise_version(c: Connection, day: date) -> None:
    """Tell that another day of a month is kept, or one in another way."""
    statement = _dialect(c).insert(version_table).values(month=day.replace(day=1), version=1)
    higher = {"version": version_table.c.version + 1}
    c.execute(statement.on_conflict_do_update(index_elements=["month"], set_=higher))


def _dialect(c: Connection) -> ModuleType:
    return postgresql if c.dialect.name == "postgresql" else sqlite
