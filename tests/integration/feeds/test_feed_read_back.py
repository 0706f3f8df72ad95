"""A calendar as it leaves the server, read back by four programs that did not write it (`tests.support.readers`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.ical import clean_line
from komma_tracker.feeds.rules import Audience, Level
from komma_tracker.municipalities.models import MunicipalityIdentity
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.readers import READERS

BERLIN = ZoneInfo("Europe/Berlin")
NASTY = "Zeile 1\r\nBEGIN:VEVENT\r\nSUMMARY:fremd; Komma, C:\\neu \"x\" 'y' \x1b 🏛️👩‍👧 مرحبا \u202eabc \u2028Ende"
PLACE = f"Saal 1; {'ä,' * 90}"  # as long as a place may be: longer than a line of a calendar
NAME = "Stadt; Neuen,werra \N{HOT BEVERAGE}"

pytestmark = pytest.mark.parametrize("reader", READERS)


@pytest.fixture
def sessions(session: Session, programme: Programme) -> list[Event]:
    """Sessions at nine on the days around both changes of clocks, with all that people can type."""
    days = [datetime(2026, *day, 9) for day in ((10, 24), (10, 25), (10, 26), (3, 28), (3, 29), (3, 30))]
    with unit_of_work(session):
        session.get_one(MunicipalityIdentity, programme.neuenwerra.id).name = NAME
        return [
            make_event(
                session, municipalities=[programme.neuenwerra], consultants=[programme.consultant], starts_local=starts,
                title=f"{starts.day}: {NASTY}", place=PLACE, link="https://treffen.example/raum;a,b?x=1&y=2",
            )
            for starts in days
        ]  # fmt: skip


def uid(event: Event) -> str:
    return f"{event.public_id}@komma-tracker"


def in_utc(local: datetime) -> datetime:
    return local.replace(tzinfo=BERLIN).astimezone(UTC)


def test_every_word_and_every_instant_comes_back(
    programme: Programme, sessions: list[Event], client: Client, subscribe: Subscribe, reader: str
) -> None:
    read = READERS[reader](client.get(subscribe(programme.consultant, Audience.MINE)).data)
    assert {key: (each.summary, each.location, each.starts, each.ends) for key, each in read.items()} == {
        uid(event): (
            clean_line(f"Training: {event.starts_local.day}: {NASTY} ({NAME})"),
            clean_line(PLACE),
            in_utc(event.starts_local),
            in_utc(event.ends_local),
        )
        for event in sessions
    }
    assert {each.description.splitlines()[0] for each in read.values()} == {
        "Einwahl: https://treffen.example/raum;a,b?x=1&y=2"
    }


def test_case_12_nine_stays_nine_across_the_change_of_clocks(
    programme: Programme, sessions: list[Event], client: Client, subscribe: Subscribe, reader: str
) -> None:
    read = READERS[reader](client.get(subscribe(programme.consultant, Audience.MINE)).data)
    found = [read[uid(event)].starts for event in sessions]
    assert [f"{each:%m-%d %H:%M}" for each in found] == [
        "10-24 07:00", "10-25 08:00", "10-26 08:00", "03-28 08:00", "03-29 07:00", "03-30 07:00",
    ]  # fmt: skip
    assert {each.astimezone(BERLIN).hour for each in found} == {9}


@pytest.mark.parametrize(
    ("level", "summary"),
    [(Level.ALIAS, "Training – Kommune 01"), (Level.BUSY, "Beschäftigt")],
)
def test_reduced_detail_is_other_text_at_the_same_times(
    programme: Programme,
    sessions: list[Event],
    client: Client,
    subscribe: Subscribe,
    reader: str,
    level: Level,
    summary: str,
) -> None:
    read = READERS[reader](client.get(subscribe(programme.consultant, Audience.MINE, level=level)).data)
    assert {each.texts[0] for each in read.values()} == {summary}
    assert {each.location for each in read.values()} == {""}
    assert [each.starts for each in sorted(read.values(), key=lambda each: each.starts)] == sorted(
        in_utc(event.starts_local) for event in sessions
    )


def test_a_move_and_a_cancellation_arrive(
    programme: Programme, sessions: list[Event], client: Client, subscribe: Subscribe, reader: str, session: Session,
    clock: Clock,
) -> None:  # fmt: skip
    path = subscribe(programme.consultant, Audience.MINE)
    before = READERS[reader](client.get(path).data)
    moved, cancelled, *rest = sessions
    with unit_of_work(session):
        event = session.get_one(Event, moved.id)
        event.starts_local, event.ends_local = (
            each + timedelta(days=1) for each in (event.starts_local, event.ends_local)
        )
        event = session.get_one(Event, cancelled.id)
        event.state, event.cancelled_at = EventState.CANCELLED, clock.now
    after = READERS[reader](client.get(path).data)
    assert after[uid(moved)].starts == in_utc(datetime(2026, 10, 25, 9))
    assert after[uid(cancelled)].summary == f"Abgesagt: {before[uid(cancelled)].summary}"
    assert [after[uid(event)] for event in rest] == [before[uid(event)] for event in rest]


def test_what_is_downloaded_says_the_same(
    programme: Programme, sessions: list[Event], client: Client, subscribe: Subscribe, login: Login, reader: str
) -> None:
    """A single session and a month, as files from their pages."""
    feed = READERS[reader](client.get(subscribe(programme.consultant, Audience.MINE)).data)
    browser = login(client, programme.consultant)
    single = READERS[reader](browser.get(f"/sessions/{sessions[0].public_id}/termin.ics").data)
    month = READERS[reader](browser.get("/calendar/month.ics?month=2026-10").data)
    october = {uid(event) for event in sessions if event.starts_local.month == 10}
    assert single == {uid(sessions[0]): feed[uid(sessions[0])]}
    assert month == {key: each for key, each in feed.items() if key in october}


def test_of_a_secret_every_reader_finds_nothing(
    programme: Programme, session: Session, client: Client, subscribe: Subscribe, reader: str
) -> None:
    with unit_of_work(session):
        make_event(
            session, municipalities=[programme.falkenhude], consultants=[programme.consultant], title="In Falkenhude",
            place="Rathaus Falkenhude", kind=EventKind.WORKSHOP,
        )  # fmt: skip
    (read,) = READERS[reader](client.get(subscribe(programme.consultant, Audience.MINE)).data).values()
    assert (read.summary, read.location) == ("Workshop – Kommune 07", "")
    assert "alkenhude" not in read.description
