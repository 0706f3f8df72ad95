"""Codes by which people join a session, and counters of heads and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_feedback",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scale", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.CheckConstraint("answers >= 0", name=op.f("ck_event_feedback_answers")),
        sa.CheckConstraint("scale BETWEEN 1 AND 5", name=op.f("ck_event_feedback_scale")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_feedback_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "scale", name=op.f("pk_event_feedback")),
    )
    op.create_table(
        "event_joined",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("function_group", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_event_joined_headcount")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_joined_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "function_group", name=op.f("pk_event_joined")),
    )
    op.create_table(
        "event_joining",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=16), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_joining_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_joining")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_event_joining_code_hash")),
    )


def downgrade() -> None:
    op.drop_table("event_joining")
    op.drop_table("event_joined")
    op.drop_table("event_feedback")
