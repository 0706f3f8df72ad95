"""Reading alliances: one with all that belongs to it, and how those of many municipalities stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session, contains_eager

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.alliances.models import (
    Alliance,
    AllianceMember,
    AllianceTurn,
    MeetingAttendance,
    MeetingDecision,
    Organisation,
    WorkPlanItem,
)
from komma_tracker.alliances.rules import AllianceState, Coverage, MemberState, Side, coverage
from komma_tracker.municipalities.models import Municipality

_SIDES = case({side.value: number for number, side in enumerate(Side)}, value=AllianceMember.side)


@dataclass(frozen=True)
class Glance:
    """An alliance in one line; without a state it has not been begun."""

    state: AllianceState | None
    coverage: Coverage


class Minutes(NamedTuple):
    """What is kept of a meeting: how many came from each side, and what was decided."""

    attendance: Mapping[Side, int]
    decisions: tuple[str, ...]


NOTHING_KEPT = Minutes({}, ())


class Turn(NamedTuple):
    """An alliance came into a state on a day."""

    state: AllianceState
    since: date


class Seat(NamedTuple):
    """A seat of an organisation in an alliance, as the lead sees it."""

    code: str
    side: Side
    state: MemberState


@dataclass(frozen=True)
class OrganisationRow:
    """An organisation with all its seats."""

    public_id: str
    name: str
    seats: tuple[Seat, ...]


def alliance_of(session: Session, viewer: Actor, municipality_id: int) -> Alliance | None:
    """The alliance of a municipality; None before it is begun. Raises NotFound without the right to see it."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        raise NotFound
    return session.get(Alliance, municipality_id)


def alliance_for_change(session: Session, viewer: Actor, municipality_id: int) -> Alliance | None:
    """The same, held until the transaction ends: of two who begin one, the second finds the first's."""
    locked = select(Municipality.id).where(Municipality.id == municipality_id).with_for_update(key_share=True)
    session.scalar(locked)
    return alliance_of(session, viewer, municipality_id)


def members_of(session: Session, viewer: Actor, municipality_id: int) -> list[AllianceMember]:
    """The organisations of an alliance, side by side, by name. One statement."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        return []
    return list(session.scalars(_MEMBERS, {"municipality_id": municipality_id}))


def member_by_public_id(session: Session, viewer: Actor, public_id: str, *, municipality_id: int) -> AllianceMember:
    """One of them. Raises NotFound."""
    member = session.scalar(select(AllianceMember).where(AllianceMember.public_id == public_id))
    if member is None or member.municipality_id != municipality_id:
        raise NotFound
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        raise NotFound
    return member


def organisation_choices(session: Session, viewer: Actor) -> list[Organisation]:
    """Organisations that the viewer knows, by name: those in alliances of their own. One statement."""
    del viewer  # the session guard applies it
    return list(session.scalars(select(Organisation).order_by(func.lower(Organisation.name), Organisation.id)))


def organisation_by_public_id(session: Session, viewer: Actor, public_id: str) -> Organisation:
    """One that the viewer knows. Raises NotFound."""
    del viewer
    found = session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def organisations(session: Session, viewer: Actor) -> list[OrganisationRow]:
    """All organisations with the alliances in which they sit. Two statements. Raises NotFound."""
    if not may(viewer, Permission.ORGANISATION_MANAGE):
        raise NotFound
    seats: dict[int, list[Seat]] = {}
    rows = session.execute(
        select(AllianceMember.organisation_id, Municipality.code, AllianceMember.side, AllianceMember.state)
        .join(Municipality, Municipality.id == AllianceMember.municipality_id)
        .order_by(func.length(Municipality.code), Municipality.code, AllianceMember.side)
    )
    for organisation, code, side, state in rows:
        seats.setdefault(organisation, []).append(Seat(code, side, state))
    return [
        OrganisationRow(each.public_id, each.name, tuple(seats.get(each.id, ())))
        for each in organisation_choices(session, viewer)
    ]


def turns_of(session: Session, viewer: Actor, municipality_id: int) -> list[Turn]:
    """When an alliance came into which state, in order. One statement."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        return []
    wanted = select(AllianceTurn.state, AllianceTurn.since).where(AllianceTurn.municipality_id == municipality_id)
    return [Turn(*row) for row in session.execute(wanted.order_by(AllianceTurn.since, AllianceTurn.id))]


def work_plan_of(session: Session, viewer: Actor, municipality_id: int) -> list[WorkPlanItem]:
    """What an alliance has set out to do, the open first, by due date. One statement."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        return []
    item = WorkPlanItem
    wanted = select(item).where(item.municipality_id == municipality_id)
    return list(
        session.scalars(wanted.order_by(item.done_on.is_not(None), item.due_on.is_(None), item.due_on, item.id))
    )


def work_plan_item(session: Session, viewer: Actor, public_id: str, *, municipality_id: int) -> WorkPlanItem:
    """One of them. Raises NotFound."""
    item = session.scalar(select(WorkPlanItem).where(WorkPlanItem.public_id == public_id))
    if item is None or item.municipality_id != municipality_id:
        raise NotFound
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        raise NotFound
    return item


def minutes_of(session: Session, viewer: Actor, municipality_id: int) -> dict[int, Minutes]:
    """What is kept of the meetings of an alliance, by session. Two statements."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        return {}
    came: dict[int, dict[Side, int]] = {}
    came_from, decision = MeetingAttendance, MeetingDecision
    attended = select(came_from.event_id, came_from.side, came_from.headcount)
    for event_id, side, headcount in session.execute(attended.where(came_from.municipality_id == municipality_id)):
        came.setdefault(event_id, {})[side] = headcount
    decided: dict[int, list[str]] = {}
    wanted = select(decision.event_id, decision.text).where(decision.municipality_id == municipality_id)
    for event_id, text in session.execute(wanted.order_by(decision.event_id, decision.position)):
        decided.setdefault(event_id, []).append(text)
    return {
        event_id: Minutes(came.get(event_id, {}), tuple(decided.get(event_id, ())))
        for event_id in came.keys() | decided.keys()
    }


def glances(session: Session, viewer: Actor, *, municipality_ids: Collection[int]) -> dict[int, Glance]:
    """How the alliances of these municipalities stand; those that have none are there too. One statement."""
    allowed = [each for each in municipality_ids if may(viewer, Permission.ALLIANCE_VIEW, each)]
    states: dict[int, AllianceState] = {}
    members: dict[int, list[tuple[Side, MemberState]]] = {}
    for place, alliance, side, state in session.execute(_GLANCES, {"ids": allowed}) if allowed else ():
        states[place] = alliance
        if side is not None:
            members.setdefault(place, []).append((side, state))
    return {place: Glance(states.get(place), coverage(members.get(place, ()))) for place in allowed}


def active_sides(session: Session, viewer: Actor, *, municipality_ids: Collection[int]) -> dict[int, frozenset[Side]]:
    """On which sides the alliances of these municipalities have an active member. One statement."""
    found = glances(session, viewer, municipality_ids=municipality_ids)
    return {place: glance.coverage.active for place, glance in found.items()}


def attendance_by_meeting(
    session: Session, viewer: Actor, *, event_ids: Collection[int]
) -> dict[tuple[int, int], dict[Side, int]]:
    """How many came from each side, by session and municipality. Which sessions a period has, events know."""
    del viewer  # the session guard applies it
    found: dict[tuple[int, int], dict[Side, int]] = {}
    rows = session.execute(_ATTENDANCE, {"ids": list(event_ids)}) if event_ids else ()
    for event_id, place, side, headcount in rows:
        found.setdefault((event_id, place), {})[side] = headcount
    return found


def decisions_by_meeting(
    session: Session, viewer: Actor, *, municipality_id: int, event_ids: Collection[int]
) -> dict[int, list[str]]:
    """What was decided at these meetings of an alliance, by session. What a guest may read of it: `rules.wall`."""
    del viewer
    found: dict[int, list[str]] = {}
    asked = {"ids": list(event_ids), "municipality_id": municipality_id}
    for event_id, text in session.execute(_DECISIONS, asked) if event_ids else ():
        found.setdefault(event_id, []).append(text)
    return found


# Built once: to put a statement together costs as much as to run it.
_MEMBERS = (
    select(AllianceMember)
    .join(AllianceMember.organisation)
    .options(contains_eager(AllianceMember.organisation))
    .where(AllianceMember.municipality_id == bindparam("municipality_id"))
    .order_by(_SIDES, func.lower(Organisation.name), AllianceMember.id)
)
_GLANCES = (
    select(Alliance.municipality_id, Alliance.state, AllianceMember.side, AllianceMember.state)
    .outerjoin(AllianceMember, AllianceMember.municipality_id == Alliance.municipality_id)
    .where(Alliance.municipality_id.in_(bindparam("ids", expanding=True)))
)
_ATTENDANCE = select(
    MeetingAttendance.event_id, MeetingAttendance.municipality_id, MeetingAttendance.side, MeetingAttendance.headcount
).where(MeetingAttendance.event_id.in_(bindparam("ids", expanding=True)))
_DECISIONS = (
    select(MeetingDecision.event_id, MeetingDecision.text)
    .where(
        MeetingDecision.municipality_id == bindparam("municipality_id"),
        MeetingDecision.event_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(MeetingDecision.event_id, MeetingDecision.position)
)
