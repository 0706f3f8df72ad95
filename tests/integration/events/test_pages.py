"""Pages of sessions: what each role finds there, what forms do, and how many statements it takes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import func, select

from komma_tracker.accounts.models import User
from komma_tracker.db import db
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup, ReasonClass
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.integration.events.conftest import SECRET_NAME, World
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

PAST = datetime(2026, 5, 18, 9, 0)
LATER = datetime(2026, 6, 10, 9, 0)


@pytest.fixture
def browse(app: Flask, login: Login, world: World) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found, name
    return found[1]


def fields_for(world: World, **values: Any) -> dict[str, Any]:
    return {
        "kind": "training",
        "title": "Training Ordnungsamt",
        "mode": "on_site",
        "place": "Rathaus",
        "minutes_each": "1",
        "consultants": [world.anna.public_id],
        "part_K01": "AP4",
        "day": "2026-06-10",
        "starts_local": "09:00",
        "ends_local": "16:00",
        "zone": "Europe/Berlin",
        "request_key": "a-form-that-is-sent-twice",
        **values,
    }


def test_a_session_is_planned_by_its_form(world: World, browse: Any) -> None:
    client: Client = browse(world.anna)
    page = client.get("/sessions/new?municipality=K02").text
    assert re.search(r'<option selected value="-">[^<]*</option>', page)
    answers = [client.post("/sessions/new", data=fields_for(world, part_K02="-", confirmed="y")) for _ in range(2)]
    event = world.session.scalars(select(Event)).one()
    location = f"/sessions/{event.public_id}"
    assert [(answer.status_code, answer.location) for answer in answers] == [(302, location)] * 2
    assert (event.state, event.planned_minutes, event.municipality_count) == (EventState.CONFIRMED, 480, 2)
    shown = client.get(location).text
    assert "Training Ordnungsamt" in shown
    assert "Stadt Neuenwerra, Stadt Wiesenfurt" in shown


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"day": "2027-03-28", "starts_local": "02:30"}, "starts_local", "Diese Uhrzeit gibt es an diesem Tag nicht"),
        ({"ends_local": "08:00"}, "ends_local", "Das Ende liegt nicht nach dem Beginn"),
        ({"day": "30.02.2026"}, "day", "zum Beispiel 22.11.2026"),
        ({"day": "0001-01-01"}, "day", "Bitte ein Jahr von 2000 bis 2100 angeben."),
        ({"last_day": "9999-12-31"}, "day", "Bitte ein Jahr von 2000 bis 2100 angeben."),
        ({"last_day": "2026-08-10"}, "last_day", "Ein Termin dauert höchstens 31 Tage."),
        ({"starts_local": "25:00"}, "starts_local", "zum Beispiel 09:30"),
        ({"minutes_each": "viel"}, "minutes_each", "zum Beispiel 0,5 oder 3:30"),
        ({"link": "javascript:alert(1)"}, "link", "die mit https:// beginnt"),
        ({"title": ""}, "title", "Bitte geben Sie einen Titel an"),
        ({"consultants": []}, "consultants", "mindestens eine Beratungsperson"),
    ],
)
def test_a_refusal_stands_beside_the_field_and_keeps_what_was_typed(
    world: World, browse: Any, values: dict[str, Any], field: str, said: str
) -> None:
    answer = browse(world.anna).post("/sessions/new", data=fields_for(world, note="Bitte läuten", **values))
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-error".*?</div>', answer.text, re.DOTALL)
    assert beside, field
    assert said in beside[0]
    assert "Bitte läuten" in answer.text
    assert world.session.scalar(select(func.count(Event.id))) == 0


def test_a_consultant_is_offered_assigned_municipalities_only(world: World, browse: Any) -> None:
    page = browse(world.ben).get("/sessions/new").text
    assert re.findall(r'name="part_(K\d\d)"', page) == ["K01"]
    answer = browse(world.ben).post("/sessions/new", data=fields_for(world, part_K02="-", part_K01=""))
    assert answer.status_code == 422


def test_a_clash_shows_both_versions_and_loses_neither(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    mine, theirs = browse(world.anna), browse(world.lead)
    path = f"/sessions/{event.public_id}/edit"
    version = hidden(mine.get(path).text, "version")
    typed = fields_for(world, version=version)
    assert theirs.post(path, data={**typed, "title": "Ihre Fassung"}).status_code == 302
    clash = mine.post(path, data={**typed, "title": "Meine Fassung"})
    assert clash.status_code == 409
    assert clash.text.count("Ihre Fassung") >= 2  # a heading of the table, and the title that was stored
    assert "Meine Fassung" in clash.text
    again = {
        **typed,
        "title": "Meine Fassung",
        "version": hidden(clash.text, "version"),
        "request_key": "another-key-is-this-one",
    }
    assert mine.post(path, data=again).status_code == 302
    world.session.refresh(event)
    assert event.title == "Meine Fassung"


def test_a_session_is_moved_with_a_reason(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}/move"
    typed = fields_for(world, version=hidden(client.get(path).text, "version"), day="2026-07-01")
    assert client.post(path, data=typed).status_code == 422
    assert client.post(path, data={**typed, "reason": "illness"}).status_code == 302
    world.session.refresh(event)
    assert (event.starts_local, event.state, event.version) == (datetime(2026, 7, 1, 9), EventState.TENTATIVE, 2)


def test_a_session_is_cancelled_and_stays_in_the_calendar(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}/cancel"
    typed = {"version": hidden(client.get(path).text, "version"), "request_key": "cancel-this-one-session"}
    assert client.post(path, data=typed).status_code == 422
    for _ in range(2):
        assert (
            client.post(
                path, data={**typed, "by": "nobody", "notice_on": "2026-05-20", "reason": "weather"}
            ).status_code
            == 302
        )
    world.session.refresh(event)
    assert (event.state, event.cancel_reason) == (EventState.CANCELLED, ReasonClass.WEATHER)
    assert "abgesagt" in client.get("/calendar?month=2026-06&view=list").text


def test_a_tentative_session_is_confirmed_once(world: World, browse: Any) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], state=EventState.TENTATIVE
    )
    world.session.commit()
    client = browse(world.anna)
    assert "Bestätigen" in client.get(f"/sessions/{event.public_id}").text
    for _ in range(2):
        assert client.post(f"/sessions/{event.public_id}/confirm").status_code == 302
    world.session.refresh(event)
    assert (event.state, event.version) == (EventState.CONFIRMED, 2)
    assert "Bestätigen" not in client.get(f"/sessions/{event.public_id}").text


def test_what_took_place_is_told_in_one_click(world: World, browse: Any) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna, world.ben], starts_local=PAST
    )
    world.session.commit()
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}/hold"
    page = client.get(path).text
    assert hidden(page, f"minutes_{world.ben.public_id}") == "8:00"
    typed = {
        f"minutes_{world.anna.public_id}": "8:00",
        f"minutes_{world.ben.public_id}": "4:00",
        "group_managers": "7",
        "group_staff_public": "",
        "request_key": "held-as-it-was-planned",
    }
    first = client.post(path, data=typed)
    second = client.post(path, data=typed)
    assert (
        (first.status_code, first.location)
        == (second.status_code, second.location)
        == (302, f"/sessions/{event.public_id}")
    )
    world.session.refresh(event)
    assert event.state is EventState.HELD
    assert [(each.function_group, each.headcount) for each in event.participants] == [(FunctionGroup.MANAGERS, 7)]
    assert client.get(path).status_code == 302
    page = client.get(first.location).text
    assert "Führungskräfte" in page
    assert re.findall(r'class="num" data-label="Tage">([\d,]+)<', page) == ["1,00", "0,50"]
    assert "1,00" in browse(world.coordinator).get(first.location).text


@pytest.mark.parametrize("typed", ["-1", "x", "100000", "1" * 5000])
def test_a_headcount_that_cannot_be_is_refused(world: World, browse: Any, typed: str) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], starts_local=PAST)
    world.session.commit()
    data = {f"minutes_{world.anna.public_id}": "8:00", "group_managers": typed}
    answer = browse(world.anna).post(f"/sessions/{event.public_id}/hold", data=data)
    assert answer.status_code == 422
    assert 'id="group_managers-error"' in answer.text


def test_a_session_to_come_cannot_be_held(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], starts_local=LATER)
    world.session.commit()
    client = browse(world.anna)
    assert "noch nicht vorbei" in client.get(f"/sessions/{event.public_id}/hold").text
    data = {f"minutes_{world.anna.public_id}": "8:00"}
    assert client.post(f"/sessions/{event.public_id}/hold", data=data).status_code == 422
    world.session.refresh(event)
    assert event.state is EventState.CONFIRMED


MISSING = "aaaaaaaaaaaaaaaa"
ACTIONS = ("/edit", "/move", "/cancel", "/hold")


@pytest.mark.parametrize("who", ["ben", "cleo", "coordinator", "second_coordinator", "reader"])
def test_a_foreign_session_looks_like_none(world: World, browse: Any, who: str) -> None:
    event = make_event(world.session, municipalities=[world.secret], consultants=[world.anna], starts_local=PAST)
    world.session.commit()
    client = browse(getattr(world, who))
    for action in ("", *ACTIONS):
        foreign, missing = (client.get(f"/sessions/{each}{action}") for each in (event.public_id, MISSING))
        assert foreign.status_code == missing.status_code == 404, action
        assert foreign.data.replace(event.public_id.encode(), b"") == missing.data.replace(MISSING.encode(), b"")
    for action in (*ACTIONS, "/confirm"):
        assert client.post(f"/sessions/{event.public_id}{action}").status_code == 404, action


@pytest.mark.parametrize("who", ["coordinator", "head"])
def test_those_who_may_only_look_find_nothing_to_do(world: World, browse: Any, who: str) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], starts_local=PAST)
    world.session.commit()
    client = browse(getattr(world, who))
    page = client.get(f"/sessions/{event.public_id}")
    assert page.status_code == 200
    assert set(re.findall(rf"/sessions/{event.public_id}/[^\"]*", page.text)) == {
        f"/sessions/{event.public_id}/termin.ics"
    }
    for action in ACTIONS:
        assert client.get(f"/sessions/{event.public_id}{action}").status_code == 404, action
    assert client.post(f"/sessions/{event.public_id}/confirm").status_code == 404


@pytest.mark.parametrize(
    ("who", "sees"), [("lead", True), ("anna", True), ("ben", True), ("coordinator", False), ("head", False)]
)
def test_what_a_coaching_is_about_only_the_team_reads(world: World, browse: Any, who: str, sees: bool) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], kind=EventKind.COACHING,
        title="Wildgans", place="Graureiher", link="https://kranich.example.org/", note="Rohrdommel",
    )  # fmt: skip
    world.session.commit()
    client = browse(getattr(world, who))
    for page in (f"/sessions/{event.public_id}", "/calendar?month=2026-06", "/calendar?month=2026-06&view=list"):
        text = client.get(page).text
        secrets = [word for word in ("Wildgans", "Graureiher", "kranich", "Rohrdommel") if word in text]
        assert bool(secrets) is sees, (page, secrets)
        assert ("Coaching (vertraulich)" in text) is not sees
    assert "1,00" in client.get(f"/sessions/{event.public_id}").text


@pytest.mark.parametrize("who", ["coordinator", "ben"])
def test_a_joint_session_tells_nothing_of_the_anonymous_one(world: World, browse: Any, who: str) -> None:
    event = make_event(
        world.session, municipalities=[world.first, world.secret], consultants=[world.anna],
        title="Training Vogelsang", place="Zeisigweg", link="https://kranich.example.org/", note="Bei Vogelsang",
    )  # fmt: skip
    world.session.commit()
    client = browse(getattr(world, who))
    for page in (f"/sessions/{event.public_id}", "/calendar?month=2026-06", "/calendar?month=2026-06&view=list"):
        text = client.get(page).text
        assert not [word for word in ("Vogelsang", "Zeisigweg", "kranich") if word in text], page
    shown = client.get(f"/sessions/{event.public_id}").text
    assert ("weitere Kommunen" in shown, "Kommune 07" in shown) == (
        (True, False) if who == "coordinator" else (False, True)
    )
    assert SECRET_NAME in browse(world.anna).get(f"/sessions/{event.public_id}").text


def test_a_coordinator_sees_the_own_share_of_a_joint_session(world: World, browse: Any) -> None:
    event = make_event(
        world.session,
        municipalities=[world.first, world.second],
        consultants=[world.anna, world.ben],
        planned_minutes=481,
    )
    world.session.commit()
    page = browse(world.second_coordinator).get(f"/sessions/{event.public_id}").text
    assert "Stadt Wiesenfurt, weitere Kommunen" in page
    assert "Neuenwerra" not in page
    assert re.findall(r'class="num"[^>]*>([\d,]+)<', page) == ["1,00"]


@pytest.mark.parametrize(
    "query", ["", "?view=list", "?month=2026-13", "?month=0001-01", "?month=x&view=y&kind=z&municipality=K99"]
)
def test_an_empty_calendar_says_what_to_do(world: World, browse: Any, query: str) -> None:
    page = browse(world.anna).get(f"/calendar{query}").text
    assert "Keine Termine in diesem Monat" in page
    assert 'href="/sessions/new"' in page
    assert 'href="/account/feeds"' in page
    assert 'href="/sessions/new"' not in browse(world.coordinator).get(f"/calendar{query}").text


def test_the_calendar_filters_by_municipality_and_kind(world: World, browse: Any) -> None:
    for place, kind in ((world.first, EventKind.TRAINING), (world.second, EventKind.WORKSHOP)):
        make_event(world.session, municipalities=[place], consultants=[world.anna], kind=kind, title=f"In {place.code}")
    make_event(world.session, consultants=[world.lead], kind=EventKind.WEBINAR, title="Für alle")
    world.session.commit()
    client = browse(world.lead)

    def titles(query: str) -> set[str]:
        text = client.get(f"/calendar?month=2026-06{query}").text
        return {title for title in ("In K01", "In K02", "Für alle") if title in text}

    assert titles("") == {"In K01", "In K02", "Für alle"}
    assert titles("&municipality=K01") == {"In K01"}
    assert titles("&kind=workshop&view=list") == {"In K02"}
    assert titles("&kind=workshop&municipality=K01") == set()


def test_what_is_over_waits_for_confirmation_until_somebody_says_so(world: World, browse: Any) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], title="Längst vorbei", starts_local=PAST
    )
    world.session.commit()
    page = "/calendar?view=open"
    for user in (world.anna, world.lead):
        text = browse(user).get(page).text
        assert "Längst vorbei" in text
        assert f'href="/sessions/{event.public_id}/hold"' in text
    assert "Nichts zu bestätigen" in browse(world.ben).get(page).text  # assigned, but not the one who ran it
    assert "Zu bestätigen" not in browse(world.coordinator).get(page).text
    data = {f"minutes_{world.anna.public_id}": "8:00"}
    assert browse(world.anna).post(f"/sessions/{event.public_id}/hold", data=data).status_code == 302
    assert "Nichts zu bestätigen" in browse(world.lead).get(page).text


def test_a_session_of_several_days_stands_in_each_of_them(world: World, browse: Any) -> None:
    make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], title="Klausur",
        starts_local=datetime(2026, 6, 10, 9), ends_local=datetime(2026, 6, 12, 0),
    )  # fmt: skip
    world.session.commit()
    page = browse(world.anna).get("/calendar?month=2026-06").text
    assert page.count("Klausur") == 2


@pytest.mark.parametrize("who", ["lead", "anna", "coordinator"])
def test_a_page_takes_as_many_statements_for_thirty_sessions_as_for_one(
    world: World, app: Flask, browse: Any, statements: Any, who: str
) -> None:
    places = [world.first, world.second, world.secret]
    event = make_event(world.session, municipalities=places, consultants=[world.anna, world.ben])
    world.session.commit()
    client = browse(getattr(world, who))
    client.get("/calendar")  # notes that the person was seen
    with app.app_context():
        seen = statements(db.engine)

    def counts() -> dict[str, int]:
        found = {}
        for page in ("/calendar?month=2026-06", "/calendar?month=2026-06&view=list", f"/sessions/{event.public_id}"):
            seen.clear()
            assert client.get(page).status_code == 200
            found[page] = len(seen)
        return found

    before = counts()
    for n in range(29):
        start, taking_part = LATER + timedelta(days=n % 15), places[n % 3 :]
        make_event(world.session, municipalities=taking_part, consultants=[world.anna], starts_local=start)
    world.session.commit()
    assert counts() == before


def test_hints_warn_the_planner_and_nobody_else(world: World, browse: Any, clock: Clock) -> None:
    fronleichnam = datetime(2026, 6, 4, 9)
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna, world.cleo], starts_local=fronleichnam
    )
    make_event(world.session, municipalities=[world.secret], consultants=[world.anna], starts_local=fronleichnam)
    world.session.commit()
    page = browse(world.ben).get(f"/sessions/{event.public_id}").text
    assert "Am 04.06.2026 ist dort Feiertag (Fronleichnam)" in page
    assert "Anna Albers hat zur selben Zeit einen anderen Termin." in page
    assert "Cleo Conrad ist der Kommune an diesem Tag nicht zugeordnet: Stadt Neuenwerra." in page
    assert "Kommune 07" not in page
    assert "Fronleichnam" not in browse(world.coordinator).get(f"/sessions/{event.public_id}").text


def test_no_input_breaks_a_page(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    client = browse(world.anna)
    odd = {"title": "a\x00b", "place": "\x00", "link": "https://\x00", "day": "9999-12-31", "ends_local": "\x00"}
    for name, value in odd.items():
        answer = client.post("/sessions/new", data=fields_for(world, **{name: value}))
        assert answer.status_code in {200, 302, 400, 422}, name  # 200: the consultant has something else at that time
    for name in ("kind", "mode", "zone", "day", "consultants", "minutes_each"):
        left_out = {field: value for field, value in fields_for(world).items() if field != name}
        assert client.post("/sessions/new", data=left_out).status_code in {200, 302, 422}, name
        nonsense = fields_for(world, request_key=f"nonsense-{name}-nonsense", **{name: "x" * 700})
        assert client.post("/sessions/new", data=nonsense).status_code == 422, name
    for path in ("/sessions/%00", "/sessions/a%00b/edit", f"/sessions/{event.public_id}%00", "/sessions/" + "a" * 3000):
        assert client.get(path).status_code in {400, 404}, path
    for query in ("month=%00", "view=%00", "municipality=%00", "kind=%00", "month=99999-01", "month=2026-02-30"):
        assert client.get(f"/calendar?{query}").status_code == 200, query


def test_english_pages_are_there_too(world: World, browse: Any, login: Login) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    user: User = world.anna
    user.locale = "en"
    world.session.commit()
    client = browse(user)
    for path in ("/calendar", "/sessions/new", f"/sessions/{event.public_id}", f"/sessions/{event.public_id}/edit"):
        assert client.get(path).status_code == 200


def test_with_very_many_municipalities_one_names_them_by_code(world: World, browse: Any) -> None:
    for number in range(11, 52):
        make_municipality(world.session, number=number)
    world.session.commit()
    client = browse(world.lead)
    page = client.get("/sessions/new?municipality=K12").text
    assert re.findall(r'name="part_(K\d\d)"', page) == ["K12"]
    answer = client.post("/sessions/new", data=fields_for(world, more="k13, K99"))
    assert answer.status_code == 422
    assert "Eine Kommune mit dem Kürzel K99 gibt es hier nicht." in answer.text
    assert client.post("/sessions/new", data=fields_for(world, more="k13; K14")).status_code == 302
    event = world.session.scalars(select(Event)).one()
    assert event.municipality_count == 3
    shown = client.get(f"/sessions/{event.public_id}/edit").text
    assert re.findall(r'name="part_(K\d\d)"', shown) == ["K13", "K14", "K01"]
