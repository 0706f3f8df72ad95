"""What the pages that read across features show: reckoned from contracts, ledger and sessions, written nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, Viewer, may
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import team_of
from komma_tracker.budget import queries as ledger
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import (
    Balance,
    Forecast,
    Light,
    Point,
    Posting,
    Signal,
    burndown,
    forecast,
    plan_line,
    signal,
    thresholds_passed,
    time_progress,
)
from komma_tracker.budget.rules.outlook import PACE_MONTHS, months_before
from komma_tracker.budget.service import EntryShown, Month, month_of_person, shown
from komma_tracker.contracts.models import Contract, WorkPackage
from komma_tracker.contracts.queries import contract_of, current_contracts
from komma_tracker.contracts.rules import Terms, allowance, terms_at_end, terms_in_force
from komma_tracker.events import queries as sessions
from komma_tracker.events.queries import ShownSession
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality
from komma_tracker.overview import queries
from komma_tracker.overview.queries import PortfolioRow, PublishedTotals
from komma_tracker.overview.rules import LEAST_MUNICIPALITIES, RECKONED, PortfolioOrder

NEXT_SESSIONS = 5
LATEST_ENTRIES = 10
LIGHT_ORDER = (Light.RED, Light.YELLOW, Light.BLUE, Light.GREEN)
"""What the lead should look at first."""


@dataclass(frozen=True)
class Standing:
    """Where a contract's budget stands: all in minutes, the share of the term gone as a fraction from 0 to 1."""

    terms: Terms
    balance: Balance
    forecast: Forecast | None
    signal: Signal
    thresholds: tuple[int, ...]
    elapsed: float

    @property
    def per_day(self) -> int:
        """Minutes of one consulting day."""
        return self.terms.rules.minutes_per_day


@dataclass(frozen=True)
class PackageLine:
    """A work package with its planned and used minutes; `package` is None for entries without one."""

    package: WorkPackage | None
    planned: int
    used: int


@dataclass(frozen=True)
class MunicipalityPage:
    """Everything on the page of one municipality; `contract` and `standing` are None before there is a contract."""

    municipality: Municipality
    contract: Contract | None
    standing: Standing | None
    series: Sequence[Point]
    plan: Sequence[Point]
    packages: Sequence[PackageLine]
    sessions: Sequence[ShownSession]
    entries: Sequence[EntryShown]
    team: Sequence[User]


@dataclass(frozen=True)
class PortfolioLine:
    """One municipality in the lead's list."""

    row: PortfolioRow
    standing: Standing | None


@dataclass(frozen=True)
class Today:
    """What a consultant needs on a day."""

    sessions: Sequence[ShownSession]
    to_confirm: Sequence[ShownSession]
    budgets: Sequence[tuple[Contract, Standing]]
    month: Month


def municipality_page(
    session: Session, viewer: Actor, *, municipality: Municipality, today: date, local_now: datetime
) -> MunicipalityPage:
    """Put the page of one municipality together; a constant number of statements."""
    contract = contract_of(session, viewer, municipality.id)
    upcoming = sessions.next_sessions(
        session, viewer, municipality_id=municipality.id, consultant_id=None, local_now=local_now, limit=NEXT_SESSIONS
    )
    postings = ledger.postings(session, viewer, contract_id=contract.id) if contract else []
    terms = [each.as_rules() for each in contract.terms] if contract else []
    planned = sessions.planned_minutes(session, viewer, municipality_ids=[municipality.id], local_now=local_now)
    wanted = EntryFilter(municipality_id=municipality.id)
    latest = ledger.latest_entries(session, viewer, wanted=wanted, limit=LATEST_ENTRIES)
    return MunicipalityPage(
        municipality=municipality,
        contract=contract,
        standing=_standing(contract, postings, planned.get(municipality.id, 0), today) if contract else None,
        series=burndown(postings, terms, today),
        plan=plan_line(terms),
        packages=_packages(session, viewer, contract) if contract else [],
        sessions=upcoming,
        entries=[shown(viewer, entry) for entry in latest],
        team=team_of(session, viewer, municipality_id=municipality.id, today=today),
    )


def portfolio(
    session: Session,
    viewer: Actor,
    *,
    order: PortfolioOrder,
    descending: bool,
    number: int,
    today: date,
    local_now: datetime,
) -> Page[PortfolioLine]:
    """One page of municipalities with their standing; a constant number of statements.

    Orders that are reckoned, not stored, hold where all rows are on one page.
    """
    page = queries.portfolio_page(session, viewer, order=order, descending=descending, number=number, today=today)
    contracts = [row.contract for row in page.rows if row.contract]
    used = {row.contract.id: row.used_minutes for row in page.rows if row.contract}
    standings = _standings(session, viewer, contracts, used, today=today, local_now=local_now)
    lines = [PortfolioLine(row, standings.get(row.contract.id) if row.contract else None) for row in page.rows]
    if order in RECKONED and page.last == 1:
        lines.sort(key=lambda line: _weight(order, line), reverse=descending)
    return Page(lines, page.number, page.total, page.size)


def today_page(session: Session, viewer: Viewer, *, today: date, local_now: datetime) -> Today:
    """What waits for a consultant: sessions, confirmations, budgets, this month's entries."""
    first = today.replace(day=1)
    entries = ledger.month_entries(session, viewer, consultant_id=viewer.user_id, first=first, last=today)
    mine = {"consultant_id": viewer.user_id, "local_now": local_now}
    contracts = [each for each in current_contracts(session, viewer) if each.municipality_id in viewer.assigned]
    used = ledger.used_by_contract(session, viewer, contract_ids=[contract.id for contract in contracts])
    standings = _standings(session, viewer, contracts, used, today=today, local_now=local_now)
    return Today(
        sessions=sessions.next_sessions(session, viewer, municipality_id=None, limit=NEXT_SESSIONS, **mine),
        to_confirm=sessions.sessions_to_confirm(session, viewer, **mine),
        budgets=[(contract, standings[contract.id]) for contract in contracts if contract.id in standings],
        month=month_of_person(entries, first=first, last=today),
    )


def programme(system: Session, viewer: Actor, *, today: date) -> PublishedTotals | None:
    """The sums of the programme, read by the system for this viewer; None where too few take part to show any."""
    if not may(viewer, Permission.PROGRAMME_VIEW):
        return None
    totals = queries.programme_totals(system, today=today)
    return totals.as_published() if totals.municipalities >= LEAST_MUNICIPALITIES else None


def _standing(contract: Contract, postings: Sequence[Posting], planned: int, today: date) -> Standing | None:
    all_terms = [terms.as_rules() for terms in contract.terms]
    terms = terms_in_force(all_terms, today) or terms_at_end(all_terms) or next(iter(all_terms), None)
    if terms is None:
        return None
    used = sum(posting.minutes for posting in postings)
    balance = Balance(agreed=allowance(all_terms, today) or terms.agreed_minutes, used=used, planned=planned)
    progress = time_progress(terms.starts_on, terms.ends_on, today)
    outlook = forecast(postings, planned, all_terms, today)
    return Standing(
        terms=terms,
        balance=balance,
        forecast=outlook,
        signal=signal(balance, progress, outlook),
        thresholds=thresholds_passed(balance.used, balance.agreed),
        elapsed=float(progress),
    )


def _standings(
    session: Session,
    viewer: Actor,
    contracts: Sequence[Contract],
    used: Mapping[int, int],
    *,
    today: date,
    local_now: datetime,
) -> dict[int, Standing]:
    """The standing of many contracts from kept totals and the last months: two statements."""
    since = months_before(today, PACE_MONTHS)
    recent = ledger.postings_since(session, viewer, contract_ids=[each.id for each in contracts], since=since)
    ids = [contract.municipality_id for contract in contracts]
    planned = sessions.planned_minutes(session, viewer, municipality_ids=ids, local_now=local_now)
    found: dict[int, Standing] = {}
    for contract in contracts:
        late = recent[contract.id]
        # All that is older counts, but not when it was: one posting stands for it.
        older = Posting(since - timedelta(days=1), used.get(contract.id, 0) - sum(posting.minutes for posting in late))
        standing = _standing(contract, [older, *late], planned.get(contract.municipality_id, 0), today)
        if standing:
            found[contract.id] = standing
    return found


def _packages(session: Session, viewer: Actor, contract: Contract) -> list[PackageLine]:
    used = ledger.package_sums(session, viewer, contract_id=contract.id)
    lines = [PackageLine(each, each.planned_minutes, used.get(each.id, 0)) for each in contract.work_packages]
    without = used.get(None, 0)
    return [*lines, PackageLine(None, 0, without)] if without else lines


def _weight(order: PortfolioOrder, line: PortfolioLine) -> tuple[int, int]:
    standing = line.standing
    if standing is None:
        return (len(LIGHT_ORDER), 0)
    excess = standing.forecast.expected - standing.forecast.agreed if standing.forecast else 0
    if order is PortfolioOrder.FORECAST:
        return (0, excess)
    return (LIGHT_ORDER.index(standing.signal.light), -excess)
