"""Reading uploaded files that wait for their confirmation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from komma_tracker.access.rules import NotFound, Viewer
from komma_tracker.exchange.models import ImportDraft


def draft(session: Session, viewer: Viewer, public_id: str, *, now: datetime, for_change: bool = False) -> ImportDraft:
    """A file that the viewer has uploaded, with its content, while it has not expired. Raises NotFound."""
    statement = (
        select(ImportDraft)
        .where(ImportDraft.public_id == public_id, ImportDraft.user_id == viewer.user_id, ImportDraft.expires_at > now)
        .options(undefer(ImportDraft.content))
    )
    found = session.scalar(statement.with_for_update() if for_change else statement)
    if found is None:
        raise NotFound
    return found


def surplus_drafts(session: Session, viewer: Viewer, *, keep: int) -> list[int]:
    """Ids of the viewer's files beyond the newest few."""
    newest_first = select(ImportDraft.id).where(ImportDraft.user_id == viewer.user_id).order_by(ImportDraft.id.desc())
    return list(session.scalars(newest_first.offset(keep)))
