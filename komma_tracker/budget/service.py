"""Use cases of the ledger: log a day, change it, delete it; and what doing so would mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Forbidden, Invalid, NotFound, Permission, System, check
from komma_tracker.accounts.models import TEAM_ROLES, User
from komma_tracker.audit import service as audit
from komma_tracker.budget import queries, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import (
    Activity,
    Chargeable,
    Draft,
    Hint,
    Mode,
    chargeable,
    check_minutes,
    check_service_date,
    hints_for_entry,
)
from komma_tracker.budget.shown import may_edit
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import Loggable, PackageChoice, contract_of
from komma_tracker.contracts.rules import rules_on, terms_or_draft
from komma_tracker.db import unit_of_work
from komma_tracker.municipalities.holidays import holiday_of


@dataclass(frozen=True, kw_only=True)
class Work:
    """What was worked, as a form or a file says it; `minutes` are those worked, not those that count."""

    service_date: date
    minutes: int
    activity: Activity
    mode: Mode
    work_package: str | None = None
    note: str = ""
    internal_note: str = ""


def log_day(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    consultant_id: int,
    work: Work,
    now: datetime,
    request_key: str | None = None,
) -> DayEntry:
    """Enter time worked into the ledger; the same form sent twice makes one entry.

    Raises Forbidden, Invalid (also where there is no contract).
    """
    try:
        with unit_of_work(session):
            if made := audit.done_before(session, viewer, request_key):
                return queries.entry_by_public_id(session, viewer, made)
            check(viewer, Permission.ENTRY_LOG, municipality_id)
            _check_consultant(session, viewer, consultant_id)
            contract = current_contract(session, viewer, municipality_id)
            entry = add_entry(session, viewer, contract=contract, consultant_id=consultant_id, work=work, now=now)
            _record(session, viewer, "entry.log", entry, now=now, after=_facts(entry), request_key=request_key)
            return entry
    except IntegrityError:
        # One form came twice at the same moment: of the two, the database has let the other one in.
        if made := audit.done_before(session, viewer, request_key):
            return queries.entry_by_public_id(session, viewer, made)
        raise


def add_entry(
    session: Session, viewer: Actor, *, contract: Contract, consultant_id: int, work: Work, now: datetime
) -> DayEntry:
    """Write one entry and its total inside the caller's transaction; the caller has checked who may, and records it.

    Raises Invalid.
    """
    entry = DayEntry(
        contract=contract,
        municipality_id=contract.municipality_id,
        consultant_id=consultant_id,
        created_at=now,
        created_by_id=consultant_id if isinstance(viewer, System) else viewer.user_id,
        updated_at=now,
    )
    _fill(entry, contract, work)
    session.add(entry)
    session.flush()
    totals.add(session, contract=contract, minutes=entry.chargeable_minutes, on=entry.service_date)
    return entry


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
    """Correct an open entry. Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid."""
    with unit_of_work(session):
        entry = queries.entry_for_change(session, viewer, public_id)
        if entry is None:
            raise NotFound
        check_edit(viewer, entry)
        if audit.done_before(session, viewer, request_key):
            return entry
        if version != entry.version:
            raise Conflict
        before = _facts(entry)
        _fill(entry, entry.contract, work)
        entry.updated_at = now
        totals.recount(session, contract_ids=[entry.contract_id])
        after = _facts(entry)
        _record(session, viewer, "entry.change", entry, now=now, before=before, after=after, request_key=request_key)
    return entry


def delete_entry(
    session: Session, viewer: Actor, *, public_id: str, now: datetime, request_key: str | None = None
) -> None:
    """Take an open entry out of the ledger; the record keeps what it was. Raises NotFound, Forbidden."""
    with unit_of_work(session):
        entry = queries.entry_for_change(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return
        if entry is None:
            raise NotFound
        check_edit(viewer, entry)
        session.delete(entry)
        totals.recount(session, contract_ids=[entry.contract_id])
        _record(session, viewer, "entry.delete", entry, now=now, before=_facts(entry), request_key=request_key)


def check_edit(viewer: Actor, entry: DayEntry) -> None:
    """Raise Forbidden unless it is one's own entry, or one may log for others."""
    if not may_edit(viewer, municipality_id=entry.municipality_id, consultant_id=entry.consultant_id):
        raise Forbidden


def entry_to_edit(session: Session, viewer: Actor, public_id: str) -> DayEntry:
    """An entry that the viewer may change. Raises NotFound, Forbidden."""
    entry = queries.entry_by_public_id(session, viewer, public_id)
    check_edit(viewer, entry)
    return entry


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
    )


def place_of(entry: DayEntry) -> Loggable:
    """The municipality of an entry as its form needs it: with the packages of the contract on which it was logged."""
    contract, place = entry.contract, entry.municipality
    packages = tuple(PackageChoice(each.id, each.code, each.title) for each in contract.work_packages)
    per_day = rules_on(contract.all_terms(), entry.service_date).minutes_per_day
    return Loggable(place.id, place.code, place.label, contract.id, per_day, packages)


def current_contract(session: Session, viewer: Actor, municipality_id: int) -> Contract:
    """The contract on which a municipality's days are logged. Raises Invalid where there is none."""
    contract = contract_of(session, viewer, municipality_id)
    if contract is None:
        raise Invalid("municipality", N_("Für diese Kommune gibt es noch keinen Vertrag."))
    return contract


def count(contract: Contract, work: Work) -> Chargeable:
    """What work counts for under the contract's rules on that date, and why. Raises Invalid."""
    check_minutes(work.minutes)
    check_service_date(work.service_date)
    rules = rules_on(contract.all_terms(), work.service_date)
    return chargeable(work.minutes, work.activity, work.mode, rules)


@dataclass(frozen=True)
class Outlook:
    """What work means for the allowance: minutes of it that count and why, minutes left then, what is unusual."""

    counted: Chargeable
    left: int
    minutes_per_day: int
    hints: tuple[Hint, ...]


def outlook(
    session: Session,
    viewer: Actor,
    *,
    contract: Contract,
    consultant_id: int,
    work: Work,
    today: date,
    entry: DayEntry | None = None,
) -> Outlook:
    """What saving this work means; `entry` is the one that it changes, or that it has just become. Raises Invalid."""
    counted, all_terms = count(contract, work), contract.all_terms()
    terms, rules = terms_or_draft(all_terms, work.service_date), rules_on(all_terms, work.service_date)
    agreed = terms.agreed_minutes if terms else 0
    used = queries.used_by_contract(session, viewer, contract_ids=[contract.id]).get(contract.id, 0)
    remaining = agreed - used + (entry.chargeable_minutes if entry else 0)
    same_day = queries.same_day_minutes(
        session, viewer, consultant_id=consultant_id, on=work.service_date, but=entry.id if entry else None
    )
    hints = hints_for_entry(
        Draft(work.service_date, work.minutes, counted.minutes, work.activity),
        same_day_minutes=same_day,
        remaining_minutes=remaining,
        rules=rules,
        all_terms=all_terms,
        holiday=holiday_of(contract.municipality, work.service_date),
        today=today,
    )
    return Outlook(counted, remaining - counted.minutes, rules.minutes_per_day, hints)


def _check_consultant(session: Session, viewer: Actor, consultant_id: int) -> None:
    if not isinstance(viewer, System) and consultant_id == viewer.user_id:
        return
    check(viewer, Permission.ENTRY_LOG_FOR_OTHERS)
    user = session.get(User, consultant_id)
    if user is None or user.role not in TEAM_ROLES:
        raise Invalid("consultant", N_("Bitte eine Beratungsperson wählen."))


def _fill(entry: DayEntry, contract: Contract, work: Work) -> None:
    # All that is read is read first: half an entry must not be written on the way.
    counted, package_id = count(contract, work), _package_id(contract, work.work_package)
    entry.work_package_id = package_id
    entry.service_date = work.service_date
    entry.minutes = work.minutes
    entry.chargeable_minutes = counted.minutes
    entry.activity = work.activity
    entry.mode = work.mode
    entry.note = work.note.strip()
    entry.internal_note = work.internal_note.strip()


def _package_id(contract: Contract, code: str | None) -> int | None:
    if not code:
        return None
    for package in contract.work_packages:
        if package.code == code:
            return package.id
    raise Invalid("work_package", N_("Dieses Arbeitspaket gibt es im Vertrag nicht."))


def _facts(entry: DayEntry) -> dict[str, Any]:
    """What the record keeps: values and ids, and of the notes only how long they were."""
    return {
        "service_date": entry.service_date.isoformat(),
        "minutes": entry.minutes,
        "chargeable_minutes": entry.chargeable_minutes,
        "activity": entry.activity.value,
        "mode": entry.mode.value,
        "work_package_id": entry.work_package_id,
        "consultant_id": entry.consultant_id,
        "note_length": len(entry.note),
        "internal_note_length": len(entry.internal_note),
    }


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    entry: DayEntry,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> None:
    audit.record(
        session,
        viewer,
        action=action,
        object_type="day_entry",
        object_id=entry.public_id,
        municipality_id=entry.municipality_id,
        before=before,
        after=after,
        request_key=request_key,
        now=now,
    )
