"""Audience × reader × kind × level: which sessions an address shows, and how much of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden, Invalid, NotFound
from komma_tracker.alliances.rules import Side
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import Audience, Level
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.client import Client
from tests.support.clock import Clock

DAY = datetime(2026, 6, 1, 9)
LETTERS = {
    EventKind.TRAINING: "t",
    EventKind.COACHING: "c",
    EventKind.WORKSHOP: "w",
    EventKind.STEERING_GROUP: "s",
    EventKind.ALLIANCE_MEETING: "a",
    EventKind.NETWORK: "n",
    EventKind.WEBINAR: "b",
    EventKind.TRANSFER: "r",
}


@pytest.fixture
def add(session: Session) -> Callable[..., Event]:
    def add(*municipalities: Any, **values: Any) -> Event:
        with unit_of_work(session):
            return make_event(session, municipalities=municipalities, **values)

    return add


@pytest.fixture
def season(programme: Programme, add: Any) -> None:
    """One session of each kind, by its letter: of the first municipality those of municipalities, the rest for all."""
    for number, (kind, letter) in enumerate(LETTERS.items()):
        for_all = kind in (EventKind.NETWORK, EventKind.WEBINAR, EventKind.TRANSFER)
        places = [] if for_all else [programme.neuenwerra]
        add(
            *places, kind=kind, title=f"Titel {letter}", consultants=[programme.consultant],
            starts_local=DAY + timedelta(days=number), link="https://treffen.example/saal",
            public_cleared=kind is EventKind.WEBINAR,
        )  # fmt: skip


def events(client: Client, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    return Calendar.from_ical(answer.data).walk("VEVENT")


def letters(client: Client, path: str) -> str:
    """The kinds that a calendar shows, by the days on which they are."""
    days = [event.start.day - DAY.day for event in events(client, path)]
    return "".join(letter for number, letter in enumerate(LETTERS.values()) if number in days)


OWN, GUEST = False, True
SHOWN = [
    # audience, who made it, for a guest, side, what it shows
    (Audience.MINE, "consultant", OWN, None, "tcwsanbr"),
    (Audience.MINE, "lead", OWN, None, ""),
    (Audience.MUNICIPALITY, "lead", OWN, None, "tcwsa"),
    (Audience.MUNICIPALITY, "consultant", OWN, None, "tcwsa"),
    (Audience.MUNICIPALITY, "coordinator", OWN, None, "tcwsanbr"),
    (Audience.MUNICIPALITY, "head", OWN, None, "tcwsanbr"),
    (Audience.MUNICIPALITY, "coordinator", GUEST, None, "tcwsanbr"),
    (Audience.MUNICIPALITY, "lead", GUEST, None, "tcwsanbr"),
    (Audience.ALLIANCE, "coordinator", OWN, Side.ADMINISTRATION, "tcwsa"),
    (Audience.ALLIANCE, "coordinator", GUEST, Side.ADMINISTRATION, "tcwsa"),
    (Audience.ALLIANCE, "coordinator", GUEST, Side.COUNSELLING, "tcwa"),
    (Audience.ALLIANCE, "coordinator", GUEST, Side.SECURITY, "wa"),
    (Audience.ALLIANCE, "coordinator", GUEST, Side.OTHER, "a"),
    (Audience.ALLIANCE, "lead", GUEST, Side.SECURITY, "wa"),
    (Audience.NETWORK, "lead", OWN, None, "nbr"),
    (Audience.NETWORK, "consultant", OWN, None, "nbr"),
    (Audience.NETWORK, "coordinator", OWN, None, "nbr"),
    (Audience.NETWORK, "head", OWN, None, "nbr"),
    (Audience.NETWORK, "lead", GUEST, None, "nbr"),
    (Audience.PROGRAMME, "lead", OWN, None, "tcwsanbr"),
    (Audience.PUBLIC, "lead", OWN, None, "b"),
    (Audience.PUBLIC, "coordinator", OWN, None, "b"),
    (Audience.PUBLIC, "lead", GUEST, None, "b"),
]


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(("audience", "maker", "for_guest", "side", "shown"), SHOWN)
def test_which_sessions(
    programme: Programme,
    client: Client,
    subscribe: Subscribe,
    audience: Audience,
    maker: str,
    for_guest: bool,
    side: Side | None,
    shown: str,
) -> None:
    placed = audience in (Audience.MUNICIPALITY, Audience.ALLIANCE)
    where = [programme.neuenwerra] if placed else []
    path = subscribe(getattr(programme, maker), audience, *where, side=side, for_guest=for_guest)
    assert letters(client, path) == shown


REFUSED = [
    (Audience.MINE, "coordinator", OWN, Forbidden),
    (Audience.MINE, "lead", GUEST, Invalid),
    (Audience.MUNICIPALITY, "stranger", OWN, NotFound),
    (Audience.MUNICIPALITY, "consultant", GUEST, Forbidden),
    (Audience.MUNICIPALITY, "head", GUEST, Forbidden),
    (Audience.MUNICIPALITY, "anonymous_coordinator", GUEST, NotFound),
    (Audience.ALLIANCE, "stranger", OWN, NotFound),
    (Audience.ALLIANCE, "consultant", GUEST, Forbidden),
    (Audience.NETWORK, "reader", OWN, Forbidden),
    (Audience.NETWORK, "coordinator", GUEST, Forbidden),
    (Audience.PROGRAMME, "consultant", OWN, Forbidden),
    (Audience.PROGRAMME, "lead", GUEST, Invalid),
    (Audience.PUBLIC, "reader", OWN, Forbidden),
    (Audience.PUBLIC, "coordinator", GUEST, Forbidden),
]


@pytest.mark.parametrize(("audience", "maker", "for_guest", "error"), REFUSED)
def test_who_may_not_make_which_address(
    programme: Programme, subscribe: Subscribe, audience: Audience, maker: str, for_guest: bool, error: type[Exception]
) -> None:
    placed = audience in (Audience.MUNICIPALITY, Audience.ALLIANCE)
    side = Side.SECURITY if audience is Audience.ALLIANCE else None
    with pytest.raises(error):
        subscribe(
            getattr(programme, maker), audience, *([programme.neuenwerra] if placed else []),
            side=side, for_guest=for_guest,
        )  # fmt: skip


SPEAKING = ("DESCRIPTION", "LOCATION", "URL", "CONFERENCE", "CATEGORIES", "ORGANIZER", "ATTENDEE", "COMMENT", "CONTACT")
LEVELS = [
    (
        Level.FULL,
        "Training: Titel t (Stadt Neuenwerra)",
        {"DESCRIPTION", "LOCATION", "URL", "CONFERENCE", "CATEGORIES"},
    ),
    (Level.ALIAS, "Training – Kommune 01", {"DESCRIPTION", "URL", "CATEGORIES"}),
    (Level.BUSY, "Beschäftigt", set[str]()),
]


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(("level", "summary", "properties"), LEVELS)
@pytest.mark.parametrize("for_guest", [False, True], ids=["own", "guest"])
def test_how_much_each_level_says(
    programme: Programme,
    client: Client,
    subscribe: Subscribe,
    level: Level,
    summary: str,
    properties: set[str],
    for_guest: bool,
) -> None:
    """A guest has no account with which to open our page."""
    path = subscribe(
        programme.coordinator, Audience.MUNICIPALITY, programme.neuenwerra, level=level, for_guest=for_guest
    )
    event = events(client, path)[0]
    assert str(event["SUMMARY"]) == summary
    without = {"URL"} | ({"DESCRIPTION"} if level is Level.ALIAS else set()) if for_guest else set[str]()
    assert {name for name in SPEAKING if name in event} == properties - without


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(("locale", "word"), [("de", "Beschäftigt"), ("en", "Busy")])
def test_busy_speaks_nowhere(
    programme: Programme, client: Client, subscribe: Subscribe, locale: str, word: str
) -> None:
    path = subscribe(programme.lead, Audience.MUNICIPALITY, programme.neuenwerra, level=Level.BUSY, locale=locale)
    answer = client.get(path)
    text = answer.text.replace("\r\n ", "")
    said = set(re.findall(r"^(?:SUMMARY|NAME|X-WR-CALNAME):(.*)\r$", text, re.MULTILINE))
    assert len(said) == 1
    assert said <= {word, "Beschäftigt"}
    for speaking in (
        "Neuenwerra",
        "Kommune",
        "Titel",
        "Training",
        "Coaching",
        "Rathaus",
        "treffen.example",
        "sessions/",
    ):
        assert speaking not in text + str(answer.headers)
    uids = re.findall(r"^UID:(.*)\r$", text, re.MULTILINE)
    assert all(re.fullmatch(r"[a-z2-7]{16}@komma-tracker", uid) for uid in uids)


FILTERS = [
    ({}, "tcwsanbr"),
    ({"kinds": (EventKind.TRAINING, EventKind.WEBINAR)}, "tb"),
    ({"tentative": False}, "cwsanbr"),
    ({"cancelled": False}, "twsanbr"),
    ({"tentative": False, "cancelled": False, "kinds": (EventKind.TRAINING, EventKind.WORKSHOP)}, "w"),
]


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize(("values", "shown"), FILTERS)
def test_filters(
    programme: Programme,
    client: Client,
    subscribe: Subscribe,
    session: Session,
    clock: Clock,
    values: dict[str, Any],
    shown: str,
) -> None:
    """Here the training is only planned and the coaching called off."""
    with unit_of_work(session):
        for event in session.query(Event).where(Event.kind.in_([EventKind.TRAINING, EventKind.COACHING])):
            event.state = EventState.TENTATIVE if event.kind is EventKind.TRAINING else EventState.CANCELLED
            event.cancelled_at = None if event.kind is EventKind.TRAINING else clock.now
    assert letters(client, subscribe(programme.lead, Audience.PROGRAMME, **values)) == shown


@pytest.mark.parametrize(("months", "shown"), [(0, 0), (1, 1), (3, 2), (6, 3), (12, 4)])
def test_how_far_back(
    programme: Programme, client: Client, subscribe: Subscribe, add: Any, clock: Clock, months: int, shown: int
) -> None:
    for days in (20, 80, 170, 350, 380):
        add(programme.neuenwerra, starts_local=datetime.combine(clock.today - timedelta(days=days), DAY.time()))
    assert len(events(client, subscribe(programme.lead, Audience.PROGRAMME, past_months=months))) == shown


def test_a_guest_of_a_lead_sees_no_other_municipality(
    programme: Programme, client: Client, subscribe: Subscribe, add: Any
) -> None:
    """The lead knows all that take part in a joint session; the guest reads what the municipality's people read."""
    add(programme.neuenwerra, programme.lindental, title="Verbund", kind=EventKind.ALLIANCE_MEETING)
    path = subscribe(programme.lead, Audience.ALLIANCE, programme.neuenwerra, side=Side.COUNSELLING, for_guest=True)
    summaries = [str(event["SUMMARY"]) for event in events(client, path)]
    assert summaries == ["Allianztreffen: Verbund (Stadt Neuenwerra, weitere Kommunen)"]


def test_what_is_not_cleared_is_not_public(
    programme: Programme, client: Client, subscribe: Subscribe, add: Any
) -> None:
    """Also not a cleared one that names a municipality, or is of another kind; and nobody learns how to dial in."""
    for kind in (EventKind.WEBINAR, EventKind.TRANSFER, EventKind.NETWORK):
        add(kind=kind, title=f"offen {kind}", public_cleared=True, link="https://treffen.example/geheim")
        add(kind=kind, title=f"zu {kind}")
    add(programme.neuenwerra, kind=EventKind.TRANSFER, title="mit Kommune", public_cleared=True)
    answer = client.get(subscribe(programme.lead, Audience.PUBLIC, for_guest=True))
    summaries = sorted(str(event["SUMMARY"]) for event in Calendar.from_ical(answer.data).walk("VEVENT"))
    assert summaries == ["Transferveranstaltung: offen transfer", "Webinar: offen webinar"]
    assert b"treffen.example" not in answer.data


# domain 5.4, case 18


@pytest.fixture
def two_alliances(programme: Programme, add: Any) -> None:
    for place in (programme.neuenwerra, programme.lindental, programme.falkenhude):
        add(place, kind=EventKind.ALLIANCE_MEETING, title="Treffen")
    add(programme.neuenwerra, programme.lindental, kind=EventKind.ALLIANCE_MEETING, title="Gemeinsam")
    add(programme.neuenwerra, programme.falkenhude, kind=EventKind.ALLIANCE_MEETING, title="Gemeinsam")


@pytest.mark.usefixtures("two_alliances")
@pytest.mark.parametrize(
    ("members", "shown", "name"),
    [
        (
            ["neuenwerra", "lindental"],
            [
                "Allianztreffen: Treffen (Stadt Neuenwerra)",
                "Allianztreffen: Treffen (Landkreis Lindental)",
                "Allianztreffen: Gemeinsam (Stadt Neuenwerra, Landkreis Lindental)",
                "Allianztreffen – Stadt Neuenwerra, weitere Kommunen",
            ],
            "KommA – Allianz Stadt Neuenwerra, Landkreis Lindental",
        ),
        (
            ["neuenwerra", "falkenhude"],
            [
                "Allianztreffen: Treffen (Stadt Neuenwerra)",
                "Allianztreffen: Gemeinsam (Stadt Neuenwerra, weitere Kommunen)",
                "Allianztreffen – Stadt Neuenwerra, weitere Kommunen",
            ],
            "KommA – Allianz Stadt Neuenwerra",
        ),
        (
            ["falkenhude"],
            ["Allianztreffen – Kommune 07", "Allianztreffen – Kommune 07, weitere Kommunen"],
            "KommA – Allianz Kommune 07",
        ),
    ],
)
def test_case_18_one_authority_in_two_alliances(
    programme: Programme, client: Client, subscribe: Subscribe, members: list[str], shown: list[str], name: str
) -> None:
    """Both, and only if neither is anonymous; the anonymous one has an address of its own."""
    places = [getattr(programme, each) for each in members]
    path = subscribe(programme.lead, Audience.ALLIANCE, *places, side=Side.SECURITY, for_guest=True)
    body = client.get(path)
    assert sorted(str(each["SUMMARY"]) for each in Calendar.from_ical(body.data).walk("VEVENT")) == sorted(shown)
    assert f"\r\nNAME:{name.replace(',', chr(92) + ',')}\r\n" in body.text.replace("\r\n ", "")


def test_case_18_needs_rights_for_both(programme: Programme, subscribe: Subscribe) -> None:
    with pytest.raises(NotFound):
        subscribe(
            programme.coordinator, Audience.ALLIANCE, programme.neuenwerra, programme.lindental,
            side=Side.SECURITY, for_guest=True,
        )  # fmt: skip
