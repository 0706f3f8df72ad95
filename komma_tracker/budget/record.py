"""What the audit trail keeps of entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.audit import service as audit
from komma_tracker.budget.daily import Recounted
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Approval


def facts(entry: DayEntry, others: Recounted | None = None) -> dict[str, Any]:
    """What the record keeps: values and ids, and of the notes only how long they were.

    `others` are entries of the same day that count for something else since.
    """
    return {
        "service_date": entry.service_date.isoformat(),
        "posting_month": entry.posting_month.isoformat(),
        "minutes": entry.minutes,
        "chargeable_minutes": entry.chargeable_minutes,
        "activity": entry.activity.value,
        "mode": entry.mode.value,
        "work_package_id": entry.work_package_id,
        "consultant_id": entry.consultant_id,
        "note_length": len(entry.note),
        "internal_note_length": len(entry.internal_note),
        **({"approval": entry.approval.value} if entry.approval is not Approval.NOT_NEEDED else {}),
        **({"recounted": others} if others else {}),
    }


def record(
    session: Session,
    viewer: Actor,
    action: str,
    entry: DayEntry,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> None:
    """Keep a record of what was done to an entry."""
    audit.record(
        session,
        viewer,
        action=action,
        object_type="day_entry",
        object_id=entry.public_id,
        municipality_id=entry.municipality_id,
        before=before,
        after=after,
        request_key=request_key,
        now=now,
    )
