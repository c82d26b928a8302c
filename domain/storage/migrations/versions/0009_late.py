"""What came late: readings that the quality check has still to see."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unchecked",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name="pk_unchecked"),
    )


def downgrade() -> None:
    op.drop_table("unchecked")
