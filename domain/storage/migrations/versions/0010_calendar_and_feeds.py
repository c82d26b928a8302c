"""The calendar's country and exceptions; feeds of prices and carbon with their values."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_setting",
        sa.Column("setting_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("country", sa.String(2)),
        sa.Column("region", sa.String(40)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("setting_id", name="pk_calendar_setting"),
    )
    op.create_table(
        "calendar_exception",
        sa.Column("exception_id", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("day_type", sa.String(16), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("yearly", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("exception_id", name="pk_calendar_exception"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "money_feed",
        sa.Column("feed_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("quantity", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("url", sa.String(500)),
        sa.Column("sensor_id", sa.String(64)),
        sa.Column("refresh_s", sa.Integer),
        sa.Column("tried_ms", sa.BigInteger),
        sa.Column("fetched_ms", sa.BigInteger),
        sa.Column("error", sa.String(300)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_money_feed"),
        sa.UniqueConstraint("name", name="uq_money_feed_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "money_feed_value",
        sa.Column("feed_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("starts_ms", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "starts_ms", name="pk_money_feed_value"),
    )


def downgrade() -> None:
    for table in ("money_feed_value", "money_feed", "calendar_exception", "calendar_setting"):
        op.drop_table(table)
