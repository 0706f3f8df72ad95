"""The desk in front of the pages: it answers what is kept and in order, and leaves all else to the view."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from komma_tracker.db import db, unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.feeds import serving
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.client import Client
from tests.support.clock import Clock


@pytest.fixture
def path(programme: Programme, session: Session, subscribe: Subscribe) -> str:
    """The programme's calendar, with one session in it."""
    with unit_of_work(session):
        make_event(session, municipalities=[programme.neuenwerra], consultants=[programme.consultant])
    return subscribe(programme.lead, Audience.PROGRAMME)


@pytest.fixture
def seen_by_view(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods of requests that went past the desk."""
    seen: list[str] = []
    behind = app.wsgi_app._behind  # type: ignore[attr-defined]

    def note(environ: dict[str, str], start_response: object) -> object:
        seen.append(environ["REQUEST_METHOD"])
        return behind(environ, start_response)

    monkeypatch.setattr(app.wsgi_app, "_behind", note)
    return seen


def test_the_desk_answers_what_the_view_has_made(client: Client, path: str, seen_by_view: list[str]) -> None:
    made = client.get(path)
    kept = client.get(path)
    again = client.get(path, headers={"If-None-Match": kept.headers["ETag"]})
    head = client.head(path)

    assert seen_by_view == ["GET"]
    assert [answer.status_code for answer in (made, kept, again, head)] == [200, 200, 304, 200]
    assert (kept.data, dict(kept.headers)) == (made.data, dict(made.headers))
    assert (again.data, head.data) == (b"", b"")


def test_what_is_news_is_left_to_the_view(
    client: Client, path: str, seen_by_view: list[str], session: Session, clock: Clock
) -> None:
    client.get(path)
    with unit_of_work(session):
        session.scalars(select(Event)).one().title = "Anderes"
    changed = client.get(path)
    clock.wait(hours=2)
    used_again = client.get(path)
    with unit_of_work(session):
        session.scalars(select(FeedAddress)).one().revoked_at = clock.now
    revoked = client.get(path)

    assert seen_by_view == ["GET"] * 4
    assert [answer.status_code for answer in (changed, used_again, revoked)] == [200, 200, 404]


@pytest.mark.parametrize(
    ("method", "name", "host", "status"),
    [
        ("GET", "{token}/KommA.ics", "elsewhere.example", 404),
        ("GET", "{token}x/KommA.ics", "localhost", 404),
        ("GET", "{token}/a/b.ics", "localhost", 404),
        ("POST", "{token}/KommA.ics", "localhost", 405),
    ],
)
def test_what_is_not_in_order_is_left_to_the_view(
    client: Client, path: str, seen_by_view: list[str], method: str, name: str, host: str, status: int
) -> None:
    client.get(path)
    token = path.split("/")[2]

    answer = client.open(f"/feeds/{name.format(token=token)}", method=method, headers={"Host": host})

    assert answer.status_code == status
    assert seen_by_view == ["GET", method]


def test_what_breaks_at_the_desk_is_tried_again_by_the_view(
    client: Client,
    path: str,
    seen_by_view: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client.get(path)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(serving, "known_since", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get(path)

    assert (answer.status_code, seen_by_view) == (503, ["GET", "GET"])
    assert "a calendar could not be served at once" in caplog.messages


def test_what_a_token_opens_is_asked_once_until_somebody_writes(
    app: Flask, client: Client, path: str, session: Session, clock: Clock
) -> None:
    with app.app_context():
        engine = db.engine
    asked: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).startswith("SELECT"):
            asked.append(str(args[2]))

    client.get(path)
    client.get(path)
    event.listen(engine, "before_cursor_execute", note)
    client.get(path)
    unchanged = len(asked)
    with unit_of_work(session):
        session.scalars(select(FeedAddress)).one().expires_on = clock.now.date()
    asked.clear()
    expires = client.get(path)
    written = len(asked)
    clock.wait(hours=24)
    expired = client.get(path)

    assert unchanged == (0 if engine.dialect.name == "sqlite" else 1)
    assert written == 1
    assert (expires.status_code, expired.status_code) == (200, 404)
