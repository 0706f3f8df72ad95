"""A small world: two municipalities with a contract, a third that is anonymous, and the people around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.queries import viewer_of_user
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.rules import ContractState
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Kind, Land, Visibility
from tests.support.clock import Clock

DAY = 480
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

    def people(self) -> dict[str, User]:
        names = ("lead", "anna", "ben", "cleo", "coordinator", "head", "second_coordinator", "reader")
        return {name: getattr(self, name) for name in names}


@pytest.fixture
def world(session: Session, clock: Clock) -> World:
    now = clock.now

    def person(email: str, name: str, role: Role, *places: Municipality) -> User:
        user = User(email=f"{email}@example.org", name=name, role=role, created_at=now)
        user.assignments = [Assignment(municipality_id=each.id, starts_on=date(2025, 1, 1)) for each in places]
        session.add(user)
        return user

    first = _municipality(session, 1, "Stadt Neuenwerra", Visibility.NETWORK, now)
    second = _municipality(session, 2, "Stadt Wiesenfurt", Visibility.PUBLIC, now)
    secret = _municipality(session, 7, SECRET_NAME, Visibility.ANONYMOUS, now)
    session.flush()
    packages = {each.code: _contract(session, each, now) for each in (first, second, secret)}
    world = World(
        session=session,
        today=clock.now.date(),
        lead=person("lead", "Lea Leitner", Role.LEAD),
        anna=person("anna", "Anna Albers", Role.CONSULTANT, first, second, secret),
        ben=person("ben", "Ben Brandt", Role.CONSULTANT, first),
        cleo=person("cleo", "Cleo Conrad", Role.CONSULTANT),
        coordinator=person("k01", "Kira Koch", Role.COORDINATOR, first),
        head=person("head01", "Hans Haupt", Role.HEAD, first),
        second_coordinator=person("k02", "Karl Kern", Role.COORDINATOR, second),
        reader=person("reader", "Rita Ring", Role.READER),
        first=first,
        second=second,
        secret=secret,
        packages=packages,
    )
    session.commit()
    return world


def _municipality(session: Session, number: int, name: str, visibility: Visibility, now: datetime) -> Municipality:
    municipality = Municipality(
        code=f"K{number:02d}",
        alias=f"Kommune {number:02d}",
        visibility=visibility,
        label_changed_at=now,
        created_at=now,
        identity=MunicipalityIdentity(
            name=name, sort_key=name.lower(), kind=Kind.KREISANGEHOERIGE_STADT, land=Land.HE, population=38000
        ),
    )
    session.add(municipality)
    return municipality


def _contract(session: Session, municipality: Municipality, now: datetime) -> WorkPackage:
    package = WorkPackage(code="AP4", title="Trainings und Coachings", planned_minutes=20 * DAY)
    terms = ContractTerms(
        effective_from=date(2025, 10, 1),
        starts_on=date(2025, 10, 1),
        ends_on=date(2027, 9, 30),
        agreed_minutes=80 * DAY,
        signed_by_municipality_on=date(2025, 9, 1),
        signed_by_carrier_on=date(2025, 9, 10),
    )
    session.add(
        Contract(
            municipality_id=municipality.id,
            state=ContractState.IN_FORCE,
            created_at=now,
            terms=[terms],
            work_packages=[package],
        )
    )
    return package


@pytest.fixture
def statements() -> Callable[[Engine], list[str]]:
    """Starts to write down what an engine is asked."""

    def watch(engine: Engine) -> list[str]:
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        return seen

    return watch
