"""Hourly instructions per device; the site's limits, its own and what the grid operator orders."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "control_instruction",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("hours", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "day", name="pk_control_instruction"),
    )
    breaker = op.create_table(
        "control_site_limit",
        sa.Column("site_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("import_kw", sa.Float(53)),
        sa.Column("export_kw", sa.Float(53)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_control_site_limit"),
    )
    op.bulk_insert(breaker, [{"site_id": 1, "import_kw": None, "export_kw": None, "version": 1}])
    op.create_table(
        "control_grid_order",
        sa.Column("order_id", sa.Integer, nullable=False),
        sa.Column("import_kw", sa.Float(53)),
        sa.Column("export_kw", sa.Float(53)),
        sa.Column("starts_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("entered_by", sa.String(100), nullable=False),
        sa.Column("entered_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("ended_by", sa.String(100)),
        sa.PrimaryKeyConstraint("order_id", name="pk_control_grid_order"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_control_grid_order_ends_ms", "control_grid_order", ["ends_ms"])


def downgrade() -> None:
    for table in ("control_grid_order", "control_site_limit", "control_instruction"):
        op.drop_table(table)
