"""Canaries in every field of an anonymous municipality: no address sings, whoever made it, at whatever level."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import DomainError
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import viewer_of_user
from komma_tracker.alliances.rules import Side
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event, EventMunicipality
from komma_tracker.feeds.rules import Audience, Contents, Level
from komma_tracker.feeds.service import make_address
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from tests.support import world
from tests.support.application import SessionFor
from tests.support.client import new_client
from tests.support.clock import Clock

NAMED = {"their_name": "Blaukehlchen", "their_place": "Wasseramsel", "their_link": "bachstelze"}
"""What K01, which takes part by name, may say in full and at no other level."""
LETTERS = "alliance", "mine", "municipality", "network", "programme", "public"


@pytest.fixture
def people(session: Session, clock: Clock) -> list[User]:
    """Everybody in the demo, with canaries planted, some of them for K01."""
    world.build(session, today=clock.today)
    world.plant(session)
    with unit_of_work(session):
        place = session.scalars(select(Municipality).where(Municipality.code == "K01")).one()
        session.get_one(MunicipalityIdentity, place.id).name = f"Stadt {NAMED['their_name']}"
        only_here = select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == place.id)
        for event in session.scalars(select(Event).where(Event.id.in_(only_here), Event.municipality_count == 1)):
            event.place, event.title = NAMED["their_place"], f"Im {NAMED['their_place']}"
            event.link = f"https://{NAMED['their_link']}.example.org/"
    return list(session.scalars(select(User).order_by(User.id)))


def addresses(
    app: Flask, session: Session, session_for: SessionFor, people: list[User], clock: Clock
) -> list[tuple[str, Contents]]:
    """Every address that anybody in the demo can make of K01, K07 or all: path and contents."""
    made: list[tuple[str, Contents]] = []
    number = 0
    for user, audience, level, for_guest, codes in product(
        people, Audience, Level, (False, True), ((), ("K01",), (world.SECRET_CODE,), ("K01", world.SECRET_CODE))
    ):
        viewer = viewer_of_user(session, user_id=user.id, today=clock.today)
        assert viewer is not None
        contents = Contents(
            audience, side=Side.ADMINISTRATION if audience is Audience.ALLIANCE else None,
            level=level, for_guest=for_guest,
        )  # fmt: skip
        number += 1
        try:
            address = make_address(
                session_for(viewer), viewer, name="Probe", contents=contents, municipality_codes=codes,
                expires_on=clock.today + timedelta(days=9), today=clock.today, now=clock.now,
                request_key=f"probe-{number:016d}",
            )  # fmt: skip
        except DomainError:
            continue
        if codes and audience not in (Audience.MUNICIPALITY, Audience.ALLIANCE):
            continue
        made.append((f"/feeds/{address.token}/KommA.ics", contents))
    return made


def test_no_calendar_sings(
    app: Flask, session: Session, session_for: SessionFor, people: list[User], clock: Clock
) -> None:
    client = new_client(app)
    sung: dict[str, set[str]] = {}
    named: dict[Level, set[str]] = {level: set() for level in Level}
    kinds: set[tuple[str, bool]] = set()
    for path, contents in addresses(app, session, session_for, people, clock):
        answers = [client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"}), client.head(path)]
        assert [answer.status_code for answer in answers] == [200] * 3
        kinds.add((contents.audience.value, contents.for_guest))
        named[contents.level] |= set[str]().union(*(world.found(answer, NAMED) for answer in answers))
        if found := set[str]().union(*(world.found(answer) for answer in answers)):
            sung[repr(contents)] = found
    assert sung == {}, "an anonymous municipality's canary sings in no calendar, not even its own"
    assert named == {Level.FULL: set(NAMED), Level.ALIAS: set(), Level.BUSY: set()}
    assert kinds == {
        *((name, False) for name in LETTERS),
        ("alliance", True), ("municipality", True), ("network", True), ("public", True),
    }  # fmt: skip
