"""Reading sessions: as lists and one by one, as their viewer may know them; and what they plan to use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Permission, System, may
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import split
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.events.models import (
    PROGRAMME_KINDS,
    Event,
    EventBooking,
    EventConsultant,
    EventMunicipality,
    EventParticipants,
)
from komma_tracker.events.rules import LONGEST, OPEN_STATES, EventKind, EventState, FunctionGroup, shows_details
from komma_tracker.events.shown import Booked, Part, Person, ShownSession
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility

AnyRow = Row[*tuple[Any, ...]]
MOST_ROWS = 500
"""More sessions than this on one page help nobody: the page asks for a filter instead."""


def session_by_public_id(session: Session, viewer: Actor, public_id: str) -> ShownSession:
    """One session. Raises NotFound where there is none for this viewer. Three statements, as for any list."""
    found = _shown(session, viewer, Event.public_id == public_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


def event_for_change(session: Session, viewer: Actor, public_id: str) -> Event:
    """The session itself, locked until the transaction ends: of two who decide on its state, the second sees what the
    first did. Raises NotFound where there is none for this viewer.
    """
    del viewer  # the session guard applies it
    event = session.scalar(select(Event).where(Event.public_id == public_id).with_for_update(of=Event))
    if event is None:
        raise NotFound
    return event


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
    wanted = (Event.state.in_(OPEN_STATES), Event.ends_local > local_now)
    return _shown(session, viewer, *wanted, *_of(viewer, municipality_id, consultant_id), limit=limit)


def sessions_to_confirm(
    session: Session, viewer: Actor, *, consultant_id: int | None, local_now: datetime, limit: int = MOST_ROWS
) -> list[ShownSession]:
    """Sessions that are over, but neither held nor cancelled yet: the oldest first, until somebody says so."""
    over = (Event.state.in_(OPEN_STATES), Event.ends_local <= local_now)
    return _shown(session, viewer, *over, *_of(viewer, None, consultant_id), limit=limit)


def open_sessions(
    session: Session, viewer: Actor, *, consultant_id: int, local_now: datetime, limit: int
) -> list[ShownSession]:
    """What waits for a consultant: all sessions that `sessions_to_confirm` finds, then so many of `next_sessions`."""
    mine = (Event.state.in_(OPEN_STATES), *_of(viewer, None, consultant_id))
    upcoming = select(Event.id).where(*mine, Event.ends_local > local_now)
    upcoming = upcoming.order_by(Event.starts_local, Event.ends_local, Event.id).limit(limit)
    wanted = or_(Event.ends_local <= local_now, Event.id.in_(upcoming))
    return _shown(session, viewer, *mine, wanted, limit=MOST_ROWS)


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
    wanted = [*in_time, *_of(viewer, municipality_id, consultant_id)]
    if kind is not None:
        wanted.append(Event.kind == kind)
    return _shown(session, viewer, *wanted, limit=limit)


def planned_minutes(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int], local_now: datetime
) -> dict[int, int]:
    """What sessions to come will use, by municipality: planned minutes × consultants, each shared out exactly as
    `rules.bookings` does once the session is held. Municipalities without any are left out, and so are those that are
    not the viewer's. One statement.
    """
    own = [each for each in municipality_ids if may(viewer, Permission.SESSION_VIEW, each)]
    rows = session.execute(_PLANNED, {"municipality_ids": own, "local_now": local_now})
    return {municipality_id: int(minutes) for municipality_id, minutes in rows}


def participants_of(session: Session, viewer: Actor, shown: ShownSession) -> dict[FunctionGroup, int]:
    """Headcounts of a held session by function group; of a joint one only for the team, because they tell of others."""
    if not shown.detailed or (shown.others and not _is_team(viewer)):
        return {}
    rows = session.execute(
        select(EventParticipants.function_group, EventParticipants.headcount).where(
            EventParticipants.event_id == shown.id
        )
    )
    headcounts: dict[FunctionGroup, int] = dict(rows.all())
    return {group: headcounts[group] for group in FunctionGroup if group in headcounts}


def busy_consultants(session: Session, viewer: Actor, shown: ShownSession) -> list[str]:
    """The names of its consultants who run another session at the same time; of that one, nothing is told."""
    del viewer
    # Past the guard: the other session may be with a municipality of which the viewer must not even know the dates.
    event, run = Event.__table__, EventConsultant.__table__
    clash = (
        select(run.c.user_id)
        .join(event, event.c.id == run.c.event_id)
        .where(
            run.c.user_id == User.id,
            event.c.id != shown.id,
            event.c.state != EventState.CANCELLED,
            event.c.starts_local < shown.ends_local,
            event.c.ends_local > shown.starts_local,
        )
        .correlate(User)
    )
    wanted = select(User.name).where(User.id.in_(shown.consultant_ids), clash.exists())
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


def municipalities_named(session: Session, viewer: Actor, *, municipality_ids: Collection[int]) -> list[Municipality]:
    """These municipalities, as far as the viewer knows of them, in the order of their codes."""
    del viewer
    wanted = select(Municipality).where(Municipality.id.in_(municipality_ids))
    return list(session.scalars(wanted.order_by(func.length(Municipality.code), Municipality.code)))


def booked_by(session: Session, viewer: Actor, shown: ShownSession) -> list[Booked]:
    """What is left in the ledger of what a held session booked, as far as it is the viewer's to see. One statement."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(User.name, func.coalesce(MunicipalityIdentity.name, Municipality.alias), DayEntry.chargeable_minutes)
        .select_from(EventBooking)
        .join(DayEntry, DayEntry.id == EventBooking.entry_id)
        .join(User, User.id == DayEntry.consultant_id)
        .join(Municipality, Municipality.id == DayEntry.municipality_id)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(EventBooking.event_id == shown.id)
        .order_by(User.name, User.id, func.length(Municipality.code), Municipality.code)
    )
    return [Booked(person, municipality, minutes) for person, municipality, minutes in rows]


def _of(viewer: Actor, municipality_id: int | None, consultant_id: int | None) -> list[ColumnElement[bool]]:
    """Of this municipality, and run by this consultant. By lists of ids: databases then look up a few rows by index,
    where an EXISTS makes them try every session there is.
    """
    wanted: list[ColumnElement[bool]] = []
    if municipality_id is not None:
        own = Event.id.in_(
            select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id)
        )
        # The people of a municipality are invited to what the programme offers to all.
        invited = not isinstance(viewer, System) and viewer.role in MUNICIPAL_ROLES
        for_all = and_(Event.kind.in_(sorted(PROGRAMME_KINDS)), Event.municipality_count == 0)
        wanted.append(or_(own, for_all) if invited else own)
    if consultant_id is not None:
        run = select(EventConsultant.event_id).where(EventConsultant.user_id == consultant_id)
        wanted.append(Event.id.in_(run))
    return wanted


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
    Event.link,
    Event.note,
    Event.planned_minutes,
    Event.cancel_reason,
)


def _shown(session: Session, viewer: Actor, *wanted: ColumnElement[bool], limit: int) -> list[ShownSession]:
    """The sessions wanted, in order of time; three statements, however many there are."""
    rows = session.execute(
        select(*_COLUMNS).where(*wanted).order_by(Event.starts_local, Event.ends_local, Event.id).limit(limit)
    ).all()
    ids = [row.id for row in rows]
    cast, people = _cast(session, ids), _people(session, ids)
    return [_as_shown(viewer, row, cast[row.id], people[row.id]) for row in rows]


def _planned() -> Select[int, int]:
    # The other parts of a joint session are counted past the guard: a rank and a number come out, nothing else.
    part, consultant = EventMunicipality.__table__.alias("others"), EventConsultant.__table__
    same_event = part.c.event_id == Event.id
    parts = select(func.count()).where(same_event).correlate(Event).scalar_subquery()
    before = (
        select(func.count())
        .where(same_event, part.c.municipality_id < EventMunicipality.municipality_id)
        .correlate(Event, EventMunicipality)
        .scalar_subquery()
    )
    people = select(func.count()).where(consultant.c.event_id == Event.id).correlate(Event).scalar_subquery()
    share = Event.planned_minutes // parts + case((before < Event.planned_minutes % parts, 1), else_=0)
    return (
        select(EventMunicipality.municipality_id, func.sum(people * share))
        .join(Event, Event.id == EventMunicipality.event_id)
        .where(
            EventMunicipality.municipality_id.in_(bindparam("municipality_ids", expanding=True)),
            Event.state.in_(OPEN_STATES),
            Event.ends_local > bindparam("local_now"),
        )
        .group_by(EventMunicipality.municipality_id)
    )


def _cast_of_events() -> Select[*tuple[Any, ...]]:
    part, hidden = EventMunicipality.__table__, Municipality.__table__.alias("hidden")
    return (
        select(
            Event.id,
            part.c.municipality_id,
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
_PLANNED = _planned()
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
    team = _is_team(viewer)
    detailed = shows_details(row.kind, team=team, veiled=any(_is_veiled(viewer, each) for each in cast))
    shares = split(row.planned_minutes, [1] * len(cast)) if cast else ()
    parts = [
        Part(each.municipality_id, each.code, each.label, each.package, share * len(people))
        for each, share in zip(cast, shares, strict=True)
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
        link=row.link if detailed else "",
        note=row.note if detailed else "",
        detailed=detailed,
        parts=tuple(sorted(parts, key=lambda each: (len(each.code), each.code))),
        others=len(cast) - len(parts),
        consultants=tuple(people),
        minutes_each=row.planned_minutes if team else None,
        planned_minutes=sum(each.minutes for each in parts),
        cancel_reason=row.cancel_reason,
    )


def _is_team(viewer: Actor) -> bool:
    return may(viewer, Permission.SESSION_CONFIDENTIAL)


def _is_veiled(viewer: Actor, part: AnyRow) -> bool:
    """Whether this is an anonymous municipality to which the viewer does not belong."""
    if isinstance(viewer, System) or viewer.sees_all or part.municipality_id in viewer.assigned:
        return False
    return part.visibility == Visibility.ANONYMOUS
