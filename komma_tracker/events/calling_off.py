"""Use cases of sessions that do not take place: call one off, and decide what a late cancellation costs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, NotFound, System
from komma_tracker.audit import service as audit
from komma_tracker.budget.rules import Activity, late_cancellation, split
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.contracts.rules import rules_on
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.booking import Booker
from komma_tracker.events.lateness import LateState, check_late_move, check_notice, looked_at, notice_days
from komma_tracker.events.models import Event, LateCancellation
from komma_tracker.events.permissions import check_edit
from komma_tracker.events.record import changed, facts, role_of
from komma_tracker.events.rules import EventState, Initiator, ReasonClass
from komma_tracker.events.service import check_open
from komma_tracker.events.shares import Booking, planned_shares
from komma_tracker.municipalities.holidays import holiday_of

LATE_REASON = N_("Über eine kurzfristige Absage wurde später entschieden")
"""Stands beside days that are booked after their month was submitted."""


def cancel_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    by: Initiator,
    reason: ReasonClass,
    notice_on: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Call a session off. It is never deleted: calendars must learn that it will not take place.

    What its municipality calls off later than its contract allows is proposed to be charged (domain 5.4, case 3).
    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        rules.check_transition(event.state, EventState.CANCELLED, role_of(viewer))
        check_open(event, version)
        cancel_one(
            session, viewer, event, by=by, reason=reason, notice_on=notice_on, now=now, request_key=request_key
        )  # fmt: skip


def cancel_one(
    session: Session,
    viewer: Actor,
    event: Event,
    *,
    by: Initiator,
    reason: ReasonClass,
    notice_on: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """The same for a session that is there; inside the caller's unit of work, who has checked. Raises Invalid."""
    check_notice(notice_on, rules.to_local(now, event.zone).date())
    before = facts(event)
    if by is Initiator.MUNICIPALITY:
        _propose(session, viewer, event, notice_on, now=now)
    call_off(event, viewer, by=by, reason=reason, notice_on=notice_on, now=now)
    changed(session, viewer, "session.cancel", event, before, now=now, request_key=request_key, reason=reason)


def call_off(
    event: Event, viewer: Actor, *, by: Initiator, reason: ReasonClass, notice_on: date, now: datetime
) -> None:
    """Write down who called it off, when and why; inside the caller's unit of work, who has checked and records it."""
    event.state, event.called_off_by, event.cancel_reason = EventState.CANCELLED, by, reason
    event.notice_on, event.cancelled_at = notice_on, now
    event.cancelled_by_id = None if isinstance(viewer, System) else viewer.user_id


def _propose(session: Session, viewer: Actor, event: Event, notice_on: date, *, now: datetime) -> None:
    """One proposal for each municipality whose own contract and own calendar make the notice too short."""
    day, people = event.starts_local.date(), len(event.consultants)
    contracts = contracts_of(session, viewer, event.municipality_ids)
    whole = rules.planned_minutes(event.planned_minutes, people)
    shares = planned_shares(whole, [part.hosts for part in event.municipalities])
    for part, planned in zip(event.municipalities, shares, strict=True):
        contract = contracts.get(part.municipality_id)
        if contract is None:
            continue
        holidays = [each for each in looked_at(notice_on, day) if holiday_of(part.municipality, each)]
        days = notice_days(notice_on, day, holidays)
        minutes = late_cancellation(planned, days, rules_on(contract.all_terms(), day))
        if minutes:
            session.add(
                LateCancellation(
                    event_id=event.id,
                    municipality_id=part.municipality_id,
                    notice_days=days,
                    minutes=minutes,
                    state=LateState.PROPOSED,
                    proposed_at=now,
                    proposed_by_id=None if isinstance(viewer, System) else viewer.user_id,
                )
            )


def decide_late(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    municipality_id: int | None,
    target: LateState,
    reason: str,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Book what a late cancellation may cost a municipality, or waive it with a reason; once.

    Raises NotFound, Forbidden for all but the lead, Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_edit(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        late = queries.late_for_change(session, viewer, event_id=event.id, municipality_id=municipality_id)
        if late is None:
            raise NotFound
        check_late_move(late.state, target, role_of(viewer), reason)
        late.state, late.decided_at = target, now
        late.decided_by_id = None if isinstance(viewer, System) else viewer.user_id
        late.reason = reason.strip() if target is LateState.WAIVED else ""
        if target is LateState.BOOKED:
            booker = Booker(session=session, viewer=viewer, event=event, now=now, reason=LATE_REASON)
            booker.book(_shares(event, late))
        audit.record(
            session,
            viewer,
            action="session.late_cancellation",
            object_type="session",
            object_id=event.public_id,
            municipality_id=late.municipality_id,
            before={"state": LateState.PROPOSED.value},
            after=_facts(late),
            request_key=request_key,
            now=now,
        )


def _shares(event: Event, late: LateCancellation) -> list[Booking]:
    consultants = sorted(event.consultant_ids)
    parts = split(late.minutes, [1] * len(consultants))
    return [
        Booking(who, late.municipality_id, Activity.LATE_CANCELLATION, part)
        for who, part in zip(consultants, parts, strict=True)
        if part
    ]


def _facts(late: LateCancellation) -> dict[str, Any]:
    return {
        "state": late.state.value,
        "minutes": late.minutes,
        "notice_days": late.notice_days,
        "reason_length": len(late.reason),
    }
