"""Tariffs with versions that never change once made, when each is in use, and carbon factors."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tariff",
        sa.Column("tariff_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tariff_id", name="pk_tariff"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tariff_version",
        sa.Column("version_id", sa.Integer, nullable=False),
        sa.Column("tariff_id", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("replaced_by", sa.Integer),
        sa.PrimaryKeyConstraint("version_id", name="pk_tariff_version"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tariff_version_tariff_id", "tariff_version", ["tariff_id"])
    op.create_table(
        "tariff_use",
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("tariff_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("direction", "first_day", name="pk_tariff_use"),
    )
    op.create_table(
        "carbon_factor",
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("g_per_kwh", sa.Float(53)),
        sa.Column("feed_id", sa.Integer),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name="pk_carbon_factor"),
    )


def downgrade() -> None:
    for table in ("carbon_factor", "tariff_use", "tariff_version", "tariff"):
        op.drop_table(table)
