"""Case 7: the coordinator changes: what let the old one in ends at once, also should the person come back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.access.tokens import token_hash
from komma_tracker.accounts.models import LoginSession, User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience
from komma_tracker.municipalities.models import Municipality
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_assignment, make_user
from tests.support.application import Login
from tests.support.client import Client

TOKENS = {name: f"token-of-{name}-0123456789-0123456789" for name in ("old", "other", "new")}


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    return lambda user: login(cast("Client", app.test_client()), user)


@pytest.fixture
def places(session: Session) -> list[Municipality]:
    return [make_municipality(session, number=number) for number in (1, 2)]


def subscribe(session: Session, owner: User, place: Municipality | None, name: str, now: datetime) -> None:
    session.add(
        FeedAddress(
            token_sha256=token_hash(TOKENS[name]), name="Termine", owner_id=owner.id, created_at=now,
            audience=Audience.MUNICIPALITY if place else Audience.MINE, municipality_id=place.id if place else None,
        )
    )  # fmt: skip
    session.commit()


def status(app: Flask, name: str) -> int:
    return app.test_client().get(f"/feeds/{TOKENS[name]}/termine.ics").status_code


def sign_ins(session: Session, user: User) -> int:
    session.rollback()
    return len(session.scalars(select(LoginSession.id).where(LoginSession.user_id == user.id)).all())


def end(client: Client, user: User, ends_on: str) -> None:
    assignment = user.assignments[0]
    answer = client.post(
        f"/people/{user.public_id}/assignments/{assignment.id}", data={"starts_on": "05.01.2026", "ends_on": ends_on}
    )
    assert answer.status_code == 302


def test_case_07_coordinator_changes(
    app: Flask, session: Session, browse: Any, places: list[Municipality], now: datetime
) -> None:
    lead = make_user(session, role=Role.LEAD)
    old = make_user(session, role=Role.COORDINATOR, municipalities=places[:1])
    new = make_user(session, role=Role.COORDINATOR, municipalities=places[:1])
    subscribe(session, old, places[0], "old", now)
    subscribe(session, new, places[0], "new", now)
    leads, olds, news = browse(lead), browse(old), browse(new)
    assert olds.get("/municipalities/K01").status_code == 200
    assert status(app, "old") == 200

    end(leads, old, "19.05.2026")

    assert olds.get("/municipalities/K01").status_code == 302, "the old sign-in leads to the page for signing in"
    assert sign_ins(session, old) == 0
    assert status(app, "old") == status(app, "other") == 404
    session.rollback()
    address = session.scalars(select(FeedAddress).where(FeedAddress.owner_id == old.id)).one()
    assert address.revoked_at == now
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.revoke")).one()
    assert (record.actor_id, record.object_id) == (lead.id, address.public_id)
    assert news.get("/municipalities/K01").status_code == 200
    assert (sign_ins(session, new), status(app, "new")) == (1, 200)

    session.rollback()
    make_assignment(session, old, places[0], starts_on=date(2026, 5, 20))
    session.commit()
    assert status(app, "old") == 404, "who comes back makes a new address"


def test_case_07_an_end_to_come_ends_nothing_yet(
    app: Flask, session: Session, browse: Any, places: list[Municipality], now: datetime, clock: Any
) -> None:
    lead = make_user(session, role=Role.LEAD)
    old = make_user(session, role=Role.COORDINATOR, municipalities=places[:1])
    subscribe(session, old, places[0], "old", now)
    leads, olds = browse(lead), browse(old)
    end(leads, old, "21.05.2026")
    assert (status(app, "old"), sign_ins(session, old)) == (200, 1)
    clock.now = datetime(2026, 5, 22, 6, tzinfo=now.tzinfo)
    assert status(app, "old") == 404
    assert olds.get("/municipalities/K01").status_code in (302, 404)


def test_case_07_whoever_moves_on_keeps_the_other_municipality(
    app: Flask, session: Session, browse: Any, places: list[Municipality], now: datetime
) -> None:
    lead = make_user(session, role=Role.LEAD)
    consultant = make_user(session, municipalities=places)
    subscribe(session, consultant, places[0], "old", now)
    subscribe(session, consultant, places[1], "other", now)
    subscribe(session, consultant, None, "new", now)
    leads, client = browse(lead), browse(consultant)
    end(leads, consultant, "19.05.2026")
    assert [status(app, name) for name in ("old", "other", "new")] == [404, 200, 200]
    assert sign_ins(session, consultant) == 1
    assert client.get("/municipalities/K02").status_code == 200


@pytest.mark.parametrize("how", ["removed", "another role"])
def test_other_ways_to_lose_a_role(
    app: Flask, session: Session, browse: Any, places: list[Municipality], now: datetime, how: str
) -> None:
    lead = make_user(session, role=Role.LEAD)
    old = make_user(session, role=Role.COORDINATOR, municipalities=places[:1])
    subscribe(session, old, places[0], "old", now)
    leads = browse(lead)
    browse(old)
    if how == "removed":
        leads.post(f"/people/{old.public_id}/assignments/{old.assignments[0].id}/remove")
    else:
        end(leads, old, "19.05.2026")
        details = {"name": old.name, "email": old.email, "role": "reader", "land": "", "version": "1"}
        assert leads.post(f"/people/{old.public_id}/edit", data=details).status_code == 302
    assert (status(app, "old"), sign_ins(session, old)) == (404, 0)
