"""Pages of the ledger, as each role asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_assignment
from tests.integration.budget.conftest import SECRET_NAME, TODAY, Programme
from tests.support.application import Login
from tests.support.client import Client
from tests.support.statements import statements

Ledger = Callable[[], list[DayEntry]]
KEY = "a-key-of-twenty-two-ch"
TYPED = {
    "municipality": "K01",
    "service_date": "2026-05-20",
    "quarters": "2",
    "activity": "workshop",
    "mode": "on_site",
    "work_package": "AP1",
    "note": "Clearingverfahren",
    "request_key": KEY,
}


@pytest.fixture
def as_(app: Flask, login: Login) -> Callable[[User], Client]:
    """A client in which this person is signed in."""

    def client_of(user: User) -> Client:
        return login(app.test_client(), user)  # type: ignore[arg-type]

    return client_of


As = Callable[[User], Client]


def text_of(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def values_of(page: str, name: str) -> list[str]:
    """What stands in the fields of this name; the page's head has some of its own."""
    main = page.partition("<main")[2]
    fields = [each for each in re.findall(r"<input[^>]*>", main) if f'name="{name}"' in each]
    return [unescape(found[1]) if (found := re.search(r'value="([^"]*)"', each)) else "" for each in fields]


def value_of(page: str, name: str) -> str:
    """What stands in the only field of this name, or in the first."""
    return values_of(page, name)[0]


# Logging


def test_a_day_is_logged_and_the_answer_says_what_was_booked_and_what_is_left(
    programme: Programme, as_: As, ledger: Ledger
) -> None:
    anna = as_(programme.anna)

    answer = anna.post("/entries/new", data=TYPED)
    page = text_of(anna.get(answer.location).text)

    assert (answer.status_code, answer.location) == (302, "/entries/new")
    (entry,) = ledger()
    assert (entry.consultant_id, entry.minutes, entry.note) == (programme.anna.id, 240, "Clearingverfahren")
    assert (
        "Mi., 20.05.2026: 0,5 Tage für Stadt Musterau gespeichert (Workshop, vor Ort, AP1, „Clearingverfahren“). "
        "Es bleiben 79,5 Tage." in page
    )


def test_what_is_unusual_is_said_after_saving(programme: Programme, as_: As, ledger: Ledger) -> None:
    anna = as_(programme.anna)

    anna.post("/entries/new", data={**TYPED, "service_date": "2026-05-16", "duration": "9:00"})
    page = text_of(anna.get("/entries/new").text)

    assert "An diesem Datum sind es mit diesem Eintrag 1,13 Tage, mehr als 1 Tag." in page
    assert "Das Datum liegt am Wochenende." in page
    assert [entry.chargeable_minutes for entry in ledger()] == [480]


def test_the_next_form_is_filled_in_as_the_last_entry_was(programme: Programme, as_: As, session: Session) -> None:
    make_entry(
        session, programme.secret_contract, programme.anna, activity=Activity.COACHING, mode=Mode.PHONE, package="AP4",
        minutes=360,
    )  # fmt: skip
    session.commit()

    page = as_(programme.anna).get("/entries/new").text

    assert '<option selected value="K07">' in page
    assert '<option selected value="coaching">' in page
    assert '<option selected value="AP4">' in page
    assert re.search(r'value="3" checked', page)
    assert re.search(r'value="phone" checked', page)
    assert value_of(page, "service_date") == "2026-05-20"
    assert value_of(page, "duration") == ""


def test_an_address_may_name_the_municipality(programme: Programme, as_: As) -> None:
    page = as_(programme.anna).get("/entries/new?municipality=K07").text

    assert '<option selected value="K07">' in page


@pytest.mark.parametrize(
    ("typed", "message", "field"),
    [
        ({"quarters": "", "duration": ""}, "Bitte wählen Sie den Umfang", "quarters"),
        ({"duration": "0:00"}, "Bitte einen Umfang von mehr als 0", "duration"),
        ({"service_date": "31.06.2026"}, "Bitte geben Sie ein Datum an", "service_date"),
        ({"service_date": "0026-05-20"}, "Bitte das Jahr prüfen.", "service_date"),
        ({"municipality": ""}, "Bitte wählen Sie eine Kommune.", "municipality"),
        ({"work_package": "AP9"}, "Dieses Arbeitspaket gibt es im Vertrag nicht.", "work_package"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    programme: Programme, as_: As, ledger: Ledger, typed: dict[str, str], message: str, field: str
) -> None:
    answer = as_(programme.anna).post("/entries/new", data={**TYPED, **typed})

    assert answer.status_code == 422
    error = re.search(rf'id="{field}-error".*?</div>', answer.text, re.DOTALL)
    assert error
    assert message in unescape(error[0])
    assert "Clearingverfahren" in answer.text
    assert KEY in values_of(answer.text, "request_key")
    assert value_of(answer.text, "service_date") == typed.get("service_date", "2026-05-20")
    assert ledger() == []


def test_a_municipality_of_others_cannot_be_chosen(programme: Programme, as_: As, ledger: Ledger) -> None:
    ben = as_(programme.ben)

    assert "K07" not in ben.get("/entries/new").text
    assert ben.post("/entries/new", data={**TYPED, "municipality": "K07"}).status_code == 422
    assert ledger() == []


def test_a_double_click_books_once_and_says_so_twice(programme: Programme, as_: As, ledger: Ledger) -> None:
    anna = as_(programme.anna)

    answers = [anna.post("/entries/new", data=TYPED) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/entries/new")] * 2
    assert len(ledger()) == 1


def test_forms_that_come_at_the_same_moment_get_the_same_answer(
    app: Flask, programme: Programme, as_: As, ledger: Ledger
) -> None:
    clients = [as_(programme.anna) for _ in range(3)]
    start, answers = Barrier(3), list[tuple[int, str | None]]()

    def send(client: Client) -> None:
        start.wait(timeout=10)
        answer = client.post("/entries/new", data=TYPED)
        answers.append((answer.status_code, answer.location))

    threads = [Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert answers == [(302, "/entries/new")] * 3
    assert len(ledger()) == 1


def test_the_lead_logs_for_others_one_after_another(programme: Programme, as_: As, ledger: Ledger) -> None:
    lead = as_(programme.lead)

    answer = lead.post("/entries/new", data={**TYPED, "consultant": programme.ben.public_id})
    page = lead.get(answer.location).text

    assert [entry.consultant_id for entry in ledger()] == [programme.ben.id]
    assert f'<option selected value="{programme.ben.public_id}">' in page
    assert '<option selected value="K01">' in page


def test_a_consultant_is_not_asked_for_whom(programme: Programme, as_: As, ledger: Ledger) -> None:
    anna = as_(programme.anna)

    assert 'name="consultant"' not in anna.get("/entries/new").text
    anna.post("/entries/new", data={**TYPED, "consultant": programme.ben.public_id})
    assert [entry.consultant_id for entry in ledger()] == [programme.anna.id]


def test_after_saving_one_goes_on_where_one_was_but_never_elsewhere(programme: Programme, as_: As) -> None:
    anna = as_(programme.anna)

    inside = anna.post("/entries/new", data={**TYPED, "next": "/today"})
    outside = anna.post("/entries/new", data={**TYPED, "next": "https://example.org/"})

    assert (inside.location, outside.location) == ("/today", "/entries/new")


def test_without_a_municipality_the_page_says_what_to_wait_for(programme: Programme, as_: As) -> None:
    page = as_(programme.cleo).get("/entries/new").text

    assert "Noch keine Kommune" in page
    assert "<textarea" not in page


# One line


def test_one_line_books_a_day_and_says_what_it_understood(programme: Programme, as_: As, ledger: Ledger) -> None:
    anna = as_(programme.anna)

    answer = anna.post("/entries/quick", data={"line": "gestern 0,5 K01 Workshop Clearing", "next": "/today"})
    page = text_of(anna.get(answer.location).text)

    (entry,) = ledger()
    assert answer.location == "/today"
    assert (entry.service_date, entry.minutes, entry.activity) == (date(2026, 5, 19), 240, Activity.WORKSHOP)
    assert "Di., 19.05.2026: 0,5 Tage für Stadt Musterau gespeichert (Workshop, vor Ort, „Clearing“)." in page
    assert "Es bleiben 79,5 Tage." in page


def test_what_one_line_leaves_unsaid_is_as_in_the_last_entry(
    programme: Programme, as_: As, session: Session, ledger: Ledger
) -> None:
    make_entry(session, programme.contract, programme.anna, activity=Activity.CONCEPT, mode=Mode.OFFICE, package="AP4")
    session.commit()

    as_(programme.anna).post("/entries/quick", data={"line": "½ K07"})

    *_, entry = ledger()
    assert (entry.municipality_id, entry.activity, entry.mode) == (programme.secret.id, Activity.CONCEPT, Mode.OFFICE)
    assert [each.id for each in programme.secret_contract.work_packages if each.code == "AP4"] == [
        entry.work_package_id
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gestern K01 Workshop", "Es fehlt der Umfang"),
        ("0,5 Workshop", "Es fehlt die Kommune"),
        ("0,5 K99", "„K99“ ist keine Kommune"),
        ("", "Bitte Tag, Umfang und Kommune eingeben"),
        ("x" * 501, "kann nicht länger als 500 Zeichen sein"),
        ("0,5 K01 20.05.1026", "Bitte das Jahr prüfen."),
    ],
)
def test_a_line_that_is_not_understood_stays_with_the_message_beside_it(
    programme: Programme, as_: As, ledger: Ledger, line: str, message: str
) -> None:
    answer = as_(programme.anna).post("/entries/quick", data={"line": line, "next": "/today"})

    assert answer.status_code == 422
    error = re.search(r'id="line-error".*?</div>', answer.text, re.DOTALL)
    assert error
    assert message in unescape(error[0])
    assert value_of(answer.text, "line") == line
    assert value_of(answer.text, "next") == "/today"
    assert value_of(answer.text, "service_date") == "2026-05-20"
    assert ledger() == []


def test_no_id_stands_twice_where_a_page_holds_two_forms(programme: Programme, as_: As) -> None:
    anna = as_(programme.anna)

    for page in (anna.get("/entries/new"), anna.get("/today"), anna.post("/entries/quick", data={"line": ""})):
        ids = re.findall(r'\bid="([^"]+)"', page.text)
        assert sorted(ids) == sorted(set(ids))


# While typing


def test_the_preview_says_what_would_be_left_and_books_nothing(
    programme: Programme, as_: As, session: Session, ledger: Ledger
) -> None:
    make_entry(session, programme.secret_contract, programme.anna, service_date=TODAY, minutes=360)
    session.commit()

    page = as_(programme.anna).get("/entries/preview", query_string=TYPED)

    assert page.status_code == 200
    assert text_of(page.text) == (
        "Angerechnet werden 0,5 Tage. Es bleiben 79,5 Tage. Bitte beachten "
        "An diesem Datum sind es mit diesem Eintrag 1,25 Tage, mehr als 1 Tag."
    )
    assert len(ledger()) == 1


@pytest.mark.parametrize(
    "typed", [{"quarters": ""}, {"service_date": "morgen"}, {"municipality": "K99"}, {"duration": "0"}]
)
def test_the_preview_says_nothing_while_the_form_does_not_say_enough(
    programme: Programme, as_: As, typed: dict[str, str]
) -> None:
    page = as_(programme.anna).get("/entries/preview", query_string={**TYPED, **typed})

    assert (page.status_code, page.text.strip()) == (200, "")


def test_the_preview_of_a_change_reckons_without_what_was_there(
    programme: Programme, as_: As, session: Session
) -> None:
    entry = make_entry(session, programme.contract, programme.anna, minutes=480, service_date=TODAY)
    session.commit()
    typed = {**TYPED, "entry": entry.public_id, "quarters": "4"}

    page = as_(programme.anna).get("/entries/preview", query_string=typed)
    foreign = as_(programme.ben).get("/entries/preview", query_string=typed)

    assert text_of(page.text) == "Angerechnet werden 1 Tag. Es bleiben 79 Tage."
    assert foreign.status_code == 404


def test_a_preview_takes_few_statements(app: Flask, programme: Programme, as_: As) -> None:
    anna = as_(programme.anna)

    with statements(app) as seen:
        anna.get("/entries/preview", query_string=TYPED)

    assert len(seen) <= 8


# The list


def test_the_list_shows_what_is_wanted_with_its_sum(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.contract, programme.anna, note="Erstes")
    make_entry(session, programme.contract, programme.ben, note="Zweites", minutes=480)
    make_entry(session, programme.secret_contract, programme.anna, note="Drittes")
    session.commit()
    lead = as_(programme.lead)

    everything = text_of(lead.get("/entries").text)
    bens = text_of(
        lead.get("/entries", query_string={"municipality": "K01", "consultant": programme.ben.public_id}).text
    )
    none = text_of(lead.get("/entries?activity=travel").text)

    assert "3 Einträge, zusammen 2 Tage." in everything
    assert "1 Eintrag, zusammen 1 Tag." in bens
    assert "Zweites" in bens
    assert "Erstes" not in bens
    assert "Nichts gefunden" in none


@pytest.mark.parametrize(
    "query",
    [
        "kind=x",
        "_external=1&_scheme=javascript",
        "first=x&last=31.02.2026",
        "page=-1",
        "page=999",
        "activity=x",
        "filename=a",
    ],
)
def test_no_address_breaks_the_list(programme: Programme, as_: As, session: Session, query: str) -> None:
    make_entry(session, programme.contract, programme.anna)
    session.commit()

    page = as_(programme.anna).get(f"/entries?{query}")

    assert page.status_code == 200
    assert "javascript:" not in page.text


def test_pages_of_the_list_keep_the_filter(programme: Programme, as_: As, session: Session) -> None:
    for _ in range(51):
        make_entry(session, programme.contract, programme.anna)
    session.commit()

    page = as_(programme.anna).get("/entries?municipality=K01&page=1").text

    assert "Seite 1 von 2" in page
    assert "/entries?page=2&amp;municipality=K01" in page
    assert "/export/entries.csv?municipality=K01" in page


def test_coordinators_read_the_days_of_a_coaching_and_nothing_else_of_it(
    programme: Programme, as_: As, session: Session
) -> None:
    make_entry(
        session, programme.contract, programme.ben, activity=Activity.COACHING, note="Wer kam", internal_note="Warum",
        minutes=120,
    )  # fmt: skip
    make_entry(session, programme.contract, programme.anna, note="Werkstatt", internal_note="Interna")
    session.commit()

    page = as_(programme.coordinator).get("/entries").text
    team = as_(programme.ben).get("/entries").text

    assert "Coaching (vertraulich)" in page
    assert "0,25" in page
    assert "Werkstatt" in page
    for secret in ("Wer kam", "Warum", "Interna"):
        assert secret not in page
        assert secret in team


def test_a_reader_has_no_list(programme: Programme, as_: As) -> None:
    assert as_(programme.reader).get("/entries").status_code == 404


def test_an_empty_list_says_what_to_do(programme: Programme, as_: As) -> None:
    assert "Hier steht jeder Beratungstag, sobald er erfasst ist." in as_(programme.anna).get("/entries").text
    assert "für Ihre Kommune" in as_(programme.coordinator).get("/entries").text


# Changing and deleting


@pytest.fixture
def entry(programme: Programme, session: Session) -> DayEntry:
    made = make_entry(session, programme.contract, programme.anna, note="Alte Notiz", package="AP1", service_date=TODAY)
    session.commit()
    return made


CHANGE = {
    "service_date": "2026-05-19",
    "quarters": "4",
    "activity": "analysis",
    "mode": "office",
    "work_package": "AP4",
    "note": "Neu",
}


def test_an_entry_is_changed_and_one_goes_back_to_where_one_was(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    anna = as_(programme.anna)
    page = anna.get(f"/entries/{entry.public_id}/edit?next=/entries?municipality%3DK01").text

    answer = anna.post(
        f"/entries/{entry.public_id}/edit",
        data={**CHANGE, "version": value_of(page, "version"), "next": value_of(page, "next")},
    )

    (changed,) = ledger()
    assert answer.location == "/entries?municipality=K01"
    assert (changed.service_date, changed.minutes, changed.activity) == (date(2026, 5, 19), 480, Activity.ANALYSIS)
    assert (changed.mode, changed.note) == (Mode.OFFICE, "Neu")
    assert "Alte Notiz" in page


def test_a_stale_change_shows_both_versions_and_loses_neither(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    anna, lead = as_(programme.anna), as_(programme.lead)
    lead.post(f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1", "note": "Fassung der Leitung"})

    answer = anna.post(f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1", "note": "Meine Fassung"})

    assert answer.status_code == 409
    assert "Fassung der Leitung" in answer.text
    assert "Meine Fassung</textarea>" in answer.text
    assert [each.note for each in ledger()] == ["Fassung der Leitung"]
    again = {**CHANGE, "version": value_of(answer.text, "version"), "note": "Meine Fassung"}
    assert anna.post(f"/entries/{entry.public_id}/edit", data=again).status_code == 302
    assert [each.note for each in ledger()] == ["Meine Fassung"]


def test_a_wrong_change_is_refused_with_everything_typed(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    answer = as_(programme.anna).post(
        f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1", "duration": "25:00", "note": "Getippt"}
    )

    assert answer.status_code == 422
    assert "Getippt</textarea>" in answer.text
    assert value_of(answer.text, "duration") == "25:00"
    assert [each.note for each in ledger()] == ["Alte Notiz"]


@pytest.mark.parametrize("who", ["ben", "cleo", "coordinator", "head", "reader"])
def test_for_all_others_there_is_no_such_page(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger, who: str
) -> None:
    client = as_(getattr(programme, who))
    missing = client.get("/entries/aaaaaaaaaaaaaaaa/edit")
    answers = [
        client.get(f"/entries/{entry.public_id}/edit"),
        client.post(f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1"}),
        client.post(f"/entries/{entry.public_id}/delete"),
    ]

    assert missing.status_code == 404
    assert [answer.data for answer in answers[:1]] == [missing.data]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert [each.note for each in ledger()] == ["Alte Notiz"]


def test_an_entry_of_an_older_contract_keeps_its_packages(
    programme: Programme, entry: DayEntry, session: Session, as_: As, ledger: Ledger
) -> None:
    make_contract(session, programme.town, packages=(("NEU", "Neues", 80),))
    session.commit()
    anna = as_(programme.anna)

    page = anna.get(f"/entries/{entry.public_id}/edit").text
    anna.post(f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1"})

    assert "AP4 Trainings und Coachings" in page
    assert "NEU" not in page
    assert [each.contract_id for each in ledger()] == [programme.contract.id]


def test_deleting_twice_by_a_double_click_ends_well(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    anna = as_(programme.anna)
    page = anna.get(f"/entries/{entry.public_id}/edit").text
    key = re.search(r'name="request_key" value="(delete-[^"]+)"', page)
    assert key

    answers = [anna.post(f"/entries/{entry.public_id}/delete", data={"request_key": key[1]}) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/entries")] * 2
    assert ledger() == []


def test_the_key_of_a_change_deletes_nothing_silently(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    """Back in the browser after a change, the button below still deletes."""
    anna = as_(programme.anna)
    page = anna.get(f"/entries/{entry.public_id}/edit").text
    key = re.search(r'name="request_key"[^>]*value="((?!delete-)[^"]+)"', page)
    assert key
    anna.post(f"/entries/{entry.public_id}/edit", data={**CHANGE, "version": "1", "request_key": key[1]})

    anna.post(f"/entries/{entry.public_id}/delete", data={"request_key": f"delete-{key[1]}"})

    assert ledger() == []


def test_a_request_key_may_be_anything(programme: Programme, entry: DayEntry, as_: As, ledger: Ledger) -> None:
    answer = as_(programme.anna).post(f"/entries/{entry.public_id}/delete", data={"request_key": "x" * 5000})

    assert answer.status_code == 302
    assert ledger() == []


# My month


def test_my_month_shows_sums_and_gaps(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.contract, programme.anna, service_date=date(2026, 5, 4), minutes=240)
    make_entry(session, programme.secret_contract, programme.anna, service_date=date(2026, 5, 4), minutes=120)
    make_entry(session, programme.contract, programme.ben, service_date=date(2026, 5, 5), minutes=480)
    session.commit()

    page = text_of(as_(programme.anna).get("/entries/month/2026-05").text)

    assert "Erfasst 0,75 Tage" in page
    assert "Tage mit Einträgen 1" in page
    # From Monday the 4th to Wednesday the 20th: 13 working days, without the 4th and Ascension Day on the 14th.
    assert "Werktage ohne Eintrag 11" in page
    assert "K01 0,5 K07 0,25" in page
    assert "Christi Himmelfahrt" in page


@pytest.mark.parametrize(
    ("month", "status"),
    [
        ("2026-05", 200),
        ("2026-12", 200),
        ("2000-01", 200),
        ("2099-12", 200),
        ("1999-12", 404),
        ("2026-13", 404),
        ("2026-5", 404),
        ("9999-12", 404),
        ("2026-W01", 404),
        ("today", 404),
    ],
)
def test_a_month_is_a_month(programme: Programme, as_: As, month: str, status: int) -> None:
    assert as_(programme.anna).get(f"/entries/month/{month}").status_code == status


def test_pages_cost_the_same_for_one_entry_as_for_thirty(
    app: Flask, programme: Programme, as_: As, session: Session
) -> None:
    anna, lead = as_(programme.anna), as_(programme.lead)
    pages = {
        "/entries": (anna, lead),
        "/entries/new": (anna, lead),
        "/entries/month/2026-05": (anna, lead),
    }

    def costs() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for path, clients in pages.items():
            for client in clients:
                with statements(app) as seen:
                    assert client.get(path).status_code == 200
                found.setdefault(path, []).append(len(seen))
        return found

    make_entry(session, programme.contract, programme.anna, service_date=TODAY)
    session.commit()
    few = costs()
    for number in range(30):
        place = make_municipality(session, number=100 + number)
        contract = make_contract(session, place)
        make_assignment(session, programme.anna, place, starts_on=date(2026, 1, 1))
        make_entry(session, contract, programme.anna, service_date=TODAY, package="AP0")
        make_entry(session, contract, programme.lead, service_date=TODAY)
    session.commit()

    assert costs() == few


def test_an_anonymous_name_is_for_its_own_people(programme: Programme, as_: As, session: Session) -> None:
    make_entry(session, programme.secret_contract, programme.anna, note="Vertrauliches", service_date=TODAY)
    make_entry(session, programme.secret_contract, programme.cleo, note="Früheres", service_date=TODAY)
    session.commit()
    assert session.scalars(select(DayEntry)).all()

    for who, knows in (("anna", True), ("lead", True), ("ben", False), ("cleo", False), ("coordinator", False)):
        client = as_(getattr(programme, who))
        for path in ("/entries", "/entries/new", "/entries/month/2026-05"):
            page = client.get(path).text
            if not knows:
                assert SECRET_NAME not in page
                assert "Vertrauliches" not in page
        assert (SECRET_NAME in client.get("/entries").text) is knows
