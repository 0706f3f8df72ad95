"""Words by which appointments are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_word")),
        sa.UniqueConstraint("key", name=op.f("uq_calendar_word_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calendar_word_public_id")),
    )


def downgrade() -> None:
    op.drop_table("calendar_word")
