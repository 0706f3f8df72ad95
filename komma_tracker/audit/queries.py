"""Reading the record of use cases."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.audit.models import AuditRecord


def record_of_request(session: Session, request_key: str) -> str | None:
    """The id of the object that a form with this key has made."""
    return session.scalar(select(AuditRecord.object_id).where(AuditRecord.request_key == request_key))
