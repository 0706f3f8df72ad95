"""A small world: two municipalities with a contract, a third that is anonymous, and the people around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import viewer_of_user
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.support.clock import Clock

SECRET_NAME = "Gemeinde Vogelsang"


@dataclass
class World:
    """Anna works for all three, Ben for K01 only, Cleo for none."""

    session: Session
    today: date
    lead: User
    anna: User
    ben: User
    cleo: User
    coordinator: User
    head: User
    second_coordinator: User
    reader: User
    first: Municipality
    second: Municipality
    secret: Municipality
    packages: dict[str, WorkPackage]

    def viewer(self, user: User) -> Viewer:
        viewer = viewer_of_user(self.session, user_id=user.id, today=self.today)
        assert viewer is not None
        self.session.commit()  # what others write from here on, the next look must see
        return viewer


@pytest.fixture
def world(session: Session, clock: Clock) -> World:
    first = make_municipality(session, number=1, name="Stadt Neuenwerra")
    second = make_municipality(session, number=2, name="Stadt Wiesenfurt", visibility=Visibility.PUBLIC)
    secret = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    packages = {each.code: make_contract(session, each).work_packages[-1] for each in (first, second, secret)}

    def person(name: str, role: Role, *municipalities: Municipality) -> User:
        return make_user(session, name=name, role=role, municipalities=municipalities, created_at=clock.now)

    world = World(
        session=session,
        today=clock.now.date(),
        lead=person("Lea Leitner", Role.LEAD),
        anna=person("Anna Albers", Role.CONSULTANT, first, second, secret),
        ben=person("Ben Brandt", Role.CONSULTANT, first),
        cleo=person("Cleo Conrad", Role.CONSULTANT),
        coordinator=person("Kira Koch", Role.COORDINATOR, first),
        head=person("Hans Haupt", Role.HEAD, first),
        second_coordinator=person("Karl Kern", Role.COORDINATOR, second),
        reader=person("Rita Ring", Role.READER),
        first=first,
        second=second,
        secret=secret,
        packages=packages,
    )
    session.commit()
    return world


@pytest.fixture
def statements() -> Callable[[Engine], list[str]]:
    """Starts to write down what an engine is asked."""

    def watch(engine: Engine) -> list[str]:
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        return seen

    return watch
