"""What came late or twice: readings the quality check has still to see, stamps of arrival."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
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
    op.create_table(
        "inbox_stamp",
        sa.Column("listener", sa.String(128), nullable=False),
        sa.Column("packet_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("arrived_ms", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("listener", "packet_id", name="pk_inbox_stamp"),
    )


def downgrade() -> None:
    op.drop_table("inbox_stamp")
    op.drop_table("unchecked")
