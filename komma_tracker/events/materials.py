"""Use cases after a session: links to its material, and that it is followed up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, NotFound, System
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.models import Event, EventMaterial
from komma_tracker.events.permissions import can_hold, check_edit
from komma_tracker.events.record import changed, facts, record, role_of
from komma_tracker.events.rules import EventState


def add_material(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    title: str,
    url: str,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Put a link beside a session. The material itself stays where it is. Raises NotFound, Forbidden, Invalid."""
    with unit_of_work(session):
        event = _for_caretaker(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return
        title, url = title.strip(), url.strip()
        if not title:
            raise Invalid("title", N_("Bitte geben Sie an, was sich hinter der Adresse verbirgt."))
        rules.check_material(url)
        by_id = None if isinstance(viewer, System) else viewer.user_id
        session.add(EventMaterial(event_id=event.id, title=title, url=url, added_at=now, added_by_id=by_id))
        record(session, viewer, "session.material", event, now=now, request_key=request_key)


def remove_material(session: Session, viewer: Actor, *, public_id: str, material_id: int, now: datetime) -> None:
    """Take a link away. Raises NotFound, Forbidden."""
    with unit_of_work(session):
        event = _for_caretaker(session, viewer, public_id)
        found = queries.material_for_change(session, viewer, event_id=event.id, material_id=material_id)
        if found is None:
            raise NotFound
        session.delete(found)
        record(session, viewer, "session.material_removed", event, now=now)


def follow_up(session: Session, viewer: Actor, *, public_id: str, now: datetime) -> None:
    """Say that nothing more is to be done about a session that was held; saying so again changes nothing.

    Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        event = _for_caretaker(session, viewer, public_id)
        if event.state is EventState.FOLLOWED_UP:
            return
        rules.check_transition(event.state, EventState.FOLLOWED_UP, role_of(viewer))
        before = facts(event)
        event.state = EventState.FOLLOWED_UP
        changed(session, viewer, "session.follow_up", event, before, now=now)


def _for_caretaker(session: Session, viewer: Actor, public_id: str) -> Event:
    """The session, for whoever runs or plans it."""
    event = queries.event_for_change(session, viewer, public_id)
    if not can_hold(viewer, event):
        check_edit(viewer, event)
    return event
