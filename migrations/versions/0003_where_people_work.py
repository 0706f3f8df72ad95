"""Where people work, and the holidays that one municipality alone has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("municipality_identity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("local_holidays", sa.Text(), nullable=True))

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("land", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("land")

    with op.batch_alter_table("municipality_identity", schema=None) as batch_op:
        batch_op.drop_column("local_holidays")
