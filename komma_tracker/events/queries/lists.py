"""Sessions as their viewer may know them, as lists and one by one: three statements, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, DateTime, Integer, Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Permission, System, may
from komma_tracker.accounts.models import User
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.events.lateness import LateState
from komma_tracker.events.models import (
    PROGRAMME_KINDS,
    Event,
    EventConsultant,
    EventMunicipality,
    LateCancellation,
)
from komma_tracker.events.rules import LONGEST, OPEN_STATES, EventKind, shows_details
from komma_tracker.events.rules import planned_minutes as planned_minutes_of
from komma_tracker.events.shares import planned_shares
from komma_tracker.events.shown import Part, Person, ShownSession
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility

AnyRow = Row[*tuple[Any, ...]]
MOST_ROWS = 500
"""More sessions than this on one page help nobody: the page asks for a filter instead."""


def session_by_public_id(session: Session, viewer: Actor, public_id: str) -> ShownSession:
    """One session. Raises NotFound where there is none for this viewer. Three statements, as for any list."""
    found = shown_sessions(session, viewer, Event.public_id == public_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


def next_sessions(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int | None,
    consultant_id: int | None,
    local_now: datetime,
    limit: int,
) -> list[ShownSession]:
    """The sessions that come next or are going on, of a municipality, a consultant or all that the viewer sees."""
    ids = {"municipality_id": municipality_id, "consultant_id": consultant_id}
    asked = {name: value for name, value in ids.items() if value is not None}
    coming = session.execute(
        _next(frozenset(asked), invited=_is_invited(viewer)), {**asked, "local_now": local_now, "limit": limit}
    )
    return _as_list(session, viewer, coming.all())


def sessions_to_confirm(
    session: Session, viewer: Actor, *, consultant_id: int | None, local_now: datetime, limit: int = MOST_ROWS
) -> list[ShownSession]:
    """Sessions that are over, but neither held nor cancelled yet: the oldest first, until somebody says so."""
    over = (Event.state.in_(OPEN_STATES), Event.ends_local <= local_now)
    return shown_sessions(session, viewer, *over, *_of(None, consultant_id, invited=_is_invited(viewer)), limit=limit)


def open_sessions(
    session: Session, viewer: Actor, *, consultant_id: int, local_now: datetime, limit: int
) -> list[ShownSession]:
    """What waits for a consultant: all sessions that `sessions_to_confirm` finds, then so many of `next_sessions`."""
    asked = {"consultant_id": consultant_id, "local_now": local_now, "limit": limit}
    return _as_list(session, viewer, session.execute(_OPEN, asked).all())


def sessions_between(
    session: Session,
    viewer: Actor,
    *,
    start: datetime,
    end: datetime,
    municipality_id: int | None = None,
    consultant_id: int | None = None,
    kind: EventKind | None = None,
    limit: int = MOST_ROWS,
) -> list[ShownSession]:
    """Sessions of all states that touch the time from `start` to before `end`, in order."""
    in_time = (Event.starts_local < end, Event.starts_local > start - LONGEST, Event.ends_local > start)
    wanted = [*in_time, *_of(municipality_id, consultant_id, invited=_is_invited(viewer))]
    if kind is not None:
        wanted.append(Event.kind == kind)
    return shown_sessions(session, viewer, *wanted, limit=limit)


def planned_after(session: Session, viewer: Actor, *, municipality_id: int, on: date) -> list[ShownSession]:
    """The same, to be shown before one decides."""
    begins = datetime.combine(on + timedelta(days=1), time.min)
    wanted = (Event.state.in_(OPEN_STATES), Event.starts_local >= begins)
    own = Event.id.in_(select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id))
    return shown_sessions(session, viewer, own, *wanted, limit=MOST_ROWS)


def late_to_decide(session: Session, viewer: Actor) -> list[ShownSession]:
    """Sessions called off late about which the lead has not decided. Three statements, as for any list."""
    waiting = select(LateCancellation.event_id).where(LateCancellation.state == LateState.PROPOSED)
    return shown_sessions(session, viewer, Event.id.in_(waiting), limit=MOST_ROWS)


def _is_invited(viewer: Actor) -> bool:
    """Whether what the programme offers to all is for this person: the people of a municipality are invited to it."""
    return not isinstance(viewer, System) and viewer.role in MUNICIPAL_ROLES


def _of(
    municipality_id: int | BindParameter[int] | None, consultant_id: int | BindParameter[int] | None, *, invited: bool
) -> list[ColumnElement[bool]]:
    """Of this municipality, and run by this consultant. By lists of ids: databases then look up a few rows by index,
    where an EXISTS makes them try every session there is.
    """
    wanted: list[ColumnElement[bool]] = []
    if municipality_id is not None:
        own = Event.id.in_(
            select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id)
        )
        for_all = and_(Event.kind.in_(sorted(PROGRAMME_KINDS)), Event.municipality_count == 0)
        wanted.append(or_(own, for_all) if invited else own)
    if consultant_id is not None:
        run = select(EventConsultant.event_id).where(EventConsultant.user_id == consultant_id)
        wanted.append(Event.id.in_(run))
    return wanted


_IN_TIME = (Event.starts_local, Event.ends_local, Event.id)
_COLUMNS = (
    Event.id,
    Event.public_id,
    Event.version,
    Event.kind,
    Event.state,
    Event.title,
    Event.starts_local,
    Event.ends_local,
    Event.zone,
    Event.mode,
    Event.place,
    Event.room,
    Event.link,
    Event.note,
    Event.target_group,
    Event.seats,
    Event.planned_minutes,
    Event.preparation_minutes,
    Event.follow_up_minutes,
    Event.split_key,
    Event.called_off_by,
    Event.notice_on,
    Event.cancel_reason,
    Event.public_cleared,
    Event.series_id,
    Event.part,
)


def shown_sessions(session: Session, viewer: Actor, *wanted: ColumnElement[bool], limit: int) -> list[ShownSession]:
    """The sessions wanted, in order of time; three statements, however many there are."""
    rows = session.execute(select(*_COLUMNS).where(*wanted).order_by(*_IN_TIME).limit(limit)).all()
    return _as_list(session, viewer, rows)


def _as_list(session: Session, viewer: Actor, rows: Sequence[AnyRow]) -> list[ShownSession]:
    ids = [row.id for row in rows]
    cast, people = _cast(session, ids), _people(session, ids)
    return [_as_shown(viewer, row, cast[row.id], people[row.id]) for row in rows]


def _open() -> Select[*tuple[Any, ...]]:
    run = select(EventConsultant.event_id).where(EventConsultant.user_id == bindparam("consultant_id"))
    mine, now = (Event.state.in_(OPEN_STATES), Event.id.in_(run)), bindparam("local_now", type_=DateTime())
    upcoming = select(Event.id).where(*mine, Event.ends_local > now).order_by(*_IN_TIME)
    wanted = or_(Event.ends_local <= now, Event.id.in_(upcoming.limit(bindparam("limit"))))
    return select(*_COLUMNS).where(*mine, wanted).order_by(*_IN_TIME).limit(MOST_ROWS)


@cache
def _next(asked: frozenset[str], *, invited: bool) -> Select[*tuple[Any, ...]]:
    ids = [bindparam(name, type_=Integer()) if name in asked else None for name in ("municipality_id", "consultant_id")]
    wanted = (Event.state.in_(OPEN_STATES), Event.ends_local > bindparam("local_now", type_=DateTime()))
    found = select(*_COLUMNS).where(*wanted, *_of(*ids, invited=invited))
    return found.order_by(*_IN_TIME).limit(bindparam("limit"))


def _cast_of_events() -> Select[*tuple[Any, ...]]:
    part, hidden = EventMunicipality.__table__, Municipality.__table__.alias("hidden")
    return (
        select(
            Event.id,
            part.c.municipality_id,
            part.c.hosts,
            part.c.headcount,
            hidden.c.visibility,
            Municipality.code,
            func.coalesce(MunicipalityIdentity.name, Municipality.alias).label("label"),
            WorkPackage.code.label("package"),
        )
        .join(part, part.c.event_id == Event.id)
        .join(hidden, hidden.c.id == part.c.municipality_id)
        .outerjoin(Municipality, Municipality.id == part.c.municipality_id)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .outerjoin(WorkPackage, WorkPackage.id == part.c.work_package_id)
        .where(Event.id.in_(bindparam("event_ids", expanding=True)))
        .order_by(part.c.municipality_id)
    )


# Built once: to put such a statement together costs as much as to run it.
_OPEN = _open()
_CAST = _cast_of_events()
_PEOPLE = (
    select(EventConsultant.event_id, User.id, User.public_id, User.name, User.role, User.land)
    .join(User, User.id == EventConsultant.user_id)
    .where(EventConsultant.event_id.in_(bindparam("event_ids", expanding=True)))
    .order_by(User.name, User.id)
)


def _cast(session: Session, event_ids: Sequence[int]) -> defaultdict[int, list[AnyRow]]:
    """All municipalities of these sessions. Which others there are, and whether one is anonymous, is read past the
    guard; code, label and work package come through it and are None for what the viewer may not know of.
    """
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in session.execute(_CAST, {"event_ids": event_ids}) if event_ids else ():
        found[row.id].append(row)
    return found


def _people(session: Session, event_ids: Sequence[int]) -> defaultdict[int, list[Person]]:
    found: defaultdict[int, list[Person]] = defaultdict(list)
    rows = session.execute(_PEOPLE, {"event_ids": event_ids}) if event_ids else ()
    for event_id, user_id, public_id, name, role, land in rows:
        found[event_id].append(Person(user_id, public_id, name, role, land))
    return found


def _as_shown(viewer: Actor, row: AnyRow, cast: Sequence[AnyRow], people: Sequence[Person]) -> ShownSession:
    team = may(viewer, Permission.SESSION_CONFIDENTIAL)
    detailed = shows_details(row.kind, team=team, veiled=any(_is_veiled(viewer, each) for each in cast))
    whole = planned_minutes_of(
        row.planned_minutes, len(people), before=row.preparation_minutes, after=row.follow_up_minutes
    )
    parts = [
        Part(
            each.municipality_id,
            each.code,
            each.label,
            each.package,
            share,
            each.hosts,
            each.headcount if detailed else None,
        )
        for each, share in zip(cast, planned_shares(whole, [each.hosts for each in cast]), strict=True)
        if each.code is not None
    ]
    return ShownSession(
        id=row.id,
        public_id=row.public_id,
        version=row.version,
        kind=row.kind,
        state=row.state,
        title=row.title if detailed else None,
        starts_local=row.starts_local,
        ends_local=row.ends_local,
        zone=row.zone,
        mode=row.mode,
        place=row.place if detailed else "",
        room=row.room if detailed else "",
        link=row.link if detailed else "",
        note=row.note if detailed else "",
        target_group=row.target_group if detailed else "",
        seats=row.seats,
        detailed=detailed,
        parts=tuple(sorted(parts, key=lambda each: (len(each.code), each.code))),
        others=len(cast) - len(parts),
        consultants=tuple(people),
        minutes_each=row.planned_minutes if team else None,
        preparation_minutes=row.preparation_minutes if team else None,
        follow_up_minutes=row.follow_up_minutes if team else None,
        planned_minutes=sum(each.minutes for each in parts),
        split_key=row.split_key if team else None,
        called_off_by=row.called_off_by,
        notice_on=row.notice_on,
        cancel_reason=row.cancel_reason,
        public_cleared=row.public_cleared,
        series_id=row.series_id,
        part=row.part,
    )


def _is_veiled(viewer: Actor, part: AnyRow) -> bool:
    """Whether this is an anonymous municipality to which the viewer does not belong."""
    if isinstance(viewer, System) or viewer.sees_all or part.municipality_id in viewer.assigned:
        return False
    return part.visibility == Visibility.ANONYMOUS
