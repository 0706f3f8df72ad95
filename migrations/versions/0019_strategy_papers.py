"""Strategy papers with their versions, reviews and steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliverable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=160), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(length=60), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_deliverable_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliverable")),
        sa.UniqueConstraint("public_id", name=op.f("uq_deliverable_public_id")),
    )
    with op.batch_alter_table("deliverable", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliverable_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "deliverable_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deliverable_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(length=60), nullable=False),
        sa.Column("version_label", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["deliverable_id"], ["deliverable.id"], name=op.f("fk_deliverable_step_deliverable_id_deliverable")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_deliverable_step_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliverable_step")),
    )
    with op.batch_alter_table("deliverable_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliverable_step_deliverable_id"), ["deliverable_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliverable_step_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "deliverable_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deliverable_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deliverable_id"], ["deliverable.id"], name=op.f("fk_deliverable_version_deliverable_id_deliverable")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_deliverable_version_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliverable_version")),
        sa.UniqueConstraint("deliverable_id", "number", name=op.f("uq_deliverable_version_deliverable_id_number")),
    )
    with op.batch_alter_table("deliverable_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliverable_version_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "deliverable_review",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=40), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_deliverable_review_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["deliverable_version.id"],
            name=op.f("fk_deliverable_review_version_id_deliverable_version"),
        ),
        sa.PrimaryKeyConstraint("version_id", "reviewer", name=op.f("pk_deliverable_review")),
    )
    with op.batch_alter_table("deliverable_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliverable_review_municipality_id"), ["municipality_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("deliverable_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliverable_review_municipality_id"))

    op.drop_table("deliverable_review")
    with op.batch_alter_table("deliverable_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliverable_version_municipality_id"))

    op.drop_table("deliverable_version")
    with op.batch_alter_table("deliverable_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliverable_step_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_deliverable_step_deliverable_id"))

    op.drop_table("deliverable_step")
    with op.batch_alter_table("deliverable", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliverable_municipality_id"))

    op.drop_table("deliverable")
