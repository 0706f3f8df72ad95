"""The pages of statements as people use them, without script; the mailed link; the document."""

from __future__ import annotations

import email
import html
import io
import re
from collections.abc import Callable
from datetime import date
from email import policy
from pathlib import Path
from typing import Any

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity, AnswerWay
from komma_tracker.statements.models import Objection, SignOffLink
from tests.factories.entries import make_entry
from tests.factories.people import make_user
from tests.integration.budget.conftest import SECRET_NAME, Programme
from tests.integration.statements.conftest import CLOSED, CONFIRMED, FEBRUARY, JANUARY, OPEN, QUERIED, SUBMITTED, Submit
from tests.integration.statements.conftest import fresh as now_in
from tests.support.application import Login
from tests.support.client import Client, new_client
from tests.support.clock import Clock
from tests.support.statements import statements

As = Callable[[User], Client]
Outbox = Callable[[], list[tuple[str, str, str]]]
PAGE = "/municipalities/K01/statements/2026-01"
VOID = "Dieser Link gilt nicht oder nicht mehr"


@pytest.fixture
def as_(app: Flask, login: Login) -> As:
    """A browser in which this person is signed in."""
    return lambda user: login(new_client(app), user)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """Takes the letters: to whom, subject, text."""

    def take() -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        for path in sorted((tmp_path / "outbox").glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            found.append((message["To"], message["Subject"], message.get_content()))
            path.unlink()
        return found

    return take


def said(page: str) -> str:
    """What a page says, without markup."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def version_in(page: str) -> str:
    """The version that the form of a page carries."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


def log(session: Session, programme: Programme, on: date, *, secret: bool = False, **values: Any) -> DayEntry:
    contract = programme.secret_contract if secret else programme.contract
    made = make_entry(session, contract, programme.anna, service_date=on, **values)
    session.commit()
    return made


def test_a_months_way_through_the_pages(programme: Programme, session: Session, as_: As) -> None:
    made = log(session, programme, date(2026, 1, 13), minutes=480, note="Auftakt", internal_note="Nur für uns")
    anna, kira, lead = as_(programme.anna), as_(programme.coordinator), as_(programme.lead)
    assert "So sähe der Nachweis heute aus" in said(anna.get(PAGE).text)

    assert anna.post(f"{PAGE}/submit").location == PAGE
    statement = session.scalars(select(Statement)).one()
    page = kira.get(PAGE).text
    assert "Auftakt" in page
    assert "Nur für uns" not in page
    assert "Unbeantwortet seit 0 Arbeitstagen." in said(page)
    words = {f"line_{made.public_id}": "Nur bis mittags.", "verdict": "query", "version": version_in(page)}
    assert kira.post(f"/statements/{statement.public_id}/answer", data=words).status_code == 302
    assert now_in(session, statement).state is QUERIED
    assert "Nur bis mittags." in anna.get(PAGE).text
    anna.post(f"/statements/{statement.public_id}/reopen")
    assert now_in(session, statement).state is OPEN
    assert "Nur bis mittags." in anna.get(PAGE).text
    anna.post(f"{PAGE}/submit")
    again = kira.get(PAGE).text
    assert "Nur bis mittags." in again
    yes = {"verdict": "confirm", "version": version_in(again)}
    kira.post(f"/statements/{statement.public_id}/answer", data=yes)
    assert now_in(session, statement).state is CONFIRMED
    lead.post(f"/statements/{statement.public_id}/close")
    assert now_in(session, statement).state is CLOSED
    lead.post(f"/statements/{statement.public_id}/report")

    assert "berichtet" in said(lead.get("/municipalities/K01/statements").text)


def test_words_and_a_yes_at_once_are_asked_about_and_kept(
    programme: Programme, session: Session, as_: As, submit: Submit
) -> None:
    made = log(session, programme, date(2026, 1, 13))
    statement = submit(JANUARY)
    both = {f"line_{made.public_id}": "Zu viel.", "verdict": "confirm", "version": str(statement.version)}

    answer = as_(programme.coordinator).post(f"/statements/{statement.public_id}/answer", data=both)

    assert answer.status_code == 422
    assert "Sie haben etwas beanstandet" in answer.text
    assert "Zu viel." in answer.text
    assert now_in(session, statement).state is SUBMITTED


@pytest.mark.parametrize("words", [{"verdict": "query"}, {"verdict": "query", "general": "x" * 2001}, {}])
def test_what_is_no_answer_is_refused_beside_the_field(
    programme: Programme, session: Session, as_: As, submit: Submit, words: dict[str, str]
) -> None:
    statement = submit(JANUARY)

    answer = as_(programme.coordinator).post(f"/statements/{statement.public_id}/answer", data=words)

    assert answer.status_code == 422
    assert now_in(session, statement).state is SUBMITTED


def test_an_old_form_meets_the_new_statement_and_keeps_its_words(
    programme: Programme, session: Session, as_: As, submit: Submit
) -> None:
    statement = submit(JANUARY)
    kira, lead = as_(programme.coordinator), as_(programme.lead)
    old = {"general": "Es fehlt der 20.", "verdict": "query", "version": version_in(kira.get(PAGE).text)}
    lead.post(f"/statements/{statement.public_id}/reopen", data={"reason": "Nachtrag"})
    lead.post(f"{PAGE}/submit")

    answer = kira.post(f"/statements/{statement.public_id}/answer", data=old)

    assert answer.status_code == 409
    assert "Es fehlt der 20." in answer.text


@pytest.mark.parametrize("month", ["2026-13", "2026-6", "2026-06", "2025-12", "1999-01", "2026-05x"])
def test_months_that_are_none(programme: Programme, as_: As, month: str) -> None:
    assert as_(programme.lead).get(f"/municipalities/K01/statements/{month}").status_code == 404


# The link


def link_in(letters: list[tuple[str, str, str]]) -> str:
    """The address in the only letter."""
    ((_, _, text),) = letters
    found = re.search(r"^http://127\.0\.0\.1:8000(/sign-off/\S+)$", text, re.MULTILINE)
    assert found
    return found[1]


def send(programme: Programme, as_: As, statement: Statement, user: User | None = None) -> int:
    whom = {"recipient": (user or programme.coordinator).public_id}
    return as_(programme.anna).post(f"/statements/{statement.public_id}/link", data=whom).status_code


def test_a_link_lets_one_person_answer_once(
    app: Flask,
    programme: Programme,
    session: Session,
    as_: As,
    submit: Submit,
    outbox: Outbox,
) -> None:
    made = log(session, programme, date(2026, 1, 13), note="Auftakt")
    statement = submit(JANUARY)
    assert send(programme, as_, statement) == 302
    letters = outbox()
    path, visitor = link_in(letters), new_client(app)
    token = path.rpartition("/")[2]
    assert token not in str(session.scalars(select(SignOffLink.token_sha256)).all())

    visitor.get(path)  # mail programs look into links before people do
    page = visitor.get(path)
    headers = page.headers["Cache-Control"], page.headers["Referrer-Policy"]
    assert (page.status_code, *headers) == (200, "no-store", "no-referrer")
    assert "Auftakt" in page.text
    words = {f"line_{made.public_id}": "War am 14.", "verdict": "query", "version": version_in(page.text)}
    thanks = visitor.post(path, data=words)

    assert (thanks.status_code, "Danke." in thanks.text) == (200, True)
    answered = now_in(session, statement)
    assert (answered.state, answered.answer_way, answered.answered_by_name) == (QUERIED, AnswerWay.LINK, "Kira Koch")
    assert session.scalars(select(Objection.words)).all() == ["War am 14."]
    after = visitor.get(path)
    assert (after.status_code, VOID in after.text) == (404, True)
    assert visitor.post(path, data={"verdict": "confirm"}).status_code == 404


def test_void_links_look_all_the_same(
    app: Flask,
    programme: Programme,
    session: Session,
    clock: Clock,
    as_: As,
    submit: Submit,
    outbox: Outbox,
) -> None:
    statement, visitor = submit(JANUARY), new_client(app)
    nothing = said(visitor.get("/sign-off/never-was").text)
    send(programme, as_, statement)
    first = link_in(outbox())
    send(programme, as_, statement)
    second = link_in(outbox())
    replaced = visitor.get(first)
    alive = visitor.get(second).status_code
    clock.wait(days=14, seconds=1)
    expired = visitor.get(second)

    assert (alive, replaced.status_code, expired.status_code) == (200, 404, 404)
    assert said(replaced.text) == said(expired.text) == nothing


def test_who_no_longer_coordinates_holds_a_void_link(
    app: Flask,
    programme: Programme,
    session: Session,
    as_: As,
    submit: Submit,
    outbox: Outbox,
) -> None:
    statement, visitor = submit(JANUARY), new_client(app)
    send(programme, as_, statement)
    path = link_in(outbox())
    session.commit()
    (assignment,) = session.get_one(User, programme.coordinator.id).assignments
    assignment.ends_on = date(2026, 5, 19)
    session.commit()

    assert visitor.get(path).status_code == 404
    assert visitor.post(path, data={"verdict": "confirm"}).status_code == 404
    assert now_in(session, statement).state is SUBMITTED


def test_case_07_an_end_to_come_shuts_every_way_in_on_its_day(
    app: Flask, programme: Programme, session: Session, as_: As, submit: Submit, outbox: Outbox, clock: Clock
) -> None:
    """Who may do what follows from the assignments of the day, at every call: nobody has to sign anybody out."""
    clock.wait(hours=11, minutes=50)  # ten minutes before midnight
    statement, visitor, kira = submit(JANUARY), new_client(app), as_(programme.coordinator)
    send(programme, as_, statement)
    path, answer = link_in(outbox()), f"/statements/{statement.public_id}/answer"
    pages = (PAGE, f"/statements/{statement.public_id}/document", "/municipalities/K01", "/municipalities/K01/contract")
    (assignment,) = programme.coordinator.assignments
    ending = {"starts_on": "05.01.2026", "ends_on": "20.05.2026"}
    edit = f"/people/{programme.coordinator.public_id}/assignments/{assignment.id}"
    assert as_(programme.lead).post(edit, data=ending).status_code == 302

    assert [kira.get(page).status_code for page in pages] == [200] * len(pages)
    assert visitor.get(path).status_code == 200
    clock.wait(minutes=15)
    assert [kira.get(page).status_code for page in pages] == [404] * len(pages)
    assert kira.post(answer, data={"verdict": "confirm", "version": "1"}).status_code == 404
    assert visitor.post(path, data={"verdict": "confirm", "version": "1"}).status_code == 404
    assert now_in(session, statement).state is SUBMITTED


def test_a_link_of_an_anonymous_municipality_says_the_alias_only(
    app: Flask,
    programme: Programme,
    session: Session,
    as_: As,
    submit: Submit,
    outbox: Outbox,
) -> None:
    kim = make_user(session, role=Role.COORDINATOR, municipalities=(programme.secret,), name="Kim Kern")
    session.commit()
    statement = submit(JANUARY, secret=True)
    send(programme, as_, statement, kim)
    ((_, subject, text),) = letters = outbox()
    page = new_client(app).get(link_in(letters)).text

    assert "Kommune 07" in subject
    assert SECRET_NAME not in f"{subject} {text} {page}"


def test_only_those_who_may_answer_get_a_link(programme: Programme, as_: As, submit: Submit, outbox: Outbox) -> None:
    statement = submit(JANUARY)

    assert [send(programme, as_, statement, user) for user in (programme.lead, programme.ben)] == [422, 422]
    assert outbox() == []


def test_links_are_not_sent_without_end_nor_tried_one_by_one(
    app: Flask, programme: Programme, as_: As, submit: Submit
) -> None:
    statement, visitor = submit(JANUARY), new_client(app)

    assert [send(programme, as_, statement) for _ in range(6)] == [302] * 5 + [429]
    assert [visitor.get(f"/sign-off/guess-{number}").status_code for number in range(21)] == [404] * 20 + [429]


# The document


def pdf_of(client: Client, statement: Statement) -> tuple[pypdf.PdfReader, str]:
    """The document, and its file name."""
    answer = client.get(f"/statements/{statement.public_id}/document")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return pypdf.PdfReader(io.BytesIO(answer.data)), answer.headers["Content-Disposition"]


def words_of(document: pypdf.PdfReader) -> str:
    """All of it in one line, words that were parted put together again."""
    pages = (re.sub("\xad\n", "", page.extract_text()).replace("\xad", "-") for page in document.pages)
    return " ".join(" ".join(page.split()) for page in pages)


def test_the_document_says_what_the_page_says(
    programme: Programme, session: Session, as_: As, submit: Submit, answer: Submit
) -> None:
    log(session, programme, date(2026, 1, 12), minutes=270, chargeable_minutes=0, activity=Activity.TRAVEL)
    log(session, programme, date(2026, 1, 13), minutes=660, chargeable_minutes=480, counted_as="capped", package="AP1")
    log(session, programme, date(2026, 1, 14), minutes=120, activity=Activity.COACHING, note="Wer und worüber")
    original = log(session, programme, date(2026, 1, 15), minutes=480)
    answer(submit(JANUARY))
    log(session, programme, date(2026, 1, 15), minutes=-480, reverses_id=original.id, posting_month=FEBRUARY)
    log(session, programme, date(2026, 1, 15), minutes=240, replaces_id=original.id, posting_month=FEBRUARY,
        reason="Halber Tag")  # fmt: skip
    february = submit(FEBRUARY, since=FEBRUARY)
    january = session.scalars(select(Statement).where(Statement.month == JANUARY)).one()

    document, _ = pdf_of(as_(programme.coordinator), january)

    said = words_of(document)
    for expected in (
        "Leistungsnachweis Januar 2026", "Stadt Musterau", "Reisezeiten", "480 von 660 min", "Coaching (vertraulich)",
        "Summen nach Arbeitspaket", "Summen nach Beratungsperson", "Anna Albers", january.check_number,
        "Kira Koch", "Für die Kommune: Ort, Datum, Unterschrift", "Seite 1 von",
    ):  # fmt: skip
        assert expected in said
    assert "Wer und worüber" not in said
    assert document.root_object["/Lang"] == "de"
    corrections = words_of(pdf_of(as_(programme.lead), february)[0])
    assert "Korrekturen und Nachmeldungen zu Vormonaten" in corrections
    assert "Neubuchung: Halber Tag" in corrections
    assert "Summe 0 -240 -240" not in corrections


def test_the_document_of_an_anonymous_municipality_is_outside_the_alias(
    programme: Programme, session: Session, as_: As, submit: Submit
) -> None:
    log(session, programme, date(2026, 1, 13), secret=True)
    statement = submit(JANUARY, secret=True)

    document, name = pdf_of(as_(programme.anna), statement)

    assert name == "attachment; filename=leistungsnachweis-kommune-07-2026-01.pdf"
    assert SECRET_NAME in words_of(document)
    assert SECRET_NAME not in str(document.metadata)
    assert "Kommune 07" in str(document.metadata)
    assert as_(programme.ben).get(f"/statements/{statement.public_id}/document").status_code == 404


def test_an_open_month_has_no_document(programme: Programme, session: Session, as_: As, submit: Submit) -> None:
    statement = submit(JANUARY)
    lead = as_(programme.lead)
    lead.post(f"/statements/{statement.public_id}/reopen", data={"reason": "Nachtrag"})

    assert lead.get(f"/statements/{statement.public_id}/document").status_code == 404


def test_check_numbers_are_looked_up_however_they_are_typed(programme: Programme, as_: As, submit: Submit) -> None:
    number = submit(JANUARY).check_number
    kira = as_(programme.coordinator)

    assert "stimmt" in said(kira.get("/statements/verify", query_string={"number": number.replace("-", " ")}).text)
    assert "keinen Nachweis" in said(kira.get("/statements/verify?number=AAAA-BBBB-CCCC").text)


# Speed


def test_pages_make_as_many_statements_for_few_lines_as_for_many(
    app: Flask, programme: Programme, session: Session, as_: As, submit: Submit
) -> None:
    log(session, programme, date(2026, 1, 13))
    statement = submit(JANUARY)
    kira = as_(programme.coordinator)
    pages = ("/statements", "/municipalities/K01/statements", PAGE, f"/statements/{statement.public_id}/document")

    def counted() -> list[int]:
        found: list[int] = []
        for page in pages:
            kira.get(page)
            with statements(app) as seen:
                assert kira.get(page).status_code == 200
            found.append(len(seen))
        return found

    few = counted()
    session.commit()
    as_(programme.lead).post(f"/statements/{statement.public_id}/reopen", data={"reason": "mehr"})
    for day in range(1, 29):
        log(session, programme, date(2026, 1, day))
    for month in (1, 2, 3):
        submit(date(2026, month, 1), since=date(2026, month, 1))

    assert counted() == few
    assert max(few) <= 12


# Where people start


def test_what_waits_stands_where_people_start(
    programme: Programme, session: Session, as_: As, submit: Submit, answer: Submit
) -> None:
    answer(submit(JANUARY), {"": "Bitte prüfen."})
    submit(FEBRUARY, since=FEBRUARY)

    today = said(as_(programme.anna).get("/today").text)
    own = said(as_(programme.coordinator).get("/municipalities/K01").text)

    assert "Stadt Musterau, Januar 2026 beanstandet" in today
    assert "Stadt Musterau, März 2026 einreichen und 1 weiterer Monat" in today
    assert "Zu bestätigen Leistungsnachweis Februar 2026" in own
    assert "Zu bestätigen" not in said(as_(programme.lead).get("/municipalities/K01").text)
