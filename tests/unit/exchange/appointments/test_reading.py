"""What is read of a calendar, however a program or a person has written it (calendars 4)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.exchange.appointments.expanding import read_calendar
from komma_tracker.exchange.appointments.reading import MOST_EVENTS, MOST_FOUND, Found, NoCalendar, TooMuch
from komma_tracker.exchange.appointments.rules import Appointment, LeftOut
from komma_tracker.exchange.appointments.worker import read_apart
from komma_tracker.exchange.rules import Unreadable
from tests.support.shared import shared_file

MAY: Any = {"first": date(2026, 5, 1), "last": date(2026, 5, 31)}
AT_NINE = ("DTSTART;TZID=Europe/Berlin:20260504T090000", "DTEND;TZID=Europe/Berlin:20260504T120000")


def calendar(*events: tuple[str, ...], head: tuple[str, ...] = (), end: str = "\r\n") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return end.join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: tuple[str, ...], head: tuple[str, ...] = (), **more: Any) -> Found:
    return read_calendar(calendar(*events, head=head), **{**MAY, **more})


def one(*lines: str, head: tuple[str, ...] = ()) -> Appointment:
    (found,) = read(lines, head=head).appointments
    return found


def starts(found: Found) -> list[str]:
    return [f"{each.starts:%d. %H:%M}" for each in found.appointments]


def test_what_is_known_of_a_date() -> None:
    found = one(
        "UID:a", "SUMMARY:Workshop\\, Teil 1", "LOCATION:Rathaus\\; Saal", "DESCRIPTION:erste\\nzweite",
        "ORGANIZER:mailto:Anna@Example.org", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:b@musterau.example",
        "ATTENDEE:urn:uuid:1", "STATUS:TENTATIVE", *AT_NINE,
    )  # fmt: skip
    assert found == Appointment(
        uid="a", number="", title="Workshop, Teil 1", place="Rathaus; Saal", text="erste zweite",
        domains=("example.org", "musterau.example"), starts=datetime(2026, 5, 4, 9), minutes=180, tentative=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "head", "wall_time"),
    [
        ("DTSTART:20260504T070000Z", (), "04. 09:00"),
        ("DTSTART:20260504T090000", (), "04. 09:00"),
        ("DTSTART:20260504T090000", ("X-WR-TIMEZONE:America/New_York",), "04. 15:00"),
        ("DTSTART:20260504T070000Z", ("X-WR-TIMEZONE:America/New_York",), "04. 09:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20260504T090000", (), "04. 09:00"),
        ('DTSTART;TZID="W. Europe Standard Time":20260504T090000', (), "04. 09:00"),
        ("DTSTART;TZID=Eastern Standard Time:20260504T090000", (), "04. 15:00"),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Europe/London:20260504T090000", (), "04. 10:00"),
        ("DTSTART;TZID=europe/berlin:20260504T090000", (), "04. 09:00"),
        ("DTSTART;VALUE=DATE-TIME;TZID=Europe/Vienna;X-A=1:20260504T090000", (), "04. 09:00"),
    ],
)
def test_times_are_shown_as_the_clock_in_germany_shows_them(line: str, head: tuple[str, ...], wall_time: str) -> None:
    found = read((line, "UID:a"), head=head)
    assert (starts(found), {each.zone for each in found.appointments}) == ([wall_time], {""})


ZONE = (
    "BEGIN:VTIMEZONE", "TZID:Mitteleuropäische Zeit ",
    "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


def test_a_zone_that_the_file_explains_is_found_by_its_stripped_name() -> None:
    found = one("DTSTART;TZID=Mitteleuropäische Zeit:20260504T090000", "UID:a", head=ZONE)
    assert (found.starts, found.zone) == (datetime(2026, 5, 4, 9), "")


@pytest.mark.parametrize("name", ["(UTC-05:00) Eastern Time (US & Canada)", "Mitteleuropäische Zeit", "GMT+25"])
def test_a_zone_that_nobody_knows_is_never_guessed(name: str) -> None:
    found = one(f'DTSTART;TZID="{name}":20260504T090000', f'DTEND;TZID="{name}":20260504T100000', "UID:a")
    assert (found.starts, found.minutes, found.zone) == (datetime(2026, 5, 4, 9), 60, name)


def test_a_series_keeps_its_hour_over_the_change_of_clocks() -> None:
    rows = ("DTSTART;TZID=Europe/Berlin:20260323T090000", "RRULE:FREQ=WEEKLY", "UID:a")
    found = read(rows, first=date(2026, 3, 20), last=date(2026, 4, 10))
    assert starts(found) == ["23. 09:00", "30. 09:00", "06. 09:00"]


SERIES = (*AT_NINE, "UID:s", "SUMMARY:Runde", "RRULE:FREQ=WEEKLY")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((SERIES,), ["04. 09:00", "11. 09:00", "18. 09:00", "25. 09:00"]),
        (((*SERIES, "EXDATE;TZID=Europe/Berlin:20260511T090000"),), ["04. 09:00", "18. 09:00", "25. 09:00"]),
        (((*SERIES, "EXDATE:"),), ["04. 09:00", "11. 09:00", "18. 09:00", "25. 09:00"]),
        (((*SERIES[:-1], "RRULE:FREQ=WEEKLY;COUNT=2"),), ["04. 09:00", "11. 09:00"]),
        (
            ((*SERIES[:-1], "RRULE:FREQ=DAILY\\;INTERVAL=1\\;BYDAY=MO, TU;COUNT=3"),),
            ["04. 09:00", "05. 09:00", "11. 09:00"],
        ),
        (((*SERIES[:-1], "RDATE;TZID=Europe/Berlin:20260506T100000"),), ["04. 09:00", "06. 10:00"]),
        (
            (SERIES, ("UID:s", "RECURRENCE-ID;TZID=Europe/Berlin:20260511T090000", "DTSTART:20260512T070000Z")),
            ["04. 09:00", "12. 09:00", "18. 09:00", "25. 09:00"],
        ),
        (
            (
                SERIES,
                ("UID:s", "RECURRENCE-ID;TZID=Europe/Berlin:20260511T090000", *AT_NINE, "STATUS:CANCELLED"),
            ),
            ["04. 09:00", "18. 09:00", "25. 09:00"],
        ),
    ],
)  # fmt: skip
def test_series_and_their_exceptions(events: tuple[tuple[str, ...], ...], expected: list[str]) -> None:
    assert starts(read(*events)) == expected


def test_each_date_of_a_series_has_a_name_that_a_move_does_not_change() -> None:
    moved = ("UID:s", "RECURRENCE-ID;TZID=Europe/Berlin:20260511T090000", "DTSTART:20260512T070000Z")
    before, after = read(SERIES).appointments, read(SERIES, moved).appointments
    assert [each.number for each in before] == [each.number for each in after]
    assert len({each.number for each in before}) == 4


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("DTSTART;VALUE=DATE:20260504", "DTEND;VALUE=DATE:20260505"), [4]),
        (("DTSTART;VALUE=DATE:20260504",), [4]),
        (("DTSTART:20260504",), [4]),
        (("DTSTART;VALUE=DATE:20260508", "DTEND;VALUE=DATE:20260513"), [8, 11, 12]),
        (("DTSTART;VALUE=DATE:20260509", "DTEND;VALUE=DATE:20260510"), [9]),
        (("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=WEEKLY;UNTIL=20260507T220000Z"), [1, 8]),
        (("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260508T000000"), [1, 15]),
    ],
)
def test_whole_days(lines: tuple[str, ...], days: list[int]) -> None:
    found = read(("UID:a", *lines)).appointments
    assert [each.starts.day for each in found] == days
    assert {(each.all_day, each.minutes) for each in found} == {(True, 0)}


@pytest.mark.parametrize(
    ("ends", "minutes"),
    [
        ("DTEND;TZID=Europe/Berlin:20260504T103000", 90),
        ("DURATION:PT45M", 45),
        ("DTEND;TZID=Europe/Berlin:20260504T100000\r\nDURATION:PT45M", 60),
        ("DTEND;TZID=Europe/Berlin:20260504T080000", 0),
        ("X-NOTHING:1", 0),
    ],
)
def test_how_long_a_date_lasts(ends: str, minutes: int) -> None:
    assert one(AT_NINE[0], "UID:a", ends).minutes == minutes


def test_the_night_of_the_change_of_clocks_has_the_hours_that_it_has() -> None:
    lines = "DTSTART;TZID=Europe/Berlin:20260328T220000", "DTEND;TZID=Europe/Berlin:20260329T060000", "UID:a"
    (found,) = read(lines, first=date(2026, 3, 28), last=date(2026, 3, 28)).appointments
    assert found.minutes == 7 * 60


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_whatever_ends_a_line(end: str) -> None:
    assert len(read_calendar(calendar((*AT_NINE, "UID:a"), end=end), **MAY).appointments) == 1


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("SUMMARY:Workshop mit", " vielen"), "Workshop mitvielen"),
        (("SUMMARY:Workshop mit", "\t vielen"), "Workshop mit vielen"),
        (("SUMMARY:Workshop mit ", "vielen ohne Falz"), "Workshop mit vielen ohne Falz"),
        (("SUMMARY;LANGUAGE=de:Workshop", "X-APPLE-STRUCTURED-LOCATION;X=a\\;b:geo:1,2"), "Workshop"),
        (("SUMMARY:Workshop", " das ist", "keine Zeile; eine"), "Workshopdas istkeine Zeile; eine"),
        (("BEGIN:VALARM", "SUMMARY:Alarm", "END:VALARM", "SUMMARY:Workshop"), "Workshop"),
        (("SUMMARY:Emoji 🎉 \u202etfel", "ATTENDEE:mailto:"), "Emoji 🎉 \u202etfel"),
    ],
)  # fmt: skip
def test_lines_that_are_broken_cost_themselves_at_most(lines: tuple[str, ...], title: str) -> None:
    assert one("UID:a", *AT_NINE, *lines).title == title


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_whatever_the_encoding(encoding: str) -> None:
    text = calendar(("UID:a", "SUMMARY:Müsterau", *AT_NINE)).decode()
    (found,) = read_calendar(text.encode(encoding), **MAY).appointments
    assert found.title == "Müsterau"


def test_events_that_merely_share_a_uid_are_both_read_and_told_apart() -> None:
    other = tuple(line.replace("T09", "T14").replace("T12", "T15") for line in AT_NINE)
    found = read(("UID:a", "SUMMARY:eins", *AT_NINE), ("UID:a", "SUMMARY:zwei", *other)).appointments
    assert [each.title for each in found] == ["eins", "zwei"]
    assert len({(each.uid, each.number) for each in found}) == 2


def test_the_same_event_twice_is_read_once_in_its_latest_form() -> None:
    older, newer = ("UID:a", "SEQUENCE:1", "LOCATION:alt", *AT_NINE), ("UID:a", "SEQUENCE:2", "LOCATION:neu", *AT_NINE)
    for order in ((older, newer), (newer, older)):
        (found,) = read(*order).appointments
        assert found.place == "neu"


def test_events_without_a_uid_are_told_apart_by_what_they_say() -> None:
    found = read(("SUMMARY:eins", *AT_NINE), ("SUMMARY:zwei", *AT_NINE)).appointments
    assert len({each.uid for each in found}) == 2


def test_what_does_not_take_place_is_left_out() -> None:
    declined = ("UID:b", "ATTENDEE;PARTSTAT=DECLINED:mailto:Anna@Example.org", *AT_NINE)
    assert read(("UID:a", "STATUS:CANCELLED", *AT_NINE), declined, own_address="anna@example.org").appointments == []
    assert len(read(declined, own_address="bert@example.org").appointments) == 1


def test_only_the_span_is_read() -> None:
    days = [("UID:" + day, f"DTSTART;VALUE=DATE:{day}") for day in ("20260430", "20260501", "20260531", "20260601")]
    assert [each.starts.day for each in read(*days).appointments] == [1, 31]


# Bounds: a calendar costs so much and no more (trust 7, 20)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=SECONDLY", LeftOut.TOO_OFTEN),
        ("FREQ=MINUTELY;COUNT=100000000", LeftOut.TOO_OFTEN),
        ("FREQ=HOURLY", LeftOut.TOO_OFTEN),
        ("FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,1,2", LeftOut.TOO_OFTEN),
        ("INTERVAL=1", LeftOut.TOO_OFTEN),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", LeftOut.TOO_SLOW),
        ("FREQ=WEEKLY;UNTIL=20269999", LeftOut.UNREADABLE),
        ("FREQ=WEEKLY;BYDAY=XX", LeftOut.UNREADABLE),
    ],
)
def test_a_series_without_sense_is_left_out_and_the_others_stay(rule: str, why: LeftOut) -> None:
    found = read((*AT_NINE, "UID:a", f"RRULE:{rule}"), (*AT_NINE, "UID:b"))
    assert ([each.uid for each in found.appointments], dict(found.left_out)) == (["b"], {why: 1})


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=1000000000", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1,2,3", "FREQ=MONTHLY"]
)
def test_a_series_without_an_end_ends_with_the_span(rule: str) -> None:
    old = ("DTSTART;TZID=Europe/Berlin:19500501T090000", "UID:a", f"RRULE:{rule}")
    began = time.process_time()
    assert 1 <= len(read(old).appointments) <= 31
    assert time.process_time() - began < 5


def test_a_calendar_of_series_that_cost_too_much_is_refused() -> None:
    slow = [(*AT_NINE, f"UID:{number}", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") for number in range(10)]
    with pytest.raises(TooMuch) as refused:
        read(*slow)
    assert not refused.value.within


@pytest.mark.parametrize(
    ("events", "within"),
    [
        ([(*AT_NINE, f"UID:{number}") for number in range(MOST_FOUND + 1)], True),
        ([(*AT_NINE, f"UID:{number}", "RRULE:FREQ=DAILY") for number in range(100)], True),
        ([("UID:a",)] * (MOST_EVENTS + 1), False),
    ],
)
def test_too_many_dates_are_refused(events: list[tuple[str, ...]], within: bool) -> None:
    with pytest.raises(TooMuch) as refused:
        read(*events)
    assert refused.value.within is within


def test_many_events_of_other_years_are_no_hindrance() -> None:
    old = [(f"UID:{number}", "DTSTART:20160504T070000Z") for number in range(MOST_EVENTS - 1)]
    assert len(read(*old, (*AT_NINE, "UID:b")).appointments) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"\0\0", b"PK\x03\x04", b"BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR".encode("utf-16")],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(NoCalendar):
        read_calendar(content, **MAY)


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 40_000,
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:A\r\n" * 100_000 + b"END:A\r\n" * 100_000,
        calendar(("UID:a",), head=ZONE[:-1]),
        calendar(("UID:a", "DTSTART:99999999T999999Z"), ("DTSTART;TZID=:20260504T090000", "DTEND:x", "RRULE:;;;")),
        calendar((*AT_NINE, "RRULE:FREQ=DAILY", "RDATE:" + ",".join(["20260504T090000"] * 100_000))),
    ],
)
def test_nonsense_is_survived(content: bytes) -> None:
    read_calendar(content, **MAY)


PARTS = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", *ZONE, *SERIES,
        "RECURRENCE-ID;TZID=Europe/Berlin:20260511T090000", "RECURRENCE-ID:20260511", "EXDATE;VALUE=DATE:20260511",
        "RDATE;VALUE=PERIOD:20260506T090000Z/PT1H", "DTSTART;VALUE=DATE:20260504", "DTSTART:20260504T090000Z",
        "DTEND;VALUE=DATE:20260504", "DURATION:-P1D", "DURATION:P9999999W", "STATUS:CANCELLED", "SEQUENCE:x", " mehr",
        "RRULE:FREQ=WEEKLY;UNTIL=20260520", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=0", "ATTENDEE;PARTSTAT=X:mailto:@",
        "X-WR-TIMEZONE:Nirgendwo", 'DTSTART;TZID="a:b;c":20260504T090000', "UID:", "SUMMARY:\\", "BEGIN:", "END:", "",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PARTS, PARTS, PARTS, st.text(max_size=20)), max_size=40))
def test_no_text_makes_it_stumble(lines: list[str]) -> None:
    content = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()
    try:
        found = read_calendar(content, **MAY)
    except NoCalendar:
        return
    assert all(MAY["first"] <= each.starts.date() <= MAY["last"] for each in found.appointments)
    assert all(each.starts.tzinfo is None and each.minutes >= 0 for each in found.appointments)


# The process of its own


def test_a_process_of_its_own_finds_the_same() -> None:
    content = calendar(
        SERIES, (*AT_NINE, "UID:b", "SUMMARY:Müsterau", "ATTENDEE:mailto:a@b.example", "RRULE:FREQ=HOURLY")
    )
    assert read_apart(content, **MAY) == read_calendar(content, **MAY)


def test_what_a_process_of_its_own_cannot_read_is_refused_in_words() -> None:
    refusals: Mapping[bytes, str] = {
        b"<html>": "Das ist kein Kalender. Gelesen werden Dateien im Format iCalendar (.ics).",
        calendar(*[("UID:a",)] * (MOST_EVENTS + 1)): (
            "Der Kalender ist zu umfangreich, um ihn zu lesen. Bitte geben Sie nur einen Teil davon aus."
        ),
    }
    for content, message in refusals.items():
        with pytest.raises(Unreadable) as refused:
            read_apart(content, **MAY)
        assert refused.value.message == message


# Real exports (shared, and never committed)


@pytest.mark.parametrize(
    ("name", "year", "dates", "zones"),
    [
        ("apple-ios26-vienna-structured-location", 2026, 1, {""}),
        ("apple-macos-tentative", 2022, 3, {""}),
        ("exchange-2010-allday-moved-w-europe", 2026, 52, {""}),
        ("exchange-2010-customized-time-zone", 2020, 34, {""}),
        (
            "exchange-2010-owa-custom-tzids",
            2020,
            21,
            {"(GMT+10:00) Canberra, Melbourne, Sydney", "(UTC-05:00) Eastern Time (US & Canada)"},
        ),
        ("exchange-cdo-lunch-gmt-plus-1", 2015, 14, {""}),
        ("google-broken-line", 2008, 21, {""}),
        ("nextcloud-calendar-5", 2025, 1, {""}),
        ("outlook-2003-mimedir-recurring", 2009, 214, {""}),
        ("outlook-2007-html-altdesc", 2007, 1, {""}),
    ],
)
def test_real_exports(name: str, year: int, dates: int, zones: set[str]) -> None:
    content = shared_file(f"data/ics/{name}.ics").read_bytes()
    found = read_calendar(content, first=date(year, 1, 1), last=date(year, 12, 31))
    assert (len(found.appointments), dict(found.left_out)) == (dates, {})
    assert {each.zone for each in found.appointments} == zones
