"""The pages of alliances as people use them, without script; and the wall."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.alliances.models import Alliance, AllianceMember, MeetingDecision, Organisation, WorkPlanItem
from komma_tracker.alliances.rules import WALL, AllianceState, MemberState, Side, Told, behind, tells
from komma_tracker.events.rules import EventKind
from tests.factories.alliances import make_alliance, make_member, make_organisation
from tests.factories.events import make_event
from tests.integration.contracts.test_pages import AsPerson, text
from tests.support.neighbours import Neighbours

PAGE = "/municipalities/K01/alliance"
WHO = ("lead", "anna", "ben", "cleo", "coordinator", "head", "secret_coordinator", "reader")


@pytest.fixture
def alliance(session: Session, neighbours: Neighbours) -> Alliance:
    """Two sides are active, the police were asked; one meeting was held."""
    made = make_alliance(session, neighbours.named, state=AllianceState.CONSTITUTED)
    town = make_organisation(session, "Stabsstelle Vielfalt")
    make_member(session, made, town, side=Side.ADMINISTRATION, contact_function="Leitung")
    make_member(session, made, make_organisation(session, "Beratung Rotkehlchen"), side=Side.COUNSELLING)
    make_member(
        session, made, make_organisation(session), state=MemberState.ASKED, next_step="Nachfragen",
        next_step_on=date(2026, 1, 9),
    )  # fmt: skip
    meeting = make_event(
        session, municipalities=[neighbours.named], kind=EventKind.ALLIANCE_MEETING, title="Allianztreffen 1",
        starts_local=datetime(2026, 1, 12, 9),
    )  # fmt: skip
    session.add(MeetingDecision(event_id=meeting.id, municipality_id=neighbours.named.id, position=1, text="Üben"))
    session.add(WorkPlanItem(municipality_id=neighbours.named.id, title="Meldekette", responsible="Stabsstelle"))
    session.commit()
    return made


@pytest.mark.usefixtures("alliance")
def test_who_sees_an_alliance_and_who_changes_it(as_person: AsPerson) -> None:
    pages = ("", "/edit", "/members/new", "/plan/new")
    found = {
        who: "".join("x" if as_person(who).get(PAGE + page).status_code == 200 else "." for page in pages)
        for who in WHO
    }
    assert found == {
        "lead": "xxxx", "anna": "xxxx", "ben": "xxxx", "coordinator": "xxxx", "head": "x...",
        "cleo": "....", "secret_coordinator": "....", "reader": "....",
    }  # fmt: skip


@pytest.mark.usefixtures("alliance")
def test_the_page_says_in_words_what_is_missing(as_person: AsPerson) -> None:
    page = as_person("coordinator").get(PAGE)
    said = text(page)
    assert "Die Allianz ist unvollständig" in said
    assert "Sicherheitsbehörden: angefragt, noch keine Antwort" in said
    assert "Nachfragen bis 09.01.2026 überfällig" in said
    assert "Üben" in said
    drawn = re.search(r'(?s)<svg class="wheel".*?</svg>', page.text)
    assert drawn
    assert len(re.findall(r'<circle class="member', drawn[0])) == 3
    assert "Sicherheitsbehörden: 1 Organisation, niemand aktiv." in text(page)


def test_before_anybody_is_there_the_page_says_what_to_do(as_person: AsPerson, neighbours: Neighbours) -> None:
    del neighbours
    said = text(as_person("coordinator").get(PAGE))
    assert "Noch niemand in der Allianz" in said
    assert "Noch kein Treffen" in said
    assert "Organisation hinzufügen" not in text(as_person("head").get(PAGE))


def test_an_organisation_is_brought_in_and_moved_on_by_the_coordinator(as_person: AsPerson, session: Session) -> None:
    client = as_person("coordinator")
    form = {"organisation": "", "name": "Polizeiwache", "side": "security", "agreement": "verbal"}
    wrong = client.post(
        f"{PAGE}/members/new", data=form | {"contact_function": "Frau Amsel", "last_contact_on": "neulich"}
    )
    assert wrong.status_code == 422
    assert "Frau Amsel" in wrong.text
    assert "neulich" in wrong.text
    refused = client.post(f"{PAGE}/members/new", data=form | {"contact_function": "Frau Amsel"})
    assert (refused.status_code, "Bitte nur die Funktion angeben" in text(refused)) == (422, True)
    nameless = client.post(f"{PAGE}/members/new", data=form | {"name": " "})
    assert (nameless.status_code, "geben Sie den Namen einer neuen an" in text(nameless)) == (422, True)
    assert client.post(f"{PAGE}/members/new", data=form).status_code == 302
    member = session.scalars(select(AllianceMember)).one()
    move = f"{PAGE}/members/{member.public_id}/state"
    assert client.post(move, data={"target": "active", "version": "1"}).status_code == 422
    assert client.post(move, data={"target": "nonsense", "version": "1"}).status_code == 422
    assert client.post(move, data={"target": "asked", "version": "1"}).status_code == 302
    stale = client.post(move, data={"target": "agreed", "version": "1"})
    assert (stale.status_code, "Jemand hat diesen Eintrag inzwischen geändert" in text(stale)) == (409, True)


@pytest.mark.usefixtures("alliance")
def test_of_two_editors_the_second_sees_both_versions(as_person: AsPerson, session: Session) -> None:
    client = as_person("ben")
    cases = {
        "/edit": ({"coordination_after": "Stabsstelle"}, {"coordination_after": "Amt 5"}),
        f"/members/{session.scalars(select(AllianceMember.public_id)).first()}": (
            {"side": "administration", "agreement": "written"}, {"side": "administration", "agreement": "verbal"},
        ),
        f"/plan/{session.scalars(select(WorkPlanItem.public_id)).one()}": ({"title": "Eins"}, {"title": "Zwei"}),
    }  # fmt: skip
    for page, (first, second) in cases.items():
        version = re.search(r'name="version"[^>]*value="(\d+)"', client.get(PAGE + page).text)
        assert version
        assert client.post(PAGE + page, data=first | {"version": version[1]}).status_code == 302
        clash = client.post(PAGE + page, data=second | {"version": version[1]})
        assert (clash.status_code, "Ihre Fassung" in clash.text) == (409, True)


@pytest.mark.usefixtures("alliance")
def test_minutes_of_a_meeting_are_kept_by_side(as_person: AsPerson, session: Session) -> None:
    client = as_person("ben")
    page = re.search(rf'href="({PAGE}/meetings/\w+)"', client.get(PAGE).text)
    assert page
    assert "Üben" in client.get(page[1]).text
    wrong = client.post(page[1], data={"security": "viele", "decisions": "Eins"})
    assert (wrong.status_code, "viele" in wrong.text) == (422, True)
    kept = {"security": "2", "administration": "4", "decisions": "Eins\r\n\r\nZwei", "version": "1"}
    assert client.post(page[1], data=kept).status_code == 302
    said = text(client.get(PAGE))
    assert "Verwaltung: 4 Sicherheitsbehörden: 2" in said
    assert "Eins Zwei" in said
    assert client.post(page[1], data=kept).status_code == 409
    assert client.get(f"{PAGE}/meetings/aaaaaaaaaaaaaaaa").status_code == 404
    del session


@pytest.mark.usefixtures("alliance")
def test_the_lead_alone_lists_and_renames_organisations(as_person: AsPerson, session: Session) -> None:
    lead, public_id = as_person("lead"), session.scalars(select(Organisation.public_id)).first()
    assert "Polizeipräsidium Nordmark K01" in text(lead.get("/organisations"))
    address = f"/organisations/{public_id}"
    assert lead.post(address, data={"name": "Neu", "version": "1"}).status_code == 302
    assert lead.post(address, data={"name": "Neuer", "version": "1"}).status_code == 409
    assert lead.post(address, data={"name": "", "version": "2"}).status_code == 422
    assert {who: as_person(who).get("/organisations").status_code == 200 for who in WHO} == {
        who: who == "lead" for who in WHO
    }


# The wall.

MATRIX = """
                lead consultant coordinator head reader administration counselling security other
dates           x    x          x           x    .      x              x           x        x
decisions       x    x          x           x    .      x              x           x        x
work_plan       x    x          x           x    .      x              x           .        .
attendance      x    x          x           x    .      x              x           .        .
members         x    x          x           x    .      .              .           .        .
contacts        x    x          x           x    .      .              .           .        .
next_steps      x    x          x           x    .      .              .           .        .
participants    x    x          x           x    .      .              .           .        .
coaching        x    x          .           .    .      .              .           .        .
notes           x    x          .           .    .      .              .           .        .
days            x    x          x           x    .      .              .           .        .
"""


def test_the_wall_is_this_matrix() -> None:
    heading, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    readers: list[Role | Side] = [Role(name) if name in set(Role) else Side(name) for name in heading]
    assert set(readers) == set(WALL) == {*Role, *Side}
    assert [row[0] for row in rows] == list(Told)
    found = [[str(what), *("x" if tells(reader, what) else "." for reader in readers)] for what in Told]
    assert found == rows
    assert behind(Side.SECURITY) == set(Told) - {Told.DATES, Told.DECISIONS}
