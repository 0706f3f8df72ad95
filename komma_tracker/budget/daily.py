"""A person's date on one contract: its entries keep the daily cap together (docs/decisions/0007-one-cap-a-day.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import COUNTS_NOTHING, Line, count_day
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import rules_on

Recounted = dict[str, tuple[int, int]]
"""Entries that count for something else than before, by public id: chargeable minutes before and after."""


def recount(session: Session, *, contract: Contract, consultant_id: int, dates: Iterable[date]) -> Recounted:
    """Count the open entries of these dates anew, in the order in which they were entered; the others stay.

    Belongs into the transaction of every change: what one entry gives back of the cap, the next may have.
    """
    session.flush()
    changed: Recounted = {}
    for on in sorted(set(dates)):
        of_day = (
            select(DayEntry)
            .where(
                DayEntry.contract_id == contract.id,
                DayEntry.consultant_id == consultant_id,
                DayEntry.service_date == on,
            )
            .order_by(DayEntry.id)
        )
        entries = session.scalars(of_day).all()
        lines = [Line(entry.minutes, entry.activity, entry.mode, _fixed(entry)) for entry in entries]
        for entry, counted in zip(entries, count_day(lines, rules_on(contract.all_terms(), on)), strict=True):
            if counted and (counted.minutes, counted.counted_as) != (entry.chargeable_minutes, entry.counted_as):
                changed[entry.public_id] = (entry.chargeable_minutes, counted.minutes)
                # Past the row's version: who has this entry open in a form has nothing to compare.
                now = {"chargeable_minutes": counted.minutes, "counted_as": counted.counted_as}
                session.execute(update(DayEntry).where(DayEntry.id == entry.id).values(now))
    return changed


def _fixed(entry: DayEntry) -> int | None:
    """What an entry counts for whatever else there is that day; None where that depends on the others."""
    if entry.statement_id is not None or entry.reverses_id is not None:
        return entry.chargeable_minutes
    return 0 if entry.approval in COUNTS_NOTHING else None
