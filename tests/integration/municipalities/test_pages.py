"""The pages of municipalities as people use them, without script."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.access.rules import Role
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity, RegisterEntry
from komma_tracker.municipalities.register import Unit, search_key
from komma_tracker.municipalities.rules import Kind, Land, Visibility
from tests.factories.people import make_user
from tests.support.application import Login
from tests.support.client import Client
from tests.support.neighbours import CANARIES, Neighbours

AsPerson = Callable[[str], Client]
NEW = {
    "name": "Stadt Öhringhausen",
    "kind": "kreisangehoerige_stadt",
    "land": "HE",
    "district": "Werrabogen",
    "population": "38.000",
    "key": "99 001 002",
    "code": "K03",
    "alias": "Kommune 03",
    "visibility": "network",
    "address": "Am Markt 1",
    "contact_name": "Integrationsbeauftragte:r",
    "contact_email": "integration@example.org",
    "contact_phone": "",
}


def text(response: TestResponse) -> str:
    """What a page says, without markup."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def value(response: TestResponse, field: str) -> str:
    """What stands in an input or select of a page."""
    if found := re.search(rf'<input[^>]*name="{field}"[^>]*value="([^"]*)"', response.text):
        return html.unescape(found[1])
    select_box = re.search(rf'(?s)<select[^>]*name="{field}".*?</select>', response.text)
    chosen = re.search(r'selected[^>]*value="([^"]*)"', select_box[0]) if select_box else None
    return chosen[1] if chosen else ""


def look_again(session: Session) -> None:
    """What others have written since, this session shall see."""
    session.commit()
    session.expire_all()


@pytest.fixture
def register(session: Session) -> None:
    """A register of four fictional units, two of them namesakes."""
    units = [
        Unit("99001001", "Neuhausen, Stadt", "Neuhausen", Kind.KREISANGEHOERIGE_STADT, Land.HE, "Werrabogen", 12000),
        Unit("99002001", "Neuhausen", "Neuhausen", Kind.KREISANGEHOERIGE_GEMEINDE, Land.BY, "Ammerngau", 900),
        Unit("99003", "Ammerngau", "Ammerngau", Kind.LANDKREIS, Land.BY, None, 90000),
        Unit(
            CANARIES["official_key"], "Finkenschlag", "Finkenschlag", Kind.KREISANGEHOERIGE_GEMEINDE, Land.BY, None, 7
        ),
    ]
    for unit in units:
        session.add(
            RegisterEntry(
                key=unit.key,
                name=unit.name,
                official_name=unit.official_name,
                search_key=search_key(unit),
                kind=unit.kind,
                land=unit.land,
                district=unit.district,
                population=unit.population,
            )
        )
    session.commit()


@pytest.mark.parametrize(
    ("who", "links", "label"),
    [
        ("lead", {"K01", "K02"}, "Gemeinde Finkenschlag K02 kreisangehörige Gemeinde Bayern vollständig anonym"),
        ("anna", {"K01", "K02"}, "Gemeinde Finkenschlag K02 kreisangehörige Gemeinde Bayern vollständig anonym"),
        ("ben", {"K01"}, "Kommune 02 K02 – – vollständig anonym –"),
        ("cleo", set(), "Kommune 02 K02 – – vollständig anonym –"),
    ],
)
def test_the_list_links_to_what_may_be_opened(as_person: AsPerson, who: str, links: set[str], label: str) -> None:
    page = as_person(who).get("/municipalities")
    assert page.status_code == 200
    assert set(re.findall(r'href="/municipalities/(K\d+)"', page.text)) == links
    assert label in text(page)
    assert ("Kommune hinzufügen" in text(page)) is (who == "lead")


def test_an_empty_list_says_what_to_do_next(app: Flask, session: Session, login: Login) -> None:
    lead, consultant = make_user(session, role=Role.LEAD), make_user(session)
    session.commit()
    pages = [text(login(cast("Client", app.test_client()), user).get("/municipalities")) for user in (lead, consultant)]
    assert "Fügen Sie die erste Kommune hinzu" in pages[0]
    assert "Die Programmleitung hat noch keine Kommune eingetragen." in pages[1]


@pytest.mark.parametrize("who", ["coordinator", "head", "secret_coordinator", "reader"])
def test_people_of_a_municipality_have_no_list(as_person: AsPerson, who: str) -> None:
    assert as_person(who).get("/municipalities").status_code == 404


@pytest.mark.parametrize("who", ["anna", "ben", "coordinator", "head", "reader"])
@pytest.mark.parametrize(
    "path",
    ["/municipalities/new", "/municipalities/register?q=Neu", "/municipalities/K01/edit", "/municipalities/K02/edit"],
)
def test_only_the_lead_adds_and_edits(as_person: AsPerson, who: str, path: str) -> None:
    client = as_person(who)
    assert client.get(path).get_data() == client.get("/no-such-page").get_data()
    if "register" not in path:
        assert client.post(path, data=NEW).status_code == 404


@pytest.mark.parametrize("path", ["/municipalities", "/municipalities/K01", "/municipalities/K02"])
def test_nothing_of_an_anonymous_municipality_reaches_others(as_person: AsPerson, path: str) -> None:
    for who in ("ben", "cleo", "coordinator", "reader"):
        said = as_person(who).get(path).text
        assert {key for key, secret in CANARIES.items() if secret in said} == set(), who


def test_those_who_may_know_it_do(as_person: AsPerson) -> None:
    assert CANARIES["name"] in as_person("anna").get("/municipalities").text
    known = as_person("lead").get("/municipalities/K02/edit").text
    assert {key for key, secret in CANARIES.items() if secret in known} == set(CANARIES)


@pytest.mark.usefixtures("register")
def test_a_unit_of_the_register_becomes_a_municipality(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    assert "/municipalities/register" in lead.get("/municipalities/new").text
    found = lead.get("/municipalities/register?q=neuhausen")
    assert "Neuhausen kreisangehörige Stadt Werrabogen Hessen 12.000 Übernehmen" in text(found)
    assert "Neuhausen kreisangehörige Gemeinde Ammerngau Bayern 900 Übernehmen" in text(found)
    form = lead.get("/municipalities/new?key=99001001")
    fields = ("name", "kind", "land", "district", "population", "key", "code", "alias")
    assert [value(form, field) for field in fields] == [
        "Neuhausen",
        "kreisangehoerige_stadt",
        "HE",
        "Werrabogen",
        "12.000",
        "99001001",
        "K03",
        "Kommune 03",
    ]
    answer = lead.post(
        "/municipalities/new", data={field: value(form, field) for field in fields} | {"visibility": "network"}
    )
    assert (answer.status_code, answer.location) == (302, "/municipalities/K03/contract")
    made = session.scalars(select(Municipality).where(Municipality.code == "K03")).one()
    assert made.identity
    assert (made.identity.name, made.identity.official_key, made.identity.population) == (
        "Neuhausen",
        "99001001",
        12000,
    )


@pytest.mark.usefixtures("register")
def test_a_landkreis_is_not_called_like_its_town(as_person: AsPerson) -> None:
    form = as_person("lead").get("/municipalities/new?key=99003")
    assert [value(form, field) for field in ("name", "kind", "key")] == ["Landkreis Ammerngau", "landkreis", "99003"]


@pytest.mark.usefixtures("register")
def test_the_search_answers_a_script_with_the_hits_alone(as_person: AsPerson) -> None:
    live = as_person("lead").get("/municipalities/register?q=finkenschlag", headers={"HX-Request": "true"})
    assert "<html" not in live.text
    assert "Finkenschlag kreisangehörige Gemeinde – Bayern 7 schon dabei als K02" in text(live)


@pytest.mark.usefixtures("register")
def test_a_search_that_finds_nothing_says_what_to_do(as_person: AsPerson) -> None:
    page = as_person("lead").get("/municipalities/register?q=Xyzzyhausen")
    assert "Keine Kommune dieses Namens gefunden." in text(page)


def test_without_the_register_everything_works_by_hand(as_person: AsPerson, session: Session) -> None:
    lead = as_person("lead")
    assert "komma import register DATEI" in text(lead.get("/municipalities/new"))
    assert "komma import register DATEI" in text(lead.get("/municipalities/register?q=Neu"))
    assert lead.post("/municipalities/new", data=NEW).status_code == 302
    made = session.scalars(select(Municipality).where(Municipality.code == "K03")).one()
    assert made.identity
    assert (made.identity.population, made.identity.official_key, made.identity.contact_email) == (
        38000,
        "99001002",
        "integration@example.org",
    )


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("name", "", "Bitte geben Sie den Namen der Kommune an."),
        ("kind", "", "Bitte wählen Sie die Art der Kommune."),
        ("land", "XX", "Keine gültige Auswahl."),
        ("population", "viele", "Bitte geben Sie eine ganze Zahl an, zum Beispiel 38.000."),
        ("key", "99007007", "Diesen Schlüssel hat schon die Kommune K02."),
        ("key", "01001", "Bei dieser Art von Kommune hat der Schlüssel 8 Ziffern."),
        ("code", "K01", "Dieses Kürzel ist schon vergeben."),
        ("alias", "Kommune 02", "Diesen Decknamen hat schon eine andere Kommune."),
        ("local_holidays", "8. August", "„8. August“: Bitte Tag und Name angeben, zum Beispiel „08.08. Stadtfest“."),
        ("contact_email", "nirgends", "Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_all_that_was_typed_stays(
    as_person: AsPerson, field: str, typed: str, message: str
) -> None:
    answer = as_person("lead").post("/municipalities/new", data={**NEW, field: typed})
    assert answer.status_code == 422
    beside = re.search(rf'(?s)id="{field}-error">.*?</p>', answer.text)
    assert beside
    assert message in html.unescape(beside[0])
    assert f'href="#{field}"' in answer.text
    kept = {name: given for name, given in NEW.items() if name not in ("address", "visibility", field)}
    assert {name: value(answer, name) for name in kept} == kept
    assert "Am Markt 1</textarea>" in answer.text


def test_choosing_anonymity_is_explained(as_person: AsPerson) -> None:
    page = text(as_person("lead").get("/municipalities/new"))
    assert "Was „vollständig anonym“ bedeutet" in page
    assert "Fremde Kalender und Suchmaschinen behalten unter Umständen alte Fassungen." in page


def test_an_edit_is_saved(as_person: AsPerson, session: Session, neighbours: Neighbours) -> None:
    lead = as_person("lead")
    form = lead.get("/municipalities/K01/edit")
    changes = {**NEW, "version": value(form, "version"), "visibility": "anonymous", "catholic_holidays": "y"}
    changes["local_holidays"] = "8.8. Stadtfest"
    answer = lead.post("/municipalities/K01/edit", data=changes)
    assert (answer.status_code, answer.location) == (302, "/municipalities/K01")
    look_again(session)
    stored = session.get_one(MunicipalityIdentity, neighbours.named.id)
    assert stored.local_holidays == "08.08. Stadtfest"
    assert (stored.name, stored.catholic_holidays, stored.municipality.visibility, stored.municipality.code) == (
        "Stadt Öhringhausen",
        True,
        Visibility.ANONYMOUS,
        "K01",
    )


def test_two_who_edit_at_once_see_both_versions(as_person: AsPerson, session: Session, neighbours: Neighbours) -> None:
    mine, theirs = as_person("lead"), as_person("lead")
    version = value(mine.get("/municipalities/K01/edit"), "version")
    given = {**NEW, "key": "", "version": version}
    assert theirs.post("/municipalities/K01/edit", data={**given, "name": "Stadt Altenwerra"}).status_code == 302
    clash = mine.post("/municipalities/K01/edit", data={**given, "name": "Stadt Jungwerra"})
    assert clash.status_code == 409
    assert "Name Stadt Jungwerra Stadt Altenwerra" in text(clash)
    assert value(clash, "name") == "Stadt Jungwerra"
    look_again(session)
    assert neighbours.named.label == "Stadt Altenwerra"
    again = mine.post(
        "/municipalities/K01/edit", data={**given, "name": "Stadt Jungwerra", "version": value(clash, "version")}
    )
    assert again.status_code == 302
    look_again(session)
    assert neighbours.named.label == "Stadt Jungwerra"
