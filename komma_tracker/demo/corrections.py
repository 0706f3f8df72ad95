"""What the demo's people noticed after a month was submitted: one day was shorter, another had been forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode, month_of
from komma_tracker.demo.rows import Rows

SHORTER = "War nur ein Vierteltag: Das Treffen endete früher."
FORGOTTEN = "Der Zettel lag noch im Auto."
TOLD_AT = time(16)


def write(rows: Rows, *, contract: int, today: date) -> int:
    """Correct half a day that was submitted, and report a quarter of one late: in sum nothing. Returns how many rows.

    Both are of the last month with such a day; they stand in the month of today, which is open.
    """
    of_contract = [row for row in rows.rows[DayEntry] if row["contract_id"] == contract]
    halves = [row for row in of_contract if row["statement_id"] and row["minutes"] == 240]
    if not halves:
        return 0
    wrong = max(halves, key=lambda row: (row["service_date"], row["id"]))
    told = datetime.combine(today, TOLD_AT, UTC)
    late = {"posting_month": month_of(today), "statement_id": None, "created_at": told, "updated_at": told}
    amounts = ("minutes", "chargeable_minutes")
    taken_back: dict[str, Any] = {name: -wrong[name] for name in amounts}
    quarter = dict.fromkeys(amounts, 120)
    facts = {key: value for key, value in wrong.items() if key not in {"id", "public_id"}}
    for changed in (
        {**taken_back, "reverses_id": wrong["id"], "reason": SHORTER},
        {**quarter, "replaces_id": wrong["id"], "reason": SHORTER},
        {**quarter, "activity": Activity.FOLLOW_UP, "mode": Mode.OFFICE, "note": "Protokoll", "reason": FORGOTTEN},
    ):
        rows.add(DayEntry, public_id=rows.public_id(), **{**facts, **late, **changed})
    return 3
