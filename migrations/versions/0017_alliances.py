"""Alliances: organisations on their sides, work plans, attendance and decisions of meetings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
    )
    op.create_table(
        "alliance",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("agreement_on", sa.Date(), nullable=True),
        sa.Column("coordination_after", sa.String(length=160), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_alliance_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_alliance")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alliance_public_id")),
    )
    op.create_table(
        "alliance_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("contact_function", sa.String(length=160), nullable=False),
        sa.Column("agreement", sa.String(length=40), nullable=False),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("next_step", sa.String(length=200), nullable=False),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["alliance.municipality_id"], name=op.f("fk_alliance_member_municipality_id_alliance")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_alliance_member_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alliance_member")),
        sa.UniqueConstraint(
            "municipality_id",
            "organisation_id",
            "side",
            name=op.f("uq_alliance_member_municipality_id_organisation_id_side"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_alliance_member_public_id")),
    )
    with op.batch_alter_table("alliance_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alliance_member_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alliance_member_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "alliance_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["alliance.municipality_id"], name=op.f("fk_alliance_turn_municipality_id_alliance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alliance_turn")),
    )
    with op.batch_alter_table("alliance_turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alliance_turn_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "meeting_attendance",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_meeting_attendance_headcount")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_meeting_attendance_event_id_event")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["alliance.municipality_id"],
            name=op.f("fk_meeting_attendance_municipality_id_alliance"),
        ),
        sa.PrimaryKeyConstraint("event_id", "municipality_id", "side", name=op.f("pk_meeting_attendance")),
    )
    with op.batch_alter_table("meeting_attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_attendance_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "meeting_decision",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_meeting_decision_event_id_event")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["alliance.municipality_id"], name=op.f("fk_meeting_decision_municipality_id_alliance")
        ),
        sa.PrimaryKeyConstraint("event_id", "municipality_id", "position", name=op.f("pk_meeting_decision")),
    )
    with op.batch_alter_table("meeting_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_decision_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "work_plan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("responsible", sa.String(length=160), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["alliance.municipality_id"], name=op.f("fk_work_plan_item_municipality_id_alliance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_plan_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_work_plan_item_public_id")),
    )
    with op.batch_alter_table("work_plan_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_plan_item_municipality_id"), ["municipality_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("work_plan_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_plan_item_municipality_id"))

    op.drop_table("work_plan_item")
    with op.batch_alter_table("meeting_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_decision_municipality_id"))

    op.drop_table("meeting_decision")
    with op.batch_alter_table("meeting_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_attendance_municipality_id"))

    op.drop_table("meeting_attendance")
    with op.batch_alter_table("alliance_turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alliance_turn_municipality_id"))

    op.drop_table("alliance_turn")
    with op.batch_alter_table("alliance_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alliance_member_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_alliance_member_municipality_id"))

    op.drop_table("alliance_member")
    op.drop_table("alliance")
    op.drop_table("organisation")
