"""What one session needs besides, and what sessions to come will use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.queries import LENGTH_THEN
from komma_tracker.events.models import (
    Event,
    EventBooking,
    EventConsultant,
    EventMaterial,
    EventMove,
    EventMunicipality,
    EventParticipants,
    LateCancellation,
)
from komma_tracker.events.rules import OPEN_STATES, FunctionGroup
from komma_tracker.events.shares import SplitKey
from komma_tracker.events.shown import Booked, Late, Material, ShownSession, Step
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity


def event_for_change(session: Session, viewer: Actor, public_id: str) -> Event:
    """The session itself, locked until the transaction ends: of two who decide on its state, the second sees what the
    first did. Raises NotFound where there is none for this viewer.
    """
    del viewer  # the session guard applies it
    event = session.scalar(select(Event).where(Event.public_id == public_id).with_for_update(of=Event))
    if event is None:
        raise NotFound
    return event


def planned_minutes(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int], local_now: datetime
) -> dict[int, int]:
    """What sessions to come will use, by municipality: planned minutes × consultants, shared out exactly as
    `shares.planned_shares` does. Municipalities without any are left out, and so are those that are not the viewer's.
    One statement.
    """
    own = [each for each in municipality_ids if may(viewer, Permission.SESSION_VIEW, each)]
    rows = session.execute(_PLANNED, {"municipality_ids": own, "local_now": local_now})
    return {municipality_id: int(minutes) for municipality_id, minutes in rows}


def participants_of(session: Session, viewer: Actor, shown: ShownSession) -> dict[FunctionGroup, int]:
    """Headcounts of a held session by function group; of a joint one only for the team, because they tell of others."""
    if not shown.detailed or (shown.others and not may(viewer, Permission.SESSION_CONFIDENTIAL)):
        return {}
    rows = session.execute(
        select(EventParticipants.function_group, EventParticipants.headcount).where(
            EventParticipants.event_id == shown.id
        )
    )
    headcounts: dict[FunctionGroup, int] = dict(rows.all())
    return {group: headcounts[group] for group in FunctionGroup if group in headcounts}


def sessions_after(session: Session, viewer: Actor, *, municipality_id: int, on: date) -> list[Event]:
    """What is still open and begins after a date, locked until the transaction ends: one withdraws from it."""
    del viewer
    own = select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id)
    begins = datetime.combine(on + timedelta(days=1), time.min)
    wanted = (Event.id.in_(own), Event.state.in_(OPEN_STATES), Event.starts_local >= begins)
    rows = session.scalars(select(Event).where(*wanted).order_by(Event.id).with_for_update(of=Event))
    return list(rows)


def late_for_change(
    session: Session, viewer: Actor, *, event_id: int, municipality_id: int | None
) -> LateCancellation | None:
    """What a late cancellation may cost a municipality, locked until the transaction ends."""
    del viewer  # the session guard applies it
    return session.scalar(
        select(LateCancellation)
        .where(LateCancellation.event_id == event_id, LateCancellation.municipality_id == municipality_id)
        .with_for_update(of=LateCancellation)
    )


def late_of(session: Session, viewer: Actor, shown: ShownSession) -> list[Late]:
    """What its late cancellation may cost, by municipality. One statement."""
    del viewer
    rows = session.execute(_LATE.where(LateCancellation.event_id == shown.id))
    return [Late(*row) for row in rows]


def booked_by(session: Session, viewer: Actor, shown: ShownSession) -> list[Booked]:
    """What is left in the ledger of what a session booked, as far as it is the viewer's to see. One statement."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(
            User.name,
            func.coalesce(MunicipalityIdentity.name, Municipality.alias),
            DayEntry.activity,
            DayEntry.chargeable_minutes,
            LENGTH_THEN,
        )
        .select_from(EventBooking)
        .join(DayEntry, DayEntry.id == EventBooking.entry_id)
        .join(User, User.id == DayEntry.consultant_id)
        .join(Municipality, Municipality.id == DayEntry.municipality_id)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(EventBooking.event_id == shown.id)
        .order_by(User.name, User.id, func.length(Municipality.code), Municipality.code, DayEntry.id)
    )
    return [Booked(*row) for row in rows]


def history_of(session: Session, viewer: Actor, shown: ShownSession) -> list[Step]:
    """Its way from state to state and from time to time, the first first; why, only for those who may know the
    details. One statement.
    """
    del viewer
    rows = session.execute(
        select(
            EventMove.at,
            User.name,
            EventMove.reason,
            EventMove.from_state,
            EventMove.to_state,
            EventMove.from_starts_local,
            EventMove.from_ends_local,
            EventMove.to_starts_local,
            EventMove.to_ends_local,
        )
        .outerjoin(User, User.id == EventMove.by_id)
        .where(EventMove.event_id == shown.id)
        .order_by(EventMove.id)
    )
    steps = [Step(*row) for row in rows]
    return steps if shown.detailed else [replace(step, reason=None) for step in steps]


def materials_of(session: Session, viewer: Actor, shown: ShownSession) -> list[Material]:
    """Links to its material, for those who may know its details. One statement at most."""
    del viewer
    if not shown.detailed:
        return []
    rows = session.execute(
        select(EventMaterial.id, EventMaterial.title, EventMaterial.url)
        .where(EventMaterial.event_id == shown.id)
        .order_by(EventMaterial.id)
    )
    return [Material(*row) for row in rows]


def material_for_change(session: Session, viewer: Actor, *, event_id: int, material_id: int) -> EventMaterial | None:
    """One of the materials of a session that the caller has found for this viewer."""
    del viewer
    return session.scalar(
        select(EventMaterial).where(EventMaterial.event_id == event_id, EventMaterial.id == material_id)
    )


_LATE = (
    select(
        Municipality.code,
        func.coalesce(MunicipalityIdentity.name, Municipality.alias),
        LateCancellation.notice_days,
        LateCancellation.minutes,
        LateCancellation.state,
        LateCancellation.reason,
    )
    .select_from(LateCancellation)
    .join(LateCancellation.municipality)
    .outerjoin(Municipality.identity)
    .order_by(func.length(Municipality.code), Municipality.code)
)


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
    whole = (Event.planned_minutes + Event.preparation_minutes + Event.follow_up_minutes) * people
    equal = whole // parts + case((before < whole % parts, 1), else_=0)
    share = case((Event.split_key != SplitKey.HOST, equal), (EventMunicipality.hosts, whole), else_=0)
    return (
        select(EventMunicipality.municipality_id, func.sum(share))
        .join(Event, Event.id == EventMunicipality.event_id)
        .where(
            EventMunicipality.municipality_id.in_(bindparam("municipality_ids", expanding=True)),
            Event.state.in_(OPEN_STATES),
            Event.ends_local > bindparam("local_now"),
        )
        .group_by(EventMunicipality.municipality_id)
    )


_PLANNED = _planned()
