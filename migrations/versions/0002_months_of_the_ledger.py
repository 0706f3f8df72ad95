"""The months of the ledger: in which statement an entry stands, what it corrects, who has approved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("agreed_minutes", sa.Integer(), nullable=False),
        sa.Column("remaining_minutes", sa.Integer(), nullable=False),
        sa.Column("check_number", sa.String(length=24), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=120), nullable=True),
        sa.Column("answer_way", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_statement_answered_by_id_user")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_statement_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["user.id"], name=op.f("fk_statement_submitted_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("contract_id", "month", name=op.f("uq_statement_contract_id_month")),
        sa.UniqueConstraint("public_id", name=op.f("uq_statement_public_id")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_municipality_id"), ["municipality_id"], unique=False)

    with op.batch_alter_table("budget_total", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_minutes", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("posting_month", sa.Date(), nullable=False, server_default="1970-01-01"))
        batch_op.add_column(sa.Column("counted_as", sa.String(length=160), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("statement_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("approval", sa.String(length=40), nullable=False, server_default="not_needed"))
        batch_op.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_day_entry_contract_id_posting_month", ["contract_id", "posting_month"], unique=False)
        batch_op.create_index(batch_op.f("ix_day_entry_statement_id"), ["statement_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_day_entry_replaces_id"), ["replaces_id"])
        batch_op.create_unique_constraint(batch_op.f("uq_day_entry_reverses_id"), ["reverses_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_day_entry_statement_id_statement"), "statement", ["statement_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_day_entry_approved_by_id_user"), "user", ["approved_by_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_day_entry_replaces_id_day_entry"), "day_entry", ["replaces_id"], ["id"]
        )
    first_of_month = {"postgresql": "date_trunc('month', service_date)"}
    month = first_of_month.get(op.get_bind().dialect.name, "date(service_date, 'start of month')")
    op.execute(f"UPDATE day_entry SET posting_month = {month}")  # noqa: S608


def downgrade() -> None:
    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_day_entry_replaces_id_day_entry"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_day_entry_approved_by_id_user"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_day_entry_statement_id_statement"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_day_entry_reverses_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_day_entry_replaces_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_day_entry_statement_id"))
        batch_op.drop_index("ix_day_entry_contract_id_posting_month")
        batch_op.drop_column("approved_at")
        batch_op.drop_column("approved_by_id")
        batch_op.drop_column("approval")
        batch_op.drop_column("reason")
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("statement_id")
        batch_op.drop_column("counted_as")
        batch_op.drop_column("posting_month")

    with op.batch_alter_table("budget_total", schema=None) as batch_op:
        batch_op.drop_column("confirmed_minutes")

    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_municipality_id"))

    op.drop_table("statement")
