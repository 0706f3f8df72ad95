"""Reading across features: the portfolio, and the sums of the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload

from komma_tracker.access.rules import Actor
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.events.models import Event, EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.overview.rules import PortfolioOrder, suppress, whole_days


@dataclass(frozen=True)
class PortfolioRow:
    """A municipality with its current contract (None before there is one) and the kept sum of its ledger."""

    municipality: Municipality
    contract: Contract | None
    used_minutes: int
    last_service_date: date | None


def portfolio_page(
    session: Session, viewer: Actor, *, order: PortfolioOrder, descending: bool, number: int, today: date
) -> Page[PortfolioRow]:
    """One page of all municipalities; three statements, however many there are."""
    del viewer
    total = session.scalar(select(func.count(Municipality.id))) or 0
    page = Page[PortfolioRow]([], number, total)
    number = min(number, page.last)
    key = _sort_keys(today)[order]
    rows = session.execute(
        _portfolio(today)
        .order_by(key.desc().nulls_last() if descending else key.asc().nulls_last(), Municipality.id)
        .limit(page.size)
        .offset((number - 1) * page.size)
        .options(selectinload(Contract.terms))
    ).unique()
    return Page([PortfolioRow(row[0], row[1], row[2] or 0, row[3]) for row in rows], number, total)


def _portfolio(today: date) -> Select[tuple[Municipality, Contract, int, date]]:
    newest = (
        select(func.max(Contract.id)).where(Contract.municipality_id == Municipality.id).correlate(Municipality)
    ).scalar_subquery()
    return (
        select(Municipality, Contract, BudgetTotal.used_minutes, BudgetTotal.last_service_date)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .outerjoin(Contract, Contract.id == newest)
        .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
        .outerjoin(ContractTerms, ContractTerms.id == _terms_of(today))
    )


def _terms_of(today: date) -> ColumnElement[int]:
    """The terms that hold today, else those that the contract begins with: as `terms_in_force` decides."""
    later = ContractTerms.__table__.alias("later")
    signed = later.c.signed_by_municipality_on.is_not(None) & later.c.signed_by_carrier_on.is_not(None)
    return (
        select(later.c.id)
        .where(later.c.contract_id == Contract.id, (signed & (later.c.effective_from <= today)) | (later.c.number == 0))
        .order_by(later.c.number.desc())
        .limit(1)
        .correlate(Contract)
        .scalar_subquery()
    )


def _sort_keys(today: date) -> Mapping[PortfolioOrder, ColumnElement[object]]:
    del today
    used = func.coalesce(BudgetTotal.used_minutes, 0)
    label = func.coalesce(MunicipalityIdentity.sort_key, Municipality.alias)
    return {
        PortfolioOrder.LABEL: label,
        PortfolioOrder.AGREED: ContractTerms.agreed_minutes,
        PortfolioOrder.USED: used,
        PortfolioOrder.SHARE: used * 10_000 / func.nullif(ContractTerms.agreed_minutes, 0),
        PortfolioOrder.REMAINING: ContractTerms.agreed_minutes - used,
        PortfolioOrder.END: ContractTerms.ends_on,
        PortfolioOrder.LAST_ENTRY: BudgetTotal.last_service_date,
        PortfolioOrder.FORECAST: label,
        PortfolioOrder.ATTENTION: label,
    }


@dataclass(frozen=True)
class ProgrammeTotals:
    """The programme in sums; minutes, counts of sessions held, headcounts. Nothing in it stands for one municipality."""

    municipalities: int
    agreed_minutes: int
    used_minutes: int
    minutes_by_mode: Mapping[Mode, int]
    sessions_by_kind: Mapping[EventKind, int]
    participants: Mapping[FunctionGroup, int]

    def as_published(self) -> PublishedTotals:
        """The same with whole days and without small cells."""
        return PublishedTotals(
            municipalities=self.municipalities,
            agreed_minutes=self.agreed_minutes,
            used_minutes=self.used_minutes,
            agreed_days=whole_days(self.agreed_minutes),
            used_days=whole_days(self.used_minutes),
            sessions=sum(self.sessions_by_kind.values()),
            days_by_mode={mode: whole_days(minutes) for mode, minutes in self.minutes_by_mode.items()},
            sessions_by_kind=suppress(self.sessions_by_kind),
            participants=suppress(self.participants),
        )


@dataclass(frozen=True)
class PublishedTotals:
    """What readers get of the sums: days are whole, None is a cell too small to show."""

    municipalities: int
    agreed_minutes: int
    used_minutes: int
    agreed_days: int
    used_days: int
    sessions: int
    days_by_mode: Mapping[Mode, int]
    sessions_by_kind: Mapping[EventKind, int | None]
    participants: Mapping[FunctionGroup, int | None]


def programme_totals(session: Session, *, today: date) -> ProgrammeTotals:
    """Add up everything. Needs a session of the system: no single viewer sees all the parts."""
    agreed = (
        select(func.count(Contract.id), func.coalesce(func.sum(ContractTerms.agreed_minutes), 0))
        .join(ContractTerms, ContractTerms.id == _terms_of(today))
        .where(ContractTerms.signed_by_municipality_on.is_not(None), ContractTerms.signed_by_carrier_on.is_not(None))
    )
    municipalities, agreed_minutes = session.execute(agreed).one()
    by_mode = session.execute(select(DayEntry.mode, func.sum(DayEntry.chargeable_minutes)).group_by(DayEntry.mode))
    held = Event.state == EventState.HELD
    by_kind = session.execute(select(Event.kind, func.count(Event.id)).where(held).group_by(Event.kind))
    people = session.execute(
        select(EventParticipants.function_group, func.sum(EventParticipants.headcount))
        .join(Event, Event.id == EventParticipants.event_id)
        .where(held)
        .group_by(EventParticipants.function_group)
    )
    return ProgrammeTotals(
        municipalities=municipalities,
        agreed_minutes=int(agreed_minutes),
        used_minutes=int(session.scalar(select(func.coalesce(func.sum(BudgetTotal.used_minutes), 0))) or 0),
        minutes_by_mode={mode: int(minutes) for mode, minutes in by_mode},
        sessions_by_kind={kind: int(number) for kind, number in by_kind},
        participants={group: int(number) for group, number in people},
    )
