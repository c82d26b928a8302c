"""The ledger: accounts, append-only transactions and entries, seals, the head of the chain."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("ledger_account", "ledger_transaction", "ledger_entry", "ledger_seal")
_ACCOUNTS = (
    ("cost:energy", "Energy bought", "cash"),
    ("cost:grid", "Grid charges", "cash"),
    ("cost:fixed", "Fixed charges", "cash"),
    ("cost:peak", "Peak charges", "cash"),
    ("cost:tax", "Taxes", "cash"),
    ("cost:vat", "VAT", "cash"),
    ("income:export", "Energy sold to the retailer", "cash"),
    ("income:dr", "Demand response rewards", "cash"),
    ("p2p", "Trades with neighbours", "cash"),
    ("retailer", "Retailer", "cash"),
    ("self_consumption", "Saved by using own solar", "memo"),
    ("battery", "Saved by the batteries", "memo"),
    ("avoided", "Cost avoided", "memo"),
)


def upgrade() -> None:
    accounts = op.create_table(
        "ledger_account",
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_ledger_account"),
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("corrects", sa.BigInteger),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("posted_ms", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger_transaction"),
        sa.UniqueConstraint("key", name="uq_ledger_transaction_key"),
    )
    for column in ("day", "corrects", "posted_ms"):
        op.create_index(f"ix_ledger_transaction_{column}", "ledger_transaction", [column])
    op.create_table(
        "ledger_entry",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("line", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("debit_mc", sa.BigInteger, nullable=False),
        sa.Column("energy_wh", sa.BigInteger),
        sa.PrimaryKeyConstraint("seq", "line", name="pk_ledger_entry"),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account"])
    op.create_table(
        "ledger_seal",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_ledger_seal"),
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("head_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("head_id", name="pk_ledger_head"),
    )
    op.create_table(
        "ledger_check",
        sa.Column("check_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("checked_ms", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("broken", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name="pk_ledger_check"),
    )
    names = ("account", "label", "kind")
    op.bulk_insert(accounts, [dict(zip(names, row, strict=True)) for row in _ACCOUNTS])
    op.bulk_insert(head, [{"head_id": 1, "seq": 0, "hash": "0" * 64}])
    _append_only()


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
    for table in _APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def downgrade() -> None:
    for table in ("check", "head", "seal", "entry", "transaction", "account"):
        op.drop_table(f"ledger_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_is_append_only()")
