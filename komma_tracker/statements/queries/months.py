"""Statements by month: one, all of a municipality, their states, and what months would hold if submitted now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.queries import day_length
from komma_tracker.budget.rules import MonthState, in_days_of
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import has_one_length, measure
from komma_tracker.statements.queries.lines import submittable

IDS_AT_ONCE = 5000
"""So many ids may one statement name: SQLite takes 32,766 parameters."""


def statement_by_public_id(session: Session, viewer: Actor, public_id: str) -> Statement:
    """One statement with its municipality. Raises NotFound."""
    wanted = select(Statement).where(Statement.public_id == public_id).options(joinedload(Statement.municipality))
    statement = session.scalar(wanted)
    if statement is None or not may(viewer, Permission.STATEMENT_VIEW, statement.municipality_id):
        raise NotFound
    return statement


def statement_for_change(session: Session, viewer: Actor, public_id: str) -> Statement:
    """The statement as it is now, locked until the transaction ends. Raises NotFound."""
    del viewer
    wanted = select(Statement).where(Statement.public_id == public_id).with_for_update(of=Statement)
    statement = session.scalar(wanted.execution_options(populate_existing=True))
    if statement is None:
        raise NotFound
    return statement


def statements_for_change(session: Session, viewer: Actor, public_ids: Collection[str]) -> list[Statement]:
    """All these statements, locked until the transaction ends. Raises NotFound where one is missing."""
    del viewer
    wanted, found = sorted(set(public_ids)), list[Statement]()
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = select(Statement).where(Statement.public_id.in_(wanted[start : start + IDS_AT_ONCE]))
        locked = some.order_by(Statement.id).with_for_update(of=Statement).execution_options(populate_existing=True)
        found += session.scalars(locked)
    if len(found) < len(wanted):
        raise NotFound
    return found


def statement_of_month(session: Session, viewer: Actor, *, contract_id: int, month: date) -> Statement | None:
    """The statement of a contract and month, also of one that is open again."""
    del viewer
    return session.scalar(select(Statement).where(Statement.contract_id == contract_id, Statement.month == month))


def statement_of_place(session: Session, viewer: Actor, *, municipality_id: int, month: date) -> Statement | None:
    """The statement of a municipality and month; of two contracts that share a month, that of the newer."""
    del viewer
    return session.scalar(
        select(Statement)
        .where(Statement.municipality_id == municipality_id, Statement.month == month)
        .options(joinedload(Statement.municipality))
        .order_by(Statement.contract_id.desc())
        .limit(1)
    )


def statements_of(session: Session, viewer: Actor, *, municipality_id: int) -> list[Statement]:
    """All statements of a municipality, the newest month first; also those that are open again. One statement."""
    del viewer
    return list(
        session.scalars(
            select(Statement)
            .where(Statement.municipality_id == municipality_id)
            .order_by(Statement.month.desc(), Statement.contract_id.desc())
        )
    )


def statements_by_number(session: Session, viewer: Actor, number: str) -> list[Statement]:
    """The statements with this check number that the viewer may see: one, or none."""
    del viewer
    return list(
        session.scalars(
            select(Statement)
            .where(Statement.check_number == number, Statement.state != MonthState.OPEN)
            .options(joinedload(Statement.municipality), joinedload(Statement.contract))
        )
    )


def month_states(
    session: Session, viewer: Actor, *, contract_ids: Collection[int]
) -> dict[int, dict[date, MonthState]]:
    """The state of every month with a statement, by contract. One statement."""
    del viewer
    rows = session.execute(_MONTH_STATES, {"contract_ids": list(contract_ids)})
    found: dict[int, dict[date, MonthState]] = {contract_id: {} for contract_id in contract_ids}
    for contract_id, month, state in rows:
        found[contract_id][month] = state
    return found


def open_minutes(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, dict[date, int]]:
    """Chargeable minutes that no statement holds yet, by contract and month of posting. One statement."""
    del viewer
    rows = session.execute(_OPEN_MINUTES, {"contract_ids": list(contract_ids)})
    found: dict[int, dict[date, int]] = {contract_id: {} for contract_id in contract_ids}
    for contract_id, month, minutes in rows:
        found[contract_id][month] = int(minutes)
    return found


def open_in_budget(session: Session, viewer: Actor, *, contract: Contract) -> dict[date, int]:
    """What the months of a contract would take from its budget if they were submitted now. One statement."""
    del viewer
    all_terms, length = contract.all_terms(), day_length(contract.all_terms()).label("length")
    amounts = select(DayEntry.posting_month, length, func.sum(DayEntry.chargeable_minutes))
    open_now = amounts.where(DayEntry.contract_id == contract.id, *submittable())
    found: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for month, per_day, minutes in session.execute(open_now.group_by(DayEntry.posting_month, "length")):
        found[month][per_day] = int(minutes)
    return {month: in_days_of(measure(all_terms), minutes) for month, minutes in found.items()}


def minutes_before(session: Session, viewer: Actor, *, contract: Contract, month: date) -> dict[int, int]:
    """Chargeable minutes in the statements of all months before this one, by how long a day was. One statement."""
    del viewer
    all_terms = contract.all_terms()
    before = (Statement.contract_id == contract.id, Statement.month < month, Statement.state != MonthState.OPEN)
    if has_one_length(all_terms):
        stated = session.scalar(select(func.coalesce(func.sum(Statement.minutes), 0)).where(*before))
        return {measure(all_terms): int(stated or 0)}
    length = day_length(all_terms).label("length")
    of_lines = select(length, func.sum(DayEntry.chargeable_minutes)).where(*before).group_by("length")
    rows = session.execute(of_lines.join(Statement, DayEntry.statement_id == Statement.id))
    return {per_day: int(minutes) for per_day, minutes in rows}


_MONTH_STATES = select(Statement.contract_id, Statement.month, Statement.state).where(
    Statement.contract_id.in_(bindparam("contract_ids", expanding=True))
)
_OPEN_MINUTES = (
    select(DayEntry.contract_id, DayEntry.posting_month, func.sum(DayEntry.chargeable_minutes))
    .where(DayEntry.contract_id.in_(bindparam("contract_ids", expanding=True)), *submittable())
    .group_by(DayEntry.contract_id, DayEntry.posting_month)
)
