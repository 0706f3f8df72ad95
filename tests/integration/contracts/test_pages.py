"""The pages of contracts as people use them, without script."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import ContractState
from tests.factories.contracts import make_contract
from tests.support.client import Client
from tests.support.neighbours import CANARIES, Neighbours

AsPerson = Callable[[str], Client]
PAGE, EDIT, STATE, WITHDRAW = (f"/municipalities/K01/contract{rest}" for rest in ("", "/edit", "/state", "/withdraw"))


def text(response: TestResponse) -> str:
    """What a page says, without markup."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def filled_in(response: TestResponse) -> dict[str, str]:
    """Every field of the page's main form, with what stands in it: what a browser would send."""
    form = re.search(r'(?s)<form method="post" action="[^"]*contract.*?</form>', response.text)
    assert form
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        kind = attributes.get("type", "text")
        if kind not in ("radio", "checkbox") or re.search(r"\schecked\b", tag):
            fields[attributes["name"]] = attributes.get("value", "")
    for name, inside in re.findall(r'(?s)<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[0]):
        chosen = re.search(r'selected[^>]*value="([^"]*)"', inside) or re.search(
            r'value="([^"]*)"[^>]*selected', inside
        )
        fields[name] = chosen[1] if chosen else ""
    for name, inside in re.findall(r'(?s)<textarea[^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', form[0]):
        fields[name] = html.unescape(inside)
    fields.pop("csrf_token")
    return fields


def stored(session: Session) -> Contract:
    """The newest contract, as it is now."""
    session.commit()
    session.expire_all()
    return session.scalars(select(Contract).order_by(Contract.id.desc())).all()[0]


@pytest.fixture
def contract(session: Session, neighbours: Neighbours) -> Contract:
    """A contract in force."""
    made = make_contract(
        session, neighbours.named, signatory_name="Erika Muster", signatory_office="Bürgermeisterin", reference="11-20"
    )
    session.commit()
    return made


def test_a_new_contract_is_proposed_as_the_programme_wants_it(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    assert "Vertrag anlegen" in text(lead.get(PAGE))
    form = filled_in(lead.get(EDIT))
    assert (form["agreed_minutes"], form["minutes_per_day"], form["scope_kind"]) == ("80", "480", "whole")
    assert [form[f"packages-{row}-days"] for row in range(10)] == ["8", "10", "15", "19", "20", "4", "4", "", "", ""]
    answer = lead.post(EDIT, data=form | {"starts_on": "01.06.2026", "ends_on": "2028-05-31"})
    assert (answer.status_code, answer.location) == (302, PAGE)
    page = text(lead.get(PAGE))
    assert "Laufzeit 01.06.2026 bis 31.05.2028 Vereinbart 80 Tage" in page
    assert "Summe 80,00 Vereinbart 80,00" in page
    assert "Die Arbeitspakete ergeben nicht die vereinbarten Tage" not in page
    assert (stored(session).state, len(stored(session).work_packages)) == (ContractState.DRAFT, 7)


@pytest.mark.usefixtures("contract")
def test_saving_unchanged_changes_nothing(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    before = [(row.id, row.code, row.title, row.planned_minutes) for row in stored(session).work_packages]
    form = filled_in(lead.get(EDIT))
    assert lead.post(EDIT, data=form).status_code == 302
    assert [(row.id, row.code, row.title, row.planned_minutes) for row in stored(session).work_packages] == before
    assert stored(session).signatory_name == "Erika Muster"


@pytest.mark.usefixtures("contract")
def test_once_in_force_the_term_is_fixed_and_the_packages_are_not(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    page = lead.get(EDIT)
    assert (
        "Geltungsbereich, Laufzeit, Tage und Anrechnungsregeln stehen fest; nur ein Nachtrag kann sie ändern."
        in text(page)
    )
    form = filled_in(page)
    assert "agreed_minutes" not in form
    form |= {"packages-4-code": "AP5", "packages-4-title": "Netzwerk", "packages-4-days": "4,5", "agreed_minutes": "1"}
    moved = lead.post(EDIT, data=form | {"packages-1-code": "", "packages-1-title": "", "packages-1-days": ""})
    assert moved.status_code == 422
    assert "Im laufenden Vertrag verliert ein Arbeitspaket Tage nur durch eine Umwidmung." in text(moved)
    assert lead.post(EDIT, data=form).status_code == 302
    assert [(row.code, row.planned_minutes) for row in stored(session).work_packages] == [
        ("AP0", 9600),
        ("AP1", 9600),
        ("AP4", 19200),
        ("AP5", 2160),
    ]
    assert stored(session).terms[0].agreed_minutes == 80 * 480
    warned = text(lead.get(PAGE))
    assert "Die Arbeitspakete versprechen 4,5 Tage mehr, als vereinbart sind." in warned


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"ends_on": "2026-05-31"}, "ends_on", "Das Ende liegt vor dem Beginn."),
        ({"starts_on": ""}, "starts_on", "Bitte geben Sie den ersten Tag an."),
        ({"agreed_minutes": "viele"}, "agreed_minutes", "Bitte geben Sie die Tage als Zahl an, zum Beispiel 12,25."),
        ({"minutes_per_day": "9999"}, "minutes_per_day", "Bitte eine Zahl von 60 bis 720 angeben."),
        ({"minutes_per_day": ""}, "minutes_per_day", "Bitte geben Sie eine ganze Zahl an."),
        ({"scope_kind": "units"}, "units", "Bitte mindestens eine Organisationseinheit nennen"),
        ({"packages-7-code": "AP0", "packages-7-title": "x", "packages-7-days": "1"}, "packages", "gibt es zweimal"),
        ({"packages-7-title": "Ohne Kürzel"}, "packages", "Zeile 8: Bitte füllen Sie alle drei Felder aus"),
        ({"packages-0-days": "-1"}, "packages", "AP0: Bitte geben Sie die Tage als Zahl an"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_all_that_was_typed_stays(
    as_person: AsPerson, session: Session, given: dict[str, str], field: str, message: str
) -> None:
    lead = as_person("lead")
    form = (
        filled_in(lead.get(EDIT)) | {"starts_on": "2026-06-01", "ends_on": "2028-05-31", "reference": "11-20"} | given
    )
    answer = lead.post(EDIT, data=form)
    assert answer.status_code == 422
    beside = re.search(rf'(?s)id="{field}-error">.*?</p>', answer.text)
    assert beside
    assert message in html.unescape(beside[0])
    assert f'href="#{field}"' in answer.text
    assert filled_in(answer) == form
    assert session.scalars(select(Contract)).all() == []


@pytest.mark.usefixtures("contract")
def test_two_who_edit_at_once_see_both_versions(as_person: AsPerson, session: Session) -> None:
    mine, theirs = as_person("lead"), as_person("lead")
    form = filled_in(mine.get(EDIT))
    assert theirs.post(EDIT, data=filled_in(theirs.get(EDIT)) | {"packages-0-days": "25"}).status_code == 302
    clash = mine.post(EDIT, data=form | {"reference": "30-40"})
    assert clash.status_code == 409
    assert "Aktenzeichen 30-40 11-20" in text(clash)
    assert "AP0 · Steuerung · 20 AP1 · Bedarfsanalyse · 20" in text(clash)
    assert "AP0 · Steuerung · 25 AP1 · Bedarfsanalyse · 20" in text(clash)
    assert (stored(session).reference, stored(session).work_packages[0].planned_minutes) == ("11-20", 25 * 480)
    assert mine.post(EDIT, data=filled_in(clash)).status_code == 302
    assert stored(session).reference == "30-40"


def test_the_lead_takes_a_contract_from_draft_to_force(
    as_person: AsPerson, session: Session, neighbours: Neighbours
) -> None:
    make_contract(
        session,
        neighbours.named,
        state=ContractState.DRAFT,
        signed_by_municipality_on=None,
        signed_by_carrier_on=None,
    )
    session.commit()
    lead = as_person("lead")

    def press(target: str, **dates: str) -> int:
        return lead.post(STATE, data=filled_in(lead.get(PAGE)) | {"target": target} | dates).status_code

    assert re.findall(r'name="target" value="(\w+)"', lead.get(PAGE).text) == ["in_negotiation"]
    assert press("in_force") == 422
    assert press("nonsense") == 422
    assert [press("in_negotiation"), press("for_signature")] == [302, 302]
    assert press("signed_by_one") == 422
    assert press("signed_by_one", signed_by_municipality_on="2026-05-18") == 302
    assert press("signed", signed_by_carrier_on="2026-05-19") == 302
    assert press("in_force") == 302
    page = text(lead.get(PAGE))
    assert "in Kraft Unterschrift der Kommune 18.05.2026 Unterschrift des Projektträgers 19.05.2026" in page
    assert press("ended") == 422
    assert "Der Vertrag läuft noch bis zum 31.12.2026." in text(
        lead.post(STATE, data=filled_in(lead.get(PAGE)) | {"target": "ended"})
    )
    early = {"ended_on": "2026-05-20", "ended_by": "municipality", "end_reason": "staffing"}
    assert [press("terminated", **early), press("dissolved", **early)] == [422, 422]
    assert stored(session).state is ContractState.IN_FORCE
    assert lead.post(WITHDRAW, data=early | {"target": "terminated", "version": str(stored(session).version)}).location
    assert stored(session).state is ContractState.TERMINATED
    assert "Neuen Vertrag anlegen" in text(lead.get(PAGE))


@pytest.mark.usefixtures("contract")
def test_a_button_pressed_on_an_old_page_moves_nothing(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    old = filled_in(lead.get(PAGE)) | {"target": "ended"}
    assert lead.post(EDIT, data=filled_in(lead.get(EDIT))).status_code == 302
    clash = lead.post(STATE, data=old)
    assert clash.status_code == 409
    assert "Jemand hat diesen Eintrag inzwischen geändert." in text(clash)
    assert stored(session).state is ContractState.IN_FORCE


@pytest.mark.usefixtures("contract")
@pytest.mark.parametrize("who", ["anna", "ben", "coordinator", "head"])
def test_those_involved_read_it_and_change_nothing(as_person: AsPerson, session: Session, who: str) -> None:
    client = as_person(who)
    page = client.get(PAGE)
    assert "vertreten durch Bürgermeisterin, Erika Muster" in text(page)
    assert "Ein Beratungstag hat 8:00 Stunden." in text(page)
    assert "Sagt die Kommune weniger als 3 Arbeitstage vorher ab, zählen 50 % der geplanten Zeit" in text(page)
    assert 'name="target"' not in page.text
    assert EDIT not in page.text
    assert [client.get(EDIT).status_code, client.post(EDIT, data={}).status_code] == [404, 404]
    assert client.post(STATE, data={"target": "terminated", "version": "1"}).status_code == 404
    assert stored(session).state is ContractState.IN_FORCE


@pytest.mark.usefixtures("contract")
@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("ben", "K02"),
        ("cleo", "K01"),
        ("cleo", "K02"),
        ("coordinator", "K02"),
        ("head", "K02"),
        ("secret_coordinator", "K01"),
        ("reader", "K01"),
    ],
)
def test_a_foreign_contract_is_as_missing(
    as_person: AsPerson, session: Session, neighbours: Neighbours, who: str, place: str
) -> None:
    make_contract(session, neighbours.secret, signatory_name="Stieglitz")
    session.commit()
    client = as_person(who)
    missing = client.get("/municipalities/K99/contract")
    foreign = client.get(f"/municipalities/{place}/contract")
    assert (foreign.status_code, foreign.get_data()) == (404, missing.get_data())
    assert {key for key, secret in CANARIES.items() if secret in foreign.text} == set()


def test_those_who_may_know_the_name_read_it_on_the_contract(
    as_person: AsPerson, session: Session, neighbours: Neighbours
) -> None:
    make_contract(session, neighbours.secret)
    session.commit()
    for who in ("lead", "anna", "secret_coordinator"):
        assert CANARIES["name"] in as_person(who).get("/municipalities/K02/contract").text, who
