"""What a use case has changed that rooms above its own may want to know of, once it is committed."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

_KEY = "changes"


@dataclass
class Changes:
    """Ids of sessions (of the calendar) and of people, changed through one database session."""

    event_ids: set[int] = field(default_factory=set[int])
    user_ids: set[int] = field(default_factory=set[int])


def note(session: Session, *, event_id: int | None = None, user_id: int | None = None) -> None:
    """Note that something about a session or a person has changed. Of what is rolled back, nothing is lost by it."""
    changes: Changes = session.info.setdefault(_KEY, Changes())
    if event_id is not None:
        changes.event_ids.add(event_id)
    if user_id is not None:
        changes.user_ids.add(user_id)


def taken(session: Session) -> Changes | None:
    """What was noted, once; None where nothing was."""
    return session.info.pop(_KEY, None)
