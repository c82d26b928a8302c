"""Keys of calls that act, and their first answers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotent_call",
        sa.Column("caller", sa.String(80), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("claimed_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotent_call"),
    )
    op.create_index("ix_idempotent_call_claimed_ms", "idempotent_call", ["claimed_ms"])


def downgrade() -> None:
    op.drop_table("idempotent_call")
