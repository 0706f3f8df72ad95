"""The use case for which sessions are planned: it took place, and its days are booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid
from komma_tracker.audit import service as audit
from komma_tracker.budget.service import Work, add_entry
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.models import Event, EventBooking, EventMunicipality, EventParticipants
from komma_tracker.events.permissions import check_hold
from komma_tracker.events.record import changed, facts, role_of
from komma_tracker.events.rules import Booking, EventState, FunctionGroup

LATE_REASON = N_("Termin nachträglich bestätigt")
"""Stands beside days that are booked after their month was submitted."""


def hold_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    minutes_of: Mapping[int, int],
    participants: Mapping[FunctionGroup, int],
    now: datetime,
    request_key: str | None = None,
) -> bool:
    """Say that a session took place, how many took part, and book its days: one entry per consultant and municipality.

    `minutes_of` are minutes worked by consultant. Whoever comes second books nothing: False, unless it is the same
    form once more. Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_hold(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return True
        if event.state is EventState.HELD:
            return False
        rules.check_transition(event.state, EventState.HELD, role_of(viewer))
        rules.check_held(event.ends_local, event.zone, now)
        before = facts(event)
        _set_participants(event, participants)
        event.state, event.held_at = EventState.HELD, now
        _book(session, viewer, event, minutes_of, now=now)
        changed(session, viewer, "session.hold", event, before, now=now, request_key=request_key)
    return True


def _set_participants(event: Event, participants: Mapping[FunctionGroup, int]) -> None:
    for group, headcount in participants.items():
        rules.check_headcount(group, headcount)
    event.participants = [
        EventParticipants(function_group=group, headcount=headcount)
        for group, headcount in participants.items()
        if headcount
    ]


def _book(session: Session, viewer: Actor, event: Event, minutes_of: Mapping[int, int], *, now: datetime) -> None:
    """Write the entries: for each consultant what was worked, shared out equally among the municipalities."""
    if set(minutes_of) != set(event.consultant_ids):
        raise Invalid(None, N_("Bitte für jede Beratungsperson die Dauer angeben."))
    for minutes in minutes_of.values():
        if not 0 <= minutes <= rules.MOST_MINUTES_EACH:
            raise Invalid(None, N_("Bitte einen Umfang von 0 bis 24 Stunden angeben."))
    contracts = contracts_of(session, viewer, event.municipality_ids)
    parts = {part.municipality_id: part for part in event.municipalities}
    for part in event.municipalities:
        if part.municipality_id not in contracts:
            message = N_("Für %(municipality)s gibt es noch keinen Vertrag, auf den Tage gebucht werden könnten.")
            raise Invalid(None, message, municipality=part.municipality.label)
    for booking in rules.bookings(minutes_of, dict.fromkeys(parts, 1)):
        _book_entry(session, viewer, event, contracts[booking.municipality_id], parts, booking, now=now)


def _book_entry(
    session: Session,
    viewer: Actor,
    event: Event,
    contract: Contract,
    parts: Mapping[int, EventMunicipality],
    booking: Booking,
    *,
    now: datetime,
) -> None:
    package = parts[booking.municipality_id].work_package
    secret = len(parts) > 1 and any(part.municipality.is_anonymous for part in parts.values())
    work = Work(
        service_date=event.starts_local.date(),
        minutes=booking.minutes,
        activity=rules.ACTIVITY_OF[event.kind],
        mode=event.mode,
        work_package=package.code if package else None,
        note=rules.statement_note(event.kind, event.title, joint_with_anonymous=secret),
        reason=LATE_REASON,
        long_day=True,  # who confirms a session has its hours before them
    )
    entry = add_entry(session, viewer, contract=contract, consultant_id=booking.consultant_id, work=work, now=now)
    key = {"event_id": event.id, "consultant_id": booking.consultant_id, "municipality_id": booking.municipality_id}
    session.add(EventBooking(**key, entry_id=entry.id))
    audit.record(
        session,
        viewer,
        action="entry.book",
        object_type="day_entry",
        object_id=entry.public_id,
        municipality_id=booking.municipality_id,
        after={**key, "minutes": entry.minutes, "chargeable_minutes": entry.chargeable_minutes},
        now=now,
    )
