"""Tables of the ledger, and every statement on them."""

import sqlalchemy as sa

from domain.storage.schema import metadata

account_table = sa.Table(
    "ledger_account",
    metadata,
    sa.Column("account", sa.String(80), primary_key=True),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
)
transaction_table = sa.Table(
    "ledger_transaction",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("words", sa.String(300), nullable=False),
    sa.Column("corrects", sa.BigInteger),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("posted_ms", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_ledger_transaction_day", "day"),
)
entry_table = sa.Table(
    "ledger_entry",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("account", sa.String(80), nullable=False),
    sa.Column("debit_mc", sa.BigInteger, nullable=False),
    sa.Column("energy_wh", sa.BigInteger),
    sa.Index("ix_ledger_entry_account", "account"),
)
seal_table = sa.Table(
    "ledger_seal",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("sealed_ms", sa.BigInteger, nullable=False),
)
head_table = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("head_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
