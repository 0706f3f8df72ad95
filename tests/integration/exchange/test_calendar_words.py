"""Leads add words by which everybody's calendars are searched; none of them tells who takes part."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden
from komma_tracker.audit.models import AuditRecord
from komma_tracker.exchange.models import CalendarWord
from komma_tracker.exchange.service import calendar_words
from tests.integration.exchange.conftest import SECRET_NAME, Programme
from tests.integration.exchange.pages import words
from tests.integration.exchange.test_calendar_pages import calendar, event, proposed, send
from tests.support.application import Login, SessionFor
from tests.support.client import Client, new_client


@pytest.fixture
def lead(client: Client, login: Login, programme: Programme) -> Client:
    return login(client, programme.lead)


def kept(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(CalendarWord.word).order_by(CalendarWord.id)))


def add(client: Client, word: str) -> tuple[int, str]:
    answer = client.post("/import/calendar/words", data={"word": word})
    return answer.status_code, words(answer)


def test_a_word_of_the_lead_finds_appointments_of_the_whole_team(
    lead: Client, login: Login, programme: Programme, session: Session
) -> None:
    bert = login(new_client(lead.application), programme.bert)
    circle = calendar(event("a", "Runder Tisch: Müsli")).getvalue

    assert proposed(send(bert, io.BytesIO(circle()))) == []
    assert add(lead, " Runder   Tisch ")[0] == 302
    assert kept(session) == ["Runder Tisch"]
    page = send(bert, io.BytesIO(circle()))
    assert [title for title, *_ in proposed(page)] == ["Runder Tisch: Müsli"]
    assert "Stichwort in Titel oder Ort: Runder Tisch" in words(page)

    found = re.search(r"/import/calendar/words/\w+/remove", lead.get("/import/calendar").get_data(as_text=True))
    assert found
    for _ in range(2):
        assert lead.post(found[0]).status_code == 302
    assert kept(session) == []
    actions = session.scalars(select(AuditRecord.action).where(AuditRecord.object_type == "calendar_word")).all()
    assert sorted(actions) == ["calendar_word.add", "calendar_word.remove"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "Bitte geben Sie ein Wort an."),
        ("ab", "Bitte geben Sie ein Wort von 3 bis 60 Zeichen an."),
        ("x" * 61, "Bitte geben Sie ein Wort von 3 bis 60 Zeichen an."),
        ("...---...", "Bitte geben Sie ein Wort von 3 bis 60 Zeichen an."),
        ("komma", "Dieses Stichwort gibt es schon."),
        ("zirbelstein", "Namen von Kommunen findet die Software selbst"),
        (f"Rathaus {SECRET_NAME}", "Namen von Kommunen findet die Software selbst"),
    ],
)
def test_what_is_no_word_is_refused_beside_the_field(lead: Client, session: Session, word: str, message: str) -> None:
    status, text = add(lead, word)
    assert (status, message in text, kept(session)) == (422, True, [])


def test_a_word_is_added_once(lead: Client, session: Session) -> None:
    assert [add(lead, word)[0] for word in ("Runder Tisch", "RUNDER TISCH")] == [302, 422]
    assert kept(session) == ["Runder Tisch"]


def test_others_read_the_words_and_change_none(
    lead: Client, login: Login, programme: Programme, session_for: SessionFor, session: Session
) -> None:
    add(lead, "Runder Tisch")
    anna = login(new_client(lead.application), programme.anna)
    page = anna.get("/import/calendar").get_data(as_text=True)
    assert ("Runder Tisch" in page, "/words" in page) == (True, False)
    assert add(anna, "Lagebild")[0] == 404
    viewer = programme.viewer(programme.anna)
    with pytest.raises(Forbidden):
        calendar_words.add_word(
            session_for(viewer), viewer, word="Lagebild", now=session.scalars(select(CalendarWord)).one().created_at
        )
    coordinator = session_for(programme.viewer(programme.coordinator))
    assert coordinator.scalars(select(CalendarWord)).all() == []
