"""Refused messages and configured mappings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_rejected",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("message", sa.String(300), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("payload_bytes", sa.BigInteger, nullable=False),
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_inbox_rejected"),
    )
    op.create_index("ix_inbox_rejected_last_ms", "inbox_rejected", ["last_ms"])
    op.create_table(
        "inbox_mapping",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_inbox_mapping"),
    )


def downgrade() -> None:
    op.drop_table("inbox_mapping")
    op.drop_table("inbox_rejected")
