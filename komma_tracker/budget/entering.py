"""What must be held, and known, before an entry is written."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, String, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.rules import Activity, MonthState, month_of
from komma_tracker.contracts.models import Contract


class Day(NamedTuple):
    """What the ledger holds when a person's work of a date is to be entered; amounts in minutes."""

    worked: int
    """On that date for all municipalities, without travel."""
    charged: int
    """What of it counts for this contract already."""
    used: int
    """The kept sum of the contract."""
    closed_months: frozenset[date]
    """Of the contract, from the month of that date on."""
    land: Land | None
    """Where the person works: it has holidays of its own."""


def day_of(
    session: Session, viewer: Actor, *, contract_id: int, consultant_id: int, on: date, but: int | None = None
) -> Day:
    """What is there beside an entry, or beside the entry `but`. One statement, for every day logged needs it."""
    del viewer
    wanted = {"contract": contract_id, "person": consultant_id, "day": on, "month": month_of(on), "but": but or 0}
    worked, charged, used, months, land = session.execute(_DAY, wanted).one()
    closed = frozenset(date.fromisoformat(month) for month in months.split()) if months else frozenset[date]()
    return Day(int(worked), int(charged), int(used), closed, land)


def hold_contract(session: Session, contract_id: int) -> None:
    """Let nobody else write into this ledger, or submit a month of it, until the transaction ends.

    SQLite lets one write at a time anyway. Who holds a ledger reads only then what he decides on.
    """
    if _has_row_locks(session):
        session.execute(select(Contract.id).where(Contract.id == contract_id).with_for_update(key_share=True))


def hold_contract_of(session: Session, viewer: Actor, public_id: str) -> None:
    """The same for the contract of an entry, if there is one that the viewer sees."""
    del viewer
    if _has_row_locks(session):
        of_entry = select(DayEntry.contract_id).where(DayEntry.public_id == public_id).scalar_subquery()
        session.execute(select(Contract.id).where(Contract.id == of_entry).with_for_update(key_share=True))


def _has_row_locks(session: Session) -> bool:
    return session.get_bind().dialect.name != "sqlite"


_statements, _people = Statement.__table__, User.__table__
_DAY = select(
    func.coalesce(func.sum(case((DayEntry.activity != Activity.TRAVEL, DayEntry.minutes), else_=0)), 0),
    func.coalesce(
        func.sum(case((DayEntry.contract_id == bindparam("contract"), DayEntry.chargeable_minutes), else_=0)), 0
    ),
    func.coalesce(
        select(BudgetTotal.used_minutes).where(BudgetTotal.contract_id == bindparam("contract")).scalar_subquery(),
        0,
    ),
    select(func.aggregate_strings(cast(_statements.c.month, String), " "))
    .where(
        _statements.c.contract_id == bindparam("contract"),
        _statements.c.month >= bindparam("month", type_=Date),
        _statements.c.state != MonthState.OPEN,
    )
    .scalar_subquery(),
    select(_people.c.land).where(_people.c.id == bindparam("person")).scalar_subquery(),
).where(
    DayEntry.consultant_id == bindparam("person"),
    DayEntry.service_date == bindparam("day", type_=Date),
    DayEntry.id != bindparam("but"),
)
"""Sums without grouping: one row, also where there is no entry."""
