"""What belongs to a session besides its time: preparation and follow-up, material, history, going online, clearing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.events.models import Event, EventMaterial
from komma_tracker.events.rules import EventKind, EventState
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import Login
from tests.support.client import Client

PAST = datetime(2026, 5, 18, 9, 0)


@pytest.fixture
def browse(app: Flask, login: Login, world: World) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def session_of(world: World, *places: Any, **values: Any) -> Event:
    event = make_event(
        world.session, municipalities=places or (world.first,), consultants=[world.anna], starts_local=PAST, **values
    )
    world.session.commit()
    return event


def planned(world: World, client: Client, event: Event, **values: Any) -> dict[str, Any]:
    """The form of a session as it is, with some of it changed."""
    page = client.get(f"/sessions/{event.public_id}/edit").text
    return {
        "version": hidden(page, "version"), "kind": event.kind.value, "title": event.title, "mode": event.mode.value,
        "place": event.place, "minutes_each": "1", "consultants": [world.anna.public_id], "part_K01": "-", **values,
    }  # fmt: skip


def test_preparation_and_follow_up_are_planned_days_and_booked_by_one_click(world: World, browse: Any) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna, world.ben], planned_minutes=240,
        preparation_minutes=120, follow_up_minutes=60,
    )  # fmt: skip
    world.session.commit()
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}"
    for page in (path, "/municipalities/K01"):
        assert "1,75" in client.get(page).text, page  # (240 + 120 + 60) × 2 = 840 minutes
    event.starts_local, event.ends_local = PAST, PAST.replace(hour=13)
    world.session.commit()
    page = client.get(f"{path}/hold").text
    proposed = {name: hidden(page, name) for name in re.findall(r'name="((?:minutes|before|after)_\w+)"', page)}
    assert sorted(proposed.values()) == ["1:00", "1:00", "2:00", "2:00", "4:00", "4:00"]
    days = {name: hidden(page, name) for name in ("prepared_on", "followed_up_on")}
    answer = client.post(f"{path}/hold", data={"version": hidden(page, "version"), **proposed, **days})
    assert answer.status_code == 302
    entries = world.session.scalars(select(DayEntry).order_by(DayEntry.service_date, DayEntry.id)).all()
    assert [(each.service_date, each.activity, each.mode, each.minutes) for each in entries] == [
        *[(date(2026, 5, 15), Activity.PREPARATION, Mode.OFFICE, 120)] * 2,
        *[(date(2026, 5, 18), Activity.TRAINING, Mode.ON_SITE, 240)] * 2,
        *[(date(2026, 5, 19), Activity.FOLLOW_UP, Mode.OFFICE, 60)] * 2,
    ]


def test_case_11_with_preparation_in_the_plan(world: World, browse: Any) -> None:
    """Two trainers and half a day of preparation, as planned: 1,200 minutes for three municipalities."""
    event = make_event(
        world.session, municipalities=[world.first, world.second, world.secret], starts_local=PAST,
        consultants=[world.anna, world.lead], planned_minutes=480, preparation_minutes=120,
    )  # fmt: skip
    world.session.commit()
    page = browse(world.lead).get(f"/sessions/{event.public_id}").text
    assert re.findall(r'class="num" data-label="Tage">([\d,]+)<', page) == ["0,83"] * 3 + ["2,50"]
    form = browse(world.lead).get(f"/sessions/{event.public_id}/hold").text
    assert "1.200" in form
    assert form.count(">400<") == 3


def test_material_is_a_link_that_the_municipality_sees(world: World, browse: Any) -> None:
    event = session_of(world)
    path = f"/sessions/{event.public_id}"
    client = browse(world.anna)
    typed = {"title": "Folien", "url": "https://dateien.example.org/folien.pdf", "request_key": "one-link-only-once"}
    for _ in range(2):
        assert client.post(f"{path}/materials", data=typed).status_code == 302
    assert 'href="https://dateien.example.org/folien.pdf"' in browse(world.coordinator).get(path).text
    (material,) = world.session.scalars(select(EventMaterial)).all()
    for who in (world.coordinator, world.second_coordinator):
        assert browse(who).post(f"{path}/materials/{material.id}/remove").status_code == 404
    world.session.rollback()
    foreign = session_of(world, world.second)
    gone = client.post(f"/sessions/{foreign.public_id}/materials/{material.id}/remove")
    assert gone.status_code == 404  # it is another session's
    assert client.post(f"{path}/materials/{material.id}/remove").status_code == 302
    assert "folien.pdf" not in client.get(path).text
    world.session.rollback()
    actions = world.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert [action for action in actions if "material" in action] == ["session.material", "session.material_removed"]


@pytest.mark.parametrize(
    "url", ["http://example.org/a", "javascript:alert(1)", "https://", "https://a b.org", "//example.org",
            "https://name:word@example.org/x", "ftp://example.org/a", "https://example.org/\"x", "x" * 501]
)  # fmt: skip
def test_only_https_is_material(world: World, browse: Any, url: str) -> None:
    event = session_of(world)
    answer = browse(world.anna).post(f"/sessions/{event.public_id}/materials", data={"title": "Folien", "url": url})
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert world.session.scalars(select(EventMaterial)).all() == []


def test_material_of_a_coaching_stays_with_the_team(world: World, browse: Any) -> None:
    event = session_of(world, kind=EventKind.COACHING)
    world.session.add(
        EventMaterial(
            event_id=event.id, title="Wildgans", url="https://kranich.example.org/", added_at=event.created_at
        )
    )
    world.session.commit()
    pages = {
        who: browse(getattr(world, who)).get(f"/sessions/{event.public_id}").text for who in ("ben", "coordinator")
    }
    assert [word for word in ("Wildgans", "kranich") if word in pages["ben"]] == ["Wildgans", "kranich"]
    assert [word for word in ("Wildgans", "kranich", "Material") if word in pages["coordinator"]] == []


def test_the_way_of_a_session_is_told_with_who_and_when_and_why(world: World, browse: Any) -> None:
    client = browse(world.anna)
    typed = {
        "kind": "training", "title": "Training", "mode": "online", "minutes_each": "1", "zone": "Europe/Berlin",
        "consultants": [world.anna.public_id], "part_K01": "-", "day": "2026-05-18", "starts_local": "09:00",
        "ends_local": "16:00",
    }  # fmt: skip
    path = client.post("/sessions/new", data=typed).location
    assert client.post(f"{path}/confirm").status_code == 302
    move = {"version": hidden(client.get(f"{path}/move").text, "version"), "confirmed": "y", "reason": "weather"}
    assert client.post(f"{path}/move", data={**typed, **move, "day": "2026-05-19"}).status_code == 302
    held = {"version": "3", f"minutes_{world.anna.public_id}": "8:00", "group_managers": "4"}
    assert client.post(f"{path}/hold", data=held).status_code == 302
    for _ in range(2):
        assert client.post(f"{path}/follow-up").status_code == 302
    page = client.get(path).text
    steps = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)]
    at = "20.05.2026, 12:00, Anna Albers"
    before, after = (f"{day}.05.2026, 09:00–16:00 Uhr" for day in ("Mo., 18", "Di., 19"))
    assert [step for step in steps if "Anna Albers" in step] == [
        f"geplant {at}",
        f"bestätigt {at}",
        f"verschoben von {before} auf {after}, bestätigt {at} · Wetter",
        f"durchgeführt {at}",
        f"nachbereitet {at}",
    ]
    assert world.session.scalars(select(Event.state)).one() is EventState.FOLLOWED_UP
    assert client.post(f"{path}/cancel", data={"version": "9"}).status_code == 422


def test_why_is_hidden_where_an_anonymous_municipality_takes_part(world: World, browse: Any) -> None:
    event = session_of(world, world.first, world.secret)
    event.starts_local, event.ends_local = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 16)
    world.session.commit()
    lead, path = browse(world.lead), f"/sessions/{event.public_id}"
    typed = {
        "version": "2", "day": "2026-06-11", "starts_local": "09:00", "ends_local": "16:00", "zone": "Europe/Berlin",
        "reason": "threat_situation",
    }  # fmt: skip
    assert lead.post(f"{path}/move", data=typed).status_code == 302
    assert "Gefährdungslage" in lead.get(path).text
    told = browse(world.coordinator).get(path).text
    assert "verschoben von" in told
    assert "Gefährdungslage" not in told


def test_case_10_a_session_goes_online_and_says_no_place(world: World, browse: Any) -> None:
    event = session_of(world, room="Saal 2")
    event.starts_local, event.ends_local = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 16)
    world.session.commit()
    client, path = browse(world.anna), f"/sessions/{event.public_id}"
    assert "Bitte keine Angaben zu Personen oder Vorfällen." in client.get(f"{path}/edit").text
    online = planned(world, client, event, mode="online", place="", room="", link="https://treffen.example.org/raum")
    assert client.post(f"{path}/edit", data=online).status_code == 302
    for who in (world.anna, world.coordinator):
        page = browse(who).get(path).text
        assert "online" in page
        assert "Rathaus" not in page
        assert "Saal 2" not in page
    world.session.refresh(event)
    assert (event.starts_local, event.state) == (datetime(2026, 6, 10, 9), EventState.CONFIRMED)
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.change")).one()
    assert record.after is not None
    assert (record.after["mode"], record.after["place_length"], record.after["room_length"]) == ("online", 0, 0)
    move = {"version": "3", "day": "2026-06-11", "starts_local": "09:00", "ends_local": "16:00",
            "zone": "Europe/Berlin", "reason": "threat_situation"}  # fmt: skip
    assert client.post(f"{path}/move", data=move).status_code == 302
    world.session.rollback()
    told = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.move")).one()
    assert told.after is not None
    assert told.after["reason"] == "threat_situation"  # the class, and no word of what has happened


def test_case_10_extra_coaching_in_a_crisis_counts_on_its_package(world: World, browse: Any) -> None:
    event = session_of(world, kind=EventKind.COACHING, mode=Mode.PHONE, package=world.packages["K01"])
    event.ends_local = PAST + timedelta(minutes=90)
    world.session.commit()
    client, path = browse(world.anna), f"/sessions/{event.public_id}"
    held = {"version": "2", f"minutes_{world.anna.public_id}": "1:30"}
    assert client.post(f"{path}/hold", data=held).status_code == 302
    entry = world.session.scalars(select(DayEntry)).one()
    assert (entry.work_package_id, entry.minutes, entry.note) == (world.packages["K01"].id, 90, "")


@pytest.mark.parametrize(
    ("kind", "places", "who", "cleared"),
    [
        ("webinar", (), "lead", True),
        ("transfer", (), "lead", True),
        ("network", ("K02",), "lead", True),
        ("webinar", ("K07",), "lead", False),
        ("training", ("K02",), "lead", False),
        ("webinar", ("K02",), "anna", None),
    ],
)
def test_only_the_lead_clears_what_may_be_public(
    world: World, browse: Any, kind: str, places: tuple[str, ...], who: str, cleared: bool | None
) -> None:
    typed = {
        "kind": kind, "title": "Für alle", "mode": "online", "minutes_each": "1", "zone": "Europe/Berlin",
        "consultants": [world.anna.public_id], "day": "2026-06-10", "starts_local": "09:00", "ends_local": "16:00",
        "public": "y", **{f"part_{code}": "-" for code in places},
    }  # fmt: skip
    answer = browse(getattr(world, who)).post("/sessions/new", data=typed)
    stored = world.session.scalars(select(Event.public_cleared)).all()
    if cleared is False:
        assert answer.status_code == 422
        assert 'id="public-error"' in answer.text
        assert stored == []
    else:
        assert stored == [bool(cleared)]


def test_what_has_become_something_else_is_cleared_no_more(world: World, browse: Any) -> None:
    event = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], kind=EventKind.WEBINAR,
        public_cleared=True,
    )  # fmt: skip
    world.session.commit()
    client = browse(world.anna)
    answer = client.post(
        f"/sessions/{event.public_id}/edit", data=planned(world, client, event, kind="webinar", title="Anders")
    )
    assert answer.status_code == 302
    world.session.refresh(event)
    assert (event.title, event.public_cleared) == ("Anders", True)
    client.post(f"/sessions/{event.public_id}/edit", data=planned(world, client, event, kind="training"))
    world.session.rollback()
    world.session.refresh(event)
    assert event.public_cleared is False


def test_a_conflict_is_shown_before_it_is_saved_and_only_if_it_is_new(world: World, browse: Any) -> None:
    later = datetime(2026, 6, 10, 9)
    make_event(world.session, municipalities=[world.secret], consultants=[world.ben], starts_local=later, place="Dort")
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], starts_local=later)
    world.session.commit()
    client, path = browse(world.anna), f"/sessions/{event.public_id}"
    both = {"consultants": [world.anna.public_id, world.ben.public_id]}
    shown = client.post(f"{path}/edit", data=planned(world, client, event, **both))
    assert shown.status_code == 200
    assert "Mi., 10.06.2026: Ben Brandt hat zur selben Zeit einen anderen Termin." in shown.text
    assert "Dort" not in shown.text
    world.session.refresh(event)
    assert len(event.consultants) == 1
    again = planned(world, client, event, **both, seen=hidden(shown.text, "seen"))
    assert client.post(f"{path}/edit", data=again).status_code == 302
    world.session.rollback()
    world.session.expire_all()
    assert len(event.consultants) == 2
    renamed = planned(world, client, event, **both, title="Anders")
    assert client.post(f"{path}/edit", data=renamed).status_code == 302  # known, and asked about no more
