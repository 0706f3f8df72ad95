"""How joint sessions are shared out, how many came from where, who called off when, and what that may cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = ["event_id", "consultant_id", "municipality_id"]


def upgrade() -> None:
    op.create_table(
        "late_cancellation",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_late_cancellation_minutes")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_late_cancellation_decided_by_id_user")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_late_cancellation_event_id_event")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_late_cancellation_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user.id"], name=op.f("fk_late_cancellation_proposed_by_id_user")),
        sa.PrimaryKeyConstraint("event_id", "municipality_id", name=op.f("pk_late_cancellation")),
    )
    with op.batch_alter_table("late_cancellation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_late_cancellation_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_late_cancellation_state"), ["state"], unique=False)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("split_key", sa.String(length=40), nullable=False, server_default="equal"))
        batch_op.add_column(sa.Column("called_off_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("notice_on", sa.Date(), nullable=True))

    with op.batch_alter_table("event_booking", schema=None) as batch_op:
        batch_op.add_column(sa.Column("activity", sa.String(length=40), nullable=False, server_default="other"))
        batch_op.drop_constraint("pk_event_booking", type_="primary")
        batch_op.create_primary_key("pk_event_booking", [*KEY, "activity"])
    op.execute(
        "UPDATE event_booking SET activity = "
        "(SELECT activity FROM day_entry WHERE day_entry.id = event_booking.entry_id) WHERE entry_id IS NOT NULL"
    )
    op.execute(
        "UPDATE event SET called_off_by = CASE WHEN cancel_reason IN ('municipality', 'carrier') THEN cancel_reason"
        " ELSE 'nobody' END WHERE state = 'cancelled'"
    )

    with op.batch_alter_table("event_municipality", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hosts", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("headcount", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event_municipality", schema=None) as batch_op:
        batch_op.drop_column("headcount")
        batch_op.drop_column("hosts")

    op.execute("DELETE FROM event_booking WHERE activity IN ('preparation', 'late_cancellation')")
    with op.batch_alter_table("event_booking", schema=None) as batch_op:
        batch_op.drop_constraint("pk_event_booking", type_="primary")
        batch_op.create_primary_key("pk_event_booking", KEY)
        batch_op.drop_column("activity")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("notice_on")
        batch_op.drop_column("called_off_by")
        batch_op.drop_column("split_key")

    with op.batch_alter_table("late_cancellation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_late_cancellation_state"))
        batch_op.drop_index(batch_op.f("ix_late_cancellation_municipality_id"))

    op.drop_table("late_cancellation")
