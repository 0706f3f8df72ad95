"""Joining by code: what the room sees, what is counted, and that nobody can tell who said what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, update
from werkzeug.test import TestResponse

from komma_tracker.access.rules import Invalid
from komma_tracker.accounts.models import User
from komma_tracker.accounts.throttle import JOIN_AT_ADDRESS
from komma_tracker.db import Base, db
from komma_tracker.events import join_mark, join_service
from komma_tracker.events.join_models import EventFeedback, EventJoined, EventJoining
from komma_tracker.events.models import Event, EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from tests.factories.events import make_event
from tests.integration.events.conftest import SECRET_NAME, World
from tests.support.application import Login
from tests.support.client import Client, new_client
from tests.support.clock import Clock

STARTS = datetime(2026, 5, 20, 11)
"""The clock of the tests shows noon: the session of four hours is under way."""
FEEDBACK = datetime(2026, 5, 20, 12, 50, tzinfo=UTC)
AFTER = datetime(2026, 5, 20, 13, 30, tzinfo=UTC)


Browse = Callable[[User], Client]


@pytest.fixture
def event(world: World) -> Event:
    made = make_event(
        world.session, municipalities=[world.first], consultants=[world.anna], starts_local=STARTS,
        ends_local=STARTS + timedelta(hours=4),
    )  # fmt: skip
    world.session.commit()
    return made


@pytest.fixture
def browse(app: Flask, login: Login) -> Browse:
    """A browser of its own for a person, who has just signed in."""
    return lambda user: login(new_client(app), user)


@pytest.fixture
def anna(browse: Browse, world: World) -> Client:
    return browse(world.anna)


@pytest.fixture
def code(anna: Client, event: Event) -> str:
    """The code of the session, as the wall shows it."""
    return open_code(anna, event)


def open_code(client: Client, event: Event) -> str:
    shown = client.post(f"/sessions/{event.public_id}/join/open", follow_redirects=True).text
    found = re.search(r'class="board-code">([^<]*)<', shown)
    assert found
    return found[1].replace("-", "")


def join(app: Flask, code: str, **data: str) -> TestResponse:
    """Somebody with a telephone of their own."""
    return new_client(app).post(f"/join/{code}", data=data, follow_redirects=True)


def rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the database holds, in the order in which it lies there."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table))]
            for name, table in Base.metadata.tables.items()
        }


# What the room sees


def test_the_wall_shows_code_address_and_picture_as_often_as_it_is_opened(
    anna: Client, event: Event, code: str
) -> None:
    page = anna.get(f"/sessions/{event.public_id}/join").text

    assert f"{code[:4]}-{code[4:]}" in page
    assert "127.0.0.1:8000/join<" in page
    assert 'class="qr"' in page
    assert "style=" not in page
    assert "Training, Mi., 20.05.2026" in page


def test_the_pages_for_the_room_name_nobody(app: Flask, anna: Client, world: World, code: str, event: Event) -> None:
    """Not even the alias: whoever sits in the room would then know who it stands for."""
    hidden = make_event(
        world.session, municipalities=[world.secret], consultants=[world.anna], starts_local=STARTS,
        title=f"Training {SECRET_NAME}", place=SECRET_NAME,
    )  # fmt: skip
    world.session.commit()
    hidden_code = open_code(anna, hidden)

    pages = [anna.get(f"/sessions/{hidden.public_id}/join").text]
    pages += [new_client(app).get(f"/join/{each}").text for each in (code, hidden_code)]

    for name in (SECRET_NAME, "Kommune 07", "K07", "Stadt Neuenwerra", "Kommune 01", "Rathaus", "Albers"):
        assert not [page for page in pages if name in page], name


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower"])
def test_the_code_is_typed_however_one_likes(app: Flask, code: str, typed: str) -> None:
    client = new_client(app)
    text = f"{code[:4]}-{code[4:]}".lower() if typed == "lower" else typed.format(code)

    answer = client.post("/join", data={"code": text})

    assert (answer.status_code, answer.location) == (302, f"/join/{code}")
    assert client.get("/join").status_code == client.get(f"/join/{code}").status_code == 200


def test_a_wrong_code_stays_in_the_field_with_a_word_beside_it(app: Flask) -> None:
    answers = [new_client(app).post("/join", data={"code": "falsch"}), new_client(app).get("/join/BCDF2345")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("Dieser Code gilt nicht oder nicht mehr" in answer.text for answer in answers)
    assert 'value="falsch"' in answers[0].text
    assert new_client(app).post("/join", data={"code": ""}).status_code == 422


def test_the_page_speaks_english(app: Flask, code: str) -> None:
    client = new_client(app)
    client.post("/language", data={"locale": "en", "next": f"/join/{code}"})

    assert 'lang="en"' in client.get(f"/join/{code}").text


# What is counted


def test_a_head_counts_once_a_device(app: Flask, session: Any, code: str) -> None:
    client = new_client(app)
    answers = [client.post(f"/join/{code}", data={"group": "managers"}, follow_redirects=True) for _ in range(2)]
    answers.append(join(app, code, group="managers"))
    answers.append(join(app, code, group="council"))

    assert all("Sie sind gezählt" in answer.text for answer in answers)
    assert heads(session) == {FunctionGroup.MANAGERS: 2, FunctionGroup.COUNCIL: 1}


@pytest.mark.parametrize("data", [{}, {"group": "nobody"}, {"value": "3"}])
def test_a_head_without_a_group_is_not_counted(app: Flask, session: Any, code: str, data: dict[str, str]) -> None:
    answer = join(app, code, **data)

    assert answer.status_code == 422
    assert heads(session) == {}


def test_heads_are_counted_first_and_answers_asked_for_at_the_end(
    app: Flask, session: Any, clock: Clock, code: str
) -> None:
    early, clock.now = clock.now, FEEDBACK
    answers = [join(app, code, group="managers"), join(app, code, value="6"), join(app, code, value="4")]

    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert "Danke für Ihre Rückmeldung" in answers[2].text
    assert heads(session) == {}
    clock.now = early
    assert join(app, code, value="4").status_code == 422
    assert answered(session) == {4: 1}


def test_before_the_session_nobody_is_asked(app: Flask, clock: Clock, code: str) -> None:
    clock.wait(hours=-4)

    assert "Die Veranstaltung beginnt erst" in new_client(app).get(f"/join/{code}").text
    assert join(app, code, group="managers").status_code == 200


def test_counted_heads_are_proposed_when_it_is_confirmed(
    app: Flask, session: Any, browse: Browse, world: World, clock: Clock, event: Event, code: str
) -> None:
    for group in ("managers", "managers", "staff_public"):
        join(app, code, group=group)
    clock.now = AFTER
    anna = browse(world.anna)

    page = anna.get(f"/sessions/{event.public_id}/hold").text
    assert re.search(r'name="group_managers"[^>]*value="2"', page)
    assert re.search(r'name="group_council"[^>]*value=""', page)
    assert "Vorbelegt ist" in page
    minutes = {f"minutes_{world.anna.public_id}": "4:00"}
    anna.post(f"/sessions/{event.public_id}/hold", data={**minutes, "group_managers": "3"})

    counted = session.execute(select(EventParticipants.function_group, EventParticipants.headcount)).all()
    assert dict(counted) == {FunctionGroup.MANAGERS: 3}


# Who may open it, and for how long


def test_only_those_who_run_it_open_it(app: Flask, browse: Browse, world: World, event: Event) -> None:
    for person in (world.cleo, world.coordinator, world.reader, world.ben):
        client = browse(person)
        assert client.get(f"/sessions/{event.public_id}/join").status_code == 404
        assert client.post(f"/sessions/{event.public_id}/join/open").status_code == 404
        assert client.post(f"/sessions/{event.public_id}/join/close").status_code == 404


def test_a_coaching_has_no_page_to_join(anna: Client, world: World, session: Any) -> None:
    made = make_event(world.session, municipalities=[world.first], consultants=[world.anna], kind=EventKind.COACHING)
    world.session.commit()

    answer = anna.post(f"/sessions/{made.public_id}/join/open", follow_redirects=True)

    assert "Ein Coaching ist vertraulich" in answer.text
    assert "join" not in anna.get(f"/sessions/{made.public_id}").text
    assert session.scalar(select(EventJoining)) is None


def test_a_code_ends_when_it_is_closed_a_week_later_or_with_the_session(
    app: Flask, anna: Client, world: World, clock: Clock, event: Event, code: str
) -> None:
    anna.post(f"/sessions/{event.public_id}/join/close")
    assert new_client(app).get(f"/join/{code}").status_code == 404

    second = open_code(anna, event)
    assert second != code
    assert new_client(app).get(f"/join/{second}").status_code == 200
    early, clock.now = clock.now, AFTER + timedelta(days=7)
    assert new_client(app).get(f"/join/{second}").status_code == 404

    clock.now = early
    world.session.execute(update(Event).values(state=EventState.CANCELLED))
    world.session.commit()
    assert new_client(app).get(f"/join/{second}").status_code == 404


def test_opening_twice_opens_once(anna: Client, event: Event, code: str) -> None:
    assert open_code(anna, event) == code


def test_guessing_is_stopped_and_what_was_right_does_not_count(
    app: Flask, session: Any, clock: Clock, code: str
) -> None:
    client = new_client(app)
    for _ in range(10):
        assert client.get(f"/join/{code}").status_code == 200
    wrong = {client.get("/join/BCDF2345").status_code for _ in range(JOIN_AT_ADDRESS.amount)}
    assert wrong == {404}
    assert client.get("/join/BCDF2345").status_code == client.get(f"/join/{code}").status_code == 429
    assert client.get(f"/join/{code}", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200
    clock.wait(minutes=16)
    assert client.get(f"/join/{code}").status_code == 200


def test_the_database_knows_no_code(app: Flask, code: str) -> None:
    assert code not in str(rows(app))


# What is said of the answers


def test_answers_are_shown_from_five_on_and_only_once_no_more_can_come(
    app: Flask, browse: Browse, world: World, clock: Clock, event: Event, code: str
) -> None:
    address = f"/sessions/{event.public_id}"
    clock.now = FEEDBACK
    for value in "44444":
        join(app, code, value=value)
    clock.now = AFTER
    anna = browse(world.anna)
    assert "von 5 bei" not in anna.get(address).text
    anna.post(f"{address}/hold", data={f"minutes_{world.anna.public_id}": "4:00", "group_managers": "8"})
    assert "von 5 bei" not in anna.get(address).text, "one answer more would tell what it was"
    join(app, code, value="5")
    anna.post(f"{address}/join/close")

    for person in (world.anna, world.coordinator, world.head, world.lead):
        assert "4,17 von 5 bei 6 Rückmeldungen" in browse(person).get(address).text
    again = anna.post(f"{address}/join/open", follow_redirects=True)
    assert "Die Rückmeldungen sind schon ausgewertet" in again.text


def test_four_answers_stay_hidden(
    app: Flask, browse: Browse, world: World, clock: Clock, event: Event, code: str
) -> None:
    clock.now = FEEDBACK
    for value in "5555":
        join(app, code, value=value)
    clock.now = AFTER
    anna = browse(world.anna)
    address = f"/sessions/{event.public_id}"
    anna.post(f"{address}/hold", data={f"minutes_{world.anna.public_id}": "4:00", "group_managers": "8"})
    anna.post(f"{address}/join/close")

    page = anna.get(address).text

    assert "weniger als fünf Rückmeldungen" in page
    assert "von 5 bei" not in page


def test_of_a_joint_session_only_the_team_sees_the_answers(
    app: Flask, browse: Browse, world: World, anna: Client, clock: Clock
) -> None:
    joint = make_event(
        world.session, municipalities=[world.first, world.second], consultants=[world.anna], starts_local=STARTS,
        ends_local=STARTS + timedelta(hours=4),
    )  # fmt: skip
    world.session.commit()
    code = open_code(anna, joint)
    clock.now = FEEDBACK
    for value in "12345":
        join(app, code, value=value)
    clock.now = AFTER
    anna = browse(world.anna)
    world.session.execute(update(Event).values(state=EventState.HELD))
    world.session.commit()
    anna.post(f"/sessions/{joint.public_id}/join/close")

    seen = {
        person.name: "3,00 von 5 bei 5" in browse(person).get(f"/sessions/{joint.public_id}").text
        for person in (world.lead, world.anna, world.coordinator, world.second_coordinator)
    }

    assert seen == {"Lea Leitner": True, "Anna Albers": True, "Kira Koch": False, "Karl Kern": False}


# Nobody can tell who said what


def test_the_tables_have_room_for_counters_only(app: Flask) -> None:
    columns = {model.__tablename__: set(inspect(model).columns.keys()) for model in (EventJoined, EventFeedback)}
    pointing = [
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in columns
    ]

    assert columns == {
        "event_joined": {"event_id", "function_group", "headcount"},
        "event_feedback": {"event_id", "scale", "answers"},
    }
    assert pointing == []


def test_whoever_takes_part_leaves_two_counters_and_nothing_else(
    app: Flask, clock: Clock, code: str, event: Event
) -> None:
    before = rows(app)
    client = new_client(app)
    client.post(f"/join/{code}", data={"group": "council"})
    counted = rows(app)
    clock.now = FEEDBACK
    client.post(f"/join/{code}", data={"value": "2"})
    after = rows(app)

    assert changed(before, counted) == {"event_joined": [(event.id, FunctionGroup.COUNCIL, 1)]}
    assert changed(counted, after) == {"event_feedback": [(event.id, 2, 1)]}


def test_another_order_and_other_pairs_leave_the_same_database(
    app: Flask, session: Any, clock: Clock, code: str
) -> None:
    """Who came first, and who of those who came said what: the rows are the same."""
    begin = clock.now
    first = story(app, clock, code, [("managers", "1"), ("council", "5"), ("managers", "3")])
    session.execute(update(EventJoined).values(headcount=0))
    session.execute(update(EventFeedback).values(answers=0))
    session.commit()
    clock.now = begin
    second = story(app, clock, code, [("council", "1"), ("managers", "3"), ("managers", "5")])

    assert {name: sorted(map(str, found)) for name, found in first.items()} == {
        name: sorted(map(str, found)) for name, found in second.items()
    }


def test_devices_that_did_the_same_carry_the_same(app: Flask, code: str) -> None:
    """The cookie that keeps a device from counting twice has no room for an identity."""
    cookies = set[str]()
    for group in ("managers", "council", "head"):
        client = new_client(app)
        client.post(f"/join/{code}", data={"group": group})
        found = client.get_cookie(join_mark.NAME, path="/join")
        assert found
        assert (found.http_only, found.same_site) == (True, "Lax")
        cookies.add(found.value)

    assert len(cookies) == 1


@pytest.mark.parametrize("value", ["", "x", "." * 3000, "a" * 20, "ä.ö"])
def test_a_broken_cookie_is_none(app: Flask, code: str, value: str) -> None:
    client = new_client(app)
    client.set_cookie(join_mark.NAME, value, path="/join")

    assert client.post(f"/join/{code}", data={"group": "head"}).status_code == 302


def test_the_use_cases_keep_the_order_of_things_themselves(app: Flask, session: Any, clock: Clock, code: str) -> None:
    key = str(app.secret_key)
    with pytest.raises(Invalid):
        join_service.give_feedback(session, code=code, key=key, value=3, now=clock.now)
    with pytest.raises(Invalid):
        join_service.give_feedback(session, code=code, key=key, value=6, now=FEEDBACK)
    with pytest.raises(Invalid):
        join_service.count_head(session, code=code, key=key, group=FunctionGroup.HEAD, now=FEEDBACK)


def story(app: Flask, clock: Clock, code: str, people: list[tuple[str, str]]) -> dict[str, list[tuple[Any, ...]]]:
    """All join, then all answer."""
    clients = [new_client(app) for _ in people]
    for client, (group, _) in zip(clients, people, strict=True):
        assert client.post(f"/join/{code}", data={"group": group}).status_code == 302
        clock.wait(minutes=1)
    clock.now = FEEDBACK
    for client, (_, value) in zip(clients, people, strict=True):
        assert client.post(f"/join/{code}", data={"value": value}).status_code == 302
        clock.wait(minutes=1)
    return rows(app)


def changed(
    before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that are new or different, by table."""
    assert {name: len(found) for name, found in before.items()} == {name: len(found) for name, found in after.items()}
    new = {name: [row for row in found if row not in before[name]] for name, found in after.items()}
    return {name: found for name, found in new.items() if found}


def heads(session: Any) -> dict[FunctionGroup, int]:
    session.rollback()
    found = session.execute(select(EventJoined.function_group, EventJoined.headcount)).all()
    return {group: number for group, number in found if number}


def answered(session: Any) -> dict[int, int]:
    session.rollback()
    found = session.execute(select(EventFeedback.scale, EventFeedback.answers)).all()
    return {value: number for value, number in found if number}
