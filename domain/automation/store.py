"""The tables of rules, where they stand, schedules and firings."""

import sqlalchemy as sa

from domain.storage.schema import metadata

rule_table = sa.Table(
    "automation_rule",
    metadata,
    sa.Column("rule_id", sa.Integer, primary_key=True),
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
    sqlite_autoincrement=True,
)
"""`turn` grows with whatever is decided or changed, so that one of many processes wins."""
schedule_table = sa.Table(
    "automation_schedule",
    metadata,
    sa.Column("schedule_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_by", sa.String(100), nullable=False),
    sqlite_autoincrement=True,
)
firing_table = sa.Table(
    "automation_firing",
    metadata,
    sa.Column("firing_id", sa.Integer, primary_key=True),
    sa.Column("rule_id", sa.Integer, nullable=False),
    sa.Column("rule_name", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("decided_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("notice", sa.String(200)),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Index("ix_automation_firing_rule_id", "rule_id", "firing_id"),
    sa.Index("ix_automation_firing_at_ms", "at_ms"),
    sqlite_autoincrement=True,
)
"""`done` is false while devices are still to be told what the line says they are told."""
