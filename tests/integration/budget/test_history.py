"""After any history, the sum of the ledger is the balance is what statements and open entries say, to the minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.access.rules import Conflict, Invalid, System
from komma_tracker.accounts.models import User
from komma_tracker.budget import corrections, queries, service, totals
from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.rules import (
    CONFIRMED_STATES,
    COUNTS_NOTHING,
    MONTH_MOVES,
    Activity,
    Mode,
    MonthState,
    Posting,
    balance_at,
    by_length,
    in_days_of,
    in_measure,
    month_of,
)
from komma_tracker.budget.service import Work
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.rules import Rounding, Terms, TravelPolicy, allowance, measure
from komma_tracker.db import Base, prepare_engine
from tests.factories.contracts import DAY, make_contract
from tests.factories.entries import close_month
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user

CAP = 480
BEGIN = date(2026, 1, 1)
NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
ME = System("history")

days = st.dates(date(2025, 12, 20), date(2026, 6, 30))
works = st.builds(
    Work,
    service_date=st.one_of(st.sampled_from([date(2026, 1, 14), date(2026, 2, 11)]), days),
    minutes=st.one_of(st.sampled_from([40, 240, 480, 660]), st.integers(1, 1440)),
    activity=st.sampled_from([Activity.WORKSHOP, Activity.TRAVEL, Activity.LATE_CANCELLATION, Activity.PREPARATION]),
    mode=st.sampled_from(Mode),
    work_package=st.sampled_from((None, "AP0", "AP4")),
    reason=st.just("weil"),
    long_day=st.just(True),
)
which = st.integers(0, 20)
steps = st.one_of(
    st.tuples(st.just("log"), which, works),
    st.tuples(st.just("change"), which, works),
    st.tuples(st.just("delete"), which, st.none()),
    st.tuples(st.just("correct"), which, st.one_of(st.none(), works)),
    st.tuples(st.just("decide"), which, st.booleans()),
    st.tuples(st.just("submit"), which, st.none()),
    st.tuples(st.just("move"), which, st.sampled_from(MonthState)),
    st.tuples(st.just("amend"), which, days),
    st.tuples(st.just("reallocate"), which, st.integers(1, 2000)),
)


class Programme:
    """Two contracts with different rules, two people, and everything that may happen to them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.people: list[User] = [make_user(session, name="Anna Albers"), make_user(session, name="Ben Brandt")]
        self.contracts: list[Contract] = [
            make_contract(session, make_municipality(session, number=1)),
            make_contract(
                session,
                make_municipality(session, number=2),
                travel_policy=TravelPolicy.HALF,
                rounding=Rounding.UP,
                counts_preparation=False,
            ),
        ]
        self.submitted: dict[int, tuple[object, ...]] = {}
        session.commit()

    def entries(self) -> list[DayEntry]:
        self.session.expire_all()
        return list(self.session.scalars(select(DayEntry).order_by(DayEntry.id)))

    def statements(self) -> list[Statement]:
        return list(self.session.scalars(select(Statement).order_by(Statement.id)))

    def log(self, number: int, work: Work) -> None:
        contract, person = self.contracts[number % 2], self.people[number // 2 % 2]
        service.log_day(
            self.session, ME, municipality_id=contract.municipality_id, consultant_id=person.id, work=work, now=NOW
        )

    def change(self, number: int, work: Work) -> None:
        entry = self._pick(number)
        service.change_entry(self.session, ME, public_id=entry.public_id, version=entry.version, work=work, now=NOW)

    def delete(self, number: int, _: None) -> None:
        service.delete_entry(self.session, ME, public_id=self._pick(number).public_id, now=NOW)

    def correct(self, number: int, work: Work | None) -> None:
        corrections.correct_entry(
            self.session, ME, public_id=self._pick(number).public_id, work=work, reason="weil", now=NOW,
            today=NOW.date(),
        )  # fmt: skip

    def decide(self, number: int, grant: bool) -> None:
        waiting = [entry for entry in self.entries() if entry.approval in COUNTS_NOTHING] or self.entries()
        entry = waiting[number % len(waiting)]
        corrections.decide_entry(self.session, ME, public_id=entry.public_id, grant=grant, now=NOW)

    def submit(self, number: int, _: None) -> None:
        """The next month of a contract, for months are submitted in order."""
        contract = self.contracts[number % 2]
        closed = queries.closed_months(self.session, ME, contract_id=contract.id)
        month = BEGIN
        while month in closed:
            month = month_of(month + timedelta(days=31))
        for old in self.statements():
            if (old.contract_id, old.month) == (contract.id, month):
                self.session.delete(old)
        self.session.flush()
        statement = close_month(self.session, contract, month, self.people[0])
        for entry in self.entries():
            if entry.statement_id == statement.id:
                self.submitted[entry.id] = facts(entry)

    def move(self, number: int, target: MonthState) -> None:
        """Confirm, close, report; and open a month again that nothing has corrected yet."""
        found = self.statements()
        statement = found[number % len(found)]
        if target not in MONTH_MOVES[statement.state]:
            return
        if target is MonthState.OPEN:
            lines = [entry for entry in self.entries() if entry.statement_id == statement.id]
            reversed_ids = {entry.reverses_id for entry in self.entries()}
            if any(entry.id in reversed_ids for entry in lines):
                return
            for entry in lines:
                entry.statement_id = None
                del self.submitted[entry.id]
        statement.state = target
        totals.recount(self.session, contract_ids=[statement.contract_id])
        self.session.commit()

    def amend(self, number: int, effective_from: date) -> None:
        """More or fewer days, from any day on, and a day of another length."""
        contract = self.contracts[number % 2]
        first = contract.terms[0]
        copied = {
            column.key: getattr(first, column.key)
            for column in ContractTerms.__table__.columns
            if column.key not in {"id", "contract_id"}
        }
        more = {"number": len(contract.terms), "effective_from": effective_from, "agreed_minutes": (60 + number) * DAY}
        length = {"minutes_per_day": (480, 468, 450)[number // 2 % 3]}
        contract.terms.append(ContractTerms(**{**copied, **more, **length}))
        totals.recount(self.session, contract_ids=[contract.id])
        self.session.commit()

    def reallocate(self, number: int, minutes: int) -> None:
        """Days move between packages: nothing of the ledger depends on it."""
        giver, taker = self.contracts[number % 2].work_packages[:2]
        minutes = min(minutes, giver.planned_minutes)
        giver.planned_minutes -= minutes
        taker.planned_minutes += minutes
        self.session.commit()

    def _pick(self, number: int) -> DayEntry:
        entries = self.entries()
        return entries[number % len(entries)]


def facts(entry: DayEntry) -> tuple[object, ...]:
    return entry.service_date, entry.posting_month, entry.minutes, entry.chargeable_minutes, entry.counted_as


@contextmanager
def programme() -> Iterator[Programme]:
    """In memory, and new for each history."""
    engine = create_engine("sqlite://")
    prepare_engine(engine)
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        scope.bind(session, ME)
        yield Programme(session)
    engine.dispose()


@settings(max_examples=30, deadline=None)
@given(history=st.lists(steps, max_size=25))
def test_ledger_balance_and_statements_agree_at_every_date(history: list[tuple[str, int, Any]]) -> None:
    with programme() as happened:
        for action, number, what in history:
            step: Callable[[int, Any], None] = getattr(happened, action)
            # What the rules refuse, or there is nothing yet to do it to, leaves everything as it was.
            with suppress(Invalid, Conflict, ZeroDivisionError):
                step(number, what)

        entries, session = happened.entries(), happened.session
        assert totals.wrong(session) == {}
        assert totals.misfiled(session) == {}
        for contract in happened.contracts:
            session.refresh(contract)
            check_contract(session, contract, [entry for entry in entries if entry.contract_id == contract.id])
        assert {entry.id: facts(entry) for entry in entries if entry.id in happened.submitted} == happened.submitted
        check_pairs(entries)


def check_contract(session: Session, contract: Contract, entries: list[DayEntry]) -> None:
    """Ledger = balance = statements + open entries, at every date; nothing is clamped, nothing negative by accident."""
    postings = queries.postings(session, ME, contract_id=contract.id)
    terms = contract.all_terms()
    for on in {entry.service_date for entry in entries} | {BEGIN, date(2026, 12, 31)}:
        used = sum(entry.chargeable_minutes for entry in entries if entry.service_date <= on)
        balance = balance_at(postings, terms, on)
        assert (balance.used, balance.remaining) == (used, allowance(terms, on) - used)
        until = by_length([posting for posting in postings if posting.on <= on], terms)
        in_budget = balance_at(in_measure(postings, terms), terms, on)
        assert in_budget.used == in_days_of(measure(terms), until)
        assert sum(until.values()) == used

    statements = session.scalars(select(Statement).where(Statement.contract_id == contract.id)).all()
    month_in = {each.id: each.month for each in statements}
    closed = [each for each in statements if each.state is not MonthState.OPEN]
    loose = [entry for entry in entries if entry.statement_id is None]
    for month in sorted({entry.posting_month for entry in entries} | set(month_in.values())):
        ledger = sum(
            entry.chargeable_minutes
            for entry in entries
            if (month_in[entry.statement_id] if entry.statement_id else entry.posting_month) <= month
        )
        stated = sum(each.minutes for each in closed if each.month <= month)
        assert stated + sum(each.chargeable_minutes for each in loose if each.posting_month <= month) == ledger

    kept = session.get(BudgetTotal, contract.id)
    confirmed = {each.id for each in statements if each.state in CONFIRMED_STATES}
    signed_off = [entry for entry in entries if entry.statement_id in confirmed]
    assert ((kept.used_minutes, kept.confirmed_minutes, kept.entry_count) if kept else (0, 0, 0)) == (
        in_budget_of(entries, terms), in_budget_of(signed_off, terms), len(entries),
    )  # fmt: skip
    days = Counter[tuple[int, date]]()
    for entry in entries:
        days[entry.consultant_id, entry.service_date] += entry.chargeable_minutes
    assert all(0 <= minutes <= CAP for minutes in days.values())


def in_budget_of(entries: list[DayEntry], terms: tuple[Terms, ...]) -> int:
    """What entries take from the budget, each worth the days of its date."""
    postings = [Posting(entry.service_date, entry.chargeable_minutes) for entry in entries]
    return in_days_of(measure(terms), by_length(postings, terms))


def check_pairs(entries: list[DayEntry]) -> None:
    """A reversal is the negative of its entry, and comes with the same service date; what nobody granted counts 0."""
    by_id = {entry.id: entry for entry in entries}
    for entry in entries:
        if entry.reverses_id:
            other = by_id[entry.reverses_id]
            assert (entry.minutes + other.minutes, entry.chargeable_minutes + other.chargeable_minutes) == (0, 0)
            assert entry.service_date == other.service_date
        if entry.approval in COUNTS_NOTHING:
            assert (entry.chargeable_minutes, entry.statement_id) == (0, None)


def test_a_history_with_everything_in_it() -> None:
    """One of those that chance makes, told: so that each kind of step is seen to do something."""
    with programme() as happened:
        work = Work(
            service_date=date(2026, 1, 14), minutes=480, activity=Activity.WORKSHOP, mode=Mode.ON_SITE, reason="weil",
            long_day=True,
        )  # fmt: skip
        happened.log(0, work)
        happened.log(0, replace(work, minutes=60))
        happened.log(0, replace(work, service_date=date(2025, 12, 22)))
        happened.decide(0, True)
        happened.submit(0, None)
        happened.move(0, MonthState.CONFIRMED)
        happened.correct(0, replace(work, minutes=240))
        happened.amend(0, date(2026, 2, 1))
        happened.reallocate(0, 480)

        entries = happened.entries()
        assert [(entry.minutes, entry.chargeable_minutes) for entry in entries] == [
            (480, 480),
            (60, 0),
            (480, 480),
            (-480, -480),
            (240, 240),
        ]
        kept = happened.session.get_one(BudgetTotal, happened.contracts[0].id)
        assert (kept.used_minutes, kept.confirmed_minutes) == (720, 960)
        check_contract(happened.session, happened.contracts[0], entries)
