"""Filed reports: what went to the funder, with its files, as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filed_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("check_sum", sa.String(length=24), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("companions", sa.JSON(), nullable=False),
        sa.Column("xlsx", sa.LargeBinary(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("last_month >= first_month", name=op.f("ck_filed_report_period")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user.id"], name=op.f("fk_filed_report_filed_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filed_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_filed_report_public_id")),
    )


def downgrade() -> None:
    op.drop_table("filed_report")
