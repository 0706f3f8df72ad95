"""What the pages that read across features show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, Viewer, check
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import team_of
from komma_tracker.budget import queries as ledger
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import Light, Point, Posting, burndown, plan_line
from komma_tracker.budget.shown import EntryShown, Month, month_of, shown
from komma_tracker.contracts.models import Contract, WorkPackage
from komma_tracker.contracts.queries import contract_of, contracts_of
from komma_tracker.events import queries as sessions
from komma_tracker.events.queries import ShownSession
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality
from komma_tracker.overview import queries
from komma_tracker.overview.queries import PortfolioRow, PublishedTotals
from komma_tracker.overview.rules import LEAST_MUNICIPALITIES, RECKONED, Phase, PortfolioOrder
from komma_tracker.overview.standing import Standing, standing_of, standings

NEXT_SESSIONS = 5
LATEST_ENTRIES = 10
LIGHT_ORDER = (Light.RED, Light.YELLOW, Light.BLUE, Light.GREEN)
"""What the lead should look at first."""


@dataclass(frozen=True)
class PackageLine:
    """A work package with its planned and used minutes; `package` is None for entries without one."""

    package: WorkPackage | None
    planned: int
    used: int


@dataclass(frozen=True)
class Course:
    """How the allowance went down, and how it would have by plan; empty before a contract has begun."""

    series: Sequence[Point] = ()
    plan: Sequence[Point] = ()


@dataclass(frozen=True)
class MunicipalityPage:
    """Everything on the page of one municipality; `contract` and `standing` are None before there is a contract."""

    municipality: Municipality
    contract: Contract | None
    standing: Standing | None
    course: Course
    packages: Sequence[PackageLine]
    sessions: Sequence[ShownSession]
    entries: Sequence[EntryShown]
    team: Sequence[User]


@dataclass(frozen=True)
class PortfolioLine:
    """One municipality in the lead's list; without a contract it has no standing."""

    row: PortfolioRow
    standing: Standing | None


@dataclass(frozen=True)
class Portfolio:
    """The lead's list, the order in which it stands, and the orders that it can be put into."""

    page: Page[PortfolioLine]
    order: PortfolioOrder
    orders: frozenset[PortfolioOrder]


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
    place = municipality.id
    contract = contract_of(session, viewer, place)
    upcoming = sessions.next_sessions(
        session, viewer, municipality_id=place, consultant_id=None, local_now=local_now, limit=NEXT_SESSIONS
    )
    postings = ledger.postings(session, viewer, contract_id=contract.id) if contract else []
    planned = sessions.planned_minutes(session, viewer, municipality_ids=[place], local_now=local_now)
    latest = ledger.entry_rows(session, viewer, wanted=EntryFilter(municipality_id=place), limit=LATEST_ENTRIES)
    standing = standing_of(contract, postings, planned.get(place, 0), today) if contract else None
    return MunicipalityPage(
        municipality=municipality,
        contract=contract,
        standing=standing,
        course=_course(contract, standing, postings, today) if contract and standing else Course(),
        packages=_packages(session, viewer, contract) if contract else [],
        sessions=upcoming,
        entries=shown(viewer, latest),
        team=team_of(session, viewer, municipality_id=place, today=today),
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
) -> Portfolio:
    """One page of municipalities with their standing; a constant number of statements. Raises Forbidden.

    Orders that are reckoned, not stored, are there while all municipalities fit on one page; else it is by label.
    """
    check(viewer, Permission.PORTFOLIO_VIEW)
    page = queries.portfolio_page(session, viewer, order=order, descending=descending, number=number, today=today)
    contracts = [row.contract for row in page.rows if row.contract]
    used = {row.contract.id: row.used_minutes for row in page.rows if row.contract}
    found = standings(session, viewer, contracts=contracts, used=used, today=today, local_now=local_now)
    lines = [PortfolioLine(row, found.get(row.contract.id) if row.contract else None) for row in page.rows]
    orders = frozenset(PortfolioOrder) - (RECKONED if page.last > 1 else frozenset())
    if order in RECKONED & orders:
        lines = _reckoned(order, lines, descending=descending)
    in_order = order if order in orders else PortfolioOrder.LABEL
    return Portfolio(Page(lines, page.number, page.total, page.size), in_order, orders)


def today_page(session: Session, viewer: Viewer, *, today: date, local_now: datetime) -> Today:
    """What waits for a consultant: sessions, confirmations, budgets, this month's entries."""
    me, dates = viewer.user_id, [today.replace(day=day) for day in range(1, today.day + 1)]
    wanted = EntryFilter(consultant_id=me, first=dates[0], last=dates[-1])
    by_place = contracts_of(session, viewer, sorted(viewer.assigned))
    contracts = sorted(by_place.values(), key=_by_code)
    used = ledger.used_by_contract(session, viewer, contract_ids=[contract.id for contract in contracts])
    found = standings(session, viewer, contracts=contracts, used=used, today=today, local_now=local_now)
    return Today(
        sessions=sessions.next_sessions(
            session, viewer, municipality_id=None, consultant_id=me, local_now=local_now, limit=NEXT_SESSIONS
        ),
        to_confirm=sessions.sessions_to_confirm(session, viewer, consultant_id=me, local_now=local_now),
        budgets=[(contract, found[contract.id]) for contract in contracts if contract.id in found],
        month=month_of(ledger.entry_rows(session, viewer, wanted=wanted), dates=dates, today=today),
    )


def programme(system: Session, viewer: Actor, *, today: date) -> PublishedTotals | None:
    """The sums of the programme, read by the system for this viewer; None where too few take part to show any.

    Raises Forbidden.
    """
    check(viewer, Permission.PROGRAMME_VIEW)
    totals = queries.programme_totals(system, today=today)
    return totals.as_published() if totals.municipalities >= LEAST_MUNICIPALITIES else None


def _by_code(contract: Contract) -> tuple[int, str]:
    code = contract.municipality.code
    return len(code), code


def _course(contract: Contract, standing: Standing, postings: Sequence[Posting], today: date) -> Course:
    if standing.phase in (Phase.UNSIGNED, Phase.UPCOMING):
        return Course()
    all_terms = contract.all_terms()
    # Beyond today, or beyond its end, a contract's line goes on only where somebody has worked.
    until = max([min(today, standing.terms.ends_on), *(posting.on for posting in postings)])
    return Course(burndown(postings, all_terms, until), plan_line(all_terms))


def _packages(session: Session, viewer: Actor, contract: Contract) -> list[PackageLine]:
    used = ledger.package_sums(session, viewer, contract_id=contract.id)
    lines = [PackageLine(each, each.planned_minutes, used.get(each.id, 0)) for each in contract.work_packages]
    without = used.get(None, 0)
    return [*lines, PackageLine(None, 0, without)] if without else lines


def _reckoned(order: PortfolioOrder, lines: Sequence[PortfolioLine], *, descending: bool) -> list[PortfolioLine]:
    """Those with a forecast in this order, all others below by label; the lines come by label, also downwards."""
    lines = list(reversed(lines)) if descending else lines
    weights: dict[int, tuple[int, int]] = {}
    for place, line in enumerate(lines):
        if line.standing and line.standing.forecast and line.standing.signal:
            expected, light = line.standing.forecast.expected, LIGHT_ORDER.index(line.standing.signal.light)
            weights[place] = (0, expected) if order is PortfolioOrder.FORECAST else (light, -expected)
    running = sorted(weights, key=lambda place: weights[place], reverse=descending)
    return [lines[place] for place in running] + [line for place, line in enumerate(lines) if place not in weights]
