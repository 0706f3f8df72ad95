"""Two municipalities, one of them anonymous, and the people around them: who may know what of the other?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Kind, Land, Visibility
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user

CANARIES = {
    "name": "Finkenschlag",
    "district": "Ammerngau",
    "official_key": "99007007",
    "population": "14.923",
    "address": "Zeisigweg 7",
    "contact_name": "Stieglitz",
    "contact_email": "girlitz",
    "contact_phone": "0815-4711-99",
}
"""What an anonymous municipality must not be known by; each turns up on a page of somebody who may know."""


@dataclass(frozen=True)
class Neighbours:
    """Anna works for both, Ben for K01 only, Cleo for none; each municipality has a coordinator."""

    named: Municipality
    secret: Municipality
    lead: User
    anna: User
    ben: User
    cleo: User
    coordinator: User
    head: User
    secret_coordinator: User
    reader: User

    def person(self, name: str) -> User:
        """One of them, for tests that are tables of people."""
        person = getattr(self, name)
        assert isinstance(person, User)
        return person

    def viewer(self, name: str) -> Viewer:
        """The same as who looks at something."""
        user = self.person(name)
        return Viewer(user.id, user.role, frozenset(each.municipality_id for each in user.assignments))


def make_neighbours(session: Session) -> Neighbours:
    """Lay them out and commit."""
    named = make_municipality(session, number=1, name="Stadt Neuenwerra", land=Land.HE, population=38000)
    secret = make_municipality(
        session,
        number=2,
        visibility=Visibility.ANONYMOUS,
        name=f"Gemeinde {CANARIES['name']}",
        kind=Kind.KREISANGEHOERIGE_GEMEINDE,
        land=Land.BY,
        district=CANARIES["district"],
        population=14923,
        official_key=CANARIES["official_key"],
        address=CANARIES["address"],
        contact_name=CANARIES["contact_name"],
        contact_email=f"{CANARIES['contact_email']}@example.org",
        contact_phone=CANARIES["contact_phone"],
    )
    neighbours = Neighbours(
        named=named,
        secret=secret,
        lead=make_user(session, role=Role.LEAD),
        anna=make_user(session, municipalities=[named, secret]),
        ben=make_user(session, municipalities=[named]),
        cleo=make_user(session),
        coordinator=make_user(session, role=Role.COORDINATOR, municipalities=[named]),
        head=make_user(session, role=Role.HEAD, municipalities=[named]),
        secret_coordinator=make_user(session, role=Role.COORDINATOR, municipalities=[secret]),
        reader=make_user(session, role=Role.READER),
    )
    session.commit()
    return neighbours
