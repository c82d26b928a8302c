"""The building, its rooms and its sensors."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIMITS = (
    "temperature_low",
    "temperature_high",
    "cold_below",
    "hot_above",
    "co2_limit_ppm",
    "humidity_low",
    "humidity_high",
)


def _limit_columns() -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float(), nullable=True) for name in LIMITS]


def upgrade() -> None:
    building = op.create_table(
        "building",
        sa.Column("building_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        *_limit_columns(),
        sa.Column("plan_digest", sa.String(64), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("building_id", name="pk_building"),
    )
    op.bulk_insert(
        building, [{"building_id": 1, "name": "My building", "revision": 1, "version": 1}]
    )
    op.create_table(
        "room",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(60), nullable=False),
        sa.Column("floor", sa.String(40), nullable=False),
        sa.Column("floor_order", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        *_limit_columns(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", name="pk_room"),
        sa.UniqueConstraint("name_key", name="uq_room_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sensor",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sensor_type", sa.String(32), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(16), nullable=True),
        sa.Column("meter_role", sa.String(16), nullable=False),
        sa.Column("use", sa.String(16), nullable=True),
        sa.Column("interval_s", sa.Float(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("demand_response_enabled", sa.Boolean(), nullable=False),
        sa.Column("control_capabilities", sa.JSON(), nullable=False),
        sa.Column("hints", sa.JSON(), nullable=False),
        sa.Column("discovered_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_sensor"),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.room_id"], name="fk_sensor_room_id_room", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_sensor_room_id", "sensor", ["room_id"])


def downgrade() -> None:
    op.drop_table("sensor")
    op.drop_table("room")
    op.drop_table("building")
