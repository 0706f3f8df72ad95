"""The page of one's own addresses: making, showing once, listing, revoking."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import Assignment
from komma_tracker.alliances.rules import Side
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import unit_of_work
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience, Level
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

FORM = {"content": "programme", "name": "Dienstrechner", "locale": "de", "request_key": "form-0001-0001-0001"}
ADDRESS = re.compile(r'value="(http://[^"]+/feeds/([A-Za-z0-9_-]+)/([^"/]+\.ics))"')


def addresses(session: Session) -> list[FeedAddress]:
    session.rollback()
    return list(session.scalars(select(FeedAddress).order_by(FeedAddress.id)))


def alliances(*codes: str) -> list[str]:
    return [f"alliance:{code}" for code in codes]


@pytest.mark.parametrize(
    ("user", "offered"),
    [
        ("lead", ["mine", "K07", "K02", "K01", *alliances("K07", "K02", "K01"), "network", "programme", "public"]),
        ("consultant", ["mine", "K07", "K01", *alliances("K07", "K01"), "network", "public"]),
        ("stranger", ["mine", "K02", *alliances("K02"), "network", "public"]),
        ("coordinator", ["K01", *alliances("K01"), "network", "public"]),
        ("head", ["K01", *alliances("K01"), "network", "public"]),
        ("anonymous_coordinator", ["K07", *alliances("K07"), "network", "public"]),
        ("reader", []),
    ],
)
def test_what_a_person_may_subscribe_to(
    client: Client, login: Login, programme: Programme, user: str, offered: list[str]
) -> None:
    page = login(client, getattr(programme, user)).get("/account/feeds")
    assert page.status_code == 200
    choices = page.text.partition('id="content"')[2].partition("</select>")[0]
    assert re.findall(r'<option (?:selected )?value="([^"]+)"', choices) == offered
    assert ("Für Ihre Rolle gibt es keine Termine zu abonnieren." in page.text) is (user == "reader")


def test_a_municipality_s_page_leads_to_its_calendar(client: Client, login: Login, programme: Programme) -> None:
    page = login(client, programme.lead).get("/account/feeds?municipality=K02")
    assert '<option selected value="K02">' in page.text


def test_a_new_address_is_shown_once_in_all_forms(client: Client, login: Login, programme: Programme) -> None:
    login(client, programme.lead)
    page = client.post("/account/feeds", data=FORM)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    found = ADDRESS.search(page.text)
    assert found is not None
    address, token, name = found.groups()
    assert name == "KommA-Programm.ics"
    assert f'href="webcal{address.removeprefix("http")}"' in page.text
    svg = page.text.partition('class="qr"')[2].partition("</svg>")[0]
    assert "<path" in svg
    assert "style=" not in page.text
    assert client.get(f"/feeds/{token}/{name}").status_code == 200
    later = client.get("/account/feeds")
    assert token not in later.text
    assert "Dienstrechner" in later.text


def test_rule_17_the_address_of_an_anonymous_municipality_has_its_code(
    client: Client, login: Login, programme: Programme
) -> None:
    page = login(client, programme.anonymous_coordinator).post("/account/feeds", data={**FORM, "content": "K07"})
    found = ADDRESS.search(page.text)
    assert found is not None
    assert found[3] == "KommA-K07.ics"


def test_a_second_click_makes_no_second_address(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    """The answer to the first click is lost; only the second one's address is ever seen, and it works."""
    login(client, programme.lead)
    tokens = [ADDRESS.search(client.post("/account/feeds", data=FORM).text)[2] for _ in range(2)]  # pyright: ignore[reportOptionalSubscript]
    assert len(addresses(session)) == 1
    assert [client.get(f"/feeds/{token}/x.ics").status_code for token in tokens] == [404, 200]


def test_a_used_address_is_not_given_out_again(client: Client, login: Login, programme: Programme) -> None:
    login(client, programme.lead)
    found = ADDRESS.search(client.post("/account/feeds", data=FORM).text)
    assert found is not None
    client.get(f"/feeds/{found[2]}/x.ics")
    again = client.post("/account/feeds", data=FORM)
    assert again.status_code == 422
    assert "Diese Adresse gibt es schon." in again.text
    assert client.get(f"/feeds/{found[2]}/x.ics").status_code == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "  "}, "Bitte geben Sie eine Bezeichnung an"),
        ({"name": "x" * 81}, "Die Bezeichnung darf höchstens 80 Zeichen haben."),
        ({"content": "K99"}, ""),
        ({"content": "mine\x00"}, ""),
        ({"locale": "fr"}, ""),
    ],
)
def test_bad_input_keeps_what_was_typed(
    client: Client, login: Login, programme: Programme, session: Session, change: dict[str, str], message: str
) -> None:
    page = login(client, programme.lead).post("/account/feeds", data={**FORM, **change})
    assert page.status_code == 422
    assert message in page.text
    summary = page.text.partition("error-summary")[2].partition("</ul>")[0]
    assert f'href="#{next(iter(change))}"' in summary
    assert message in summary
    assert f'value="{FORM["request_key"]}"' in page.text
    assert addresses(session) == []


@pytest.mark.parametrize(
    ("user", "content"),
    [
        ("consultant", "programme"),
        ("consultant", "K02"),
        ("coordinator", "mine"),
        ("coordinator", "K07"),
        ("reader", "K01"),
    ],
)
def test_nobody_subscribes_to_what_is_not_theirs(
    client: Client, login: Login, programme: Programme, session: Session, user: str, content: str
) -> None:
    page = login(client, getattr(programme, user)).post("/account/feeds", data={**FORM, "content": content})
    assert page.status_code == 422
    assert addresses(session) == []


def test_revoking_closes_at_once_and_says_what_stays(
    client: Client, login: Login, programme: Programme, subscribe: Subscribe, session: Session
) -> None:
    path = subscribe(programme.lead, Audience.PROGRAMME)
    other = subscribe(programme.lead, Audience.MINE)
    login(client, programme.lead)
    first = addresses(session)[0]
    pages = [client.post(f"/account/feeds/{first.public_id}/revoke", follow_redirects=True).text for _ in range(2)]
    assert [page.count("Die Adresse gilt nicht mehr.") for page in pages] == [1, 1]
    assert [page.count("/revoke") for page in pages] == [1, 1]
    assert [client.get(each).status_code for each in (path, other)] == [404, 200]
    session.rollback()
    actions = select(AuditRecord.action).where(AuditRecord.object_id == first.public_id).order_by(AuditRecord.id)
    assert session.scalars(actions).all() == ["feed.make", "feed.revoke"]


def test_nobody_else_revokes_or_sees_an_address(
    client: Client, login: Login, programme: Programme, subscribe: Subscribe, session: Session
) -> None:
    """Not even the lead, who sees everything else."""
    path = subscribe(programme.consultant)
    login(client, programme.lead)
    assert "Dienstrechner" not in client.get("/account/feeds").text
    foreign = client.post(f"/account/feeds/{addresses(session)[0].public_id}/revoke")
    missing = client.post("/account/feeds/aaaaaaaaaaaaaaaa/revoke")
    assert (foreign.status_code, foreign.data) == (missing.status_code, missing.data)
    assert foreign.status_code == 404
    assert client.get(path).status_code == 200


def test_the_record_holds_neither_token_nor_name(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    found = ADDRESS.search(login(client, programme.lead).post("/account/feeds", data=FORM).text)
    assert found is not None
    session.rollback()
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.make")).one()
    assert record.after == {"audience": "programme", "locale": "de"}
    assert found[2] not in repr(vars(record))


def test_an_address_that_opens_no_more_says_so(
    client: Client, login: Login, programme: Programme, subscribe: Subscribe, session: Session, clock: Clock
) -> None:
    subscribe(programme.consultant, Audience.MUNICIPALITY, programme.neuenwerra)
    login(client, programme.consultant)
    assert "keine Berechtigung mehr" not in client.get("/account/feeds").text
    with unit_of_work(session):
        for assignment in session.scalars(select(Assignment).where(Assignment.user_id == programme.consultant.id)):
            assignment.ends_on = date(2026, 5, 1)
    page = client.get("/account/feeds").text
    assert "keine Berechtigung mehr" in page


def test_last_use_is_listed(client: Client, login: Login, programme: Programme, subscribe: Subscribe) -> None:
    path = subscribe(programme.lead)
    login(client, programme.lead)
    assert "noch nie" in client.get("/account/feeds").text
    client.get(path)
    page = client.get("/account/feeds").text
    assert "noch nie" not in page
    assert "20.05.2026, 12:00" in page


def test_an_own_address_with_filters(client: Client, login: Login, programme: Programme, session: Session) -> None:
    login(client, programme.consultant)
    chosen = {
        **FORM, "content": "alliance:K01", "level": "busy", "kinds": ["training", "workshop"], "no_cancelled": "y",
        "past_months": "1", "expires_on": "31.12.2026",
    }  # fmt: skip
    found = ADDRESS.search(client.post("/account/feeds", data=chosen).text)
    assert found is not None
    assert found[3] == "Kalender.ics", "a busy calendar's name does not speak"
    (address,) = addresses(session)
    assert (address.audience, address.side, address.level) == (Audience.ALLIANCE, Side.ADMINISTRATION, Level.BUSY)
    assert (address.kinds, address.tentative, address.cancelled) == ("training,workshop", True, False)
    assert (address.past_months, address.expires_on, address.for_guest) == (1, date(2026, 12, 31), False)
    page = client.get("/account/feeds").text
    assert "Allianz Stadt Neuenwerra" in page
    assert "nur Training, Workshop" in page
