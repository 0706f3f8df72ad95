"""Upload, preview, confirm: nothing is booked before, everything once, and every refusal says what to do."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.exchange.models import ImportDraft
from tests.integration.exchange.conftest import THREE, Programme, table
from tests.integration.exchange.pages import confirm, entries, previewed, upload, words
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def anna(client: Client, login: Login, programme: Programme) -> Client:
    return login(client, programme.anna)


def test_the_way_of_a_file(anna: Client, session: Session) -> None:
    page = anna.get("/import")
    assert page.status_code == 200
    assert "Tage importieren" in words(page)
    preview = previewed(anna, table(*THREE))
    text = words(preview)
    assert "Werden gebucht 3 1,75 Tage" in text
    assert "K01 · Stadt Musterau Mai 2026 2 0,75" in text
    assert "K07 · Gemeinde Zirbelstein April 2026 1 1,00" in text
    assert "tage.csv" in text
    assert entries(session) == 0
    done = confirm(anna, preview)
    assert (done.status_code, done.location) == (302, "/entries")
    assert "3 Einträge gebucht." in words(anna.get("/entries"))
    assert entries(session) == 3


def test_a_double_click_books_once_and_the_content_is_gone(anna: Client, session: Session) -> None:
    preview = previewed(anna, table(*THREE))
    confirm(anna, preview)
    assert confirm(anna, preview).location == "/entries"
    assert "Diese Datei ist bereits gebucht." in words(anna.get("/entries"))
    assert "Diese Datei ist gebucht." in words(anna.get(preview.request.path))
    assert entries(session) == 3
    assert session.scalars(select(ImportDraft.content)).one() == b""


def test_the_same_file_again_has_nothing_new(anna: Client) -> None:
    confirm(anna, previewed(anna, table(*THREE)))
    text = words(previewed(anna, table(*THREE)))
    assert "Werden gebucht 0" in text
    assert "Schon gebucht 3 werden übergangen" in text
    assert "Nichts Neues" in text


def test_faults_name_row_and_column_and_nothing_can_be_booked(anna: Client, session: Session) -> None:
    wrong = ("32.5.2026;K01;1;Workshop;online;;;", "4.5.2026;K99;halb;Zauberei;online;;;", *THREE)
    preview = previewed(anna, table(*wrong))
    text = words(preview)
    assert "4 Fehler. Es wurde nichts gebucht." in text
    assert "Zeile 2, Spalte Datum „32.5.2026“ ist kein Datum. Richtig ist zum Beispiel 22.11.2026." in text
    assert "Zeile 3, Spalte Kommune „K99“ ist keine Kommune mit Vertrag, für die Sie Tage eintragen können." in text
    assert "Zeile 3, Spalte Tage „halb“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25." in text
    assert (
        "Zeile 3, Spalte Tätigkeit „Zauberei“ ist keine Tätigkeit. Möglich sind: Training, Coaching, Workshop," in text
    )
    assert 'name="seen"' not in preview.get_data(as_text=True)
    refused = anna.post(preview.request.path, data={"seen": "", "doubles": ""})
    assert (refused.status_code, entries(session)) == (409, 0)


def test_faults_of_meaning_are_named_too(anna: Client) -> None:
    text = words(previewed(anna, table("4.5.2026;K99;1;Workshop;online;;;")))
    assert "Zeile 2, Spalte Kommune „K99“ ist keine Kommune mit Vertrag, für die Sie Tage eintragen können." in text


def test_a_file_without_municipality_goes_to_the_one_chosen(anna: Client) -> None:
    file = table("4.5.2026;1;Workshop;online", heading="Datum;Tage;Tätigkeit;Modus")
    assert "K07 · Gemeinde Zirbelstein Mai 2026 1 1,00" in words(previewed(anna, file, municipality="K07"))


def test_possible_doubles_are_shown_and_booked_only_on_demand(anna: Client, session: Session) -> None:
    confirm(anna, previewed(anna, table(THREE[0])))
    changed = table(THREE[0].replace("Kick-off", "Auftakt"))
    preview = previewed(anna, changed)
    assert "Mögliche Doppel 1 werden übergangen" in words(preview)
    eager = anna.get(preview.request.path, query_string={"doubles": "1"})
    assert "Mögliche Doppel 1 werden mitgebucht" in words(eager)
    confirm(anna, eager)
    assert entries(session) == 2


def test_hints_are_shown(anna: Client) -> None:
    rows = ("1.5.2026;K01;1;Workshop;online;;a;", "2.5.2026;K01;1,5;Workshop;online;;b;")
    text = words(previewed(anna, table(*rows)))
    assert "Zeile 2 Am Ort der Kommune ist Feiertag: Erster Mai." in text
    assert "Zeile 3 Das Datum liegt am Wochenende." in text
    assert "Zeile 3 An diesem Datum sind es mit diesem Eintrag 1,5 Tage, mehr als 1 Tag." in text


def test_what_changed_since_the_preview_is_shown_first(anna: Client, session: Session) -> None:
    old = previewed(anna, table(*THREE))
    confirm(anna, previewed(anna, table(THREE[0])))
    answer = confirm(anna, old)
    assert answer.status_code == 409
    assert "Seit der Vorschau hat sich etwas geändert." in words(answer)
    assert "Werden gebucht 2" in words(answer)
    assert entries(session) == 1
    confirm(anna, answer)
    assert entries(session) == 3


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (io.BytesIO(b""), "Die Datei ist leer."),
        (io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0"), "Die Datei ist keine Tabelle."),
        (io.BytesIO(b"PK\x03\x04"), "Die Datei ist keine lesbare XLSX-Tabelle."),
        (table(*THREE, '4.5.2026;"offen'), "Zeile 5 ist nicht lesbar."),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(
    anna: Client, session: Session, file: io.BytesIO, message: str
) -> None:
    answer = upload(anna, io.BytesIO(file.getvalue()))
    assert answer.status_code == 422
    assert message in words(answer)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert session.scalars(select(ImportDraft)).all() == []


def test_a_file_that_turns_bad_further_down_is_refused_in_the_preview(anna: Client) -> None:
    text = words(previewed(anna, table(*THREE * 8, '4.5.2026;"offen')))
    assert "Die Datei ist so nicht lesbar. Es wurde nichts gebucht." in text
    assert "Zeile 26 ist nicht lesbar." in text


def test_no_file_no_import(anna: Client) -> None:
    answer = anna.post("/import", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Bitte wählen Sie eine Datei." in words(answer)


def test_uploads_are_their_owners_only(
    anna: Client, app: object, login: Login, programme: Programme, session: Session
) -> None:
    preview = previewed(anna, table(*THREE))
    missing = anna.get("/import/aaaaaaaaaaaaaaaa")
    for other in (programme.lead, programme.bert, programme.coordinator):
        somebody = login(Client(anna.application), other)
        answers = [somebody.get(preview.request.path), somebody.post(preview.request.path, data={"seen": "x"})]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert missing.status_code == 404
    assert entries(session) == 0
    del app


def test_an_upload_expires_and_the_next_one_of_anybody_sweeps_it_away(
    anna: Client, login: Login, programme: Programme, clock: Clock, session: Session
) -> None:
    preview = previewed(anna, table(*THREE))
    draft = session.scalars(select(ImportDraft)).one()
    draft.expires_at = clock.now - timedelta(seconds=1)
    session.commit()
    assert anna.get(preview.request.path).status_code == 404
    previewed(login(Client(anna.application), programme.bert), table(THREE[0]))
    session.rollback()
    assert session.scalars(select(ImportDraft.user_id)).all() == [programme.bert.id]


def test_only_a_few_uploads_are_kept(anna: Client, session: Session) -> None:
    first = previewed(anna, table(*THREE))
    for _ in range(4):
        previewed(anna, table(*THREE))
    assert len(session.scalars(select(ImportDraft.id)).all()) == 4
    assert anna.get(first.request.path).status_code == 404


@pytest.mark.parametrize("who", ["coordinator", "reader"])
def test_municipalities_do_not_import(client: Client, login: Login, programme: Programme, who: str) -> None:
    signed_in = login(client, getattr(programme, who))
    assert [signed_in.get("/import").status_code, upload(signed_in, table(*THREE)).status_code] == [404, 404]


def test_the_list_of_municipalities_is_what_one_may_import_for(
    client: Client, login: Login, programme: Programme
) -> None:
    text = words(login(client, programme.bert).get("/import"))
    assert "K01 · Stadt Musterau" in text
    assert "K07" not in text


def test_case_17_a_day_of_more_than_ten_hours_waits_for_a_tick(anna: Client, session: Session) -> None:
    preview = previewed(anna, table("4.5.2026;K01;1;Workshop;online;;a;", "4.5.2026;K01;0,5;Workshop;online;;b;"))
    assert "An diesen Tagen sind es für eine Person mehr als 10 Stunden. Zeilen: 3" in words(preview)
    refused = confirm(anna, preview)
    assert (refused.status_code, entries(session)) == (422, 0)
    assert "An manchen Tagen sind es für eine Person mehr als 10 Stunden. Bitte bestätigen Sie das." in words(refused)
    confirm(anna, refused, long_days="y")
    assert entries(session) == 2


def test_case_17_the_lead_is_not_asked(client: Client, login: Login, programme: Programme, session: Session) -> None:
    confirm(client, previewed(login(client, programme.lead), table("4.5.2026;K01;1,5;Workshop;online;Anna Ahrend;;")))
    assert entries(session) == 1


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/octet-stream", ""])
def test_a_file_above_the_limit_is_refused_with_what_to_do(anna: Client, kind: str) -> None:
    length = {"CONTENT_LENGTH": str(200 * 1024**2)}
    answer = anna.post("/import", csrf=False, content_type=kind, environ_overrides=length)
    assert answer.status_code == 413
    assert "Bitte teilen Sie die Datei auf und laden Sie die Teile nacheinander hoch." in words(answer)
