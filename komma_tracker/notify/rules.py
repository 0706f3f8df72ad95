"""Invitations: which message is due, what it counts for, and which answers to it do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from komma_tracker.access.rules import N_
from komma_tracker.events.rules import EventState, to_instant
from komma_tracker.feeds.rules import UID_DOMAIN, SessionFacts, feed_event

INVITATION_UID = f".invitation@{UID_DOMAIN}"
"""Behind a session's id. Not the UID of the feeds: a calendar program that finds this one in a calendar to which its
owner has only subscribed cannot accept it, or changes the wrong one."""
AHEAD = timedelta(days=1)
"""So far another clock may run ahead of ours."""


class Method(StrEnum):
    """What a message asks of a calendar (RFC 5546 3.2)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Answer(StrEnum):
    """What somebody says to an invitation."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ANSWER_LABELS[self]

    @property
    def partstat(self) -> str:
        """The word for it in a calendar (RFC 5545 3.2.12)."""
        return self.value.upper()


ANSWER_LABELS: Mapping[Answer, str] = {
    Answer.ACCEPTED: N_("zugesagt"),
    Answer.DECLINED: N_("abgelehnt"),
    Answer.TENTATIVE: N_("vorläufig zugesagt"),
}


class Refused(Exception):
    """A mail that is no answer to anything that was sent; the message is one English line without names."""


@dataclass(frozen=True)
class Sent:
    """What somebody was told last of a session; instants in UTC.

    `asked` is the SEQUENCE of the first message with the present time: what answers an earlier one answers another
    question. `fingerprint` stands for what the message said of the session.
    """

    method: Method
    sequence: int
    asked: int
    fingerprint: str
    starts_at: datetime
    ends_at: datetime
    answer: Answer | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """What somebody has answered: to which UID and SEQUENCE, as which attendee, and when they say they did."""

    uid: str
    sequence: int
    attendee: str
    answer: Answer
    stamp: datetime


def uid_of(public_id: str) -> str:
    """The UID of a session in invitations.

    >>> uid_of("abcdefgh23456777")
    'abcdefgh23456777.invitation@komma-tracker'
    """
    return f"{public_id}{INVITATION_UID}"


def public_id_of(uid: str) -> str | None:
    """The session that a UID of ours stands for."""
    return uid.removesuffix(INVITATION_UID) if uid.endswith(INVITATION_UID) else None


def span(session: SessionFacts) -> tuple[datetime, datetime]:
    """From which instant to which it lasts."""
    return to_instant(session.starts_local, session.zone), to_instant(session.ends_local, session.zone)


def fingerprint(session: SessionFacts, to: str) -> str:
    """Stands for what calendars say of a session, in any language, and for where they were told: where it is the same,
    nothing is worth a mail.
    """
    event = feed_event(session, _german, base_url="")
    said = (event.starts_local, event.ends_local, event.zone, event.status, event.summary, event.location)
    return sha256(repr((to, *said, event.conference)).encode()).hexdigest()


def _german(message: str, /, **params: object) -> str:
    return message % params if params else message


def due(sent: Sent | None, session: SessionFacts | None, to: str, now: datetime) -> Method | None:
    """The message that somebody must get about a session at this address, None where they know all; `session` is None
    where it is none of theirs, or no more. Of what is over, both as it is and as it was told, nobody is told any more.
    """
    told = sent if sent and sent.method is Method.REQUEST else None
    to_come = told is not None and told.ends_at > now
    if session is None or session.state is EventState.CANCELLED:
        return Method.CANCEL if to_come else None
    if not to_come and span(session)[1] <= now:
        return None
    return None if told and told.fingerprint == fingerprint(session, to) else Method.REQUEST


def asked_again(sent: Sent | None, session: SessionFacts) -> bool:
    """Whether a request asks a new question: at this time, can you come?"""
    return sent is None or sent.method is not Method.REQUEST or (sent.starts_at, sent.ends_at) != span(session)


def check_reply(reply: Reply, sent: Sent | None, now: datetime) -> bool:
    """Whether an answer is news; one that a later message or a later answer has overtaken is not (RFC 5546 2.1.5).

    Raises Refused for what was never asked.
    """
    if sent is None or reply.sequence > sent.sequence:
        raise Refused("it answers an invitation that was never sent")
    if reply.stamp > now + AHEAD:
        raise Refused("its DTSTAMP lies in the future")
    if sent.method is Method.CANCEL or reply.sequence < sent.asked:
        return False
    return sent.answered_at is None or reply.stamp > sent.answered_at
