"""Strategy papers for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.deliverables.models import Deliverable, DeliverableStep, DeliverableVersion
from komma_tracker.deliverables.rules import DeliverableKind, DeliverableState
from komma_tracker.municipalities.models import Municipality

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DAY = LONG_AGO.date()


def make_paper(
    session: Session,
    municipality: Municipality,
    *,
    state: DeliverableState = DeliverableState.NOT_STARTED,
    since: date = DAY,
    **values: Any,
) -> Deliverable:
    """A clearing procedure, in this state since its beginning."""
    given = {"kind": DeliverableKind.CLEARING, "title": "Clearingverfahren", "created_at": LONG_AGO} | values
    paper = Deliverable(municipality_id=municipality.id, state=state, **given)
    session.add(paper)
    session.flush()
    make_step(session, paper, state, since)
    return paper


def make_step(session: Session, paper: Deliverable, state: DeliverableState, on: date) -> None:
    """A step on its way."""
    place = paper.municipality_id
    session.add(DeliverableStep(deliverable_id=paper.id, municipality_id=place, state=state, happened_on=on))
    session.flush()


def make_version(session: Session, paper: Deliverable, number: int = 1) -> DeliverableVersion:
    """A version as a link."""
    version = DeliverableVersion(
        deliverable_id=paper.id,
        municipality_id=paper.municipality_id,
        number=number,
        label=f"v{number}.0",
        url=f"https://ablage.example.org/{paper.id}/{number}",
        dated_on=DAY,
        added_at=LONG_AGO,
    )
    session.add(version)
    session.flush()
    return version
