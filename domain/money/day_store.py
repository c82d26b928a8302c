"""Tables of the interval energies money stands on and of budgets."""

import sqlalchemy as sa

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
budget_table = sa.Table(
    "money_budget",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("amount_mc", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
