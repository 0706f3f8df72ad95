"""What a session becomes in a feed: which words, which details, how long, for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from komma_tracker.access.rules import Invalid, Role, Viewer
from komma_tracker.alliances.rules import Side
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import (
    LEVELS,
    Audience,
    Colour,
    Contents,
    FeedEvent,
    FeedHead,
    Label,
    Level,
    Manner,
    SessionFacts,
    Status,
    audiences_of,
    calendar_head,
    change_stamp,
    check_contents,
    check_expiry,
    feed_event,
    file_name,
    first_cancellation_shown,
    first_day_shown,
    manner_of,
    may_read,
    reader_of,
    shown_together,
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
    labels=(Label("Kommune 01", "Stadt Neuenwerra"),),
    discreet=False,
)
HIDDEN, A, B = Label("Kommune 07", "Kommune 07"), Label("Kommune 02", "A"), Label("Kommune 03", "B")


def german(message: str, /, **params: object) -> str:
    return message % params if params else message


def event_of(manner: Manner | None = None, **changes: Any) -> FeedEvent:
    return feed_event(
        replace(WORKSHOP, **changes), german, base_url="https://komma.example.org", manner=manner or Manner()
    )


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
        ({"title": "Workshopreihe Clearing"}, "Workshopreihe Clearing (Stadt Neuenwerra)"),
        (
            {"title": "workshop: Clearing", "state": EventState.CANCELLED, "labels": (), "municipality_count": 0},
            "Abgesagt: workshop: Clearing",
        ),
        ({"municipality_count": 3}, "Workshop: Clearing in Falkenhude (Stadt Neuenwerra, weitere Kommunen)"),
        (
            {"labels": (A, B), "municipality_count": 2},
            "Workshop: Clearing in Falkenhude (A, B)",
        ),
        ({"state": EventState.CANCELLED}, "Abgesagt: Workshop: Clearing in Falkenhude (Stadt Neuenwerra)"),
        ({"discreet": True, "labels": (HIDDEN,)}, "Workshop – Kommune 07"),
        (
            {"discreet": True, "labels": (A,), "municipality_count": 2},
            "Workshop – A, weitere Kommunen",
        ),
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


@pytest.mark.parametrize("changes", [{"discreet": True, "labels": (HIDDEN,)}, {"kind": EventKind.COACHING}])
def test_rules_15_and_17_reduced_detail_is_another_text(changes: dict[str, Any]) -> None:
    event = event_of(**changes)
    assert "alkenhude" not in repr(event)
    assert (event.location, event.conference) == ("", "")
    assert event.description == "Einzelheiten nach Anmeldung: https://komma.example.org/sessions/abcdefgh23456777"


def test_case_10_in_a_threat_situation_no_calendar_says_where() -> None:
    event = event_of(sheltered=True)
    assert event.summary == "Workshop: Clearing in Falkenhude (Stadt Neuenwerra)"
    assert (event.location, event.conference) == ("", "")
    assert event.description == "Einzelheiten nach Anmeldung: https://komma.example.org/sessions/abcdefgh23456777"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EventState.TENTATIVE, Status.TENTATIVE),
        (EventState.CONFIRMED, Status.CONFIRMED),
        (EventState.HELD, Status.CONFIRMED),
        (EventState.FOLLOWED_UP, Status.CONFIRMED),
        (EventState.CANCELLED, Status.CANCELLED),
    ],
)
def test_status(state: EventState, status: Status) -> None:
    assert event_of(state=state).status is status


# who reads what

MINE, PLACE, PROGRAMME = Audience.MINE, Audience.MUNICIPALITY, Audience.PROGRAMME
ALLIANCE, NETWORK, PUBLIC = Audience.ALLIANCE, Audience.NETWORK, Audience.PUBLIC
OWN = {
    Role.LEAD: (MINE, PLACE, ALLIANCE, NETWORK, PROGRAMME, PUBLIC),
    Role.CONSULTANT: (MINE, PLACE, ALLIANCE, NETWORK, PUBLIC),
    Role.COORDINATOR: (PLACE, ALLIANCE, NETWORK, PUBLIC),
    Role.HEAD: (PLACE, ALLIANCE, NETWORK, PUBLIC),
    Role.READER: (),
}
GIVEN = {
    Role.LEAD: (PLACE, ALLIANCE, NETWORK, PUBLIC),
    Role.CONSULTANT: (),
    Role.COORDINATOR: (PLACE, ALLIANCE),
    Role.HEAD: (),
    Role.READER: (),
}
HERE, ELSEWHERE = 3, 9


@pytest.mark.parametrize("role", Role)
def test_audiences(role: Role) -> None:
    viewer = Viewer(1, role, frozenset({HERE}))
    assert audiences_of(viewer) == OWN[role]
    assert audiences_of(viewer, for_guest=True) == GIVEN[role]


@pytest.mark.parametrize("for_guest", [False, True], ids=["own", "guest"])
@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("role", Role)
def test_who_may_read_what(role: Role, audience: Audience, for_guest: bool) -> None:
    """A municipality's calendar by those who belong to it, and by the lead; the others by whom they are offered to."""
    viewer, offered = Viewer(1, role, frozenset({HERE})), audience in (GIVEN if for_guest else OWN)[role]
    placed = audience in (PLACE, ALLIANCE)
    opens = {
        ids: may_read(viewer, audience, ids, for_guest=for_guest)
        for ids in ((), (HERE,), (ELSEWHERE,), (HERE, ELSEWHERE))
    }
    everywhere = offered and placed and role is Role.LEAD
    assert opens == {
        (): offered and not placed,
        (HERE,): offered and placed,
        (ELSEWHERE,): everywhere,
        (HERE, ELSEWHERE): everywhere,
    }


FULL, ALIAS, BUSY = Level.FULL, Level.ALIAS, Level.BUSY


@pytest.mark.parametrize(
    ("audience", "own", "guest"),
    [
        (MINE, [FULL, ALIAS, BUSY], []),
        (PLACE, [FULL, ALIAS, BUSY], [FULL, ALIAS, BUSY]),
        (ALLIANCE, [FULL, ALIAS, BUSY], [FULL, ALIAS, BUSY]),
        (NETWORK, [FULL, BUSY], [FULL, BUSY]),
        (PROGRAMME, [FULL, ALIAS, BUSY], []),
        (PUBLIC, [FULL], [FULL]),
    ],
)
def test_who_may_have_which_level(audience: Audience, own: list[Level], guest: list[Level]) -> None:
    ids = (HERE,) if audience in (PLACE, ALLIANCE) else ()
    for for_guest, allowed in ((False, own), (True, guest)):
        assert list(LEVELS[audience][for_guest]) == allowed
        for level in Level:
            contents = Contents(audience, ids, Side.OTHER if audience is ALLIANCE else None, level, for_guest)
            if level in allowed:
                check_contents(contents)
            else:
                with pytest.raises(Invalid) as refusal:
                    check_contents(contents)
                assert refusal.value.field == "level"


@pytest.mark.parametrize(
    ("contents", "field"),
    [
        (Contents(PLACE), "municipalities"),
        (Contents(PLACE, (1, 2)), "municipalities"),
        (Contents(ALLIANCE, (1, 2), Side.SECURITY), "municipalities"),
        (Contents(ALLIANCE, (1, 2), Side.SECURITY, for_guest=True), None),
        (Contents(PROGRAMME, (1,)), "municipalities"),
        (Contents(PROGRAMME, past_months=2), "past_months"),
        (Contents(NETWORK, kinds=(EventKind.TRAINING,)), "kinds"),
        (Contents(ALLIANCE, (1,), Side.SECURITY, kinds=(EventKind.TRAINING, EventKind.COACHING)), "kinds"),
        (Contents(ALLIANCE, (1,), Side.SECURITY, kinds=(EventKind.TRAINING, EventKind.WORKSHOP)), None),
    ],
)
def test_what_no_address_can_show(contents: Contents, field: str | None) -> None:
    if field is None:
        check_contents(contents)
        return
    with pytest.raises(Invalid) as refusal:
        check_contents(contents)
    assert refusal.value.field == field


ALLIANCE_TABLE = {
    # kind: administration, counselling, security, other
    EventKind.TRAINING: "x x . .",
    EventKind.COACHING: "x x . .",
    EventKind.WORKSHOP: "x x x .",
    EventKind.STEERING_GROUP: "x . . .",
    EventKind.ALLIANCE_MEETING: "x x x x",
    EventKind.NETWORK: "x x x x",
    EventKind.WEBINAR: "x x x x",
    EventKind.TRANSFER: "x x x x",
}


@pytest.mark.parametrize("kind", EventKind)
def test_which_side_of_an_alliance_sees_what(kind: EventKind) -> None:
    """The security side sees no training and no coaching (issue 4)."""
    shown = [kind in Contents(ALLIANCE, (1,), side).shown_kinds for side in Side]
    assert " ".join("x" if each else "." for each in shown) == ALLIANCE_TABLE[kind]


def test_kinds_of_the_other_calendars() -> None:
    everything = frozenset(EventKind)
    assert [Contents(each).shown_kinds for each in (MINE, PLACE, PROGRAMME)] == [everything] * 3
    assert Contents(NETWORK).shown_kinds == {EventKind.NETWORK, EventKind.WEBINAR, EventKind.TRANSFER}
    assert Contents(PUBLIC).shown_kinds == {EventKind.WEBINAR, EventKind.TRANSFER}
    assert Contents(PROGRAMME, kinds=(EventKind.TRAINING,)).shown_kinds == {EventKind.TRAINING}


def test_a_guest_reads_with_the_eyes_of_the_municipality() -> None:
    lead = Viewer(1, Role.LEAD)
    assert reader_of(lead, Contents(ALLIANCE, (3, 5))) == lead
    assert reader_of(lead, Contents(ALLIANCE, (3, 5), for_guest=True)) == Viewer(0, Role.COORDINATOR, frozenset({3, 5}))
    assert reader_of(lead, Contents(PUBLIC, for_guest=True)) == Viewer(0, Role.COORDINATOR)


@pytest.mark.parametrize(
    ("together", "anonymous", "shown"),
    [((3,), (), (3,)), ((3,), (3,), (3,)), ((3, 5), (), (3, 5)), ((3, 5), (5,), (3,)), ((3, 5), (3, 5), ())],
)
def test_case_18_no_anonymous_municipality_beside_another(
    together: tuple[int, ...], anonymous: tuple[int, ...], shown: tuple[int, ...]
) -> None:
    assert shown_together(together, anonymous) == shown


@pytest.mark.parametrize(
    ("expires_on", "for_guest", "fits"),
    [
        (None, False, True),
        (None, True, False),
        (date(2026, 11, 21), False, False),
        (date(2026, 11, 22), True, True),
        (date(2028, 11, 23), True, True),
        (date(2028, 11, 24), True, False),
    ],
)
def test_how_long_an_address_may_live(expires_on: date | None, for_guest: bool, fits: bool) -> None:
    if fits:
        check_expiry(expires_on, date(2026, 11, 22), for_guest=for_guest)
        return
    with pytest.raises(Invalid) as refusal:
        check_expiry(expires_on, date(2026, 11, 22), for_guest=for_guest)
    assert refusal.value.field == "expires_on"


# in how much detail


def test_busy_says_when_and_nothing_else() -> None:
    event = event_of(Manner(Level.BUSY))
    assert event == FeedEvent(
        uid="abcdefgh23456777@komma-tracker",
        starts_local=WORKSHOP.starts_local,
        ends_local=WORKSHOP.ends_local,
        zone="Europe/Berlin",
        summary="Beschäftigt",
        created=WORKSHOP.created_at,
        last_modified=WORKSHOP.changed_at,
        sequence=4,
    )
    assert event_of(Manner(Level.BUSY), state=EventState.CANCELLED).summary == "Beschäftigt"


def test_alias_hides_every_name() -> None:
    event = event_of(Manner(Level.ALIAS), labels=(Label("Kommune 01", "Stadt Neuenwerra"),), municipality_count=2)
    assert event.summary == "Workshop – Kommune 01, weitere Kommunen"
    assert (event.location, event.conference) == ("", "")
    assert event.description == "Einzelheiten nach Anmeldung: https://komma.example.org/sessions/abcdefgh23456777"


def test_the_public_reads_neither_municipality_nor_way_to_dial_in() -> None:
    event = event_of(manner_of(Contents(PUBLIC)), kind=EventKind.WEBINAR)
    assert event.summary == "Webinar: Clearing in Falkenhude"
    assert (event.conference, event.location) == ("", "Rathaus Falkenhude")


@pytest.mark.parametrize(
    ("contents", "manner"),
    [
        (Contents(MINE), Manner(FULL, places=True, dial_in=True, page=True)),
        (Contents(PLACE, (1,), level=ALIAS), Manner(ALIAS, places=True, dial_in=True, page=True)),
        (Contents(ALLIANCE, (1,), Side.SECURITY, for_guest=True), Manner(FULL, places=True, dial_in=True, page=False)),
        (Contents(PUBLIC), Manner(FULL, places=False, dial_in=False, page=True)),
        (Contents(PUBLIC, for_guest=True), Manner(FULL, places=False, dial_in=False, page=False)),
    ],
)
def test_manners(contents: Contents, manner: Manner) -> None:
    assert manner_of(contents) == manner


@pytest.mark.parametrize(
    ("audience", "level", "labels", "head"),
    [
        (MINE, FULL, [], FeedHead("KommA – meine Termine", Colour.STEELBLUE)),
        (PLACE, FULL, ["Kommune 07"], FeedHead("KommA – Kommune 07", Colour.TEAL)),
        (ALLIANCE, FULL, ["A", "B"], FeedHead("KommA – Allianz A, B", Colour.INDIANRED)),
        (ALLIANCE, FULL, [], FeedHead("KommA – Allianz", Colour.INDIANRED)),
        (NETWORK, FULL, [], FeedHead("KommA – Netzwerk", Colour.SEAGREEN)),
        (PROGRAMME, ALIAS, [], FeedHead("KommA – Programm", Colour.DARKSLATEBLUE)),
        (PUBLIC, FULL, [], FeedHead("KommA – öffentliche Termine", Colour.SEAGREEN)),
        (PLACE, BUSY, ["A"], FeedHead("Beschäftigt", Colour.GRAY)),
    ],
)
def test_head(audience: Audience, level: Level, labels: list[str], head: FeedHead) -> None:
    assert calendar_head(audience, level, labels, german) == head


@pytest.mark.parametrize(
    ("audience", "level", "codes", "name"),
    [
        (MINE, FULL, [], "KommA-Termine.ics"),
        (PLACE, FULL, ["K07"], "KommA-K07.ics"),
        (ALLIANCE, ALIAS, ["K01", "K02"], "KommA-Allianz-K01-K02.ics"),
        (NETWORK, FULL, [], "KommA-Netzwerk.ics"),
        (PROGRAMME, FULL, [], "KommA-Programm.ics"),
        (PUBLIC, FULL, [], "KommA-oeffentlich.ics"),
        (PLACE, BUSY, ["K07"], "Kalender.ics"),
    ],
)
def test_rule_17_file_names_hold_codes_only(audience: Audience, level: Level, codes: list[str], name: str) -> None:
    assert file_name(audience, level, codes) == name


# for how long


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 11, 22), 12, date(2025, 11, 22)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
        (date(2026, 5, 31), 3, date(2026, 2, 28)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
    ],
)
def test_how_long_sessions_are_shown(today: date, months: int, first: date) -> None:
    assert first_day_shown(today, months) == first


def test_how_long_cancelled_sessions_are_shown() -> None:
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
