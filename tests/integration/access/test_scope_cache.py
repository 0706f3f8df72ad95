"""Statements are compiled once for all viewers: whoever comes next must not get the values of who came before."""

from __future__ import annotations

from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.budget.models import DayEntry
from komma_tracker.municipalities.models import Municipality
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.support.application import SessionFor


def test_viewers_take_turns_with_one_statement(session: Session, session_for: SessionFor) -> None:
    places = [make_municipality(session, number=number) for number in (1, 2, 3)]
    people = [make_user(session) for _ in range(2)]
    for place in places:
        make_entry(session, make_contract(session, place), people[0])
    session.commit()
    ids = [place.id for place in places]
    groups = [frozenset({one}) for one in ids] + [frozenset(ids[:2]), frozenset(ids), frozenset[int]()]
    viewers = [
        Viewer(people[1].id, role, group) for role, group in product((Role.COORDINATOR, Role.CONSULTANT), groups)
    ]
    other = aliased(DayEntry)

    for viewer in [*viewers, *reversed(viewers), Viewer(people[1].id, Role.LEAD), *viewers]:
        reading = session_for(viewer)
        seen = set(ids) if viewer.sees_all else viewer.assigned
        known = set(ids) if viewer.role is not Role.COORDINATOR else viewer.assigned
        assert set(reading.scalars(select(DayEntry.municipality_id))) == seen
        assert set(reading.scalars(select(other.municipality_id).where(other.minutes == 240))) == seen
        assert set(reading.scalars(select(Municipality.id).join(DayEntry))) == seen & known
        assert set(reading.scalars(select(Municipality.id).where(Municipality.id > 0))) == known
        reading.close()
