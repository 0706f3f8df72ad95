"""Use cases of sessions to come: plan, change, move, confirm; and what is unusual about their time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Role
from komma_tracker.accounts.queries import team_members
from komma_tracker.audit import service as audit
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.hints import Place, SessionHint, Traveller, days_of, hints_for_session
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.events.permissions import check_edit, check_planner
from komma_tracker.events.record import changed, facts, record, role_of
from komma_tracker.events.rules import EventKind, EventState, ReasonClass
from komma_tracker.events.shares import EQUALLY, Sharing, check_sharing
from komma_tracker.events.shown import ShownSession
from komma_tracker.municipalities.holidays import holiday_of, holidays_on
from komma_tracker.municipalities.models import Municipality


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is planned, apart from the time; `packages` has a work package's code, or None, for each municipality."""

    kind: EventKind
    title: str
    mode: Mode
    minutes_each: int
    packages: Mapping[int, str | None]
    consultant_ids: Collection[int]
    sharing: Sharing = EQUALLY
    place: str = ""
    link: str = ""
    note: str = ""


@dataclass(frozen=True)
class When:
    """From when to when, as clocks in the zone show it."""

    starts_local: datetime
    ends_local: datetime
    zone: str = rules.DEFAULT_ZONE


def plan_session(
    session: Session,
    viewer: Actor,
    *,
    plan: Plan,
    when: When,
    confirmed: bool,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Put a session into the calendar; returns its public id. The same form sent twice makes one session.

    Raises Forbidden, Invalid.
    """
    with unit_of_work(session):
        if made := audit.done_before(session, viewer, request_key):
            return made
        check_planner(viewer, plan.packages)
        event = Event(
            public_id=new_public_id(),
            state=EventState.CONFIRMED if confirmed else EventState.TENTATIVE,
            sequence=0,
            municipality_count=0,
            created_at=now,
            updated_at=now,
        )
        _set_time(event, when)
        _fill(session, viewer, event, plan)
        session.add(event)
        session.flush()
        record(session, viewer, "session.plan", event, now=now, after=facts(event), request_key=request_key)
    return event.public_id


def change_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    plan: Plan,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Change what is planned. Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid."""
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        check_planner(viewer, plan.packages)
        check_open(event, version)
        before = facts(event)
        _fill(session, viewer, event, plan)
        changed(session, viewer, "session.change", event, before, now=now, request_key=request_key)


def move_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    when: When,
    confirmed: bool,
    reason: ReasonClass,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Give a session another time; it stays the same one in every calendar.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        check_open(event, version)
        before = facts(event)
        _set_time(event, when)
        event.state = EventState.CONFIRMED if confirmed else EventState.TENTATIVE
        changed(session, viewer, "session.move", event, before, now=now, request_key=request_key, reason=reason)


def confirm_session(session: Session, viewer: Actor, *, public_id: str, now: datetime) -> None:
    """Say that a planned session is agreed; saying so again changes nothing. Raises NotFound, Forbidden, Invalid."""
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if event.state is EventState.CONFIRMED:
            return
        rules.check_transition(event.state, EventState.CONFIRMED, role_of(viewer))
        before = facts(event)
        event.state = EventState.CONFIRMED
        changed(session, viewer, "session.confirm", event, before, now=now)


def hints(session: Session, viewer: Actor, shown: ShownSession) -> tuple[SessionHint, ...]:
    """What is unusual about the time of a session, for those who plan it. Seven statements at most."""
    days = days_of(shown.starts_local, shown.ends_local)
    contracts = contracts_of(session, viewer, shown.municipality_ids)
    known = queries.municipalities_named(session, viewer, municipality_ids=shown.municipality_ids)
    assigned = queries.assigned_on(session, viewer, municipality_ids=shown.municipality_ids, on=days[0])
    return hints_for_session(
        days,
        places=[_place(municipality, contracts.get(municipality.id), days) for municipality in known],
        travellers=[
            Traveller(person.name, _by_date(days, lambda day, land=person.land: holidays_on(day, land)))
            for person in shown.consultants
            if person.land
        ],
        busy=queries.busy_consultants(session, viewer, shown),
        unassigned=[
            (person.name, part.label)
            for person in shown.consultants
            for part in shown.parts
            if person.role is not Role.LEAD and (person.id, part.municipality_id) not in assigned
        ],
    )


def _place(municipality: Municipality, contract: Contract | None, days: Sequence[date]) -> Place:
    terms = contract.all_terms() if contract else ()
    return Place(municipality.label, _by_date(days, partial(holiday_of, municipality)), terms)


def _by_date(days: Sequence[date], holiday: Callable[[date], str | None]) -> dict[date, str]:
    return {day: name for day in days if (name := holiday(day))}


def check_open(event: Event, version: int | None) -> None:
    """Raise Conflict where the session has changed since it was shown, Invalid where nothing about it can change."""
    if version != event.version:
        raise Conflict
    if event.state not in rules.OPEN_STATES:
        raise Invalid(None, N_("Dieser Termin ist %(state)s und lässt sich nicht mehr ändern."), state=event.state)


def _set_time(event: Event, when: When) -> None:
    rules.check_times(when.starts_local, when.ends_local, when.zone)
    event.starts_local, event.ends_local, event.zone = when.starts_local, when.ends_local, when.zone


def _fill(session: Session, viewer: Actor, event: Event, plan: Plan) -> None:
    title, link = plan.title.strip(), plan.link.strip()
    if not title:
        raise Invalid("title", N_("Bitte einen Titel angeben."))
    rules.check_link(link)
    rules.check_plan(
        plan.kind,
        municipalities=len(plan.packages),
        consultants=len(plan.consultant_ids),
        minutes_each=plan.minutes_each,
    )
    event.kind, event.title, event.mode, event.planned_minutes = plan.kind, title, plan.mode, plan.minutes_each
    event.place, event.link, event.note = plan.place.strip(), link, plan.note.strip()
    with session.no_autoflush:  # one change is one new version
        _set_consultants(session, viewer, event, plan)
        _set_parts(session, viewer, event, plan.packages)
        share(event, plan.sharing)


def _set_consultants(session: Session, viewer: Actor, event: Event, plan: Plan) -> None:
    kept = [each for each in event.consultants if each.user_id in plan.consultant_ids]
    added = set(plan.consultant_ids) - {each.user_id for each in kept}
    team = {person.id: person for person in team_members(session, viewer)}
    if not added <= team.keys():
        raise Invalid("consultants", N_("Bitte Beratungspersonen aus der Liste wählen."))
    known = queries.municipalities_named(session, viewer, municipality_ids=plan.packages)
    anonymous = [municipality.id for municipality in known if municipality.is_anonymous]
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


def leave(event: Event, municipality_id: int) -> None:
    """Let a municipality take part no more; the others stay."""
    part = next(each for each in event.municipalities if each.municipality_id == municipality_id)
    # Calendars add the label's revision to the sequence, which must not fall when the label leaves.
    event.sequence += part.municipality.label_revision
    event.municipalities.remove(part)
    event.municipality_count = len(event.municipalities)


def share(event: Event, sharing: Sharing) -> None:
    """Share a session out so from now on; one municipality alone shares with nobody. Raises Invalid."""
    kept = check_sharing(sharing, event.municipality_ids)
    event.split_key = kept.key
    for part in event.municipalities:
        part.hosts = part.municipality_id == kept.host_id


def _package_id(contract: Contract | None, code: str | None) -> int | None:
    if code is None:
        return None
    for package in contract.work_packages if contract else ():
        if package.code == code:
            return package.id
    raise Invalid("parts", N_("Das Arbeitspaket %(code)s gibt es in diesem Vertrag nicht."), code=code)
