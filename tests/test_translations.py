"""Everybody finds one language, their own: on every page, in every message of a form, on the pages of errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import g, render_template
from flask_babel import gettext
from sqlalchemy import select

from komma_tracker.access.rules import System
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode, activity_named, mode_named
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventState
from komma_tracker.exchange import takeout
from komma_tracker.exchange.columns import Field
from komma_tracker.exchange.formats import match_columns
from komma_tracker.exchange.tables import Row
from komma_tracker.web.errors import PAGES
from tests.support import languages, world
from tests.test_leaks import crawl
from tools import translations

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.support.application import Empty, Login
    from tests.support.client import Client
    from tests.support.clock import Clock

GERMAN = languages.words(
    "und oder der die das den dem ein eine ist sind wird nicht noch mit von für bei zum zur bitte Sie"
)
ENGLISH = languages.words("the and or of is are be not with from for by please you your this that field choice must")
"""Words that give a language away, and that the other one does not have."""

PEOPLE = (
    "lead@example.org",
    "beratung-a@example.org",
    "koordination-k01@example.org",
    "leitung-k01@example.org",
    "lesen@example.org",
)
LEAST_PAGES = {"lesen@example.org": 3}
BILINGUAL = {500, 503}
TAKEN_OUT = {
    Field.DATE, Field.MUNICIPALITY, Field.MINUTES, Field.DAYS, Field.ACTIVITY, Field.MODE, Field.WORK_PACKAGE,
    Field.CONSULTANT, Field.NOTE, Field.INTERNAL_NOTE,
}  # fmt: skip
"""What a file of entries holds; the other columns are those of other tools."""
NONSENSE = "?" * 3000
"""No number, no date, no choice, and too long."""


@pytest.fixture
def database(sqlite: Empty, tmp_path: Path) -> str:
    """Words do not depend on the kind of database: one is enough."""
    return sqlite(tmp_path)


@pytest.fixture
def data(session: Session, clock: Clock) -> list[str]:
    """The demo, and every text in it."""
    world.build(session, today=clock.today)
    return languages.data(session)


@pytest.fixture(scope="module")
def of_both() -> set[str]:
    """Words that may stand in both languages."""
    return languages.of_both()


def test_every_message_has_its_english() -> None:
    assert list(translations.faults()) == []


def test_each_side_of_the_catalogue_is_in_one_language() -> None:
    of_both = languages.of_both()

    assert GERMAN.isdisjoint(of_both)
    assert ENGLISH.isdisjoint(of_both)


def test_a_word_in_the_wrong_language_is_noticed() -> None:
    """The positive control, and what is left out of it."""
    html = """<html lang="en"><p title="Bitte">Save <b lang="de">Deutsch</b> K01 <code>rm</code> Haus</p></html>"""

    assert languages.spoken(html, ["Haus"]) == {"bitte", "save"}


@pytest.mark.parametrize("email", PEOPLE)
def test_pages_speak_the_language_of_their_reader(
    app: Flask, session: Session, client: Client, login: Login, data: list[str], of_both: set[str], email: str
) -> None:
    login(client, session.scalars(select(User).where(User.email == email)).one())
    german = {url: page for url, page in crawl(app, client, most=2).items() if is_page(page)}
    choose(client, "en")

    pairs = {url: (page, client.get(url)) for url, page in german.items()}

    assert mistakes(pairs, data, of_both) == {}
    assert len(pairs) >= LEAST_PAGES.get(email, 15)


def test_visitors_are_addressed_in_the_language_they_choose(client: Client, of_both: set[str]) -> None:
    addresses = ("/login", "/password/forgot", "/password/reset/none", "/invitation/none", "/nowhere")
    german = {url: client.get(url) for url in addresses}
    choose(client, "en")

    assert mistakes({url: (page, client.get(url)) for url, page in german.items()}, [], of_both) == {}


@pytest.mark.parametrize("typed", ["", NONSENSE], ids=["nothing", "nonsense"])
def test_forms_refuse_in_the_language_of_their_reader(
    session: Session, client: Client, login: Login, data: list[str], of_both: set[str], typed: str
) -> None:
    """What libraries say by themselves, such as "This field is required", included."""
    login(client, session.scalars(select(User).where(User.email == PEOPLE[0])).one())
    addresses = forms(session)
    fields = {url: re.findall(r'name="([a-z_0-9-]+)"', client.get(page).text) for url, page in addresses.items()}
    fillings = {url: dict.fromkeys(set(names) - {"csrf_token"}, typed) for url, names in fields.items()}
    german = {url: client.post(url, data=filling) for url, filling in fillings.items()}
    choose(client, "en")

    pairs = {url: (page, client.post(url, data=fillings[url])) for url, page in german.items()}

    assert {url: page.status_code for url, page in german.items()} == dict.fromkeys(addresses, 422)
    assert mistakes(pairs, data, of_both) == {}


def test_visitors_forms_refuse_in_their_language(client: Client, of_both: set[str]) -> None:
    german = {url: client.post(url) for url in ("/login", "/password/forgot")}
    choose(client, "en")

    assert mistakes({url: (page, client.post(url)) for url, page in german.items()}, [], of_both) == {}


@pytest.mark.parametrize("status", sorted(PAGES - BILINGUAL))
def test_error_pages_speak_the_language_of_their_reader(app: Flask, of_both: set[str], status: int) -> None:
    german, english = (languages.spoken(error_page(app, status, locale)) for locale in ("de", "en"))

    assert (german & english) - of_both == set()
    assert (german & ENGLISH, english & GERMAN) == (set(), set())


@pytest.mark.parametrize("status", sorted(BILINGUAL))
def test_when_all_fails_both_languages_are_there_and_marked(app: Flask, status: int) -> None:
    html = error_page(app, status, "en")
    german, english = (
        languages.spoken(html.replace('<html lang="de"', f'<html lang="{each}"')) for each in ("de", "en")
    )

    assert german & ENGLISH == set()
    assert german < english


@pytest.mark.parametrize("locale", ["de", "en"])
def test_what_is_taken_out_in_either_language_can_be_read_again(app: Flask, locale: str) -> None:
    with app.test_request_context():
        g.locale = locale
        headings = tuple(column.heading for column in takeout.columns(System("test"), gettext))
        activities = {each: activity_named(gettext(each.label)) for each in Activity}
        modes = {each: mode_named(gettext(each.label)) for each in Mode}

    columns, faults = match_columns(Row(1, headings), needs_municipality=True)

    assert faults == []
    assert {*columns.positions} == TAKEN_OUT
    assert (activities, modes) == ({each: each for each in Activity}, {each: each for each in Mode})


def is_page(answer: TestResponse) -> bool:
    """Whether an answer is a page to read."""
    return answer.mimetype == "text/html" and answer.status_code not in range(300, 400)


def choose(client: Client, locale: str) -> None:
    """Switch the language, as the button in the head of each page does."""
    assert client.post("/language", data={"locale": locale}).status_code == 302


def mistakes(
    pairs: dict[str, tuple[TestResponse, TestResponse]], data: list[str], of_both: set[str]
) -> dict[str, set[str]]:
    """By address, the words that stand on the German page and on the English one, or give the other language away."""
    found: dict[str, set[str]] = {}
    for url, (german_page, english_page) in pairs.items():
        assert german_page.status_code == english_page.status_code, url
        german, english = languages.spoken(german_page.text, data), languages.spoken(english_page.text, data)
        wrong = (german & english) - of_both | german & ENGLISH | english & GERMAN
        if wrong:
            found[url] = wrong
    return found


def forms(session: Session) -> dict[str, str]:
    """Where forms are sent, and the pages they stand on."""
    held = select(Event.public_id).where(Event.state == EventState.CONFIRMED).order_by(Event.starts_local)
    past, future = (
        session.scalars(held).first(),
        session.scalars(held.order_by(None).order_by(Event.starts_local.desc())).first(),
    )
    entry = session.scalars(select(DayEntry.public_id)).first()
    person = session.scalars(select(User.public_id).where(User.email == PEOPLE[1])).one()
    pages = (
        "/account",
        "/account/feeds",
        "/entries/new",
        f"/entries/{entry}/edit",
        "/import",
        "/municipalities/new",
        "/municipalities/K01/edit",
        "/municipalities/K01/contract/edit",
        "/people/new",
        f"/people/{person}/edit",
        f"/people/{person}/assignments/new",
        "/sessions/new",
        f"/sessions/{past}/hold",
        f"/sessions/{future}/cancel",
        f"/sessions/{future}/edit",
        f"/sessions/{future}/move",
    )
    return {"/entries/quick": "/entries/new", **{page: page for page in pages}}


def error_page(app: Flask, status: int, locale: str) -> str:
    """The page for a status, as a reader of this language gets it."""
    with app.test_request_context():
        g.locale = locale
        return render_template(f"errors/{status}.html", message=None)
