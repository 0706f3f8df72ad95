"""What the pages of statements show: a municipality's months, one of them, and what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, NotFound, Permission, System, may
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState, can_month_move
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import measure
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.queries import municipality_by_code
from komma_tracker.statements import queries, service
from komma_tracker.statements.models import Objection, SignOffLink, StatementStep
from komma_tracker.statements.queries import WaitingRow
from komma_tracker.statements.rules import last_day, months_of_contract, next_open, overdue
from komma_tracker.statements.shown import Sheet, draft_of, objections_by_entry, sheet_of

MOVES: Mapping[MonthState, Permission] = {
    MonthState.SUBMITTED: Permission.STATEMENT_SUBMIT,
    MonthState.CONFIRMED: Permission.STATEMENT_ANSWER,
    MonthState.QUERIED: Permission.STATEMENT_ANSWER,
    MonthState.OPEN: Permission.STATEMENT_SUBMIT,
    MonthState.CLOSED: Permission.STATEMENT_CLOSE,
    MonthState.REPORTED: Permission.STATEMENT_CLOSE,
}
"""Which permission a move into a state needs, beside the role that the table of months names."""


@dataclass(frozen=True)
class MonthPage:
    """One month of a municipality: its figures, what was said of it, and what this viewer may do with it."""

    place: Municipality
    month: date
    state: MonthState
    statement: Statement | None
    """None while nobody has ever submitted it."""
    sheet: Sheet
    steps: Sequence[StatementStep]
    objections: Mapping[str, Objection]
    moves: frozenset[MonthState]
    missing: date | None
    """The earlier month that must be submitted first."""
    unanswered_days: int | None
    people: Sequence[User]
    """To whom a link to sign off can go."""
    link: SignOffLink | None


def month_page(session: Session, viewer: Actor, *, code: str, month: date, today: date) -> MonthPage:
    """Put the page of one month together; a constant number of statements. Raises NotFound."""
    place = municipality_by_code(session, viewer, code)
    statement = queries.statement_of_place(session, viewer, municipality_id=place.id, month=month)
    state = statement.state if statement else MonthState.OPEN
    steps = queries.steps_of(session, viewer, statement_id=statement.id) if statement else []
    if statement is None or state is MonthState.OPEN:
        sheet, missing = _draft(session, viewer, place, month, today)
    else:
        sheet, missing = sheet_of(session, viewer, statement), None
    moves = moves_of(viewer, state, place.id)
    waits = statement if statement and state is MonthState.SUBMITTED else None
    sends = waits is not None and may(viewer, Permission.STATEMENT_SUBMIT, place.id)
    return MonthPage(
        place=place,
        month=month,
        state=state,
        statement=statement,
        sheet=sheet,
        steps=steps,
        objections=objections_by_entry(steps),
        moves=moves - {MonthState.SUBMITTED} if missing else moves,
        missing=missing,
        unanswered_days=service.unanswered_days(waits, today=today) if waits else None,
        people=queries.signatories(session, viewer, municipality_id=place.id, today=today) if sends else (),
        link=queries.last_link(session, viewer, statement_id=waits.id) if waits and sends else None,
    )


def _draft(session: Session, viewer: Actor, place: Municipality, month: date, today: date) -> tuple[Sheet, date | None]:
    contract = contract_of(session, viewer, place.id)
    if contract is None:
        raise NotFound
    states = queries.month_states(session, viewer, contract_ids=[contract.id])[contract.id]
    months = service.months_to_state(session, viewer, contract, states=states, today=today)
    if month not in months:
        raise NotFound
    first = next_open(months, states)
    sheet = draft_of(session, viewer, contract, month, is_next=first == month)
    return sheet, first if first is not None and first < month else None


def moves_of(viewer: Actor, state: MonthState, municipality_id: int) -> frozenset[MonthState]:
    """Where this viewer may move a month from here, for the buttons."""
    if isinstance(viewer, System):
        return frozenset()
    return frozenset(
        target
        for target, permission in MOVES.items()
        if can_month_move(state, target, viewer.role) and may(viewer, permission, municipality_id)
    )


@dataclass(frozen=True)
class MonthRow:
    """One month in the list of a municipality; amounts in minutes, of an open one what it would be now."""

    month: date
    state: MonthState
    minutes: int
    minutes_per_day: int
    statement: Statement | None
    is_over: bool
    """Whether the month has ended: then it is due."""


@dataclass(frozen=True)
class PlacePage:
    """All months of a municipality, the newest first, and the one to submit next.

    `overdue` are those that are over and not submitted, in order, for who may submit them; for others none.
    """

    place: Municipality
    rows: Sequence[MonthRow]
    next_open: date | None
    overdue: Sequence[date] = ()


def place_page(session: Session, viewer: Actor, *, code: str, today: date) -> PlacePage:
    """The months of a municipality with their states; a constant number of statements. Raises NotFound."""
    place = municipality_by_code(session, viewer, code)
    stated = queries.statements_of(session, viewer, municipality_id=place.id)
    contract = contract_of(session, viewer, place.id)
    if contract is None:
        return PlacePage(place, (), None)
    own = {each.month: each for each in stated if each.contract_id == contract.id}
    states = {month: each.state for month, each in own.items()}
    minutes, per_day = queries.open_in_budget(session, viewer, contract=contract), measure(contract.all_terms())
    months = service.months_with(contract, minutes, states, today=today)
    rows: list[MonthRow] = []
    for month in months:
        statement, state = own.get(month), states.get(month, MonthState.OPEN)
        amount = minutes.get(month, 0) if statement is None or state is MonthState.OPEN else statement.taken_minutes
        rows.append(MonthRow(month, state, amount, per_day, statement, is_over=last_day(month) < today))
    rows += [MonthRow(each.month, each.state, each.taken_minutes, 480, each, is_over=True)
             for each in stated if each.contract_id != contract.id]  # fmt: skip
    submits = MonthState.SUBMITTED in moves_of(viewer, MonthState.OPEN, place.id)
    return PlacePage(
        place=place,
        rows=sorted(rows, key=lambda row: row.month, reverse=True),
        next_open=next_open(months, states),
        overdue=overdue(months, states, today) if submits else (),
    )


@dataclass(frozen=True)
class DueContract:
    """A contract whose months may wait for the team, with its term."""

    contract_id: int
    municipality_id: int
    code: str
    label: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class ToSubmit:
    """How many months of a municipality are over and not submitted, and the first of them."""

    code: str
    label: str
    month: date
    months: int


@dataclass(frozen=True)
class Due:
    """What waits for the team: months to submit, and objections to look into."""

    to_submit: Sequence[ToSubmit] = ()
    queried: Sequence[WaitingRow] = ()


def due_for_team(session: Session, viewer: Actor, *, contracts: Sequence[DueContract], today: date) -> Due:
    """What the team has to do about the months of these contracts; three statements, however many there are."""
    ids = [each.contract_id for each in contracts]
    states = queries.month_states(session, viewer, contract_ids=ids)
    minutes = queries.open_minutes(session, viewer, contract_ids=ids)
    to_submit: list[ToSubmit] = []
    for each in contracts:
        known = states[each.contract_id]
        months = months_of_contract(each.starts_on, each.ends_on, minutes[each.contract_id], known, today)
        if over := overdue(months, known, today):
            to_submit.append(ToSubmit(each.code, each.label, over[0], len(over)))
    places = [each.municipality_id for each in contracts]
    queried = queries.waiting_of(session, viewer, municipality_ids=places, states=[MonthState.QUERIED])
    return Due(to_submit, queried)


def to_answer(session: Session, viewer: Actor, *, municipality_id: int) -> list[WaitingRow]:
    """The statements of a municipality that wait for this viewer's yes; one statement, for others none."""
    if isinstance(viewer, System) or not may(viewer, Permission.STATEMENT_ANSWER, municipality_id):
        return []
    states = [MonthState.SUBMITTED]
    return queries.waiting_of(session, viewer, municipality_ids=[municipality_id], states=states)
