"""Keep what the labels of municipalities that left a session had counted for in calendars."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What stood there counted changes of time and state too: SEQUENCE may rise by it once, it must only never fall.
    op.execute("ALTER TABLE event RENAME COLUMN sequence TO labels_left")


def downgrade() -> None:
    op.execute("ALTER TABLE event RENAME COLUMN labels_left TO sequence")
