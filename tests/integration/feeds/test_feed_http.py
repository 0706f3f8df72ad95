"""The feed path over HTTP: conditions, dead tokens, foreign methods, failures, and what it keeps in mind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.db import db, unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.events.plans import leave
from komma_tracker.feeds import serving
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience, FeedEvent, Level, SessionFacts
from komma_tracker.municipalities.rules import Visibility
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.application import Login, SessionFor
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def path(programme: Programme, session: Session, subscribe: Subscribe) -> str:
    """The programme's calendar, with one session in it."""
    with unit_of_work(session):
        make_event(session, municipalities=[programme.neuenwerra], consultants=[programme.consultant])
    return subscribe(programme.lead, Audience.PROGRAMME)


def only_address(session: Session) -> FeedAddress:
    session.rollback()  # a transaction that has read sees nothing newer
    return session.scalars(select(FeedAddress)).one()


def test_rule_19_to_22_a_good_answer(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers


def test_rule_20_two_fetches_are_identical_and_the_third_is_304(client: Client, path: str, clock: Clock) -> None:
    first = client.get(path)
    clock.wait(hours=3)
    second = client.get(path)
    assert (first.data, first.headers["ETag"]) == (second.data, second.headers["ETag"])
    assert first.headers["Last-Modified"] == second.headers["Last-Modified"]
    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        answer = client.get(path, headers=condition)
        assert (answer.status_code, answer.data) == (304, b"")


def test_rule_12_and_20_a_change_moves_everything(client: Client, path: str, session: Session, clock: Clock) -> None:
    before = client.get(path)
    clock.wait(seconds=1)
    with unit_of_work(session):
        session.scalars(select(Event)).one().title = "Anderes"
        session.scalars(select(Event)).one().updated_at = clock.now
    after = client.get(path, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["Last-Modified"] != before.headers["Last-Modified"]
    for stamp in ("DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:"):
        lines = [next(line for line in body.text.split("\r\n") if line.startswith(stamp)) for body in (before, after)]
        assert lines[0] < lines[1]


@pytest.mark.parametrize("field", ["visibility", "name"])
def test_rule_12_another_label_moves_the_stamps(
    client: Client, path: str, programme: Programme, session: Session, clock: Clock, field: str
) -> None:
    before = client.get(path).text
    clock.wait(days=1)
    with unit_of_work(session):
        municipality = session.merge(programme.neuenwerra, load=True)
        if field == "visibility":
            municipality.visibility = Visibility.ANONYMOUS
        else:
            assert municipality.identity is not None
            municipality.identity.name = "Stadt Altwerra"
        municipality.label_revision += 1
        municipality.label_changed_at = clock.now
    after = client.get(path).text
    expected = "SUMMARY:Training – Kommune 01" if field == "visibility" else "(Stadt Altwerra)"
    assert expected in after
    assert "Neuenwerra" not in after
    assert tuple(
        next(line for line in body.split("\r\n") if line.startswith("SEQUENCE")) for body in (before, after)
    ) == ("SEQUENCE:0", "SEQUENCE:1")
    assert f"DTSTAMP:{clock.now:%Y%m%dT%H%M%SZ}" in after


def test_rule_12_the_sequence_never_falls_when_a_label_leaves(
    client: Client, path: str, session: Session, programme: Programme, clock: Clock
) -> None:
    """However often the label of a municipality had changed: when it takes part no more, the number still rises."""
    with unit_of_work(session):
        programme.lindental.label_revision = 5
        event = make_event(session, municipalities=[programme.neuenwerra, programme.lindental], title="Gemeinsam")
    heights: list[int] = []
    for step in (lambda each: None, lambda each: leave(each, programme.lindental.id)):
        clock.wait(hours=1)
        with unit_of_work(session):
            event = session.get_one(Event, event.id)
            step(event)
            event.updated_at = clock.now
        heights.append(sequence_of(client.get(path).text, event.public_id))
    assert heights == [6, 7]


def sequence_of(calendar: str, public_id: str) -> int:
    """SEQUENCE of one session in a calendar."""
    text = next(each for each in calendar.split("BEGIN:VEVENT")[1:] if f"UID:{public_id}@" in each)
    return next(int(line.removeprefix("SEQUENCE:")) for line in text.split("\r\n") if line.startswith("SEQUENCE:"))


def test_rule_20_a_session_that_ages_out_counts_as_a_change(client: Client, path: str, clock: Clock) -> None:
    """No stamp of any session moves when one leaves: a client that knows only dates must learn of it all the same."""
    before = client.get(path)
    clock.wait(days=400)
    after = client.get(path, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    assert (after.status_code, b"VEVENT" in after.data) == (200, False)


def test_rule_21_head_is_like_get(client: Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert {**head.headers, "Date": ""} == {**got.headers, "Date": ""}


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT", "MKCALENDAR"])
@pytest.mark.parametrize("token", ["real", "wrong"])
def test_rule_21_nobody_writes_here(client: Client, path: str, method: str, token: str) -> None:
    answer = client.open(path if token == "real" else "/feeds/wrong/x.ics", method=method)
    assert (answer.status_code, answer.content_type) == (405, "text/plain; charset=utf-8")
    assert answer.headers["Allow"] == "GET, HEAD"


def revoked(session: Session, programme: Programme) -> None:
    only_address(session).revoked_at = programme.lead.created_at


def disabled(session: Session, programme: Programme) -> None:
    session.merge(programme.lead).disabled_at = programme.lead.created_at


def degraded(session: Session, programme: Programme) -> None:
    session.merge(programme.lead).role = Role.READER


@pytest.mark.parametrize("end", [revoked, disabled, degraded])
def test_rule_23_rights_are_asked_at_each_fetch(
    client: Client, path: str, programme: Programme, session: Session, end: Callable[[Session, Programme], None]
) -> None:
    tag = client.get(path).headers["ETag"]
    with unit_of_work(session):
        end(session, programme)
    for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}):
        assert client.get(path, headers=headers).status_code == 404


def test_rule_23_an_ended_assignment_closes_the_calendar(
    client: Client, programme: Programme, session: Session, subscribe: Subscribe, clock: Clock
) -> None:
    path = subscribe(programme.coordinator, Audience.MUNICIPALITY, programme.neuenwerra)
    with unit_of_work(session):
        session.merge(programme.coordinator).assignments[0].ends_on = clock.today
    assert client.get(path).status_code == 200
    clock.wait(days=1)
    assert client.get(path).status_code == 404


def test_rule_23_every_dead_end_looks_alike(client: Client, path: str, session: Session) -> None:
    token = path.split("/")[2]
    with unit_of_work(session):
        only_address(session).revoked_at = only_address(session).created_at
    ends = [
        path,
        "/feeds/wrong/KommA.ics",
        f"/feeds/{token[:-1]}/KommA.ics",
        f"/feeds/{token}",
        f"/feeds/{token}/",
        f"/feeds/{token}/KommA",
        f"/feeds/{token}/a/b.ics",
        f"/feeds//{token}/KommA.ics",
        "/feeds/%00/KommA.ics",
        "/feeds/%ff%fe/KommA.ics",
        f"/feeds/{'x' * 3000}/KommA.ics",
        "/feeds/",
    ]
    answers = [
        (answer.status_code, answer.data, sorted(answer.headers.items()))
        for end in ends
        for answer in (client.get(end), client.get(end, headers={"If-None-Match": "*"}))
    ]
    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 404
    assert dict(answers[0][2])["Content-Type"] == "text/plain; charset=utf-8"
    heads = [(client.head(end).status_code, client.head(end).data) for end in ends]
    assert heads == [(404, b"")] * len(ends)


def test_rule_24_a_failure_is_503_in_plain_text_without_the_token(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(serving, "calendar_of", broken)
    with caplog.at_level(logging.DEBUG):
        answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (503, "text/plain; charset=utf-8")
    assert "Retry-After" in answer.headers
    assert "broken" in caplog.text
    assert path.split("/")[2] not in caplog.text


def test_a_good_fetch_logs_no_token(client: Client, path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(path)
    assert path.split("/")[2] not in caplog.text


def test_rule_22_a_signed_in_browser_gets_no_cookie_either(
    client: Client, path: str, login: Login, programme: Programme
) -> None:
    login(client, programme.lead)
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_use_is_noted_at_most_once_an_hour(client: Client, path: str, session: Session, clock: Clock) -> None:
    assert only_address(session).last_used_at is None
    first = clock.now
    client.get(path)
    clock.wait(minutes=59)
    client.get(path)
    assert only_address(session).last_used_at == first
    clock.wait(minutes=1)
    client.head(path)
    assert only_address(session).last_used_at == clock.now


def test_only_the_hash_of_the_token_is_kept(path: str, session: Session) -> None:
    token, address = path.split("/")[2], only_address(session)
    assert len(token) >= 32
    assert token not in repr({column.key: getattr(address, column.key) for column in FeedAddress.__table__.columns})


def test_an_unchanged_calendar_costs_one_statement(app: Flask, client: Client, path: str) -> None:
    client.get(path)
    with app.app_context():
        engine = db.engine
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    client.get(path)
    assert [statement.split()[0] for statement in statements if not statement.startswith("BEGIN")] == ["SELECT"]


@pytest.mark.parametrize("sessions", [1, 5])
def test_a_changed_calendar_costs_the_same_however_long_it_is(
    app: Flask, client: Client, programme: Programme, session: Session, subscribe: Subscribe, sessions: int
) -> None:
    path = subscribe(programme.lead, Audience.PROGRAMME)
    client.get(path)
    with unit_of_work(session):
        for _ in range(sessions):
            make_event(session, municipalities=[programme.neuenwerra], consultants=[programme.consultant])
    with app.app_context():
        engine = db.engine
    selects: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).startswith("SELECT"):
            selects.append(str(args[2]))

    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    client.get(path)
    assert len(selects) == 6  # the desk asks for the address, and the view asks again


def test_no_process_serves_what_another_has_changed(
    client: Client, path: str, session: Session, session_for: SessionFor, viewer_for: Callable[..., Viewer]
) -> None:
    """The kept calendar is found by what it is made of; a change from elsewhere is seen at the next fetch."""
    assert b"Saal 1" in client.get(path).data
    with unit_of_work(session):
        changed = session.scalars(select(Event)).one()
        changed.place, changed.updated_at = "Rathaus, Saal 2", changed.updated_at + timedelta(seconds=1)
    assert b"Saal 2" in client.get(path).data


def test_a_new_day_is_a_new_calendar(client: Client, path: str, clock: Clock) -> None:
    today = client.get(path)
    assert clock.today == date(2026, 5, 20)
    clock.wait(days=1)
    assert client.get(path).data == today.data


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles that are turned into text."""
    titles: list[str] = []
    real = serving.feed_event

    def noted(facts: SessionFacts, *args: Any, **kwargs: Any) -> FeedEvent:
        titles.append(facts.title)
        return real(facts, *args, **kwargs)

    monkeypatch.setattr(serving, "feed_event", noted)
    return titles


def test_only_what_has_changed_is_read_and_written_again(
    client: Client, programme: Programme, session: Session, subscribe: Subscribe, clock: Clock, written: list[str]
) -> None:
    """By revision, level and language; a new day, or a change elsewhere, writes nothing."""
    with unit_of_work(session):
        for number in range(5):
            make_event(session, title=str(number), municipalities=[programme.neuenwerra])
    path = subscribe(programme.lead, Audience.PROGRAMME)
    first = client.get(path)
    assert sorted(written) == list("01234")
    written.clear()

    clock.wait(days=1)
    assert client.get(path).data == first.data
    assert written == []

    with unit_of_work(session):
        changed = session.scalars(select(Event).where(Event.title == "3")).one()
        changed.title, changed.updated_at = "neu", clock.now
    body = client.get(path).text
    assert written == ["neu"]
    assert "SUMMARY:Training: neu (Stadt Neuenwerra)" in body.replace("\r\n ", "")
    written.clear()

    client.get(subscribe(programme.lead, Audience.PROGRAMME, level=Level.BUSY))
    assert len(written) == 5, "another level is another text"
    client.get(subscribe(programme.lead, Audience.MUNICIPALITY, programme.neuenwerra))
    assert len(written) == 5, "another calendar of the same person is made of the same texts"
    client.get(subscribe(programme.lead, Audience.PROGRAMME, locale="en"))
    client.get(subscribe(programme.consultant, Audience.MUNICIPALITY, programme.neuenwerra))
    assert len(written) == 15, "another language, another reader"


def test_another_label_writes_the_sessions_of_its_municipality(
    client: Client, programme: Programme, session: Session, subscribe: Subscribe, clock: Clock, written: list[str]
) -> None:
    with unit_of_work(session):
        make_event(session, title="Eins", municipalities=[programme.neuenwerra])
        make_event(session, title="Zwei", municipalities=[programme.lindental])
    path = subscribe(programme.lead, Audience.PROGRAMME)
    client.get(path)
    written.clear()
    with unit_of_work(session):
        municipality = session.merge(programme.lindental)
        assert municipality.identity is not None
        municipality.identity.name = "Landkreis Lindenau"
        municipality.label_revision += 1
        municipality.label_changed_at = clock.now
    assert "Landkreis Lindenau" in client.get(path).text.replace("\r\n ", "")
    assert written == ["Zwei"]


def test_an_unchanged_calendar_is_304_without_being_built(client: Client, path: str, written: list[str]) -> None:
    tag = client.get(path).headers["ETag"]
    written.clear()
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert written == []
