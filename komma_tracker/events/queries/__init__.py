"""Reading sessions: as lists and one by one, as their viewer may know them; and what they plan to use."""

from __future__ import annotations

from komma_tracker.events.queries.details import (
    assigned_on,
    booked_by,
    busy_consultants,
    event_for_change,
    late_for_change,
    late_of,
    municipalities_named,
    participants_of,
    planned_minutes,
    sessions_after,
)
from komma_tracker.events.queries.joining import (
    heads_of,
    joining_by_code,
    joining_for_change,
    joining_of,
)
from komma_tracker.events.queries.lists import (
    MOST_ROWS,
    late_to_decide,
    next_sessions,
    open_sessions,
    planned_after,
    session_by_public_id,
    sessions_between,
    sessions_to_confirm,
)

__all__ = [
    "MOST_ROWS",
    "assigned_on",
    "booked_by",
    "busy_consultants",
    "event_for_change",
    "heads_of",
    "joining_by_code",
    "joining_for_change",
    "joining_of",
    "late_for_change",
    "late_of",
    "late_to_decide",
    "municipalities_named",
    "next_sessions",
    "open_sessions",
    "participants_of",
    "planned_after",
    "planned_minutes",
    "session_by_public_id",
    "sessions_after",
    "sessions_between",
    "sessions_to_confirm",
]
