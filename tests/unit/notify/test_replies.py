"""Mail that answers an invitation, as programs write it; and all that only looks like it."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.notify import maildir
from komma_tracker.notify.replies import read_reply
from komma_tracker.notify.rules import Answer, Refused, Reply

UID = "abcdefgh23456777.invitation@komma-tracker"
EVENT = f"""BEGIN:VEVENT
UID:{UID}
DTSTAMP:20260521T081500Z
SEQUENCE:2
ORGANIZER:mailto:komma@example.org
ATTENDEE;PARTSTAT=ACCEPTED;CN="Koch; Kira":mailto:Kira@Example.org
DTSTART:20260610T070000Z
SUMMARY:Zugesagt
END:VEVENT
"""
MAIL = """From: Kira Koch <kira@example.org>
To: komma@example.org
Subject: =?utf-8?q?Zugesagt=3A_Training?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Kira Koch hat zugesagt.
--b
Content-Type: {type}
Content-Transfer-Encoding: {encoding}

{calendar}
--b--
"""


def mail(event: str = EVENT, *, method: str = "METHOD:REPLY\n", **values: str) -> bytes:
    """An answer; what the test is about is put in its place."""
    calendar = f"BEGIN:VCALENDAR\nPRODID:-//x//y\nVERSION:2.0\n{method}{event}END:VCALENDAR\n"
    quiet = {"type": "text/calendar; method=REPLY; charset=UTF-8", "encoding": "8bit", "calendar": calendar}
    return MAIL.format(**(quiet | values)).replace("\n", "\r\n").encode()


REPLY = Reply(UID, 2, "kira@example.org", Answer.ACCEPTED, datetime(2026, 5, 21, 8, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("octets", "reply"),
    [
        (mail(), REPLY),
        (mail(EVENT.replace("PARTSTAT=ACCEPTED", "PARTSTAT=declined")), Answer.DECLINED),
        (mail(EVENT.replace("PARTSTAT=ACCEPTED", "PARTSTAT=TENTATIVE")), Answer.TENTATIVE),
        (mail(EVENT.replace("SEQUENCE:2\n", "")), 0),  # as without one (RFC 5545 3.8.7.4)
        (mail(type='TEXT/Calendar; charset="utf-8"; METHOD="reply"'), REPLY),
        (mail(EVENT.replace("20260521T081500Z", "20260521T081500Z\nCOMMENT:Ich komme\\, aber später")), REPLY),
    ],
)
def test_what_calendar_programs_send(octets: bytes, reply: Reply | Answer | int) -> None:
    found = read_reply(octets)
    assert reply in (found, found.answer, found.sequence)


def test_in_base64_and_deep_in_other_parts() -> None:
    calendar = f"BEGIN:VCALENDAR\r\nPRODID:x\r\nVERSION:2.0\r\nMETHOD:REPLY\r\n{EVENT}END:VCALENDAR\r\n"
    octets = mail(encoding="base64", calendar=base64.b64encode(calendar.encode()).decode())
    outer = b"From: kira@example.org\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
    assert read_reply(outer + octets + b"\r\n--o--\r\n") == REPLY


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "no text/calendar"),
        (b"From: kira@example.org\r\n\r\nBin im Urlaub.", "no text/calendar"),
        (mail(type="application/ics"), "no text/calendar"),
        (mail(calendar="BEGIN:VCALENDAR"), "cannot be read"),
        (mail(calendar="das ist kein Kalender"), "cannot be read"),
        (mail(calendar=""), "cannot be read"),
        (mail(EVENT.replace("20260521T081500Z", "gestern")), "cannot be read"),
        (mail(type="text/calendar; method=REPLY; charset=klingonisch"), "cannot be read"),
        (mail(type="text/calendar; charset=utf-8"), "METHOD"),
        (mail(type="text/calendar; method=REQUEST"), "METHOD"),
        (mail(method="METHOD:REQUEST\n"), "METHOD"),
        (mail(method=""), "METHOD"),
        (mail(method="METHOD:REPLY\nMETHOD:CANCEL\n"), "METHOD"),
        (mail(""), "one VEVENT"),
        (mail(EVENT + EVENT), "one VEVENT"),
        (mail(EVENT.replace("SEQUENCE", "RECURRENCE-ID:20260610T070000Z\nSEQUENCE")), "recurrence"),
        (mail(EVENT.replace("SUMMARY:Zugesagt", "ATTENDEE:mailto:ben@example.org")), "one ATTENDEE"),
        (mail(EVENT.replace("ATTENDEE", "X-ATTENDEE")), "one ATTENDEE"),
        (mail(EVENT.replace("mailto:Kira@Example.org", "tel:+49")), "no mail address"),
        (mail(EVENT.replace("PARTSTAT=ACCEPTED", "PARTSTAT=DELEGATED")), "PARTSTAT"),
        (mail(EVENT.replace("PARTSTAT=ACCEPTED", "ROLE=CHAIR")), "PARTSTAT"),
        (mail(EVENT.replace("Kira@Example.org", "ben@example.org")), "somebody else"),
        (mail().replace(b"<kira@example.org>", b"<kira@example.org>, ben@example.org"), "one sender"),
        (mail().replace(b"From:", b"X-From:"), "one sender"),
        (mail().replace(b"To:", b"From: ben@example.org\r\nTo:"), "one sender"),
        (mail(EVENT.replace("UID", "X-UID")), "one UID"),
        (mail(EVENT.replace("SEQUENCE:2", "SEQUENCE:-2")), "SEQUENCE"),
        (mail(EVENT.replace("SEQUENCE:2", f"SEQUENCE:{2**40}")), "cannot be read"),
        (mail(EVENT.replace("SEQUENCE:2", "SEQUENCE:2\nSEQUENCE:3")), "SEQUENCE"),
        (mail(EVENT.replace("SEQUENCE:2", "SEQUENCE:zwei")), "cannot be read"),
        (mail(EVENT.replace("DTSTAMP:20260521T081500Z", "DTSTAMP:20260521T081500")), "DTSTAMP"),
        (mail(EVENT.replace("DTSTAMP", "X-DTSTAMP")), "DTSTAMP"),
        (b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 99, "text/calendar|deeply"),
    ],
)
def test_what_is_no_answer_is_refused_without_a_name(octets: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why) as refusal:
        read_reply(octets)
    assert "\n" not in str(refusal.value)
    assert "kira" not in str(refusal.value).lower()


def test_two_calendars_in_one_mail_say_two_things() -> None:
    part = mail().partition(b"Content-Type: text/calendar")[2].partition(b"--b--")[0]
    twice = mail().replace(b"--b--", b"--b\r\nContent-Type: text/calendar" + part + b"--b--")
    with pytest.raises(Refused, match="exactly one part"):
        read_reply(twice)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 700), st.integers(0, 60))
def test_no_mail_breaks_the_reader(noise: bytes, at: int, length: int) -> None:
    """Noise alone, and noise in the midst of an answer: read or refused, and nothing else."""
    whole = mail()
    for octets in (noise, whole[:at] + noise + whole[at + length :]):
        with suppress(Refused):
            assert isinstance(read_reply(octets), Reply)


# The folder.


def folder(root: Path, **names: bytes) -> Path:
    for part in ("new", "cur", "tmp"):
        (root / part).mkdir()
    for name, octets in names.items():
        part, _, rest = name.partition("_")
        (root / part / rest.replace("__", ":2,")).write_bytes(octets)
    return root


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_what_is_seen_is_left_out_and_the_rest_comes_in_order(tmp_path: Path) -> None:
    box = folder(tmp_path, new_3=b"c", cur_2__RS=b"seen", cur_1__R=b"a", tmp_0=b"on its way", **{"new_.x": b"hidden"})
    assert [mail.name for mail in maildir.unseen(box)] == ["1:2,R", "3"]


def test_to_mark_is_to_rename(tmp_path: Path) -> None:
    box = folder(tmp_path, new_3=b"c\r\n\xff", cur_1__R=b"a")
    for path in maildir.unseen(box):
        maildir.mark_seen(path)
        maildir.mark_seen(path)  # somebody else was quicker
    assert listing(box) == ["cur/1:2,RS", "cur/3:2,S"]
    assert (box / "cur/3:2,S").read_bytes() == b"c\r\n\xff"


def test_what_is_too_long_or_gone_is_not_read(tmp_path: Path) -> None:
    box = folder(tmp_path, new_1=b"x" * (maildir.MOST_OCTETS + 1), new_2=b"x" * maildir.MOST_OCTETS)
    found = maildir.unseen(box)
    contents: list[Any] = [maildir.content(mail) for mail in (*found, tmp_path / "new" / "9")]
    assert [len(each) if each else None for each in contents] == [None, maildir.MOST_OCTETS, None]


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        maildir.unseen(tmp_path)
