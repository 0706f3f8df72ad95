"""Two at the same moment: one of them comes too late, and is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import DomainError, Invalid, Role, System
from komma_tracker.access.scope import system_session
from komma_tracker.accounts import service
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.rules import Details, LinkIsVoid, Span
from komma_tracker.db import db
from komma_tracker.municipalities.models import Municipality
from tests.factories.people import make_user
from tests.support.clock import Clock

ERRAND = System("test")
AtOnce = Callable[[Callable[[Session, int], object]], list[type[DomainError] | None]]


@pytest.fixture
def at_once(app: Flask) -> AtOnce:
    """Does something four times at the same moment; says what each was refused with."""
    with app.app_context():
        engine = db.engine

    def run(act: Callable[[Session, int], object]) -> list[type[DomainError] | None]:
        begin, outcomes = threading.Barrier(4), list[type[DomainError] | None]()

        def one(number: int) -> None:
            with system_session(engine, ERRAND.reason) as session:
                begin.wait()
                try:
                    act(session, number)
                    outcomes.append(None)
                except DomainError as error:
                    outcomes.append(type(error))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(outcomes, key=str)

    return run


def test_a_link_is_redeemed_once(at_once: AtOnce, session: Session, clock: Clock) -> None:
    user = make_user(session, password_hash=None)
    session.commit()
    letter = service.invite(session, ERRAND, public_id=user.public_id, now=clock.now)

    def redeem(session: Session, number: int) -> None:
        password = f"ein neues Passwort {number}"
        service.choose_password(session, token=letter.token, purpose=letter.purpose, password=password, now=clock.now)

    assert at_once(redeem) == [LinkIsVoid] * 3 + [None]


def test_an_address_is_given_once(at_once: AtOnce, session: Session, clock: Clock) -> None:
    details = Details("Kim Muster", "kim@example.org", Role.CONSULTANT)

    def add(session: Session, number: int) -> None:
        del number
        service.add_person(session, ERRAND, details=details, municipality_id=None, today=clock.today, now=clock.now)

    assert at_once(add) == [Invalid] * 3 + [None]
    assert session.scalars(select(func.count(User.id))).one() == 1


def test_a_coordinator_gets_one_municipality(
    at_once: AtOnce, session: Session, places: list[Municipality], clock: Clock
) -> None:
    user = make_user(session, role=Role.COORDINATOR)
    session.commit()

    def assign(session: Session, number: int) -> None:
        span = Span(places[number % len(places)].id, clock.today)
        service.add_assignment(
            session,
            ERRAND,
            public_id=user.public_id,
            span=span,
            today=clock.today,
            now=clock.now,
            request_key=None,
        )

    assert at_once(assign) == [Invalid] * 3 + [None]
    assert session.scalars(select(func.count(Assignment.id))).one() == 1
