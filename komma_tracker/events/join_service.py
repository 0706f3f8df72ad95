"""Use cases of joining by code: the team opens and closes it, people without an account count and answer.

What participants do leaves no audit record and no counter of attempts: both would hold a time (decision 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, NotFound
from komma_tracker.accounts import throttle
from komma_tracker.accounts.rules import TooManyAttempts
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.events import queries
from komma_tracker.events.join_models import EventFeedback, EventJoined, EventJoining
from komma_tracker.events.models import Event
from komma_tracker.events.permissions import check_hold
from komma_tracker.events.record import record
from komma_tracker.events.rules import MOST_PARTICIPANTS, EventKind, FunctionGroup, joining
from komma_tracker.events.rules.joining import SCALE, Phase

_BLIND = {"synchronize_session": False}
"""No counter is ever kept in memory, so none must be brought up to date there."""


@dataclass(frozen=True)
class Joined:
    """What a participant may know of a session: that it is the right one, and what is asked. Nobody's name."""

    event_id: int
    public_id: str
    kind: EventKind
    starts_local: datetime
    ends_local: datetime
    phase: Phase


def open_joining(session: Session, viewer: Actor, *, public_id: str, key: str, now: datetime) -> None:
    """Give a session a code; `key` is the secret of the program. One that is open stays as it is: it opens once.

    Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_hold(viewer, event)
        row = queries.joining_for_change(session, event_id=event.id)
        if row and row.seed:
            return
        at = _phase(event, now)
        evaluated = row is not None and joining.is_evaluated(event.state, at, is_open=False)
        joining.check_open(event.kind, event.state, at, evaluated=evaluated)
        row, seed = row or _lay_out(session, event), new_public_id()
        row.seed, row.code_hash = seed, joining.code_hash(joining.code_of(seed, key), key)
        record(session, viewer, "session.join_open", event, now=now)


def close_joining(session: Session, viewer: Actor, *, public_id: str, now: datetime) -> None:
    """Make the code of a session void. Raises NotFound, Forbidden."""
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_hold(viewer, event)
        row = queries.joining_for_change(session, event_id=event.id)
        if row is None or row.seed is None:
            return
        row.seed = row.code_hash = None
        record(session, viewer, "session.join_close", event, now=now)


def _lay_out(session: Session, event: Event) -> EventJoining:
    """All counters with zeros, in an order that says nothing."""
    row = EventJoining(event_id=event.id)
    session.add(row)
    session.add_all(EventJoined(event_id=event.id, function_group=group, headcount=0) for group in FunctionGroup)
    session.add_all(EventFeedback(event_id=event.id, scale=value, answers=0) for value in SCALE)
    session.flush()
    return row


def find(session: Session, *, code: str, key: str, address: str | None, now: datetime) -> Joined:
    """The session behind a code; `session` works for the system.

    Raises NotFound where there is none or it is over, TooManyAttempts where somebody tries one after the other: then
    the right one is refused as well, or guessing would pay.
    """
    counters = [(throttle.JOIN_AT_ADDRESS, throttle.network(address))]
    if throttle.is_exhausted(session, counters, now=now):
        raise TooManyAttempts
    try:
        return _joined(session, code=code, key=key, now=now)
    except NotFound:
        throttle.attempt(session, counters, now=now)
        raise


def count_head(session: Session, *, code: str, key: str, group: FunctionGroup, now: datetime) -> None:
    """Count one head more; `session` works for the system. Raises NotFound, Invalid where none is counted now."""
    with unit_of_work(session):
        found = _joined(session, code=code, key=key, now=now)
        if found.phase is not Phase.COUNTING:
            raise Invalid(None, N_("Die Teilnehmenden werden gerade nicht gezählt."))
        wanted = (EventJoined.event_id == found.event_id, EventJoined.function_group == group)
        more = update(EventJoined).where(*wanted, EventJoined.headcount < MOST_PARTICIPANTS)
        session.execute(more.values(headcount=EventJoined.headcount + 1), execution_options=_BLIND)


def give_feedback(session: Session, *, code: str, key: str, value: int, now: datetime) -> None:
    """Count one answer more; `session` works for the system. Raises NotFound, Invalid where nobody asks now."""
    with unit_of_work(session):
        found = _joined(session, code=code, key=key, now=now)
        if found.phase is not Phase.FEEDBACK:
            raise Invalid(None, N_("Rückmeldungen werden gerade nicht angenommen."))
        if value not in SCALE:
            raise Invalid("value", N_("Bitte wählen Sie einen Wert von 1 bis 5."))
        wanted = (EventFeedback.event_id == found.event_id, EventFeedback.scale == value)
        more = update(EventFeedback).where(*wanted, EventFeedback.answers < MOST_PARTICIPANTS)
        session.execute(more.values(answers=EventFeedback.answers + 1), execution_options=_BLIND)


def _joined(session: Session, *, code: str, key: str, now: datetime) -> Joined:
    row = queries.joining_by_code(session, code_hash=joining.code_hash(code, key)) if code else None
    if row is None or (at := _phase(row.event, now)) is Phase.OVER:
        raise NotFound
    event = row.event
    return Joined(event.id, event.public_id, event.kind, event.starts_local, event.ends_local, at)


def _phase(event: Event, now: datetime) -> Phase:
    return joining.phase(event.state, event.starts_local, event.ends_local, event.zone, now)
