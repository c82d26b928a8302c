"""Automation: rules with where they stand, schedules, and the log of firings."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "automation_rule",
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("fired_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("rule_id", name="pk_automation_rule"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "automation_schedule",
        sa.Column("schedule_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_automation_schedule"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "automation_firing",
        sa.Column("firing_id", sa.Integer, nullable=False),
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("decided_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("notice", sa.String(200)),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firing_id", name="pk_automation_firing"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_automation_firing_rule_id", "automation_firing", ["rule_id", "firing_id"]
    )  # fmt: skip
    op.create_index("ix_automation_firing_at_ms", "automation_firing", ["at_ms"])


def downgrade() -> None:
    for table in ("firing", "schedule", "rule"):
        op.drop_table(f"automation_{table}")
