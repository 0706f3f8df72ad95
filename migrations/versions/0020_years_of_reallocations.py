"""Say of days moved between work packages for which calendar year: so far, that in which it was recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reallocation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("year", sa.Integer(), nullable=False, server_default="0"))
    # Dates begin with their year in the text of both databases.
    op.execute("UPDATE reallocation SET year = CAST(SUBSTR(CAST(recorded_at AS VARCHAR(40)), 1, 4) AS INTEGER)")


def downgrade() -> None:
    with op.batch_alter_table("reallocation", schema=None) as batch_op:
        batch_op.drop_column("year")
