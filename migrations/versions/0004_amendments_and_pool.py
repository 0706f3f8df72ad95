"""Amendments with their scope, parties, work packages by year, moves of days between packages and municipalities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("from_contract_id", sa.Integer(), nullable=True),
        sa.Column("from_municipality_id", sa.Integer(), nullable=True),
        sa.Column("to_contract_id", sa.Integer(), nullable=True),
        sa.Column("to_municipality_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_approved_by_id", sa.Integer(), nullable=True),
        sa.Column("first_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_approved_by_id", sa.Integer(), nullable=True),
        sa.Column("second_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_contract_id IS NOT NULL OR to_contract_id IS NOT NULL", name=op.f("ck_pool_transfer_sides")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_pool_transfer_minutes")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_pool_transfer_ended_by_id_user")),
        sa.ForeignKeyConstraint(
            ["first_approved_by_id"], ["user.id"], name=op.f("fk_pool_transfer_first_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["from_contract_id"], ["contract.id"], name=op.f("fk_pool_transfer_from_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["from_municipality_id"],
            ["municipality.id"],
            name=op.f("fk_pool_transfer_from_municipality_id_municipality"),
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user.id"], name=op.f("fk_pool_transfer_proposed_by_id_user")),
        sa.ForeignKeyConstraint(
            ["second_approved_by_id"], ["user.id"], name=op.f("fk_pool_transfer_second_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["to_contract_id"], ["contract.id"], name=op.f("fk_pool_transfer_to_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["to_municipality_id"], ["municipality.id"], name=op.f("fk_pool_transfer_to_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_transfer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pool_transfer_public_id")),
    )
    with op.batch_alter_table("pool_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_transfer_from_contract_id"), ["from_contract_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pool_transfer_from_municipality_id"), ["from_municipality_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_pool_transfer_to_contract_id"), ["to_contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pool_transfer_to_municipality_id"), ["to_municipality_id"], unique=False)

    op.create_table(
        "package_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_package_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("planned_minutes > 0", name=op.f("ck_package_year_planned")),
        sa.ForeignKeyConstraint(
            ["work_package_id"],
            ["work_package.id"],
            name=op.f("fk_package_year_work_package_id_work_package"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_year")),
        sa.UniqueConstraint("work_package_id", "year", name=op.f("uq_package_year_work_package_id_year")),
    )
    op.create_table(
        "reallocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("from_package_id", sa.Integer(), nullable=False),
        sa.Column("to_package_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_package_id != to_package_id", name=op.f("ck_reallocation_packages")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_reallocation_minutes")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_reallocation_contract_id_contract")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_reallocation_decided_by_id_user")),
        sa.ForeignKeyConstraint(
            ["from_package_id"], ["work_package.id"], name=op.f("fk_reallocation_from_package_id_work_package")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user.id"], name=op.f("fk_reallocation_recorded_by_id_user")),
        sa.ForeignKeyConstraint(
            ["to_package_id"], ["work_package.id"], name=op.f("fk_reallocation_to_package_id_work_package")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reallocation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reallocation_public_id")),
    )
    with op.batch_alter_table("reallocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reallocation_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reallocation_from_package_id"), ["from_package_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reallocation_to_package_id"), ["to_package_id"], unique=False)

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signatory_level", sa.String(length=40), nullable=False, server_default="whole"))
        batch_op.add_column(
            sa.Column("carrier_label", sa.String(length=120), nullable=False, server_default="IMAP Institut")
        )
        batch_op.add_column(sa.Column("ended_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("end_reason", sa.String(length=40), nullable=True))

    with op.batch_alter_table("contract_terms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scope_kind", sa.String(length=40), nullable=False, server_default="whole"))
        batch_op.add_column(sa.Column("scope_units", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("deemed_approval_working_days", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("reference", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("waits_for_counterpart", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("transfer_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_contract_terms_transfer_id"), ["transfer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_contract_terms_transfer_id_pool_transfer"), "pool_transfer", ["transfer_id"], ["id"]
        )

    op.execute(
        "UPDATE contract_terms SET"
        " scope_kind = (SELECT scope_kind FROM contract WHERE contract.id = contract_terms.contract_id),"
        " scope_units = (SELECT scope_units FROM contract WHERE contract.id = contract_terms.contract_id)"
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_column("scope_kind")
        batch_op.drop_column("scope_units")


def downgrade() -> None:
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scope_units", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("scope_kind", sa.String(length=40), nullable=False, server_default="whole"))

    op.execute(
        "UPDATE contract SET"
        " scope_kind = (SELECT scope_kind FROM contract_terms WHERE contract_id = contract.id AND number = 0),"
        " scope_units = (SELECT scope_units FROM contract_terms WHERE contract_id = contract.id AND number = 0)"
    )
    # Half a pair has no effect; without the column that says so, it would.
    op.execute("DELETE FROM contract_terms WHERE waits_for_counterpart")

    with op.batch_alter_table("contract_terms", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_contract_terms_transfer_id_pool_transfer"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_contract_terms_transfer_id"))
        batch_op.drop_column("transfer_id")
        batch_op.drop_column("waits_for_counterpart")
        batch_op.drop_column("reason")
        batch_op.drop_column("reference")
        batch_op.drop_column("deemed_approval_working_days")
        batch_op.drop_column("scope_units")
        batch_op.drop_column("scope_kind")

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_column("end_reason")
        batch_op.drop_column("ended_by")
        batch_op.drop_column("carrier_label")
        batch_op.drop_column("signatory_level")

    with op.batch_alter_table("reallocation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reallocation_to_package_id"))
        batch_op.drop_index(batch_op.f("ix_reallocation_from_package_id"))
        batch_op.drop_index(batch_op.f("ix_reallocation_contract_id"))

    op.drop_table("reallocation")
    op.drop_table("package_year")
    with op.batch_alter_table("pool_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_transfer_to_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_pool_transfer_to_contract_id"))
        batch_op.drop_index(batch_op.f("ix_pool_transfer_from_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_pool_transfer_from_contract_id"))

    op.drop_table("pool_transfer")
