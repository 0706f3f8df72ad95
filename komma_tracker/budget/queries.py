"""Reading the ledger: entries, sums, and what a form proposes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from komma_tracker.access.rules import Actor, NotFound
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Activity, Mode, Posting
from komma_tracker.contracts.models import Contract
from komma_tracker.kit.paging import Page

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

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """The filter as conditions on the ledger."""
        wanted: tuple[tuple[Any, Callable[[Any], ColumnElement[bool]]], ...] = (
            (self.municipality_id, lambda value: DayEntry.municipality_id == value),
            (self.consultant_id, lambda value: DayEntry.consultant_id == value),
            (self.work_package, lambda value: DayEntry.work_package.has(code=value)),
            (self.activity, lambda value: DayEntry.activity == value),
            (self.mode, lambda value: DayEntry.mode == value),
            (self.first, lambda value: DayEntry.service_date >= value),
            (self.last, lambda value: DayEntry.service_date <= value),
        )
        return tuple(condition(value) for value, condition in wanted if value is not None)


@dataclass(frozen=True)
class Sums:
    """How many entries, and their minutes: worked and chargeable."""

    entries: int
    minutes: int
    chargeable_minutes: int


def entry_by_public_id(session: Session, viewer: Actor, public_id: str) -> DayEntry:
    """One entry with all it refers to. Raises NotFound where there is none for this viewer."""
    del viewer  # the session guard applies it
    entry = session.scalar(_with_references(select(DayEntry)).where(DayEntry.public_id == public_id))
    if entry is None:
        raise NotFound
    return entry


def entries_page(session: Session, viewer: Actor, *, wanted: EntryFilter, number: int) -> Page[DayEntry]:
    """The newest entries first, one page of them."""
    total = sums(session, viewer, wanted=wanted).entries
    page = Page[DayEntry]([], number, total)
    number = min(number, page.last)
    rows = session.scalars(
        _with_references(select(DayEntry))
        .where(*wanted.conditions())
        .order_by(DayEntry.service_date.desc(), DayEntry.id.desc())
        .limit(page.size)
        .offset((number - 1) * page.size)
    ).all()
    return Page(rows, number, total)


def latest_entries(session: Session, viewer: Actor, *, wanted: EntryFilter, limit: int) -> list[DayEntry]:
    """The newest entries by service date."""
    del viewer
    newest = select(DayEntry).where(*wanted.conditions()).order_by(DayEntry.service_date.desc(), DayEntry.id.desc())
    return list(session.scalars(_with_references(newest).limit(limit)))


def stream_entries(session: Session, viewer: Actor, *, wanted: EntryFilter) -> Iterator[DayEntry]:
    """All entries in order of service, without holding them all in memory."""
    del viewer
    ordered = (
        _with_references(select(DayEntry)).where(*wanted.conditions()).order_by(DayEntry.service_date, DayEntry.id)
    )
    for entry in session.scalars(ordered.execution_options(yield_per=ROWS_AT_ONCE)):
        yield entry
        session.expunge(entry)


def sums(session: Session, viewer: Actor, *, wanted: EntryFilter) -> Sums:
    """Count and minutes of the entries wanted."""
    del viewer
    row = session.execute(
        select(
            func.count(DayEntry.id),
            func.coalesce(func.sum(DayEntry.minutes), 0),
            func.coalesce(func.sum(DayEntry.chargeable_minutes), 0),
        ).where(*wanted.conditions())
    ).one()
    return Sums(*(int(value) for value in row))


def postings(session: Session, viewer: Actor, *, contract_id: int) -> list[Posting]:
    """Chargeable minutes of a contract by service date, in order of date."""
    del viewer
    rows = session.execute(
        select(DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
        .where(DayEntry.contract_id == contract_id)
        .group_by(DayEntry.service_date)
        .order_by(DayEntry.service_date)
    )
    return [Posting(on, int(minutes)) for on, minutes in rows]


def postings_since(
    session: Session, viewer: Actor, *, contract_ids: Collection[int], since: date
) -> dict[int, list[Posting]]:
    """Chargeable minutes by contract and service date, from a day on: what a forecast needs of many contracts."""
    del viewer
    rows = session.execute(
        select(DayEntry.contract_id, DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
        .where(DayEntry.contract_id.in_(contract_ids), DayEntry.service_date >= since)
        .group_by(DayEntry.contract_id, DayEntry.service_date)
        .order_by(DayEntry.service_date)
    )
    found: dict[int, list[Posting]] = {contract_id: [] for contract_id in contract_ids}
    for contract_id, on, minutes in rows:
        found[contract_id].append(Posting(on, int(minutes)))
    return found


def package_sums(session: Session, viewer: Actor, *, contract_id: int) -> dict[int | None, int]:
    """Chargeable minutes by work package; None stands for entries without one."""
    del viewer
    rows = session.execute(
        select(DayEntry.work_package_id, func.sum(DayEntry.chargeable_minutes))
        .where(DayEntry.contract_id == contract_id)
        .group_by(DayEntry.work_package_id)
    )
    return {package_id: int(minutes) for package_id, minutes in rows}


def used_minutes(session: Session, viewer: Actor, *, contract_id: int) -> int:
    """The kept sum of a contract's ledger."""
    del viewer
    return session.scalar(select(BudgetTotal.used_minutes).where(BudgetTotal.contract_id == contract_id)) or 0


def used_by_contract(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]:
    """The kept sums of several ledgers; a contract without entries is not in it."""
    del viewer
    rows = session.execute(
        select(BudgetTotal.contract_id, BudgetTotal.used_minutes).where(BudgetTotal.contract_id.in_(contract_ids))
    )
    return {contract_id: minutes for contract_id, minutes in rows}


def same_day_minutes(session: Session, viewer: Actor, *, consultant_id: int, on: date, but: int | None = None) -> int:
    """What a person has worked on a date for all municipalities, without travel and without the entry `but`."""
    del viewer
    others = () if but is None else (DayEntry.id != but,)
    minutes = select(func.coalesce(func.sum(DayEntry.minutes), 0)).where(
        DayEntry.consultant_id == consultant_id,
        DayEntry.service_date == on,
        DayEntry.activity != Activity.TRAVEL,
        *others,
    )
    return int(session.scalar(minutes) or 0)


def last_logged(session: Session, viewer: Actor, *, consultant_id: int) -> DayEntry | None:
    """The entry that a person logged last: the next one is often like it."""
    del viewer
    last = select(DayEntry).where(DayEntry.created_by_id == consultant_id, DayEntry.consultant_id == consultant_id)
    return session.scalar(_with_references(last).order_by(DayEntry.id.desc()).limit(1))


def month_entries(session: Session, viewer: Actor, *, consultant_id: int, first: date, last: date) -> list[DayEntry]:
    """What a person has logged between two dates, in order."""
    del viewer
    wanted = EntryFilter(consultant_id=consultant_id, first=first, last=last)
    entries = _with_references(select(DayEntry)).where(*wanted.conditions())
    return list(session.scalars(entries.order_by(DayEntry.service_date, DayEntry.id)))


def contracts_with_wrong_total(session: Session) -> list[int]:
    """Contracts whose kept total differs from their ledger: there must be none."""
    ledger = (
        select(
            DayEntry.contract_id.label("contract_id"),
            func.sum(DayEntry.chargeable_minutes).label("minutes"),
            func.count(DayEntry.id).label("entries"),
        )
        .group_by(DayEntry.contract_id)
        .subquery()
    )
    wrong = (
        select(func.coalesce(BudgetTotal.contract_id, ledger.c.contract_id))
        .select_from(BudgetTotal)
        .join(ledger, ledger.c.contract_id == BudgetTotal.contract_id, full=True)
        .where(
            (func.coalesce(BudgetTotal.used_minutes, 0) != func.coalesce(ledger.c.minutes, 0))
            | (func.coalesce(BudgetTotal.entry_count, 0) != func.coalesce(ledger.c.entries, 0))
        )
    )
    return sorted(session.scalars(wrong))


def _with_references(statement: Select[tuple[DayEntry]]) -> Select[tuple[DayEntry]]:
    return statement.options(
        joinedload(DayEntry.municipality),
        joinedload(DayEntry.consultant),
        joinedload(DayEntry.work_package),
        selectinload(DayEntry.contract).selectinload(Contract.terms),
    )
