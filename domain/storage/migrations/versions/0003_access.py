"""Users, sessions, login attempts, tokens, wall displays and the append-only audit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _users_and_sessions()
    _tokens_and_displays()
    _audit()


def _users_and_sessions() -> None:
    op.create_table(
        "access_user",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("password_epoch", sa.Integer, nullable=False),
        sa.Column("password_changed_ms", sa.BigInteger, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("last_login_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("user_id", name="pk_access_user"),
        sa.UniqueConstraint("name_key", name="uq_access_user_name_key"),
    )
    op.create_table(
        "access_session",
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("password_epoch", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_access_session"),
        sa.UniqueConstraint("secret_hash", name="uq_access_session_secret_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["access_user.user_id"], name="fk_access_session_user_id_access_user"
        ),
    )
    op.create_index("ix_access_session_user_id", "access_session", ["user_id"])
    op.create_table(
        "access_attempt",
        sa.Column("attempt_id", _BIG_ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("user_key", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_access_attempt"),
    )
    op.create_index("ix_access_attempt_user_key", "access_attempt", ["user_key", "at_ms"])
    op.create_index("ix_access_attempt_address", "access_attempt", ["address", "at_ms"])


def _tokens_and_displays() -> None:
    op.create_table(
        "access_token",
        sa.Column("jti", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("parent_jti", sa.String(32)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("resources", sa.Text, nullable=False),
        sa.Column("ceiling", sa.Text),
        sa.Column("data_aggregation", sa.String(16), nullable=False),
        sa.Column("time_aggregation", sa.String(16), nullable=False),
        sa.Column("embargo_minutes", sa.Integer, nullable=False),
        sa.Column("issued_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("last_used_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("jti", name="pk_access_token"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["access_user.user_id"], name="fk_access_token_user_id_access_user"
        ),
    )
    op.create_index("ix_access_token_user_id", "access_token", ["user_id"])
    op.create_index("ix_access_token_parent_jti", "access_token", ["parent_jti"])
    op.create_table(
        "access_display",
        sa.Column("display_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("code_expires_ms", sa.BigInteger),
        sa.Column("secret_hash", sa.String(64)),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("paired_ms", sa.BigInteger),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("last_seen_ms", sa.BigInteger),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("display_id", name="pk_access_display"),
        sa.UniqueConstraint("code_hash", name="uq_access_display_code_hash"),
        sa.UniqueConstraint("secret_hash", name="uq_access_display_secret_hash"),
    )


def _audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("audit_id", _BIG_ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_role", sa.String(16), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at_ms", "audit_log", ["at_ms"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "at_ms"])
    op.create_index("ix_audit_log_actor_name", "audit_log", ["actor_name", "at_ms"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_log_no_{verb.lower()} BEFORE {verb} ON audit_log "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


def downgrade() -> None:
    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
    op.drop_table("access_display")
    op.drop_table("access_token")
    op.drop_table("access_attempt")
    op.drop_table("access_session")
    op.drop_table("access_user")
