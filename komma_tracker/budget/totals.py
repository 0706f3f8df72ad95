"""The kept total of each contract's ledger: a cache for lists, written in the transaction of every entry.

Whoever writes one holds the row of the total, or where there is none yet that of the contract, until the end of the
transaction: of two who log at once, the second adds to what the first has made.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Date, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.rules import CONFIRMED_STATES, COUNTS_NOTHING, MonthState
from komma_tracker.contracts.models import Contract

HOLD = {"key_share": True}
"""Hold a row, but let others refer to it: who has just written an entry refers to its contract."""


def add(session: Session, *, contract: Contract, minutes: int, on: date) -> None:
    """Count one more entry of so many chargeable minutes, worked on that date."""
    if session.scalar(_ADD, {"of_contract": contract.id, "more": minutes, "latest": on}) is None:
        recount(session, contract_ids=[contract.id])


def recount(session: Session, *, contract_ids: Collection[int]) -> None:
    """Make the totals of these contracts equal to their ledgers."""
    session.flush()
    for contract_id in contract_ids:
        contract = session.get_one(Contract, contract_id, with_for_update=HOLD)
        total = session.get(BudgetTotal, contract_id, with_for_update=HOLD, populate_existing=True)
        if total is None:
            total = BudgetTotal(contract_id=contract.id, municipality_id=contract.municipality_id)
            session.add(total)
        found = session.execute(_SUMS.where(DayEntry.contract_id == contract_id)).one()
        total.used_minutes, total.confirmed_minutes = int(found.minutes or 0), int(found.confirmed or 0)
        total.entry_count, total.last_service_date = found.entries, found.last
    session.flush()


def wrong(session: Session) -> dict[str, int]:
    """Contracts whose kept total differs from their ledger, as public id and id: there must be none."""
    sums = _SUMS.add_columns(DayEntry.contract_id).group_by(DayEntry.contract_id).subquery()
    rows = session.execute(
        select(Contract.public_id, Contract.id)
        .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
        .outerjoin(sums, sums.c.contract_id == Contract.id)
        .where(
            (func.coalesce(BudgetTotal.used_minutes, 0) != func.coalesce(sums.c.minutes, 0))
            | (func.coalesce(BudgetTotal.confirmed_minutes, 0) != func.coalesce(sums.c.confirmed, 0))
            | (func.coalesce(BudgetTotal.entry_count, 0) != func.coalesce(sums.c.entries, 0))
            | BudgetTotal.last_service_date.is_distinct_from(sums.c.last)
        )
        .order_by(Contract.id)
    )
    return dict(rows.all())


def misfiled(session: Session) -> dict[str, str]:
    """Entries that do not stand where their month says, and statements that say another sum than their lines.

    As public id and what is wrong: there must be none. An entry of a month that is submitted lies in a statement,
    unless nobody has approved it; of an open month, in none.
    """
    stated = (DayEntry.contract_id == Statement.contract_id, Statement.state != MonthState.OPEN)
    holds = select(Statement.id).where(
        *stated, Statement.id == DayEntry.statement_id, Statement.month >= DayEntry.posting_month
    )
    awaits = select(Statement.id).where(*stated, Statement.month == DayEntry.posting_month)
    inside, counts = DayEntry.statement_id.is_not(None), DayEntry.approval.not_in(COUNTS_NOTHING)
    astray = select(DayEntry.public_id).where(
        (inside & ~holds.correlate(DayEntry).exists()) | (~inside & counts & awaits.correlate(DayEntry).exists())
    )
    of_lines = (
        select(func.coalesce(func.sum(DayEntry.chargeable_minutes), 0))
        .where(DayEntry.statement_id == Statement.id)
        .correlate(Statement)
        .scalar_subquery()
    )
    altered = select(Statement.public_id).where(Statement.state != MonthState.OPEN, Statement.minutes != of_lines)
    return {
        **dict.fromkeys(session.scalars(astray), "the entry is not in the statement of its month"),
        **dict.fromkeys(session.scalars(altered), "the statement says another sum than its lines"),
    }


_SUMS = select(
    func.sum(DayEntry.chargeable_minutes).label("minutes"),
    func.sum(case((Statement.state.in_(CONFIRMED_STATES), DayEntry.chargeable_minutes), else_=0)).label("confirmed"),
    func.count(DayEntry.id).label("entries"),
    func.max(DayEntry.service_date).label("last"),
).outerjoin(Statement, DayEntry.statement_id == Statement.id)
_ADD = (
    update(BudgetTotal)
    .where(BudgetTotal.contract_id == bindparam("of_contract"))
    .values(
        used_minutes=BudgetTotal.used_minutes + bindparam("more"),
        entry_count=BudgetTotal.entry_count + 1,
        last_service_date=case(
            (BudgetTotal.last_service_date > bindparam("latest", type_=Date), BudgetTotal.last_service_date),
            else_=bindparam("latest", type_=Date),
        ),
    )
    .returning(BudgetTotal.contract_id)
    .execution_options(synchronize_session=False)
)
