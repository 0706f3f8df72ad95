"""foundation"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "municipality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("alias", sa.String(length=40), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("label_revision", sa.Integer(), nullable=False),
        sa.Column("label_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality")),
        sa.UniqueConstraint("alias", name=op.f("uq_municipality_alias")),
        sa.UniqueConstraint("code", name=op.f("uq_municipality_code")),
    )
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limit")),
    )
    with op.batch_alter_table("rate_limit", schema=None) as batch_op:
        batch_op.create_index("ix_rate_limit_expires", ["expires"], unique=False)

    op.create_table(
        "register_entry",
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("official_name", sa.String(length=120), nullable=False),
        sa.Column("search_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("land", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=120), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_register_entry")),
    )
    with op.batch_alter_table("register_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_entry_search_key"), ["search_key"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_public_id")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_assignment_order")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_assignment_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("errand", sa.String(length=80), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("request_key", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_audit_record_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_audit_record_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
        sa.UniqueConstraint("request_key", name=op.f("uq_audit_record_request_key")),
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_record_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_record_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index("ix_audit_record_object", ["object_type", "object_id"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("scope_kind", sa.String(length=40), nullable=False),
        sa.Column("scope_units", sa.Text(), nullable=True),
        sa.Column("signatory_name", sa.String(length=120), nullable=True),
        sa.Column("signatory_office", sa.String(length=120), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_contract_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contract_public_id")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("ends_local", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("municipality_count", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=40), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_local > starts_local", name=op.f("ck_event_order")),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["user.id"], name=op.f("fk_event_cancelled_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_public_id")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_municipality_count", ["municipality_count", "starts_local"], unique=False)
        batch_op.create_index("ix_event_starts_local", ["starts_local"], unique=False)
        batch_op.create_index("ix_event_version", ["version"], unique=False)

    op.create_table(
        "feed_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sha256", sa.String(length=64), nullable=True),
        sa.Column("body_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(audience = 'municipality') = (municipality_id IS NOT NULL)", name=op.f("ck_feed_address_audience")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_feed_address_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_feed_address_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_address")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feed_address_public_id")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_feed_address_token_sha256")),
    )
    with op.batch_alter_table("feed_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_address_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "import_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_import_draft_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_import_draft_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_draft_public_id")),
    )
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_draft_user_id"), ["user_id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_login_session_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_login_session_token_sha256")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "municipality_identity",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sort_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("land", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=120), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("official_key", sa.String(length=12), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.String(length=120), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("contact_phone", sa.String(length=60), nullable=True),
        sa.Column("catholic_holidays", sa.Boolean(), nullable=False),
        sa.Column("augsburg_holiday", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_municipality_identity_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_municipality_identity")),
        sa.UniqueConstraint("official_key", name=op.f("uq_municipality_identity_official_key")),
    )
    with op.batch_alter_table("municipality_identity", schema=None) as batch_op:
        batch_op.create_index("ix_municipality_identity_sort_key", ["sort_key"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_one_time_link_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_one_time_link_token_sha256")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "budget_total",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("used_minutes", sa.Integer(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("last_service_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_budget_total_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_budget_total_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_budget_total")),
    )
    with op.batch_alter_table("budget_total", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_total_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "contract_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("agreed_minutes", sa.Integer(), nullable=False),
        sa.Column("minutes_per_day", sa.Integer(), nullable=False),
        sa.Column("unit_minutes", sa.Integer(), nullable=False),
        sa.Column("rounding", sa.String(length=40), nullable=False),
        sa.Column("counts_preparation", sa.Boolean(), nullable=False),
        sa.Column("travel_policy", sa.String(length=40), nullable=False),
        sa.Column("min_onsite_minutes", sa.Integer(), nullable=False),
        sa.Column("daily_cap_minutes", sa.Integer(), nullable=False),
        sa.Column("late_cancellation_working_days", sa.Integer(), nullable=False),
        sa.Column("late_cancellation_percent", sa.Integer(), nullable=False),
        sa.Column("signed_by_municipality_on", sa.Date(), nullable=True),
        sa.Column("signed_by_carrier_on", sa.Date(), nullable=True),
        sa.CheckConstraint("agreed_minutes >= 0 AND minutes_per_day > 0", name=op.f("ck_contract_terms_minutes")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_contract_terms_term")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_terms_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_terms")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_contract_terms_contract_id_number")),
    )
    op.create_table(
        "event_consultant",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_consultant_event_id_event")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_event_consultant_user_id_user")),
        sa.PrimaryKeyConstraint("event_id", "user_id", name=op.f("pk_event_consultant")),
    )
    with op.batch_alter_table("event_consultant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_consultant_user_id"), ["user_id"], unique=False)

    op.create_table(
        "event_participants",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("function_group", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_event_participants_headcount")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_participants_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "function_group", name=op.f("pk_event_participants")),
    )
    op.create_table(
        "work_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("planned_minutes >= 0", name=op.f("ck_work_package_planned")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_work_package_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_package")),
        sa.UniqueConstraint("contract_id", "code", name=op.f("uq_work_package_contract_id_code")),
    )
    op.create_table(
        "day_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("consultant_id", sa.Integer(), nullable=False),
        sa.Column("work_package_id", sa.Integer(), nullable=True),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("chargeable_minutes", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("internal_note", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("import_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0 OR reverses_id IS NOT NULL", name=op.f("ck_day_entry_minutes")),
        sa.ForeignKeyConstraint(["consultant_id"], ["user.id"], name=op.f("fk_day_entry_consultant_id_user")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_day_entry_contract_id_contract")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_day_entry_created_by_id_user")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_day_entry_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["day_entry.id"], name=op.f("fk_day_entry_reverses_id_day_entry")),
        sa.ForeignKeyConstraint(
            ["work_package_id"], ["work_package.id"], name=op.f("fk_day_entry_work_package_id_work_package")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_entry")),
        sa.UniqueConstraint("import_key", name=op.f("uq_day_entry_import_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_day_entry_public_id")),
    )
    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_day_entry_consultant_id_service_date", ["consultant_id", "service_date"], unique=False
        )
        batch_op.create_index("ix_day_entry_contract_id_service_date", ["contract_id", "service_date"], unique=False)
        batch_op.create_index(
            "ix_day_entry_municipality_id_service_date", ["municipality_id", "service_date"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_day_entry_work_package_id"), ["work_package_id"], unique=False)

    op.create_table(
        "event_municipality",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("work_package_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_municipality_event_id_event")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_event_municipality_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["work_package_id"], ["work_package.id"], name=op.f("fk_event_municipality_work_package_id_work_package")
        ),
        sa.PrimaryKeyConstraint("event_id", "municipality_id", name=op.f("pk_event_municipality")),
    )
    with op.batch_alter_table("event_municipality", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_municipality_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "event_booking",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("consultant_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["consultant_id"], ["user.id"], name=op.f("fk_event_booking_consultant_id_user")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["day_entry.id"], name=op.f("fk_event_booking_entry_id_day_entry"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_booking_event_id_event")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_event_booking_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("event_id", "consultant_id", "municipality_id", name=op.f("pk_event_booking")),
    )
    with op.batch_alter_table("event_booking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_booking_entry_id"), ["entry_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("event_booking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_booking_entry_id"))

    op.drop_table("event_booking")
    with op.batch_alter_table("event_municipality", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_municipality_municipality_id"))

    op.drop_table("event_municipality")
    with op.batch_alter_table("day_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_entry_work_package_id"))
        batch_op.drop_index("ix_day_entry_municipality_id_service_date")
        batch_op.drop_index("ix_day_entry_contract_id_service_date")
        batch_op.drop_index("ix_day_entry_consultant_id_service_date")

    op.drop_table("day_entry")
    op.drop_table("work_package")
    op.drop_table("event_participants")
    with op.batch_alter_table("event_consultant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_consultant_user_id"))

    op.drop_table("event_consultant")
    op.drop_table("contract_terms")
    with op.batch_alter_table("budget_total", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_budget_total_municipality_id"))

    op.drop_table("budget_total")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_user_id"))

    op.drop_table("one_time_link")
    with op.batch_alter_table("municipality_identity", schema=None) as batch_op:
        batch_op.drop_index("ix_municipality_identity_sort_key")

    op.drop_table("municipality_identity")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_user_id"))

    op.drop_table("login_session")
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_draft_user_id"))

    op.drop_table("import_draft")
    with op.batch_alter_table("feed_address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_address_owner_id"))

    op.drop_table("feed_address")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_version")
        batch_op.drop_index("ix_event_starts_local")
        batch_op.drop_index("ix_event_municipality_count")

    op.drop_table("event")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_municipality_id"))

    op.drop_table("contract")
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_record_object")
        batch_op.drop_index(batch_op.f("ix_audit_record_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_audit_record_at"))

    op.drop_table("audit_record")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_user_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_municipality_id"))

    op.drop_table("assignment")
    op.drop_table("user")
    with op.batch_alter_table("register_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_register_entry_search_key"))

    op.drop_table("register_entry")
    with op.batch_alter_table("rate_limit", schema=None) as batch_op:
        batch_op.drop_index("ix_rate_limit_expires")

    op.drop_table("rate_limit")
    op.drop_table("municipality")
