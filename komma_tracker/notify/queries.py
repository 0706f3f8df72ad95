"""Reading who wants mail, what they were told, and what they have answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, Permission, Viewer, may
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.events.models import PROGRAMME_KINDS, Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.queries import sessions_of_feed
from komma_tracker.feeds.rules import Audience, Contents, SessionFacts
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.rules import Answer, Method


@dataclass(frozen=True)
class Answered:
    """Somebody who is invited, and what they say to it."""

    name: str
    answer: Answer | None


def people_to_write_to(
    session: Session, *, event_ids: Collection[int] | None, user_ids: Collection[int] = ()
) -> Sequence[int]:
    """Whom these sessions concern, or have concerned, and who want mail; None means everybody. One statement."""
    wanted = select(User.id).where(User.invitations).order_by(User.id)
    if event_ids is None:
        return session.scalars(wanted).all()
    run = select(EventConsultant.user_id).where(EventConsultant.event_id.in_(event_ids))
    at_home = (
        select(Assignment.user_id)
        .join(EventMunicipality, EventMunicipality.municipality_id == Assignment.municipality_id)
        .where(EventMunicipality.event_id.in_(event_ids))
    )
    told = select(Invitation.user_id).where(Invitation.event_id.in_(event_ids))
    for_all = select(Event.id).where(
        Event.id.in_(event_ids), Event.kind.in_(sorted(PROGRAMME_KINDS)), Event.municipality_count == 0
    )
    concerned = [User.id.in_(each) for each in (run, at_home, told)]
    everybody = User.role.in_(sorted(MUNICIPAL_ROLES)) & for_all.exists()
    return session.scalars(wanted.where(or_(User.id.in_(user_ids), *concerned, everybody))).all()


def sessions_for(session: Session, viewer: Viewer, *, today: date) -> dict[str, SessionFacts]:
    """The sessions that concern a person, by public id: those that the person runs, or those of the municipality to
    which the person belongs. They are those of their own feeds, told in the same words. Three statements.
    """
    if viewer.role in MUNICIPAL_ROLES:
        calendars = [Contents(Audience.MUNICIPALITY, (each,), past_months=1) for each in viewer.assigned]
    elif may(viewer, Permission.FEED_OWN):
        calendars = [Contents(Audience.MINE, past_months=1)]
    else:
        calendars = []
    return {
        facts.public_id: facts
        for contents in calendars
        for facts in sessions_of_feed(session, viewer, contents=contents, today=today)
    }


def told_so_far(
    session: Session, *, user_id: int, public_ids: Collection[str], now: datetime
) -> dict[str, tuple[Invitation, EventKind]]:
    """What a person was told of these sessions, and of others that they believe to come, by public id, with the kind
    of the session. One statement.
    """
    rows = session.execute(
        select(Event.public_id, Event.kind, Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(Invitation.user_id == user_id, or_(Invitation.ends_at > now, Event.public_id.in_(public_ids)))
    )
    return {public_id: (row, kind) for public_id, kind, row in rows}


def event_ids(session: Session, *, public_ids: Collection[str]) -> dict[str, int]:
    """The ids of these sessions."""
    rows = session.execute(select(Event.public_id, Event.id).where(Event.public_id.in_(public_ids)))
    return {row.public_id: row.id for row in rows}


def invitation_for_answer(session: Session, *, public_id: str, email: str) -> Invitation | None:
    """What a person with this address was told of a session, locked until the transaction ends."""
    return session.scalar(
        select(Invitation)
        .join(Invitation.event)
        .join(Invitation.user)
        .where(Event.public_id == public_id, User.email == email)
        .with_for_update(of=Invitation)
    )


def answers_to(session: Session, viewer: Actor, *, event_id: int) -> list[Answered]:
    """Who is invited to a session, and what they say: for the team, by name. One statement."""
    if not may(viewer, Permission.SESSION_CONFIDENTIAL):
        return []
    rows = session.execute(
        select(User.name, Invitation.answer)
        .join(User, User.id == Invitation.user_id)
        .where(Invitation.event_id == event_id, Invitation.method == Method.REQUEST)
        .order_by(User.name, User.id)
    )
    return [Answered(name, answer) for name, answer in rows]
