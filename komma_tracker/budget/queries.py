"""Reading the ledger: entries as rows, sums, and what a form proposes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Viewer
from komma_tracker.accounts.models import TEAM_ROLES, Assignment, User
from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.rules import (
    COUNTS_NOTHING,
    WAITING,
    Activity,
    Approval,
    Mode,
    MonthState,
    Posting,
    in_days_of_eight_hours,
    month_of,
)
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.queries import terms_on
from komma_tracker.contracts.rules import Terms, has_one_length, measure
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class EntryFilter:
    """Which entries; None means all that the viewer sees. Both dates are inclusive."""

    municipality_id: int | None = None
    consultant_id: int | None = None
    work_package: str | None = None
    activity: Activity | None = None
    mode: Mode | None = None
    first: date | None = None
    last: date | None = None

    def values(self) -> dict[str, Any]:
        """What is asked for, by the names of the parameters in `conditions`."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """The filter as conditions on the ledger; the statement is run with `values`."""
        return tuple(_CONDITIONS[name] for name in self.values())


_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "municipality_id": DayEntry.municipality_id == bindparam("municipality_id"),
    "consultant_id": DayEntry.consultant_id == bindparam("consultant_id"),
    "work_package": DayEntry.work_package.has(WorkPackage.code == bindparam("work_package")),
    "activity": DayEntry.activity == bindparam("activity"),
    "mode": DayEntry.mode == bindparam("mode"),
    "first": DayEntry.service_date >= bindparam("first"),
    "last": DayEntry.service_date <= bindparam("last"),
}


class EntryRow(NamedTuple):
    """An entry with the words for what it refers to, as far as the viewer may know them; amounts in minutes."""

    public_id: str
    service_date: date
    municipality_id: int
    consultant_id: int
    minutes: int
    chargeable_minutes: int
    minutes_per_day: int
    activity: Activity
    mode: Mode
    note: str
    internal_note: str
    code: str
    municipality: str
    consultant: str | None
    work_package: str | None
    posting_month: date
    counted_as: str
    approval: Approval
    reason: str
    statement_id: int | None
    reverses_id: int | None
    replaces_id: int | None
    original: str | None
    """The entry that this one takes back, or in whose place it stands, by public id."""
    reversal: str | None
    """The entry that takes this one back, by public id."""

    @property
    def is_late(self) -> bool:
        """Nachmeldung: it came after the month of its service was submitted."""
        return self.original is None and self.posting_month != month_of(self.service_date)

    @property
    def waits(self) -> bool:
        """Whether the lead has yet to decide on it."""
        return self.approval in WAITING

    @property
    def is_void(self) -> bool:
        """Whether nobody has approved what needs it: then it counts nothing."""
        return self.approval in COUNTS_NOTHING


LENGTH_THEN = terms_on(DayEntry.contract_id, DayEntry.service_date, "minutes_per_day")
"""Of how many minutes a day was when an entry was worked."""
_LEDGER = DayEntry.__table__.alias()
_ROWS = (
    select(
        DayEntry.public_id,
        DayEntry.service_date,
        DayEntry.municipality_id,
        DayEntry.consultant_id,
        DayEntry.minutes,
        DayEntry.chargeable_minutes,
        LENGTH_THEN,
        DayEntry.activity,
        DayEntry.mode,
        DayEntry.note,
        DayEntry.internal_note,
        Municipality.code,
        func.coalesce(MunicipalityIdentity.name, Municipality.alias),
        User.name,
        WorkPackage.code,
        DayEntry.posting_month,
        DayEntry.counted_as,
        DayEntry.approval,
        DayEntry.reason,
        DayEntry.statement_id,
        DayEntry.reverses_id,
        DayEntry.replaces_id,
        # Past the guard, for what corrects an entry is seen by whoever sees the entry.
        select(_LEDGER.c.public_id)
        .where(_LEDGER.c.id == func.coalesce(DayEntry.reverses_id, DayEntry.replaces_id))
        .scalar_subquery(),
        select(_LEDGER.c.public_id).where(_LEDGER.c.reverses_id == DayEntry.id).scalar_subquery(),
    )
    .select_from(DayEntry)
    .join(DayEntry.municipality)
    .outerjoin(Municipality.identity)
    .outerjoin(DayEntry.consultant)
    .outerjoin(DayEntry.work_package)
    .order_by(DayEntry.service_date.desc(), DayEntry.id.desc())
)
"""Built once, as those below: to put a statement together costs as much as to run it."""
_LAST = _ROWS.where(
    DayEntry.id
    == select(func.max(_LEDGER.c.id)).where(_LEDGER.c.consultant_id == bindparam("consultant_id")).scalar_subquery()
)
_POSTINGS = (
    select(DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
    .where(DayEntry.contract_id == bindparam("contract_id"))
    .group_by(DayEntry.service_date)
    .order_by(DayEntry.service_date)
)
_POSTINGS_SINCE = (
    select(DayEntry.contract_id, DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
    .where(
        DayEntry.contract_id.in_(bindparam("contract_ids", expanding=True)),
        DayEntry.service_date >= bindparam("since"),
    )
    .group_by(DayEntry.contract_id, DayEntry.service_date)
    .order_by(DayEntry.contract_id, DayEntry.service_date)
)
_USED = select(BudgetTotal.contract_id, BudgetTotal.used_minutes).where(
    BudgetTotal.contract_id.in_(bindparam("contract_ids", expanding=True))
)
_WAITING = (DayEntry.approval != literal_column("'not_needed'"), DayEntry.approval.in_(WAITING))
"""The first is literally what the index says, or it would not be used."""


@dataclass(frozen=True)
class Sums:
    """How many entries, and their minutes, worked and chargeable, as of days of eight hours."""

    entries: int
    minutes: int
    chargeable_minutes: int


def entry_rows(
    session: Session, viewer: Actor, *, wanted: EntryFilter, limit: int | None = None, offset: int = 0
) -> list[EntryRow]:
    """The entries wanted, the newest service date first. One statement."""
    del viewer  # the session guard applies it
    return _rows_wanted(session, wanted, limit=limit, offset=offset)


def last_entry(session: Session, viewer: Actor, *, consultant_id: int) -> EntryRow | None:
    """The entry of a person that came last into the ledger: the next one is often like it."""
    del viewer
    row = session.execute(_LAST, {"consultant_id": consultant_id}).first()
    return EntryRow._make(row) if row else None


def related_rows(session: Session, viewer: Actor, public_id: str) -> list[EntryRow]:
    """An entry with those that it corrects and those that correct it. Raises NotFound. One statement."""
    del viewer
    table = DayEntry.__table__.alias()
    this = select(table.c.id).where(table.c.public_id == public_id).scalar_subquery()
    root = select(func.coalesce(table.c.reverses_id, table.c.replaces_id, table.c.id))
    ids = this, root.where(table.c.public_id == public_id).scalar_subquery()
    rows = _rows(session, or_(DayEntry.id.in_(ids), DayEntry.reverses_id.in_(ids), DayEntry.replaces_id.in_(ids)))
    if not any(row.public_id == public_id for row in rows):
        raise NotFound
    return rows


def waiting_rows(session: Session, viewer: Actor) -> list[EntryRow]:
    """What counts only once the lead has said yes, the latest service first. One statement."""
    del viewer
    return _rows(session, *_WAITING)


def waiting_count(session: Session, viewer: Actor) -> int:
    """How many entries wait for the lead."""
    del viewer
    return session.scalar(select(func.count(DayEntry.id)).where(*_WAITING)) or 0


def entries_page(session: Session, viewer: Actor, *, wanted: EntryFilter, number: int) -> tuple[Page[EntryRow], Sums]:
    """One page of the entries wanted, the newest first, and the sums of all of them."""
    total = sums(session, viewer, wanted=wanted)
    page = Page[EntryRow]([], number, total.entries)
    page = Page[EntryRow]([], min(number, page.last), total.entries)
    rows = _rows_wanted(session, wanted, limit=page.size, offset=page.offset)
    return Page(rows, page.number, page.total), total


def sums(session: Session, viewer: Actor, *, wanted: EntryFilter) -> Sums:
    """Count and minutes of the entries wanted. One statement more where consulting days differ in length."""
    del viewer
    length = ContractTerms.__table__.c.minutes_per_day
    shortest, longest = select(func.min(length)).scalar_subquery(), select(func.max(length)).scalar_subquery()
    amounts = (func.count(DayEntry.id), func.sum(DayEntry.minutes), func.sum(DayEntry.chargeable_minutes))
    all_of_them = session.execute(
        select(shortest, longest, *amounts).where(*wanted.conditions()), wanted.values()
    ).one()
    least, most, entries, minutes, chargeable = all_of_them
    if not entries:
        return Sums(0, 0, 0)
    by_length = [(least, minutes, chargeable)]
    if least != most:
        amounts = (LENGTH_THEN.label("length"), DayEntry.minutes, DayEntry.chargeable_minutes)
        rows = select(*amounts).where(*wanted.conditions()).subquery()
        grouped = select(rows.c.length, func.sum(rows.c.minutes), func.sum(rows.c.chargeable_minutes))
        by_length = session.execute(grouped.group_by(rows.c.length), wanted.values()).all()
    return Sums(
        entries,
        in_days_of_eight_hours({length: int(worked) for length, worked, _ in by_length}),
        in_days_of_eight_hours({length: int(counted) for length, _, counted in by_length}),
    )


def day_length(all_terms: Sequence[Terms]) -> ColumnElement[int]:
    """Of how many minutes a day was when an entry of a contract with these terms was worked, as SQL."""
    return literal(measure(all_terms)) if has_one_length(all_terms) else LENGTH_THEN


def entry_by_public_id(session: Session, viewer: Actor, public_id: str) -> DayEntry:
    """One entry with all it refers to. Raises NotFound where there is none for this viewer."""
    del viewer
    entry = session.scalar(
        select(DayEntry)
        .where(DayEntry.public_id == public_id)
        .options(
            joinedload(DayEntry.municipality),
            joinedload(DayEntry.consultant),
            joinedload(DayEntry.work_package),
            joinedload(DayEntry.contract).options(selectinload(Contract.terms), selectinload(Contract.work_packages)),
        )
    )
    if entry is None:
        raise NotFound
    return entry


def entry_for_change(session: Session, viewer: Actor, public_id: str) -> DayEntry | None:
    """The entry, locked until the transaction ends: of two who change it, the second sees what the first did."""
    del viewer
    return session.scalar(select(DayEntry).where(DayEntry.public_id == public_id).with_for_update(of=DayEntry))


def other_part(session: Session, viewer: Actor, entry: DayEntry) -> Sequence[DayEntry]:
    """Of a correction that consists of a reversal and a new entry, the one that this is not; else nothing."""
    del viewer
    original = entry.reverses_id or entry.replaces_id
    if original is None:
        return ()
    both = or_(DayEntry.reverses_id == original, DayEntry.replaces_id == original)
    return session.scalars(select(DayEntry).where(both, DayEntry.id != entry.id)).all()


def replacement_of(session: Session, viewer: Actor, entry: DayEntry) -> DayEntry | None:
    """The entry that stands in the place of this one, if there is one."""
    del viewer
    return session.scalar(select(DayEntry).where(DayEntry.replaces_id == entry.id))


def is_reversed(session: Session, viewer: Actor, entry: DayEntry) -> bool:
    """Whether another entry takes this one back."""
    del viewer
    return session.scalar(select(DayEntry.id).where(DayEntry.reverses_id == entry.id)) is not None


def closed_months(session: Session, viewer: Actor, *, contract_id: int) -> frozenset[date]:
    """The months of a contract that are submitted, and further on: nothing is posted into them any more."""
    del viewer
    closed = (Statement.contract_id == contract_id, Statement.state != MonthState.OPEN)
    return frozenset(session.scalars(select(Statement.month).where(*closed)))


def postings(session: Session, viewer: Actor, *, contract_id: int) -> list[Posting]:
    """Chargeable minutes of a contract by service date, in order of date."""
    del viewer
    rows = session.execute(_POSTINGS, {"contract_id": contract_id})
    return [Posting(on, int(minutes)) for on, minutes in rows]


def postings_since(
    session: Session, viewer: Actor, *, contract_ids: Collection[int], since: date
) -> dict[int, list[Posting]]:
    """Chargeable minutes by contract and service date, from a day on: what a forecast needs of many contracts."""
    del viewer
    rows = session.execute(_POSTINGS_SINCE, {"contract_ids": list(contract_ids), "since": since})
    found: dict[int, list[Posting]] = {contract_id: [] for contract_id in contract_ids}
    for contract_id, on, minutes in rows:
        found[contract_id].append(Posting(on, int(minutes)))
    return found


def used_by_contract(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]:
    """The kept sums of several ledgers; a contract without entries is not in it."""
    del viewer
    return dict(session.execute(_USED, {"contract_ids": list(contract_ids)}).all())


def people_of_ledger(session: Session, viewer: Viewer) -> list[User]:
    """Whose entries the viewer may find: the whole team, or for people of a municipality those assigned to it.

    Also those who are so no longer: what they logged stays.
    """
    team = select(User).where(User.role.in_(TEAM_ROLES))
    if viewer.role in MUNICIPAL_ROLES:
        theirs = select(Assignment.user_id).where(Assignment.municipality_id.in_(viewer.assigned))
        team = team.where(User.id.in_(theirs))
    return sorted(session.scalars(team), key=lambda person: (person.name, person.id))


def _rows(session: Session, *wanted: ColumnElement[bool]) -> list[EntryRow]:
    return [EntryRow._make(row) for row in session.execute(_ROWS.where(*wanted))]


def _rows_wanted(session: Session, wanted: EntryFilter, *, limit: int | None, offset: int) -> list[EntryRow]:
    values, part = wanted.values(), {} if limit is None else {"limit": limit, "offset": offset}
    rows = session.execute(_rows_by(frozenset(values), limited=bool(part)), {**values, **part})
    return [EntryRow._make(row) for row in rows]


@cache
def _rows_by(names: frozenset[str], *, limited: bool) -> Select[*tuple[Any, ...]]:
    """Built once for each combination of filters."""
    rows = _ROWS.where(*(_CONDITIONS[name] for name in sorted(names)))
    return rows.limit(bindparam("limit")).offset(bindparam("offset")) if limited else rows
