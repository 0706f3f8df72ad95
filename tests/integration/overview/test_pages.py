"""The pages that read across features, as each role asks for them."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.events.rules import EventKind
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_assignment, make_user
from tests.integration.overview.conftest import DAY, SECRET_NAME, TODAY, As, Programme
from tests.support.statements import statements


def text_of(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


# Who may open what

LEAD, TEAM, TOWN = {"lead"}, {"lead", "anna"}, {"lead", "anna", "coordinator", "head"}


@pytest.mark.parametrize(
    ("path", "admitted"),
    [
        ("/portfolio", LEAD),
        ("/programme", {"lead", "reader"}),
        ("/today", {"lead", "anna", "cleo"}),
        ("/municipalities/K01", TOWN),
        ("/municipalities/K02", LEAD),
        ("/municipalities/K06", LEAD),
        ("/municipalities/K07", TEAM),
        ("/municipalities/K99", set[str]()),
    ],
)
def test_who_may_open_which_page(programme: Programme, as_: As, path: str, admitted: set[str]) -> None:
    people = ("lead", "anna", "cleo", "coordinator", "head", "reader")

    answers = {who: as_(getattr(programme, who)).get(path).status_code for who in people}

    assert answers == {who: 200 if who in admitted else 404 for who in people}


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("lead", "/portfolio"),
        ("anna", "/today"),
        ("coordinator", "/my-municipality"),
        ("head", "/my-municipality"),
        ("reader", "/programme"),
    ],
)
def test_everybody_has_a_page_to_begin_with(programme: Programme, as_: As, who: str, home: str) -> None:
    client = as_(getattr(programme, who))

    assert client.get("/").location == home
    assert client.get(home, follow_redirects=True).status_code == 200


def test_a_coordinator_comes_home_to_the_own_municipality(programme: Programme, as_: As) -> None:
    assert as_(programme.coordinator).get("/my-municipality").location == "/municipalities/K01"
    assert as_(programme.cleo).get("/my-municipality").status_code == 404


# One municipality


def test_a_coordinator_reads_in_a_minute_where_things_stand(programme: Programme, as_: As) -> None:
    page = text_of(as_(programme.coordinator).get("/municipalities/K01").text)

    assert "Stadt Ahlen" in page
    assert "Verbleibend 50 Tage von 80 Tagen" in page
    assert "Verbraucht 38 % 30 Tage, davon 30 Tage in Prüfung; Laufzeit zu 38 % vorbei" in page
    assert "Frei verfügbar 49 Tage 1 Tag sind verplant" in page
    assert "Nächster Termin 10.06.2026 Training Führungskräfte" in page
    assert "AP1 Bedarfsanalyse 30 von 20 mehr als geplant" in page
    assert "Tag erfassen" not in page


def test_the_alarm_is_for_the_team(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.contracts["K01"], programme.anna, minutes=60 * DAY)
    session.commit()

    team, town = (text_of(as_(who).get("/municipalities/K01").text) for who in (programme.anna, programme.coordinator))

    assert "Kontingent reicht nicht: Das Kontingent ist aufgebraucht." in team
    assert "Kontingent reicht nicht" not in town
    assert "Verbleibend −10 Tage" in team
    assert "Verbleibend −10 Tage" in town


def test_a_threshold_is_named(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.contracts["K07"], programme.anna, minutes=73 * DAY, service_date=date(2026, 1, 5))
    session.commit()

    assert "Mindestens 90 % des Kontingents sind verbraucht." in text_of(
        as_(programme.anna).get("/municipalities/K07").text
    )


@pytest.mark.parametrize(
    ("code", "said", "unsaid"),
    [
        (
            "K03",
            ("Nicht genutzt 39 Tage von 80 Tagen", "Beendet am 31.03.2026 gekündigt"),
            ("Prognose", "Frei verfügbar"),
        ),
        ("K04", ("Vorgesehen 80 Tage noch nicht vereinbart", "zur Unterschrift"), ("Prognose", "Verbleibend")),
        ("K05", ("Vereinbart 80 Tage", "Vertragsbeginn 01.07.2026 gezeichnet"), ("Prognose", "Verbleibend")),
        ("K06", ("Noch kein Vertrag", "Vertrag anlegen"), ("Verbraucht", "Arbeitspakete")),
    ],
)
def test_each_phase_says_what_matters_in_it(
    programme: Programme, as_: As, code: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    page = text_of(as_(programme.lead).get(f"/municipalities/{code}").text)

    assert [text for text in said if text not in page] == []
    assert [text for text in unsaid if text in page] == []


def test_a_coaching_is_confidential_to_the_municipality(programme: Programme, as_: As, session: Session) -> None:
    town = (programme.places["K01"],)
    make_event(
        session, municipalities=town, consultants=(programme.anna,), kind=EventKind.COACHING, title="Wer gecoacht wird",
        starts_local=datetime(2026, 6, 3, 9), place="Zimmer 12",
    )  # fmt: skip
    make_entry(
        session, programme.contracts["K01"], programme.anna, activity=Activity.COACHING, note="Wie es ging",
        internal_note="Warum", service_date=date(2026, 5, 19),
    )  # fmt: skip
    session.commit()

    team, town_page = (as_(who).get("/municipalities/K01").text for who in (programme.anna, programme.coordinator))

    assert town_page.count("Coaching (vertraulich)") >= 2
    for secret in ("Wer gecoacht wird", "Zimmer 12", "Wie es ging", "Warum"):
        assert secret not in town_page
        assert secret in team


def test_who_takes_part_elsewhere_is_not_told(programme: Programme, as_: As, session: Session) -> None:
    both = (programme.places["K01"], programme.places["K07"])
    make_event(session, municipalities=both, consultants=(programme.anna,), starts_local=datetime(2026, 5, 27, 9))
    session.commit()

    page = text_of(as_(programme.coordinator).get("/municipalities/K01").text)

    assert "weitere Kommunen" in page
    assert SECRET_NAME not in page
    assert "Kommune 07" not in page


# The lead's list


def test_the_list_begins_with_what_needs_attention(programme: Programme, as_: As) -> None:
    page = as_(programme.lead).get("/portfolio").text
    codes = re.findall(r"/municipalities/(K\d+)\"", page.partition("<main")[2])

    assert list(dict.fromkeys(codes)) == ["K02", "K07", "K01", "K06", "K03", "K04", "K05"]
    assert 'aria-sort="ascending"' in page
    assert "Kontingent reicht nicht" in page
    assert "beendet" in page
    assert "noch nicht unterschrieben" in page


def test_the_list_never_shows_a_day_of_exhaustion(programme: Programme, as_: As) -> None:
    """Older postings are lumped together there, so the day would be wrong."""
    assert "aufgebraucht am" not in text_of(as_(programme.lead).get("/portfolio").text)
    assert "seit dem 02.04.2026 aufgebraucht" in text_of(as_(programme.lead).get("/municipalities/K02").text)


@pytest.mark.parametrize("query", ["sort=share", "sort=end&order=descending", "sort=x&order=y", "page=9", "page=x"])
def test_no_address_breaks_the_list(programme: Programme, as_: As, query: str) -> None:
    assert as_(programme.lead).get(f"/portfolio?{query}").status_code == 200


def test_an_empty_programme_says_what_to_do_first(session: Session, as_: As) -> None:
    lead = make_user(session, role=Role.LEAD)
    session.commit()

    assert "Legen Sie die erste Kommune an" in as_(lead).get("/portfolio").text


# Today


def test_today_lets_log_and_confirm(programme: Programme, as_: As, session: Session) -> None:
    town = (programme.places["K01"],)
    make_event(session, municipalities=town, consultants=(programme.anna,), starts_local=datetime(2026, 5, 18, 9))
    session.commit()

    page = as_(programme.anna).get("/today").text

    assert "1 Termin ist vorbei. Hat er stattgefunden?" in text_of(page)
    assert "Stattgefunden?" in page
    assert 'action="/entries/quick"' in page
    assert 'href="/entries/new"' in page
    assert "11 Werktage bis heute ohne Eintrag." in text_of(page)
    assert SECRET_NAME in page


def test_a_day_like_the_last_takes_one_press(programme: Programme, as_: As, session: Session) -> None:
    contract = programme.contracts["K07"]
    make_entry(session, contract, programme.anna, activity=Activity.COACHING, mode=Mode.PHONE, note="Geheim")
    session.commit()
    anna = as_(programme.anna)

    page = anna.get("/today").text
    form = page[page.index('class="again"') : page.index('class="amounts"')]
    sent = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', form))
    answer = anna.post("/entries/new", data={**sent, "quarters": "2"})

    assert f"{SECRET_NAME} · Coaching · telefonisch" in text_of(page)
    assert (answer.status_code, answer.location) == (302, "/today")
    newest = session.scalars(select(DayEntry).order_by(DayEntry.id.desc())).first()
    assert newest is not None
    assert (newest.contract_id, newest.service_date, newest.minutes) == (contract.id, TODAY, DAY // 2)
    assert (newest.activity, newest.mode, newest.note) == (Activity.COACHING, Mode.PHONE, "")


def test_nothing_is_proposed_where_the_last_day_was_for_others(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.contracts["K01"], programme.anna)
    make_entry(session, programme.contracts["K02"], programme.anna)
    session.commit()

    assert "Wie zuletzt" not in as_(programme.anna).get("/today").text


def test_today_without_a_municipality_says_what_to_wait_for(programme: Programme, as_: As) -> None:
    page = as_(programme.cleo).get("/today").text

    assert "Noch keine Kommune" in page
    assert "<textarea" not in page


def test_today_names_an_anonymous_municipality_to_nobody_else(programme: Programme, as_: As) -> None:
    for who in (programme.ben, programme.cleo):
        assert SECRET_NAME not in as_(who).get("/today").text


# The programme


def test_readers_see_sums_and_no_municipality(programme: Programme, as_: As) -> None:
    page = as_(programme.reader).get("/programme").text

    assert "Vereinbart 400 Tage" in text_of(page)
    assert "Verbraucht 152 Tage 38 %" in text_of(page)
    for place in programme.places.values():
        assert place.alias not in page
        assert f">{place.code}<" not in page


# Cost


def test_pages_cost_the_same_however_much_there_is(app: Flask, programme: Programme, as_: As, session: Session) -> None:
    anna, lead, coordinator = (as_(who) for who in (programme.anna, programme.lead, programme.coordinator))
    asked = [
        (lead, "/portfolio"),
        (lead, "/programme"),
        (lead, "/municipalities/K01"),
        (coordinator, "/municipalities/K01"),
        (anna, "/municipalities/K01"),
        (anna, "/today"),
    ]

    def costs() -> list[tuple[str, int]]:
        found = []
        for client, path in asked:
            with statements(app) as seen:
                assert client.get(path).status_code == 200
            found.append((path, len(seen)))
        return found

    town = (programme.places["K01"],)
    make_event(session, municipalities=town, consultants=(programme.anna,), starts_local=datetime(2026, 5, 18, 9))
    session.commit()
    few = costs()
    for number in range(30):
        place = make_municipality(session, number=100 + number)
        contract = make_contract(session, place)
        make_assignment(session, programme.anna, place, starts_on=date(2026, 1, 1))
        make_entry(session, contract, programme.anna, service_date=TODAY)
        make_entry(
            session,
            programme.contracts["K01"],
            programme.anna,
            service_date=date(2026, 5, 1 + number % 20),
            package="AP0",
        )
        make_event(session, municipalities=(place, *town), consultants=(programme.anna,))
        make_event(session, municipalities=town, consultants=(programme.anna,), starts_local=datetime(2026, 5, 11, 9))
    session.commit()

    assert costs() == few
