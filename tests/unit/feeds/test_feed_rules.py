"""What a session becomes in a feed: which words, which details, how long, for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import (
    Audience,
    Colour,
    FeedEvent,
    FeedHead,
    SessionFacts,
    Status,
    audiences_of,
    calendar_head,
    change_stamp,
    feed_event,
    file_name,
    first_cancellation_shown,
    first_day_shown,
    may_read,
    use_is_news,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WORKSHOP = SessionFacts(
    public_id="abcdefgh23456777",
    kind=EventKind.WORKSHOP,
    state=EventState.CONFIRMED,
    title="Clearing in Falkenhude",
    starts_local=datetime(2026, 12, 1, 9),
    ends_local=datetime(2026, 12, 1, 12),
    zone="Europe/Berlin",
    place="Rathaus Falkenhude",
    link="https://treffen.example/falkenhude",
    created_at=datetime(2026, 1, 7, tzinfo=UTC),
    changed_at=datetime(2026, 2, 3, tzinfo=UTC),
    sequence=4,
    municipality_count=1,
    labels=("Stadt Neuenwerra",),
    discreet=False,
)


def german(message: str, /, **params: object) -> str:
    return message % params if params else message


def event_of(**changes: Any) -> FeedEvent:
    return feed_event(replace(WORKSHOP, **changes), german, base_url="https://komma.example.org")


def test_a_session_in_full() -> None:
    event = event_of()
    assert event.uid == "abcdefgh23456777@komma-tracker"
    assert event.summary == "Workshop: Clearing in Falkenhude (Stadt Neuenwerra)"
    assert event.location == "Rathaus Falkenhude"
    assert event.conference == "https://treffen.example/falkenhude"
    assert event.url == "https://komma.example.org/sessions/abcdefgh23456777"
    assert event.description == (
        "Einwahl: https://treffen.example/falkenhude\n"
        "Einzelheiten nach Anmeldung: https://komma.example.org/sessions/abcdefgh23456777"
    )
    assert event.categories == ("Workshop",)
    assert (event.created, event.last_modified, event.sequence) == (WORKSHOP.created_at, WORKSHOP.changed_at, 4)


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "Workshop: Clearing in Falkenhude (Stadt Neuenwerra)"),
        ({"labels": (), "municipality_count": 0}, "Workshop: Clearing in Falkenhude"),
        ({"municipality_count": 3}, "Workshop: Clearing in Falkenhude (Stadt Neuenwerra, weitere Kommunen)"),
        ({"labels": ("A", "B"), "municipality_count": 2}, "Workshop: Clearing in Falkenhude (A, B)"),
        ({"state": EventState.CANCELLED}, "Abgesagt: Workshop: Clearing in Falkenhude (Stadt Neuenwerra)"),
        ({"discreet": True, "labels": ("Kommune 07",)}, "Workshop – Kommune 07"),
        ({"discreet": True, "labels": ("A",), "municipality_count": 2}, "Workshop – A, weitere Kommunen"),
        ({"discreet": True, "state": EventState.CANCELLED}, "Abgesagt: Workshop – Stadt Neuenwerra"),
        ({"discreet": True, "labels": (), "municipality_count": 1}, "Workshop – weitere Kommunen"),
        ({"kind": EventKind.COACHING}, "Coaching (vertraulich) – Stadt Neuenwerra"),
        ({"kind": EventKind.COACHING, "labels": (), "municipality_count": 0}, "Coaching (vertraulich)"),
        ({"kind": EventKind.COACHING, "discreet": True}, "Coaching (vertraulich) – Stadt Neuenwerra"),
        ({"title": "100 %(summary)s", "labels": (), "municipality_count": 0}, "Workshop: 100 %(summary)s"),
        ({"title": "5 %", "state": EventState.CANCELLED}, "Abgesagt: Workshop: 5 % (Stadt Neuenwerra)"),
    ],
)
def test_summary(changes: dict[str, Any], summary: str) -> None:
    assert event_of(**changes).summary == summary


@pytest.mark.parametrize("changes", [{"discreet": True, "labels": ("Kommune 07",)}, {"kind": EventKind.COACHING}])
def test_rules_15_and_17_reduced_detail_is_another_text(changes: dict[str, Any]) -> None:
    event = event_of(**changes)
    assert "alkenhude" not in repr(event)
    assert (event.location, event.conference) == ("", "")
    assert event.description == "Einzelheiten nach Anmeldung: https://komma.example.org/sessions/abcdefgh23456777"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EventState.TENTATIVE, Status.TENTATIVE),
        (EventState.CONFIRMED, Status.CONFIRMED),
        (EventState.HELD, Status.CONFIRMED),
        (EventState.CANCELLED, Status.CANCELLED),
    ],
)
def test_status(state: EventState, status: Status) -> None:
    assert event_of(state=state).status is status


@pytest.mark.parametrize(
    ("role", "audiences"),
    [
        (Role.LEAD, (Audience.MINE, Audience.MUNICIPALITY, Audience.PROGRAMME)),
        (Role.CONSULTANT, (Audience.MINE, Audience.MUNICIPALITY)),
        (Role.COORDINATOR, (Audience.MUNICIPALITY,)),
        (Role.HEAD, (Audience.MUNICIPALITY,)),
        (Role.READER, ()),
    ],
)
def test_audiences(role: Role, audiences: tuple[Audience, ...]) -> None:
    assert audiences_of(Viewer(1, role, frozenset({3}))) == audiences


@pytest.mark.parametrize(
    ("role", "audience", "municipality_id", "opens"),
    [
        (Role.LEAD, Audience.MUNICIPALITY, 9, True),
        (Role.LEAD, Audience.PROGRAMME, None, True),
        (Role.CONSULTANT, Audience.MINE, None, True),
        (Role.CONSULTANT, Audience.MUNICIPALITY, 3, True),
        (Role.CONSULTANT, Audience.MUNICIPALITY, 9, False),
        (Role.CONSULTANT, Audience.PROGRAMME, None, False),
        (Role.COORDINATOR, Audience.MUNICIPALITY, 3, True),
        (Role.COORDINATOR, Audience.MUNICIPALITY, 9, False),
        (Role.COORDINATOR, Audience.MINE, None, False),
        (Role.HEAD, Audience.MUNICIPALITY, 3, True),
        (Role.READER, Audience.MUNICIPALITY, 3, False),
        (Role.READER, Audience.MINE, None, False),
    ],
)
def test_who_may_read_what(role: Role, audience: Audience, municipality_id: int | None, opens: bool) -> None:
    assert may_read(Viewer(1, role, frozenset({3})), audience, municipality_id) is opens


@pytest.mark.parametrize(
    ("audience", "label", "head"),
    [
        (Audience.MINE, None, FeedHead("KommA – meine Termine", Colour.STEELBLUE)),
        (Audience.MUNICIPALITY, "Kommune 07", FeedHead("KommA – Kommune 07", Colour.TEAL)),
        (Audience.PROGRAMME, None, FeedHead("KommA – Programm", Colour.DARKSLATEBLUE)),
    ],
)
def test_head(audience: Audience, label: str | None, head: FeedHead) -> None:
    assert calendar_head(audience, label, german) == head


@pytest.mark.parametrize(
    ("audience", "code", "name"),
    [
        (Audience.MINE, None, "KommA-Termine.ics"),
        (Audience.MUNICIPALITY, "K07", "KommA-K07.ics"),
        (Audience.PROGRAMME, None, "KommA-Programm.ics"),
    ],
)
def test_rule_17_file_names_hold_the_code_only(audience: Audience, code: str | None, name: str) -> None:
    assert file_name(audience, code) == name


def test_how_long_sessions_are_shown() -> None:
    assert first_day_shown(date(2028, 2, 29)) == date(2027, 2, 28)
    assert first_cancellation_shown(date(2026, 11, 22)) == date(2026, 9, 27)


@pytest.mark.parametrize(
    ("ago", "news"), [(None, True), (timedelta(0), False), (timedelta(minutes=59), False), (timedelta(hours=1), True)]
)
def test_use_is_noted_once_an_hour(ago: timedelta | None, news: bool) -> None:
    assert use_is_news(None if ago is None else NOW - ago, NOW) is news


@pytest.mark.parametrize(
    ("last", "stamp"),
    [
        (None, NOW),
        (NOW - timedelta(days=1), NOW),
        (NOW, NOW + timedelta(seconds=1)),
        (NOW + timedelta(seconds=30), NOW + timedelta(seconds=31)),
    ],
)
def test_a_change_always_counts_as_later(last: datetime | None, stamp: datetime) -> None:
    assert change_stamp(last, NOW) == stamp
