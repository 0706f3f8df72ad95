"""Who and what a plan is about: places, people, who works for whom, and what else they have at that time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.events.conflicts import Engagement
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import LONGEST, EventState
from komma_tracker.municipalities.models import Municipality

Span = tuple[date, date | None]
"""From when to when, both inclusive."""


def municipalities_named(session: Session, viewer: Actor, *, municipality_ids: Collection[int]) -> list[Municipality]:
    """These municipalities, as far as the viewer knows of them, in the order of their codes."""
    del viewer
    wanted = select(Municipality).where(Municipality.id.in_(municipality_ids))
    return list(session.scalars(wanted.order_by(func.length(Municipality.code), Municipality.code)))


def people_named(session: Session, viewer: Actor, *, user_ids: Collection[int]) -> list[User]:
    """These people, by name."""
    del viewer
    wanted = select(User).where(User.id.in_(user_ids))
    return list(session.scalars(wanted.order_by(User.name, User.id)))


def assigned_on(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int], on: date
) -> set[tuple[int, int]]:
    """Who is assigned to one of these municipalities on a date: pairs of person and municipality."""
    del viewer
    rows = session.execute(
        select(Assignment.user_id, Assignment.municipality_id).where(
            Assignment.municipality_id.in_(municipality_ids),
            Assignment.starts_on <= on,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= on),
        )
    )
    return {(user_id, municipality_id) for user_id, municipality_id in rows}


def assignments_of(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int]
) -> dict[tuple[int, int], list[Span]]:
    """From when to when people work for these municipalities, by person and municipality."""
    del viewer
    rows = session.execute(
        select(Assignment.user_id, Assignment.municipality_id, Assignment.starts_on, Assignment.ends_on).where(
            Assignment.municipality_id.in_(municipality_ids)
        )
    )
    found: defaultdict[tuple[int, int], list[Span]] = defaultdict(list)
    for user_id, municipality_id, starts_on, ends_on in rows:
        found[user_id, municipality_id].append((starts_on, ends_on))
    return dict(found)


def engagements_of(
    session: Session, viewer: Actor, *, user_ids: Collection[int], first: datetime, last: datetime
) -> dict[int, list[tuple[int, Engagement]]]:
    """When and where these people run sessions about that time, by person, with the id of each session.

    Read past the guard: another session may be with a municipality of which the viewer must not even know the dates.
    Whoever asks may tell that there is one, and nothing of it.
    """
    del viewer
    event, run, part = Event.__table__.c, EventConsultant.__table__, EventMunicipality.__table__
    margin = timedelta(days=1)
    rows = session.execute(
        select(
            User.id,
            event.id,
            event.starts_local,
            event.ends_local,
            event.zone,
            event.mode,
            event.place,
            part.c.municipality_id,
        )
        .join(run, run.c.user_id == User.id)
        .join(Event.__table__, event.id == run.c.event_id)
        .outerjoin(part, part.c.event_id == event.id)
        .where(
            User.id.in_(user_ids),
            event.state != EventState.CANCELLED,
            event.starts_local < last + margin,
            event.starts_local > first - margin - LONGEST,
            event.ends_local > first - margin,
        )
    )
    visited: defaultdict[int, set[int]] = defaultdict(set)
    run_by: defaultdict[int, dict[int, tuple[Any, ...]]] = defaultdict(dict)
    for user_id, event_id, *facts, municipality_id in rows:
        run_by[user_id][event_id] = tuple(facts)
        visited[event_id] |= set() if municipality_id is None else {municipality_id}
    return {
        user_id: [(event_id, _engagement(facts, visited[event_id])) for event_id, facts in events.items()]
        for user_id, events in run_by.items()
    }


def _engagement(facts: tuple[Any, ...], municipality_ids: set[int]) -> Engagement:
    return Engagement(*facts, municipality_ids=frozenset(municipality_ids))
