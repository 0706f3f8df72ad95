"""One-time links: who gets one, what it opens, and when it no longer does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.accounts.models import OneTimeLink, User
from komma_tracker.audit.models import AuditRecord
from tests.factories.people import PASSWORD, make_user
from tests.integration.accounts.conftest import Letters, SignIn, is_signed_in
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

NEW = "ein ganz neues Passwort"


@pytest.fixture
def invited(session: Session) -> User:
    """Somebody who has not chosen a password yet."""
    user = make_user(session, name="Ben Brandt", email="ben@example.org", password_hash=None)
    session.commit()
    return user


def forget(client: Client, email: str, *, address: str = "192.0.2.1") -> TestResponse:
    return client.post("/password/forgot", data={"email": email}, environ_overrides={"REMOTE_ADDR": address})


@pytest.fixture
def reset_link(client: Client, anna: User, letters: Letters) -> str:
    """A link that Anna has asked for."""
    forget(client, anna.email)
    ((_, link),) = letters()
    return link


@pytest.fixture
def invitation(app: Flask, login: Login, lead: User, invited: User, letters: Letters) -> str:
    """A link that the lead has sent to Ben."""
    leads = app.test_client()
    assert isinstance(leads, Client)
    login(leads, lead).post(f"/people/{invited.public_id}/invite")
    ((_, link),) = letters()
    return link


# Asking for one.


def test_a_letter_goes_to_the_person_with_a_link_for_a_new_password(
    client: Client, anna: User, letters: Letters
) -> None:
    assert forget(client, " ANNA@example.org").location == "/login"
    ((to, link),) = letters()
    assert to == anna.email
    assert re.fullmatch(r"/password/reset/[\w-]{32}", link)


@pytest.mark.parametrize("kind", ["unknown", "no address", "disabled"])
def test_the_answer_does_not_tell_whether_there_is_an_account(
    app: Flask, session: Session, clock: Clock, anna: User, letters: Letters, kind: str
) -> None:
    make_user(session, email="disabled@example.org", disabled_at=clock.now)
    session.commit()
    stranger = {"unknown": "nobody@example.org", "no address": "anna", "disabled": "disabled@example.org"}[kind]
    seen = []
    for email in (anna.email, stranger):
        client = app.test_client()
        assert isinstance(client, Client)
        answer = forget(client, email)
        with client.session_transaction() as cookie:
            flashes = cookie.get("_flashes")
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        seen.append((answer.status_code, answer.text, headers, flashes))
    assert seen[0] == seen[1]
    assert [to for to, _ in letters()] == [anna.email]


def test_an_invited_person_may_ask_too(client: Client, invited: User, letters: Letters) -> None:
    forget(client, invited.email)
    ((_, link),) = letters()
    assert client.post(link, data={"password": NEW}).location == "/"


def test_nobody_can_flood_a_mailbox(client: Client, anna: User, letters: Letters, clock: Clock) -> None:
    statuses = [forget(client, anna.email, address=f"198.51.100.{number}").status_code for number in range(6)]
    assert statuses == [302] * 6
    assert len(letters()) == 3
    clock.wait(hours=1)
    forget(client, anna.email)
    assert len(letters()) == 1


@pytest.mark.parametrize("known", [True, False])
def test_too_many_requests_from_one_address_are_refused(client: Client, anna: User, known: bool) -> None:
    emails = [anna.email if known else f"somebody-{number}@example.org" for number in range(25)]
    statuses = [forget(client, email).status_code for email in emails]
    assert statuses == [302] * 20 + [429] * 5
    assert forget(client, "else@example.org", address="198.51.100.1").status_code == 302


def test_the_host_of_the_request_is_not_in_the_link(client: Client, anna: User, tmp_path: Any) -> None:
    client.post("/password/forgot", data={"email": anna.email}, headers={"Host": "localhost:8000"})
    (letter,) = (tmp_path / "outbox").glob("*.eml")
    assert "localhost:8000" not in letter.read_text()
    assert "http://127.0.0.1:8000/password/reset/" in letter.read_text()


def test_a_foreign_host_gets_no_answer_at_all(client: Client, anna: User, letters: Letters) -> None:
    answer = client.post("/password/forgot", data={"email": anna.email}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert letters() == []


def test_only_the_hash_of_a_link_is_kept(session: Session, reset_link: str) -> None:
    stored = session.scalars(select(OneTimeLink.token_sha256)).one()
    assert len(stored) == 64
    assert reset_link.rpartition("/")[2] not in stored


# Using one.


def test_looking_at_it_does_not_use_it_up(client: Client, reset_link: str, anna: User) -> None:
    for _ in range(2):  # a mail scanner opens links, too
        page = client.get(reset_link)
        assert (page.status_code, anna.email in page.text) == (200, True)
    assert client.head(reset_link).status_code == 200
    assert not is_signed_in(client)
    assert client.post(reset_link, data={"password": NEW}).status_code == 302


def test_it_sets_the_password_and_signs_in(client: Client, reset_link: str, anna: User, sign_in: SignIn) -> None:
    assert client.post(reset_link, data={"password": NEW}).location == "/"
    assert is_signed_in(client)
    client.post("/logout")
    assert sign_in(anna, PASSWORD) == 422
    assert sign_in(anna, NEW) == 302


def test_it_works_once(client: Client, reset_link: str, anna: User, sign_in: SignIn) -> None:
    client.post(reset_link, data={"password": NEW})
    client.post("/logout")
    assert client.get(reset_link).status_code == 404
    assert client.post(reset_link, data={"password": "noch ein anderes Passwort"}).status_code == 404
    assert sign_in(anna, NEW) == 302


@pytest.mark.parametrize(("fixture", "lifetime"), [("reset_link", {"hours": 1}), ("invitation", {"days": 7})])
def test_it_expires(
    client: Client, request: pytest.FixtureRequest, clock: Clock, fixture: str, lifetime: dict[str, float]
) -> None:
    link = request.getfixturevalue(fixture)
    clock.wait(**lifetime)
    clock.wait(seconds=-1)
    assert client.get(link).status_code == 200
    clock.wait(seconds=1)
    assert client.get(link).status_code == 404
    assert client.post(link, data={"password": NEW}).status_code == 404


def test_a_link_for_one_purpose_does_not_serve_the_other(client: Client, reset_link: str, invitation: str) -> None:
    swapped = [
        reset_link.replace("/password/reset/", "/invitation/"),
        invitation.replace("/invitation/", "/password/reset/"),
    ]
    assert [client.get(link).status_code for link in swapped] == [404, 404]


def test_used_expired_and_invented_links_look_the_same(
    client: Client, reset_link: str, invitation: str, clock: Clock
) -> None:
    client.post(reset_link, data={"password": NEW})
    client.post("/logout")
    client.get("/login")  # takes the farewell away
    clock.wait(days=8)
    tokens = r'(?<=csrf_token" value=")[^"]+|/(?:password/reset|invitation)/[\w-]+'
    links = (reset_link, invitation, "/invitation/never-was")
    assert len({re.sub(tokens, "", client.get(link).text) for link in links}) == 1


def test_it_ends_all_sign_ins_of_before(app: Flask, client: Client, login: Login, anna: User, reset_link: str) -> None:
    elsewhere = app.test_client()
    assert isinstance(elsewhere, Client)
    login(elsewhere, anna)
    client.post(reset_link, data={"password": NEW})
    assert not is_signed_in(elsewhere)
    assert is_signed_in(client)


def test_it_voids_all_other_links_of_the_person(client: Client, anna: User, letters: Letters) -> None:
    for number in range(3):
        forget(client, anna.email, address=f"198.51.100.{number}")
    links = [link for _, link in letters()]
    assert [client.get(link).status_code for link in links] == [200] * 3  # who asks for one must not void another
    client.post(links[1], data={"password": NEW})
    client.post("/logout")
    assert [client.get(link).status_code for link in links] == [404] * 3


def test_a_disabled_person_cannot_use_one(
    app: Flask, client: Client, login: Login, lead: User, anna: User, reset_link: str
) -> None:
    leads = login(app.test_client(), lead)  # type: ignore[arg-type]
    leads.post(f"/people/{anna.public_id}/disable")
    assert client.get(reset_link).status_code == 404
    leads.post(f"/people/{anna.public_id}/enable")
    assert client.get(reset_link).status_code == 404


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "Bitte geben Sie das Passwort an."),
        ("neun 9 Ze", "Das Passwort braucht mindestens 10 Zeichen."),
        ("x" * 201, "Das Passwort darf höchstens 200 Zeichen haben."),
        ("aaaaaaaaaaaa", "Das Passwort wiederholt zu oft dieselben Zeichen."),
        ("Anna@Example.org", "Das Passwort darf nicht die E-Mail-Adresse sein."),
    ],
)
def test_a_password_that_is_none_leaves_the_link_as_it_was(
    client: Client, reset_link: str, password: str, message: str
) -> None:
    answer = client.post(reset_link, data={"password": password})
    assert (answer.status_code, message in answer.text) == (422, True)
    assert client.post(reset_link, data={"password": NEW}).status_code == 302


def test_the_new_password_is_recorded_without_being_told(client: Client, session: Session, reset_link: str) -> None:
    client.post(reset_link, data={"password": NEW})
    records = session.scalars(select(AuditRecord).order_by(AuditRecord.id)).all()
    assert [record.action for record in records] == ["password.forget", "password.set", "session.open"]
    assert NEW not in str([(record.before, record.after) for record in records])


def test_trying_links_one_after_the_other_ends(client: Client, reset_link: str) -> None:
    statuses = [client.get(f"/invitation/guess-{number}").status_code for number in range(25)]
    assert statuses == [404] * 20 + [429] * 5
    assert client.get(reset_link).status_code == 200  # who has a real one is not locked out


# Invitations.


def test_the_first_password_opens_the_account_in_the_language_chosen(
    client: Client, session: Session, invitation: str, invited: User, sign_in: SignIn
) -> None:
    assert "Willkommen, Ben Brandt" in client.get(invitation).text
    client.post("/language", data={"locale": "en"})
    assert client.post(invitation, data={"password": NEW}).location == "/"
    assert is_signed_in(client)
    session.refresh(invited)
    assert (invited.locale, invited.state) == ("en", "active")
    client.post("/logout")
    assert sign_in(invited, NEW) == 302


def test_a_new_invitation_voids_the_one_before(
    app: Flask, client: Client, login: Login, lead: User, invited: User, invitation: str, letters: Letters
) -> None:
    login(app.test_client(), lead).post(f"/people/{invited.public_id}/invite")  # type: ignore[arg-type]
    ((_, second),) = letters()
    assert [client.get(link).status_code for link in (invitation, second)] == [404, 200]


def test_who_has_a_password_is_not_invited_again(
    client: Client, session: Session, login: Login, lead: User, anna: User, letters: Letters
) -> None:
    answer = login(client, lead).post(f"/people/{anna.public_id}/invite", follow_redirects=True)
    assert "hat schon ein Passwort" in answer.text
    assert letters() == []
    assert session.scalar(select(func.count(OneTimeLink.id))) == 0


def test_a_demo_account_with_a_password_of_its_own_is_none(client: Client, session: Session, letters: Letters) -> None:
    user = make_user(session, is_demo=True)
    session.commit()
    forget(client, user.email)
    ((_, link),) = letters()
    client.post(link, data={"password": NEW})
    session.refresh(user)
    assert not user.is_demo
