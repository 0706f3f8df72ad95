"""Use cases of sessions to come: plan, change, move, confirm."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid
from komma_tracker.audit import service as audit
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.hinting import Occasion, dated_hints
from komma_tracker.events.hints import check_seen
from komma_tracker.events.models import Event
from komma_tracker.events.permissions import check_edit, check_planner
from komma_tracker.events.plans import Plan, When, fill, set_time
from komma_tracker.events.record import changed, facts, planned, role_of
from komma_tracker.events.rules import EventState, ReasonClass

Seen = Container[str] | None
"""Marks of the hints that a form has shown; None where nobody is asked."""


def plan_session(
    session: Session,
    viewer: Actor,
    *,
    plan: Plan,
    when: When,
    confirmed: bool,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> str:
    """Put a session into the calendar; returns its public id. The same form sent twice makes one session.

    Raises Forbidden, Invalid, Unseen.
    """
    with unit_of_work(session):
        if made := audit.done_before(session, viewer, request_key):
            return made
        check_planner(viewer, plan.packages)
        event = new_event(session, viewer, plan, when, confirmed=confirmed, now=now)
        ask(session, viewer, [event], seen)
        session.add(event)
        session.flush()
        planned(session, viewer, event, now=now, request_key=request_key)
    return event.public_id


def change_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    plan: Plan,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> None:
    """Change what is planned. Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid, Unseen."""
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        check_planner(viewer, plan.packages)
        check_open(event, version)
        before, known = facts(event), [Occasion.of(event)]
        fill(session, viewer, event, plan)
        ask(session, viewer, [event], seen, known=known)
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
    seen: Seen = None,
    request_key: str | None = None,
) -> None:
    """Give a session another time; it stays the same one in every calendar.

    Raises NotFound, Forbidden, Conflict, Invalid, Unseen.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        check_open(event, version)
        before, known = facts(event), [Occasion.of(event)]
        move(event, when, confirmed=confirmed)
        ask(session, viewer, [event], seen, known=known)
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


def new_event(session: Session, viewer: Actor, plan: Plan, when: When, *, confirmed: bool, now: datetime) -> Event:
    """A session that is not stored yet; inside the caller's unit of work, who has checked. Raises Invalid."""
    event = Event(
        public_id=new_public_id(),
        state=EventState.CONFIRMED if confirmed else EventState.TENTATIVE,
        public_cleared=False,
        labels_left=0,
        municipality_count=0,
        created_at=now,
        updated_at=now,
    )
    set_time(event, when)
    fill(session, viewer, event, plan)
    return event


def move(event: Event, when: When, *, confirmed: bool) -> None:
    """Another time, which has to be agreed anew; inside the caller's unit of work. Raises Invalid."""
    set_time(event, when)
    event.state = EventState.CONFIRMED if confirmed else EventState.TENTATIVE


def ask(
    session: Session, viewer: Actor, events: list[Event], seen: Seen, *, known: list[Occasion] | None = None
) -> None:
    """Raise Unseen for what is unusual about these sessions and whoever saves has not been shown.

    `known` is how they were before: what was unusual then is nothing new.
    """
    if seen is None:
        return
    with session.no_autoflush:  # nothing is stored before it is agreed
        before = dated_hints(session, viewer, known or [])
        hints = dated_hints(session, viewer, [Occasion.of(event) for event in events])
    check_seen([hint for hint in hints if hint not in before], seen)


def check_open(event: Event, version: int | None) -> None:
    """Raise Conflict where the session has changed since it was shown, Invalid where nothing about it can change."""
    if version != event.version:
        raise Conflict
    if event.state not in rules.OPEN_STATES:
        raise Invalid(None, N_("Dieser Termin ist %(state)s und lässt sich nicht mehr ändern."), state=event.state)
