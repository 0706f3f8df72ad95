"""Reading addresses, and the sessions that a calendar holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload

from komma_tracker.access.rules import Viewer
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.events.models import PROGRAMME_KINDS, Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventState
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import (
    Audience,
    SessionFacts,
    first_cancellation_shown,
    first_day_shown,
    offers_programme_sessions,
)
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility


@dataclass(frozen=True)
class OpenAddress:
    """A live address with its owner's rights of today, and a revision that moves with anything a feed is made of."""

    id: int
    viewer: Viewer
    audience: Audience
    municipality_id: int | None
    locale: str
    last_used_at: datetime | None
    body_sha256: str | None
    body_changed_at: datetime | None
    revision: tuple[int | None, ...]


def _open_address() -> Select[*tuple[Any, ...]]:
    """The address with its owner and today's assignments, beside a revision of all that calendars are made of.

    The revision is two sums of row versions, which only grow, and the last id, which only a new session has.
    Tables instead of classes: half the time, and a session of the system's own needs no guard.
    """
    address, user, assignment = FeedAddress.__table__.c, User.__table__.c, Assignment.__table__.c
    event, municipality = Event.__table__.c, Municipality.__table__.c
    token, today = bindparam("token_sha256", type_=String), bindparam("today", type_=Date)
    holds = and_(assignment.starts_on <= today, or_(assignment.ends_on.is_(None), assignment.ends_on >= today))
    return (
        select(
            address.id,
            address.owner_id,
            address.audience,
            address.municipality_id,
            address.locale,
            address.last_used_at,
            address.body_sha256,
            address.body_changed_at,
            user.role,
            assignment.municipality_id.label("assigned_id"),
            select(func.sum(event.version)).scalar_subquery().label("sessions"),
            select(func.max(event.id)).scalar_subquery().label("last_session"),
            select(func.sum(municipality.version)).scalar_subquery().label("municipalities"),
        )
        .join_from(FeedAddress.__table__, User.__table__, user.id == address.owner_id)
        .outerjoin(Assignment.__table__, and_(assignment.user_id == user.id, holds))
        .where(address.token_sha256 == token, address.revoked_at.is_(None), user.disabled_at.is_(None))
    )


_OPEN_ADDRESS = _open_address()
"""Built once: composing it takes longer than running it, and every poll of every calendar runs it."""


def open_address(session: Session, *, token_sha256: str, today: date) -> OpenAddress | None:
    """The live address with this token; None where there is none or its owner is disabled. One statement."""
    rows = session.execute(_OPEN_ADDRESS, {"token_sha256": token_sha256, "today": today}).all()
    if not rows:
        return None
    row = rows[0]
    assigned = frozenset(each.assigned_id for each in rows if each.assigned_id is not None)
    return OpenAddress(
        id=row.id,
        viewer=Viewer(row.owner_id, row.role, assigned),
        audience=row.audience,
        municipality_id=row.municipality_id,
        locale=row.locale,
        last_used_at=row.last_used_at,
        body_sha256=row.body_sha256,
        body_changed_at=row.body_changed_at,
        revision=(row.sessions, row.last_session, row.municipalities),
    )


_SHOWN_COLUMNS = (
    Event.id,
    Event.public_id,
    Event.kind,
    Event.state,
    Event.title,
    Event.starts_local,
    Event.ends_local,
    Event.zone,
    Event.place,
    Event.link,
    Event.created_at,
    Event.updated_at,
    Event.version,
    Event.municipality_count,
)
"""Columns instead of whole rows: what a calendar does not show is not even read."""


def sessions_of_feed(
    session: Session, viewer: Viewer, *, audience: Audience, municipality_id: int | None, today: date
) -> list[SessionFacts]:
    """The sessions of a calendar, as far as its owner may know them. Two statements, however many there are."""
    shown = _shown(viewer, audience, municipality_id, today)
    marks = _marks()
    rows = session.execute(
        select(*_SHOWN_COLUMNS, marks.c.revision, marks.c.changed_at, marks.c.anonymous)
        .outerjoin(marks, marks.c.event_id == Event.id)
        .where(shown)
    )
    labels = _labels(session, shown)
    return [_facts(row, labels.get(row.id, ())) for row in rows]


def _shown(viewer: Viewer, audience: Audience, municipality_id: int | None, today: date) -> ColumnElement[bool]:
    """Which sessions. By lists of ids: databases then look up a few, where an EXISTS makes them try all there are."""
    since = datetime.combine(first_day_shown(today), time.min)
    cancelled_since = datetime.combine(first_cancellation_shown(today), time.min, UTC)
    in_time = and_(
        Event.ends_local >= since, or_(Event.state != EventState.CANCELLED, Event.cancelled_at >= cancelled_since)
    )
    match audience:
        case Audience.MINE:
            run = select(EventConsultant.event_id).where(EventConsultant.user_id == viewer.user_id)
            return and_(in_time, Event.id.in_(run))
        case Audience.MUNICIPALITY:
            parts = select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id)
            own = Event.id.in_(parts)
            for_all = and_(Event.kind.in_(sorted(PROGRAMME_KINDS)), Event.municipality_count == 0)
            return and_(in_time, or_(own, for_all) if offers_programme_sessions(viewer) else own)
        case Audience.PROGRAMME:
            return in_time


def _marks() -> Subquery:
    """Per session, over all its municipalities, also those that the viewer may not know of: their tables are read
    past the guard, and nothing but a stamp, a count and a yes or no comes out.
    """
    part, municipality = EventMunicipality.__table__, Municipality.__table__
    anonymous = case((municipality.c.visibility == Visibility.ANONYMOUS, 1), else_=0)
    return (
        select(
            part.c.event_id,
            func.sum(municipality.c.label_revision).label("revision"),
            func.max(municipality.c.label_changed_at).label("changed_at"),
            func.max(anonymous).label("anonymous"),
        )
        .join_from(part, municipality, municipality.c.id == part.c.municipality_id)
        .group_by(part.c.event_id)
        .subquery()
    )


def _labels(session: Session, shown: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """The municipalities that the viewer may know of, by session; anonymous ones by alias, whoever asks."""
    rows = session.execute(
        select(EventMunicipality.event_id, Municipality.alias, Municipality.visibility, MunicipalityIdentity.name)
        .join(Event, Event.id == EventMunicipality.event_id)
        .join(Municipality, Municipality.id == EventMunicipality.municipality_id)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(shown)
        .order_by(func.length(Municipality.code), Municipality.code)
    )
    labels: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for event_id, alias, visibility, name in rows:
        labels[event_id] += (public_label(alias, visibility, name),)
    return labels


def public_label(alias: str, visibility: Visibility, name: str | None) -> str:
    """What may stand in a calendar that servers copy: never the name of an anonymous municipality."""
    return alias if visibility is Visibility.ANONYMOUS or name is None else name


def _facts(row: Row[*tuple[Any, ...]], labels: tuple[str, ...]) -> SessionFacts:
    return SessionFacts(
        public_id=row.public_id,
        kind=row.kind,
        state=row.state,
        title=row.title,
        starts_local=row.starts_local,
        ends_local=row.ends_local,
        zone=row.zone,
        place=row.place,
        link=row.link,
        created_at=row.created_at,
        changed_at=max(row.updated_at, row.changed_at or row.updated_at),
        # Not the row's own sequence, which moves with time and state only: every change of the text must count.
        sequence=row.version - 1 + (row.revision or 0),
        municipality_count=row.municipality_count,
        labels=labels,
        discreet=bool(row.anonymous),
    )


def calendar_label(session: Session, *, municipality_id: int | None) -> str | None:
    """The label of a municipality as the name of its calendar; None where there is none that the viewer may know of."""
    row = session.execute(
        select(Municipality.alias, Municipality.visibility, MunicipalityIdentity.name)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(Municipality.id == municipality_id)
    ).one_or_none()
    return public_label(*row) if row else None


def own_addresses(session: Session, viewer: Viewer) -> Sequence[FeedAddress]:
    """The live addresses that this person has made, newest first."""
    return session.scalars(
        select(FeedAddress)
        .options(joinedload(FeedAddress.municipality))
        .where(FeedAddress.owner_id == viewer.user_id, FeedAddress.revoked_at.is_(None))
        .order_by(FeedAddress.created_at.desc(), FeedAddress.id.desc())
    ).all()


def address_by_id(session: Session, *, address_id: int) -> FeedAddress:
    """An address that is known to exist."""
    return session.get_one(FeedAddress, address_id)


def own_address(session: Session, viewer: Viewer, *, public_id: str) -> FeedAddress | None:
    """One address of this person, revoked or not."""
    return session.scalar(
        select(FeedAddress).where(FeedAddress.owner_id == viewer.user_id, FeedAddress.public_id == public_id)
    )
