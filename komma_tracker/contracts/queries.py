"""Reading contracts: the current one of a municipality, of all, and what days can be logged for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.accounts.models import User
from komma_tracker.contracts.models import Contract, ContractTerms, PackageYear, Reallocation, WorkPackage
from komma_tracker.contracts.rules import MOVED, CountingRules, ReallocationState
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.queries import LABEL_ORDER


@dataclass(frozen=True)
class PackageChoice:
    """A work package as a form offers it."""

    id: int
    code: str
    title: str


@dataclass(frozen=True)
class PackagePlan:
    """A work package with its minutes: by contract, now after all reallocations, and by calendar year.

    Without a yearly plan, `years` is empty; `moved_in` is what reallocations have brought so far.
    """

    id: int
    code: str
    title: str
    agreed_minutes: int
    planned_minutes: int
    moved_in: int
    years: Mapping[int, int]


class ReallocationRow(NamedTuple):
    """A move of minutes from one package to another; people by name where the viewer may know it."""

    public_id: str
    from_code: str
    to_code: str
    year: int
    minutes: int
    reason: str
    state: ReallocationState
    recorded_at: datetime
    recorded_by: str | None
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True)
class Loggable:
    """A municipality for which days can be logged, with its current contract and that contract's work packages."""

    municipality_id: int
    code: str
    label: str
    contract_id: int
    packages: tuple[PackageChoice, ...]
    lengths: tuple[tuple[date, int], ...]
    """Since when a day has how many minutes: as the contract began, then as amendments that bind have changed it."""

    def minutes_per_day(self, on: date) -> int:
        """How much work makes a day on a date."""
        return next((minutes for since, minutes in reversed(self.lengths) if since <= on), self.lengths[0][1])


def contract_of(session: Session, viewer: Actor, municipality_id: int) -> Contract | None:
    """The current contract of a municipality with terms and work packages; None without one, or without the right."""
    if not may(viewer, Permission.CONTRACT_VIEW, municipality_id):
        return None
    return session.scalars(_CONTRACT_OF, {"municipality_id": municipality_id}).unique().one_or_none()


def contract_for_change(session: Session, viewer: Actor, municipality_id: int) -> Contract | None:
    """The same, its row held until the transaction ends: of two who change it, the second sees what the first did."""
    if not may(viewer, Permission.CONTRACT_VIEW, municipality_id):
        return None
    table = Contract.__table__.alias()
    newest = select(func.max(table.c.id)).where(table.c.municipality_id == municipality_id).scalar_subquery()
    session.scalar(select(Contract.id).where(Contract.id == newest).with_for_update(key_share=True))
    return contract_of(session, viewer, municipality_id)


def contracts_of(session: Session, viewer: Actor, municipality_ids: Collection[int]) -> dict[int, Contract]:
    """The current contracts of these municipalities, by municipality; without those that the viewer may not open.

    Three statements, however many there are: terms and work packages come along.
    """
    del viewer  # the session guard applies it
    contracts = session.scalars(
        _current()
        .where(Contract.municipality_id.in_(municipality_ids))
        .options(joinedload(Contract.municipality), selectinload(Contract.terms), selectinload(Contract.work_packages))
    )
    return {contract.municipality_id: contract for contract in contracts}


def current_contracts(session: Session, viewer: Actor) -> list[Contract]:
    """The current contract of every municipality that the viewer may open, with municipality and terms, by code.

    Two statements, however many there are; work packages are not loaded.
    """
    del viewer  # the session guard applies it
    contracts = session.scalars(
        _current()
        .join(Contract.municipality)
        .options(joinedload(Contract.municipality), selectinload(Contract.terms))
        .order_by(func.length(Municipality.code), Municipality.code)
    )
    return list(contracts)


def municipalities_for_logging(session: Session, viewer: Actor, *, with_packages: bool = True) -> list[Loggable]:
    """Where the viewer may log days: every municipality with a contract, by label. Two statements, or one.

    Contracts that are not yet in force or already over are among them: such work is logged with a hint (domain 1.2h).
    """
    if not may(viewer, Permission.ENTRY_LOG):
        return []
    rows = session.execute(_LOGGABLE).all()
    packages = _packages(session) if with_packages else defaultdict(list)
    return [
        Loggable(
            place, code, label, contract_id, tuple(packages[contract_id]), tuple((row[4], row[5]) for row in versions)
        )
        for (place, code, label, contract_id), versions in groupby(rows, key=itemgetter(0, 1, 2, 3))
    ]


def terms_on(
    contract_id: SQLColumnExpression[int], on: SQLColumnExpression[date] | date, wanted: str = "id"
) -> ColumnElement[int]:
    """A column of the terms by which work of a date is counted, as SQL: the same choice as `rules.terms_or_draft`.

    Past the guard, because the viewer sees some entries of contracts that they may not open.
    """
    terms = ContractTerms.__table__.alias()
    of_contract = select(terms.c[wanted]).where(terms.c.contract_id == contract_id).limit(1)
    signed = terms.c.signed_by_municipality_on.is_not(None) & terms.c.signed_by_carrier_on.is_not(None)
    in_force = of_contract.where(signed, ~terms.c.waits_for_counterpart, terms.c.effective_from <= on)
    in_force = in_force.order_by(terms.c.effective_from.desc(), terms.c.number.desc())
    return func.coalesce(in_force.scalar_subquery(), of_contract.where(terms.c.number == 0).scalar_subquery())


def length_of_day(session: Session, viewer: Actor, *, municipality_ids: Collection[int], on: date) -> int | None:
    """How many minutes a day has on a date by the current contracts of these municipalities: None where they differ,
    and eight hours where the viewer may open none. One statement.
    """
    del viewer  # the session guard applies it
    length = terms_on(Contract.id, on, "minutes_per_day")
    wanted = (Contract.id.in_(_newest_ids()), Contract.municipality_id.in_(municipality_ids))
    lengths = set(session.scalars(select(length).select_from(Contract).where(*wanted)))
    return next(iter(lengths or {CountingRules().minutes_per_day})) if len(lengths) <= 1 else None


def lengths_vary(session: Session) -> bool:
    """Whether, in any contract, how many minutes a day has depends on the date. One statement."""
    lengths = func.count(ContractTerms.minutes_per_day.distinct())
    varied = select(ContractTerms.contract_id).group_by(ContractTerms.contract_id).having(lengths > 1)
    return session.scalar(varied.limit(1)) is not None


def planned_now() -> ColumnElement[int]:
    """Minutes planned for a work package, as SQL: by contract, with what reallocations brought and took."""
    return WorkPackage.planned_minutes + _moved("to_package_id") - _moved("from_package_id")


def _moved(side: str) -> ColumnElement[int]:
    moves = Reallocation.__table__.alias()
    minutes = select(func.coalesce(func.sum(moves.c.minutes), 0))
    return minutes.where(moves.c[side] == WorkPackage.id, moves.c.state.in_(sorted(MOVED))).scalar_subquery()


def package_plans(session: Session, viewer: Actor, *, contract_id: int) -> list[PackagePlan]:
    """The work packages of a contract with their plan, in order. One statement."""
    del viewer  # the session guard applies it
    rows = session.execute(_PLANS.where(WorkPackage.contract_id == contract_id)).all()
    found: list[PackagePlan] = []
    for (number, code, title, agreed, planned, moved_in), versions in groupby(rows, key=itemgetter(0, 1, 2, 3, 4, 5)):
        years = {row.year: row.minutes_of_year for row in versions if row.year is not None}
        found.append(PackagePlan(number, code, title, agreed, int(planned), int(moved_in), years))
    return found


def reallocations_of(session: Session, viewer: Actor, *, contract_id: int) -> list[ReallocationRow]:
    """All that was moved between the packages of a contract, the newest first. One statement."""
    del viewer  # the session guard applies it
    rows = session.execute(_REALLOCATIONS.where(Reallocation.contract_id == contract_id))
    return [ReallocationRow._make(row) for row in rows]


def reallocation_by_public_id(session: Session, viewer: Actor, public_id: str, *, contract_id: int) -> Reallocation:
    """One of the reallocations of a contract. Raises NotFound."""
    del viewer  # the session guard applies it
    wanted = (Reallocation.public_id == public_id, Reallocation.contract_id == contract_id)
    found = session.scalar(select(Reallocation).where(*wanted))
    if found is None:
        raise NotFound
    return found


def _packages(session: Session) -> dict[int, list[PackageChoice]]:
    found: dict[int, list[PackageChoice]] = defaultdict(list)
    for contract_id, package_id, code, title in session.execute(_PACKAGES):
        found[contract_id].append(PackageChoice(package_id, code, title))
    return found


def _current() -> Select[Contract]:
    return select(Contract).where(Contract.id.in_(_newest_ids()))


def _newest_ids() -> Select[int]:
    """A municipality gets a new contract only when the one before is over: the newest is the current one."""
    table = Contract.__table__
    return select(func.max(table.c.id)).group_by(table.c.municipality_id)


def _contract_of() -> Select[Contract]:
    """The newest of one municipality, without a look at all the others; in one statement, for there is little of it."""
    table = Contract.__table__.alias()
    newest = select(func.max(table.c.id)).where(table.c.municipality_id == bindparam("municipality_id"))
    whole = (joinedload(Contract.municipality), joinedload(Contract.terms), joinedload(Contract.work_packages))
    return select(Contract).where(Contract.id == newest.scalar_subquery()).options(*whole)


def _binding() -> ColumnElement[bool]:
    """Whether terms are signed by all whose signature they need, as SQL: the same as `rules.Terms.is_signed`."""
    signed = ContractTerms.signed_by_municipality_on.is_not(None) & ContractTerms.signed_by_carrier_on.is_not(None)
    return signed & ~ContractTerms.waits_for_counterpart


# Built once: to put such a statement together costs as much as to run it.
_CONTRACT_OF = _contract_of()
_LOGGABLE = (
    select(
        Municipality.id,
        Municipality.code,
        func.coalesce(MunicipalityIdentity.name, Municipality.alias),
        Contract.id,
        ContractTerms.effective_from,
        ContractTerms.minutes_per_day,
    )
    .select_from(Contract)
    .join(Contract.municipality)
    .outerjoin(Municipality.identity)
    .join(Contract.terms)
    .where(Contract.id.in_(_newest_ids()), or_(ContractTerms.number == 0, _binding()))
    .order_by(*LABEL_ORDER, ContractTerms.effective_from, ContractTerms.number)
)
_PACKAGES = (
    select(WorkPackage.contract_id, WorkPackage.id, WorkPackage.code, WorkPackage.title)
    .where(WorkPackage.contract_id.in_(_newest_ids()))
    .order_by(WorkPackage.contract_id, WorkPackage.position, WorkPackage.id)
)
_PLANS = (
    select(
        WorkPackage.id,
        WorkPackage.code,
        WorkPackage.title,
        WorkPackage.planned_minutes,
        planned_now().label("planned_now"),
        _moved("to_package_id").label("moved_in"),
        PackageYear.year,
        PackageYear.planned_minutes.label("minutes_of_year"),
    )
    .select_from(WorkPackage)
    .outerjoin(PackageYear, PackageYear.work_package_id == WorkPackage.id)
    .order_by(WorkPackage.position, WorkPackage.id, PackageYear.year)
)
_SOURCE, _TARGET, _RECORDER, _DECIDER = aliased(WorkPackage), aliased(WorkPackage), aliased(User), aliased(User)
_REALLOCATIONS = (
    select(
        Reallocation.public_id,
        _SOURCE.code,
        _TARGET.code,
        Reallocation.year,
        Reallocation.minutes,
        Reallocation.reason,
        Reallocation.state,
        Reallocation.recorded_at,
        _RECORDER.name,
        Reallocation.decided_at,
        _DECIDER.name,
    )
    .select_from(Reallocation)
    .join(_SOURCE, _SOURCE.id == Reallocation.from_package_id)
    .join(_TARGET, _TARGET.id == Reallocation.to_package_id)
    .outerjoin(_RECORDER, _RECORDER.id == Reallocation.recorded_by_id)
    .outerjoin(_DECIDER, _DECIDER.id == Reallocation.decided_by_id)
    .order_by(Reallocation.id.desc())
)
