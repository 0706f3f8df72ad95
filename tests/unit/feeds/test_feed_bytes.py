"""Rules 1 to 17 of calendars 3: what stands in the bytes of a feed."""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from komma_tracker.feeds.ical import calendar_bytes, event_bytes
from komma_tracker.feeds.rules import Colour, FeedEvent, FeedHead, Status
from komma_tracker.feeds.vtimezone import VTIMEZONE

MakeEvent = Callable[..., FeedEvent]

NASTY = "Zeile 1\r\nZeile 2\tTab; Komma, C:\\neu \x00\x0b\x1b\x7f\x85\u2028\u2029 Ende 🏛️ مرحبا"


def lines_of(body: bytes) -> list[str]:
    """The content lines, unfolded."""
    return body.decode().replace("\r\n ", "").split("\r\n")[:-1]


def read(body: bytes) -> Any:
    """The only event in a calendar, read by icalendar."""
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    return event


def test_rule_01_crlf_ends_every_line_and_no_line_is_empty(head: FeedHead, make_event: MakeEvent) -> None:
    body = calendar_bytes(head, [make_event(description=NASTY)])
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert set(body.replace(b"\r\n", b"")) & set(b"\r\n") == set()
    assert not body.startswith(b"\xef\xbb\xbf")
    assert b"\r\n\r\n" not in body


def test_rule_02_lines_hold_75_octets_and_break_nothing(head: FeedHead, make_event: MakeEvent) -> None:
    body = calendar_bytes(head, [make_event(summary="ä;" * 200, description="Ort, Zeit\n" * 100)])
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        assert not line.endswith(b"\\")
        line.decode()
    assert max(len(line) for line in body.split(b"\r\n")) >= 74


def test_rule_03_control_characters_are_gone(head: FeedHead, make_event: MakeEvent) -> None:
    body = calendar_bytes(head, [make_event(summary=NASTY, description=NASTY, location=NASTY, categories=(NASTY,))])
    text = body.decode().replace("\r\n", "")
    assert re.findall("[\x00-\x1f\x7f-\x9f\u2028\u2029]", text) == []


def test_rule_04_backslash_becomes_slash(head: FeedHead, make_event: MakeEvent) -> None:
    body = calendar_bytes(head, [make_event(summary="C:\\neu", location="\\\\server\\raum")])
    assert b"SUMMARY:C:/neu\r\n" in body
    assert b"LOCATION://server/raum\r\n" in body


def test_rule_05_text_is_escaped_and_addresses_are_not(head: FeedHead, make_event: MakeEvent) -> None:
    address = "https://treffen.example/raum;a,b?x=1&y=2"
    lines = lines_of(calendar_bytes(head, [make_event(summary="A; B, C", url=address, conference=address)]))
    assert "SUMMARY:A\\; B\\, C" in lines
    assert f"URL:{address}" in lines
    assert f"CONFERENCE;VALUE=URI:{address}" in lines


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("https://treffen.example/ä b", "https://treffen.example/%C3%A4%20b"),
        ("https://treffen.example/x\r\nATTENDEE:y", "https://treffen.example/xATTENDEE:y"),
        ("http://treffen.example/%20", "http://treffen.example/%20"),
        ("javascript:alert(1)", None),
        ("https://[", None),
        ("treffen.example", None),
        (" ", None),
    ],
)
def test_rule_05_addresses_are_clean_or_left_out(given: str, written: str | None, make_event: MakeEvent) -> None:
    lines = [line for line in lines_of(event_bytes(make_event(url=given))) if line.startswith("URL")]
    assert lines == ([] if written is None else [f"URL:{written}"])


def test_rule_05_no_property_is_empty(head: FeedHead, make_event: MakeEvent) -> None:
    bare = make_event(summary="\x00", description=" ", location="\n", categories=("", "\t"))
    lines = lines_of(calendar_bytes(head, [bare]))
    assert [line for line in lines if line.endswith(":")] == []
    names = {line.partition(":")[0] for line in lines}
    assert names & {"SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES", "X-ALT-DESC"} == set()


def test_rule_06_x_properties_are_cleaned_and_escaped(make_event: MakeEvent) -> None:
    lines = lines_of(calendar_bytes(FeedHead("KommA; Team, Nord\r\nX-EVIL:1\x00"), [make_event()]))
    assert "NAME:KommA\\; Team\\, Nord X-EVIL:1" in lines
    assert "X-WR-CALNAME:KommA\\; Team\\, Nord X-EVIL:1" in lines


def test_rule_07_version_and_prodid_stand_once_and_no_method(head: FeedHead, make_event: MakeEvent) -> None:
    names = [line.split(":")[0] for line in lines_of(calendar_bytes(head, [make_event()]))]
    assert (names.count("VERSION"), names.count("PRODID"), names.count("METHOD")) == (1, 1, 0)
    assert names[:3] == ["BEGIN", "VERSION", "PRODID"]


def test_rule_08_the_zone_is_constant_and_times_name_it(head: FeedHead, make_event: MakeEvent) -> None:
    body = calendar_bytes(head, [make_event()])
    assert body.count(b"BEGIN:VTIMEZONE") == 1
    assert VTIMEZONE in body
    assert b"DTSTART;TZID=Europe/Berlin:20260512T090000\r\n" in body
    assert b"DTEND;TZID=Europe/Berlin:20260512T123000\r\n" in body


BERLIN_2026 = [
    # wall time given, wall time written, instant in UTC
    ("03-29T01:30", "20260329T013000", "03-29T00:30"),
    ("03-29T02:00", "20260329T030000", "03-29T01:00"),  # left out by the change of clocks
    ("03-29T02:30", "20260329T033000", "03-29T01:30"),
    ("03-29T03:00", "20260329T030000", "03-29T01:00"),
    ("10-25T01:30", "20261025T013000", "10-24T23:30"),
    ("10-25T03:00", "20261025T030000", "10-25T02:00"),
]


@pytest.mark.parametrize(("given", "written", "instant"), BERLIN_2026)
def test_rule_08_around_the_changes_of_clocks(given: str, written: str, instant: str, make_event: MakeEvent) -> None:
    starts = datetime.fromisoformat(f"2026-{given}")
    event = make_event(starts_local=starts, ends_local=starts + timedelta(hours=6))
    assert f"DTSTART;TZID=Europe/Berlin:{written}" in lines_of(event_bytes(event))
    dtstart = read(calendar_bytes(FeedHead("x"), [event]))["DTSTART"].dt
    assert dtstart.astimezone(UTC) == datetime.fromisoformat(f"2026-{instant}+00:00")


def test_rule_08_another_zone_is_converted(make_event: MakeEvent) -> None:
    event = make_event(
        starts_local=datetime(2026, 7, 1, 9, 0), ends_local=datetime(2026, 7, 1, 10, 0), zone="America/New_York"
    )
    assert "DTSTART;TZID=Europe/Berlin:20260701T150000" in lines_of(event_bytes(event))


@pytest.mark.parametrize(
    ("given", "zone", "written"),
    [
        ("2026-10-25T02:30", "Europe/Berlin", "20261025T003000Z"),  # twice that night: the first is meant
        ("2026-10-25T01:30", "UTC", "20261025T013000Z"),
    ],
)
def test_rule_08_half_past_two_is_told_in_utc_where_it_comes_twice(
    given: str, zone: str, written: str, make_event: MakeEvent
) -> None:
    """Readers do not agree on which of both a clock time with a zone means."""
    ends = datetime(2026, 10, 25, 5, 0)
    event = make_event(starts_local=datetime.fromisoformat(given), ends_local=ends, zone=zone)
    at_five = "20261025T050000Z" if zone == "UTC" else "20261025T040000Z"
    assert {f"DTSTART:{written}", f"DTEND:{at_five}"} <= set(lines_of(event_bytes(event)))


def test_rule_09_both_names_both_rates_and_both_colours(make_event: MakeEvent) -> None:
    head = FeedHead("KommA – Programm", Colour.TEAL, timedelta(hours=1))
    assert lines_of(calendar_bytes(head, [make_event()]))[3:11] == [
        "NAME:KommA – Programm",
        "X-WR-CALNAME:KommA – Programm",
        "COLOR:teal",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-APPLE-CALENDAR-COLOR:#008080",
        "X-PUBLISHED-TTL:PT1H",
        "X-WR-TIMEZONE:Europe/Berlin",
        "BEGIN:VTIMEZONE",
    ]


def test_rule_10_an_empty_feed_keeps_its_zone(head: FeedHead) -> None:
    body = calendar_bytes(head, [])
    assert body.endswith(VTIMEZONE + b"END:VCALENDAR\r\n")
    assert [component.name for component in Calendar.from_ical(body).subcomponents] == ["VTIMEZONE"]


@pytest.mark.parametrize("uid", ["", "a b@x", "a/b@x", "ä@x", "a@x\r\nX:1", "a;b@x"])
def test_rule_11_a_uid_of_other_characters_is_refused(uid: str, make_event: MakeEvent) -> None:
    with pytest.raises(ValueError, match="UID"):
        make_event(uid=uid)


def test_rule_11_events_are_plain(head: FeedHead, make_event: MakeEvent) -> None:
    event = read(calendar_bytes(head, [make_event()]))
    assert event["UID"] == "abcdefgh23456777@komma-tracker"
    assert {"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "DURATION"} & set(event) == set()


def test_rule_12_stamps_are_those_of_the_row(make_event: MakeEvent) -> None:
    cest = ZoneInfo("Europe/Berlin")
    event = make_event(
        created=datetime(2026, 4, 1, 10, 0, 5, 999, tzinfo=cest),
        last_modified=datetime(2026, 4, 2, 0, 30, tzinfo=cest),
        sequence=7,
    )
    stamps = {"CREATED:20260401T080005Z", "DTSTAMP:20260401T223000Z", "LAST-MODIFIED:20260401T223000Z", "SEQUENCE:7"}
    assert stamps <= set(lines_of(event_bytes(event)))


@pytest.mark.parametrize("field", ["created", "last_modified"])
def test_rule_12_a_stamp_without_zone_is_refused(field: str, make_event: MakeEvent) -> None:
    with pytest.raises(ValueError, match="stamps"):
        make_event(**{field: datetime(2026, 1, 1)})


@pytest.mark.parametrize("field", ["starts_local", "ends_local"])
def test_rule_08_a_wall_time_with_zone_is_refused(field: str, make_event: MakeEvent) -> None:
    with pytest.raises(ValueError, match="wall time"):
        make_event(**{field: datetime(2026, 1, 1, tzinfo=UTC)})


@pytest.mark.parametrize("minutes", [0, -30])
def test_rule_13_an_end_before_its_start_is_refused(minutes: int, make_event: MakeEvent) -> None:
    starts = datetime(2026, 1, 1, 9, 0)
    with pytest.raises(ValueError, match="ends after"):
        make_event(starts_local=starts, ends_local=starts + timedelta(minutes=minutes))


def test_rule_13_the_end_stays_after_a_start_that_spring_leaves_out(make_event: MakeEvent) -> None:
    event = make_event(starts_local=datetime(2026, 3, 29, 2, 30), ends_local=datetime(2026, 3, 29, 3, 15))
    lines = lines_of(event_bytes(event))
    assert "DTSTART;TZID=Europe/Berlin:20260329T033000" in lines
    assert "DTEND;TZID=Europe/Berlin:20260329T041500" in lines


@pytest.mark.parametrize(
    ("ends", "end_day"),
    [
        (datetime(2026, 5, 13), date(2026, 5, 13)),
        (datetime(2026, 5, 15), date(2026, 5, 15)),
        (datetime(2026, 5, 12, 18, 0), date(2026, 5, 13)),
    ],
)
def test_rule_13_all_day_is_dates_with_exclusive_end(ends: datetime, end_day: date, make_event: MakeEvent) -> None:
    event = make_event(starts_local=datetime(2026, 5, 12), ends_local=ends, all_day=True)
    lines = lines_of(event_bytes(event))
    assert "DTSTART;VALUE=DATE:20260512" in lines
    assert f"DTEND;VALUE=DATE:{end_day:%Y%m%d}" in lines


@pytest.mark.parametrize(
    ("status", "all_day", "transparency"),
    [
        (Status.CONFIRMED, False, "OPAQUE"),
        (Status.TENTATIVE, False, "OPAQUE"),
        (Status.CANCELLED, False, "TRANSPARENT"),
        (Status.CONFIRMED, True, "TRANSPARENT"),
        (Status.CANCELLED, True, "TRANSPARENT"),
    ],
)
def test_rules_14_and_15_status_and_transparency(
    status: Status, all_day: bool, transparency: str, make_event: MakeEvent
) -> None:
    event = make_event(
        status=status, all_day=all_day, starts_local=datetime(2026, 5, 12), ends_local=datetime(2026, 5, 13)
    )
    assert {f"STATUS:{status}", f"TRANSP:{transparency}"} <= set(lines_of(event_bytes(event)))


def test_rule_15_no_class_pretends_to_protect(head: FeedHead, make_event: MakeEvent) -> None:
    assert "CLASS" not in read(calendar_bytes(head, [make_event()]))


def test_rule_16_only_these_properties_exist(head: FeedHead, make_event: MakeEvent) -> None:
    link = "https://treffen.example/"
    full = make_event(description="x", location="y", url=link, conference=link, categories=("Workshop",))
    event = read(calendar_bytes(head, [full]))
    assert sorted(event) == [
        "CATEGORIES", "CONFERENCE", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "LAST-MODIFIED",
        "LOCATION", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "URL",
    ]  # fmt: skip
    assert event.subcomponents == []


def test_rule_20_the_order_of_events_does_not_matter(head: FeedHead, make_event: MakeEvent) -> None:
    events = [make_event(uid=f"{letter}@komma-tracker") for letter in "cab"]
    assert calendar_bytes(head, events) == calendar_bytes(head, reversed(events))


def test_an_unchanged_event_is_not_serialised_again(make_event: MakeEvent) -> None:
    assert event_bytes(make_event(sequence=901)) is event_bytes(make_event(sequence=901))
    assert event_bytes(make_event(sequence=901)) != event_bytes(make_event(sequence=902))


def test_every_field_is_part_of_the_key() -> None:
    assert [field.name for field in fields(FeedEvent) if not field.compare] == []
