"""Devices that the dispatcher alone still knows: on trial, or being given back after deletion."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("control_device", sa.Column("served_until_ms", sa.BigInteger))
    op.add_column("control_device", sa.Column("trial_by", sa.String(100)))
    op.add_column("control_device", sa.Column("test_command_id", sa.String(64)))


def downgrade() -> None:
    # Whatever never was registered was only on trial.
    op.execute("DELETE FROM control_device WHERE version = 0")
    for name in ("served_until_ms", "trial_by", "test_command_id"):
        op.drop_column("control_device", name)
