"""The kept total of each contract's ledger: a cache for lists, written in the transaction of every entry.

Whoever writes one holds the row of the total, or where there is none yet that of the contract, until the end of the
transaction: of two who log at once, the second adds to what the first has made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import Date, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.queries import day_length
from komma_tracker.budget.rules import CONFIRMED_STATES, COUNTS_NOTHING, MonthState, in_days_of
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.rules import has_one_length, measure, rules_on

HOLD = {"key_share": True}
"""Hold a row, but let others refer to it: who has just written an entry refers to its contract."""


def add(session: Session, *, contract: Contract, minutes: int, on: date) -> None:
    """Count one more entry of so many chargeable minutes, worked on that date."""
    if not has_one_length(contract.all_terms()):
        recount(session, contract_ids=[contract.id])  # what is rounded is the sum, not the entry
    elif session.scalar(_ADD, {"of_contract": contract.id, "more": minutes, "latest": on}) is None:
        recount(session, contract_ids=[contract.id])


def taken_by(entry: DayEntry, contract: Contract) -> int:
    """What an entry takes from the budget, in the measure of that."""
    all_terms = contract.all_terms()
    per_day = rules_on(all_terms, entry.service_date).minutes_per_day
    return in_days_of(measure(all_terms), {per_day: entry.chargeable_minutes})


def recount(session: Session, *, contract_ids: Collection[int]) -> None:
    """Make the totals of these contracts equal to their ledgers."""
    session.flush()
    for contract_id in contract_ids:
        contract = session.get_one(Contract, contract_id, with_for_update=HOLD)
        total = session.get(BudgetTotal, contract_id, with_for_update=HOLD, populate_existing=True)
        if total is None:
            total = BudgetTotal(contract_id=contract.id, municipality_id=contract.municipality_id)
            session.add(total)
        total.used_minutes, total.confirmed_minutes, total.entry_count, total.last_service_date = _sums(
            session, contract
        )
    session.flush()


Sums = tuple[int, int, int, date | None]
"""Minutes used, minutes confirmed, number of entries, the last date of service."""


def _sums(session: Session, contract: Contract) -> Sums:
    """What the ledger of a contract comes to, in the measure of its budget."""
    all_terms, number, last = contract.all_terms(), 0, None
    used, confirmed = Counter[int](), Counter[int]()
    length = day_length(all_terms).label("length")
    by_length = _SUMS.add_columns(length).where(DayEntry.contract_id == contract.id).group_by("length")
    for row in session.execute(by_length):
        used[row.length], confirmed[row.length] = int(row.minutes), int(row.confirmed)
        number, last = number + row.entries, max(row.last, last or row.last)
    per_day = measure(all_terms)
    return in_days_of(per_day, used), in_days_of(per_day, confirmed), number, last


def wrong(session: Session) -> dict[str, int]:
    """Contracts whose kept total differs from their ledger, as public id and id: there must be none."""
    sums = _SUMS.add_columns(DayEntry.contract_id).group_by(DayEntry.contract_id).subquery()
    lengths = func.count(ContractTerms.minutes_per_day.distinct())
    varied = select(ContractTerms.contract_id).group_by(ContractTerms.contract_id).having(lengths > 1)
    differs = (
        (func.coalesce(BudgetTotal.used_minutes, 0) != func.coalesce(sums.c.minutes, 0))
        | (func.coalesce(BudgetTotal.confirmed_minutes, 0) != func.coalesce(sums.c.confirmed, 0))
        | (func.coalesce(BudgetTotal.entry_count, 0) != func.coalesce(sums.c.entries, 0))
        | BudgetTotal.last_service_date.is_distinct_from(sums.c.last)
    )
    rows = session.execute(
        select(Contract, BudgetTotal)
        .outerjoin(BudgetTotal, BudgetTotal.contract_id == Contract.id)
        .outerjoin(sums, sums.c.contract_id == Contract.id)
        .where(differs | Contract.id.in_(varied))
        .order_by(Contract.id)
    )
    return {
        contract.public_id: contract.id
        for contract, total in rows
        if _kept(total) != _sums(session, contract)  # sums of minutes do not tell where days differ in length
    }


def _kept(total: BudgetTotal | None) -> Sums:
    if total is None:
        return 0, 0, 0, None
    return total.used_minutes, total.confirmed_minutes, total.entry_count, total.last_service_date


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
