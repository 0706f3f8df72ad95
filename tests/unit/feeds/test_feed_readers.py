"""What other libraries read in our bytes: the same text and the same instants, whatever people type."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from komma_tracker.feeds.ical import calendar_bytes, clean_line, clean_text
from komma_tracker.feeds.rules import FeedEvent, FeedHead
from komma_tracker.feeds.vtimezone import VTIMEZONE

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = FeedHead("Probe")
TEXTS = ("summary", "description", "location")
STAMP = datetime(2026, 1, 1, tzinfo=UTC)

nasty_text = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=";,\\\r\n\t\x00\x0b\x85\u2028\"':=aänN🏛️👩‍👧مرحبا \u202e", max_size=300),
    st.builds(lambda piece, times: (piece * times)[:10_000], st.text(min_size=1, max_size=9), st.integers(1, 10_000)),
)


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


def icalendar_events(body: bytes) -> list[Any]:
    return Calendar.from_ical(body).walk("VEVENT")


def vobject_events(body: bytes) -> list[Any]:
    calendar: Any = vobject.readOne(body.decode())
    return calendar.vevent_list


Texts = dict[str, list[str]]


def by_icalendar(body: bytes) -> Texts:
    events = icalendar_events(body)
    assert [event.errors for event in events] == [[]] * len(events)
    return {str(event["UID"]): [str(event.get(name, "")) for name in TEXTS] for event in events}


def by_vobject(body: bytes) -> Texts:
    return {
        event.uid.value: [event.contents[name][0].value if name in event.contents else "" for name in TEXTS]
        for event in vobject_events(body)
    }


@pytest.mark.parametrize("reader", [by_icalendar, by_vobject])
@settings(max_examples=40, deadline=None)
@given(summary=nasty_text, description=nasty_text, location=nasty_text)
def test_text_comes_back(reader: Callable[[bytes], Texts], summary: str, description: str, location: str) -> None:
    event = event_at(datetime(2026, 5, 12, 9), summary=summary, description=description, location=location)
    body = calendar_bytes(HEAD, [event])
    assert reader(body) == {event.uid: [clean_line(summary), clean_text(description), clean_line(location)]}


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


def test_every_reader_finds_every_instant() -> None:
    """Both changes of clocks of 2026 by the half hour, and noon in winter and summer until 2040."""
    body = calendar_bytes(HEAD, [event_at(starts, number) for number, starts in enumerate(PROBES)])
    expected = {f"{number}@komma-tracker": in_utc(starts) for number, starts in enumerate(PROBES)}
    assert {str(e["UID"]): e["DTSTART"].dt.astimezone(UTC) for e in icalendar_events(body)} == expected
    assert {e.uid.value: e.dtstart.value.astimezone(UTC) for e in vobject_events(body)} == expected
    unrolled: list[Any] = recurring_ical_events.of(Calendar.from_ical(body)).between(date(2026, 1, 1), date(2041, 1, 1))
    assert {str(e["UID"]): e["DTSTART"].dt.astimezone(UTC) for e in unrolled} == expected


def test_the_zone_block_agrees_with_the_official_zone() -> None:
    """Read the block itself, not its well-known name: a reader without a zone database has nothing else."""
    nameless = VTIMEZONE.replace(b"Europe/Berlin", b"Eigene").replace(b"X-LIC-LOCATION:Eigene\r\n", b"")
    existing = [starts for starts in PROBES if in_utc(starts).astimezone(BERLIN).replace(tzinfo=None) == starts]
    events = b"".join(
        b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Eigene:%s\r\nEND:VEVENT\r\n"
        % (number, starts.strftime("%Y%m%dT%H%M%S").encode())
        for number, starts in enumerate(existing)
    )
    body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + nameless + events + b"END:VCALENDAR\r\n"
    assert [event.dtstart.value.astimezone(UTC) for event in vobject_events(body)] == [in_utc(s) for s in existing]
