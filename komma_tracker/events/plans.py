"""Plans of sessions: what a form says, and how it is written into one. Inside the caller's unit of work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, Permission, Role, check
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.events import queries, rules
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventKind
from komma_tracker.events.shares import EQUALLY, Sharing, check_sharing


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is planned, apart from the time; `packages` has a work package's code, or None, for each municipality.

    Minutes are those of each consultant, in the session and around it; `public` clears it for the public calendar,
    None leaves that as it is.
    """

    kind: EventKind
    title: str
    mode: Mode
    minutes_each: int
    packages: Mapping[int, str | None]
    consultant_ids: Collection[int]
    sharing: Sharing = EQUALLY
    preparation_minutes: int = 0
    follow_up_minutes: int = 0
    place: str = ""
    room: str = ""
    link: str = ""
    note: str = ""
    target_group: str = ""
    seats: int | None = None
    public: bool | None = None


@dataclass(frozen=True)
class When:
    """From when to when, as clocks in the zone show it."""

    starts_local: datetime
    ends_local: datetime
    zone: str = rules.DEFAULT_ZONE


def plan_of(event: Event) -> Plan:
    """What is planned for a session, to plan another one alike; it is cleared for nobody."""
    return Plan(
        kind=event.kind,
        title=event.title,
        mode=event.mode,
        minutes_each=event.planned_minutes,
        packages={
            part.municipality_id: part.work_package.code if part.work_package else None for part in event.municipalities
        },
        consultant_ids=event.consultant_ids,
        sharing=event.sharing,
        preparation_minutes=event.preparation_minutes,
        follow_up_minutes=event.follow_up_minutes,
        place=event.place,
        room=event.room,
        link=event.link,
        note=event.note,
        target_group=event.target_group,
        seats=event.seats,
    )


def set_time(event: Event, when: When) -> None:
    """Give a session its time. Raises Invalid where there is no such time."""
    rules.check_times(when.starts_local, when.ends_local, when.zone)
    event.starts_local, event.ends_local, event.zone = when.starts_local, when.ends_local, when.zone


def fill(session: Session, viewer: Actor, event: Event, plan: Plan) -> None:
    """Write a plan into a session. Raises Forbidden, Invalid."""
    title, link = plan.title.strip(), plan.link.strip()
    if not title:
        raise Invalid("title", N_("Bitte einen Titel angeben."))
    rules.check_link(link)
    rules.check_plan(
        plan.kind,
        municipalities=len(plan.packages),
        consultants=len(plan.consultant_ids),
        minutes_each=plan.minutes_each,
        around=(plan.preparation_minutes, plan.follow_up_minutes),
        seats=plan.seats,
    )
    event.kind, event.title, event.mode, event.planned_minutes = plan.kind, title, plan.mode, plan.minutes_each
    event.preparation_minutes, event.follow_up_minutes = plan.preparation_minutes, plan.follow_up_minutes
    event.place, event.room, event.link = plan.place.strip(), plan.room.strip(), link
    event.note, event.target_group, event.seats = plan.note.strip(), plan.target_group.strip(), plan.seats
    with session.no_autoflush:  # one change is one new version
        _set_consultants(session, viewer, event, plan)
        _set_parts(session, viewer, event, plan.packages)
        share(event, plan.sharing)
        _clear(session, viewer, event, plan.public)


def leave(event: Event, municipality_id: int) -> None:
    """Let a municipality take part no more; the others stay."""
    part = next(each for each in event.municipalities if each.municipality_id == municipality_id)
    event.labels_left += part.municipality.label_revision
    event.municipalities.remove(part)
    event.municipality_count = len(event.municipalities)


def share(event: Event, sharing: Sharing) -> None:
    """Share a session out so from now on; one municipality alone shares with nobody. Raises Invalid."""
    kept = check_sharing(sharing, event.municipality_ids)
    event.split_key = kept.key
    for part in event.municipalities:
        part.hosts = part.municipality_id == kept.host_id


def _set_consultants(session: Session, viewer: Actor, event: Event, plan: Plan) -> None:
    kept = [each for each in event.consultants if each.user_id in plan.consultant_ids]
    added = set(plan.consultant_ids) - {each.user_id for each in kept}
    team = {person.id: person for person in team_members(session, viewer)}
    if not added <= team.keys():
        raise Invalid("consultants", N_("Bitte Beratungspersonen aus der Liste wählen."))
    anonymous = _anonymous(session, viewer, plan.packages)
    assigned = queries.assigned_on(session, viewer, municipality_ids=anonymous, on=event.starts_local.date())
    for user_id in plan.consultant_ids:
        person = team.get(user_id)
        if person is None or person.role is Role.LEAD:
            continue
        if any((user_id, municipality_id) not in assigned for municipality_id in anonymous):
            message = N_("%(person)s ist einer anonymen Kommune nicht zugeordnet und darf nicht erfahren, wer sie ist.")
            raise Invalid("consultants", message, person=person.name)
    event.consultants = [*kept, *(EventConsultant(user_id=user_id) for user_id in sorted(added))]


def _set_parts(session: Session, viewer: Actor, event: Event, packages: Mapping[int, str | None]) -> None:
    contracts = contracts_of(session, viewer, packages)
    before = {part.municipality_id: part for part in event.municipalities}
    for municipality_id in before.keys() - packages.keys():
        leave(event, municipality_id)
    parts = {each: before.get(each) or EventMunicipality(municipality_id=each) for each in packages}
    for municipality_id, code in packages.items():
        parts[municipality_id].work_package_id = _package_id(contracts.get(municipality_id), code)
    event.municipalities = list(parts.values())
    event.municipality_count = len(parts)


def _clear(session: Session, viewer: Actor, event: Event, public: bool | None) -> None:
    """Clear it for the public calendar, or no more; what has become something else is not cleared any more."""
    wanted = event.public_cleared if public is None else public
    anonymous = bool(wanted and _anonymous(session, viewer, event.municipality_ids))
    if wanted and not event.public_cleared:
        check(viewer, Permission.SESSION_PUBLISH)
        rules.check_public(event.kind, anonymous=anonymous)
    event.public_cleared = wanted and rules.can_be_public(event.kind, anonymous=anonymous)


def _anonymous(session: Session, viewer: Actor, municipality_ids: Collection[int]) -> list[int]:
    known = queries.municipalities_named(session, viewer, municipality_ids=municipality_ids)
    return [municipality.id for municipality in known if municipality.is_anonymous]


def _package_id(contract: Contract | None, code: str | None) -> int | None:
    if code is None:
        return None
    for package in contract.work_packages if contract else ():
        if package.code == code:
            return package.id
    raise Invalid("parts", N_("Das Arbeitspaket %(code)s gibt es in diesem Vertrag nicht."), code=code)
