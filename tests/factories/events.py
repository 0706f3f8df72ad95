"""Sessions for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.municipalities.models import Municipality

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def make_event(
    session: Session,
    *,
    municipalities: Sequence[Municipality] = (),
    consultants: Sequence[User] = (),
    package: WorkPackage | None = None,
    starts_local: datetime = datetime(2026, 6, 10, 9, 0),
    **values: Any,
) -> Event:
    """A confirmed training of seven hours that plans one day per consultant; `package` pays for it everywhere."""
    defaults: dict[str, Any] = {
        "kind": EventKind.TRAINING,
        "state": EventState.CONFIRMED,
        "title": "Training Führungskräfte",
        "starts_local": starts_local,
        "ends_local": starts_local + timedelta(hours=7),
        "zone": "Europe/Berlin",
        "mode": Mode.ON_SITE,
        "place": "Rathaus, Saal 1",
        "planned_minutes": 480,
        "municipality_count": len(municipalities),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    event = Event(**{**defaults, **values})
    event.municipalities = [
        EventMunicipality(municipality_id=each.id, work_package_id=package.id if package else None)
        for each in municipalities
    ]
    event.consultants = [EventConsultant(user_id=each.id) for each in consultants]
    session.add(event)
    session.flush()
    return event
