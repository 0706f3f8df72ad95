"""Use cases of statements: submit a month, answer it, close it, open it again, mark it as reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, Role, System, Viewer, check
from komma_tracker.accounts.models import User
from komma_tracker.audit import service as audit
from komma_tracker.budget import totals
from komma_tracker.budget.entering import hold_contract
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import MONTH_MOVES, AnswerWay, MonthState, check_month_move, in_days_of
from komma_tracker.budget.service import current_contract
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import has_one_length, measure, rules_on
from komma_tracker.db import unit_of_work
from komma_tracker.municipalities.holidays import holiday_of
from komma_tracker.statements import queries
from komma_tracker.statements.models import Objection, SignOffLink, StatementSnapshot, StatementStep
from komma_tracker.statements.queries import EntryLine
from komma_tracker.statements.rules import (
    WITHOUT,
    Facts,
    check_number,
    check_objections,
    check_reason,
    check_submittable,
    is_deemed_approved,
    last_day,
    months_of_contract,
    taken,
    together,
    working_days_since,
)
from komma_tracker.statements.shown import agreed_by, measured


def submit_month(
    session: Session,
    viewer: Viewer,
    *,
    municipality_id: int,
    month: date,
    now: datetime,
    today: date,
    request_key: str | None = None,
) -> Statement:
    """Freeze a month as a statement and give it to the municipality; an empty one says that nothing was done.

    Raises Forbidden, Invalid (not begun, outside the contract, an earlier month missing, already submitted).
    """
    place = {"municipality_id": municipality_id, "now": now, "today": today, "request_key": request_key}
    return submit_months(session, viewer, months=[month], **place)[0]


def submit_months(
    session: Session,
    viewer: Viewer,
    *,
    municipality_id: int,
    months: Sequence[date],
    now: datetime,
    today: date,
    request_key: str | None = None,
) -> list[Statement]:
    """Submit months in this order, all of them or none; each is a statement with a record of its own.

    Gives only the first of them for a form that arrives again. Raises as `submit_month` does.
    """
    try:
        with unit_of_work(session):
            if made := audit.done_before(session, viewer, request_key):
                return [queries.statement_by_public_id(session, viewer, made)]
            check(viewer, Permission.STATEMENT_SUBMIT, municipality_id)
            contract = current_contract(session, viewer, municipality_id)
            hold_contract(session, contract.id)
            made_now = [_submitted(session, viewer, contract, month, now=now, today=today) for month in months]
            for statement in made_now:
                # One record bears the key of the form: no two may have the same.
                key = request_key if statement is made_now[0] else None
                _record(session, viewer, "statement.submit", statement, now=now, request_key=key)
            return made_now
    except IntegrityError:
        # One form came twice at the same moment: of the two, the database has let the other one in.
        if made := audit.done_before(session, viewer, request_key):
            return [queries.statement_by_public_id(session, viewer, made)]
        raise


def _submitted(
    session: Session, viewer: Viewer, contract: Contract, month: date, *, now: datetime, today: date
) -> Statement:
    states = queries.month_states(session, viewer, contract_ids=[contract.id])[contract.id]
    _check_move(viewer, states.get(month, MonthState.OPEN), MonthState.SUBMITTED)
    months = months_to_state(session, viewer, contract, states=states, today=today)
    check_submittable(month, months, states, today)
    entries = queries.lines_to_submit(session, viewer, contract_id=contract.id, month=month)
    statement = queries.statement_of_month(session, viewer, contract_id=contract.id, month=month)
    before = queries.minutes_before(session, viewer, contract=contract, month=month)
    facts = _facts(contract, month, before, entries)
    if statement is None:
        statement = Statement(contract_id=contract.id, municipality_id=contract.municipality_id, month=month)
    statement.state = MonthState.SUBMITTED
    statement.minutes, statement.agreed_minutes = facts.minutes, facts.agreed_minutes
    statement.budget_minutes = _taken(contract, before, entries)
    statement.remaining_minutes, statement.check_number = facts.remaining_minutes, check_number(facts)
    statement.submitted_at, statement.submitted_by_id = now, viewer.user_id
    session.add(statement)
    session.flush()
    _take(session, statement, entries)
    _keep(session, statement, contract, entries, facts)
    _step(session, viewer, statement, now=now)
    return statement


def months_to_state(
    session: Session, viewer: Actor, contract: Contract, *, states: Collection[date], today: date
) -> list[date]:
    """The months for which a contract owes a statement so far, in order."""
    minutes = queries.open_minutes(session, viewer, contract_ids=[contract.id])[contract.id]
    return months_with(contract, minutes, states, today=today)


def months_with(
    contract: Contract, entries: Collection[date], submitted: Collection[date], *, today: date
) -> list[date]:
    """The same, for who knows the months that hold entries, and those that were submitted."""
    signed = [terms for terms in contract.all_terms() if terms.is_signed]
    if not signed:
        return []
    starts_on, ends_on = min(terms.starts_on for terms in signed), max(terms.ends_on for terms in signed)
    return months_of_contract(starts_on, ends_on, entries, submitted, today)


def _facts(contract: Contract, month: date, before: Mapping[int, int], entries: Collection[EntryLine]) -> Facts:
    agreed = agreed_by(contract, month)
    stated = together(before, taken(measured(each.line, contract) for each in entries))
    return Facts(
        contract=contract.public_id,
        month=month,
        agreed_minutes=agreed,
        remaining_minutes=agreed - in_days_of(measure(contract.all_terms()), stated),
        entries={each.line.entry: each.fact for each in entries},
    )


def _taken(contract: Contract, before: Mapping[int, int], entries: Collection[EntryLine]) -> int | None:
    """What a statement takes from the budget: so much that all of them together take what their lines come to."""
    all_terms = contract.all_terms()
    if has_one_length(all_terms):
        return None
    lines = taken(measured(each.line, contract) for each in entries)
    return in_days_of(measure(all_terms), together(before, lines)) - in_days_of(measure(all_terms), before)


def _take(session: Session, statement: Statement, entries: Collection[EntryLine]) -> None:
    taken = update(DayEntry).where(DayEntry.id.in_([each.id for each in entries]), DayEntry.statement_id.is_(None))
    # What waited for the lead while its own month was submitted comes with this one.
    posted = taken.values(statement_id=statement.id, posting_month=statement.month)
    session.execute(posted, execution_options={"synchronize_session": "fetch"})


def _keep(
    session: Session, statement: Statement, contract: Contract, entries: Collection[EntryLine], facts: Facts
) -> None:
    kept = session.get(StatementSnapshot, statement.id)
    if kept is None:
        kept = StatementSnapshot(statement_id=statement.id, municipality_id=statement.municipality_id)
        session.add(kept)
    kept.minutes_per_day = measure(contract.all_terms())
    lines = [measured(each.line, contract) for each in entries]
    kept.names = {line.entry: [line.consultant, line.package, line.minutes_per_day] for line in lines}
    kept.facts = facts.as_json()


def answer(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    objections: Mapping[str, str] | None = None,
    now: datetime,
    way: AnswerWay = AnswerWay.SIGNED_IN,
    request_key: str | None = None,
) -> Statement:
    """Confirm a statement, or object: words by entry, those to the whole under "".

    Raises NotFound, Forbidden, Invalid, Conflict where it is no longer what the person has read.
    """
    with unit_of_work(session):
        statement = held(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return statement
        check(viewer, Permission.STATEMENT_ANSWER, statement.municipality_id)
        if version is not None and statement.version != version:
            raise Conflict
        target = MonthState.CONFIRMED if objections is None else MonthState.QUERIED
        _check_move(viewer, statement.state, target)
        step = _step(session, viewer, statement, now=now, state=target, way=way)
        if objections is not None:
            _object(session, viewer, statement, step, {key: words.strip() for key, words in objections.items()})
        statement.state, statement.answer_way, statement.answered_at = target, way, now
        statement.answered_by_id, statement.answered_by_name = step.by_id, step.by_name
        void_links(session, statement, now=now)
        totals.recount(session, contract_ids=[statement.contract_id])
        _record(session, viewer, f"statement.{_VERBS[target]}", statement, now=now, request_key=request_key)
        return statement


def _object(
    session: Session, viewer: Actor, statement: Statement, step: StatementStep, objections: Mapping[str, str]
) -> None:
    objections = {key: words for key, words in objections.items() if words}
    check_objections(objections)
    lines = {each.line.entry: each.line for each in queries.lines_of(session, viewer, statement_id=statement.id)}
    if unknown := objections.keys() - lines.keys() - {WITHOUT}:
        raise Invalid(min(unknown), N_("Diese Zeile steht nicht mehr im Nachweis."))
    for key, words in objections.items():
        line = lines.get(key)
        step.objections.append(
            Objection(
                municipality_id=statement.municipality_id,
                entry_public_id=key or None,
                service_date=line.service_date if line else None,
                minutes=line.chargeable_minutes if line else None,
                words=words,
            )
        )


def close_month(
    session: Session, viewer: Actor, *, public_id: str, now: datetime, request_key: str | None = None
) -> Statement:
    """Close a confirmed month for good. Raises NotFound, Forbidden, Invalid."""
    with unit_of_work(session):
        statement = held(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return statement
        check(viewer, Permission.STATEMENT_CLOSE, statement.municipality_id)
        _check_move(viewer, statement.state, MonthState.CLOSED)
        statement.state, statement.closed_at = MonthState.CLOSED, now
        _step(session, viewer, statement, now=now)
        _record(session, viewer, "statement.close", statement, now=now, request_key=request_key)
        return statement


def reopen_month(
    session: Session, viewer: Actor, *, public_id: str, reason: str = "", now: datetime, request_key: str | None = None
) -> Statement:
    """Open a month again, so that its entries can be corrected: the team after an objection, else the lead.

    Raises NotFound, Forbidden, Invalid (reported, without a reason, or corrected in a later month).
    """
    with unit_of_work(session):
        statement = held(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return statement
        check(viewer, Permission.STATEMENT_SUBMIT, statement.municipality_id)
        _check_move(viewer, statement.state, MonthState.OPEN)
        check_reason(statement.state, reason)
        _check_uncorrected(session, viewer, statement)
        before = statement.state
        statement.state, statement.closed_at = MonthState.OPEN, None
        statement.answered_at, statement.answered_by_id, statement.answered_by_name = None, None, None
        statement.answer_way = None
        released = update(DayEntry).where(DayEntry.statement_id == statement.id).values(statement_id=None)
        session.execute(released, execution_options={"synchronize_session": "fetch"})
        void_links(session, statement, now=now)
        _step(session, viewer, statement, now=now, reason=reason.strip())
        totals.recount(session, contract_ids=[statement.contract_id])
        _record(session, viewer, "statement.reopen", statement, now=now, before=before, request_key=request_key)
        return statement


def _check_uncorrected(session: Session, viewer: Actor, statement: Statement) -> None:
    if queries.is_corrected(session, viewer, statement_id=statement.id):
        message = N_("Zu diesem Monat gibt es schon Korrekturen in einem späteren. Bitte korrigieren Sie weiter dort.")
        raise Invalid("reason", message)


def mark_reported(session: Session, viewer: Actor, *, statement_ids: Collection[str], now: datetime) -> list[Statement]:
    """Mark closed statements as part of a report to the funder: from then on nobody opens them again.

    Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        statements = queries.statements_for_change(session, viewer, statement_ids)
        for statement in statements:
            check(viewer, Permission.STATEMENT_CLOSE, statement.municipality_id)
            _check_move(viewer, statement.state, MonthState.REPORTED)
            statement.state, statement.reported_at = MonthState.REPORTED, now
            _step(session, viewer, statement, now=now)
            _record(session, viewer, "statement.report", statement, now=now)
        return statements


def deem_approved(session: Session, errand: System, *, today: date, now: datetime) -> tuple[list[Statement], int]:
    """Count silence as a yes where the contract says so, after its working days; the others stay unanswered.

    Returns what was approved so, and how many still wait.
    """
    done: list[Statement] = []
    waiting = queries.unanswered(session, errand)
    for statement in waiting:
        rules = rules_on(statement.contract.all_terms(), last_day(statement.month))
        if is_deemed_approved(unanswered_days(statement, today=today), rules.deemed_approval_working_days):
            how = {"public_id": statement.public_id, "version": statement.version, "way": AnswerWay.DEEMED}
            done.append(answer(session, errand, now=now, **how))
    return done, len(waiting) - len(done)


def held(session: Session, viewer: Actor, public_id: str) -> Statement:
    """The statement, nobody else's to change until the transaction ends; its contract first, like everybody.

    Raises NotFound.
    """
    hold_contract(session, queries.statement_by_public_id(session, viewer, public_id).contract_id)
    return queries.statement_for_change(session, viewer, public_id)


def unanswered_days(statement: Statement, *, today: date) -> int:
    """Working days, by the municipality's own calendar, that a statement has waited for an answer."""
    place = statement.municipality
    return working_days_since(statement.submitted_at.date(), today, lambda day: holiday_of(place, day))


def void_links(session: Session, statement: Statement, *, now: datetime) -> None:
    """Let no mailed link to this statement work any more. Inside a unit of work."""
    unused = update(SignOffLink).where(SignOffLink.statement_id == statement.id, SignOffLink.used_at.is_(None))
    session.execute(unused.values(used_at=now), execution_options={"synchronize_session": "fetch"})


_VERBS: Mapping[MonthState, str] = {MonthState.CONFIRMED: "confirm", MonthState.QUERIED: "query"}


def _check_move(viewer: Actor, state: MonthState, target: MonthState) -> None:
    """Raise Invalid or Forbidden as the table of months says; the program itself may do what anybody may."""
    able = MONTH_MOVES[state].get(target) or {Role.LEAD}
    check_month_move(state, target, min(able) if isinstance(viewer, System) else viewer.role)


def _step(
    session: Session,
    viewer: Actor,
    statement: Statement,
    *,
    now: datetime,
    state: MonthState | None = None,
    way: AnswerWay | None = None,
    reason: str = "",
) -> StatementStep:
    """Note a move with the name of who made it, as it is now."""
    person = None if isinstance(viewer, System) else session.get(User, viewer.user_id)
    step = StatementStep(
        statement_id=statement.id,
        municipality_id=statement.municipality_id,
        state=state or statement.state,
        at=now,
        by_id=person.id if person else None,
        by_name=person.name if person else "",
        way=way,
        reason=reason,
        check_number=statement.check_number,
    )
    session.add(step)
    return step


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    statement: Statement,
    *,
    now: datetime,
    before: MonthState | None = None,
    request_key: str | None = None,
) -> None:
    audit.record(
        session,
        viewer,
        action=action,
        object_type="statement",
        object_id=statement.public_id,
        municipality_id=statement.municipality_id,
        before={"state": before.value} if before else None,
        after={"state": statement.state.value, "month": statement.month.isoformat(), "minutes": statement.minutes,
               "check_number": statement.check_number},
        request_key=request_key,
        now=now,
    )  # fmt: skip
