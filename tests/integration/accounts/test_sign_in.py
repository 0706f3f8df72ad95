"""Signing in and out: who comes in, what a refusal tells, and when it ends."""

from __future__ import annotations

import re
import statistics
import time
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.access.rules import Role
from komma_tracker.accounts import passwords
from komma_tracker.accounts.models import LoginSession, User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import db
from tests.factories.people import PASSWORD, make_user
from tests.integration.accounts.conftest import SignIn, is_signed_in
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def strangers(session: Session, clock: Clock, anna: User) -> dict[str, str]:
    """Addresses with which nobody gets in, whatever the password."""
    make_user(session, email="disabled@example.org", disabled_at=clock.now)
    make_user(session, email="invited@example.org", password_hash=None)
    session.commit()
    return {
        "unknown": "unknown@example.org",
        "no address": "anna",
        "disabled": "disabled@example.org",
        "invited": "invited@example.org",
        "wrong password": anna.email,
    }


STRANGERS = ("unknown", "no address", "disabled", "invited", "wrong password")


def attempt(client: Client, email: str, password: str) -> TestResponse:
    return client.post("/login", data={"email": email, "password": password})


def without_tokens(response: TestResponse, email: str) -> tuple[int, str, dict[str, str]]:
    text = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", response.text).replace(email, "…")
    headers = {name: value for name, value in response.headers.items() if name not in ("Set-Cookie", "Content-Length")}
    return response.status_code, text, headers


def test_the_right_password_opens_the_page_of_ones_role(client: Client, lead: User) -> None:
    response = attempt(client, " Lead@Example.org ", PASSWORD)
    assert (response.status_code, response.location) == (302, "/")
    assert is_signed_in(client)
    assert client.get("/").location == "/portfolio"


def test_the_sign_in_is_recorded_with_its_person(client: Client, session: Session, anna: User) -> None:
    attempt(client, anna.email, PASSWORD)
    record = session.scalars(select(AuditRecord)).one()
    assert (record.action, record.actor_id, record.object_id) == ("session.open", anna.id, anna.public_id)


@pytest.mark.parametrize("kind", STRANGERS)
def test_no_refusal_tells_whether_there_is_an_account(client: Client, strangers: dict[str, str], kind: str) -> None:
    wanted = without_tokens(attempt(client, "nobody@example.org", "a wrong password"), "nobody@example.org")
    given = without_tokens(attempt(client, strangers[kind], "a wrong password"), strangers[kind])
    assert given == wanted
    assert given[0] == 422
    assert not is_signed_in(client)


def test_disabled_and_invited_people_do_not_get_in_with_any_password(client: Client, strangers: dict[str, str]) -> None:
    for kind in ("disabled", "invited"):
        assert attempt(client, strangers[kind], PASSWORD).status_code == 422


def test_every_refusal_asks_the_database_the_same(app: Flask, client: Client, strangers: dict[str, str]) -> None:
    asked: list[str] = []
    with app.app_context():
        engine: Engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    answers = []
    for email in strangers.values():
        attempt(client, email, "a wrong password")
        answers.append(tuple(asked))
        asked.clear()
    assert set(answers) == {answers[0]}


def test_every_refusal_takes_the_same_time(client: Client, strangers: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setattr("komma_tracker.accounts.throttle.attempt", lambda *args, **values: True)
    medians = {}
    spent: dict[str, list[float]] = {kind: [] for kind in strangers}
    attempt(client, "warm@example.org", "a wrong password")
    for _ in range(9):
        for kind, email in strangers.items():
            start = time.thread_time()  # what other programs do meanwhile is not counted
            attempt(client, email, "a wrong password")
            spent[kind].append(time.thread_time() - start)
    medians = [statistics.median(times) for times in spent.values()]
    assert max(medians) - min(medians) < 0.008


def test_missing_fields_are_asked_for_without_an_attempt(client: Client, session: Session) -> None:
    response = client.post("/login", data={"email": "", "password": ""})
    assert response.status_code == 422
    assert "Bitte geben Sie das Passwort an." in response.text


def test_what_was_typed_stays_but_for_the_password(client: Client) -> None:
    response = attempt(client, "nobody@example.org", "a wrong password")
    assert 'value="nobody@example.org"' in response.text
    assert "a wrong password" not in response.text


def test_signing_in_makes_a_new_session(client: Client, anna: User) -> None:
    client.get("/login")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        before = cookie["csrf_token"]
    attempt(client, anna.email, PASSWORD)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before
        first = cookie["_user_id"]
    client.post("/logout")
    attempt(client, anna.email, PASSWORD)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first


def test_the_database_keeps_only_a_hash_of_the_cookie(client: Client, session: Session, anna: User) -> None:
    attempt(client, anna.email, PASSWORD)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    stored = session.scalars(select(LoginSession.token_sha256)).one()
    assert token not in stored
    assert len(stored) == 64


@pytest.mark.parametrize(
    ("target", "reached"),
    [("/entries?page=2", "/entries?page=2"), ("//evil.example", "/"), ("https://evil.example/", "/"), ("", "/")],
)
def test_after_the_sign_in_only_own_pages_follow(client: Client, anna: User, target: str, reached: str) -> None:
    data = {"email": anna.email, "password": PASSWORD, "next": target}
    assert client.post("/login", data=data).location == reached


def test_the_page_asked_for_comes_back_after_the_sign_in(client: Client, lead: User) -> None:
    asked = client.get("/people?role=lead")
    assert asked.location == "/login?next=/people?role%3Dlead"
    assert 'value="/people?role=lead"' in client.get(asked.location).text


def test_who_is_signed_in_sees_no_sign_in(client: Client, login: Login, anna: User) -> None:
    assert login(client, anna).get("/login").location == "/"


def test_a_weaker_hash_is_renewed_at_the_sign_in(client: Client, session: Session, sign_in: SignIn) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    user = make_user(session, password_hash=weak)
    session.commit()
    assert sign_in(user) == 302
    session.refresh(user)
    assert user.password_hash is not None
    assert (passwords.is_outdated(weak), passwords.is_outdated(user.password_hash)) == (True, False)
    client.post("/logout")
    assert sign_in(user) == 302


# What ends a sign-in: on the server, so that a copied cookie ends with it.


def copied(app: Flask, client: Client) -> Client:
    """Another browser with the same cookie."""
    other = app.test_client()
    assert isinstance(other, Client)
    cookie = client.get_cookie("komma")
    assert cookie
    other.set_cookie("komma", cookie.value)
    return other


def test_signing_out_ends_a_copied_cookie_too(app: Flask, client: Client, anna: User, sign_in: SignIn) -> None:
    sign_in(anna)
    thief = copied(app, client)
    assert is_signed_in(thief)
    assert client.post("/logout").location == "/login"
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_signing_out_here_leaves_other_browsers_alone(app: Flask, client: Client, anna: User, sign_in: SignIn) -> None:
    elsewhere = app.test_client()
    sign_in(anna, by=elsewhere)
    sign_in(anna)
    client.post("/logout")
    assert elsewhere.get("/account").status_code == 200


def test_signing_out_needs_the_token_of_its_form(client: Client, login: Login, anna: User) -> None:
    login(client, anna)
    assert client.post("/logout", csrf=False).status_code == 400
    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


@pytest.mark.parametrize(("minutes", "alive"), [(30, True), (31, False)])
def test_half_an_hour_without_a_request_ends_it(
    client: Client, login: Login, anna: User, clock: Clock, minutes: int, alive: bool
) -> None:
    login(client, anna)
    clock.wait(minutes=minutes)
    assert is_signed_in(client) is alive


def test_requests_keep_it_alive_but_not_beyond_twelve_hours(
    client: Client, login: Login, anna: User, clock: Clock
) -> None:
    login(client, anna)
    for _ in range(24):
        clock.wait(minutes=29)
        assert is_signed_in(client)
    clock.wait(minutes=29)
    assert not is_signed_in(client)


def test_sign_ins_that_ended_by_themselves_are_forgotten_at_the_next(
    client: Client, login: Login, lead: User, anna: User, clock: Clock, session: Session
) -> None:
    for person in (anna, anna, lead):
        login(client, person)
    clock.wait(minutes=31)
    login(client, anna)
    assert sorted(session.scalars(select(LoginSession.user_id))) == sorted([anna.id, lead.id])


def test_not_every_page_view_is_written_down(
    client: Client, login: Login, anna: User, clock: Clock, session: Session
) -> None:
    login(client, anna)
    start = clock.now
    seen = select(LoginSession.last_seen_at)
    for seconds, wanted in ((59, 0), (1, 60), (30, 60), (30, 120)):
        clock.wait(seconds=seconds)
        client.get("/account")
        session.rollback()
        assert (session.scalars(seen).one() - start).total_seconds() == wanted


def test_disabling_a_person_ends_it(
    app: Flask, client: Client, login: Login, lead: User, anna: User, session: Session
) -> None:
    annas = login(app.test_client(), anna)  # type: ignore[arg-type]
    assert is_signed_in(annas)
    login(client, lead).post(f"/people/{anna.public_id}/disable")
    assert not is_signed_in(annas)
    client.post(f"/people/{anna.public_id}/enable")
    assert not is_signed_in(annas)
    assert session.scalar(select(func.count(LoginSession.id)).where(LoginSession.user_id == anna.id)) == 0


def test_another_role_ends_it_and_another_name_does_not(
    app: Flask, client: Client, login: Login, lead: User, anna: User
) -> None:
    annas = login(app.test_client(), anna)  # type: ignore[arg-type]
    login(client, lead)
    details = {"name": "Anna Neu", "email": anna.email, "land": "", "version": "1"}
    client.post(f"/people/{anna.public_id}/edit", data={**details, "role": Role.CONSULTANT})
    assert is_signed_in(annas)
    client.post(f"/people/{anna.public_id}/edit", data={**details, "role": Role.LEAD, "version": "2"})
    assert not is_signed_in(annas)


def test_a_forged_or_garbled_cookie_is_nobody(client: Client, anna: User) -> None:
    for value in ("x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", ""):
        client.set_cookie("komma", value)
        assert not is_signed_in(client)
