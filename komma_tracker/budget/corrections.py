"""Use cases after the fact: an entry is corrected after its month was submitted, or the lead decides on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, NotFound, Permission, System, check
from komma_tracker.audit import service as audit
from komma_tracker.budget import daily, entering, queries, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.record import facts, record
from komma_tracker.budget.rules import (
    Approval,
    check_correctable,
    check_correction_reason,
    check_decidable,
    posting_month,
)
from komma_tracker.budget.service import (
    Work,
    check_edit,
    check_length,
    fill,
    new_entry,
    reckon_work,
    work_of,
)
from komma_tracker.db import unit_of_work


def correct_entry(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    work: Work | None,
    reason: str,
    now: datetime,
    today: date,
    request_key: str | None = None,
) -> DayEntry | None:
    """Take back an entry that was submitted, and enter in its place what is right; without work only take it back.

    Both parts stand in the open month and keep the service date (domain 2.3; domain 5.4, case 5). Returns the new
    entry. Raises NotFound, Forbidden, Invalid, Conflict where somebody else has corrected it meanwhile.
    """
    with unit_of_work(session):
        entering.hold_contract_of(session, viewer, public_id)
        entry = queries.entry_for_change(session, viewer, public_id)
        if entry is None:
            raise NotFound
        check_edit(viewer, entry)
        if audit.done_before(session, viewer, request_key):
            return queries.replacement_of(session, viewer, entry)
        check_correctable(submitted=entry.statement_id is not None, reversal=entry.reverses_id is not None)
        if queries.is_reversed(session, viewer, entry):
            raise Conflict
        check_correction_reason(reason)
        _check_difference(entry, work)
        reversal = _reverse(session, viewer, entry, reason.strip(), now=now)
        made = _replace(session, viewer, entry, replace(work, reason=reason), now=now, today=today) if work else None
        dates = {entry.service_date, made.service_date if made else entry.service_date}
        others = daily.recount(session, contract=entry.contract, consultant_id=entry.consultant_id, dates=dates)
        totals.recount(session, contract_ids=[entry.contract_id])
        after = {"reversal": facts(reversal, others), "replacement": facts(made) if made else None}
        record(
            session, viewer, "entry.correct", entry, now=now, before=facts(entry), after=after, request_key=request_key
        )
        return made


def decide_entry(
    session: Session, viewer: Actor, *, public_id: str, grant: bool, now: datetime, request_key: str | None = None
) -> DayEntry:
    """Let an entry count that waits for the lead, in the month that is open now, or not (domain 5.4, cases 13 and 16).

    Raises NotFound, Forbidden, Invalid.
    """
    check(viewer, Permission.ENTRY_DECIDE)
    with unit_of_work(session):
        entering.hold_contract_of(session, viewer, public_id)
        entry = queries.entry_for_change(session, viewer, public_id)
        if entry is None:
            raise NotFound
        if audit.done_before(session, viewer, request_key):
            return entry
        target = Approval.GRANTED if grant else Approval.REFUSED
        check_decidable(entry.approval, target, submitted=entry.statement_id is not None)
        before = facts(entry)
        closed = queries.closed_months(session, viewer, contract_id=entry.contract_id)
        entry.posting_month = posting_month(entry.service_date, closed)
        entry.approval, entry.approved_at = target, now
        entry.approved_by_id = None if isinstance(viewer, System) else viewer.user_id
        entry.chargeable_minutes, entry.counted_as = 0, ""
        others = daily.recount(
            session, contract=entry.contract, consultant_id=entry.consultant_id, dates=[entry.service_date]
        )
        totals.recount(session, contract_ids=[entry.contract_id])
        after = facts(entry, others)
        record(session, viewer, "entry.decide", entry, now=now, before=before, after=after, request_key=request_key)
        return entry


def _check_difference(entry: DayEntry, work: Work | None) -> None:
    if work and replace(work, reason=entry.reason, long_day=False) == work_of(entry):
        raise Invalid(None, N_("Die Korrektur ändert nichts. Bitte geben Sie an, was richtig ist."))


def _reverse(session: Session, viewer: Actor, entry: DayEntry, reason: str, *, now: datetime) -> DayEntry:
    """The same with its signs turned, so that both together are nothing."""
    closed = queries.closed_months(session, viewer, contract_id=entry.contract_id)
    reversal = new_entry(viewer, entry.contract, entry.consultant_id, now=now)
    reversal.reverses_id, reversal.reason = entry.id, reason
    reversal.service_date = entry.service_date
    reversal.posting_month = posting_month(entry.service_date, closed)
    reversal.minutes, reversal.chargeable_minutes = -entry.minutes, -entry.chargeable_minutes
    reversal.counted_as, reversal.approval = entry.counted_as, Approval.NOT_NEEDED
    reversal.work_package_id, reversal.activity, reversal.mode = entry.work_package_id, entry.activity, entry.mode
    reversal.note, reversal.internal_note = entry.note, entry.internal_note
    session.add(reversal)
    session.flush()
    return reversal


def _replace(session: Session, viewer: Actor, entry: DayEntry, work: Work, *, now: datetime, today: date) -> DayEntry:
    """What stands in its place; what was granted for that date stays granted."""
    contract, person = entry.contract, entry.consultant_id
    day = entering.day_of(session, viewer, contract_id=contract.id, consultant_id=person, on=work.service_date)
    check_length(viewer, work, day)
    reckoned = reckon_work(contract, work, day, reported_on=today, correction=True)
    made = new_entry(viewer, contract, person, now=now)
    made.replaces_id = entry.id
    if reckoned.approval is not Approval.NOT_NEEDED and entry.approval is Approval.GRANTED:
        reckoned = replace(reckoned, approval=Approval.GRANTED)
        made.approved_by_id, made.approved_at = entry.approved_by_id, entry.approved_at
    fill(made, contract, work, reckoned)
    session.add(made)
    session.flush()
    return made
