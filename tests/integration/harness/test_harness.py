"""The harness itself: each test finds an empty database, and the people it signs in are who they are."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.db import unit_of_work
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def lead(session: Session, clock: Clock) -> User:
    user = User(email="lead@example.org", name="Lena Leitung", role=Role.LEAD, created_at=clock.now)
    with unit_of_work(session):
        session.add(user)
    return user


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_begins_with_an_empty_database(session: Session, lead: User, time: str) -> None:
    assert (session.scalar(select(func.count(User.id))), lead.id) == (1, 1), time


def test_both_databases_are_meant(app: Flask, database: str) -> None:
    assert app.config["SQLALCHEMY_DATABASE_URI"] == database


def test_a_stranger_is_sent_to_the_sign_in(client: Client) -> None:
    assert client.get("/account").status_code in {302, 404}


def test_a_client_is_who_has_signed_in(client: Client, login: Login, lead: User) -> None:
    response = login(client, lead).get("/")
    assert (response.status_code, response.location) == (302, "/portfolio")


def test_a_form_without_its_token_is_refused(client: Client, login: Login, lead: User) -> None:
    login(client, lead)
    assert client.post("/language", data={"locale": "en"}, csrf=False).status_code == 400
    assert client.post("/language", data={"locale": "en"}).status_code in {302, 303}
