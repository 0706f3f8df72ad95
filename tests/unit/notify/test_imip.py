"""Messages that calendars understand: RFC 6047 around RFC 5546, read back by libraries that did not write them."""

from __future__ import annotations

import email
import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from config import Settings
from komma_tracker.feeds.ical import clean_line
from komma_tracker.feeds.rules import FeedEvent, Status
from komma_tracker.feeds.vtimezone import VTIMEZONE
from komma_tracker.kit.context import CalendarPart
from komma_tracker.notify.imip import Asking, calendar_object
from komma_tracker.notify.mail import deliver, mailer_for, waiting
from komma_tracker.notify.rules import Answer, Method
from tests.support.readers import READERS
from tests.unit.notify.test_mail import Server

STAMP = datetime(2026, 5, 20, 10, tzinfo=UTC)
EVENT = FeedEvent(
    uid="abcdefgh23456777@komma-tracker",
    starts_local=datetime(2026, 10, 25, 9),
    ends_local=datetime(2026, 10, 25, 16),
    zone="Europe/Berlin",
    summary="Training: Clearing (Kommune 03)",
    created=STAMP - timedelta(days=9),
    last_modified=STAMP - timedelta(days=2),
    sequence=17,
    description="Einwahl: https://treffen.example",
    location="Saal 1",
    url="https://komma.example/sessions/abcdefgh23456777",
    conference="https://treffen.example",
    categories=("Training",),
)
ASKING = Asking(
    method=Method.REQUEST,
    uid="abcdefgh23456777.invitation@komma-tracker",
    sequence=2,
    stamp=STAMP,
    answers_to="komma@example.org",
    attendee="kira@example.org",
    answer=None,
    wants_answer=True,
)


def lines(event: FeedEvent = EVENT, **asking: Any) -> list[str]:
    return calendar_object(event, replace(ASKING, **asking)).decode().replace("\r\n ", "").split("\r\n")


def test_a_request_says_who_asks_whom_for_what() -> None:
    """RFC 5546 3.2.2: one METHOD, ORGANIZER, ATTENDEE, DTSTAMP, DTSTART, SEQUENCE, SUMMARY, UID."""
    found = lines()
    assert found[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//komma-tracker//Einladung//DE", "METHOD:REQUEST"]
    assert {
        "UID:abcdefgh23456777.invitation@komma-tracker",
        "SEQUENCE:2",
        "DTSTAMP:20260520T100000Z",
        "LAST-MODIFIED:20260520T100000Z",
        "DTSTART;TZID=Europe/Berlin:20261025T090000",
        "DTEND;TZID=Europe/Berlin:20261025T160000",
        "STATUS:CONFIRMED",
        "SUMMARY:Training: Clearing (Kommune 03)",
        "LOCATION:Saal 1",
        "ORGANIZER;CN=KommA:mailto:komma@example.org",
        "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:kira@example.org",
    } <= set(found)
    assert sum(line.startswith("ATTENDEE") for line in found) == 1
    assert VTIMEZONE.decode() in calendar_object(EVENT, ASKING).decode()


@pytest.mark.parametrize(
    ("asking", "attendance"),
    [
        ({}, "PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE"),
        ({"wants_answer": False}, "PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=FALSE"),
        ({"answer": Answer.ACCEPTED}, "PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"),
        ({"answer": Answer.TENTATIVE}, "PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT;RSVP=FALSE"),
        ({"answer": Answer.DECLINED}, "PARTSTAT=DECLINED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"),
    ],
)
def test_what_was_answered_is_not_asked_again(asking: dict[str, Any], attendance: str) -> None:
    assert f"ATTENDEE;CUTYPE=INDIVIDUAL;{attendance}:mailto:kira@example.org" in lines(**asking)


def test_a_cancellation_says_no_more_than_it_must() -> None:
    """RFC 5546 3.2.5; it may go to somebody who may not know any more what or where."""
    found = lines(replace(EVENT, summary="Entfällt: Training", status=Status.CANCELLED), method=Method.CANCEL)
    assert found[3] == "METHOD:CANCEL"
    start = found.index("BEGIN:VEVENT")
    assert {line.split(":")[0].split(";")[0] for line in found[start + 1 : -3]} == {
        "UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "STATUS", "TRANSP", "SUMMARY",
        "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    assert "ATTENDEE:mailto:kira@example.org" in found


nasty = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=";,:\\\r\n\t\x00\"'^aäN🏛️מرحبا \u202e", max_size=300),
    st.builds(lambda piece, times: (piece * times)[:10_000], st.text(min_size=1, max_size=9), st.integers(1, 10_000)),
)


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=25, deadline=None)
@given(summary=nasty, location=nasty)
def test_whatever_people_type_is_text_in_every_reader(reader: str, summary: str, location: str) -> None:
    octets = calendar_object(replace(EVENT, summary=summary, location=location), ASKING)
    (read,) = READERS[reader](octets).values()
    assert read.texts == (clean_line(summary), EVENT.description, clean_line(location))
    assert max(len(line) for line in octets.split(b"\r\n")) <= 75
    said: Any = vobject.readOne(octets.decode())
    assert (said.method.value, said.vevent.attendee.value) == ("REQUEST", "mailto:kira@example.org")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("starts", "instant"),
    [
        (datetime(2026, 3, 28, 9), "2026-03-28T08:00"),
        (datetime(2026, 3, 29, 1, 30), "2026-03-29T00:30"),
        (datetime(2026, 3, 29, 3), "2026-03-29T01:00"),
        (datetime(2026, 10, 24, 9), "2026-10-24T07:00"),
        (datetime(2026, 10, 25, 2, 30), "2026-10-25T00:30"),
        (datetime(2026, 10, 25, 9), "2026-10-25T08:00"),
    ],
)
def test_both_changes_of_clocks(reader: str, starts: datetime, instant: str) -> None:
    octets = calendar_object(replace(EVENT, starts_local=starts, ends_local=starts + timedelta(hours=6)), ASKING)
    assert READERS[reader](octets)[ASKING.uid].starts == datetime.fromisoformat(f"{instant}+00:00")


# The message around it.


def message(folder: Path, method: str = "REQUEST") -> EmailMessage:
    settings = Settings(
        data_dir=folder, database_url="sqlite://", secret_key="x" * 32, mail_from="K <komma@example.org>"
    )
    octets = calendar_object(replace(EVENT, summary="Grüße 🏛️"), replace(ASKING, method=Method(method)))
    part = CalendarPart(method, octets)
    mailer_for(settings)(to="kira@example.org", subject="Einladung: Grüße", text="Grüße\n", calendar=part)
    (path,) = waiting(settings)
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_the_header_names_the_method_of_the_calendar(tmp_path: Path, method: str) -> None:
    """RFC 6047 2.4: method, charset and component; the method is that of the object."""
    sent = message(tmp_path, method)
    assert sent.get_content_type() == "multipart/alternative"
    text, calendar = sent.iter_parts()
    assert (text.get_content_type(), text.get_content()) == ("text/plain", "Grüße\n")
    assert dict(calendar["Content-Type"].params) == {"method": method, "charset": "utf-8", "component": "VEVENT"}
    assert calendar.get_content_type() == "text/calendar"
    octets: Any = calendar.get_payload(decode=True)
    assert str(Calendar.from_ical(octets)["METHOD"]) == method


def test_mail_servers_change_no_byte_of_the_calendar(tmp_path: Path) -> None:
    _, calendar = message(tmp_path).iter_parts()
    assert calendar["Content-Transfer-Encoding"] == "base64"
    octets: Any = calendar.get_payload(decode=True)
    assert octets == calendar_object(replace(EVENT, summary="Grüße 🏛️"), ASKING)
    assert (octets.count(b"\r\n"), octets.count(b"\n")) == (octets.count(b"\n"), octets.count(b"\r\n"))


def test_on_its_way_to_the_mail_server_it_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As smtplib writes it: RFC 5321's line ends around what stays the same inside."""
    kept = message(tmp_path)
    monkeypatch.setattr(smtplib, "SMTP", Server)
    (path,) = (tmp_path / "outbox").glob("*.eml")
    assert deliver("smtp://mail.example.org", path)
    (sent,) = Server.last.letters
    wire = BytesIO()
    BytesGenerator(wire, policy=policy.SMTP).flatten(sent)
    assert (b"\r\n" in wire.getvalue(), b"\n" in wire.getvalue().replace(b"\r\n", b"")) == (True, False)
    read = email.message_from_bytes(wire.getvalue(), policy=policy.default)
    assert [part.get_payload(decode=True) for part in read.iter_parts()][1] == calendar_object(
        replace(EVENT, summary="Grüße 🏛️"), ASKING
    )
    assert [part["Content-Type"] for part in read.walk()] == [part["Content-Type"] for part in kept.walk()]
