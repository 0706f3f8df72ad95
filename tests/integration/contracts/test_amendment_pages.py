"""The pages of amendments as the lead uses them, without script, and what others read of them."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy.orm import Session

from komma_tracker.contracts.models import Contract
from tests.factories.contracts import make_amendment, make_contract
from tests.integration.contracts.test_pages import PAGE, AsPerson, filled_in, stored, text
from tests.support.neighbours import Neighbours

NEW, EDIT, SIGN, WITHDRAW = (f"{PAGE}/amendments/{rest}" for rest in ("new", "1/edit", "1/sign", "1/withdraw"))


@pytest.fixture(autouse=True)
def contract(session: Session, neighbours: Neighbours) -> Contract:
    """A contract in force, 80 days."""
    made = make_contract(session, neighbours.named)
    session.commit()
    return made


def test_from_draft_to_effect(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    form = filled_in(lead.get(NEW))
    assert (form["agreed_minutes"], form["ends_on"], form["effective_from"]) == ("80", "2026-12-31", "")
    form |= {"effective_from": "2026-07-01", "agreed_minutes": "86", "reason": "Mehr Trainings", "reference": "11/1"}
    answer = lead.post(NEW, data=form)
    assert (answer.status_code, answer.location) == (302, f"{PAGE}#nachtraege")
    page = text(lead.get(PAGE))
    assert "Nachtrag 1 Entwurf wirksam ab 01.07.2026 · Aktenzeichen 11/1" in page
    assert "Vereinbarte Beratungstage: bisher 80 Tage, dann 86 Tage" in page
    assert "Stand Nachtrag in Abstimmung" in page
    assert "Vereinbart 80 Tage" in page
    assert lead.post(SIGN, data=filled_in(lead.get(SIGN)) | {"signed_by_carrier_on": "2026-05-20"}).status_code == 302
    assert "Nachtrag 1 einseitig gezeichnet" in text(lead.get(PAGE))
    form = filled_in(lead.get(SIGN)) | {"signed_by_municipality_on": "2026-05-20"}
    assert lead.post(SIGN, data=form).status_code == 302
    page = text(lead.get(PAGE))
    assert "Nachtrag 1 gezeichnet wirksam ab 01.07.2026" in page
    assert "Stand in Kraft" in page
    assert stored(session).terms[1].as_rules().is_signed
    assert "ihn ändert nur ein weiterer Nachtrag" in text(lead.get(SIGN))


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "effective_from", "Bitte geben Sie an, ab wann der Nachtrag gilt."),
        ({"effective_from": "2025-12-31"}, "effective_from", "Bitte frühestens den 01.01.2026 angeben"),
        ({"effective_from": "2026-07-01", "agreed_minutes": "viele"}, "agreed_minutes", "zum Beispiel 12,25"),
        ({"effective_from": "2026-07-01", "reason": ""}, "reason", "Bitte geben Sie den Grund an."),
        ({"effective_from": "2026-07-01", "scope_kind": "units"}, "units", "mindestens eine Organisationseinheit"),
        (
            {"effective_from": "2026-07-01", "agreed_minutes": "86", "deemed_approval_working_days": "99"},
            "deemed_approval_working_days",
            "Bitte eine Zahl von 0 bis 60 angeben.",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_all_that_was_typed_stays(
    as_person: AsPerson, session: Session, given: dict[str, str], field: str, message: str
) -> None:
    lead = as_person("lead")
    form = filled_in(lead.get(NEW)) | {"reason": "Mehr Trainings"} | given
    answer = lead.post(NEW, data=form)
    assert answer.status_code == 422
    beside = re.search(rf'(?s)id="{field}-error">.*?</p>', answer.text)
    assert beside
    assert message in html.unescape(beside[0])
    assert filled_in(answer) == form
    assert len(stored(session).terms) == 1


def test_an_amendment_that_changes_nothing_is_none(as_person: AsPerson) -> None:
    lead = as_person("lead")
    form = filled_in(lead.get(NEW)) | {"reason": "Mehr Trainings", "effective_from": "2026-07-01"}
    answer = lead.post(NEW, data=form)
    assert answer.status_code == 422
    assert "Dieser Nachtrag ändert weder Tage noch Laufzeit" in text(answer)


def test_two_who_edit_at_once_see_both_versions(as_person: AsPerson, session: Session, contract: Contract) -> None:
    make_amendment(session, contract, agreed_minutes=86 * 480, reason="Mehr Trainings")
    session.commit()
    mine, theirs = as_person("lead"), as_person("lead")
    form = filled_in(mine.get(EDIT))
    assert theirs.post(EDIT, data=filled_in(theirs.get(EDIT)) | {"agreed_minutes": "88"}).status_code == 302
    clash = mine.post(EDIT, data=form | {"agreed_minutes": "90"})
    assert clash.status_code == 409
    assert "Vereinbarte Beratungstage 90 88" in text(clash)
    assert mine.post(EDIT, data=filled_in(clash)).status_code == 302
    assert stored(session).terms[1].agreed_minutes == 90 * 480


def test_a_draft_is_withdrawn_and_a_second_click_finds_nothing(
    as_person: AsPerson, session: Session, contract: Contract
) -> None:
    make_amendment(session, contract, agreed_minutes=86 * 480, reason="Mehr Trainings")
    session.commit()
    lead = as_person("lead")
    version = re.search(r'name="version" value="(\d+)"><button[^>]*data-confirm', lead.get(PAGE).text)
    assert version
    outdated = lead.post(WITHDRAW, data={"version": "99"}, follow_redirects=True)
    assert "Jemand hat diesen Eintrag inzwischen geändert." in text(outdated)
    assert lead.post(WITHDRAW, data={"version": version[1]}).status_code == 302
    assert "Nachtrag 1" not in text(lead.get(PAGE))
    assert lead.post(WITHDRAW, data={"version": version[1]}).status_code == 404
    assert len(stored(session).terms) == 1


def test_those_involved_read_the_history_and_find_no_buttons(
    as_person: AsPerson, session: Session, contract: Contract
) -> None:
    make_amendment(session, contract, agreed_minutes=86 * 480, reason="Mehr Trainings")
    session.commit()
    for who in ("ben", "coordinator", "head"):
        client = as_person(who)
        page = client.get(PAGE)
        assert "Nachtrag 1 Entwurf" in text(page)
        assert "/amendments/" not in page.text
        assert [client.get(url).status_code for url in (NEW, EDIT, SIGN)] == [404, 404, 404]


def test_where_there_is_nothing_to_amend(as_person: AsPerson) -> None:
    lead = as_person("lead")
    assert [lead.get(f"{PAGE}/amendments/{which}").status_code for which in ("7/edit", "7/sign", "0/sign")] == [404] * 3
    assert lead.get("/municipalities/K02/contract/amendments/new").status_code == 404
    lead.post(
        NEW, data=filled_in(lead.get(NEW)) | {"effective_from": "2026-07-01", "agreed_minutes": "86", "reason": "x"}
    )
    again = lead.get(NEW, follow_redirects=True)
    assert "Es ist schon ein Nachtrag in Abstimmung." in text(again)
