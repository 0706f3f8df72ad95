"""Reading across features: municipalities with what is agreed with them, and the sums of the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, SQLColumnExpression, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from komma_tracker.access.rules import Actor, NotFound, Permission, Viewer, may
from komma_tracker.access.small_numbers import Shown, published_list
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.queries import LENGTH_THEN
from komma_tracker.budget.rules import Mode, Posting, in_days_of_eight_hours
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.queries import lengths_vary, planned_now, terms_on
from komma_tracker.contracts.rules import ContractState, Terms, until
from komma_tracker.events.models import Event, EventParticipants
from komma_tracker.events.rules import TOOK_PLACE, EventKind, FunctionGroup
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility
from komma_tracker.overview.rules import PortfolioOrder, whole_days


@dataclass(frozen=True)
class Place:
    """A municipality by the name that the viewer may know, with its current contract and the kept sum of its ledger.

    Before there is a contract, there are no terms; none is longer than the contract lasted.
    """

    id: int
    code: str
    label: str
    is_anonymous: bool
    contract_id: int | None
    state: ContractState | None
    all_terms: tuple[Terms, ...]
    used_minutes: int
    confirmed_minutes: int
    last_service_date: date | None


def place_by_code(session: Session, viewer: Actor, code: str) -> Place:
    """The municipality with this code. Raises NotFound unless the viewer may open its page. One statement."""
    found = _places(session, _BY_CODE, code=code)
    if not found or not may(viewer, Permission.MUNICIPALITY_VIEW, found[0].id):
        raise NotFound
    return found[0]


def places_of(session: Session, viewer: Viewer) -> list[Place]:
    """Those to which the viewer is assigned, by code. One statement."""
    places = _places(session, _BY_ID, ids=list(viewer.assigned)) if viewer.assigned else []
    return sorted(places, key=lambda place: (len(place.code), place.code))


def all_places(session: Session, viewer: Actor) -> list[Place]:
    """Every municipality that the viewer may open, by code. One statement."""
    del viewer  # the session guard applies it
    return sorted(_places(session, _PLACES), key=lambda place: (len(place.code), place.code))


def postings_of_all(session: Session, viewer: Actor) -> dict[int, list[Posting]]:
    """The ledger by service date, summed over all contracts whose days had so many minutes then. Two statements."""
    statement = _POSTINGS_BY_DATE_AND_LENGTH if lengths_vary(session) else _POSTINGS_OF_ALL
    found: dict[int, list[Posting]] = {}
    for per_day, on, minutes in session.execute(statement):
        found.setdefault(per_day, []).append(Posting(on, int(minutes)))
    return found


def portfolio_page(
    session: Session, viewer: Actor, *, order: PortfolioOrder, descending: bool, number: int, today: date
) -> Page[Place]:
    """One page of all municipalities; three statements, however many there are."""
    del viewer  # the session guard applies it
    total = session.scalar(select(func.count(Municipality.id))) or 0
    page = Page[Place]([], number, total)
    page = Page[Place]([], min(number, page.last), total)
    in_order = _in_order(order, descending=descending, today=today)
    ids = session.scalars(in_order.limit(page.size).offset(page.offset)).all()
    found = {place.id: place for place in _places(session, _BY_ID, ids=list(ids))}
    return Page([found[place] for place in ids], page.number, total)


class PackageRow(NamedTuple):
    """A work package of a contract, in minutes: planned now, and used as it was worked."""

    id: int
    code: str
    title: str
    planned: int
    used: int


def packages_of(session: Session, viewer: Actor, *, contract_id: int) -> list[PackageRow]:
    """The work packages of a contract, in order. One statement."""
    del viewer
    rows = session.execute(_PACKAGES, {"contract_id": contract_id})
    return [PackageRow(package_id, code, title, planned, int(used)) for package_id, code, title, planned, used in rows]


def _newest_contract() -> ScalarSelect[int | None]:
    table = Contract.__table__.alias()
    return select(func.max(table.c.id)).where(table.c.municipality_id == Municipality.id).scalar_subquery()


_PLACES = (
    select(
        Municipality.id,
        Municipality.code,
        func.coalesce(MunicipalityIdentity.name, Municipality.alias),
        Municipality.visibility,
        Contract.id,
        Contract.state,
        Contract.ended_on,
        BudgetTotal.used_minutes,
        BudgetTotal.confirmed_minutes,
        BudgetTotal.last_service_date,
        ContractTerms,
    )
    .select_from(Municipality)
    .outerjoin(Municipality.identity)
    .outerjoin(Contract, Contract.id == _newest_contract())
    .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
    .outerjoin(ContractTerms, ContractTerms.contract_id == Contract.id)
    .order_by(Municipality.id, ContractTerms.number)
)


# Built once: to put a statement together costs as much as to run it.
_BY_CODE = _PLACES.where(Municipality.code == bindparam("code"))
_BY_ID = _PLACES.where(Municipality.id.in_(bindparam("ids", expanding=True)))
_POSTINGS_OF_ALL = (
    select(ContractTerms.minutes_per_day, DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
    .join(ContractTerms, ContractTerms.contract_id == DayEntry.contract_id)
    .where(ContractTerms.number == 0)
    .group_by(ContractTerms.minutes_per_day, DayEntry.service_date)
    .order_by(DayEntry.service_date)
)
_POSTINGS_BY_DATE_AND_LENGTH = (
    select(LENGTH_THEN.label("length"), DayEntry.service_date, func.sum(DayEntry.chargeable_minutes))
    .group_by("length", DayEntry.service_date)
    .order_by(DayEntry.service_date)
)
"""Slower: each entry asks for the terms of its date."""
_PACKAGES = (
    select(
        WorkPackage.id,
        WorkPackage.code,
        WorkPackage.title,
        planned_now(),
        func.coalesce(func.sum(DayEntry.chargeable_minutes), 0),
    )
    .outerjoin(DayEntry, DayEntry.work_package_id == WorkPackage.id)
    .where(WorkPackage.contract_id == bindparam("contract_id"))
    .group_by(WorkPackage.id, WorkPackage.code, WorkPackage.title, WorkPackage.planned_minutes, WorkPackage.position)
    .order_by(WorkPackage.position, WorkPackage.id)
)


def _places(session: Session, wanted: Select[*tuple[Any, ...]], **asked: Any) -> list[Place]:
    """One row for each version of the terms; those of a municipality follow one another."""
    found: list[Place] = []
    for _, versions in groupby(session.execute(wanted, asked), key=itemgetter(0)):
        rows = list(versions)
        place, code, label, visibility, contract, state, ended_on, used, confirmed, last, _ = rows[0]
        terms = until((row[10].as_rules() for row in rows if row[10]), ended_on)
        anonymous = visibility is Visibility.ANONYMOUS
        found.append(Place(place, code, label, anonymous, contract, state, terms, used or 0, confirmed or 0, last))
    return found


def _in_order(order: PortfolioOrder, *, descending: bool, today: date) -> Select[int]:
    """Ids of all municipalities in this order; those by label come along an index, so that a page of them is enough."""
    used = func.coalesce(BudgetTotal.used_minutes, 0)
    agreed, ends_on = ContractTerms.agreed_minutes, func.coalesce(Contract.ended_on, ContractTerms.ends_on)
    keys: Mapping[PortfolioOrder, SQLColumnExpression[Any]] = {
        PortfolioOrder.AGREED: agreed,
        PortfolioOrder.USED: used,
        PortfolioOrder.SHARE: used * 10_000 / func.nullif(agreed, 0),
        PortfolioOrder.REMAINING: agreed - used,
        PortfolioOrder.END: ends_on,
        PortfolioOrder.LAST_ENTRY: BudgetTotal.last_service_date,
    }
    if order not in keys:
        who = MunicipalityIdentity
        by = (who.sort_key.desc(), who.municipality_id.desc()) if descending else (who.sort_key, who.municipality_id)
        return select(who.municipality_id).order_by(*by)
    key = keys[order]
    return (
        select(Municipality.id)
        .outerjoin(Contract, Contract.id == _newest_contract())
        .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
        .outerjoin(ContractTerms, ContractTerms.id == terms_on(Contract.id, today))
        .order_by(key.desc().nulls_last() if descending else key.asc().nulls_last(), Municipality.id)
    )


@dataclass(frozen=True)
class ProgrammeTotals:
    """The programme in sums: minutes, counts of sessions held, headcounts.

    Nothing in it stands for one municipality.
    """

    municipalities: int
    agreed_minutes: int
    used_minutes: int
    minutes_by_mode: Mapping[Mode, int]
    sessions_by_kind: Mapping[EventKind, int]
    participants: Mapping[FunctionGroup, int]

    def as_published(self) -> PublishedTotals:
        """The same with whole days and without small cells."""
        by_kind, sessions = published_list(self.sessions_by_kind)
        return PublishedTotals(
            municipalities=self.municipalities,
            agreed_days=whole_days(self.agreed_minutes),
            used_days=whole_days(self.used_minutes),
            days_by_mode={mode: whole_days(minutes) for mode, minutes in self.minutes_by_mode.items()},
            sessions=sessions,
            sessions_by_kind=by_kind,
            participants=published_list(self.participants)[0],
        )


@dataclass(frozen=True)
class PublishedTotals:
    """What readers get of the sums: days are whole, and what is too small to show is hidden."""

    municipalities: int
    agreed_days: int
    used_days: int
    days_by_mode: Mapping[Mode, int]
    sessions: Shown
    sessions_by_kind: Mapping[EventKind, Shown]
    participants: Mapping[FunctionGroup, Shown]


def programme_totals(session: Session, *, today: date) -> ProgrammeTotals:
    """Add up everything that was agreed by signature. Needs a session of the system: no viewer sees all the parts."""
    signed = ContractTerms.signed_by_municipality_on.is_not(None) & ContractTerms.signed_by_carrier_on.is_not(None)
    first = aliased(ContractTerms)
    contracts = session.execute(
        select(
            first.minutes_per_day,
            func.sum(ContractTerms.agreed_minutes),
            func.sum(func.coalesce(BudgetTotal.used_minutes, 0)),
        )
        .select_from(Contract)
        .join(ContractTerms, ContractTerms.id == terms_on(Contract.id, today))
        .join(first, (first.contract_id == Contract.id) & (first.number == 0))
        .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
        .where(signed)
        .group_by(first.minutes_per_day)
    ).all()
    with_contract = select(func.count(Contract.municipality_id.distinct())).join(Contract.terms).where(signed)
    municipalities = session.scalars(with_contract).one()
    length = LENGTH_THEN if lengths_vary(session) else ContractTerms.minutes_per_day
    work = session.execute(
        select(DayEntry.mode, length.label("length"), func.sum(DayEntry.chargeable_minutes))
        .join(ContractTerms, ContractTerms.contract_id == DayEntry.contract_id)
        .where(ContractTerms.number == 0, signed)
        .group_by(DayEntry.mode, "length")
    ).all()
    held = Event.state.in_(TOOK_PLACE)
    by_kind = session.execute(select(Event.kind, func.count()).where(held).group_by(Event.kind))
    counts = {kind: int(number) for kind, number in by_kind}
    people = session.execute(
        select(EventParticipants.function_group, func.sum(EventParticipants.headcount))
        .join(Event, Event.id == EventParticipants.event_id)
        .where(held)
        .group_by(EventParticipants.function_group)
    )
    heads = {group: int(number) for group, number in people}
    return ProgrammeTotals(
        municipalities=municipalities,
        agreed_minutes=in_days_of_eight_hours({row[0]: int(row[1]) for row in contracts}),
        used_minutes=in_days_of_eight_hours({row[0]: int(row[2]) for row in contracts}),
        minutes_by_mode={
            mode: in_days_of_eight_hours({row[1]: int(row[2]) for row in work if row[0] is mode}) for mode in Mode
        },
        sessions_by_kind={kind: counts[kind] for kind in EventKind if kind in counts},
        participants={group: heads[group] for group in FunctionGroup if group in heads},
    )
