"""The demo's statements: most months closed, the last ones on their way, one with an objection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import CONFIRMED_STATES, COUNTS_NOTHING, AnswerWay, MonthState, month_of
from komma_tracker.demo.plot import DAY
from komma_tracker.demo.rows import Rows
from komma_tracker.statements.models import Objection, StatementSnapshot, StatementStep
from komma_tracker.statements.rules import Fact, Facts, check_number, months_between, next_month

LATEST: Sequence[Sequence[MonthState]] = (
    (MonthState.CONFIRMED, MonthState.QUERIED, MonthState.SUBMITTED),
    (MonthState.CLOSED, MonthState.CONFIRMED, MonthState.SUBMITTED),
    (MonthState.CLOSED, MonthState.CLOSED, MonthState.OPEN),
    (MonthState.CLOSED, MonthState.SUBMITTED, MonthState.OPEN),
)
"""The states of the last three months that are over, by municipality in turn; K01 has the first."""
REPORTED_AFTER = timedelta(days=240)
"""What is longer ago than this has been reported to the funder."""
WORDS = "An diesem Tag waren es nur zwei Stunden, das Gespräch endete früher."
ON_THE_WAY: Mapping[MonthState, tuple[MonthState, ...]] = {
    MonthState.SUBMITTED: (),
    MonthState.QUERIED: (MonthState.QUERIED,),
    MonthState.CONFIRMED: (MonthState.CONFIRMED,),
    MonthState.CLOSED: (MonthState.CONFIRMED, MonthState.CLOSED),
    MonthState.REPORTED: (MonthState.CONFIRMED, MonthState.CLOSED, MonthState.REPORTED),
}
"""What has happened to a month since it was submitted."""


@dataclass(frozen=True, kw_only=True)
class Book:
    """A contract as its statements need it; people are internal id, public id and name."""

    number: int
    contract: int
    contract_public_id: str
    place: int
    starts_on: date
    ended_on: date | None
    agreed_minutes: int
    packages: Mapping[int, tuple[str, str]]
    """Code and title by internal id."""
    people: Mapping[int, tuple[str, str]]
    """Public id and name by internal id."""
    consultant: int
    coordinator: int
    lead: int


def write(rows: Rows, book: Book, today: date) -> int:
    """Gather the statements of a contract, and put its entries into them. Returns the confirmed minutes."""
    remaining, confirmed = book.agreed_minutes, 0
    by_month: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.rows[DayEntry]:
        if row["contract_id"] == book.contract and row["approval"] not in COUNTS_NOTHING:
            by_month[month_of(row["service_date"])].append(row)
    for month, state in _states(book, today):
        entries = by_month[month]
        minutes = sum(row["chargeable_minutes"] for row in entries)
        remaining -= minutes
        facts = Facts(book.contract_public_id, month, book.agreed_minutes, remaining, _facts(book, entries))
        statement = _statement(rows, book, month, state, facts)
        for row in entries:
            row["statement_id"] = statement
        names = {row["public_id"]: _names(book, row) for row in entries}
        snapshot = {"statement_id": statement, "municipality_id": book.place, "minutes_per_day": DAY}
        rows.gather(StatementSnapshot, {**snapshot, "names": names, "facts": facts.as_json()})
        _steps(rows, book, statement, month, state, facts, entries)
        confirmed += minutes if state in CONFIRMED_STATES else 0
    return confirmed


def _states(book: Book, today: date) -> list[tuple[date, MonthState]]:
    """Every month that was submitted, with its state."""
    last = month_of(month_of(today) - timedelta(days=1))
    months = months_between(month_of(book.starts_on), min(last, month_of(book.ended_on or last)))
    latest = LATEST[(book.number - 1) % len(LATEST)]
    found: list[tuple[date, MonthState]] = []
    for month in months:
        ago = (last.year - month.year) * 12 + last.month - month.month
        state = latest[len(latest) - 1 - ago] if ago < len(latest) else MonthState.CLOSED
        if state is MonthState.CLOSED and today - month > REPORTED_AFTER:
            state = MonthState.REPORTED
        if state is not MonthState.OPEN:
            found.append((month, state))
    return found


def _facts(book: Book, entries: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    return {
        row["public_id"]: (
            row["service_date"].isoformat(),
            row["minutes"],
            row["chargeable_minutes"],
            row["activity"].value,
            row["mode"].value,
            book.people[row["consultant_id"]][0],
            book.packages[row["work_package_id"]][0],
            "",
        )
        for row in entries
    }


def _names(book: Book, row: Mapping[str, Any]) -> list[str]:
    return [book.people[row["consultant_id"]][1], " ".join(book.packages[row["work_package_id"]])]


def _at(month: date, state: MonthState) -> datetime:
    """When a month came into a state: some days into the next one."""
    days = {MonthState.SUBMITTED: 2, MonthState.QUERIED: 4, MonthState.CONFIRMED: 5, MonthState.CLOSED: 8}
    return datetime.combine(next_month(month) + timedelta(days=days.get(state, 20)), time(9), UTC)


def _statement(rows: Rows, book: Book, month: date, state: MonthState, facts: Facts) -> int:
    way = ON_THE_WAY[state]
    answered = next((each for each in way if each in (MonthState.CONFIRMED, MonthState.QUERIED)), None)
    return rows.add(
        Statement,
        public_id=rows.public_id(),
        contract_id=book.contract,
        municipality_id=book.place,
        month=month,
        state=state,
        minutes=facts.minutes,
        agreed_minutes=facts.agreed_minutes,
        remaining_minutes=facts.remaining_minutes,
        check_number=check_number(facts),
        submitted_at=_at(month, MonthState.SUBMITTED),
        submitted_by_id=book.consultant,
        answered_at=_at(month, answered) if answered else None,
        answered_by_id=book.coordinator if answered else None,
        answered_by_name=book.people[book.coordinator][1] if answered else None,
        answer_way=AnswerWay.SIGNED_IN if answered else None,
        closed_at=_at(month, MonthState.CLOSED) if MonthState.CLOSED in way else None,
        reported_at=_at(month, MonthState.REPORTED) if MonthState.REPORTED in way else None,
        version=1,
    )


def _steps(
    rows: Rows,
    book: Book,
    statement: int,
    month: date,
    state: MonthState,
    facts: Facts,
    entries: Sequence[Mapping[str, Any]],
) -> None:
    who = {MonthState.SUBMITTED: book.consultant, MonthState.CLOSED: book.lead, MonthState.REPORTED: book.lead}
    for each in (MonthState.SUBMITTED, *ON_THE_WAY[state]):
        person = who.get(each, book.coordinator)
        step = rows.add(
            StatementStep,
            statement_id=statement,
            municipality_id=book.place,
            state=each,
            at=_at(month, each),
            by_id=person,
            by_name=book.people[person][1],
            way=AnswerWay.SIGNED_IN if person == book.coordinator else None,
            reason="",
            check_number=check_number(facts),
        )
        if each is MonthState.QUERIED:
            line = entries[-1] if entries else None
            rows.add(
                Objection,
                step_id=step,
                municipality_id=book.place,
                entry_public_id=line["public_id"] if line else None,
                service_date=line["service_date"] if line else None,
                minutes=line["chargeable_minutes"] if line else None,
                words=WORDS,
            )
