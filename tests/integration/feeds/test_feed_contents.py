"""Which sessions a calendar holds, and what it says of them: for each audience, and for each reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask_babel import get_locale
from icalendar import Calendar
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds import serving
from komma_tracker.feeds.rules import Audience
from komma_tracker.municipalities.models import Municipality
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.client import Client
from tests.support.clock import Clock

Add = Callable[..., Event]


@pytest.fixture
def add(session: Session) -> Add:
    def add(title: str, *municipalities: Municipality, **values: object) -> Event:
        with unit_of_work(session):
            return make_event(session, title=title, municipalities=municipalities, **values)  # pyright: ignore[reportArgumentType]

    return add


@pytest.fixture
def summaries(client: Client, subscribe: Subscribe) -> Callable[..., list[str]]:
    """What a person's calendar shows, in order."""

    def summaries(user: User, audience: Audience, municipality: Municipality | None = None) -> list[str]:
        answer = client.get(subscribe(user, audience, municipality))
        assert answer.status_code == 200
        return [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")]

    return summaries


@pytest.fixture
def season(programme: Programme, add: Add) -> None:
    """One session of each constellation, in this order."""
    p, day = programme, datetime(2026, 6, 1, 9)
    constellations = [
        ("Eins", [p.neuenwerra], [p.consultant]),
        ("Zwei", [p.lindental], [p.stranger]),
        ("Geheim in Falkenhude", [p.falkenhude], [p.consultant]),
        ("Verbund", [p.neuenwerra, p.lindental], [p.consultant, p.stranger]),
        ("Verbund mit Falkenhude", [p.neuenwerra, p.falkenhude], [p.consultant]),
    ]
    for number, (title, municipalities, consultants) in enumerate(constellations):
        add(title, *municipalities, consultants=consultants, starts_local=day + timedelta(days=number))
    add("Netzwerk", kind=EventKind.NETWORK, starts_local=day + timedelta(days=7))
    coaching = {"kind": EventKind.COACHING, "consultants": [p.consultant], "starts_local": day + timedelta(days=8)}
    add("Coaching mit Frau M.", p.neuenwerra, **coaching)


ONE = "Training: Eins (Stadt Neuenwerra)"
TWO = "Training: Zwei (Landkreis Lindental)"
SECRET = "Training – Kommune 07"
JOINT = "Training: Verbund (Stadt Neuenwerra, Landkreis Lindental)"
JOINT_ELSEWHERE = "Training: Verbund (Stadt Neuenwerra, weitere Kommunen)"
SECRET_JOINT = "Training – Stadt Neuenwerra, Kommune 07"
SECRET_JOINT_ELSEWHERE = "Training – Stadt Neuenwerra, weitere Kommunen"
SECRET_JOINT_OWN = "Training – Kommune 07, weitere Kommunen"
NETWORK = "Netzwerktreffen: Netzwerk"
COACHING = "Coaching (vertraulich) – Stadt Neuenwerra"


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(
    ("user", "audience", "municipality", "shown"),
    [
        ("lead", Audience.PROGRAMME, None, [ONE, TWO, SECRET, JOINT, SECRET_JOINT, NETWORK, COACHING]),
        ("lead", Audience.MINE, None, []),
        ("lead", Audience.MUNICIPALITY, "falkenhude", [SECRET, SECRET_JOINT]),
        ("consultant", Audience.MINE, None, [ONE, SECRET, JOINT, SECRET_JOINT, COACHING]),
        ("consultant", Audience.MUNICIPALITY, "neuenwerra", [ONE, JOINT, SECRET_JOINT, COACHING]),
        ("consultant", Audience.MUNICIPALITY, "falkenhude", [SECRET, SECRET_JOINT]),
        ("stranger", Audience.MINE, None, [TWO, JOINT]),
        ("stranger", Audience.MUNICIPALITY, "lindental", [TWO, JOINT]),
        (
            "coordinator",
            Audience.MUNICIPALITY,
            "neuenwerra",
            [ONE, JOINT_ELSEWHERE, SECRET_JOINT_ELSEWHERE, NETWORK, COACHING],
        ),
        (
            "head",
            Audience.MUNICIPALITY,
            "neuenwerra",
            [ONE, JOINT_ELSEWHERE, SECRET_JOINT_ELSEWHERE, NETWORK, COACHING],
        ),
        ("anonymous_coordinator", Audience.MUNICIPALITY, "falkenhude", [SECRET, SECRET_JOINT_OWN, NETWORK]),
    ],
)
def test_who_reads_what(
    programme: Programme,
    summaries: Callable[..., list[str]],
    user: str,
    audience: Audience,
    municipality: str | None,
    shown: list[str],
) -> None:
    chosen = getattr(programme, municipality) if municipality else None
    assert summaries(getattr(programme, user), audience, chosen) == shown


@pytest.mark.usefixtures("season")
def test_rule_17_nothing_names_an_anonymous_municipality(
    programme: Programme, client: Client, subscribe: Subscribe
) -> None:
    """Not even to its own people: the servers that copy their calendars are not theirs."""
    paths = [
        subscribe(programme.lead, Audience.PROGRAMME),
        subscribe(programme.consultant, Audience.MINE),
        subscribe(programme.lead, Audience.MUNICIPALITY, programme.falkenhude),
        subscribe(programme.consultant, Audience.MUNICIPALITY, programme.falkenhude),
        subscribe(programme.anonymous_coordinator, Audience.MUNICIPALITY, programme.falkenhude),
    ]
    for path in paths:
        answer = client.get(path)
        text = answer.text.replace("\r\n ", "")
        assert "Kommune 07" in text
        assert "alkenhude" not in text + str(answer.headers)
        token = path.split("/")[2]
        assert token not in text + str(answer.headers)


def test_the_calendar_of_an_anonymous_municipality_has_its_alias(
    programme: Programme, client: Client, subscribe: Subscribe
) -> None:
    body = client.get(subscribe(programme.lead, Audience.MUNICIPALITY, programme.falkenhude)).text
    assert "\r\nNAME:KommA – Kommune 07\r\n" in body
    body = client.get(subscribe(programme.lead, Audience.MUNICIPALITY, programme.neuenwerra)).text
    assert "\r\nNAME:KommA – Stadt Neuenwerra\r\n" in body


@pytest.mark.parametrize(
    ("ended_days_ago", "cancelled_days_ago", "shown"),
    [
        (-30, None, True),
        (365, None, True),
        (367, None, False),
        (-30, 0, True),
        (-30, 55, True),
        (-30, 58, False),
    ],
)
def test_rule_14_what_is_over_or_cancelled_stays_for_a_while(
    programme: Programme,
    add: Add,
    summaries: Callable[..., list[str]],
    clock: Clock,
    ended_days_ago: int,
    cancelled_days_ago: int | None,
    shown: bool,
) -> None:
    starts = datetime.combine(clock.today, datetime.min.time()) - timedelta(days=ended_days_ago) + timedelta(hours=9)
    cancelled = {}
    if cancelled_days_ago is not None:
        cancelled = {"state": EventState.CANCELLED, "cancelled_at": clock.now - timedelta(days=cancelled_days_ago)}
    add("Eins", programme.neuenwerra, starts_local=starts, **cancelled)
    assert bool(summaries(programme.lead, Audience.PROGRAMME)) is shown


def test_rule_14_a_cancelled_session_says_so(
    programme: Programme, add: Add, client: Client, subscribe: Subscribe, clock: Clock
) -> None:
    add("Eins", programme.neuenwerra, state=EventState.CANCELLED, cancelled_at=clock.now)
    body = client.get(subscribe(programme.lead, Audience.PROGRAMME)).text
    for line in ("SUMMARY:Abgesagt: Training: Eins (Stadt Neuenwerra)", "STATUS:CANCELLED", "TRANSP:TRANSPARENT"):
        assert f"\r\n{line}\r\n" in body


@pytest.mark.parametrize("locale", ["de", "en"])
def test_the_language_is_that_of_the_address(
    programme: Programme, client: Client, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    """Whatever the program prefers that fetches it."""
    monkeypatch.setattr(serving, "calendar_of", lambda *args, **kwargs: str(get_locale()).encode())
    path = subscribe(programme.lead, Audience.PROGRAMME, locale=locale)
    for preferred in ("de", "en", "fr"):
        assert client.get(path, headers={"Accept-Language": preferred}).text == locale
