"""What a calendar says of a session, and in which words: never more than its level lets it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from komma_tracker.access.rules import N_
from komma_tracker.events.rules import CONFIDENTIAL_COACHING, EventKind, EventState
from komma_tracker.feeds.rules.audiences import Audience, Contents, Level

UID_DOMAIN = "komma-tracker"
"""Behind every UID; a constant, because a UID outlives the address of the server (calendars 3, rule 11)."""


class Status(StrEnum):
    """How sure an event is, in the words of RFC 5545 3.8.1.11."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


STATUS: Mapping[EventState, Status] = {
    EventState.TENTATIVE: Status.TENTATIVE,
    EventState.CONFIRMED: Status.CONFIRMED,
    EventState.HELD: Status.CONFIRMED,
    EventState.FOLLOWED_UP: Status.CONFIRMED,
    EventState.CANCELLED: Status.CANCELLED,
}

_UID = re.compile(r"[A-Za-z0-9@._-]+")


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One date as one feed shows it; equal events have equal bytes.

    Start and end are wall time in `zone`, without tzinfo; the end of an all-day event is the first day after it.
    `created` and `last_modified` are instants with tzinfo. Raises ValueError where calendars 3 could not be kept.
    """

    uid: str
    starts_local: datetime
    ends_local: datetime
    zone: str
    summary: str
    created: datetime
    last_modified: datetime
    sequence: int = 0
    status: Status = Status.CONFIRMED
    all_day: bool = False
    description: str = ""
    location: str = ""
    url: str = ""
    conference: str = ""
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _UID.fullmatch(self.uid):
            raise ValueError("a UID holds only A-Z a-z 0-9 @ . _ - (rule 11)")
        if self.starts_local.tzinfo or self.ends_local.tzinfo:
            raise ValueError("start and end are wall time, without tzinfo (rule 8)")
        if self.ends_local <= self.starts_local:
            raise ValueError("an event ends after its start (rule 13)")
        if self.created.tzinfo is None or self.last_modified.tzinfo is None:
            raise ValueError("stamps are instants, with tzinfo (rule 12)")


@dataclass(frozen=True, slots=True)
class Label:
    """What a municipality of a session may be called: `name` is its alias where it is anonymous or not to be known."""

    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as far as the reader of a feed may know it.

    `labels` are those of the municipalities that the reader may know of. `discreet` says that some municipality of the
    session, known or not, is anonymous, `sheltered` that one is in a threat situation. `sequence` and `changed_at` have
    moved with every change of the session and of its municipalities' labels.
    """

    public_id: str
    kind: EventKind
    state: EventState
    title: str
    starts_local: datetime
    ends_local: datetime
    zone: str
    place: str
    link: str
    created_at: datetime
    changed_at: datetime
    sequence: int
    municipality_count: int
    labels: tuple[Label, ...]
    discreet: bool
    sheltered: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a calendar speaks: in how much detail, of municipalities or not, with the way to dial in, with our page.

    Only those registered dial in, so the public does not (domain 1.2c); only those with an account can open our page.
    """

    level: Level = Level.FULL
    places: bool = True
    dial_in: bool = True
    page: bool = True


def manner_of(contents: Contents) -> Manner:
    """How the calendar of an address speaks."""
    public = contents.audience is Audience.PUBLIC
    return Manner(contents.level, places=not public, dial_in=not public, page=not contents.for_guest)


class Words(Protocol):
    """Turns a German msgid into the words of the feed's language."""

    def __call__(self, message: str, /, **params: object) -> str: ...


BUSY = N_("Beschäftigt")


def feed_event(session: SessionFacts, words: Words, *, base_url: str, manner: Manner = Manner()) -> FeedEvent:
    """The event for a session. Servers copy feeds and keep them, whoever subscribes: coaching is confidential, and
    where a municipality is anonymous, kind, alias and time are all that is said (trust 7; calendars 3, rule 17). In a
    threat situation nobody reads where to find people (domain 5.4, case 10).
    """
    if manner.level is Level.BUSY:
        return _event(session, words(BUSY))
    reduced = session.discreet or session.kind is EventKind.COACHING or manner.level is Level.ALIAS
    placeless = reduced or session.sheltered
    link = "" if placeless or not manner.dial_in else session.link
    page = f"{base_url}/sessions/{session.public_id}" if manner.page else ""
    return _event(
        session,
        _summary(session, words, manner, reduced),
        description="\n".join(_description(words, link, page)),
        location="" if placeless else session.place,
        url=page,
        conference=link,
        categories=(words(session.kind.label),),
    )


def _event(
    session: SessionFacts,
    summary: str,
    *,
    description: str = "",
    location: str = "",
    url: str = "",
    conference: str = "",
    categories: tuple[str, ...] = (),
) -> FeedEvent:
    return FeedEvent(
        uid=f"{session.public_id}@{UID_DOMAIN}",
        starts_local=session.starts_local,
        ends_local=session.ends_local,
        zone=session.zone,
        summary=summary,
        created=session.created_at,
        last_modified=session.changed_at,
        sequence=session.sequence,
        status=STATUS[session.state],
        description=description,
        location=location,
        url=url,
        conference=conference,
        categories=categories,
    )


def _summary(session: SessionFacts, words: Words, manner: Manner, reduced: bool) -> str:
    kind = words(CONFIDENTIAL_COACHING if session.kind is EventKind.COACHING else session.kind.label)
    who = ", ".join(_who(session, words, manner)) if manner.places else ""
    if reduced:
        summary = f"{kind} – {who}" if who else kind
    else:
        # "Training: Training Bauamt" says no more than "Training Bauamt"
        title = session.title if session.title.casefold().startswith(kind.casefold()) else f"{kind}: {session.title}"
        summary = f"{title} ({who})" if who else title
    return words(N_("Abgesagt: %(summary)s"), summary=summary) if session.state is EventState.CANCELLED else summary


def _who(session: SessionFacts, words: Words, manner: Manner) -> list[str]:
    by_alias = manner.level is Level.ALIAS
    labels = [label.alias if by_alias else label.name for label in session.labels]
    return [*labels, words(N_("weitere Kommunen"))] if session.municipality_count > len(labels) else labels


def _description(words: Words, link: str, page: str) -> list[str]:
    lines = [words(N_("Einwahl: %(link)s"), link=link)] if link else []
    return [*lines, words(N_("Einzelheiten nach Anmeldung: %(link)s"), link=page)] if page else lines
