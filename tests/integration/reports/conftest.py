"""Four municipalities with a name and an anonymous one, each with closed months, and people of every role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.events.models import EventBooking, EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from komma_tracker.reports.rules.period import Period
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.factories.statements import make_statement
from tests.support.application import Login
from tests.support.client import Client

SECRET_NAME = "Gemeinde Vogelsang"
NAMES = {1: "Stadt Ahlen", 2: "Stadt Zirben", 3: "Kreis Mitte", 4: "Markt Neu"}
DAY = 480
SPRING = Period(date(2026, 1, 1), date(2026, 4, 1))
TODAY = date(2026, 5, 20)
As = Callable[[User], Client]


@dataclass(frozen=True)
class Programme:
    """Anna works for everybody. January to April are closed everywhere; in May, days are logged but not closed."""

    places: dict[str, Municipality]
    contracts: dict[str, Contract]
    lead: User
    anna: User
    ben: User
    coordinator: User
    head: User
    reader: User

    def viewer(self, user: User) -> Viewer:
        """The rights of this person."""
        return Viewer(user.id, user.role, frozenset(each.municipality_id for each in user.assignments))


@pytest.fixture
def programme(session: Session) -> Programme:
    places = {f"K{number:02d}": make_municipality(session, number=number, name=name) for number, name in NAMES.items()}
    places["K07"] = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    contracts = {code: make_contract(session, place) for code, place in places.items()}
    anna = make_user(session, municipalities=places.values(), name="Anna Albers")
    own = (places["K01"],)
    made = Programme(
        places=places,
        contracts=contracts,
        lead=make_user(session, role=Role.LEAD, name="Lea Leitner"),
        anna=anna,
        ben=make_user(session, municipalities=own, name="Ben Brandt"),
        coordinator=make_user(session, role=Role.COORDINATOR, municipalities=own, name="Kira Koch"),
        head=make_user(session, role=Role.HEAD, municipalities=own, name="Hans Haupt"),
        reader=make_user(session, role=Role.READER, name="Rita Ring"),
    )
    for number, contract in enumerate(contracts.values(), 1):
        for month in (1, 2, 3, 4, 5):
            on = date(2026, month, 12)
            mode = Mode.ON_SITE if month % 2 else Mode.ONLINE
            make_entry(session, contract, anna, service_date=on, minutes=60 * number, package="AP1", mode=mode)
            if month < 5:
                make_entry(session, contract, anna, service_date=on, minutes=7, package="AP4", mode=Mode.PHONE)
                make_statement(session, contract, made.lead, month=on.replace(day=1))
    session.commit()
    return made


def make_training(
    session: Session,
    programme: Programme,
    *codes: str,
    month: int = 3,
    heads: int = 12,
    kind: EventKind | None = None,
    **values: Any,
) -> None:
    """A held training whose days stand in a closed month of each of these municipalities."""
    contracts = [programme.contracts[code] for code in codes]
    event = make_event(
        session,
        municipalities=[programme.places[code] for code in codes],
        consultants=(programme.anna,),
        starts_local=datetime(2026, month, 17, 9),
        state=EventState.HELD,
        kind=kind or EventKind.TRAINING,
        **values,
    )
    event.participants = [EventParticipants(function_group=FunctionGroup.MANAGERS, headcount=heads)]
    for contract in contracts:
        entry = make_entry(
            session, contract, programme.anna, service_date=date(2026, month, 17), activity=Activity.TRAINING
        )
        key = {"event_id": event.id, "consultant_id": programme.anna.id, "municipality_id": contract.municipality_id}
        session.add(EventBooking(**key, activity=Activity.TRAINING, entry_id=entry.id))


@pytest.fixture
def as_(app: Flask, login: Login) -> As:
    """A client in which this person is signed in."""

    def client_of(user: User) -> Client:
        return login(app.test_client(), user)  # type: ignore[arg-type]

    return client_of
