"""Calendar objects that ask for something: a session, and one person who is asked (RFC 5546 3.2, RFC 6047)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from icalendar import vCalAddress

from komma_tracker.feeds.ical import component_of, octets_of
from komma_tracker.feeds.rules import FeedEvent
from komma_tracker.feeds.vtimezone import VTIMEZONE
from komma_tracker.notify.rules import Answer, Method

PRODID = b"PRODID:-//komma-tracker//Einladung//DE\r\n"
ORGANIZER_NAME = "KommA"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks whom for what: `answers_to` is an address, `wants_answer` whether anybody reads what comes there."""

    method: Method
    uid: str
    sequence: int
    stamp: datetime
    answers_to: str
    attendee: str
    answer: Answer | None
    wants_answer: bool

    @property
    def asks(self) -> bool:
        """Whether somebody is waiting for an answer."""
        return self.method is Method.REQUEST and self.wants_answer and self.answer is None


def calendar_object(event: FeedEvent, asking: Asking) -> bytes:
    """The object for one person. Nobody else stands in it, nor a name: who else comes is no calendar's business.

    A cancellation says neither what nor where, so it may go to those who may not know it any more.
    """
    told = replace(event, uid=asking.uid, sequence=asking.sequence, last_modified=asking.stamp)
    if asking.method is Method.CANCEL:
        told = replace(told, description="", location="", url="", conference="", categories=())
    component = component_of(told)
    component.add("organizer", _address(asking.answers_to, {"CN": ORGANIZER_NAME}))
    component.add("attendee", _address(asking.attendee, _attendance(asking)))
    head = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + PRODID + b"METHOD:%s\r\n" % asking.method.value.encode()
    return b"".join([head, VTIMEZONE, octets_of(component), b"END:VCALENDAR\r\n"])


def _attendance(asking: Asking) -> dict[str, str]:
    if asking.method is Method.CANCEL:
        return {}
    return {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": asking.answer.partstat if asking.answer else "NEEDS-ACTION",
        "RSVP": "TRUE" if asking.asks else "FALSE",
    }


def _address(email: str, parameters: dict[str, str]) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params.update(parameters)
    return address
