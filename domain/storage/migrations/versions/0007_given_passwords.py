"""Whether a user still has the password somebody else gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    given = sa.Column("password_given", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("access_user", given)


def downgrade() -> None:
    op.drop_column("access_user", "password_given")
