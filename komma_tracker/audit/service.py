"""Keep a record of every use case, inside its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, System
from komma_tracker.audit.models import AuditRecord
from komma_tracker.audit.queries import record_of_request, take_turns


def record(
    session: Session,
    viewer: Actor,
    *,
    action: str,
    object_type: str,
    object_id: str,
    now: datetime,
    municipality_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> None:
    """Note who did what. `before` and `after` hold values and ids, never names of people or municipalities."""
    session.add(
        AuditRecord(
            at=now,
            actor_id=None if isinstance(viewer, System) else viewer.user_id,
            errand=viewer.reason if isinstance(viewer, System) else None,
            action=action,
            object_type=object_type,
            object_id=object_id,
            municipality_id=municipality_id,
            before=before,
            after=after,
            request_key=_own_key(viewer, request_key),
        )
    )


def done_before(session: Session, viewer: Actor, request_key: str | None) -> str | None:
    """The id of what the same form has already made, or None if it arrives for the first time."""
    key = _own_key(viewer, request_key)
    if key is None:
        return None
    take_turns(session, key)
    return record_of_request(session, key)


def _own_key(viewer: Actor, request_key: str | None) -> str | None:
    # One person's key can never stand for another person's form.
    if not request_key or isinstance(viewer, System):
        return None
    return f"{viewer.user_id}:{request_key}"
