"""Series, readings, latest values, dirty spans, rollups, corrections and findings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLLUPS = ("rollup_15min", "rollup_1h", "rollup_1d")


def _key(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def upgrade() -> None:
    _create_series()
    _create_readings()
    for name in ROLLUPS:
        _create_rollup(name)
    _create_notes()


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("configured_s", sa.Float(), nullable=True),
        sa.Column("learned_s", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("raw_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("quarter_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("checked_ms", sa.BigInteger(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name="pk_series"),
        sa.UniqueConstraint("sensor_id", "metric", name="uq_series_sensor_id"),
    )
    op.create_table(
        "sensor_interval",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_sensor_interval"),
    )
    op.create_table(
        "virtual_part",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "part_id", name="pk_virtual_part"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.series_id"], name="fk_virtual_part_series_id_series"
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["series.series_id"], name="fk_virtual_part_part_id_series"
        ),
    )


def _create_readings() -> None:
    op.create_table(
        "reading",
        _key("series_id", sa.Integer()),
        _key("ts_ms", sa.BigInteger()),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("interval_ms", sa.BigInteger(), nullable=True),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "ts_ms", name="pk_reading"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latest",
        _key("series_id", sa.Integer()),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name="pk_latest"),
    )
    op.create_table(
        "dirty",
        _key("series_id", sa.Integer()),
        _key("bucket_ms", sa.BigInteger()),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "bucket_ms", name="pk_dirty"),
        sqlite_with_rowid=False,
    )


def _create_rollup(name: str) -> None:
    op.create_table(
        name,
        _key("series_id", sa.Integer()),
        _key("bucket_ms", sa.BigInteger()),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("first", sa.Float(), nullable=True),
        sa.Column("last", sa.Float(), nullable=True),
        sa.Column("energy", sa.Float(), nullable=True),
        sa.Column("covered_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "bucket_ms", name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def _create_notes() -> None:
    op.create_table(
        "correction",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("correction_id", name="pk_correction"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.series_id"], name="fk_correction_series_id_series"
        ),
    )
    op.create_table(
        "finding",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        _key("since_ms", sa.BigInteger()),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "metric", "kind", "since_ms", name="pk_finding"),
    )
