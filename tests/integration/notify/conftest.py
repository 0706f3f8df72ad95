"""Two municipalities, one of them anonymous; people who want mail, people who do not; what lies in the outbox."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.cli.invitations import invitations
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.support.application import Login
from tests.support.clock import Clock

SECRET_NAME = "Gemeinde Vogelsang"


@dataclass
class Cast:
    """Anna runs sessions and wants mail, Ben runs some and wants none; all others want it, but for the head."""

    lead: User
    anna: User
    ben: User
    coordinator: User
    head: User
    elsewhere: User
    hidden: User
    reader: User
    first: Municipality
    second: Municipality
    secret: Municipality


@pytest.fixture
def people(session: Session, clock: Clock) -> Cast:
    first = make_municipality(session, number=1, name="Stadt Neuenwerra")
    second = make_municipality(session, number=2, name="Stadt Wiesenfurt")
    secret = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    for each in (first, second, secret):
        make_contract(session, each)

    def person(name: str, role: Role, *municipalities: Municipality, wants: bool = True, **values: Any) -> User:
        address = f"{name.split(maxsplit=1)[0].lower()}@example.org"
        return make_user(
            session, name=name, email=address, role=role, municipalities=municipalities, invitations=wants, **values
        )

    made = Cast(
        lead=person("Lea Leitner", Role.LEAD),
        anna=person("Anna Albers", Role.CONSULTANT, first, second, secret),
        ben=person("Ben Brandt", Role.CONSULTANT, first, wants=False),
        coordinator=person("Kira Koch", Role.COORDINATOR, first),
        head=person("Hans Haupt", Role.HEAD, first, wants=False),
        elsewhere=person("Karl Kern", Role.COORDINATOR, second, locale="en"),
        hidden=person("Vera Vogt", Role.COORDINATOR, secret),
        reader=person("Rita Ring", Role.READER),
        first=first,
        second=second,
        secret=secret,
    )
    session.commit()
    return made


@pytest.fixture
def add(session: Session) -> Callable[..., Event]:
    def add(*municipalities: Municipality, **values: Any) -> Event:
        with unit_of_work(session):
            return make_event(session, municipalities=municipalities, **values)

    return add


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Any", app.test_client()), user)


@dataclass(frozen=True)
class Letter:
    """An invitation as it leaves: the whole message, its text, and its calendar."""

    message: EmailMessage
    text: str
    octets: bytes

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def calendar(self) -> Any:
        return Calendar.from_ical(self.octets)

    @property
    def method(self) -> str:
        return str(self.calendar["METHOD"])

    @property
    def event(self) -> Any:
        (event,) = self.calendar.walk("VEVENT")
        return event

    @property
    def gist(self) -> tuple[str, str, int, str]:
        """To whom, what, which number, and what stands in the calendar."""
        return self.to, self.method, int(self.event["SEQUENCE"]), str(self.event["SUMMARY"])


Taken = Callable[[], list[Letter]]


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    """Takes the invitations that lie in the outbox, by address and UID."""

    def take() -> list[Letter]:
        found: list[Letter] = []
        for path in (tmp_path / "outbox").glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            text, calendar = message.iter_parts()
            octets = calendar.get_payload(decode=True)
            assert isinstance(octets, bytes)
            found.append(Letter(message, text.get_content(), octets))
            path.unlink()
        return sorted(found, key=lambda letter: (letter.to, str(letter.event["UID"])))

    return take


Add = Callable[..., Event]
Send = Callable[[], list[tuple[str, str, int, str]]]


@pytest.fixture
def send(app: Flask, taken: Taken) -> Send:
    """Lets the timer run once, and takes what it has sent."""

    def send() -> list[tuple[str, str, int, str]]:
        done = app.test_cli_runner().invoke(invitations, ["send"])
        assert done.exit_code == 0, done.output
        letters = taken()
        assert done.output == f"{len(letters)} sent\n"
        return [letter.gist for letter in letters]

    return send


def change(session: Session, event: Event, **values: Any) -> None:
    """As any use case does, wherever it runs."""
    with unit_of_work(session):
        row = session.get_one(Event, event.id)
        for name, value in values.items():
            setattr(row, name, value)
