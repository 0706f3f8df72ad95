"""Case 9, as far as calendars go: whose name must not be told any more stands in no address that still opens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.alliances.rules import Side
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import unit_of_work
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience, Closing, Level
from komma_tracker.kit.context import Context
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.integration.feeds.test_guests import path_in
from tests.support.application import Login
from tests.support.client import Client

WHEN = datetime(2026, 6, 3, 9)
# who made it, audience, of which municipality, level, for a guest; and whether the name of K01 could have stood there
ADDRESSES = [
    ("coordinator", Audience.MUNICIPALITY, "neuenwerra", Level.FULL, False, True),
    ("coordinator", Audience.MUNICIPALITY, "neuenwerra", Level.FULL, True, True),
    ("coordinator", Audience.MUNICIPALITY, "neuenwerra", Level.ALIAS, True, False),
    ("coordinator", Audience.MUNICIPALITY, "neuenwerra", Level.BUSY, True, False),
    ("coordinator", Audience.ALLIANCE, "neuenwerra", Level.FULL, True, True),
    ("coordinator", Audience.NETWORK, None, Level.FULL, False, False),
    ("consultant", Audience.MINE, None, Level.FULL, False, True),
    ("consultant", Audience.MINE, None, Level.BUSY, False, False),
    ("stranger", Audience.MINE, None, Level.FULL, False, True),  # runs the joint session
    ("lead", Audience.MINE, None, Level.FULL, False, False),
    ("stranger", Audience.MUNICIPALITY, "lindental", Level.FULL, False, True),  # has the joint session
    ("anonymous_coordinator", Audience.MUNICIPALITY, "falkenhude", Level.FULL, False, False),
    ("lead", Audience.PROGRAMME, None, Level.FULL, False, True),
    ("lead", Audience.PROGRAMME, None, Level.ALIAS, False, False),
    ("lead", Audience.PUBLIC, None, Level.FULL, True, False),
]


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    return lambda user: login(cast("Client", app.test_client()), user)


@pytest.fixture
def season(programme: Programme, session: Session) -> None:
    """A training of K01, one of K01 and K02, one of K02, one of K07 and one for all."""
    p = programme
    with unit_of_work(session):
        for number, (title, places, people) in enumerate(
            [
                ("Eins", [p.neuenwerra], [p.consultant]),
                ("Beide in Neuenwerra", [p.neuenwerra, p.lindental], [p.consultant, p.stranger]),
                ("Zwei", [p.lindental], [p.stranger]),
                ("Sieben", [p.falkenhude], [p.consultant]),
            ]
        ):
            starts = WHEN + timedelta(days=number)
            make_event(session, title=title, municipalities=places, consultants=people, starts_local=starts)
        make_event(session, title="Alle", kind=EventKind.NETWORK, starts_local=WHEN + timedelta(days=9))


@pytest.fixture
def subscribed(programme: Programme, subscribe: Subscribe) -> list[str]:
    """The addresses of the table."""
    paths: list[str] = []
    for maker, audience, place, level, for_guest, _ in ADDRESSES:
        places = [getattr(programme, place)] if place else []
        side = Side.ADMINISTRATION if audience is Audience.ALLIANCE else None
        paths.append(
            subscribe(getattr(programme, maker), audience, *places, level=level, for_guest=for_guest, side=side)
        )
    return paths


def go_anonymous(lead: Client, visibility: str = "anonymous") -> Any:
    data = {
        "name": "Stadt Neuenwerra", "kind": "other", "land": "HE", "alias": "Kommune 01", "visibility": visibility,
        "version": "1",
    }  # fmt: skip
    answer = lead.post("/municipalities/K01/edit", data=data)
    assert answer.status_code == 302, answer.text
    return answer


def letters(app: Flask) -> list[Any]:
    surroundings: Context = app.extensions["komma"]
    paths = sorted(surroundings.settings.outbox_dir.glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


@pytest.mark.usefixtures("season")
def test_case_09_old_addresses_are_dead_at_once(
    browse: Any, client: Client, programme: Programme, subscribed: list[str], session: Session, now: datetime
) -> None:
    assert [client.get(path).status_code for path in subscribed] == [200] * len(ADDRESSES)
    named = [b"Neuenwerra" in client.get(path).data for path in subscribed]
    dead = [dead for *_, dead in ADDRESSES]
    assert all(closes for spoke, closes in zip(named, dead, strict=True) if spoke), "what spoke must end"

    go_anonymous(browse(programme.lead))

    assert [client.get(path).status_code == 404 for path in subscribed] == dead
    for path in subscribed:
        assert b"Neuenwerra" not in client.get(path).data.replace(b"\r\n ", b"")
    session.rollback()
    closed = session.scalars(select(FeedAddress).where(FeedAddress.closing == Closing.ANONYMITY)).all()
    assert (len(closed), {each.revoked_at for each in closed}) == (sum(dead), {now})
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.revoke")).all()
    assert len(records) == sum(dead)
    assert "Neuenwerra" not in repr([record.after for record in records])


@pytest.mark.usefixtures("season", "subscribed")
def test_case_09_people_are_told_and_make_new_ones(
    app: Flask, browse: Any, client: Client, programme: Programme
) -> None:
    lead = browse(programme.lead)
    go_anonymous(lead)
    assert "4 Personen haben eine E-Mail" in lead.get("/municipalities/K01").text
    told = letters(app)
    assert sorted(letter["To"] for letter in told) == [
        "consultant@example.org", "coordinator@example.org", "lead@example.org", "stranger@example.org",
    ]  # fmt: skip
    for letter in told:
        text = f"{letter['Subject']}\n{letter.get_content()}"
        assert "/account/feeds" in text
        for secret in ("Neuenwerra", "Kommune 01", "K01"):
            assert secret not in text

    browser = browse(programme.coordinator)
    page = browser.get("/account/feeds").text
    assert "beendet, weil eine Kommune jetzt anonym teilnimmt" in page
    (deed,) = re.findall(r'action="(/account/feeds/[a-z2-7]+/renew)"', page)
    path = path_in(browser.post(deed))
    body = client.get(path).data
    assert b"NAME:KommA \xe2\x80\x93 Kommune 01" in body
    assert b"Training \xe2\x80\x93 Kommune 01" in body


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("visibility", ["public", "network"])
def test_another_change_ends_nothing(
    app: Flask, browse: Any, client: Client, programme: Programme, subscribed: list[str], visibility: str
) -> None:
    go_anonymous(browse(programme.lead), visibility)
    assert [client.get(path).status_code for path in subscribed] == [200] * len(ADDRESSES)
    assert letters(app) == []


@pytest.mark.usefixtures("season")
def test_an_authority_in_two_alliances_gets_a_new_address_without_the_anonymous_one(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session
) -> None:
    """Cases 9 and 18 together."""
    places = [programme.neuenwerra, programme.lindental]
    old = subscribe(programme.lead, Audience.ALLIANCE, *places, side=Side.ADMINISTRATION, for_guest=True)
    assert client.get(old).text.count("BEGIN:VEVENT") == 3
    lead = browse(programme.lead)
    go_anonymous(lead)
    assert client.get(old).status_code == 404
    session.rollback()
    public_id = session.scalars(select(FeedAddress.public_id)).one()
    body = client.get(path_in(lead.post(f"/account/feeds/{public_id}/renew"))).text.replace("\r\n ", "")
    assert body.count("BEGIN:VEVENT") == 2
    assert "NAME:KommA – Allianz Landkreis Lindental\r\n" in body
    assert "Kommune 01" not in body
