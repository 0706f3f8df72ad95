"""An index over the few entries that wait for the lead, or were decided on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    decided_on = sa.text("approval != 'not_needed'")
    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_day_entry_approval", ["approval"], sqlite_where=decided_on, postgresql_where=decided_on
        )


def downgrade() -> None:
    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_day_entry_approval")
