"""Reading the record of use cases."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from komma_tracker.audit.models import AuditRecord

_OF_REQUEST = select(AuditRecord.object_id).where(AuditRecord.request_key == bindparam("request_key"))


def record_of_request(session: Session, request_key: str) -> str | None:
    """The id of the object that a form with this key has made."""
    return session.scalar(_OF_REQUEST, {"request_key": request_key})


def take_turns(session: Session, request_key: str) -> None:
    """Let two arrivals of one form pass one after the other, so that the second finds what the first has made.

    SQLite does so with all that write; PostgreSQL is asked to, until the end of the transaction.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(request_key, 0))))
