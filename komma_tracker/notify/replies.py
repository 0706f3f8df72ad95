"""Answers to invitations, read out of mail (RFC 5546 3.2.3, RFC 6047). Pure: bytes in, an answer or a refusal out.

Whoever knows the address can write to it, so nothing is guessed: a mail says exactly one thing in exactly one way, or
it is refused in one English line, without a name, for the log of a timer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Any

from icalendar import Calendar, Component

from komma_tracker.accounts.rules import email_key
from komma_tracker.notify.rules import Answer, Refused, Reply

_ANSWERS = {answer.partstat: answer for answer in Answer}
_MAILTO = "mailto:"
_DEEPEST = 20
"""So deep may a mail lie in others; real ones have two or three layers."""


def read_reply(octets: bytes) -> Reply:
    """The answer in a mail. Raises Refused."""
    message = message_from_bytes(octets)
    calendar = _calendar(_calendar_part(message))
    event = _only(calendar.walk("VEVENT"), "VEVENT")
    if "RECURRENCE-ID" in event:
        raise Refused("it answers one date of a recurrence")
    attendee = _only(_listed(event.get("ATTENDEE")), "ATTENDEE")
    address = _address(attendee)
    if _sender(message) != address:
        raise Refused("it was sent by somebody else than its ATTENDEE")
    answer = _ANSWERS.get(str(attendee.params.get("PARTSTAT", "")).upper())
    if answer is None:
        raise Refused("its PARTSTAT is neither ACCEPTED nor DECLINED nor TENTATIVE")
    uid = str(_only(_listed(event.get("UID")), "UID"))
    return Reply(uid, _sequence(event), address, answer, _stamp(event))


def _calendar_part(message: Message) -> Message:
    parts = [part for part in _leaves(message) if part.get_content_type() == "text/calendar"]
    if not parts:
        raise Refused("it holds no text/calendar")
    return _only(parts, "part in text/calendar")


def _leaves(message: Message, depth: int = 0) -> list[Message]:
    if depth > _DEEPEST:
        raise Refused("it is nested too deeply")
    if not message.is_multipart():
        return [message]
    parts: Any = message.get_payload()
    return [leaf for part in parts for leaf in _leaves(part, depth + 1)]


def _calendar(part: Message) -> Component:
    octets: Any = part.get_payload(decode=True)
    try:
        text = octets.decode(part.get_content_charset("utf-8"))
        calendar = Calendar.from_ical(text)
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise Refused("its text/calendar cannot be read") from error
    if not isinstance(calendar, Calendar) or any(component.errors for component in calendar.walk()):
        raise Refused("its text/calendar cannot be read")
    method = str(_only(_listed(calendar.get("METHOD")), "METHOD")).upper()
    said = part.get_param("method")
    if method != "REPLY" or not isinstance(said, str) or said.upper() != method:
        raise Refused("its METHOD is not REPLY, in the header as in the calendar")
    return calendar


def _only(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        raise Refused(f"it has not exactly one {what}")
    return found[0]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _address(attendee: Any) -> str:
    text = str(attendee)
    if not text.lower().startswith(_MAILTO):
        raise Refused("its ATTENDEE is no mail address")
    return email_key(text[len(_MAILTO) :])


def _sender(message: Message) -> str:
    senders = getaddresses([str(value) for value in message.get_all("From", [])])
    return email_key(_only(senders, "sender")[1])


def _sequence(event: Component) -> int:
    value = _only(_listed(event.get("SEQUENCE", 0)), "SEQUENCE")
    if not isinstance(value, int) or value < 0:
        raise Refused("its SEQUENCE is below zero")
    return int(value)


def _stamp(event: Component) -> datetime:
    stamp = getattr(_only(_listed(event.get("DTSTAMP")), "DTSTAMP"), "dt", None)
    if not isinstance(stamp, datetime) or stamp.tzinfo is None:
        raise Refused("its DTSTAMP is no instant")
    return stamp.astimezone(UTC)
