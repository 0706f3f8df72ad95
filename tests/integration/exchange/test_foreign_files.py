"""The exports of other tools and any sheet: what is asked, what is remembered, and that nothing is booked twice."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.models import ImportDraft, ImportLayout, ImportName
from tests.factories.people import make_user
from tests.integration.exchange.conftest import SECRET_NAME, THREE, Programme, table
from tests.integration.exchange.pages import answer, confirm, entries, follow, previewed, selects, words
from tests.support import exports
from tests.support.application import Login
from tests.support.client import Client, new_client
from tests.support.statements import statements


def file(text: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text.encode(encoding))


@pytest.fixture
def anna(client: Client, login: Login, programme: Programme) -> Client:
    return login(client, programme.anna)


def explained(client: Client, page: TestResponse, choices: Mapping[str, str] | None = None) -> TestResponse:
    """Answer what is asked about names, then about packages with none."""
    page = follow(client, answer(client, page, choices))
    while page.request.path.endswith("/packages"):
        page = follow(client, answer(client, page, {label: to or "-" for label, (_, to) in selects(page).items()}))
    return page


def booked(session: Session) -> list[tuple[Any, ...]]:
    session.rollback()
    found = session.scalars(select(DayEntry).order_by(DayEntry.service_date, DayEntry.id))
    return [(each.service_date, each.minutes, each.activity, each.mode, each.note) for each in found]


def test_the_way_of_an_export_of_toggl(anna: Client, session: Session) -> None:
    page = previewed(anna, file(exports.TOGGL), name="toggl.csv")
    text = words(page)
    assert "Namen zuordnen" in text
    assert "2 Zeilen · stimmt überein" in text
    assert "1 Zeile · nicht gefunden" in text
    asked = {label: chosen for label, (_, chosen) in selects(page).items()}
    assert asked == {
        "Stadt Musterau": "K01", "Meier GmbH": "", "anna@example.org": asked["anna@example.org"],
        "Workshop": "workshop", "Coaching": "coaching", "Entwurf": "",
        "vor Ort": "on_site", "online, Nacht": "online", "ohne Angabe": "",
    }  # fmt: skip

    refused = answer(anna, page)
    assert refused.status_code == 422
    assert "Bitte wählen Sie, wofür „Meier GmbH“ steht." in words(refused)
    assert entries(session) == 0

    preview = explained(anna, page, {"Meier GmbH": "-", "Entwurf": "concept", "ohne Angabe": "office"})
    assert "1 Zeile gehört nicht hierher und wird ausgelassen." in words(preview)
    assert "Werden gebucht 2" in words(preview)
    confirm(anna, preview)
    assert booked(session) == [
        (date(2026, 5, 4), 240, Activity.WORKSHOP, Mode.ON_SITE, "Auftakt, Teil 1"),
        (date(2026, 5, 5), 76, Activity.COACHING, Mode.ONLINE, "Fallberatung"),
    ]
    draft = session.scalars(select(ImportDraft)).one()
    assert (draft.content, draft.answers, draft.places) == (b"", None, None)


@pytest.mark.parametrize(
    "text", [exports.HARVEST, exports.HARVEST_GERMAN, exports.KIMAI, exports.KIMAI_GERMAN], ids=["h", "hd", "k", "kd"]
)
def test_what_is_exact_is_not_asked_but_what_the_file_does_not_say(anna: Client, session: Session, text: str) -> None:
    page = previewed(anna, file(text, "cp1252"))
    assert [label for label, (_, chosen) in selects(page).items() if not chosen] == ["ohne Angabe"]
    confirm(anna, explained(anna, page, {"ohne Angabe": "online"}))
    assert [each[:4] for each in booked(session)] == [(date(2026, 5, 4), 255, Activity.WORKSHOP, Mode.ONLINE)]


def test_what_was_remembered_is_not_asked_again(anna: Client, session: Session) -> None:
    confirm(anna, explained(anna, previewed(anna, file(exports.HARVEST)), {"ohne Angabe": "online"}))
    preview = previewed(anna, file(exports.HARVEST.replace("2026-05-04", "2026-05-11")))
    assert "Werden gebucht 1" in words(preview)
    page = anna.get(f"{preview.request.path}/names")
    assert "gemerkt" in words(page)
    answer(anna, page, remember=False)
    session.rollback()
    assert session.scalars(select(ImportName)).all() == []
    assert previewed(anna, file(exports.HARVEST)).request.path.endswith("/names")


def test_the_same_export_again_and_a_longer_one_book_nothing_twice(anna: Client, session: Session) -> None:
    first = exports.clockify("14/05/2026", "15/05/2026")
    confirm(anna, explained(anna, previewed(anna, file(first))))
    assert entries(session) == 2
    assert "Schon gebucht 2" in words(explained(anna, previewed(anna, file(first))))

    american = exports.clockify("05/14/2026", "05/15/2026", "05/16/2026", time="09:00")
    longer = explained(anna, previewed(anna, file(american)))
    assert "Schon gebucht 2" in words(longer)
    assert "Werden gebucht 1" in words(longer)
    confirm(anna, longer)
    assert entries(session) == 3


def test_taken_for_another_municipality_it_is_still_booked_once(anna: Client, session: Session) -> None:
    page = previewed(anna, file(exports.HARVEST))
    confirm(anna, explained(anna, page, {"ohne Angabe": "online"}))
    again = previewed(anna, file(exports.HARVEST))
    page = anna.get(f"{again.request.path}/names")
    other = explained(anna, page, {"Stadt Musterau": "K07"})
    assert "Schon gebucht 1" in words(other)
    assert entries(session) == 1


def test_an_order_of_day_and_month_that_the_file_does_not_tell_is_asked(anna: Client, session: Session) -> None:
    page = previewed(anna, file(exports.clockify("04/05/2026")))
    assert "Wie ist das Datum geschrieben?" in words(page)
    refused = answer(anna, page)
    assert refused.status_code == 422
    assert "Bitte wählen Sie, was zuerst steht: der Tag oder der Monat." in words(refused)
    label = "Wie ist das Datum geschrieben?"
    confirm(anna, explained(anna, page, {label: "month_first"}))
    assert [each[0] for each in booked(session)] == [date(2026, 4, 5)]


SHEET = """\
Leistungen Anna;;;;
Wann;Wo;Wie lange;Was;Womit
04.05.2026;Musterau;½;Steuerungsrunde;Video
05.05.2026;Musterau;1;Steuerungsrunde;Video
Summe;;1,5;;
"""


def test_any_sheet_by_matching_its_columns(anna: Client, session: Session) -> None:
    page = previewed(anna, file(SHEET))
    assert page.request.path.endswith("/columns")
    text = words(page)
    assert "Wann Wo Wie lange Was Womit 04.05.2026 Musterau ½ Steuerungsrunde Video" in text
    refused = answer(anna, page)
    assert refused.status_code == 422
    assert "Bitte wählen Sie die Spalte mit dem Datum." in words(refused)
    matched = {"Datum": "0", "Kommune": "1", "Umfang": "2", "Einheit des Umfangs": "days", "Tätigkeit": "3"}
    page = follow(anna, answer(anna, page, {**matched, "Modus": "4"}))
    assert {label: chosen for label, (_, chosen) in selects(page).items()} == {
        "Musterau": "", "Steuerungsrunde": "steering", "Video": "online",
    }  # fmt: skip
    preview = explained(anna, page, {"Musterau": "K01", "Steuerungsrunde": "steering"})
    assert "Das ist eine Summe. Sie wird nicht gebucht." in words(preview)
    confirm(anna, preview)
    assert [each[:4] for each in booked(session)] == [
        (date(2026, 5, 4), 240, Activity.STEERING, Mode.ONLINE),
        (date(2026, 5, 5), 480, Activity.STEERING, Mode.ONLINE),
    ]


def test_matched_columns_are_remembered_changed_and_forgotten(anna: Client, session: Session) -> None:
    matched = {"Datum": "0", "Kommune": "1", "Umfang": "2", "Einheit des Umfangs": "days", "Tätigkeit": "3"}
    answer(anna, previewed(anna, file(SHEET)), matched)
    page = previewed(anna, file(SHEET.replace("½", "¼")))
    assert page.request.path.endswith("/names")
    columns = page.request.path.replace("/names", "/columns")
    assert selects(anna.get(columns))["Tätigkeit"][1] == "3"
    answer(anna, anna.get(columns), {**matched, "Modus": "4"})
    session.rollback()
    assert session.scalars(select(ImportLayout.places)).one()["mode"] == 4
    assert anna.post(f"{columns}/forget").location == columns
    session.rollback()
    assert session.scalars(select(ImportLayout)).all() == []
    assert previewed(anna, file(SHEET)).request.path.endswith("/columns")


def test_own_columns_that_are_missing_are_asked_for(anna: Client) -> None:
    page = previewed(anna, table("4.5.2026;1;Workshop", heading="Datum;Tage;Tätigkeit"))
    assert page.request.path.endswith("/columns")
    chosen = {label: value for label, (_, value) in selects(page).items()}
    assert (chosen["Datum"], chosen["Umfang"], chosen["Einheit des Umfangs"], chosen["Tätigkeit"]) == (
        "0", "1", "days", "2",
    )  # fmt: skip


def test_an_unknown_name_in_an_own_file_can_be_explained_too(anna: Client, session: Session) -> None:
    preview = previewed(anna, table("4.5.2026;Musterrau;1;Zauberei;online;;;"))
    assert "2 Fehler" in words(preview)
    done = explained(anna, anna.get(f"{preview.request.path}/names"), {"Musterrau": "K01", "Zauberei": "other"})
    confirm(anna, done)
    assert [each[2] for each in booked(session)] == [Activity.OTHER]


def test_rows_of_colleagues_are_left_out_on_purpose_only(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    bert = login(client, programme.bert)
    page = previewed(bert, file(exports.HARVEST))
    assert selects(page)["Anna Ahrend"][1] == ""
    preview = explained(bert, page, {"Anna Ahrend": "-", "ohne Angabe": "online"})
    assert "1 Zeile gehört nicht hierher" in words(preview)
    assert entries(session) == 0


def submitted(session: Session, programme: Programme, month: date) -> None:
    contract = programme.open_contract
    session.add(
        Statement(
            contract_id=contract.id, municipality_id=contract.municipality_id, month=month, minutes=0,
            agreed_minutes=0, remaining_minutes=0, check_number="x", submitted_by_id=programme.lead.id,
            submitted_at=contract.created_at,
        )
    )  # fmt: skip
    session.commit()


def test_a_row_of_a_submitted_month_comes_late_and_says_why(
    anna: Client, session: Session, programme: Programme
) -> None:
    submitted(session, programme, date(2026, 5, 1))
    preview = previewed(anna, table(*THREE))
    assert "2 Einträge liegen in Monaten, die schon eingereicht sind." in words(preview)
    refused = confirm(anna, preview, reason=" ")
    assert refused.status_code == 422
    assert "Bitte begründen Sie, warum diese Tage erst jetzt kommen." in words(refused)
    assert entries(session) == 0
    confirm(anna, refused, reason="Zettel wiedergefunden")
    session.rollback()
    found = session.scalars(select(DayEntry).order_by(DayEntry.service_date))
    assert [(each.service_date, each.posting_month, each.reason) for each in found] == [
        (date(2026, 4, 1), date(2026, 4, 1), ""),
        (date(2026, 5, 4), date(2026, 6, 1), "Zettel wiedergefunden"),
        (date(2026, 5, 5), date(2026, 6, 1), "Zettel wiedergefunden"),
    ]


def test_a_month_submitted_meanwhile_is_shown_before_anything_is_booked(
    anna: Client, session: Session, programme: Programme
) -> None:
    preview = previewed(anna, table(*THREE))
    submitted(session, programme, date(2026, 5, 1))
    answer = confirm(anna, preview)
    assert (answer.status_code, entries(session)) == (409, 0)


def test_more_than_24_hours_a_day_are_refused(anna: Client) -> None:
    rows = [f"4.5.2026;K01;{days};Workshop;online;;{days};" for days in ("1,5", "1", "0,75")]
    assert "Zeile 4, Spalte Datum An diesem Datum wären es für diese Person mehr als 24 Stunden." in words(
        previewed(anna, table(*rows))
    )


def test_what_stands_for_an_anonymous_municipality_is_read_by_those_who_know_its_name(
    anna: Client, login: Login, programme: Programme, session: Session
) -> None:
    """The text that somebody has matched is as secret as the name, for whoever may not know that."""
    text = exports.HARVEST.replace("Stadt Musterau", SECRET_NAME.replace("Gemeinde ", "Gem. "))
    secret = "Gem. Zirbelstein"
    explained(anna, previewed(anna, file(text)), {secret: "K07", "ohne Angabe": "online"})
    session.rollback()
    kept = session.scalars(select(ImportName).where(ImportName.kind == "municipality")).one()
    assert (kept.name, kept.target, kept.municipality_id) == ("gem zirbelstein", "K07", programme.secret_town.id)

    insider = make_user(session, municipalities=(programme.secret_town,), name="Ida Imhof", email="ida@example.org")
    session.commit()
    told = previewed(login(new_client(anna.application), insider), file(text))
    assert selects(told)[secret][1] == "K07"
    assert "im Team gemerkt" in words(told)

    stranger = previewed(login(new_client(anna.application), programme.bert), file(text))
    assert selects(stranger)[secret][1] == ""
    assert "K07" not in stranger.get_data(as_text=True)
    records = session.scalars(select(AuditRecord)).all()
    assert "irbelstein" not in str([(each.before, each.after, each.object_id) for each in records])


def test_the_guard_hides_remembered_names_from_whoever_may_not_know_the_municipality(
    anna: Client, programme: Programme, session: Session, session_for: Any
) -> None:
    session.add(
        ImportName(
            user_id=programme.bert.id, municipality_id=programme.secret_town.id, kind="municipality",
            name="zirbelstein", target="K07",
        )
    )  # fmt: skip
    session.commit()
    seen = {
        user.name: len(session_for(programme.viewer(user)).scalars(select(ImportName)).all())
        for user in (programme.lead, programme.anna, programme.bert, programme.reader, programme.coordinator)
    }
    assert seen == {
        programme.lead.name: 1, programme.anna.name: 1, programme.bert.name: 0, programme.reader.name: 0,
        programme.coordinator.name: 0,
    }  # fmt: skip
    del anna


def test_nobody_elses_file_can_be_explained(anna: Client, login: Login, programme: Programme) -> None:
    path = previewed(anna, file(exports.TOGGL)).request.path.rpartition("/")[0]
    lead = login(new_client(anna.application), programme.lead)
    for step in ("names", "packages", "columns"):
        assert [lead.get(f"{path}/{step}").status_code, lead.post(f"{path}/{step}").status_code] == [404, 404]
    assert lead.post(f"{path}/columns/forget").status_code == 404


def test_steps_of_a_booked_file_are_over(anna: Client) -> None:
    preview = previewed(anna, table(*THREE))
    confirm(anna, preview)
    assert [anna.get(f"{preview.request.path}/{step}").status_code for step in ("names", "columns")] == [404, 404]


def test_pages_of_a_file_ask_the_same_number_of_statements_however_many_names(anna: Client) -> None:
    few = previewed(anna, file(exports.clockify("2026-05-04"))).request.path
    many = previewed(anna, file(exports.TOGGL)).request.path
    with statements(anna.application) as first:
        anna.get(f"{few}/names")
    with statements(anna.application) as second:
        anna.get(many)
    assert len(first) == len(second)
