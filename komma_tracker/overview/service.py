"""What the pages that read across features show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, Viewer, check
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import team_of
from komma_tracker.alliances.queries import Glance, glances
from komma_tracker.budget import queries as ledger
from komma_tracker.budget.ledger import package_minutes
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import Light, Point, Posting, burndown, plan_line
from komma_tracker.budget.shown import EntryShown, Month, month_of, shown
from komma_tracker.contracts.rules import Terms, has_one_length
from komma_tracker.deliverables.queries import Line, states_by_municipality
from komma_tracker.events import queries as sessions
from komma_tracker.events.shown import ShownSession
from komma_tracker.kit.paging import Page
from komma_tracker.overview import queries
from komma_tracker.overview.queries import Place, PublishedTotals
from komma_tracker.overview.rules import LEAST_MUNICIPALITIES, RECKONED, Phase, PortfolioOrder
from komma_tracker.overview.standing import Standing, postings_of, standing_of, standings
from komma_tracker.statements.pages import Due, DueContract, due_for_team, to_answer
from komma_tracker.statements.queries import WaitingRow

NEXT_SESSIONS = 5
LATEST_ENTRIES = 10
LIGHT_ORDER = (Light.RED, Light.YELLOW, Light.BLUE, Light.GREEN)
"""What the lead should look at first."""


@dataclass(frozen=True)
class PackageLine:
    """A work package with its planned and used minutes; `name` is empty for entries without one."""

    name: str
    planned: int
    used: int


@dataclass(frozen=True)
class Course:
    """How the allowance went down, and how it would have by plan; empty before a contract has begun."""

    series: Sequence[Point] = ()
    plan: Sequence[Point] = ()


@dataclass(frozen=True)
class MunicipalityPage:
    """Everything on the page of one municipality; `standing` is None before there is a contract."""

    place: Place
    standing: Standing | None
    course: Course
    packages: Sequence[PackageLine]
    sessions: Sequence[ShownSession]
    entries: Sequence[EntryShown]
    team: Sequence[User]
    to_answer: Sequence[WaitingRow]
    """Statements that wait for this viewer's yes."""
    alliance: Glance
    papers: Sequence[Line]


@dataclass(frozen=True)
class PlaceLine:
    """One municipality in a list; without a contract it has no standing."""

    place: Place
    standing: Standing | None


@dataclass(frozen=True)
class Portfolio:
    """The lead's list, the order in which it stands, and the orders that it can be put into."""

    page: Page[PlaceLine]
    order: PortfolioOrder
    orders: frozenset[PortfolioOrder]
    undecided: int
    """Entries that count only once the lead has said yes."""


@dataclass(frozen=True)
class Today:
    """What a consultant needs on a day."""

    sessions: Sequence[ShownSession]
    to_confirm: Sequence[ShownSession]
    places: Sequence[PlaceLine]
    month: Month
    due: Due
    """Months to submit, and objections to look into."""


def municipality_page(
    session: Session, viewer: Actor, *, code: str, today: date, local_now: datetime
) -> MunicipalityPage:
    """Put the page of one municipality together; a constant number of statements. Raises NotFound."""
    place = queries.place_by_code(session, viewer, code)
    upcoming = sessions.next_sessions(
        session, viewer, municipality_id=place.id, consultant_id=None, local_now=local_now, limit=NEXT_SESSIONS
    )
    postings = postings_of(session, viewer, place)
    planned = sessions.planned_minutes(session, viewer, municipality_ids=[place.id], local_now=local_now)
    latest = ledger.entry_rows(session, viewer, wanted=EntryFilter(municipality_id=place.id), limit=LATEST_ENTRIES)
    standing = standing_of(
        place.all_terms, postings, planned.get(place.id, 0), today, confirmed=place.confirmed_minutes
    )
    return MunicipalityPage(
        place=place,
        standing=standing,
        course=course_of(place.all_terms, standing, postings, today) if standing else Course(),
        packages=_packages(session, viewer, place, postings),
        sessions=upcoming,
        entries=shown(viewer, latest),
        team=team_of(session, viewer, municipality_id=place.id, today=today),
        to_answer=to_answer(session, viewer, municipality_id=place.id),
        alliance=glances(session, viewer, municipality_ids=[place.id])[place.id],
        papers=states_by_municipality(session, viewer, municipality_ids=[place.id])[place.id],
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
    lines = _lines(session, viewer, page.rows, today=today, local_now=local_now)
    orders = frozenset(PortfolioOrder) - (RECKONED if page.last > 1 else frozenset())
    if order in RECKONED & orders:
        lines = _reckoned(order, lines, descending=descending)
    in_order = order if order in orders else PortfolioOrder.LABEL
    undecided = ledger.waiting_count(session, viewer)
    return Portfolio(Page(lines, page.number, page.total, page.size), in_order, orders, undecided)


def today_page(session: Session, viewer: Viewer, *, today: date, local_now: datetime) -> Today:
    """What waits for a consultant: sessions, confirmations, budgets, this month's entries."""
    me, dates = viewer.user_id, [today.replace(day=day) for day in range(1, today.day + 1)]
    wanted = EntryFilter(consultant_id=me, first=dates[0], last=dates[-1])
    waiting = sessions.open_sessions(session, viewer, consultant_id=me, local_now=local_now, limit=NEXT_SESSIONS)
    lines = _lines(session, viewer, queries.places_of(session, viewer), today=today, local_now=local_now)
    return Today(
        sessions=[shown for shown in waiting if shown.ends_local > local_now],
        to_confirm=[shown for shown in waiting if shown.ends_local <= local_now],
        places=lines,
        month=month_of(ledger.entry_rows(session, viewer, wanted=wanted), dates=dates, today=today),
        due=due_for_team(session, viewer, contracts=_due(lines), today=today),
    )


def programme(system: Session, viewer: Actor, *, today: date) -> PublishedTotals | None:
    """The sums of the programme, read by the system for this viewer; None where too few take part to show any.

    Raises Forbidden.
    """
    check(viewer, Permission.PROGRAMME_VIEW)
    totals = queries.programme_totals(system, today=today)
    return totals.as_published() if totals.municipalities >= LEAST_MUNICIPALITIES else None


def _due(lines: Sequence[PlaceLine]) -> list[DueContract]:
    """The signed contracts among these: their months are to be submitted."""
    return [
        DueContract(
            contract_id=line.place.contract_id,
            municipality_id=line.place.id,
            code=line.place.code,
            label=line.place.label,
            starts_on=line.standing.terms.starts_on,
            ends_on=line.standing.terms.ends_on,
        )
        for line in lines
        if line.place.contract_id and line.standing and line.standing.phase is not Phase.UNSIGNED
    ]


def _lines(
    session: Session, viewer: Actor, places: Sequence[Place], *, today: date, local_now: datetime
) -> list[PlaceLine]:
    found = standings(session, viewer, places=places, today=today, local_now=local_now)
    return [PlaceLine(place, found.get(place.id)) for place in places]


def course_of(all_terms: Sequence[Terms], standing: Standing, postings: Sequence[Posting], today: date) -> Course:
    """The lines of a contract's chart; empty before it has begun."""
    if standing.phase in (Phase.UNSIGNED, Phase.UPCOMING):
        return Course()
    # Beyond today, or beyond its end, a contract's line goes on only where somebody has worked.
    until = max([min(today, standing.terms.ends_on), *(posting.on for posting in postings)])
    return Course(burndown(postings, all_terms, until), plan_line(all_terms))


def _packages(session: Session, viewer: Actor, place: Place, postings: Sequence[Posting]) -> list[PackageLine]:
    if place.contract_id is None:
        return []
    found = queries.packages_of(session, viewer, contract_id=place.contract_id)
    if has_one_length(place.all_terms):
        used = {each.id: each.used for each in found}
        without = sum(posting.minutes for posting in postings) - sum(used.values())
    else:
        by_year = package_minutes(session, viewer, contract_id=place.contract_id)
        used = {each.id: sum(by_year[key] for key in by_year if key[0] == each.id) for each in found}
        without = sum(minutes for (package, _), minutes in by_year.items() if package is None)
    lines = [PackageLine(f"{each.code} {each.title}", each.planned, used.get(each.id, 0)) for each in found]
    return [*lines, PackageLine("", 0, without)] if without else lines


def _reckoned(order: PortfolioOrder, lines: Sequence[PlaceLine], *, descending: bool) -> list[PlaceLine]:
    """Those with a forecast in this order, all others below by label; the lines come by label, also downwards."""
    lines = list(reversed(lines)) if descending else lines
    weights: dict[int, tuple[int, int]] = {}
    for place, line in enumerate(lines):
        if line.standing and line.standing.forecast and line.standing.signal:
            expected, light = line.standing.forecast.expected, LIGHT_ORDER.index(line.standing.signal.light)
            weights[place] = (0, expected) if order is PortfolioOrder.FORECAST else (light, -expected)
    running = sorted(weights, key=lambda place: weights[place], reverse=descending)
    return [lines[place] for place in running] + [line for place, line in enumerate(lines) if place not in weights]
