"""What files of other tools mean: answers of an upload, remembered columns and names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=64), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_import_layout_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_layout")),
        sa.UniqueConstraint("user_id", "heading", name=op.f("uq_import_layout_user_id_heading")),
    )
    op.create_table(
        "import_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("within", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_import_name_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_import_name_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_name")),
        sa.UniqueConstraint(
            "user_id",
            "kind",
            "within",
            "name",
            "municipality_id",
            name=op.f("uq_import_name_user_id_kind_within_name_municipality_id"),
        ),
    )
    with op.batch_alter_table("import_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_name_municipality_id"), ["municipality_id"], unique=False)

    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("step", sa.String(length=40), nullable=False, server_default="preview"))
        batch_op.add_column(sa.Column("places", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("date_order", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("answers", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.drop_column("answers")
        batch_op.drop_column("date_order")
        batch_op.drop_column("places")
        batch_op.drop_column("step")

    with op.batch_alter_table("import_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_name_municipality_id"))

    op.drop_table("import_name")
    op.drop_table("import_layout")
