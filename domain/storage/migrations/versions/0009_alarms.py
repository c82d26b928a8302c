"""Alarm rules, their evaluation, events with history, notification channels, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_RULES = (
    # name, kind, severity, enabled, scope, metric, side, limit, hysteresis, on_s, off_s, join_s
    ("Data intake down", "listener", "fault", True, "all", None, None, None, 0.0, 30, 0, 0),
    ("Silent sensors", "stale", "warning", True, "all", None, None, None, 0.0, 300, 0, 900),
    ("Comfort band", "comfort", "warning", True, "all", None, None, None, 0.0, 1800, 600, 900),
    ("Main meter peak", "peak", "warning", False, "main", "power", "above", 100.0, 5.0, 60, 300, 0),
    ("Doubtful readings", "quality", "warning", True, "all", None, None, None, 0.0, 0, 0, 900),
    ("Rejected messages", "rejected", "info", True, "all", None, None, None, 0.0, 0, 0, 900),
)


def upgrade() -> None:
    _rules()
    _evaluation()
    _events()
    _channels()
    _deliveries()


def _rules() -> None:
    rules = op.create_table(
        "alarm_rule",
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("builtin", sa.Boolean, nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("scope_value", sa.String(64)),
        sa.Column("metric", sa.String(64)),
        sa.Column("side", sa.String(16)),
        sa.Column("limit_value", sa.Float(53)),
        sa.Column("hysteresis", sa.Float(53), nullable=False),
        sa.Column("delay_on_s", sa.Integer, nullable=False),
        sa.Column("delay_off_s", sa.Integer, nullable=False),
        sa.Column("join_s", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name="pk_alarm_rule"),
        sqlite_autoincrement=True,
    )
    names = ["name", "kind", "severity", "enabled", "scope", "metric", "side"]
    names += ["limit_value", "hysteresis", "delay_on_s", "delay_off_s", "join_s"]
    op.bulk_insert(
        rules,
        [{**dict(zip(names, rule, strict=True)), "builtin": True, "version": 1} for rule in _RULES],
    )


def _evaluation() -> None:
    clock = op.create_table(
        "alarm_clock",
        sa.Column("clock_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("clock_id", name="pk_alarm_clock"),
    )
    op.bulk_insert(clock, [{"clock_id": 1, "generation": 1}])
    op.create_table(
        "alarm_cursor",
        sa.Column("series_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("series_id", name="pk_alarm_cursor"),
    )
    op.create_table(
        "alarm_state",
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.Column("worst", sa.Float(53), nullable=False),
        sa.Column("reach_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "sensor_id", "metric", "side", name="pk_alarm_state"),
    )
    op.create_table(
        "alarm_fact",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("heard_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alarm_fact"),
    )


def _events() -> None:
    op.create_table(
        "alarm_event",
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("service", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(300), nullable=False),
        sa.Column("room_id", sa.Integer),
        sa.Column("sensor_id", sa.String(64)),
        sa.Column("join_group", sa.String(160), nullable=False),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("raised_ms", sa.BigInteger, nullable=False),
        sa.Column("joined_ms", sa.BigInteger, nullable=False),
        sa.Column("rang_ms", sa.BigInteger, nullable=False),
        sa.Column("cleared_ms", sa.BigInteger),
        sa.Column("acknowledged_ms", sa.BigInteger),
        sa.Column("acknowledged_by", sa.String(100)),
        sa.Column("comment", sa.String(500)),
        sa.Column("silenced_until_ms", sa.BigInteger, nullable=False),
        sa.Column("silenced_by", sa.String(100)),
        sa.Column("rings", sa.Integer, nullable=False),
        sa.Column("repeats", sa.Integer, nullable=False),
        sa.Column("sensor_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_alarm_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_event_started_ms", "alarm_event", ["started_ms"])
    op.create_index("ix_alarm_event_raised_ms", "alarm_event", ["raised_ms"])
    op.create_index("ix_alarm_event_cleared_ms", "alarm_event", ["cleared_ms"])
    op.create_table(
        "alarm_member",
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("room_id", sa.Integer),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("rings", sa.Integer, nullable=False),
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float(53)),
        sa.Column("worst", sa.Float(53)),
        sa.Column("limit_value", sa.Float(53)),
        sa.Column("words", sa.String(300)),
        sa.PrimaryKeyConstraint("event_id", "sensor_id", "metric", "side", name="pk_alarm_member"),
    )
    op.create_index("ix_alarm_member_room_id", "alarm_member", ["room_id"])
    op.create_table(
        "alarm_step",
        sa.Column("step_id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name="pk_alarm_step"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_step_event_id", "alarm_step", ["event_id"])
    _append_only()


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION alarm_step_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history of events is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER alarm_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON alarm_step FOR EACH STATEMENT EXECUTE FUNCTION alarm_step_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER alarm_step_no_{verb.lower()} BEFORE {verb} ON alarm_step "
            "BEGIN SELECT RAISE(ABORT, 'the history of events is append-only'); END"
        )


def _channels() -> None:
    op.create_table(
        "alarm_channel",
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("min_severity", sa.String(16), nullable=False),
        sa.Column("room_ids", sa.Text),
        sa.Column("from_minute", sa.Integer),
        sa.Column("to_minute", sa.Integer),
        sa.Column("quiet_from_minute", sa.Integer),
        sa.Column("quiet_to_minute", sa.Integer),
        sa.Column("delay_s", sa.Integer, nullable=False),
        sa.Column("digest_s", sa.Integer, nullable=False),
        sa.Column("escalation_s", sa.Integer, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_alarm_channel"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alarm_allowed_host",
        sa.Column("host", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_alarm_allowed_host"),
    )


def _deliveries() -> None:
    op.create_table(
        "alarm_notice",
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("delivery_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "channel_id", name="pk_alarm_notice"),
    )
    op.create_table(
        "alarm_delivery",
        sa.Column("delivery_id", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("channel_name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("next_ms", sa.BigInteger, nullable=False),
        sa.Column("done_ms", sa.BigInteger),
        sa.Column("error", sa.String(300)),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_alarm_delivery"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_delivery_status", "alarm_delivery", ["status", "next_ms"])


def downgrade() -> None:
    for table in ("delivery", "notice", "allowed_host", "channel", "step", "member", "event"):
        op.drop_table(f"alarm_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION alarm_step_is_append_only()")
    for table in ("fact", "state", "cursor", "clock", "rule"):
        op.drop_table(f"alarm_{table}")
