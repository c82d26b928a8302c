"""The alarm about commands rings for all that came to nothing, not only for contradicted ones."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_RENAME = "UPDATE alarm_rule SET name = '{after}' WHERE kind = 'command' AND name = '{before}'"


def upgrade() -> None:
    op.execute(_RENAME.format(before="Commands contradicted", after="Commands not done"))


def downgrade() -> None:
    op.execute(_RENAME.format(before="Commands not done", after="Commands contradicted"))
