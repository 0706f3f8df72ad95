"""A town and an anonymous municipality with contracts since January, and the people around them, in May 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.statements import service
from tests.integration.budget.conftest import Programme, programme
from tests.support.application import SessionFor

__all__ = ["programme"]

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
TODAY = date(2026, 5, 20)
JANUARY, FEBRUARY, MARCH, APRIL, MAY = (date(2026, month, 1) for month in range(1, 6))
Submit = Callable[..., Statement]


@pytest.fixture
def submit(programme: Programme, session_for: SessionFor) -> Submit:
    """Submits the town's months up to this one, as Anna; returns the last."""

    def until(month: date, *, secret: bool = False, since: date = JANUARY) -> Statement:
        viewer = programme.viewer(programme.anna)
        place = programme.secret if secret else programme.town
        made = None
        while since <= month:
            made = service.submit_month(
                session_for(viewer), viewer, municipality_id=place.id, month=since, now=NOW, today=TODAY
            )
            since = (since.replace(day=28) + (date(2026, 1, 5) - date(2026, 1, 1))).replace(day=1)
        assert made is not None
        return made

    return until


@pytest.fixture
def answer(programme: Programme, session_for: SessionFor) -> Submit:
    """Confirms a statement as the coordinator, or objects."""

    def give(statement: Statement, objections: dict[str, str] | None = None) -> Statement:
        viewer = programme.viewer(programme.coordinator)
        return service.answer(
            session_for(viewer), viewer, public_id=statement.public_id, version=None, objections=objections, now=NOW
        )

    return give


@pytest.fixture
def close(programme: Programme, session_for: SessionFor) -> Submit:
    """Closes a confirmed statement as the lead."""

    def shut(statement: Statement) -> Statement:
        viewer = programme.viewer(programme.lead)
        return service.close_month(session_for(viewer), viewer, public_id=statement.public_id, now=NOW)

    return shut


def fresh(session: Session, statement: Statement) -> Statement:
    """The statement as it is in the database now."""
    session.rollback()
    session.expire_all()
    return session.get_one(Statement, statement.id)


OPEN, SUBMITTED, QUERIED, CONFIRMED, CLOSED, REPORTED = MonthState
