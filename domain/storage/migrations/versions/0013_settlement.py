"""The interval energies that money stands on, days to settle, budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "money_day_energy",
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("slot_s", sa.Integer, nullable=False),
        sa.Column("kwh", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", "side", "day", "revision", name="pk_money_day_energy"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "money_meter_day",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("sensor_ids", sa.Text, nullable=False),
        sa.Column("kwh", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_money_meter_day"),
    )
    op.create_table(
        "money_evidence_month",
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_money_evidence_month"),
    )
    op.create_table(
        "money_due",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("quiet_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_money_due"),
    )
    op.create_table(
        "money_progress",
        sa.Column("progress_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("first_day", sa.Date),
        sa.Column("until_day", sa.Date),
        sa.Column("marks", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("progress_id", name="pk_money_progress"),
    )
    op.create_table(
        "money_budget",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("amount_mc", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_money_budget"),
    )


def downgrade() -> None:
    for table in (
        "money_budget",
        "money_progress",
        "money_due",
        "money_evidence_month",
        "money_meter_day",
        "money_day_energy",
    ):
        op.drop_table(table)
