"""Room for signature keys that are sealed; the next start seals those that lie plain."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _resize(from_length=100, to_length=500)


def downgrade() -> None:
    # An older Wattboard cannot open sealed keys: its webhooks begin switched off and without one.
    op.execute("UPDATE alarm_channel SET enabled = false WHERE kind = 'webhook'")
    op.execute("UPDATE alarm_channel SET secret = ''")
    _resize(from_length=500, to_length=100)


def _resize(from_length: int, to_length: int) -> None:
    with op.batch_alter_table(
        "alarm_channel", table_kwargs={"sqlite_autoincrement": True}
    ) as channel:
        channel.alter_column(
            "secret",
            existing_type=sa.String(from_length),
            type_=sa.String(to_length),
            existing_nullable=False,
        )
