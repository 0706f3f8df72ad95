"""Day entries for tests, with the kept total of their contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.budget import totals
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import COUNTS_NOTHING, Activity, Mode, MonthState
from komma_tracker.contracts.models import Contract

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def make_entry(
    session: Session,
    contract: Contract,
    consultant: User,
    *,
    service_date: date = date(2026, 5, 18),
    minutes: int = 240,
    package: str | None = None,
    **values: Any,
) -> DayEntry:
    """Half a day's workshop on Monday, 18 May 2026; all of it counts unless `chargeable_minutes` says otherwise."""
    packages = {each.code: each.id for each in contract.work_packages}
    defaults: dict[str, Any] = {
        "contract_id": contract.id,
        "municipality_id": contract.municipality_id,
        "consultant_id": consultant.id,
        "work_package_id": packages[package] if package else None,
        "service_date": service_date,
        "minutes": minutes,
        "chargeable_minutes": minutes,
        "activity": Activity.WORKSHOP,
        "mode": Mode.ON_SITE,
        "created_at": LONG_AGO,
        "created_by_id": consultant.id,
        "updated_at": LONG_AGO,
    }
    entry = DayEntry(**{**defaults, **values})
    session.add(entry)
    session.flush()
    totals.recount(session, contract_ids=[contract.id])
    return entry


def close_month(
    session: Session, contract: Contract, month: date, by: User, *, state: MonthState = MonthState.SUBMITTED
) -> Statement:
    """Submit a month with all entries that stand in it, as the rows that this leaves behind."""
    session.commit()  # what was read before may be outdated
    lines = select(DayEntry).where(
        DayEntry.contract_id == contract.id,
        DayEntry.posting_month <= month,
        DayEntry.statement_id.is_(None),
        DayEntry.approval.not_in(COUNTS_NOTHING),
    )
    entries = session.scalars(lines).all()
    minutes = sum(entry.chargeable_minutes for entry in entries)
    statement = Statement(
        contract_id=contract.id,
        municipality_id=contract.municipality_id,
        month=month,
        state=state,
        minutes=minutes,
        agreed_minutes=80 * 480,
        remaining_minutes=80 * 480 - minutes,
        check_number="",
        submitted_at=LONG_AGO,
        submitted_by_id=by.id,
    )
    session.add(statement)
    session.flush()
    for entry in entries:
        entry.statement_id = statement.id
    totals.recount(session, contract_ids=[contract.id])
    session.commit()
    return statement
