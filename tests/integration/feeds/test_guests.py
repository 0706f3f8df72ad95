"""Addresses of people without an account: made and revoked by whoever is in charge, and dead with their maker."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.alliances.rules import Side
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import unit_of_work
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience, Closing, Level
from tests.factories.people import make_user
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

PAGE = "/account/feeds/guests"
FORM: dict[str, Any] = {
    "name": "Beratungsstelle Lichtblick",
    "audience": "alliance",
    "side": "counselling",
    "municipalities": ["K01"],
    "level": "full",
    "past_months": "3",
    "locale": "de",
    "expires_on": "31.12.2026",
    "request_key": "guest-form-0001-0001",
}
ADDRESS = re.compile(r'value="http://[^"/]+(/feeds/[A-Za-z0-9_-]+/[^"/]+\.ics)"')


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    return lambda user: login(cast("Client", app.test_client()), user)


def only_address(session: Session) -> FeedAddress:
    session.rollback()
    return session.scalars(select(FeedAddress)).one()


def successor_of(session: Session, programme: Programme) -> User:
    with unit_of_work(session):
        return make_user(session, role=Role.COORDINATOR, municipalities=[programme.neuenwerra])


def path_in(page: Any) -> str:
    found = ADDRESS.search(page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ("lead", 200),
        ("coordinator", 200),
        ("anonymous_coordinator", 200),
        ("consultant", 404),
        ("head", 404),
        ("reader", 404),
    ],
)
def test_who_gives_addresses_to_guests(browse: Any, programme: Programme, user: str, status: int) -> None:
    client = browse(getattr(programme, user))
    assert client.get(PAGE).status_code == status
    leads_there = f'href="{PAGE}"' in client.get("/account/feeds").text
    assert leads_there is (status == 200)


def test_a_coordinator_makes_one(browse: Any, client: Client, programme: Programme, session: Session) -> None:
    """Whoever has one municipality need not choose it; another one that a form may name is overlooked."""
    form = {**FORM, "municipalities": ["K02"]}
    page = browse(programme.coordinator).post(
        PAGE, data={**form, "kinds": ["workshop", "training"], "no_tentative": "y"}
    )
    assert page.status_code == 200
    path = path_in(page)
    assert path.endswith("/KommA-Allianz-K01.ics")
    assert client.get(path).status_code == 200
    address = only_address(session)
    assert (address.for_guest, address.audience, address.side) == (True, Audience.ALLIANCE, Side.COUNSELLING)
    assert (address.municipality_id, address.owner_id) == (programme.neuenwerra.id, programme.coordinator.id)
    assert (address.level, address.kinds, address.past_months) == (Level.FULL, "workshop,training", 3)
    assert (address.tentative, address.cancelled, str(address.expires_on)) == (False, True, "2026-12-31")
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.make")).one()
    assert record.after == {
        "audience": "alliance", "locale": "de", "level": "full", "guest": True, "side": "counselling",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("user", "change", "field"),
    [
        ("coordinator", {"name": ""}, "name"),
        ("coordinator", {"expires_on": ""}, "expires_on"),
        ("coordinator", {"expires_on": "19.05.2026"}, "expires_on"),
        ("coordinator", {"expires_on": "01.01.2030"}, "expires_on"),
        ("coordinator", {"expires_on": "irgendwann"}, "expires_on"),
        ("coordinator", {"audience": "programme"}, "audience"),
        ("coordinator", {"audience": "network"}, "audience"),
        ("lead", {"municipalities": ["K99"]}, "municipalities"),
        ("coordinator", {"side": "security", "kinds": ["training"]}, "kinds"),
        ("coordinator", {"side": "elsewhere"}, "side"),
        ("coordinator", {"level": "everything"}, "level"),
        ("coordinator", {"past_months": "99"}, "past_months"),
        ("coordinator", {"kinds": ["party"]}, "kinds"),
        ("lead", {"audience": "mine"}, "audience"),
        ("lead", {"municipalities": []}, "municipalities"),
        ("lead", {"audience": "municipality", "municipalities": ["K01", "K02"]}, "municipalities"),
        ("lead", {"audience": "network", "level": "alias"}, "level"),
    ],
)
def test_bad_input_keeps_what_was_typed(
    browse: Any, programme: Programme, session: Session, user: str, change: dict[str, Any], field: str
) -> None:
    page = browse(getattr(programme, user)).post(PAGE, data={**FORM, **change})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text.partition("error-summary")[2].partition("</ul>")[0]
    assert f'value="{FORM["request_key"]}"' in page.text
    assert session.scalars(select(FeedAddress)).all() == []


@pytest.mark.parametrize(
    ("user", "seen", "revoked"),
    [
        ("lead", True, 302),
        ("coordinator", True, 302),
        ("successor", True, 302),
        ("anonymous_coordinator", False, 404),
        ("consultant", False, 404),
        ("head", False, 404),
        ("reader", False, 404),
    ],
)
def test_who_sees_and_revokes_a_guest_s_address(
    browse: Any,
    client: Client,
    programme: Programme,
    subscribe: Subscribe,
    session: Session,
    user: str,
    seen: bool,
    revoked: int,
) -> None:
    """The municipality's coordination, whoever made it, and the lead."""
    path = subscribe(programme.coordinator, Audience.ALLIANCE, programme.neuenwerra, side=Side.OTHER, for_guest=True)
    successor = successor_of(session, programme)
    browser = browse(successor if user == "successor" else getattr(programme, user))
    assert ("Dienstrechner" in browser.get(PAGE).text) is seen
    public_id = only_address(session).public_id
    answer = browser.post(f"/account/feeds/{public_id}/revoke")
    assert answer.status_code == revoked
    assert client.get(path).status_code == (404 if revoked == 302 else 200)
    assert (only_address(session).closing is Closing.REVOKED) is (revoked == 302)


@pytest.mark.parametrize("user", ["lead", "coordinator"])
def test_an_own_address_is_nobody_else_s(
    browse: Any, programme: Programme, subscribe: Subscribe, session: Session, user: str
) -> None:
    subscribe(programme.head, Audience.MUNICIPALITY, programme.neuenwerra)
    browser = browse(getattr(programme, user))
    assert "Dienstrechner" not in browser.get(PAGE).text
    for deed in ("revoke", "renew"):
        assert browser.post(f"/account/feeds/{only_address(session).public_id}/{deed}").status_code == 404


def end(lead: Client, user: User) -> None:
    assignment = user.assignments[0]
    data = {"starts_on": "01.01.2026", "ends_on": "19.05.2026"}
    assert lead.post(f"/people/{user.public_id}/assignments/{assignment.id}", data=data).status_code == 302


@pytest.mark.parametrize("how", ["role ended", "disabled"])
def test_case_07_the_entry_passes_to_the_successor_and_the_secret_ends(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session, how: str
) -> None:
    old = subscribe(programme.coordinator, Audience.ALLIANCE, programme.neuenwerra, side=Side.SECURITY, for_guest=True)
    successor = successor_of(session, programme)
    lead = browse(programme.lead)
    assert client.get(old).status_code == 200

    if how == "disabled":
        lead.post(f"/people/{programme.coordinator.public_id}/disable")
    else:
        end(lead, programme.coordinator)

    assert client.get(old).status_code == 404
    address = only_address(session)
    assert address.closing is Closing.ROLE_ENDED
    browser = browse(successor)
    assert "beendet mit der Aufgabe der Person" in browser.get(PAGE).text

    new = path_in(browser.post(f"/account/feeds/{address.public_id}/renew"))

    assert [client.get(path).status_code for path in (old, new)] == [404, 200]
    address = only_address(session)
    assert (address.owner_id, address.closing, address.revoked_at) == (successor.id, None, None)
    assert (address.side, address.name) == (Side.SECURITY, "Dienstrechner")
    actions = select(AuditRecord.action).where(AuditRecord.object_id == address.public_id).order_by(AuditRecord.id)
    assert session.scalars(actions).all() == ["feed.make", "feed.revoke", "feed.renew"]
    if how == "disabled":
        lead.post(f"/people/{programme.coordinator.public_id}/enable")
        assert client.get(old).status_code == 404, "who comes back knows dead addresses only"


def test_a_role_that_ends_by_itself_leaves_an_address_to_renew(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session, clock: Clock
) -> None:
    """Nobody has clicked anything: the last day of the assignment has passed."""
    path = subscribe(programme.coordinator, Audience.ALLIANCE, programme.neuenwerra, side=Side.SECURITY, for_guest=True)
    with unit_of_work(session):
        session.merge(programme.coordinator).assignments[0].ends_on = clock.today
    assert client.get(path).status_code == 200
    clock.wait(days=1)
    assert client.get(path).status_code == 404
    page = browse(programme.lead).get(PAGE).text
    assert "keine Berechtigung mehr" in page
    assert "/renew" in page


def test_a_coordinator_renews_nothing_that_shows_another_municipality(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session
) -> None:
    """They see the entry, for it shows their sessions, and may end it; what else it shows they do not read."""
    subscribe(
        programme.lead, Audience.ALLIANCE, programme.neuenwerra, programme.lindental, side=Side.SECURITY, for_guest=True
    )
    browser = browse(programme.coordinator)
    page = browser.get(PAGE).text
    assert "Allianz Stadt Neuenwerra, weitere Kommunen" in page
    assert "Lindental" not in page
    public_id = only_address(session).public_id
    assert browser.post(f"/account/feeds/{public_id}/renew").status_code == 404
    assert browser.post(f"/account/feeds/{public_id}/revoke").status_code == 302


def test_an_address_expires_after_its_last_day(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session, clock: Clock
) -> None:
    path = subscribe(programme.lead, Audience.PUBLIC, for_guest=True)
    tag = client.get(path).headers["ETag"]
    clock.wait(days=30)
    assert client.get(path).status_code == 200
    clock.wait(days=1)
    answers = [client.get(path, headers=headers) for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"})]
    dead = client.get("/feeds/wrong/x.ics")
    assert [(answer.status_code, answer.data) for answer in answers] == [(404, dead.data)] * 3
    browser = browse(programme.lead)
    assert "abgelaufen" in browser.get(PAGE).text
    answer = browser.post(f"/account/feeds/{only_address(session).public_id}/renew", follow_redirects=True)
    assert "gesperrt oder abgelaufen" in answer.text


def test_a_renewed_address_kills_the_old_one(
    browse: Any, client: Client, programme: Programme, subscribe: Subscribe, session: Session
) -> None:
    old = subscribe(programme.consultant)
    public_id = only_address(session).public_id
    new = path_in(browse(programme.consultant).post(f"/account/feeds/{public_id}/renew"))
    assert [client.get(path).status_code for path in (old, new)] == [404, 200]


def test_last_use_is_listed(browse: Any, client: Client, programme: Programme, subscribe: Subscribe) -> None:
    path = subscribe(programme.lead, Audience.NETWORK, for_guest=True)
    browser = browse(programme.lead)
    assert "noch nie" in browser.get(PAGE).text
    client.get(path)
    assert "20.05.2026, 12:00" in browser.get(PAGE).text
