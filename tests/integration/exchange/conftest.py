"""Two municipalities with contracts, one of them anonymous, and the people around them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.contracts.models import Contract
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user

SECRET_NAME = "Gemeinde Zirbelstein"


@dataclass(frozen=True)
class Programme:
    """Who there is. `open_town` is K01; `secret_town` is K07, whose name only its own people may know."""

    open_town: Municipality
    secret_town: Municipality
    open_contract: Contract
    secret_contract: Contract
    lead: User
    anna: User
    bert: User
    coordinator: User
    secret_coordinator: User
    reader: User

    def viewer(self, user: User) -> Viewer:
        """The rights of this person."""
        return Viewer(user.id, user.role, frozenset(each.municipality_id for each in user.assignments))


@pytest.fixture
def programme(session: Session) -> Programme:
    """Anna works for both, Bert for K01 only."""
    open_town = make_municipality(session, number=1, name="Stadt Musterau")
    secret_town = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    both, here, there = (open_town, secret_town), (open_town,), (secret_town,)
    programme = Programme(
        open_town=open_town,
        secret_town=secret_town,
        open_contract=make_contract(session, open_town),
        secret_contract=make_contract(session, secret_town),
        lead=make_user(session, role=Role.LEAD, name="Lena Leitner", email="lead@example.org"),
        anna=make_user(session, municipalities=both, name="Anna Ahrend", email="anna@example.org"),
        bert=make_user(session, municipalities=here, name="Bert Buchner", email="bert@example.org"),
        coordinator=make_user(session, role=Role.COORDINATOR, municipalities=here),
        secret_coordinator=make_user(session, role=Role.COORDINATOR, municipalities=there),
        reader=make_user(session, role=Role.READER),
    )
    session.commit()
    return programme


HEADING = "Datum;Kommune;Tage;Tätigkeit;Modus;Beratungsperson;Notiz;Interne Notiz"


def table(*rows: str, heading: str = HEADING) -> io.BytesIO:
    """A CSV file."""
    return io.BytesIO("\n".join((heading, *rows)).encode())


THREE = (
    "04.05.2026;K01;0,5;Workshop;vor Ort;Anna Ahrend;Kick-off;ruhig",
    "05.05.2026;K01;¼;Coaching;Telefon;Anna Ahrend;Fallberatung;geheim",
    "01.04.2026;K07;1;Analyse;Büro;Anna Ahrend;=1+1;",
)
"""Three ordinary rows: two for K01, one for K07."""

TODAY = date(2026, 5, 20)
