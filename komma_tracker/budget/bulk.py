"""Many entries at once: read as plain rows for files that go out, written in one go for files that come in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import String, and_, func, insert, or_, select, type_coerce
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, System
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.queries import ROWS_AT_ONCE, EntryFilter
from komma_tracker.budget.rules import Activity, MonthState
from komma_tracker.budget.totals import recount
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.rules import Terms
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity

LedgerRow = tuple[date, int, int, int, str, str, int | None, int, int, str, str]
"""An entry for a file: service date; municipality, contract and consultant by id; activity and mode by value; work
package by id; minutes worked and chargeable; both notes.
"""


@dataclass(frozen=True)
class Names:
    """What stands for ids in a file: code and label of municipalities, people's names, codes of work packages."""

    municipalities: Mapping[int, tuple[str, str]]
    people: Mapping[int, str]
    packages: Mapping[int, str]


def names(session: Session, viewer: Actor) -> Names:
    """The names that the viewer may know; a municipality by its alias where not."""
    del viewer  # the session guard applies it
    label = func.coalesce(MunicipalityIdentity.name, Municipality.alias)
    places = session.execute(select(Municipality.id, Municipality.code, label).outerjoin(Municipality.identity))
    people = session.execute(select(User.id, User.name))
    packages = session.execute(select(WorkPackage.id, WorkPackage.code))
    return Names(
        {place_id: (code, label) for place_id, code, label in places},
        {row.id: row.name for row in people},
        {row.id: row.code for row in packages},
    )


def ledger_rows(session: Session, viewer: Actor, *, wanted: EntryFilter) -> Iterator[LedgerRow]:
    """All entries wanted in order of service, without holding them all in memory.

    Without joins, and without making enumeration values: both take longer than reading the rows.
    """
    del viewer
    rows = session.execute(
        select(
            DayEntry.service_date,
            DayEntry.municipality_id,
            DayEntry.contract_id,
            DayEntry.consultant_id,
            type_coerce(DayEntry.activity, String),
            type_coerce(DayEntry.mode, String),
            DayEntry.work_package_id,
            DayEntry.minutes,
            DayEntry.chargeable_minutes,
            DayEntry.note,
            DayEntry.internal_note,
        )
        .where(*wanted.conditions())
        .order_by(DayEntry.service_date, DayEntry.id)
        .execution_options(yield_per=ROWS_AT_ONCE),
        wanted.values(),
    )
    return cast("Iterator[LedgerRow]", rows)  # rows unpack as tuples do


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
    charged: Mapping[tuple[int, int, date], int] = field(default_factory=dict[tuple[int, int, date], int])
    """Minutes that count for a contract already, by contract, person and date."""


def closed_months(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, frozenset[date]]:
    """The months of these contracts that have been submitted, by contract: first days."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(Statement.contract_id, Statement.month).where(
            Statement.contract_id.in_(contract_ids), Statement.state != MonthState.OPEN
        )
    )
    found: defaultdict[int, set[date]] = defaultdict(set)
    for contract_id, month in rows:
        found[contract_id].add(month)
    return {contract_id: frozenset(months) for contract_id, months in found.items()}


def booked(
    session: Session,
    viewer: Actor,
    *,
    contract_ids: Collection[int],
    consultant_ids: Collection[int],
    first: date,
    last: date,
) -> Booked:
    """What to compare a file with, whose rows lie between these dates (inclusive).

    Entries are looked for on any date, and what was imported for these people also in other contracts: it keeps its
    key when its date is corrected, or when the same file is taken for another municipality's.
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
        .where(
            or_(
                DayEntry.contract_id.in_(contract_ids),
                and_(DayEntry.import_key.is_not(None), DayEntry.consultant_id.in_(consultant_ids)),
            )
        )
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
    charged = session.execute(
        select(
            DayEntry.contract_id, DayEntry.consultant_id, DayEntry.service_date, func.sum(DayEntry.chargeable_minutes)
        )
        .where(DayEntry.service_date.between(first, last), DayEntry.contract_id.in_(contract_ids))
        .group_by(DayEntry.contract_id, DayEntry.consultant_id, DayEntry.service_date)
    )
    return Booked(
        by_key,
        likenesses,
        {(person, on): int(minutes) for person, on, minutes in worked},
        {(contract_id, person, on): int(minutes) for contract_id, person, on, minutes in charged},
    )


def lock_contracts(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]:
    """Let nobody else import into these contracts until the transaction ends; returns their row versions."""
    del viewer
    rows = session.execute(
        select(Contract.id, Contract.version)
        .where(Contract.id.in_(contract_ids))
        .order_by(Contract.id)
        .with_for_update(key_share=True)  # others may go on to log days
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
