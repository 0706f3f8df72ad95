"""Reading sessions: as lists and one by one, as their viewer may know them; and what they plan to use."""

from __future__ import annotations

from komma_tracker.events.queries.details import (
    booked_by,
    event_for_change,
    history_of,
    late_for_change,
    late_of,
    material_for_change,
    materials_of,
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
from komma_tracker.events.queries.places_and_people import (
    assigned_on,
    assignments_of,
    engagements_of,
    municipalities_named,
    people_named,
)
from komma_tracker.events.queries.series import attendances_of, series_by_public_id, series_for_change, series_of
from komma_tracker.events.queries.unconfirmed import unconfirmed

__all__ = [
    "MOST_ROWS",
    "assigned_on",
    "assignments_of",
    "attendances_of",
    "booked_by",
    "engagements_of",
    "event_for_change",
    "heads_of",
    "history_of",
    "joining_by_code",
    "joining_for_change",
    "joining_of",
    "late_for_change",
    "late_of",
    "late_to_decide",
    "material_for_change",
    "materials_of",
    "municipalities_named",
    "next_sessions",
    "open_sessions",
    "participants_of",
    "people_named",
    "planned_after",
    "planned_minutes",
    "series_by_public_id",
    "series_for_change",
    "series_of",
    "session_by_public_id",
    "sessions_after",
    "sessions_between",
    "sessions_to_confirm",
    "unconfirmed",
]
