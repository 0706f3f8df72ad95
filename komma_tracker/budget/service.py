"""Use cases of the ledger: log a day, change it, delete it, book what a session planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Conflict, Forbidden, Invalid, N_, NotFound, Permission, System, check, may
from komma_tracker.accounts.models import TEAM_ROLES, User
from komma_tracker.accounts.queries import team_members
from komma_tracker.audit import service as audit
from komma_tracker.budget import queries
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import (
    Activity,
    Chargeable,
    Draft,
    Hint,
    Mode,
    chargeable,
    check_minutes,
    hints_for_entry,
    working_days_without,
)
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import CountingRules, allowance, terms_in_force
from komma_tracker.db import unit_of_work
from komma_tracker.municipalities.holidays import holidays_on
from komma_tracker.municipalities.models import Municipality


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

    Raises Forbidden, NotFound (no contract), Invalid.
    """
    with unit_of_work(session):
        if made := audit.done_before(session, viewer, request_key):
            return queries.entry_by_public_id(session, viewer, made)
        check(viewer, Permission.ENTRY_LOG, municipality_id)
        _check_consultant(session, viewer, consultant_id)
        contract = contract_of(session, viewer, municipality_id)
        if contract is None:
            raise Invalid("municipality", N_("Für diese Kommune gibt es noch keinen Vertrag."))
        entry = add_entry(session, viewer, contract=contract, consultant_id=consultant_id, work=work, now=now)
        _record(session, viewer, "entry.log", entry, now=now, after=_facts(entry), request_key=request_key)
    return entry


def add_entry(
    session: Session,
    viewer: Actor,
    *,
    contract: Contract,
    consultant_id: int,
    work: Work,
    now: datetime,
    import_key: str | None = None,
) -> DayEntry:
    """Write one entry and its total inside the caller's transaction; the caller has checked who may, and records it.

    Raises Invalid.
    """
    entry = DayEntry(
        contract_id=contract.id,
        municipality_id=contract.municipality_id,
        consultant_id=consultant_id,
        import_key=import_key,
        created_at=now,
        created_by_id=consultant_id if isinstance(viewer, System) else viewer.user_id,
        updated_at=now,
    )
    _fill(entry, contract, work)
    session.add(entry)
    session.flush()
    _add_to_total(session, contract, minutes=entry.chargeable_minutes, entries=1)
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
        entry = queries.entry_by_public_id(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return entry
        check_edit(viewer, entry)
        if version != entry.version:
            raise Conflict
        contract = _contract(session, entry)
        before, counted = _facts(entry), entry.chargeable_minutes
        _fill(entry, contract, work)
        entry.updated_at = now
        session.flush()
        _add_to_total(session, contract, minutes=entry.chargeable_minutes - counted, entries=0)
        after = _facts(entry)
        _record(session, viewer, "entry.change", entry, now=now, before=before, after=after, request_key=request_key)
    return entry


def delete_entry(
    session: Session, viewer: Actor, *, public_id: str, now: datetime, request_key: str | None = None
) -> None:
    """Take an open entry out of the ledger; the record keeps what it was. Raises NotFound, Forbidden."""
    with unit_of_work(session):
        if audit.done_before(session, viewer, request_key):
            return
        entry = queries.entry_by_public_id(session, viewer, public_id)
        check_edit(viewer, entry)
        contract = _contract(session, entry)
        session.delete(entry)
        session.flush()
        _add_to_total(session, contract, minutes=-entry.chargeable_minutes, entries=-1)
        _record(session, viewer, "entry.delete", entry, now=now, before=_facts(entry), request_key=request_key)


def check_edit(viewer: Actor, entry: DayEntry) -> None:
    """Raise Forbidden unless it is one's own entry, or one may log for others."""
    check(viewer, Permission.ENTRY_LOG, entry.municipality_id)
    own = not isinstance(viewer, System) and entry.consultant_id == viewer.user_id
    if not own and not may(viewer, Permission.ENTRY_LOG_FOR_OTHERS, entry.municipality_id):
        raise Forbidden


def can_edit(viewer: Actor, entry: DayEntry) -> bool:
    """Whether `check_edit` lets this pass."""
    try:
        check_edit(viewer, entry)
    except Forbidden:
        return False
    return True


@dataclass(frozen=True)
class EntryShown:
    """An entry as one viewer may see it: notes only as far as they are theirs to read (domain 1.5)."""

    public_id: str
    service_date: date
    municipality_code: str
    municipality: str
    consultant: str
    minutes: int
    chargeable_minutes: int
    minutes_per_day: int
    activity: Activity
    mode: Mode
    work_package: str | None
    note: str
    internal_note: str
    confidential: bool
    editable: bool


def shown(viewer: Actor, entry: DayEntry) -> EntryShown:
    """What this viewer sees of an entry; coaching is the days alone to those it is confidential to."""
    place = entry.municipality_id
    confidential = entry.activity is Activity.COACHING and not may(viewer, Permission.SESSION_CONFIDENTIAL, place)
    return EntryShown(
        public_id=entry.public_id,
        service_date=entry.service_date,
        municipality_code=entry.municipality.code,
        municipality=entry.municipality.label,
        consultant=entry.consultant.name,
        minutes=entry.minutes,
        chargeable_minutes=entry.chargeable_minutes,
        minutes_per_day=counting_rules(entry.contract, entry.service_date).minutes_per_day,
        activity=entry.activity,
        mode=entry.mode,
        work_package=entry.work_package.code if entry.work_package else None,
        note="" if confidential else entry.note,
        internal_note=entry.internal_note if may(viewer, Permission.ENTRY_INTERNAL_NOTE, place) else "",
        confidential=confidential,
        editable=can_edit(viewer, entry),
    )


@dataclass(frozen=True)
class Month:
    """One person's month: sums in minutes, what stands in each day, and the working days without anything."""

    minutes: int
    chargeable_minutes: int
    by_date: Mapping[date, Sequence[tuple[str, int]]]
    gaps: Sequence[date]

    @property
    def classes(self) -> dict[date, str]:
        """How the calendar marks its days."""
        return dict.fromkeys(self.gaps, "gap")


def month_of_person(entries: Sequence[DayEntry], *, first: date, last: date) -> Month:
    """Sum up a month's entries; gaps are looked for up to `last` only."""
    by_date: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for entry in entries:
        by_date[entry.service_date].append((entry.municipality.code, entry.minutes))
    return Month(
        minutes=sum(entry.minutes for entry in entries),
        chargeable_minutes=sum(entry.chargeable_minutes for entry in entries),
        by_date=dict(by_date),
        gaps=working_days_without(by_date, first, last),
    )


def count(contract: Contract, work: Work) -> Chargeable:
    """What work counts for under the contract's rules on that date, and why."""
    check_minutes(work.minutes)
    return chargeable(work.minutes, work.activity, work.mode, counting_rules(contract, work.service_date))


def counting_rules(contract: Contract, on: date) -> CountingRules:
    """The rules that hold on a date; before anything is signed, those that the draft proposes."""
    terms = [each.as_rules() for each in contract.terms]
    in_force = terms_in_force(terms, on) or min(terms, key=lambda each: each.number, default=None)
    return in_force.rules if in_force else CountingRules()


def hints(
    session: Session,
    viewer: Actor,
    *,
    contract: Contract,
    consultant_id: int,
    work: Work,
    today: date,
    entry: DayEntry | None = None,
) -> tuple[Hint, ...]:
    """What is unusual about work that is about to be saved; `entry` is the one that it would change."""
    counted = count(contract, work)
    left = left_after(session, viewer, contract=contract, work=work, entry=entry)
    return hints_for_entry(
        Draft(work.service_date, work.minutes, counted.minutes, work.activity),
        same_day_minutes=queries.same_day_minutes(
            session, viewer, consultant_id=consultant_id, on=work.service_date, but=entry.id if entry else None
        ),
        remaining_minutes=left + counted.minutes,
        rules=counting_rules(contract, work.service_date),
        all_terms=[each.as_rules() for each in contract.terms],
        holiday=_holiday(contract.municipality, work.service_date),
        today=today,
    )


def left_after(
    session: Session, viewer: Actor, *, contract: Contract, work: Work, entry: DayEntry | None = None
) -> int:
    """Minutes of the allowance that are left once this work is saved (in place of `entry`); may be negative."""
    terms = [each.as_rules() for each in contract.terms]
    used = queries.used_minutes(session, viewer, contract_id=contract.id) - (entry.chargeable_minutes if entry else 0)
    return allowance(terms, work.service_date) - used - count(contract, work).minutes


def team_member_id(session: Session, viewer: Actor, public_id: str) -> int:
    """The person of the team with this id, for whom the viewer may log. Raises Forbidden, Invalid."""
    check(viewer, Permission.ENTRY_LOG_FOR_OTHERS)
    for person in team_members(session, viewer):
        if person.public_id == public_id:
            return person.id
    raise Invalid("consultant", N_("Bitte eine Beratungsperson wählen."))


def _holiday(municipality: Municipality, on: date) -> str | None:
    who = municipality.identity
    return holidays_on(on, who.land, who.catholic_holidays, who.augsburg_holiday) if who else None


def recount_totals(session: Session, *, contract_ids: list[int]) -> None:
    """Make the kept totals of these contracts equal to their ledgers, inside the caller's transaction."""
    for contract_id in contract_ids:
        contract = session.get_one(Contract, contract_id)
        row = session.execute(
            select(func.coalesce(func.sum(DayEntry.chargeable_minutes), 0), func.count(DayEntry.id)).where(
                DayEntry.contract_id == contract_id
            )
        ).one()
        session.execute(
            update(BudgetTotal).where(BudgetTotal.contract_id == contract_id).values(used_minutes=0, entry_count=0)
        )
        _add_to_total(session, contract, minutes=int(row[0]), entries=int(row[1]))


def _fill(entry: DayEntry, contract: Contract, work: Work) -> None:
    entry.work_package_id = _package_id(contract, work.work_package)
    entry.service_date = work.service_date
    entry.minutes = work.minutes
    entry.chargeable_minutes = count(contract, work).minutes
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


def _check_consultant(session: Session, viewer: Actor, consultant_id: int) -> None:
    if not isinstance(viewer, System) and consultant_id == viewer.user_id:
        return
    check(viewer, Permission.ENTRY_LOG_FOR_OTHERS)
    user = session.get(User, consultant_id)
    if user is None or user.role not in TEAM_ROLES:
        raise Invalid("consultant", N_("Bitte eine Beratungsperson wählen."))


def _contract(session: Session, entry: DayEntry) -> Contract:
    contract = session.get(Contract, entry.contract_id)
    if contract is None:
        raise NotFound
    return contract


def _add_to_total(session: Session, contract: Contract, *, minutes: int, entries: int) -> None:
    latest = select(func.max(DayEntry.service_date)).where(DayEntry.contract_id == contract.id).scalar_subquery()
    changed = session.execute(
        update(BudgetTotal)
        .where(BudgetTotal.contract_id == contract.id)
        .values(
            used_minutes=BudgetTotal.used_minutes + minutes,
            entry_count=BudgetTotal.entry_count + entries,
            last_service_date=latest,
        ),
        execution_options={"synchronize_session": False},
    )
    if not changed.rowcount:
        session.add(
            BudgetTotal(
                contract_id=contract.id,
                municipality_id=contract.municipality_id,
                used_minutes=minutes,
                entry_count=entries,
                last_service_date=session.scalar(select(latest)),
            )
        )
        session.flush()


def _facts(entry: DayEntry) -> dict[str, Any]:
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
