"""The jobs' catalogue, what people ask of jobs, who runs them; drills with their reports."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NOT_OK = "outcome <> 'ok'"


def upgrade() -> None:
    _jobs()
    _drills()
    _append_only()


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("meaning", sa.String(200), nullable=False),
        sa.Column("every_s", sa.Float(53), nullable=False),
        sa.Column("known_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job"),
    )
    op.create_table(
        "job_asked",
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("job", "due_ms", name="pk_job_asked"),
    )
    op.create_table(
        "job_process",
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_job_process"),
    )
    op.create_index(
        "ix_job_run_not_ok",
        "job_run",
        ["job", "due_ms"],
        sqlite_where=sa.text(NOT_OK),
        postgresql_where=sa.text(NOT_OK),
    )


def _drills() -> None:
    op.create_table(
        "drill",
        sa.Column("drill_id", sa.Integer, nullable=False),
        sa.Column("standing", sa.Integer),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("device_name", sa.String(60), nullable=False),
        sa.Column("fault", sa.String(24), nullable=False),
        sa.Column("command", sa.String(24), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("by_name", sa.String(100), nullable=False),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("limit_parts", sa.Text, nullable=False),
        sa.Column("interval_s", sa.Float(53), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("intent_id", sa.Integer),
        sa.Column("command_id", sa.String(64)),
        sa.Column("ends_ms", sa.BigInteger),
        sa.Column("fault_from_ms", sa.BigInteger),
        sa.Column("fault_until_ms", sa.BigInteger),
        sa.Column("shown_ms", sa.BigInteger),
        sa.Column("safe_ms", sa.BigInteger),
        sa.Column("cancelled_by", sa.String(100)),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("result", sa.String(16)),
        sa.Column("why", sa.String(300)),
        sa.Column("readings", sa.Text, nullable=False),
        sa.UniqueConstraint("standing", name="uq_drill_standing"),
        sa.PrimaryKeyConstraint("drill_id", name="pk_drill"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "drill_report",
        sa.Column("drill_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("device_name", sa.String(60), nullable=False),
        sa.Column("fault", sa.String(24), nullable=False),
        sa.Column("by_name", sa.String(100), nullable=False),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger, nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("seconds_to_safety", sa.Float(53)),
        sa.Column("limit_s", sa.Float(53), nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("drill_id", name="pk_drill_report"),
    )


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION drill_report_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'reports of drills are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER drill_report_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON drill_report FOR EACH STATEMENT EXECUTE FUNCTION drill_report_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER drill_report_no_{verb.lower()} BEFORE {verb} ON drill_report "
            "BEGIN SELECT RAISE(ABORT, 'reports of drills are append-only'); END"
        )


def downgrade() -> None:
    for table in ("drill_report", "drill"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION drill_report_is_append_only()")
    op.drop_index("ix_job_run_not_ok", "job_run")
    for table in ("job_process", "job_asked", "job"):
        op.drop_table(table)
