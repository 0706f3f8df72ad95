"""Cases 2 and 11, through the pages: two consultants at one training, and one for three municipalities, by each key."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import func, select

from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity
from komma_tracker.events.models import Event, EventMunicipality, EventParticipants
from komma_tracker.events.rules import EventState
from komma_tracker.events.shares import SplitKey
from tests.factories.events import make_event
from tests.integration.events.conftest import SECRET_NAME, World
from tests.support import world as leaks
from tests.support.application import Login
from tests.support.client import Client
from tests.test_leaks import crawl

PAST = datetime(2026, 5, 18, 9, 0)
CAME = {"from_K01": "12", "from_K02": "8", "from_K07": "4"}


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def training(world: World, *places: str, people: tuple[User, ...] | None = None, **values: Any) -> Event:
    event = make_event(
        world.session, municipalities=[getattr(world, place) for place in places],
        consultants=people or (world.anna, world.lead), starts_local=PAST, **values,
    )  # fmt: skip
    world.session.commit()
    return event


def outcome(world: World, page: str, **values: str) -> dict[str, str]:
    """What the lead types: eight hours each, and half a day of preparation of Anna's."""
    return {
        "version": hidden(page, "version"),
        "request_key": hidden(page, "request_key"),
        "seen": hidden(page, "seen"),
        f"minutes_{world.anna.public_id}": "8:00",
        f"minutes_{world.lead.public_id}": "8:00",
        f"before_{world.anna.public_id}": "4:00",
        "prepared_on": "15.05.2026",
        "group_managers": "24",
        **values,
    }


def booked(world: World) -> dict[str, int]:
    world.session.rollback()
    rows = world.session.scalars(select(DayEntry))
    found: dict[str, int] = {}
    for entry in rows:
        found[entry.municipality.code] = found.get(entry.municipality.code, 0) + entry.minutes
    return found


def hold(world: World, client: Client, event: Event, **values: str) -> None:
    """As one does: fill in, look at the shares, book."""
    path = f"/sessions/{event.public_id}/hold"
    typed = outcome(world, client.get(path).text, **values)
    shown = client.post(path, data=typed)
    assert shown.status_code == 200
    assert booked(world) == {}
    assert "Gebucht ist noch nichts." in shown.text
    answer = client.post(path, data={**typed, "seen": hidden(shown.text, "seen")})
    assert (answer.status_code, answer.location) == (302, f"/sessions/{event.public_id}")


def test_case_02_two_consultants_at_one_training(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna, world.ben])
    world.session.commit()
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}"
    planned = client.get(path).text
    assert re.search(r"Geplante Beratungstage.*?2,00", planned, re.DOTALL)
    event.starts_local, event.ends_local = PAST, PAST.replace(hour=16)
    world.session.commit()
    page = client.get(f"{path}/hold").text
    typed = {
        "version": hidden(page, "version"),
        f"minutes_{world.anna.public_id}": "8:00",
        f"minutes_{world.ben.public_id}": "8:00",
        "group_managers": "14",
    }
    assert client.post(f"{path}/hold", data=typed).status_code == 302
    entries = world.session.scalars(select(DayEntry)).all()
    assert [(entry.consultant.name, entry.minutes) for entry in entries] == [("Anna Albers", 480), ("Ben Brandt", 480)]
    assert world.session.scalar(select(func.count(Event.id))) == 1
    assert world.session.scalar(select(func.sum(EventParticipants.headcount))) == 14
    for page in ("/entries", "/municipalities/K01/statements/2026-05"):  # the month's statement lists both
        listed = browse(world.coordinator).get(page).text
        assert "Anna Albers" in listed, page
        assert "Ben Brandt" in listed, page


@pytest.mark.parametrize(
    ("key", "host", "expected"),
    [
        ("equal", "", {"K01": 400, "K02": 400, "K07": 400}),
        ("participants", "", {"K01": 600, "K02": 400, "K07": 200}),
        ("host", "K01", {"K01": 1200}),
        ("host", "K07", {"K07": 1200}),
    ],
)
def test_case_11_joint_training(world: World, browse: Any, key: str, host: str, expected: dict[str, int]) -> None:
    event = training(world, "first", "second", "secret")
    client = browse(world.lead)
    hold(world, client, event, split_key=key, host=host, **CAME)
    assert booked(world) == expected
    entries = world.session.scalars(select(DayEntry)).all()
    assert sum(entry.minutes for entry in entries) == sum(entry.chargeable_minutes for entry in entries) == 1200
    assert {
        name: sum(entry.minutes for entry in entries if entry.consultant.name == name)
        for name in ("Anna Albers", "Lea Leitner")
    } == {"Anna Albers": 720, "Lea Leitner": 480}
    assert {(entry.activity, entry.service_date) for entry in entries} == {
        (Activity.TRAINING, date(2026, 5, 18)),
        (Activity.PREPARATION, date(2026, 5, 15)),
    }
    came = world.session.execute(
        select(EventMunicipality.headcount).order_by(EventMunicipality.municipality_id)
    ).scalars()
    assert list(came) == [12, 8, 4]
    assert world.session.scalar(select(func.sum(EventParticipants.headcount))) == 24


def test_case_11_the_minutes_are_shown_before_they_are_booked(world: World, browse: Any) -> None:
    event = training(world, "first", "second", "secret")
    client = browse(world.lead)
    path = f"/sessions/{event.public_id}/hold"
    page = client.get(path).text
    shown = client.post(path, data=outcome(world, page, split_key="participants", preview="1", **CAME)).text
    cells = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', shown)
    rows = {
        head: [int(text.replace(".", "")) for text in re.findall(r"<td[^>]*>([0-9.]+)", rest)] for head, rest in cells
    }
    assert rows == {
        "Stadt Neuenwerra": [360, 240, 600],
        "Stadt Wiesenfurt": [240, 160, 400],
        SECRET_NAME: [120, 80, 200],
        "Summe": [720, 480, 1200],
    }
    assert booked(world) == {}


def test_what_was_not_shown_is_not_booked(world: World, browse: Any) -> None:
    """Somebody looks at equal parts, then chooses another key: the new shares are shown, and nothing is booked yet."""
    event = training(world, "first", "second")
    client = browse(world.lead)
    path = f"/sessions/{event.public_id}/hold"
    page = client.get(path).text
    answer = client.post(path, data=outcome(world, page, split_key="host", host="K02"))
    assert answer.status_code == 200
    assert booked(world) == {}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"split_key": "participants"}, "Bitte angeben, wie viele aus welcher Kommune teilgenommen haben"),
        ({"split_key": "host"}, "Bitte wählen Sie die gastgebende Kommune"),
        ({"split_key": "nonsense"}, "Keine gültige Auswahl"),
        ({"split_key": "equal", "from_K01": "30"}, "zusammen 30 Personen, nach Funktionsgruppen nur 24"),
        ({"split_key": "equal", "from_K01": "-1"}, "Bitte eine Anzahl von 0 bis"),
    ],
)
def test_what_is_wrong_is_said_and_books_nothing(world: World, browse: Any, values: dict[str, str], said: str) -> None:
    event = training(world, "first", "second")
    client = browse(world.lead)
    path = f"/sessions/{event.public_id}/hold"
    typed = outcome(world, client.get(path).text, **values)
    answer = client.post(path, data=typed)
    if answer.status_code == 200:  # the shares can be reckoned: what is wrong comes out when one books
        answer = client.post(path, data={**typed, "seen": hidden(answer.text, "seen")})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="24"' in answer.text
    assert booked(world) == {}


def test_the_key_is_chosen_when_the_session_is_planned(world: World, browse: Any) -> None:
    client = browse(world.lead)
    typed = {
        "kind": "training", "title": "Training Ordnungsämter", "mode": "online", "minutes_each": "1",
        "consultants": [world.anna.public_id, world.lead.public_id], "part_K01": "AP4", "part_K02": "-",
        "split_key": "host", "host": "K02", "day": "2026-06-10", "starts_local": "09:00", "ends_local": "16:00",
        "zone": "Europe/Berlin",
    }  # fmt: skip
    path = client.post("/sessions/new", data=typed).location
    page = client.get(path).text
    assert "die gastgebende Kommune trägt alles" in page
    world.session.rollback()
    event = world.session.scalars(select(Event)).one()
    assert (event.split_key, event.sharing.host_id) == (SplitKey.HOST, world.second.id)
    assert re.search(r"Neuenwerra.*?0,00.*?Wiesenfurt.*?2,00", page, re.DOTALL)
    refused = client.post("/sessions/new", data={**typed, "host": "K07"})
    assert refused.status_code == 422
    assert "Bitte wählen Sie die gastgebende Kommune" in refused.text


@pytest.mark.parametrize("key", ["equal", "participants"])
def test_case_11_others_are_weitere_kommunen_and_nothing_tells_their_shares(
    app: Flask, world: World, browse: Any, key: str
) -> None:
    """Two outcomes that differ in what the others bear: whoever belongs to one municipality reads the same bytes."""
    event = training(world, "first", "second", "secret", title="Gemeinsames Training")
    came = [CAME, {**CAME, "from_K02": "4", "from_K07": "8"}]
    lead, client = browse(world.lead), browse(world.coordinator)
    client.get("/account")  # the first page sets the cookie for forms
    read: list[dict[str, str]] = []
    for counted in came:
        hold(world, lead, event, split_key=key, **counted)
        pages = crawl(app, client)
        more = ("/entries", "/export/entries.csv", "/export/entries.xlsx", "/municipalities/K01")
        for path in (f"/sessions/{event.public_id}", *more):
            pages[path] = client.get(path, buffered=True)
        read.append({_same(url): _same(leaks.neutral(answer)) for url, answer in pages.items()})
        _undo(world, event)
    page = read[0][f"/sessions/{event.public_id}"]
    assert "weitere Kommunen" in page
    for told in ("Wiesenfurt", SECRET_NAME, "Kommune 07", "1.200", "Gemeinsames Training"):
        assert {url for url, text in read[0].items() if told in text} == set(), told
    assert read[0].keys() == read[1].keys()
    assert {url: read[1][url] for url in read[0] if read[0][url] != read[1][url]} == {}


def _same(text: str) -> str:
    """Without the random ids of entries, new each time, and the marks of a change: it is held a second time."""
    text = re.sub(r"(SEQUENCE|DTSTAMP|LAST-MODIFIED):\w+", r"\1:NEW", text)
    return re.sub(r"/entries/[a-z0-9]{16}", "/entries/ID", text)


def _undo(world: World, event: Event) -> None:
    """As if it had not been held."""
    from komma_tracker.budget.models import BudgetTotal
    from komma_tracker.events.models import EventBooking, EventMove

    session = world.session
    session.rollback()
    for model in (EventBooking, EventMove, BudgetTotal, DayEntry):
        for row in session.scalars(select(model)):
            session.delete(row)
        session.flush()
    session.refresh(event)
    event.state, event.held_at, event.participants = EventState.CONFIRMED, None, []
    session.commit()


def test_who_took_part_can_be_corrected_and_what_was_booked_stays(world: World, browse: Any) -> None:
    event = training(world, "first", "second")
    client = browse(world.lead)
    hold(world, client, event, split_key="participants", from_K01="12", from_K02="12")
    before = booked(world)
    path = f"/sessions/{event.public_id}/attendance"
    page = client.get(path).text
    typed = {"version": hidden(page, "version"), "request_key": hidden(page, "request_key")}
    counted = {"group_managers": "20", "group_head": "1", "from_K01": "9", "from_K02": "12"}
    assert client.post(path, data={**typed, **counted}).status_code == 302
    assert booked(world) == before
    assert world.session.scalar(select(func.sum(EventParticipants.headcount))) == 21
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.count")).one()
    assert record.before is not None
    assert record.after is not None
    assert record.before["participants"] == {"managers": 24}
    assert record.after["participants"] == {"managers": 20, "head": 1}
    assert record.after["from_municipality"] == {str(world.first.id): 9, str(world.second.id): 12}
    stale = client.post(path, data={"version": typed["version"], "group_managers": "1"})
    assert stale.status_code == 409
    too_many = client.post(path, data={**counted, "version": str(int(typed["version"]) + 1), "from_K01": "99"})
    assert too_many.status_code == 422


@pytest.mark.parametrize(("who", "status"), [("lead", 200), ("anna", 200), ("ben", 404), ("coordinator", 404)])
def test_who_may_correct_the_headcounts(world: World, browse: Any, who: str, status: int) -> None:
    event = training(world, "first", people=(world.anna,), state=EventState.HELD)
    assert browse(getattr(world, who)).get(f"/sessions/{event.public_id}/attendance").status_code == status
