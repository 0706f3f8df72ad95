"""The ledger as contracts know it: they stand in a room below, and are handed this module (`kit.context.Ledger`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.budget import daily, queries, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.contracts.models import Contract

closed_months = queries.closed_months
used_by_contract = queries.used_by_contract


def package_minutes(session: Session, viewer: Actor, *, contract_id: int) -> dict[tuple[int | None, int], int]:
    """Chargeable minutes by work package and calendar year of service; None stands for entries without a package."""
    del viewer
    year = extract("year", DayEntry.service_date)
    rows = session.execute(
        select(DayEntry.work_package_id, year, func.sum(DayEntry.chargeable_minutes))
        .where(DayEntry.contract_id == contract_id)
        .group_by(DayEntry.work_package_id, year)
    )
    return {(package_id, int(number)): int(minutes) for package_id, number, minutes in rows}


def recharge(session: Session, viewer: Actor, *, contract_id: int, since: date) -> None:
    """Count what was worked since a day anew, by the rules that hold now; statements that were submitted stay."""
    del viewer
    contract = session.get_one(Contract, contract_id)
    worked = select(DayEntry.consultant_id, DayEntry.service_date).distinct()
    dates: dict[int, list[date]] = defaultdict(list)
    for person, on in session.execute(
        worked.where(DayEntry.contract_id == contract_id, DayEntry.service_date >= since)
    ):
        dates[person].append(on)
    for person, its in dates.items():
        daily.recount(session, contract=contract, consultant_id=person, dates=its)
    totals.recount(session, contract_ids=[contract_id])
