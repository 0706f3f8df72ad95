"""Many entries at once: read as plain rows for files that go out, written in one go for files that come in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, System
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.queries import ROWS_AT_ONCE, EntryFilter
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.totals import recount
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.rules import Terms
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity


class LedgerRow(NamedTuple):
    """An entry as a file shows it; the municipality's name where the viewer may know it, else its alias."""

    service_date: date
    municipality_id: int
    code: str
    municipality: str
    consultant: str
    activity: Activity
    mode: Mode
    work_package: str | None
    minutes: int
    chargeable_minutes: int
    contract_id: int
    note: str
    internal_note: str


def ledger_rows(session: Session, viewer: Actor, *, wanted: EntryFilter) -> Iterator[LedgerRow]:
    """All entries wanted in order of service, without holding them all in memory."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(
            DayEntry.service_date,
            DayEntry.municipality_id,
            Municipality.code,
            func.coalesce(MunicipalityIdentity.name, Municipality.alias),
            User.name,
            DayEntry.activity,
            DayEntry.mode,
            WorkPackage.code,
            DayEntry.minutes,
            DayEntry.chargeable_minutes,
            DayEntry.contract_id,
            DayEntry.note,
            DayEntry.internal_note,
        )
        .join(DayEntry.municipality)
        .outerjoin(Municipality.identity)
        .join(DayEntry.consultant)
        .outerjoin(DayEntry.work_package)
        .where(*wanted.conditions())
        .order_by(DayEntry.service_date, DayEntry.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in rows:
        yield LedgerRow._make(row)


def terms_by_contract(session: Session, viewer: Actor) -> dict[int, tuple[Terms, ...]]:
    """The terms of every contract that the viewer may see."""
    del viewer
    found: defaultdict[int, tuple[Terms, ...]] = defaultdict(tuple)
    for terms in session.scalars(select(ContractTerms).order_by(ContractTerms.contract_id, ContractTerms.number)):
        found[terms.contract_id] += (terms.as_rules(),)
    return dict(found)


class Likeness(NamedTuple):
    """What makes two entries look like the same work, whatever their notes say."""

    contract_id: int
    consultant_id: int
    service_date: date
    minutes: int
    activity: Activity


@dataclass(frozen=True)
class Booked:
    """What some contracts already hold: entries that came by import, by key, and all entries by likeness."""

    by_key: Mapping[str, Likeness]
    likenesses: Mapping[Likeness, int]
    worked: Mapping[tuple[int, date], int]
    """Minutes of a person on a date for all municipalities, without travel."""


def booked(session: Session, viewer: Actor, *, contract_ids: Collection[int], first: date, last: date) -> Booked:
    """What to compare a file with, whose rows lie between these dates (inclusive).

    Entries are looked for on any date: one that was imported keeps its key when its date is corrected.
    """
    del viewer
    rows = session.execute(
        select(
            DayEntry.import_key,
            DayEntry.contract_id,
            DayEntry.consultant_id,
            DayEntry.service_date,
            DayEntry.minutes,
            DayEntry.activity,
        )
        .where(DayEntry.contract_id.in_(contract_ids))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    by_key: dict[str, Likeness] = {}
    likenesses: Counter[Likeness] = Counter()
    for import_key, *facts in rows:
        likeness = Likeness._make(facts)
        likenesses[likeness] += 1
        if import_key:
            by_key[import_key] = likeness
    worked = session.execute(
        select(DayEntry.consultant_id, DayEntry.service_date, func.sum(DayEntry.minutes))
        .where(DayEntry.service_date.between(first, last), DayEntry.activity != Activity.TRAVEL)
        .group_by(DayEntry.consultant_id, DayEntry.service_date)
    )
    return Booked(by_key, likenesses, {(person, on): int(minutes) for person, on, minutes in worked})


def lock_contracts(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]:
    """Let nobody else import into these contracts until the transaction ends; returns their row versions."""
    del viewer
    rows = session.execute(
        select(Contract.id, Contract.version)
        .where(Contract.id.in_(contract_ids))
        .order_by(Contract.id)
        .with_for_update()
    )
    return {row.id: row.version for row in rows}


def add_entries(session: Session, viewer: Actor, *, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write entries and totals inside the caller's transaction; the caller has checked them, and records it.

    Each is a mapping by the names of DayEntry's columns.
    """
    author = None if isinstance(viewer, System) else viewer.user_id
    for start in range(0, len(entries), ROWS_AT_ONCE):
        session.execute(
            insert(DayEntry),
            [
                {**entry, "created_at": now, "updated_at": now, "created_by_id": author or entry["consultant_id"]}
                for entry in entries[start : start + ROWS_AT_ONCE]
            ],
        )
    recount(session, contract_ids=sorted({entry["contract_id"] for entry in entries}))
