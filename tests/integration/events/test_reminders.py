"""`komma sessions remind`: after three days, once a session, and no name of an anonymous municipality."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from komma_tracker.audit.models import AuditRecord
from komma_tracker.cli import komma
from komma_tracker.events.models import EventReminder
from komma_tracker.events.rules import EventKind, EventState
from tests.factories.events import make_event
from tests.integration.events.conftest import SECRET_NAME, World
from tests.support.clock import Clock

ENDED = datetime(2026, 5, 17, 12, 0)
"""Local time, three days before the clock's noon to the minute."""


def over(world: World, *places: Any, people: tuple[Any, ...] = (), ends: datetime = ENDED, **values: Any) -> Any:
    event = make_event(
        world.session, municipalities=places, consultants=people or (world.anna,),
        starts_local=ends - timedelta(hours=3), ends_local=ends, **values,
    )  # fmt: skip
    world.session.commit()
    return event


def remind(app: Flask) -> tuple[Result, list[tuple[str, str]]]:
    """What the command says, and the letters that it leaves: to whom, and their text."""
    outbox = app.extensions["komma"].settings.outbox_dir
    for path in outbox.glob("*.eml"):
        path.unlink()
    done = app.test_cli_runner().invoke(komma, ["sessions", "remind"])
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox.glob("*.eml")]
    return done, sorted((letter["To"], letter.get_content()) for letter in letters)


def test_consultants_are_reminded_after_three_days_and_once(app: Flask, world: World, clock: Clock) -> None:
    over(world, world.first, people=(world.anna, world.ben))
    over(world, world.second, ends=ENDED + timedelta(minutes=1), kind=EventKind.WORKSHOP)
    first, letters = remind(app)
    assert (first.exit_code, first.output) == (0, "2 reminded\n")
    assert [to for to, _ in letters] == sorted([world.anna.email, world.ben.email])
    for _, text in letters:
        assert "So., 17.05.2026, 09:00–12:00 Uhr: Training, Stadt Neuenwerra" in text
        assert "/calendar?view=open" in text
        assert "Training Führungskräfte" not in text
        assert "Workshop" not in text
    assert remind(app)[1] == []
    clock.wait(minutes=1)
    (to, text), *more = remind(app)[1]
    assert (to, more) == (world.anna.email, [])
    assert "Workshop, Stadt Wiesenfurt" in text
    assert "Training" not in text
    assert len(world.session.scalars(select(EventReminder)).all()) == 2
    records = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.remind")).all()
    assert [(record.actor_id, record.errand) for record in records] == [(None, "reminders of sessions")] * 2


@pytest.mark.parametrize("state", [EventState.HELD, EventState.FOLLOWED_UP, EventState.CANCELLED])
def test_nobody_is_reminded_of_what_is_settled(app: Flask, world: World, state: EventState) -> None:
    over(world, world.first, state=state)
    assert remind(app)[1] == []


def test_a_letter_names_no_anonymous_municipality(app: Flask, world: World) -> None:
    over(world, world.secret, world.first, title=f"In {SECRET_NAME}", place="Zeisigweg", note="Bei Vogelsang")
    over(world, world.secret, kind=EventKind.COACHING, title="Wildgans")
    ((_, text),) = remind(app)[1]
    assert "Stadt Neuenwerra, Kommune 07" in text
    assert "Coaching (vertraulich), Kommune 07" in text
    assert not [word for word in ("Vogelsang", "Zeisigweg", "Wildgans") if word in text]


def test_who_has_left_gets_no_mail_and_others_their_own_language(app: Flask, world: World, clock: Clock) -> None:
    over(world, world.first, people=(world.anna, world.ben))
    world.anna.disabled_at, world.ben.locale = clock.now, "en"
    world.session.commit()
    ((to, text),) = remind(app)[1]
    assert to == world.ben.email
    assert text.count("Guten Tag") <= 1  # its English words come with the catalogue
