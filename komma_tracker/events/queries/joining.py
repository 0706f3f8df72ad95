"""Reading who joined a session by its code, and how content they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, may
from komma_tracker.events.join_models import EventFeedback, EventJoined, EventJoining
from komma_tracker.events.rules import EventKind, FunctionGroup, joining
from komma_tracker.events.rules.joining import Joining, Satisfaction
from komma_tracker.events.shown import ShownSession


def joining_of(session: Session, viewer: Actor, shown: ShownSession, *, now: datetime) -> Joining | None:
    """The joining of a session, where it has one; of one with others only for the team, because it tells of them."""
    if not shown.detailed or shown.kind is EventKind.COACHING:
        return None
    if shown.others and not may(viewer, Permission.SESSION_CONFIDENTIAL):
        return None
    row = joining_for_change(session, event_id=shown.id)
    if row is None:
        return None
    at = joining.phase(shown.state, shown.starts_local, shown.ends_local, shown.zone, now)
    evaluated = joining.is_evaluated(shown.state, at, is_open=row.seed is not None)
    return Joining(
        seed=row.seed,
        at=at,
        evaluated=evaluated,
        heads=heads_of(session, viewer, shown),
        satisfaction=_satisfaction_of(session, shown.id) if evaluated else None,
    )


def heads_of(session: Session, viewer: Actor, shown: ShownSession) -> Mapping[FunctionGroup, int]:
    """Who counted themselves in, by function group: what the form proposes that asks how many took part."""
    del viewer  # whoever may say that it was held knows all of it
    rows = session.execute(
        select(EventJoined.function_group, EventJoined.headcount).where(
            EventJoined.event_id == shown.id, EventJoined.headcount > 0
        )
    )
    heads: dict[FunctionGroup, int] = dict(rows.all())
    return {group: heads[group] for group in FunctionGroup if group in heads}


def _satisfaction_of(session: Session, event_id: int) -> Satisfaction | None:
    rows = session.execute(select(EventFeedback.scale, EventFeedback.answers).where(EventFeedback.event_id == event_id))
    return joining.satisfaction(dict(rows.all()))


def joining_by_code(session: Session, *, code_hash: str) -> EventJoining | None:
    """The open joining behind a code; `session` works for the system."""
    return session.scalar(select(EventJoining).where(EventJoining.code_hash == code_hash))


def joining_for_change(session: Session, *, event_id: int) -> EventJoining | None:
    """The row behind the joining of a session, open or closed."""
    return session.scalar(select(EventJoining).where(EventJoining.event_id == event_id))
