"""What other libraries read in our bytes: the same text and the same instants, whatever people type."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Timezone

from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.ical import calendar_bytes, clean_line, clean_text
from komma_tracker.feeds.rules import FeedEvent, FeedHead, Label, SessionFacts, feed_event
from komma_tracker.feeds.vtimezone import VTIMEZONE
from tests.support.readers import READERS

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = FeedHead("Probe")
STAMP = datetime(2026, 1, 1, tzinfo=UTC)

short_text = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=";,\\\r\n\t\x00\x0b\x85\u2028\"':=aänN🏛️👩‍👧مرحبا \u202e", max_size=300),
)
nasty_text = short_text | st.builds(
    lambda piece, times: (piece * times)[:10_000], st.text(min_size=1, max_size=9), st.integers(1, 10_000)
)


def session(**values: Any) -> SessionFacts:
    """A confirmed training of one municipality."""
    quiet: dict[str, Any] = {
        "public_id": "abcdefgh23456777",
        "kind": EventKind.TRAINING,
        "state": EventState.CONFIRMED,
        "starts_local": datetime(2026, 5, 12, 9),
        "ends_local": datetime(2026, 5, 12, 12),
        "zone": "Europe/Berlin",
        "created_at": STAMP,
        "changed_at": STAMP,
        "sequence": 0,
        "municipality_count": 1,
        "discreet": False,
    }
    return SessionFacts(**(quiet | values))


def german(message: str, /, **params: object) -> str:
    return message % params if params else message


def event_at(starts: datetime, number: int = 0, **texts: str) -> FeedEvent:
    """An event of half an hour in Berlin."""
    return FeedEvent(
        uid=f"{number}@komma-tracker",
        starts_local=starts,
        ends_local=starts + timedelta(minutes=30),
        zone="Europe/Berlin",
        summary=texts.get("summary", "x"),
        created=STAMP,
        last_modified=STAMP,
        description=texts.get("description", ""),
        location=texts.get("location", ""),
    )


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=40, deadline=None)
@given(summary=nasty_text, description=nasty_text, location=nasty_text)
def test_text_comes_back(reader: str, summary: str, description: str, location: str) -> None:
    event = event_at(datetime(2026, 5, 12, 9), summary=summary, description=description, location=location)
    (read,) = READERS[reader](calendar_bytes(HEAD, [event])).values()
    assert read.texts == (clean_line(summary), clean_text(description), clean_line(location))


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=25, deadline=None)
@given(title=short_text, place=short_text, name=short_text, link=short_text)
def test_a_session_says_what_people_typed_of_it(reader: str, title: str, place: str, name: str, link: str) -> None:
    """The whole way from a session's fields: its title, its place, its municipality's name, and a link that is none."""
    event = feed_event(
        session(title=title, place=place, link=link, labels=(Label("Kommune 01", f"Stadt {name}"),)),
        german,
        base_url="",
    )
    (read,) = READERS[reader](calendar_bytes(HEAD, [event])).values()
    assert read.summary == clean_line(f"Training: {title} (Stadt {name})")
    assert read.location == clean_line(place)
    assert read.description == clean_text(event.description)


@settings(max_examples=40, deadline=None)
@given(nasty_text)
def test_the_name_of_a_calendar_comes_back(name: str) -> None:
    """Read by vobject: icalendar gives what stands there, with the escapes."""
    said: Any = vobject.readOne(calendar_bytes(FeedHead(name), []).decode())
    for key in ("name", "x-wr-calname"):
        assert "".join(each.value for each in said.contents.get(key, [])) == clean_line(name)


NASTY_LENGTH = 10_000


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "piece",
    ["\r\n", ";", ",", ":", '"', "'", "\\", "\\n", "🏛️", "👩‍👧", "مرحبا ", "\u202eabc", "ä", "\x00", "%s", "{{x}}"],
)
def test_ten_thousand_characters_of_everything_nasty(reader: str, piece: str) -> None:
    """Each between two letters, so that nothing hides in the margins."""
    text = f"a{(piece * NASTY_LENGTH)[: NASTY_LENGTH - 2]}z"
    event = event_at(datetime(2026, 5, 12, 9), summary=text, description=text, location=text)
    (read,) = READERS[reader](calendar_bytes(HEAD, [event])).values()
    assert read.texts == (clean_line(text), clean_text(text), clean_line(text))


@settings(max_examples=60, deadline=None)
@given(nasty_text)
def test_lines_are_short_and_whole_for_any_text(text: str) -> None:
    body = calendar_bytes(FeedHead(text), [event_at(datetime(2026, 5, 12, 9), summary=text, description=text)])
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        assert not line.endswith(b"\\")
        line.decode()


@settings(max_examples=60, deadline=None)
@given(nasty_text)
def test_cleaning_only_touches_what_the_rules_name(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    allowed = re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\\\]", "", text)
    kept = re.sub("[/\n ]", "", cleaned)
    assert kept == re.sub("[/\n ]", "", allowed.strip())


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\tb", "a b"),
        ("a\x00\x07b", "ab"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("C:\\neu", "C:/neu"),
        ("  Rand  ", "Rand"),
        ("a; b, c: \"d\" 'e'", "a; b, c: \"d\" 'e'"),
        ("\ud800Einzelgänger", "Einzelgänger"),
    ],
)
def test_cleaning(typed: str, read: str) -> None:
    assert clean_text(typed) == read


def half_hours(first: datetime, hours: int) -> list[datetime]:
    return [first + timedelta(minutes=30 * step) for step in range(hours * 2)]


PROBES = [
    *half_hours(datetime(2026, 3, 28, 12), 30),
    *half_hours(datetime(2026, 10, 24, 12), 30),
    *(datetime(year, month, 1, 12) for year in range(2026, 2041) for month in (1, 7)),
]


def in_utc(starts: datetime) -> datetime:
    return starts.replace(tzinfo=BERLIN).astimezone(UTC)


def end_of(starts: datetime) -> datetime:
    """Half an hour later by the clock, or by time where the clock is put forward over that."""
    half_an_hour = timedelta(minutes=30)
    by_clock = in_utc(starts + half_an_hour)
    return by_clock if by_clock > in_utc(starts) else in_utc(starts) + half_an_hour


def probes() -> list[FeedEvent]:
    return [event_at(starts, number) for number, starts in enumerate(PROBES)]


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_every_instant(reader: str) -> None:
    """Both changes of clocks of 2026 by the half hour, and noon in winter and summer until 2040."""
    read = READERS[reader](calendar_bytes(HEAD, probes()))
    assert {uid: (each.starts, each.ends) for uid, each in read.items()} == {
        f"{number}@komma-tracker": (in_utc(starts), end_of(starts)) for number, starts in enumerate(PROBES)
    }


@pytest.mark.parametrize(("reader", "wrong"), [("icalendar", 0), ("vobject", 40), ("ical.js", 40)])
def test_the_readers_would_notice_the_zone_that_thunderbird_shows_wrong(reader: str, wrong: int) -> None:
    """Calendars 1 A: with icalendar's own block, two of them are an hour late through all of summer."""
    theirs = Timezone.from_tzid("Europe/Berlin").to_ical()
    body = calendar_bytes(HEAD, probes())
    assert VTIMEZONE in body
    read = READERS[reader](body.replace(VTIMEZONE, theirs))
    expected = {f"{number}@komma-tracker": in_utc(starts) for number, starts in enumerate(PROBES)}
    assert sum(each.starts != expected[uid] for uid, each in read.items()) >= wrong
    assert (wrong == 0) is all(each.starts == expected[uid] for uid, each in read.items())


def is_once(starts: datetime) -> bool:
    """Whether clocks in Berlin show this time, and only once."""
    there = starts.replace(tzinfo=BERLIN)
    return there.utcoffset() == there.replace(fold=1).utcoffset()


@pytest.mark.parametrize("reader", ["vobject", "ical.js"])
def test_the_zone_block_agrees_with_the_official_zone(reader: str) -> None:
    """Read the block itself, not its well-known name: a reader without a zone database has nothing else."""
    nameless = VTIMEZONE.replace(b"Europe/Berlin", b"Eigene").replace(b"X-LIC-LOCATION:Eigene\r\n", b"")
    existing = [starts for starts in PROBES if is_once(starts)]
    events = b"".join(
        b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Eigene:%s\r\nDTEND;TZID=Eigene:%s\r\n"
        b"END:VEVENT\r\n" % (number, *[starts.strftime("%Y%m%dT%H%M%S").encode()] * 2)
        for number, starts in enumerate(existing)
    )
    body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + nameless + events + b"END:VCALENDAR\r\n"
    expected = {str(number): in_utc(starts) for number, starts in enumerate(existing)}
    assert {uid: each.starts for uid, each in READERS[reader](body).items()} == expected
