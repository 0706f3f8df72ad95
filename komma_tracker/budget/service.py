"""Use cases of the ledger: log a day, change it, delete it; and what doing so would mean.

Whoever writes holds the ledger of the contract first: no month can be submitted meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Forbidden, Invalid, NotFound, Permission, System, check, may
from komma_tracker.accounts.models import TEAM_ROLES, User
from komma_tracker.audit import service as audit
from komma_tracker.budget import daily, entering, queries, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.record import facts, record
from komma_tracker.budget.rules import (
    Activity,
    Approval,
    Chargeable,
    Draft,
    Hint,
    Mode,
    Reckoned,
    check_correction_reason,
    check_late_reason,
    check_long_day,
    check_minutes,
    check_open,
    check_service_date,
    hints_for_entry,
    in_days_of,
    reckon,
)
from komma_tracker.budget.shown import may_edit
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import Loggable, PackageChoice, contract_of
from komma_tracker.contracts.rules import lengths_of, measure, rules_on, terms_or_draft
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.kit.clock import date_of
from komma_tracker.municipalities.holidays import holiday_of, holidays_on


@dataclass(frozen=True, kw_only=True)
class Work:
    """What was worked, as a form or a file says it; `minutes` are those worked, not those that count.

    `reason` says why it comes after its month was submitted, `long_day` that the day was as long as it looks.
    """

    service_date: date
    minutes: int
    activity: Activity
    mode: Mode
    work_package: str | None = None
    note: str = ""
    internal_note: str = ""
    reason: str = ""
    long_day: bool = False


@dataclass(frozen=True)
class Outlook:
    """What work means for the allowance: minutes of it that count and why, minutes left then, what is unusual."""

    minutes: int
    counted: Chargeable
    approval: Approval
    left: int
    minutes_per_day: int
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Entered:
    """An entry that was just written, beside what was known of its day before, and what became of the work."""

    entry: DayEntry
    day: entering.Day
    reckoned: Reckoned


def log_day(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    consultant_id: int,
    work: Work,
    now: datetime,
    request_key: str | None = None,
) -> tuple[DayEntry, Outlook]:
    """Enter time worked into the ledger, and say what that means; the same form sent twice makes one entry.

    Raises Forbidden, Invalid (also where there is no contract).
    """
    try:
        with unit_of_work(session):
            if not (made := audit.done_before(session, viewer, request_key)):
                check(viewer, Permission.ENTRY_LOG, municipality_id)
                _check_consultant(session, viewer, consultant_id)
                contract = current_contract(session, viewer, municipality_id)
                entered = _enter(session, viewer, contract=contract, consultant_id=consultant_id, work=work, now=now)
                entry, kept = entered.entry, facts(entered.entry)
                record(session, viewer, "entry.log", entry, now=now, after=kept, request_key=request_key)
                return entry, _outlook(contract, work, entered.day, entered.reckoned, today=date_of(now))
    except IntegrityError:
        # One form came twice at the same moment: of the two, the database has let the other one in.
        made = audit.done_before(session, viewer, request_key)
        if not made:
            raise
    entry = queries.entry_by_public_id(session, viewer, made)
    today, person = date_of(now), entry.consultant_id
    return entry, outlook(
        session, viewer, contract=entry.contract, consultant_id=person, work=work, today=today, entry=entry
    )


def add_entry(
    session: Session, viewer: Actor, *, contract: Contract, consultant_id: int, work: Work, now: datetime
) -> DayEntry:
    """Write one entry and its total inside the caller's transaction; the caller has checked who may, and records it.

    Raises Invalid.
    """
    entry = _enter(session, viewer, contract=contract, consultant_id=consultant_id, work=work, now=now).entry
    session.flush()
    return entry


def _enter(
    session: Session, viewer: Actor, *, contract: Contract, consultant_id: int, work: Work, now: datetime
) -> Entered:
    entering.hold_contract(session, contract.id)
    day = entering.day_of(session, viewer, contract_id=contract.id, consultant_id=consultant_id, on=work.service_date)
    reckoned = reckon_work(contract, work, day, reported_on=date_of(now))
    check_late_reason(reckoned.late, work.reason)
    check_length(viewer, work, day)
    entry = new_entry(viewer, contract, consultant_id, now=now)
    fill(entry, contract, work, reckoned)
    session.add(entry)
    with session.no_autoflush:  # the entry and the record of it are written together
        totals.add(session, contract=contract, minutes=entry.chargeable_minutes, on=entry.service_date)
    return Entered(entry, day, reckoned)


def new_entry(viewer: Actor, contract: Contract, consultant_id: int, *, now: datetime) -> DayEntry:
    """An entry of that person on that contract, with nothing in it yet."""
    return DayEntry(
        public_id=new_public_id(),
        contract=contract,
        municipality_id=contract.municipality_id,
        consultant_id=consultant_id,
        created_at=now,
        created_by_id=consultant_id if isinstance(viewer, System) else viewer.user_id,
        updated_at=now,
    )


def change_entry(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    work: Work,
    now: datetime,
    request_key: str | None = None,
) -> DayEntry:
    """Correct an open entry; moved into a submitted month, it becomes a late one.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        entering.hold_contract_of(session, viewer, public_id)
        entry = queries.entry_for_change(session, viewer, public_id)
        if entry is None:
            raise NotFound
        check_edit(viewer, entry)
        if audit.done_before(session, viewer, request_key):
            return entry
        check_open(submitted=entry.statement_id is not None, reversal=entry.reverses_id is not None)
        if version != entry.version:
            raise Conflict
        before = facts(entry)
        reckoned = _reckon_change(session, viewer, entry, work, now=now)
        if reckoned.approval is not entry.approval:
            entry.approved_by_id = entry.approved_at = None
        fill(entry, entry.contract, work, reckoned)
        entry.updated_at = now
        others = daily.recount(
            session, contract=entry.contract, consultant_id=entry.consultant_id,
            dates=(date.fromisoformat(before["service_date"]), entry.service_date),
        )  # fmt: skip
        totals.recount(session, contract_ids=[entry.contract_id])
        after = facts(entry, others)
        record(session, viewer, "entry.change", entry, now=now, before=before, after=after, request_key=request_key)
    return entry


def delete_entry(
    session: Session, viewer: Actor, *, public_id: str, now: datetime, request_key: str | None = None
) -> None:
    """Take an open entry out of the ledger, and of a correction both parts; the record keeps what it was.

    Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        entering.hold_contract_of(session, viewer, public_id)
        entry = queries.entry_for_change(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return
        if entry is None:
            raise NotFound
        check_edit(viewer, entry)
        contract, consultant_id, dates = entry.contract, entry.consultant_id, set[date]()
        check_open(submitted=entry.statement_id is not None)
        other_part = [each for each in queries.other_part(session, viewer, entry) if each.statement_id is None]
        for each in (entry, *other_part):
            dates.add(each.service_date)
            record(session, viewer, "entry.delete", each, now=now, before=facts(each), request_key=request_key)
            request_key = None  # it stands for the form, which is recorded once
            session.delete(each)
        daily.recount(session, contract=contract, consultant_id=consultant_id, dates=dates)
        totals.recount(session, contract_ids=[contract.id])


def check_edit(viewer: Actor, entry: DayEntry) -> None:
    """Raise Forbidden unless it is one's own entry, or one may log for others."""
    if not may_edit(viewer, municipality_id=entry.municipality_id, consultant_id=entry.consultant_id):
        raise Forbidden


def entry_to_edit(session: Session, viewer: Actor, public_id: str) -> DayEntry:
    """An entry that the viewer may change. Raises NotFound, Forbidden."""
    entry = queries.entry_by_public_id(session, viewer, public_id)
    check_edit(viewer, entry)
    return entry


def is_open(entry: DayEntry) -> bool:
    """Whether an entry may still be changed as it is."""
    return entry.statement_id is None and entry.reverses_id is None


def work_of(entry: DayEntry) -> Work:
    """What an entry says was worked."""
    return Work(
        service_date=entry.service_date,
        minutes=entry.minutes,
        activity=entry.activity,
        mode=entry.mode,
        work_package=entry.work_package.code if entry.work_package else None,
        note=entry.note,
        internal_note=entry.internal_note,
        reason=entry.reason,
    )


def place_of(entry: DayEntry) -> Loggable:
    """The municipality of an entry as its form needs it: with the packages of the contract on which it was logged."""
    contract, place = entry.contract, entry.municipality
    packages = tuple(PackageChoice(each.id, each.code, each.title) for each in contract.work_packages)
    return Loggable(place.id, place.code, place.label, contract.id, packages, lengths_of(contract.all_terms()))


def current_contract(session: Session, viewer: Actor, municipality_id: int) -> Contract:
    """The contract on which a municipality's days are logged. Raises Invalid where there is none."""
    contract = contract_of(session, viewer, municipality_id)
    if contract is None:
        raise Invalid("municipality", N_("Für diese Kommune gibt es noch keinen Vertrag."))
    return contract


def reckon_work(
    contract: Contract, work: Work, day: entering.Day, *, reported_on: date, correction: bool = False
) -> Reckoned:
    """What becomes of work in the ledger: its month, whether the lead decides, what counts. Raises Invalid."""
    check_minutes(work.minutes)
    check_service_date(work.service_date)
    return reckon(
        work.minutes,
        work.activity,
        work.mode,
        service_date=work.service_date,
        all_terms=contract.all_terms(),
        closed_months=day.closed_months,
        charged=day.charged,
        reported_on=reported_on,
        correction=correction,
    )


def check_length(viewer: Actor, work: Work, day: entering.Day) -> None:
    """Raise Invalid where a day gets too long to be believed, unless it is confirmed; the lead need not be asked."""
    travel = work.activity is Activity.TRAVEL
    confirmed = work.long_day or may(viewer, Permission.ENTRY_DECIDE)
    check_long_day(0 if travel else day.worked + work.minutes, confirmed=confirmed)


def outlook(
    session: Session,
    viewer: Actor,
    *,
    contract: Contract,
    consultant_id: int,
    work: Work,
    today: date,
    entry: DayEntry | None = None,
    correction: bool = False,
) -> Outlook:
    """What saving this work means; `entry` is the one that it changes, or that it has just become. Raises Invalid."""
    day = entering.day_of(
        session,
        viewer,
        contract_id=contract.id,
        consultant_id=consultant_id,
        on=work.service_date,
        but=entry.id if entry else None,
    )
    reckoned = reckon_work(contract, work, day, reported_on=today, correction=correction)
    given_back = totals.taken_by(entry, contract) if entry else 0
    return _outlook(contract, work, day, reckoned, today=today, given_back=given_back)


def _outlook(
    contract: Contract, work: Work, day: entering.Day, reckoned: Reckoned, *, today: date, given_back: int = 0
) -> Outlook:
    """`given_back` is what the kept sum holds for the entry itself; what is left is said in days of the date."""
    all_terms, counted = contract.all_terms(), reckoned.counted
    terms, rules = terms_or_draft(all_terms, work.service_date), rules_on(all_terms, work.service_date)
    left = (terms.agreed_minutes if terms else 0) - day.used + given_back
    remaining = in_days_of(rules.minutes_per_day, {measure(all_terms): left})
    hints = hints_for_entry(
        Draft(work.service_date, work.minutes, counted.minutes, work.activity),
        same_day_minutes=day.worked,
        remaining_minutes=remaining,
        rules=rules,
        all_terms=all_terms,
        holiday=holiday_of(contract.municipality, work.service_date),
        holiday_of_person=holidays_on(work.service_date, day.land) if day.land else None,
        today=today,
        approval=reckoned.approval,
        late=reckoned.late,
    )
    left = remaining - counted.minutes
    return Outlook(work.minutes, counted, reckoned.approval, left, rules.minutes_per_day, hints)


def _reckon_change(session: Session, viewer: Actor, entry: DayEntry, work: Work, *, now: datetime) -> Reckoned:
    """What becomes of an entry that says something else now; a decision holds for what was decided on."""
    moved, correction = work.service_date != entry.service_date, entry.replaces_id is not None
    day = entering.day_of(
        session, viewer, contract_id=entry.contract_id, consultant_id=entry.consultant_id, on=work.service_date,
        but=entry.id,
    )  # fmt: skip
    check_length(viewer, work, day)
    told = date_of(now if moved else entry.created_at)
    reckoned = reckon_work(entry.contract, work, day, reported_on=told, correction=correction)
    if correction:
        check_correction_reason(work.reason)
    else:
        check_late_reason(reckoned.late, work.reason)
    decided = entry.approval in {Approval.GRANTED, Approval.REFUSED}
    if decided and not moved and work.minutes == entry.minutes and work.activity == entry.activity:
        return replace(reckoned, approval=entry.approval)  # what it counts for comes of counting its day anew
    return reckoned


def _check_consultant(session: Session, viewer: Actor, consultant_id: int) -> None:
    if not isinstance(viewer, System) and consultant_id == viewer.user_id:
        return
    check(viewer, Permission.ENTRY_LOG_FOR_OTHERS)
    user = session.get(User, consultant_id)
    if user is None or user.role not in TEAM_ROLES:
        raise Invalid("consultant", N_("Bitte eine Beratungsperson wählen."))


def fill(entry: DayEntry, contract: Contract, work: Work, reckoned: Reckoned) -> None:
    """Make an entry say what was worked, and what becomes of it. Raises Invalid."""
    # All that is read is read first: half an entry must not be written on the way.
    entry.work_package_id = _package_id(contract, work.work_package)
    entry.service_date = work.service_date
    entry.posting_month = reckoned.month
    entry.minutes = work.minutes
    entry.chargeable_minutes = reckoned.counted.minutes
    entry.counted_as = reckoned.counted.counted_as
    entry.approval = reckoned.approval
    entry.activity = work.activity
    entry.mode = work.mode
    entry.note = work.note.strip()
    entry.internal_note = work.internal_note.strip()
    entry.reason = work.reason.strip() if reckoned.late or entry.replaces_id else ""


def _package_id(contract: Contract, code: str | None) -> int | None:
    if not code:
        return None
    for package in contract.work_packages:
        if package.code == code:
            return package.id
    raise Invalid("work_package", N_("Dieses Arbeitspaket gibt es im Vertrag nicht."))
