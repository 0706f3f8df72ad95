"""A small programme with an anonymous municipality in it, and a way to subscribe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.queries import viewer_of_user
from komma_tracker.db import unit_of_work
from komma_tracker.feeds.rules import Audience, Contents
from komma_tracker.feeds.service import make_address
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Kind, Land, Visibility
from tests.support.application import SessionFor
from tests.support.clock import Clock

Subscribe = Callable[..., str]


@dataclass(frozen=True)
class Programme:
    """Three municipalities, the last one anonymous, and people around them."""

    neuenwerra: Municipality
    lindental: Municipality
    falkenhude: Municipality
    lead: User
    consultant: User
    stranger: User
    coordinator: User
    head: User
    anonymous_coordinator: User
    reader: User


@pytest.fixture
def programme(session: Session, clock: Clock) -> Programme:
    """The consultant works for the first and the anonymous one, the stranger for the second."""

    def municipality(number: int, name: str, visibility: Visibility = Visibility.NETWORK) -> Municipality:
        identity = MunicipalityIdentity(name=name, sort_key=name.lower(), kind=Kind.OTHER, land=Land.HE)
        return Municipality(
            code=f"K{number:02d}",
            alias=f"Kommune {number:02d}",
            visibility=visibility,
            label_changed_at=datetime(2026, 1, 5, 8, tzinfo=clock.now.tzinfo),
            created_at=clock.now,
            identity=identity,
        )

    def user(name: str, role: Role, *assigned: Municipality) -> User:
        assignments = [Assignment(municipality_id=each.id, starts_on=date(2026, 1, 1)) for each in assigned]
        return User(email=f"{name}@example.org", name=name, role=role, created_at=clock.now, assignments=assignments)

    first, second = municipality(1, "Stadt Neuenwerra"), municipality(2, "Landkreis Lindental")
    secret = municipality(7, "Gemeinde Falkenhude", Visibility.ANONYMOUS)
    with unit_of_work(session):
        session.add_all([first, second, secret])
        session.flush()
        people = (
            user("lead", Role.LEAD),
            user("consultant", Role.CONSULTANT, first, secret),
            user("stranger", Role.CONSULTANT, second),
            user("coordinator", Role.COORDINATOR, first),
            user("head", Role.HEAD, first),
            user("anonymous", Role.COORDINATOR, secret),
            user("reader", Role.READER),
        )
        session.add_all(people)
    return Programme(first, second, secret, *people)


@pytest.fixture
def viewer_for(session: Session, clock: Clock) -> Callable[[User], Viewer]:
    """A person's rights of today."""

    def viewer_for(user: User) -> Viewer:
        viewer = viewer_of_user(session, user_id=user.id, today=clock.today)
        assert viewer is not None
        return viewer

    return viewer_for


@pytest.fixture
def subscribe(app: Flask, session_for: SessionFor, viewer_for: Callable[[User], Viewer], clock: Clock) -> Subscribe:
    """Makes an address and returns its path: `subscribe(user, Audience.MUNICIPALITY, municipality)`.

    Further values are those of `Contents`; a guest's address lives a month.
    """
    numbers = count(1)

    def subscribe(
        user: User, audience: Audience = Audience.MINE, *municipalities: Municipality | None, **values: Any
    ) -> str:
        viewer = viewer_for(user)
        made = make_address(
            session_for(viewer),
            viewer,
            name="Dienstrechner",
            contents=Contents(audience, **values),
            municipality_codes=[each.code for each in municipalities if each],
            expires_on=clock.today + timedelta(days=30) if values.get("for_guest") else None,
            today=clock.today,
            now=clock.now,
            request_key=f"subscribe-{next(numbers):08d}",
        )
        return f"/feeds/{made.token}/KommA.ics"

    return subscribe
