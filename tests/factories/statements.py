"""Statements for tests: a month of a contract with the entries posted in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.contracts.models import Contract

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def make_statement(
    session: Session,
    contract: Contract,
    submitted_by: User,
    *,
    month: date = date(2026, 5, 1),
    state: MonthState = MonthState.CLOSED,
    **values: Any,
) -> Statement:
    """A closed month; its lines are all entries posted in it that no other statement has."""
    free = DayEntry.contract_id == contract.id, DayEntry.posting_month == month, DayEntry.statement_id.is_(None)
    lines = session.scalars(select(DayEntry).where(*free)).all()
    defaults: dict[str, Any] = {
        "contract_id": contract.id,
        "municipality_id": contract.municipality_id,
        "month": month,
        "state": state,
        "minutes": sum(line.chargeable_minutes for line in lines),
        "agreed_minutes": 0,
        "remaining_minutes": 0,
        "check_number": "",
        "submitted_at": LONG_AGO,
        "submitted_by_id": submitted_by.id,
    }
    statement = Statement(**{**defaults, **values})
    session.add(statement)
    session.flush()
    for line in lines:
        line.statement_id = statement.id
    session.flush()
    return statement
