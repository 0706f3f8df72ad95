"""Six municipalities at different points of their course, and the people around them."""

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
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import ContractState
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.support.application import Login
from tests.support.client import Client

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 12)
SECRET_NAME = "Gemeinde Vogelsang"
DAY = 480
As = Callable[[User], Client]


@dataclass(frozen=True)
class Programme:
    """K01 in step, K02 used up, K03 ended early, K04 not signed, K05 yet to begin, K06 without a contract, K07 secret.

    Anna works for K01, K03 and K07, Ben for K02; Cleo for none.
    """

    places: dict[str, Municipality]
    contracts: dict[str, Contract]
    lead: User
    anna: User
    ben: User
    cleo: User
    coordinator: User
    secret_coordinator: User
    head: User
    reader: User

    def viewer(self, user: User) -> Viewer:
        """The rights of this person."""
        return Viewer(user.id, user.role, frozenset(each.municipality_id for each in user.assignments))


@pytest.fixture
def programme(session: Session) -> Programme:
    names = {"K01": "Stadt Ahlen", "K02": "Stadt Zirben", "K03": "Kreis Mitte", "K04": "Markt Neu", "K05": "Stadt Bald"}
    places = {code: make_municipality(session, number=int(code[1:]), name=name) for code, name in names.items()}
    places["K06"] = make_municipality(session, number=6, name="Gemeinde Ohne")
    places["K07"] = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    unsigned: dict[str, Any] = {"signed_by_municipality_on": None, "signed_by_carrier_on": None}
    later: dict[str, Any] = {"starts_on": date(2026, 7, 1), "ends_on": date(2027, 6, 30)}
    contracts = {
        "K01": make_contract(session, places["K01"]),
        "K02": make_contract(session, places["K02"]),
        "K03": make_contract(session, places["K03"], state=ContractState.TERMINATED, ended_on=date(2026, 3, 31)),
        "K04": make_contract(session, places["K04"], state=ContractState.FOR_SIGNATURE, **unsigned),
        "K05": make_contract(session, places["K05"], state=ContractState.SIGNED, **later),
        "K07": make_contract(session, places["K07"]),
    }
    own, secret = (places["K01"],), (places["K07"],)
    anna = make_user(session, municipalities=(places["K01"], places["K03"], places["K07"]), name="Anna Albers")
    programme = Programme(
        places=places,
        contracts=contracts,
        lead=make_user(session, role=Role.LEAD, name="Lea Leitner"),
        anna=anna,
        ben=make_user(session, municipalities=(places["K02"],), name="Ben Brandt"),
        cleo=make_user(session, name="Cleo Conrad"),
        coordinator=make_user(session, role=Role.COORDINATOR, municipalities=own, name="Kira Koch"),
        secret_coordinator=make_user(session, role=Role.COORDINATOR, municipalities=secret, name="Karl Kern"),
        head=make_user(session, role=Role.HEAD, municipalities=own, name="Hans Haupt"),
        reader=make_user(session, role=Role.READER, name="Rita Ring"),
    )
    for month in (1, 2, 3, 4, 5):
        make_entry(session, contracts["K01"], anna, service_date=date(2026, month, 12), minutes=6 * DAY, package="AP1")
    make_entry(session, contracts["K02"], programme.ben, service_date=date(2026, 4, 2), minutes=81 * DAY)
    make_entry(session, contracts["K03"], anna, service_date=date(2026, 3, 30), minutes=41 * DAY)
    make_event(session, municipalities=own, consultants=(anna,), starts_local=datetime(2026, 6, 10, 9))
    session.commit()
    return programme


@pytest.fixture
def as_(app: Flask, login: Login) -> As:
    """A client in which this person is signed in."""

    def client_of(user: User) -> Client:
        return login(app.test_client(), user)  # type: ignore[arg-type]

    return client_of
