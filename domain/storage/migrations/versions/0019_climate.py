"""Room climate: weeks of bands, automatic control with its decisions, what devices are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "climate_week",
        sa.Column("room_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("room_id", name="pk_climate_week"),
    )
    op.create_table(
        "climate_room",
        sa.Column("room_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("switched_by", sa.String(100), nullable=False),
        sa.Column("switched_ms", sa.BigInteger),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger),
        sa.Column("known_ms", sa.BigInteger),
        sa.Column("decision_id", sa.Integer),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("room_id", name="pk_climate_room"),
    )
    op.create_table(
        "climate_decision",
        sa.Column("decision_id", sa.Integer, nullable=False),
        sa.Column("room_id", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_climate_decision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_climate_decision_room_id", "climate_decision", ["room_id", "at_ms"])
    op.create_index("ix_climate_decision_at_ms", "climate_decision", ["at_ms"])
    op.create_table(
        "climate_told",
        sa.Column("room_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("room", sa.String(60), nullable=False),
        sa.Column("decision_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("aspect", sa.String(16), nullable=False),
        sa.Column("command", sa.String(24), nullable=False),
        sa.Column("number", sa.Float(53)),
        sa.Column("word", sa.String(16)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("intent_id", sa.Integer),
        sa.Column("entered_ms", sa.BigInteger),
        sa.Column("lease_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint(
            "room_id", "decision_id", "device_id", "aspect", name="pk_climate_told"
        ),
    )
    loop = op.create_table(
        "climate_loop",
        sa.Column("loop_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("loop_id", name="pk_climate_loop"),
    )
    op.bulk_insert(loop, [{"loop_id": 1, "at_ms": 0}])


def downgrade() -> None:
    for table in ("loop", "told", "decision", "room", "week"):
        op.drop_table(f"climate_{table}")
