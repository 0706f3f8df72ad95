"""No byte of an anonymous municipality's name, people or places where it does not belong (trust 1, 2, 10)."""

from __future__ import annotations

import io
import re
from collections import Counter, deque
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from komma_tracker.accounts.models import User
from komma_tracker.cli.invitations import invitations
from komma_tracker.events.rules import EventState
from tests.support import world
from tests.support.client import new_client

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.support.application import Login
    from tests.support.client import Client
    from tests.support.clock import Clock

MOST_OF_A_KIND = 3
"""So many addresses of one view are looked at: the tenth entry says nothing that the third did not."""
STARTS = (
    "/",
    "/today",
    "/portfolio",
    "/programme",
    "/pool",
    "/municipalities",
    "/municipalities/K01/contract",
    "/municipalities/K01/alliance",
    "/municipalities/K02/alliance",
    "/organisations",
    "/entries",
    "/calendar",
    "/people",
    "/statements",
    "/account",
    "/reports",
    "/join",
)
SECRET = (
    f"/municipalities/{world.SECRET_CODE}",
    f"/municipalities/{world.SECRET_CODE}/contract",
    f"/municipalities/{world.SECRET_CODE}/contract/amendments/1/sign",
    f"/municipalities/{world.SECRET_CODE}/contract/packages/reallocate",
    f"/entries?municipality={world.SECRET_CODE}",
    f"/export/entries.csv?municipality={world.SECRET_CODE}",
    f"/export/entries.json?municipality={world.SECRET_CODE}",
    "/export/programme",
    "/export/contracts.csv",
    "/export/contracts.json",
    "/export/statements.json",
    "/export/statements.xlsx",
    "/export/strategies.json",
    "/export/strategies.xlsx",
    f"/export/sessions.json?municipality={world.SECRET_CODE}",
    "/export/programme.json",
    f"/calendar?view=list&municipality={world.SECRET_CODE}",
    f"/municipalities/{world.SECRET_CODE}/statements",
    f"/municipalities/{world.SECRET_CODE}/alliance",
    f"/municipalities/{world.SECRET_CODE}/strategies",
    f"/municipalities/{world.SECRET_CODE}/statements/overdue",
)
"""Pages of the anonymous municipality: whoever is entitled finds the canaries there, everybody else nothing."""
NOWHERE = (
    "/nothing-here",
    "/municipalities/K99",
    "/entries/aaaaaaaaaaaaaaaa/edit",
    "/feeds/wrong/termine.ics",
    "/feeds/wrong/allianz",
)


def crawl(app: Flask, client: Client, most: int = MOST_OF_A_KIND) -> dict[str, TestResponse]:
    """Every page that this person can reach by links, and some that there are not; by address."""
    seen: dict[str, TestResponse] = {}
    kinds: Counter[str | None] = Counter()
    waiting = deque((*SECRET, *STARTS, *NOWHERE))
    while waiting:
        url = waiting.popleft()
        endpoint = world.endpoint_of(app, url)
        if url in seen or endpoint == "static" or kinds[endpoint] >= most:
            continue
        kinds[endpoint] += 1
        response = client.get(url, buffered=True)
        assert response.status_code < 500, url
        seen[url] = response
        waiting.extend(world.links(response))
        if response.location:
            waiting.append(response.location)
    return seen


@pytest.fixture
def people(session: Session, clock: Clock) -> dict[str, User]:
    """Everybody in the demo by address, with canaries planted."""
    world.build(session, today=clock.today)
    world.plant(session)
    return {user.email: user for user in session.scalars(select(User))}


@pytest.mark.parametrize("email", world.OTHERS)
def test_nobody_else_sees_a_canary(app: Flask, people: dict[str, User], login: Login, email: str) -> None:
    client = login(new_client(app), people[email])
    pages = crawl(app, client)

    sung = {url: world.found(response) for url, response in pages.items() if world.found(response)}

    assert sung == {}
    assert len(pages) >= 8


def test_visitors_see_no_canary(app: Flask, people: dict[str, User]) -> None:
    pages = crawl(app, new_client(app))

    assert {url for url, response in pages.items() if world.found(response)} == set()


@pytest.mark.parametrize("email", world.ENTITLED)
def test_those_entitled_do_see_the_name(app: Flask, people: dict[str, User], login: Login, email: str) -> None:
    """The positive control: the canaries are there, and the crawl comes by them."""
    pages = crawl(app, login(new_client(app), people[email]))

    sung = set[str]().union(*(world.found(response) for response in pages.values()))

    assert {
        "name",
        "title",
        "place",
        "entry_note",
        "signatory",
        "scope",
        "amendment",
        "reallocation",
        "organisation",
        "decision",
    } <= sung
    assert ("transfer" in sung) is (email == "lead@example.org")


def test_what_goes_to_the_funder_sings_for_nobody(
    app: Flask, people: dict[str, User], login: Login, clock: Clock
) -> None:
    """Reports and timesheets leave the house: they hold no canary even where the lead asks for them."""
    client = login(new_client(app), people["lead@example.org"])
    report = f"kind=interim_report&first=01.{clock.today.year - 2}&last={clock.today:%m.%Y}"
    sheet, person = f"/timesheets/{clock.today:%Y-%m}", f"person={people['beratung-a@example.org'].public_id}"
    urls = [f"/reports?{report}", *(f"/reports/preview.{ending}?{report}" for ending in ("xlsx", "pdf"))]
    urls += [f"{sheet}?{person}", *(f"{sheet}/timesheet.{ending}?{person}" for ending in ("csv", "xlsx", "pdf"))]

    answers = {url: client.get(url, buffered=True) for url in urls}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {url: world.found(answer) for url, answer in answers.items() if world.found(answer)} == {}
    assert "weitere Kommunen" in answers[urls[0]].text


def test_what_hangs_on_the_wall_sings_for_nobody(
    app: Flask, session: Session, people: dict[str, User], login: Login, clock: Clock
) -> None:
    """All in the room read it: the page for the wall, and those behind its code before, during and after a session."""
    team = {email: login(new_client(app), people[email]) for email in ("lead@example.org", "beratung-a@example.org")}
    boards: list[TestResponse] = []
    for event in world.secret_sessions(session):
        for client in team.values():
            client.post(f"/sessions/{event.public_id}/join/open")
            boards.append(client.get(f"/sessions/{event.public_id}/join"))
    codes = [found[1] for board in boards if (found := re.search(r'class="board-code">([^<]+)<', board.text))]
    seen = [*boards, *(new_client(app).get(f"/join/{code}") for code in codes)]
    clock.wait(days=30)
    seen += [new_client(app).get(f"/join/{code}") for code in codes]

    assert len(codes) > 2
    assert {
        secret for response in seen for secret in world.found(response, {**world.CANARIES, "alias": "Kommune 07"})
    } == set()


def test_no_invitation_sings(
    app: Flask, session: Session, people: dict[str, User], tmp_path: Path, clock: Clock
) -> None:
    """Not even those to the municipality's own people: their mail lies on servers that are not theirs."""
    for user in people.values():
        user.invitations = True
    session.commit()
    runner = app.test_cli_runner()
    assert runner.invoke(invitations, ["send"]).exit_code == 0
    for meeting in world.secret_sessions(session):
        meeting.state, meeting.cancelled_at = EventState.CANCELLED, clock.now
    session.commit()
    assert runner.invoke(invitations, ["send"]).exit_code == 0

    said = {path.name: world.letter(path) for path in (tmp_path / "outbox").glob("*.eml")}

    about = [text for text in said.values() if "Kommune 07" in text]
    assert {name: world.sung(text) for name, text in said.items() if world.sung(text)} == {}
    assert {f"METHOD:{method}" for method in ("REQUEST", "CANCEL")} == {
        line for text in about for line in text.split("\r\n") if line.startswith("METHOD:")
    }
    assert {email for email in world.ENTITLED if any(f"mailto:{email}" in text for text in about)} >= {
        "beratung-a@example.org",
        "koordination-k07@example.org",
    }


def test_a_calendar_recognises_the_secret_for_nobody_else(
    app: Flask, session: Session, people: dict[str, User], login: Login, clock: Clock
) -> None:
    """Whoever brings a calendar that names it learns nothing from what is proposed, whatever the name is."""

    def proposed(email: str) -> TestResponse:
        client = login(new_client(app), people[email])
        data = {"first": f"{clock.today}", "last": f"{clock.today}", "file": (io.BytesIO(calendar), "kalender.ics")}
        return client.post("/import/calendar", data=data, content_type="multipart/form-data", buffered=True)

    dates = [f"{name} {clock.today}" for name in (world.SECRET_NAME, "Kommune 07", world.SECRET_CODE)]
    calendar = world.calendar(dates, guest=f"x@{world.CANARIES['contact_email']}.example.org", on=clock.today)
    others = {email: proposed(email) for email in world.OTHERS if email.startswith("beratung")}
    assert [email for email, answer in others.items() if world.found(answer)] == []
    assert {answer.status_code for answer in others.values()} == {200}
    assert {world.SECRET_CODE in answer.text for answer in others.values()} == {False}
    entitled = proposed("beratung-a@example.org")
    assert (world.found(entitled), entitled.text.count(f'selected value="{world.SECRET_CODE}"')) == ({"name"}, 3)

    rename(session, "Verbandsgemeinde Zypressenhainichen an der Unstrut")
    assert {email: world.neutral(proposed(email)) for email in others} == {
        email: world.neutral(answer) for email, answer in others.items()
    }


@pytest.mark.parametrize("email", ["beratung-b@example.org", "koordination-k01@example.org", "lesen@example.org"])
def test_two_worlds_that_differ_in_the_secret_look_alike(
    app: Flask, session: Session, clock: Clock, login: Login, email: str
) -> None:
    """What others see does not depend on the secret name, not even by length or order."""
    world.build(session, today=clock.today, secret_name="Gemeinde Aal")
    user = session.scalars(select(User).where(User.email == email)).one()
    client = login(new_client(app), user)
    client.get("/account")  # the first page sets the cookie for forms; the worlds shall not differ in that

    before = {url: world.neutral(response) for url, response in crawl(app, client).items()}
    rename(session, "Verbandsgemeinde Zypressenhainichen an der Unstrut")
    after = {url: world.neutral(response) for url, response in crawl(app, client).items()}

    assert before.keys() == after.keys()
    assert {url: after[url] for url in before if before[url] != after[url]} == {}


def rename(session: Session, name: str) -> None:
    """Give the anonymous municipality another name, everywhere that the demo has written it."""
    from komma_tracker.events.models import Event
    from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
    from komma_tracker.municipalities.rules import sort_key

    session.rollback()
    place = session.scalars(select(Municipality).where(Municipality.code == world.SECRET_CODE)).one()
    who = session.get_one(MunicipalityIdentity, place.id)
    for meeting in session.scalars(select(Event).where(Event.place.contains(who.name))):
        meeting.place = meeting.place.replace(who.name, name)
    who.address = f"Rathausplatz 1, {name}"
    who.name, who.sort_key = name, sort_key(name)[0]
    session.commit()
