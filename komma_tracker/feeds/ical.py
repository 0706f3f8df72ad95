"""Events to the bytes of a calendar that every client reads alike. Pure: no request, no clock, no database.

Each rule named here is one of calendars 3.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, vDuration, vText, vUri

from komma_tracker.feeds.rules import FeedEvent, FeedHead, Status
from komma_tracker.feeds.vtimezone import FEED_ZONE, VTIMEZONE

PRODID = "-//komma-tracker//Kalender-Abo//DE"
LINE_OCTETS = 75
KEPT_EVENTS = 8192
"""Serialised events kept per process: about 15 MB when full, ten municipalities' whole term many times over."""

_LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_URI_KEPT = "!#$%&'()*+,-./:;=?@_~[]"


def clean_text(value: str) -> str:
    """Keep what every reader reads alike: line breaks as LF, no other control character, no backslash (rules 3, 4)."""
    return _UNREADABLE.sub("", _LINE_BREAKS.sub("\n", value).replace("\t", " ")).replace("\\", "/").strip()


def clean_line(value: str) -> str:
    """Clean text for a property that is one line, such as a title or a place."""
    return clean_text(value).replace("\n", " ")


def clean_uri(value: str) -> str:
    """An http(s) address in ASCII, ready to stand unescaped (rule 5); anything else becomes empty."""
    uri = quote(clean_text(value).replace("\n", ""), safe=_URI_KEPT)
    try:
        parts = urlsplit(uri)
    except ValueError:  # "https://[" and the like
        return ""
    return uri if parts.scheme in ("http", "https") and parts.netloc else ""


def calendar_bytes(head: FeedHead, events: Iterable[FeedEvent]) -> bytes:
    """The whole calendar; the order of `events` does not matter, so equal sets give equal bytes (rule 20)."""
    return whole_calendar(head, map(event_bytes, sorted(events, key=attrgetter("starts_local", "uid"))))


def whole_calendar(head: FeedHead, texts: Iterable[bytes]) -> bytes:
    """The whole calendar around texts that `event_bytes` has written, in their order."""
    return b"".join([_head_bytes(head), VTIMEZONE, *texts, b"END:VCALENDAR\r\n"])


@lru_cache(maxsize=KEPT_EVENTS)
def event_bytes(event: FeedEvent) -> bytes:
    """One VEVENT. The key of the cache is the whole content, so no process can ever serve an older text."""
    return octets_of(component_of(event))


def octets_of(component: Component) -> bytes:
    """A component in lines that every client reads (rules 1, 2)."""
    return _fold(_lines(component))


def component_of(event: FeedEvent) -> Event:
    """The VEVENT as icalendar has it: for what says more than a feed does."""
    start, end = _days(event) if event.all_day else _instants(event)
    component = Event()
    component.add("uid", event.uid)
    component.add("dtstamp", event.last_modified)
    component.add("created", event.created)
    component.add("last-modified", event.last_modified)
    component.add("sequence", event.sequence)
    component.add("dtstart", start)
    component.add("dtend", end)
    component.add("status", event.status.value)
    free = event.all_day or event.status is Status.CANCELLED
    component.add("transp", "TRANSPARENT" if free else "OPAQUE")
    _add_text(component, "summary", clean_line(event.summary))
    _add_text(component, "description", clean_text(event.description))
    _add_text(component, "location", clean_line(event.location))
    if categories := [text for text in map(clean_line, event.categories) if text]:
        component.add("categories", categories)
    if url := clean_uri(event.url):
        component.add("url", vUri(url))
    if conference := clean_uri(event.conference):
        component.add("conference", vUri(conference), parameters={"VALUE": "URI"})
    return component


def _add_text(component: Component, name: str, text: str) -> None:
    if text:  # an empty property is a fault for some readers (rule 5)
        component.add(name, vText(text))  # vText, else an X-property would be written raw (rule 6)


def _days(event: FeedEvent) -> tuple[date, date]:
    first = event.starts_local.date()
    return first, max(event.ends_local.date(), first + timedelta(days=1))


def _instants(event: FeedEvent) -> tuple[datetime, datetime]:
    """Start and end in the feed's zone. By way of UTC, so a clock time that spring leaves out cannot come out."""
    zone = ZoneInfo(event.zone)
    start = event.starts_local.replace(tzinfo=zone).astimezone(UTC)
    end = event.ends_local.replace(tzinfo=zone).astimezone(UTC)
    if end <= start:  # the start was left out by the change of clocks and moved past the end: keep the length
        end = start + (event.ends_local - event.starts_local)
    local_start, local_end = start.astimezone(FEED_ZONE), end.astimezone(FEED_ZONE)
    if _comes_twice(local_start) or _comes_twice(local_end):
        return start, end
    return local_start, local_end


def _comes_twice(local: datetime) -> bool:
    """Whether clocks show this time twice that night: of 02:30 in autumn ical.js takes the second, others the first."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@lru_cache(maxsize=256)
def _head_bytes(head: FeedHead) -> bytes:
    calendar = Calendar()
    name = clean_line(head.name)
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    _add_text(calendar, "name", name)
    _add_text(calendar, "x-wr-calname", name)
    _add_text(calendar, "x-wr-timezone", FEED_ZONE.key)
    if head.refresh:
        calendar.add("refresh-interval", head.refresh, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(head.refresh))
    if head.colour:
        _add_text(calendar, "color", head.colour.css)
        _add_text(calendar, "x-apple-calendar-color", head.colour.hex)
    return _fold(_lines(calendar)[:-1])


def _lines(component: Component) -> list[str]:
    return [str(line) for line in component.content_lines() if line]


def _fold(lines: Iterable[str]) -> bytes:
    return b"".join(_folded(line.encode()) + b"\r\n" for line in lines)


def _folded(octets: bytes) -> bytes:
    """Fold one line at 75 octets, never inside a UTF-8 character or between a backslash and its letter (rule 2).

    icalendar's own folding does the latter. Cleaned values hold no escaped backslash, so going back always ends.
    """
    pieces: list[bytes] = []
    room = LINE_OCTETS
    while len(octets) > room:
        cut = room
        while octets[cut] & 0xC0 == 0x80 or octets[cut - 1] == 0x5C:
            cut -= 1
        pieces.append(octets[:cut])
        octets = octets[cut:]
        room = LINE_OCTETS - 1  # the blank that marks a continuation counts
    return b"\r\n ".join([*pieces, octets])
