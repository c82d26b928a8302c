"""Devices, what they say, intents, commands with their history, stops of automatic control."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _devices()
    _intents()
    _commands()
    _stops()
    _append_only()
    _rule()


def _devices() -> None:
    op.create_table(
        "control_device",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("device_type", sa.String(16), nullable=False),
        sa.Column("room_id", sa.Integer),
        sa.Column("meter_sensor_id", sa.String(64)),
        sa.Column("meter_metric", sa.String(64)),
        sa.Column("capabilities", sa.Text, nullable=False),
        sa.Column("min_on_s", sa.Integer, nullable=False),
        sa.Column("min_off_s", sa.Integer, nullable=False),
        sa.Column("ramp_s", sa.Integer, nullable=False),
        sa.Column("safe_state", sa.String(16), nullable=False),
        sa.Column("dr_enabled", sa.Boolean, nullable=False),
        sa.Column("critical", sa.Boolean, nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("device_id", name="pk_control_device"),
    )
    op.create_table(
        "control_report",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("power_kw", sa.Float(53)),
        sa.Column("is_on", sa.Boolean),
        sa.Column("setpoint_c", sa.Float(53)),
        sa.Column("mode", sa.String(16)),
        sa.Column("soc_percent", sa.Float(53)),
        sa.Column("said_ms", sa.BigInteger),
        sa.Column("heard_ms", sa.BigInteger),
        sa.Column("on_since_ms", sa.BigInteger),
        sa.Column("available", sa.Boolean),
        sa.Column("available_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("device_id", name="pk_control_report"),
    )


def _intents() -> None:
    op.create_table(
        "control_intent",
        sa.Column("intent_id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(24), nullable=False),
        sa.Column("owner_name", sa.String(100), nullable=False),
        sa.Column("aspect", sa.String(16), nullable=False),
        sa.Column("command", sa.String(24)),
        sa.Column("number", sa.Float(53)),
        sa.Column("word", sa.String(16)),
        sa.Column("low_kw", sa.Float(53)),
        sa.Column("high_kw", sa.Float(53)),
        sa.Column("requested_ms", sa.BigInteger, nullable=False),
        sa.Column("starts_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("why", sa.String(300)),
        sa.UniqueConstraint("owner", "key", name="uq_control_intent_key"),
        sa.PrimaryKeyConstraint("intent_id", name="pk_control_intent"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_control_intent_ended_ms", "control_intent", ["ended_ms", "device_id"])


def _commands() -> None:
    op.create_table(
        "control_command",
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("intent_id", sa.Integer),
        sa.Column("owner", sa.String(24), nullable=False),
        sa.Column("owner_name", sa.String(100), nullable=False),
        sa.Column("aspect", sa.String(16), nullable=False),
        sa.Column("command", sa.String(24), nullable=False),
        sa.Column("number", sa.Float(53)),
        sa.Column("word", sa.String(16)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("evidence", sa.String(16)),
        sa.Column("expected", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("requested_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_ms", sa.BigInteger),
        sa.Column("acknowledged_ms", sa.BigInteger),
        sa.Column("observed_ms", sa.BigInteger),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("last_sent_ms", sa.BigInteger),
        sa.Column("last_heard_ms", sa.BigInteger),
        sa.Column("times_sent", sa.Integer, nullable=False),
        sa.Column("fence", sa.BigInteger),
        sa.Column("reason", sa.String(300)),
        sa.PrimaryKeyConstraint("command_id", name="pk_control_command"),
    )
    op.create_index("ix_control_command_ended_ms", "control_command", ["ended_ms", "device_id"])
    op.create_index(
        "ix_control_command_device_id", "control_command", ["device_id", "requested_ms"]
    )
    op.create_table(
        "control_step",
        sa.Column("step_id", sa.Integer, nullable=False),
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name="pk_control_step"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_control_step_command_id", "control_step", ["command_id"])


def _stops() -> None:
    op.create_table(
        "control_stop",
        sa.Column("stop_id", sa.Integer, nullable=False),
        sa.Column("by_name", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("starts_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("ended_by", sa.String(100)),
        sa.PrimaryKeyConstraint("stop_id", name="pk_control_stop"),
        sqlite_autoincrement=True,
    )
    fence = op.create_table(
        "control_fence",
        sa.Column("fence_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("fence_id", name="pk_control_fence"),
    )
    op.bulk_insert(fence, [{"fence_id": 1, "fence": 0}])


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION control_step_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history of commands is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER control_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON control_step FOR EACH STATEMENT EXECUTE FUNCTION control_step_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER control_step_no_{verb.lower()} BEFORE {verb} ON control_step "
            "BEGIN SELECT RAISE(ABORT, 'the history of commands is append-only'); END"
        )


def _rule() -> None:
    op.execute(
        "INSERT INTO alarm_rule (name, kind, severity, enabled, builtin, scope, hysteresis, "
        "delay_on_s, delay_off_s, join_s, version) VALUES ('Commands contradicted', 'command', "
        "'fault', TRUE, TRUE, 'all', 0.0, 0, 0, 0, 1)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM alarm_rule WHERE kind = 'command'")
    for table in ("fence", "stop", "step", "command", "intent", "report", "device"):
        op.drop_table(f"control_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION control_step_is_append_only()")
