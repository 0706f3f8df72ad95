"""What is kept of statements beside their entries: names as they were, every step, objections, links to sign off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_off_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_sign_off_link_created_by_id_user")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_sign_off_link_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_sign_off_link_statement_id_statement")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_off_link_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_sign_off_link_token_sha256")),
    )
    with op.batch_alter_table("sign_off_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_off_link_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_off_link_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "statement_snapshot",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("minutes_per_day", sa.Integer(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_snapshot_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_snapshot_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement_snapshot")),
    )
    with op.batch_alter_table("statement_snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_snapshot_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "statement_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("check_number", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_statement_step_by_id_user")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_step_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_step_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_step")),
    )
    with op.batch_alter_table("statement_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_step_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_step_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("entry_public_id", sa.String(length=16), nullable=True),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_objection_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["statement_step.id"], name=op.f("fk_objection_step_id_statement_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_objection_step_id"), ["step_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objection_step_id"))
        batch_op.drop_index(batch_op.f("ix_objection_municipality_id"))

    op.drop_table("objection")
    with op.batch_alter_table("statement_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_step_statement_id"))
        batch_op.drop_index(batch_op.f("ix_statement_step_municipality_id"))

    op.drop_table("statement_step")
    with op.batch_alter_table("statement_snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_snapshot_municipality_id"))

    op.drop_table("statement_snapshot")
    with op.batch_alter_table("sign_off_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_off_link_statement_id"))
        batch_op.drop_index(batch_op.f("ix_sign_off_link_municipality_id"))

    op.drop_table("sign_off_link")
