"""Pages for what comes late, is corrected, or waits for the lead."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Approval
from tests.factories.entries import close_month, make_entry
from tests.integration.budget.conftest import TODAY, Programme
from tests.integration.budget.test_pages import TYPED, As, Ledger, as_, text_of, value_of
from tests.support.statements import statements

__all__ = ["as_"]

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
DAY = date(2026, 4, 14)
RIGHT = {
    "service_date": "2026-04-14",
    "quarters": "2",
    "activity": "workshop",
    "mode": "on_site",
    "note": "Auswertung",
    "request_key": "a-key-of-twenty-two-ch",
}


@pytest.fixture
def entry(programme: Programme, session: Session) -> DayEntry:
    """Anna's day of April, submitted."""
    entry = make_entry(session, programme.contract, programme.anna, service_date=DAY, minutes=480, note="Auswertung")
    close_month(session, programme.contract, APRIL, programme.lead)
    return entry


@pytest.mark.parametrize(
    ("path", "typed"),
    [("/entries/new", {**TYPED, "service_date": "2026-04-15"}), ("/entries/quick", {"line": "15.4. 0,5 K01 Workshop"})],
)
def test_what_comes_late_is_asked_for_a_reason_and_keeps_what_was_typed(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger, path: str, typed: dict[str, str]
) -> None:
    anna = as_(programme.anna)
    assert 'name="reason"' not in anna.get("/entries/new").text

    refused = anna.post(path, data=typed)
    accepted = anna.post(path, data={**typed, "reason": "Zettel lag im Auto"})

    assert refused.status_code == 422
    assert 'name="reason"' in refused.text
    assert "Bitte begründen Sie" in refused.text
    for value in typed.values():
        assert value in refused.text
    assert accepted.status_code == 302
    assert [(each.posting_month, each.reason) for each in ledger()][1:] == [(MAY, "Zettel lag im Auto")]
    assert "Nachmeldung" in anna.get("/entries").text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/entries/new", {**TYPED, "quarters": "", "duration": "11:00"}),
        ("/entries/quick", {"line": "11h K01 Workshop"}),
    ],
)
def test_a_very_long_day_is_asked_about_and_explains_itself(
    programme: Programme, as_: As, ledger: Ledger, path: str, typed: dict[str, str]
) -> None:
    anna = as_(programme.anna)

    refused = anna.post(path, data=typed)
    accepted = anna.post(path, data={**typed, "long_day": "y"})

    assert refused.status_code == 422
    assert 'name="long_day"' in refused.text
    assert accepted.status_code == 302
    (entry,) = ledger()
    assert (entry.minutes, entry.chargeable_minutes) == (660, 480)
    for page in ("/entries", f"/entries/{entry.public_id}", "/entries/month/2026-05"):
        assert "480 von 660 min: Tagesobergrenze" in anna.get(page).text


def test_the_preview_explains_what_counts(programme: Programme, as_: As) -> None:
    asked = {**TYPED, "quarters": "", "duration": "11:00"}
    assert "480 von 660 min: Tagesobergrenze" in as_(programme.anna).get("/entries/preview", query_string=asked).text
    before = {**TYPED, "service_date": "2025-12-18"}
    page = as_(programme.anna).get("/entries/preview", query_string=before).text
    assert "0 von 240 min: vor Vertragsbeginn, Entscheidung offen" in page


def test_a_submitted_entry_is_corrected_from_the_list(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    anna = as_(programme.anna)
    assert f"/entries/{entry.public_id}?next" in anna.get("/entries").text
    assert anna.get(f"/entries/{entry.public_id}/edit").location == f"/entries/{entry.public_id}"
    assert f"/entries/{entry.public_id}/correct" in anna.get(f"/entries/{entry.public_id}").text
    form = anna.get(f"/entries/{entry.public_id}/correct").text
    assert "Auswertung</textarea>" in form

    refused = anna.post(f"/entries/{entry.public_id}/correct", data=RIGHT)
    done = anna.post(f"/entries/{entry.public_id}/correct", data={**RIGHT, "reason": "halber Tag"})
    again = anna.post(f"/entries/{entry.public_id}/correct", data={**RIGHT, "reason": "halber Tag"})

    assert refused.status_code == 422
    assert "Bitte begründen Sie die Korrektur" in refused.text
    assert (done.status_code, again.status_code) == (302, 302)
    assert [each.minutes for each in ledger()] == [480, -480, 240]
    said = text_of(anna.get("/entries").text)
    for words in ("Storno", "Neubuchung", "storniert", "Begründung: halber Tag", "−1,00"):
        assert words in said


def test_an_entry_may_only_be_taken_back(programme: Programme, entry: DayEntry, as_: As, ledger: Ledger) -> None:
    anna = as_(programme.anna)

    anna.post(f"/entries/{entry.public_id}/correct", data={**RIGHT, "reason": "fiel aus", "reverse": "only"})

    assert [each.minutes for each in ledger()] == [480, -480]
    reversal = ledger()[1].public_id
    assert "Korrektur zurücknehmen" in anna.get(f"/entries/{reversal}").text
    assert anna.post(f"/entries/{reversal}/delete").status_code == 302
    assert [each.minutes for each in ledger()] == [480]


def test_the_second_who_corrects_sees_both_versions(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    path = f"/entries/{entry.public_id}/correct"
    as_(programme.lead).post(path, data={**RIGHT, "reason": "Leitung weiß es", "request_key": "another-key-of-twenty"})

    answer = as_(programme.anna).post(path, data={**RIGHT, "quarters": "1", "reason": "Anna weiß es"})

    assert answer.status_code == 409
    assert "Leitung weiß es" in answer.text
    assert "Anna weiß es</textarea>" in answer.text
    assert [each.minutes for each in ledger()] == [480, -480, 240]


def test_a_submitted_entry_is_not_changed_by_an_old_form(
    programme: Programme, entry: DayEntry, as_: As, ledger: Ledger
) -> None:
    anna = as_(programme.anna)

    changed = anna.post(f"/entries/{entry.public_id}/edit", data={**RIGHT, "version": str(entry.version)})
    deleted = anna.post(f"/entries/{entry.public_id}/delete")

    assert (changed.status_code, deleted.status_code) == (422, 422)
    for answer in (changed, deleted):
        assert "Sie können ihn korrigieren" in answer.text
    assert [each.minutes for each in ledger()] == [480]


def test_what_waits_for_the_lead_stands_in_a_list_of_its_own(
    programme: Programme, session: Session, as_: As, ledger: Ledger
) -> None:
    anna, lead = as_(programme.anna), as_(programme.lead)
    for day in ("2025-12-18", "2025-12-19"):
        anna.post("/entries/new", data={**TYPED, "service_date": day, "request_key": f"a-key-of-{day}-chars"})
    first, second = ledger()
    assert "0 von 240 min: vor Vertragsbeginn, Entscheidung offen" in anna.get("/entries").text
    page = lead.get("/entries/waiting").text
    assert first.public_id in page
    assert "/entries/waiting" in lead.get("/portfolio").text

    lead.post(f"/entries/{first.public_id}/decide", data={"grant": "yes"})
    lead.post(f"/entries/{second.public_id}/decide", data={"grant": "no"})

    assert [(each.approval, each.chargeable_minutes) for each in ledger()] == [
        (Approval.GRANTED, 240),
        (Approval.REFUSED, 0),
    ]
    assert "Nichts zu entscheiden" in lead.get("/entries/waiting").text
    assert "/entries/waiting" not in lead.get("/portfolio").text
    assert anna.get("/entries/waiting").status_code == 404


def test_of_a_coaching_coordinators_read_days_and_no_reasons(programme: Programme, session: Session, as_: As) -> None:
    secret = make_entry(
        session, programme.contract, programme.anna, activity=Activity.COACHING, note="Wer", reason="Warum",
        internal_note="Intern", service_date=TODAY,
    )  # fmt: skip
    session.commit()

    page = as_(programme.coordinator).get(f"/entries/{secret.public_id}").text

    assert "Coaching (vertraulich)" in page
    for words in ("Wer", "Warum", "Intern:", "/edit", "/correct"):
        assert words not in page.partition("<main")[2].partition("</main")[0]
    assert as_(programme.cleo).get(f"/entries/{secret.public_id}").status_code == 404


def test_pages_cost_the_same_for_one_correction_as_for_many(
    app: Flask, programme: Programme, session: Session, as_: As
) -> None:
    lead = as_(programme.lead)

    def made(number: int) -> DayEntry:
        return make_entry(
            session, programme.contract, programme.anna, service_date=date(2025, 12, 1 + number),
            approval=Approval.BEFORE_TERM, chargeable_minutes=0,
        )  # fmt: skip

    def costs(entry: DayEntry) -> list[int]:
        found: list[int] = []
        for path in (f"/entries/{entry.public_id}", "/entries/waiting", "/portfolio", "/entries"):
            with statements(app) as seen:
                assert lead.get(path).status_code == 200
            found.append(len(seen))
        return found

    entry = made(0)
    session.commit()
    few = costs(entry)
    for number in range(1, 20):
        made(number)
    session.commit()

    assert costs(entry) == few


def test_the_address_of_the_form_is_not_needed_to_read_it(programme: Programme, entry: DayEntry, as_: As) -> None:
    page = as_(programme.anna).get(f"/entries/{entry.public_id}/correct").text
    assert value_of(page, "service_date") == "2026-04-14"
