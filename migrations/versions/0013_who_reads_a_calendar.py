"""Who reads a calendar: guests, alliances, filters, levels of detail, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_address_municipality",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["feed_address.id"], name=op.f("fk_feed_address_municipality_address_id_feed_address")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_feed_address_municipality_municipality_id_municipality"),
        ),
        sa.PrimaryKeyConstraint("address_id", "municipality_id", name=op.f("pk_feed_address_municipality")),
    )
    with op.batch_alter_table("feed_address_municipality", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feed_address_municipality_municipality_id"), ["municipality_id"], unique=False
        )

    with op.batch_alter_table("feed_address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("for_guest", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("side", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("level", sa.String(length=40), nullable=False, server_default="full"))
        batch_op.add_column(sa.Column("kinds", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tentative", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("past_months", sa.Integer(), nullable=False, server_default="12"))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("closing", sa.String(length=40), nullable=True))
        batch_op.create_index(batch_op.f("ix_feed_address_municipality_id"), ["municipality_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("ck_feed_address_audience"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_feed_address_audience"),
            "(audience IN ('municipality', 'alliance')) = (municipality_id IS NOT NULL)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_feed_address_side"), "(audience = 'alliance') = (side IS NOT NULL)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_feed_address_expiry"), "expires_on IS NOT NULL OR NOT for_guest"
        )
    op.execute("UPDATE feed_address SET closing = 'revoked' WHERE revoked_at IS NOT NULL")


def downgrade() -> None:
    # The version before knows neither guests nor these calendars: what it would take for something else has to go.
    unknown = "for_guest OR audience NOT IN ('mine', 'municipality', 'programme') OR level != 'full'"
    op.drop_table("feed_address_municipality")
    op.execute(f"DELETE FROM feed_address WHERE {unknown}")  # noqa: S608 – a constant
    with op.batch_alter_table("feed_address", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_feed_address_expiry"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_feed_address_side"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_feed_address_audience"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_feed_address_audience"), "(audience = 'municipality') = (municipality_id IS NOT NULL)"
        )
        batch_op.drop_index(batch_op.f("ix_feed_address_municipality_id"))
        batch_op.drop_column("closing")
        batch_op.drop_column("expires_on")
        batch_op.drop_column("past_months")
        batch_op.drop_column("cancelled")
        batch_op.drop_column("tentative")
        batch_op.drop_column("kinds")
        batch_op.drop_column("level")
        batch_op.drop_column("side")
        batch_op.drop_column("for_guest")
