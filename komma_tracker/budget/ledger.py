"""The ledger as contracts know it: they stand in a room below, and are handed this module (`kit.context.Ledger`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.budget import daily, queries, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import in_days_of
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import measure

closed_months = queries.closed_months
used_by_contract = queries.used_by_contract


def package_minutes(session: Session, viewer: Actor, *, contract_id: int) -> dict[tuple[int | None, int], int]:
    """Chargeable minutes by work package and calendar year of service; None stands for entries without a package.

    In the measure of the contract's budget, as what is planned for them.
    """
    del viewer
    all_terms = session.get_one(Contract, contract_id).all_terms()
    year, length = extract("year", DayEntry.service_date).label("year"), queries.day_length(all_terms).label("length")
    rows = session.execute(
        select(DayEntry.work_package_id, year, length, func.sum(DayEntry.chargeable_minutes))
        .where(DayEntry.contract_id == contract_id)
        .group_by(DayEntry.work_package_id, "year", "length")
    )
    worked: dict[tuple[int | None, int], dict[int, int]] = defaultdict(dict)
    for package_id, number, per_day, minutes in rows:
        worked[package_id, int(number)][per_day] = int(minutes)
    return {key: in_days_of(measure(all_terms), minutes) for key, minutes in worked.items()}


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
