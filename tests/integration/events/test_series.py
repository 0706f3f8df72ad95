"""Case 12, through the pages: a series is planned by one form, moved and called off in parts, its people counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select, update

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.access.tokens import token_hash
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import ContractTerms
from komma_tracker.events import series
from komma_tracker.events.models import Event, EventMove, EventSeries
from komma_tracker.events.plans import Plan, When
from komma_tracker.events.rules import EventKind, EventState, Initiator, ReasonClass, to_instant
from komma_tracker.events.series import Shift
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience
from tests.factories.events import make_event
from tests.integration.events.conftest import SECRET_NAME, World
from tests.support.application import Login, SessionFor
from tests.support.client import Client
from tests.support.clock import Clock

THURSDAYS = [datetime(2024, 10, day, 9) for day in (10, 17, 24)] + [datetime(2024, 11, 7, 9)]
"""Around 27 October 2024, when the clocks go back; the 31st is a holiday in some Länder."""


@pytest.fixture
def browse(app: Flask, login: Login, world: World) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def typed(world: World, **values: Any) -> dict[str, Any]:
    return {
        "kind": "training",
        "title": "Training Führungskräfte",
        "mode": "on_site",
        "place": "Rathaus",
        "room": "Saal 2",
        "seats": "16",
        "target_group": "Amtsleitungen",
        "minutes_each": "0,5",
        "consultants": [world.anna.public_id],
        "part_K01": "AP4",
        "day": "2024-10-10",
        "starts_local": "09:00",
        "ends_local": "13:00",
        "zone": "Europe/Berlin",
        "every": "",
        "further": "17.10.2024, 24.10.2024\n07.11.2024",
        "request_key": "one-form-for-a-series",
        **values,
    }


def parts_of(world: World) -> Sequence[Event]:
    world.session.rollback()
    return world.session.scalars(select(Event).where(Event.series_id.is_not(None)).order_by(Event.part)).all()


def send(client: Client, path: str, **values: Any) -> Any:
    """Fill in a form that is there and send it, with the version that it shows."""
    page = client.get(path).text
    return client.post(path, data={"version": hidden(page, "version"), **values})


def hold(client: Client, world: World, part: Event, heads: int) -> None:
    page = client.get(f"/sessions/{part.public_id}/hold").text
    answer = client.post(
        f"/sessions/{part.public_id}/hold",
        data={
            "version": hidden(page, "version"),
            f"minutes_{world.anna.public_id}": "4:00",
            "group_managers": str(heads),
        },
    )
    assert answer.status_code == 302


def test_case_12_training_series(world: World, browse: Any, app: Flask) -> None:
    world.session.execute(update(ContractTerms).values(starts_on=date(2024, 1, 1)))
    world.session.commit()
    client = browse(world.anna)
    answers = [client.post("/sessions/new", data=typed(world)) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    one = world.session.scalars(select(EventSeries)).one()  # one form, one series, however often it is sent
    page = f"/series/{one.public_id}"
    assert {answer.location for answer in answers} == {page}
    parts = parts_of(world)
    assert [(part.part, part.starts_local) for part in parts] == list(enumerate(THURSDAYS, start=1))
    assert len({part.public_id for part in parts}) == 4  # each with a UID of its own
    assert [to_instant(part.starts_local, part.zone).hour for part in parts] == [7, 7, 7, 8]  # 09:00 stays 09:00
    uids = [part.public_id for part in parts]

    moved, off = f"/sessions/{uids[1]}", f"/sessions/{uids[3]}"
    answer = send(
        client, f"{moved}/move", day="2024-10-18", starts_local="09:00", ends_local="13:00", zone="Europe/Berlin",
        confirmed="y", reason="illness",
    )  # fmt: skip
    assert answer.status_code == 302
    answer = send(client, f"{off}/cancel", by="carrier", reason="illness", notice_on="2024-11-04")
    assert answer.status_code == 302
    answer = send(  # the fourth half day is made up for
        client, f"{page}/part", day="2024-11-14", starts_local="09:00", ends_local="13:00", zone="Europe/Berlin"
    )
    assert answer.status_code == 302
    after = parts_of(world)
    assert [part.public_id for part in after][:4] == uids
    assert [(part.starts_local.day, part.state.value, part.version) for part in after] == [
        (10, "tentative", 1), (18, "confirmed", 2), (24, "tentative", 1), (7, "cancelled", 2), (14, "tentative", 1),
    ]  # fmt: skip
    assert (
        "verschoben von Do., 17.10.2024, 09:00–13:00 Uhr auf Fr., 18.10.2024, 09:00–13:00 Uhr" in client.get(moved).text
    )

    lead = browse(world.lead)
    for part, heads in zip([*after[:3], after[4]], (14, 13, 12, 10), strict=True):
        hold(lead, world, part, heads)
    assert send(lead, page, unique_persons="13").status_code == 405  # the number goes to an address of its own
    version = hidden(lead.get(page).text, "version")
    refused = lead.post(f"{page}/persons", data={"version": version, "unique_persons": "13"})
    assert refused.status_code == 422
    assert "sind es 14 bis 49 verschiedene Personen" in refused.text
    assert lead.post(f"{page}/persons", data={"version": version, "unique_persons": "14"}).status_code == 302
    for who in (world.lead, world.anna, world.coordinator):
        shown = browse(who).get(page).text
        facts = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd>([^<]+)</dd>", shown))
        assert (facts["Verschiedene Personen"], facts["Teilnahmen"]) == ("14", "49")
        assert facts["Plätze"] == "16, einmal für alle Teile"


def test_case_12_the_feed_has_each_part_with_its_own_uid(world: World, browse: Any, clock: Clock) -> None:
    token = "a-token-for-tests-of-thirty-two-letters"
    world.session.add(
        FeedAddress(
            token_sha256=token_hash(token), name="Meine", owner_id=world.anna.id, audience=Audience.MINE,
            created_at=clock.now,
        )
    )  # fmt: skip
    world.session.commit()
    client = browse(world.anna)
    days = {"day": "2026-10-08", "further": "", "every": "1", "repeated": "4"}
    assert client.post("/sessions/new", data=typed(world, **days)).status_code == 302
    parts = parts_of(world)
    assert send(
        client, f"/sessions/{parts[3].public_id}/cancel", by="nobody", reason="weather", notice_on="2026-05-20"
    ).status_code == 302  # fmt: skip
    text = client.get(f"/feeds/{token}/meine.ics").text.replace("\r\n ", "")
    events = text.split("BEGIN:VEVENT")[1:]
    assert [uid in event for uid, event in zip([part.public_id for part in parts], events, strict=True)] == [True] * 4
    assert all("DTSTART;TZID=Europe/Berlin:202610" in event and "T090000" in event for event in events)
    assert ["STATUS:CANCELLED" in event for event in events] == [False, False, False, True]


@pytest.fixture
def planned(world: World, session_for: SessionFor, clock: Clock) -> Any:
    """A series of four Thursdays in June and July, for some municipalities."""

    def plan(*places: Any, who: str = "anna", **values: Any) -> str:
        viewer = world.viewer(getattr(world, who))
        facts: dict[str, Any] = {
            "kind": EventKind.TRAINING, "title": "Training", "mode": Mode.ON_SITE, "minutes_each": 240,
            "packages": dict.fromkeys([place.id for place in places or (world.first,)]),
            "consultant_ids": [world.anna.id], "place": "Rathaus",
        }  # fmt: skip
        starts = [datetime(2026, 6, 18, 9) + timedelta(weeks=n) for n in range(4)]
        return series.plan_series(
            session_for(viewer), viewer, plan=Plan(**facts | values), confirmed=True, now=clock.now,
            whens=[When(start, start.replace(hour=13)) for start in starts],
        )  # fmt: skip

    return plan


def version_of(world: World) -> int:
    return world.session.scalars(select(EventSeries)).one().version + sum(part.version for part in parts_of(world))


def test_all_parts_from_one_on_are_moved_by_as_many_days(
    world: World, planned: Any, session_for: SessionFor, clock: Clock
) -> None:
    public_id = planned()
    viewer = world.viewer(world.anna)
    move = {
        "public_id": public_id, "version": version_of(world), "since": 3, "now": clock.now,
        "shift": Shift(date(2026, 7, 3), datetime(2026, 1, 1, 10).time(), datetime(2026, 1, 1, 14).time()),
        "confirmed": False, "reason": ReasonClass.MUNICIPALITY,
    }  # fmt: skip
    series.move_series(session_for(viewer), viewer, **move)
    parts = parts_of(world)
    assert [(part.starts_local, part.state.value) for part in parts] == [
        (datetime(2026, 6, 18, 9), "confirmed"),
        (datetime(2026, 6, 25, 9), "confirmed"),
        (datetime(2026, 7, 3, 10), "tentative"),
        (datetime(2026, 7, 10, 10), "tentative"),
    ]
    with pytest.raises(Conflict):
        series.move_series(session_for(viewer), viewer, **move)
    steps = world.session.scalars(select(EventMove).where(EventMove.from_starts_local.is_not(None))).all()
    assert [(step.reason, step.from_starts_local, step.to_starts_local) for step in steps] == [
        (ReasonClass.MUNICIPALITY, datetime(2026, 7, 2, 9), datetime(2026, 7, 3, 10)),
        (ReasonClass.MUNICIPALITY, datetime(2026, 7, 9, 9), datetime(2026, 7, 10, 10)),
    ]
    back = {
        **move,
        "version": version_of(world),
        "shift": Shift(date(2026, 6, 25), *[parts[0].starts_local.time()] * 2),
    }
    with pytest.raises(Invalid):
        series.move_series(session_for(viewer), viewer, **back)


def test_all_parts_from_one_on_are_called_off_each_with_its_own_notice(
    world: World, planned: Any, session_for: SessionFor, clock: Clock
) -> None:
    public_id = planned()
    viewer = world.viewer(world.anna)
    clock.now += timedelta(days=35)  # 24 June: the second part is tomorrow
    off = {
        "public_id": public_id, "version": version_of(world), "since": 2, "by": Initiator.MUNICIPALITY,
        "reason": ReasonClass.MUNICIPALITY, "notice_on": date(2026, 6, 24), "now": clock.now,
        "request_key": "called-off-from-the-second",
    }  # fmt: skip
    assert [series.cancel_series(session_for(viewer), viewer, **off) for _ in range(2)] == [3, 0]
    assert [part.state.value for part in parts_of(world)] == ["confirmed"] + ["cancelled"] * 3
    page = series.queries.series_by_public_id(session_for(viewer), viewer, public_id)
    late = [series.queries.late_of(session_for(viewer), viewer, part) for part in page.parts]
    assert [[each.minutes for each in found] for found in late] == [[], [120], [], []]
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "series.cancel")).one()
    assert record.after == {"parts": [2, 3, 4]}


def test_parts_that_are_over_are_left_alone(world: World, planned: Any, session_for: SessionFor, clock: Clock) -> None:
    public_id = planned()
    parts_of(world)[0].state = EventState.HELD
    world.session.commit()
    viewer = world.viewer(world.anna)
    asked = {"public_id": public_id, "version": version_of(world), "now": clock.now}
    with pytest.raises(Invalid) as refused:
        series.cancel_series(
            session_for(viewer), viewer, since=1, by=Initiator.NOBODY, reason=ReasonClass.OTHER,
            notice_on=world.today, **asked,
        )  # fmt: skip
    assert refused.value.field == "since"
    plan = Plan(
        kind=EventKind.WORKSHOP, title="Werkstatt", mode=Mode.ONLINE, minutes_each=120,
        packages={world.first.id: "AP1"}, consultant_ids=[world.anna.id, world.ben.id], seats=12,
    )  # fmt: skip
    series.change_series(session_for(viewer), viewer, since=2, plan=plan, **asked)
    assert [(part.title, part.seats, len(part.consultants)) for part in parts_of(world)] == [
        ("Training", None, 1), *[("Werkstatt", 12, 2)] * 3,
    ]  # fmt: skip
    assert world.session.scalars(select(EventSeries.title)).one() == "Werkstatt"


@pytest.mark.parametrize("who", ["ben", "second_coordinator", "reader"])
def test_a_foreign_series_looks_like_none(
    world: World, planned: Any, browse: Any, session_for: SessionFor, who: str
) -> None:
    public_id = planned(world.secret)
    client = browse(getattr(world, who))
    for way in ("", "/edit", "/move", "/cancel", "/part"):
        foreign, missing = (client.get(f"/series/{each}{way}") for each in (public_id, "a" * 16))
        assert foreign.status_code == missing.status_code == 404
        assert foreign.data.replace(public_id.encode(), b"") == missing.data.replace(b"a" * 16, b"")
    viewer = world.viewer(getattr(world, who))
    with pytest.raises(NotFound):
        series.queries.series_for_change(session_for(viewer), viewer, public_id)


@pytest.mark.parametrize(("who", "sees"), [("anna", True), ("ben", True), ("coordinator", False), ("head", False)])
def test_a_series_of_coachings_stays_confidential(
    world: World, planned: Any, browse: Any, who: str, sees: bool
) -> None:
    public_id = planned(
        kind=EventKind.COACHING, title="Wildgans", place="Graureiher", room="Kranich", target_group="Kiebitz"
    )
    client = browse(getattr(world, who))
    pages = [f"/series/{public_id}", *(f"/sessions/{part.public_id}" for part in parts_of(world))]
    for path in pages:
        text = client.get(path).text
        assert [word for word in ("Wildgans",) if word in text] == (["Wildgans"] if sees else []), path
        assert sees or not [word for word in ("Graureiher", "Kranich", "Kiebitz") if word in text], path


def test_case_11_a_joint_series_tells_nothing_of_the_others(world: World, planned: Any, browse: Any) -> None:
    public_id = planned(world.first, world.second, world.secret, title="Training Vogelsang")
    world.session.scalars(select(EventSeries)).one().unique_persons = 14
    world.session.commit()
    text = browse(world.coordinator).get(f"/series/{public_id}").text
    assert "weitere Kommunen" in text
    for told in ("Wiesenfurt", "Vogelsang", SECRET_NAME, "Kommune 07", "Verschiedene Personen"):
        assert told not in text
    assert "Verschiedene Personen" in browse(world.anna).get(f"/series/{public_id}").text


def test_only_planners_change_a_series(world: World, planned: Any, browse: Any, session_for: SessionFor) -> None:
    public_id = planned(world.first, world.second)
    viewer = world.viewer(world.ben)  # works for one of the two only
    shown = browse(world.ben).get(f"/series/{public_id}")
    assert shown.status_code == 200
    assert f"/series/{public_id}/" not in shown.text
    with pytest.raises(Forbidden):
        series.add_part(
            session_for(viewer), viewer, public_id=public_id, version=version_of(world), confirmed=True,
            when=When(datetime(2026, 8, 6, 9), datetime(2026, 8, 6, 13)), now=world.lead.created_at,
        )  # fmt: skip


def test_pages_of_a_series_take_as_many_statements_for_forty_parts_as_for_four(
    world: World, app: Flask, planned: Any, browse: Any, statements: Any
) -> None:
    from komma_tracker.db import db

    public_id = planned(world.first, world.second)
    client = browse(world.lead)
    client.get("/calendar")
    with app.app_context():
        seen = statements(db.engine)

    def count(path: str) -> int:
        seen.clear()
        assert client.get(path).status_code == 200
        return len(seen)

    paths = [f"/series/{public_id}{way}" for way in ("", "/move", "/cancel", "/edit")]
    before = [count(path) for path in paths]
    one = world.session.scalars(select(EventSeries)).one()
    for n in range(36):
        make_event(
            world.session, municipalities=[world.first, world.second], consultants=[world.anna, world.ben],
            starts_local=datetime(2026, 8, 6, 9) + timedelta(days=n), series_id=one.id, part=5 + n,
        )  # fmt: skip
    world.session.commit()
    assert [count(path) for path in paths] == before


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"further": "10.10.2024"}, "further", "schon einen Teil"),
        ({"further": "bald"}, "further", "Bitte geben Sie Daten an"),
        ({"every": "1", "further": ""}, "repeated", "Anzahl von 2 bis 60"),
        ({"every": "1", "repeated": "61", "further": ""}, "repeated", "Anzahl von 2 bis 60"),
        ({"seats": "0"}, "seats", "Anzahl von 1 bis 9999"),
        ({"preparation_minutes": "25:00"}, "preparation_minutes", "0 bis 24 Stunden"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    world: World, browse: Any, values: dict[str, str], field: str, said: str
) -> None:
    answer = browse(world.anna).post("/sessions/new", data=typed(world, **values))
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-error".*?</div>', answer.text, re.DOTALL)
    assert beside, field
    assert said in beside[0]
    assert parts_of(world) == []


def test_all_that_is_unusual_about_a_series_is_shown_first_and_once(world: World, browse: Any) -> None:
    make_event(world.session, municipalities=[world.secret], consultants=[world.anna],
               starts_local=datetime(2026, 6, 11, 9))  # fmt: skip
    world.session.commit()
    client = browse(world.anna)
    days = typed(world, day="2026-05-28", every="1", repeated="3", further="")  # 4 June is Fronleichnam in Hesse
    shown = client.post("/sessions/new", data=days)
    assert shown.status_code == 200
    assert "Am 04.06.2026 ist dort Feiertag (Fronleichnam)" in shown.text
    assert "Do., 11.06.2026: Anna Albers hat zur selben Zeit einen anderen Termin." in shown.text
    assert "Gespeichert ist noch nichts." in shown.text
    assert parts_of(world) == []
    again = client.post("/sessions/new", data={**days, "seen": hidden(shown.text, "seen")})
    assert again.status_code == 302
    assert len(parts_of(world)) == 3
    page = client.get(again.location).text
    assert "Fronleichnam" in page
    move = {"since": "1", "starts_local": "09:00", "ends_local": "13:00", "reason": "other"}
    later = send(client, f"{again.location}/move", day="2026-06-04", **move)
    assert later.status_code == 302  # a week later: nothing that was not known before
    asked = send(client, f"{again.location}/move", day="2026-05-25", **move)
    assert asked.status_code == 200
    assert "Pfingstmontag" in asked.text
