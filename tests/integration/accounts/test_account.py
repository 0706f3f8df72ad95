"""One's own account: password, language, sign-ins."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.municipalities.models import Municipality
from tests.factories.people import PASSWORD, make_assignment, make_user
from tests.integration.accounts.conftest import SignIn, is_signed_in
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

NEW = "ein ganz neues Passwort"


@pytest.fixture
def browser(client: Client, login: Login, anna: User) -> Client:
    """Anna's browser."""
    return login(client, anna)


@pytest.fixture
def elsewhere(app: Flask, login: Login, anna: User) -> Client:
    """Another browser of Anna's."""
    client = app.test_client()
    assert isinstance(client, Client)
    return login(client, anna)


def change(client: Client, current: str = PASSWORD, password: str = NEW) -> Any:
    return client.post("/account", data={"current": current, "password": password})


def test_a_new_password_needs_the_present_one(browser: Client, anna: User, sign_in: SignIn) -> None:
    assert change(browser).location == "/account"
    assert is_signed_in(browser)
    browser.post("/logout")
    assert (sign_in(anna), sign_in(anna, NEW)) == (422, 302)


def test_it_ends_every_other_sign_in_and_copies_of_this_one(app: Flask, browser: Client, elsewhere: Client) -> None:
    thief = app.test_client()
    cookie = browser.get_cookie("komma")
    assert cookie
    thief.set_cookie("komma", cookie.value)
    assert thief.get("/account").status_code == 200
    change(browser)
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("current", "password", "message"),
    [
        ("a wrong password", NEW, "Das ist nicht Ihr jetziges Passwort."),
        ("", NEW, "Bitte geben Sie Ihr jetziges Passwort an."),
        (PASSWORD, "zu kurz", "Das Passwort braucht mindestens 10 Zeichen."),
        (PASSWORD, "anna@example.org", "Das Passwort darf nicht die E-Mail-Adresse sein."),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    browser: Client, anna: User, session: Session, current: str, password: str, message: str
) -> None:
    answer = change(browser, current, password)
    assert (answer.status_code, message in answer.text) == (422, True)
    before = anna.password_hash
    session.refresh(anna)
    assert anna.password_hash == before


def test_guessing_the_present_password_ends(browser: Client, clock: Clock) -> None:
    statuses = [change(browser, "a wrong password").status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert change(browser).status_code == 429
    clock.wait(minutes=15)
    assert change(browser).status_code == 302


def test_the_page_says_in_how_many_browsers_one_is_signed_in(browser: Client, elsewhere: Client, clock: Clock) -> None:
    assert "in 2 Browsern angemeldet" in browser.get("/account").text
    clock.wait(minutes=20)
    browser.get("/account")
    clock.wait(minutes=20)
    assert "in 1 Browser angemeldet" in browser.get("/account").text


def test_signing_out_everywhere(browser: Client, elsewhere: Client, session: Session, anna: User) -> None:
    assert browser.post("/account/sign-out-everywhere").location == "/login"
    assert not is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert session.scalars(select(AuditRecord.action).order_by(AuditRecord.id.desc())).first() == "session.end_all"


def test_other_people_stay_signed_in(app: Flask, browser: Client, login: Login, lead: User) -> None:
    leads = login(app.test_client(), lead)  # type: ignore[arg-type]
    change(browser)
    browser.post("/account/sign-out-everywhere")
    assert is_signed_in(leads)


def test_the_page_shows_what_is_known_of_oneself(browser: Client) -> None:
    page = browser.get("/account").text
    for words in ("Anna Albers", "anna@example.org", "Beratungsperson", "Stadt Musterau 01", "seit 05.01.2026"):
        assert words in page, words


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_an_account(
    client: Client, login: Login, session: Session, places: list[Municipality], role: Role
) -> None:
    user = make_user(session, role=role, municipalities=[] if role in (Role.LEAD, Role.READER) else places[:1])
    session.commit()
    answer = login(client, user).get("/account")
    assert answer.status_code == 200
    assert ("/account/feeds" in answer.text) is (role is not Role.READER)


def test_a_coordinator_without_municipality_learns_so(client: Client, login: Login, session: Session) -> None:
    user = make_user(session, role=Role.COORDINATOR)
    session.commit()
    assert login(client, user).get("/").location == "/account"
    assert "Ihnen ist zurzeit keine Kommune zugeordnet." in client.get("/account").text


def test_what_has_ended_or_not_begun_is_not_named(
    client: Client, login: Login, session: Session, places: list[Municipality]
) -> None:
    user = make_user(session, municipalities=places[:1])
    make_assignment(session, user, places[1], starts_on=date(2026, 1, 1), ends_on=date(2026, 5, 19))
    make_assignment(session, user, places[2], starts_on=date(2026, 5, 21))
    session.commit()
    page = login(client, user).get("/account")
    shown = [place.label in page.text for place in places]
    assert (page.status_code, shown) == (200, [True, False, False])


# Language.


def test_the_language_stays_for_good_when_signed_in(
    browser: Client, anna: User, session: Session, sign_in: SignIn
) -> None:
    answer = browser.post("/language", data={"locale": "en", "next": "/account"})
    assert answer.location == "/account"
    assert '<html lang="en"' in browser.get("/account").text
    session.refresh(anna)
    assert (anna.locale, anna.version) == ("en", 1)  # nobody's form goes stale by it
    browser.post("/logout")
    assert '<html lang="de"' in browser.get("/login").text
    sign_in(anna)
    assert '<html lang="en"' in browser.get("/account").text


def test_a_stranger_chooses_for_this_visit(client: Client) -> None:
    client.post("/language", data={"locale": "en"})
    assert '<html lang="en"' in client.get("/login").text


@pytest.mark.parametrize(("locale", "target"), [("fr", "/account"), ("", "/account"), ("de", "//evil.example")])
def test_other_languages_and_foreign_pages_are_ignored(browser: Client, locale: str, target: str) -> None:
    answer = browser.post("/language", data={"locale": locale, "next": target})
    assert answer.location == ("/account" if locale != "de" else "/")
    assert '<html lang="de"' in browser.get("/account").text


def test_the_language_needs_the_token_of_its_form(browser: Client) -> None:
    assert browser.post("/language", data={"locale": "en"}, csrf=False).status_code == 400


def test_case_14_one_says_in_which_land_one_works(browser: Client, session: Session, anna: User) -> None:
    for chosen, kept in (("NW", Land.NW), ("XX", Land.NW), ("", None)):
        browser.post("/account/workplace", data={"land": chosen})
        session.rollback()
        session.refresh(anna)
        assert anna.land is kept
