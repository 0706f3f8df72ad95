"""Who did what, when, to what; written in the same transaction as the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from komma_tracker.access.scope import scoped
from komma_tracker.db import Base, UTCDateTime


@scoped(lambda viewer: AuditRecord.actor_id == viewer.user_id)
class AuditRecord(Base):
    """One use case. Objects and people by id, never by name. The lead reads all, others their own.

    `request_key` makes a form's second arrival recognisable: it is unique per person.
    """

    __tablename__ = "audit_record"
    __table_args__ = (Index("ix_audit_record_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime(), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    errand: Mapped[str | None] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    request_key: Mapped[str | None] = mapped_column(String(80), unique=True)
