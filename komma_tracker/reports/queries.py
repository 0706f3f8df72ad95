"""Reading for reports: sums of the ledger and counts of sessions, by whatever a report is cut. A constant number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload, undefer

from komma_tracker.access.rules import Actor, NotFound, Viewer
from komma_tracker.accounts.models import TEAM_ROLES, User
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity, Mode, MonthState, in_days_of_eight_hours
from komma_tracker.contracts.models import Contract, ContractTerms, PackageYear, WorkPackage
from komma_tracker.contracts.queries import planned_now, terms_on
from komma_tracker.contracts.rules import Terms, measure, terms_in_force
from komma_tracker.events.models import Event, EventBooking, EventMunicipality, EventParticipants
from komma_tracker.events.rules import TOOK_PLACE
from komma_tracker.kit.formats import MINUTES_PER_DAY
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility
from komma_tracker.reports import outcome_queries
from komma_tracker.reports.models import FiledReport
from komma_tracker.reports.rules.period import BEFORE, PackagePlan, Period, Plan, ReportKind
from komma_tracker.reports.rules.publishing import ALL, Counted, Participant, Source

COUNTING = (MonthState.CLOSED, MonthState.REPORTED)
"""Nothing else is final enough for a funder (domain 2.2)."""
_UNSETTLED = or_(Statement.id.is_(None), Statement.state.not_in(COUNTING))


def source(session: Session, viewer: Actor, *, kind: ReportKind, period: Period, today: date) -> Source:
    """Everything that a report is made of. Needs a viewer who sees all municipalities."""
    contracts, titles = _contracts(session)
    lengths = _Lengths(contracts)
    used, by_mode, still_open = _ledger(session, lengths, period)
    plans = _plans(contracts, period)
    seen = {*plans, *(place for place, *_ in used), *still_open}
    participants = _participants(session, viewer, seen)
    return Source(
        kind=kind,
        period=period,
        participants=participants,
        titles=titles,
        plans=plans,
        used=used,
        by_mode=by_mode,
        open=still_open,
        sessions=_sessions(session, period),
        people=_people(session, period),
        heads=outcome_queries.people(session, _held(period)),
        feedback=outcome_queries.feedback(session, _held(period), today=today),
        meetings=outcome_queries.meetings(session, _held(period)),
        strategies=_strategies(session, period, frozenset(each.id for each in participants)),
    )


# What was filed


def filed_reports(session: Session, viewer: Actor) -> list[FiledReport]:
    """All reports, the newest first, without their figures and files. One statement."""
    del viewer  # the session guard applies it
    newest_first = select(FiledReport).options(joinedload(FiledReport.filed_by)).order_by(FiledReport.id.desc())
    return list(session.scalars(newest_first))


def filed_report(session: Session, viewer: Actor, public_id: str, *, part: str = "figures") -> FiledReport:
    """One report with one of its parts: figures, xlsx or pdf. Raises NotFound."""
    del viewer
    found = session.scalar(
        select(FiledReport)
        .where(FiledReport.public_id == public_id)
        .options(joinedload(FiledReport.filed_by), undefer(getattr(FiledReport, part)))
    )
    if found is None:
        raise NotFound
    return found


def closed_statements(session: Session, viewer: Actor, *, period: Period) -> list[str]:
    """Public ids of the statements that a report on this period would be the first to count."""
    del viewer
    wanted = select(Statement.public_id).where(Statement.state == MonthState.CLOSED, _in_statements(period))
    return list(session.scalars(wanted.order_by(Statement.public_id)))


# Who takes part, and what was agreed


def _participants(session: Session, viewer: Actor, seen: Collection[int]) -> list[Participant]:
    """Those with something in the report. The names of anonymous ones are not even read."""
    del viewer
    named = Municipality.visibility != Visibility.ANONYMOUS
    rows = session.execute(
        select(Municipality.id, Municipality.code, case((named, MunicipalityIdentity.name)))
        .outerjoin(Municipality.identity)
        .order_by(Municipality.id)
    )
    merged = {code for codes in session.scalars(select(FiledReport.companions)) for code in codes}
    return [Participant(place, code, name, code in merged) for place, code, name in rows if place in seen]


@dataclass(frozen=True)
class _Contract:
    """What a report needs of a contract; packages by code, in minutes of its own days."""

    municipality_id: int
    ended_on: date | None
    terms: list[Terms]
    packages: dict[str, dict[int | None, int]]
    """What is meant for each year, and under None for all of them together."""


def _contracts(session: Session) -> tuple[dict[int, _Contract], dict[str, str]]:
    """All contracts by id, and what named municipalities call their packages, by code. Three statements."""
    rows = session.execute(select(Contract.id, Contract.municipality_id, Contract.ended_on))
    found = {contract: _Contract(place, ended_on, [], {}) for contract, place, ended_on in rows}
    for terms in session.scalars(select(ContractTerms).order_by(ContractTerms.contract_id, ContractTerms.number)):
        found[terms.contract_id].terms.append(terms.as_rules())
    titles: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for contract, code, title, planned, visibility, year, minutes in session.execute(_PACKAGES):
        years = found[contract].packages.setdefault(code, {None: int(planned)})
        if year is not None:
            years[year] = minutes
        if visibility is not Visibility.ANONYMOUS:
            titles[code][title] += 1
    return found, {code: counted.most_common(1)[0][0] for code, counted in titles.items()}


_PACKAGES = (
    select(
        WorkPackage.contract_id,
        WorkPackage.code,
        WorkPackage.title,
        planned_now(),
        Municipality.visibility,
        PackageYear.year,
        PackageYear.planned_minutes,
    )
    .join(WorkPackage.contract)
    .join(Contract.municipality)
    .outerjoin(PackageYear, PackageYear.work_package_id == WorkPackage.id)
    .order_by(WorkPackage.id)
)


def _plans(contracts: Mapping[int, _Contract], period: Period) -> dict[int, list[Plan]]:
    """What is agreed at the end of the period with those whose term touches it, by municipality."""
    found: defaultdict[int, list[Plan]] = defaultdict(list)
    for contract in contracts.values():
        terms = terms_in_force(contract.terms, period.last_day)
        stops_on = min(terms.ends_on, contract.ended_on or terms.ends_on) if terms else date.min
        if terms is None or terms.starts_on > period.last_day or stops_on < period.first:
            continue
        standard = partial(_standard, measure(contract.terms))
        found[contract.municipality_id].append(
            Plan(
                agreed=standard(terms.agreed_minutes),
                starts_on=terms.starts_on,
                ends_on=terms.ends_on,
                stops_on=stops_on,
                packages={
                    code: PackagePlan(
                        standard(years[None]), {year: standard(each) for year, each in years.items() if year}
                    )
                    for code, years in contract.packages.items()
                },
            )
        )
    return dict(found)


def _standard(minutes_per_day: int, minutes: int) -> int:
    if minutes_per_day == MINUTES_PER_DAY:
        return int(minutes)  # nearly always: thousands of fractions less
    return in_days_of_eight_hours({minutes_per_day: int(minutes)})


# Days


class _Lengths:
    """How many minutes a day of each contract has; where that changed, each entry has to say it."""

    def __init__(self, contracts: Mapping[int, _Contract]) -> None:
        by_contract = {
            contract: {terms.rules.minutes_per_day for terms in each.terms} or {480}
            for contract, each in contracts.items()
        }
        self.fixed = all(len(lengths) == 1 for lengths in by_contract.values())
        self._lengths = {contract: max(lengths) for contract, lengths in by_contract.items()}

    def column(self) -> ColumnElement[Any]:
        """What to tell entries of one contract apart by: the length of its days at the time, where that varies."""
        return literal(0) if self.fixed else terms_on(DayEntry.contract_id, DayEntry.service_date, "minutes_per_day")

    def standard(self, contract: int, length: int, minutes: int) -> int:
        """Minutes as of days of eight hours."""
        return _standard(length or self._lengths[contract], minutes)


def _in_statements(period: Period) -> ColumnElement[bool]:
    """Which statements a report counts: those of its months, and those closed after the report on theirs was filed."""
    covered = exists().where(FiledReport.first_month <= Statement.month, FiledReport.last_month >= Statement.month)
    late = and_(Statement.state == MonthState.CLOSED, Statement.month < period.first, covered)
    return or_(and_(Statement.state.in_(COUNTING), Statement.month.between(period.first, period.last)), late)


def _ledger(
    session: Session, lengths: _Lengths, period: Period
) -> tuple[Counter[tuple[int, str, str]], Counter[tuple[int, Mode]], Counter[int]]:
    """Chargeable minutes by package and year of service, by mode, and what is not closed. Three statements."""
    year = case(
        (DayEntry.service_date < period.first, BEFORE), else_=cast(extract("year", DayEntry.service_date), String)
    )
    package, place = func.coalesce(WorkPackage.code, ""), DayEntry.municipality_id
    used, by_mode, still_open = Counter[tuple[int, str, str]](), Counter[tuple[int, Mode]](), Counter[int]()
    for *key, minutes in _sums(session, lengths, [place, package, year], _in_statements(period)):
        used[tuple(key)] += minutes
    for *key, minutes in _sums(session, lengths, [place, DayEntry.mode], _in_statements(period)):
        by_mode[tuple(key)] += minutes
    within = DayEntry.posting_month.between(period.first, period.last)
    for key, minutes in _sums(session, lengths, [place], within, _UNSETTLED):
        still_open[key] += minutes
    return used, by_mode, still_open


def _sums(
    session: Session, lengths: _Lengths, by: Sequence[SQLColumnExpression[Any]], *wanted: ColumnElement[bool]
) -> Iterator[tuple[Any, ...]]:
    """Minutes of entries, as of days of eight hours, by these columns; some rows of it may have to be added up."""
    columns = [column.label(f"by_{number}") for number, column in enumerate((*by, DayEntry.contract_id))]
    length = lengths.column().label("length")
    rows = session.execute(
        select(*columns, length, func.sum(DayEntry.chargeable_minutes))
        .select_from(DayEntry)
        .outerjoin(DayEntry.work_package)
        .outerjoin(Statement, Statement.id == DayEntry.statement_id)
        .where(*wanted)
        .group_by(*(column.name for column in columns), "length")  # by name: PostgreSQL knows no two parameters as one
    )
    for row in rows:
        *key, contract, days_length, minutes = tuple[Any, ...](row)
        yield (*key, lengths.standard(contract, days_length, minutes))


# Sessions and people


def _held(period: Period) -> ColumnElement[bool]:
    """Sessions that were held, and whose days all stand in closed statements, one of them in this period.

    What the programme offers to all books no municipality's days: it counts by its date.
    """
    begin = datetime.combine(period.first, time())
    end = datetime.combine(period.last_day + timedelta(days=1), time())
    booked = (
        select(EventBooking.event_id)
        .join(DayEntry, DayEntry.id == EventBooking.entry_id)
        .outerjoin(Statement, Statement.id == DayEntry.statement_id)
    )
    for_all = and_(Event.municipality_count == 0, Event.starts_local >= begin, Event.starts_local < end)
    proved = and_(Event.id.in_(booked.where(_in_statements(period))), Event.id.not_in(booked.where(_UNSETTLED)))
    return and_(Event.state.in_(TOOK_PLACE), or_(for_all, proved))


def _sessions(session: Session, period: Period) -> Counted:
    """Held sessions by kind and mode. Two statements."""
    numbers = session.execute(
        select(Event.kind, Event.mode, func.count(Event.id)).where(_held(period)).group_by(Event.kind, Event.mode)
    )
    by_place = session.execute(
        select(Event.kind, Event.mode, EventMunicipality.municipality_id, func.count(Event.id))
        .join(EventMunicipality, EventMunicipality.event_id == Event.id)
        .where(_held(period))
        .group_by(Event.kind, Event.mode, EventMunicipality.municipality_id)
    )
    return _counted(
        (((kind.value, mode.value), number) for kind, mode, number in numbers),
        (((kind.value, mode.value), place, number) for kind, mode, place, number in by_place),
    )


def _people(session: Session, period: Period) -> Counted:
    """Attendances at held sessions by function group. Two statements."""
    group, heads = EventParticipants.function_group, func.sum(EventParticipants.headcount)
    of_sessions = select(group, heads).join(Event, Event.id == EventParticipants.event_id).where(_held(period))
    numbers = session.execute(of_sessions.group_by(group))
    by_place = session.execute(
        of_sessions.add_columns(EventMunicipality.municipality_id)
        .join(EventMunicipality, EventMunicipality.event_id == Event.id)
        .group_by(group, EventMunicipality.municipality_id)
    )
    return _counted(
        (((each.value, ALL), number) for each, number in numbers),
        (((each.value, ALL), place, number) for each, number, place in by_place),
    )


def _strategies(session: Session, period: Period, places: Collection[int]) -> Counted:
    """Strategy papers of those in the report, by state at its end. One statement."""
    found = outcome_queries.strategies(session, on=period.last_day)
    by_place = [((state.value, ALL), place, number) for (state, place), number in found.items() if place in places]
    numbers = Counter[Key]()
    for key, _, number in by_place:
        numbers[key] += number
    return _counted(numbers.items(), by_place)


Key = tuple[str, str]


def _counted(numbers: Iterable[tuple[Key, int]], by_place: Iterable[tuple[Key, int, int]]) -> Counted:
    found: defaultdict[Key, dict[int, int]] = defaultdict(dict)
    for key, place, number in by_place:
        found[key][place] = int(number)
    return Counted({key: int(number) for key, number in numbers if number}, found)


# Timesheets


class Person(NamedTuple):
    """Whose timesheet it is."""

    id: int
    public_id: str
    name: str


class TimesheetRow(NamedTuple):
    """Time that a person has worked; the municipality by the name that may leave the house."""

    service_date: date
    code: str
    label: str
    package: str
    activity: Activity
    mode: Mode
    minutes: int


def timesheet_person(session: Session, viewer: Viewer, *, public_id: str | None) -> Person | None:
    """The member of the team with this id, or (None) the viewer."""
    wanted = User.id == viewer.user_id if public_id is None else User.public_id == public_id
    row = session.execute(select(User.id, User.public_id, User.name).where(wanted, User.role.in_(TEAM_ROLES))).first()
    return Person._make(row) if row else None


def timesheet_rows(
    session: Session, viewer: Actor, *, consultant_id: int, first: date, last: date
) -> list[TimesheetRow]:
    """What a person has worked on these dates, in order. One statement."""
    del viewer  # the session guard applies it
    named = Municipality.visibility != Visibility.ANONYMOUS
    rows = session.execute(
        select(
            DayEntry.service_date,
            Municipality.code,
            func.coalesce(case((named, MunicipalityIdentity.name)), Municipality.alias),
            func.coalesce(WorkPackage.code, ""),
            DayEntry.activity,
            DayEntry.mode,
            DayEntry.minutes,
        )
        .select_from(DayEntry)
        .join(DayEntry.municipality)
        .outerjoin(Municipality.identity)
        .outerjoin(DayEntry.work_package)
        .where(DayEntry.consultant_id == consultant_id, DayEntry.service_date.between(first, last))
        .order_by(DayEntry.service_date, DayEntry.id)
    )
    return [TimesheetRow._make(row) for row in rows]
