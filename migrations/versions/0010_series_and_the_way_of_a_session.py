"""Series of sessions, their history and materials, rooms, seats and what is planned around them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("unique_persons", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("unique_persons >= 0", name=op.f("ck_event_series_unique_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_series")),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_series_public_id")),
    )
    op.create_table(
        "event_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_event_material_added_by_id_user")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_material_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_material")),
    )
    with op.batch_alter_table("event_material", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_material_event_id"), ["event_id"], unique=False)

    op.create_table(
        "event_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("from_starts_local", sa.DateTime(), nullable=True),
        sa.Column("from_ends_local", sa.DateTime(), nullable=True),
        sa.Column("to_starts_local", sa.DateTime(), nullable=True),
        sa.Column("to_ends_local", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_event_move_by_id_user")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_move_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_move")),
    )
    with op.batch_alter_table("event_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_move_event_id"), ["event_id"], unique=False)

    op.create_table(
        "event_reminder",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_reminder_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_reminder")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("room", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("preparation_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("follow_up_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("seats", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("target_group", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("public_cleared", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_event_series_id_part"), ["series_id", "part"])
        batch_op.create_foreign_key(
            batch_op.f("fk_event_series_id_event_series"), "event_series", ["series_id"], ["id"]
        )
        batch_op.create_check_constraint(batch_op.f("ck_event_seats"), "seats > 0")
        batch_op.create_check_constraint(
            batch_op.f("ck_event_around"), "preparation_minutes >= 0 AND follow_up_minutes >= 0"
        )
    if not context.is_offline_mode():
        tell_what_was()


def tell_what_was() -> None:
    """Write the history of the sessions that there are, as their audit records tell it."""
    event, record, move = (
        sa.table("event", sa.column("id"), sa.column("public_id")),
        sa.table(
            "audit_record",
            *(sa.column(name) for name in ("id", "actor_id", "object_type", "object_id")),
            sa.column("at", sa.DateTime(timezone=True)),
            sa.column("before", sa.JSON()),
            sa.column("after", sa.JSON()),
        ),
        sa.table(
            "event_move",
            *(sa.column(name) for name in ("event_id", "by_id", "reason", "from_state", "to_state")),
            sa.column("at", sa.DateTime(timezone=True)),
            *(
                sa.column(f"{which}_{end}_local", sa.DateTime())
                for which in ("from", "to")
                for end in ("starts", "ends")
            ),
        ),
    )
    told = (
        sa.select(event.c.id, record.c.at, record.c.actor_id, record.c.before, record.c.after)
        .join(record, sa.and_(record.c.object_type == "session", record.c.object_id == event.c.public_id))
        .order_by(record.c.id)
    )
    bind = op.get_bind()
    steps = [
        step for row in bind.execute(told) if (step := step_of(row.id, row.at, row.actor_id, row.before, row.after))
    ]
    if steps:
        bind.execute(move.insert(), steps)


def step_of(
    event_id: int, at: datetime, by_id: int | None, before: dict[str, str] | None, after: dict[str, str] | None
) -> dict[str, object] | None:
    """The step that a record tells of; None where neither state nor time changed."""
    was, became = before or {}, after or {}
    times = [f"{end}_local" for end in ("starts", "ends")]
    moved = bool(was.get("starts_local")) and any(was.get(name) != became.get(name) for name in times)
    if "state" not in became or (not moved and was.get("state") == became["state"]):
        return None
    return {
        "event_id": event_id,
        "at": at,
        "by_id": by_id,
        "reason": became.get("reason"),
        "from_state": was.get("state"),
        "to_state": became["state"],
        **{f"from_{name}": datetime.fromisoformat(was[name]) if moved else None for name in times},
        **{f"to_{name}": datetime.fromisoformat(became[name]) if moved else None for name in times},
    }


def downgrade() -> None:
    op.execute("UPDATE event SET state = 'held' WHERE state = 'followed_up'")
    op.execute("UPDATE event SET kind = 'webinar' WHERE kind = 'transfer'")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_around"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_event_seats"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_event_series_id_event_series"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_event_series_id_part"), type_="unique")
        batch_op.drop_column("part")
        batch_op.drop_column("series_id")
        batch_op.drop_column("public_cleared")
        batch_op.drop_column("target_group")
        batch_op.drop_column("seats")
        batch_op.drop_column("follow_up_minutes")
        batch_op.drop_column("preparation_minutes")
        batch_op.drop_column("room")

    op.drop_table("event_reminder")
    with op.batch_alter_table("event_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_move_event_id"))

    op.drop_table("event_move")
    with op.batch_alter_table("event_material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_material_event_id"))

    op.drop_table("event_material")
    op.drop_table("event_series")
