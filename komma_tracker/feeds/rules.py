"""What a calendar feed shows, to whom, for how long, and in which words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Protocol

from komma_tracker.access.rules import MUNICIPAL_ROLES, N_, Permission, Viewer, may
from komma_tracker.events.rules import EventKind, EventState

UID_DOMAIN = "komma-tracker"
"""Behind every UID; a constant, because a UID outlives the address of the server (calendars 3, rule 11)."""
REFRESH = timedelta(hours=1)
PAST_SHOWN = timedelta(days=366)
"""How long a session stays in a feed after its end."""
CANCELLED_SHOWN = timedelta(weeks=8)
"""How long a cancelled session stays, so that every calendar learns of it (calendars 3, rule 14)."""
USE_NOTED_EVERY = timedelta(hours=1)
"""How exactly the last use of an address is remembered: not every poll needs a write."""


class Audience(StrEnum):
    """Whose sessions a calendar holds."""

    MINE = "mine"
    MUNICIPALITY = "municipality"
    PROGRAMME = "programme"

    @property
    def label(self) -> str:
        """The German msgid."""
        return AUDIENCE_LABELS[self]


AUDIENCE_LABELS: Mapping[Audience, str] = {
    Audience.MINE: N_("Meine Termine"),
    Audience.MUNICIPALITY: N_("Eine Kommune"),
    Audience.PROGRAMME: N_("Gesamtes Programm"),
}

AUDIENCE_PERMISSIONS: Mapping[Audience, Permission] = {
    Audience.MINE: Permission.FEED_OWN,
    Audience.MUNICIPALITY: Permission.FEED_MUNICIPALITY,
    Audience.PROGRAMME: Permission.FEED_PROGRAMME,
}


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


class Colour(Enum):
    """A CSS3 name for readers of RFC 7986, and the same colour in hex for Apple's."""

    TEAL = ("teal", "#008080")
    STEELBLUE = ("steelblue", "#4682B4")
    DARKSLATEBLUE = ("darkslateblue", "#483D8B")

    @property
    def css(self) -> str:
        """The name."""
        return self.value[0]

    @property
    def hex(self) -> str:
        """Red, green and blue."""
        return self.value[1]


COLOURS: Mapping[Audience, Colour] = {
    Audience.MINE: Colour.STEELBLUE,
    Audience.MUNICIPALITY: Colour.TEAL,
    Audience.PROGRAMME: Colour.DARKSLATEBLUE,
}

_UID = re.compile(r"[A-Za-z0-9@._-]+")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a calendar says about itself. The name must be fit for everybody's eyes: servers copy it."""

    name: str
    colour: Colour = Colour.STEELBLUE
    refresh: timedelta = REFRESH


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
class SessionFacts:
    """A session as far as the reader of a feed may know it.

    `labels` are those of the municipalities that the reader may know of; an anonymous one has only its alias.
    `discreet` says that some municipality of the session, known or not, is anonymous. `sequence` and `changed_at`
    have moved with every change of the session and of its municipalities' labels.
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
    labels: tuple[str, ...]
    discreet: bool


class Words(Protocol):
    """Turns a German msgid into the words of the feed's language."""

    def __call__(self, message: str, /, **params: object) -> str: ...


def audiences_of(viewer: Viewer) -> tuple[Audience, ...]:
    """The calendars that this person may subscribe to.

    >>> from komma_tracker.access.rules import Role
    >>> [audience.value for audience in audiences_of(Viewer(1, Role.COORDINATOR, frozenset({7})))]
    ['municipality']
    """
    return tuple(audience for audience, permission in AUDIENCE_PERMISSIONS.items() if may(viewer, permission))


def may_read(viewer: Viewer, audience: Audience, municipality_id: int | None) -> bool:
    """Whether an address still opens: asked at each fetch, with the rights of that moment (trust 6)."""
    return may(viewer, AUDIENCE_PERMISSIONS[audience], municipality_id)


def offers_programme_sessions(viewer: Viewer) -> bool:
    """Whether a municipality's calendar also holds what is open to all: for its own people, who have no other."""
    return viewer.role in MUNICIPAL_ROLES


def first_day_shown(today: date) -> date:
    """Sessions that ended before this day are left out."""
    return today - PAST_SHOWN


def first_cancellation_shown(today: date) -> date:
    """Sessions cancelled before this day are left out. A day, so that a feed changes at most once without an event."""
    return today - CANCELLED_SHOWN


def use_is_news(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether the last use is long enough ago to be written anew."""
    return last_used_at is None or now - last_used_at >= USE_NOTED_EVERY


def change_stamp(last: datetime | None, now: datetime) -> datetime:
    """When changed bytes count as changed: a second later than ever before, as HTTP dates know only whole seconds."""
    return now if last is None else max(now, last + timedelta(seconds=1))


def calendar_head(audience: Audience, municipality: str | None, words: Words) -> FeedHead:
    """Name and colour of a calendar; `municipality` is a label fit for everybody's eyes."""
    names = {
        Audience.MINE: words(N_("KommA – meine Termine")),
        Audience.MUNICIPALITY: f"KommA – {municipality}",
        Audience.PROGRAMME: words(N_("KommA – Programm")),
    }
    return FeedHead(names[audience], COLOURS[audience])


def file_name(audience: Audience, code: str | None) -> str:
    """The last part of an address, after which Thunderbird names the calendar; never a municipality's name.

    >>> file_name(Audience.MUNICIPALITY, "K07"), file_name(Audience.MINE, None)
    ('KommA-K07.ics', 'KommA-Termine.ics')
    """
    names = {Audience.MINE: "Termine", Audience.MUNICIPALITY: code, Audience.PROGRAMME: "Programm"}
    return f"KommA-{names[audience]}.ics"


def feed_event(session: SessionFacts, words: Words, *, base_url: str) -> FeedEvent:
    """The event for a session. Servers copy feeds and keep them, whoever subscribes: coaching is confidential, and
    where a municipality is anonymous, kind, alias and time are all that is said (trust 7; calendars 3, rule 17).
    """
    reduced = session.discreet or session.kind is EventKind.COACHING
    page = f"{base_url}/sessions/{session.public_id}"
    link = "" if reduced else session.link
    return FeedEvent(
        uid=f"{session.public_id}@{UID_DOMAIN}",
        starts_local=session.starts_local,
        ends_local=session.ends_local,
        zone=session.zone,
        summary=_summary(session, words, reduced),
        created=session.created_at,
        last_modified=session.changed_at,
        sequence=session.sequence,
        status=STATUS[session.state],
        description="\n".join(_description(words, link, page)),
        location="" if reduced else session.place,
        url=page,
        conference=link,
        categories=(words(session.kind.label),),
    )


def _summary(session: SessionFacts, words: Words, reduced: bool) -> str:
    kind = words(N_("Coaching (vertraulich)")) if session.kind is EventKind.COACHING else words(session.kind.label)
    others = [words(N_("weitere Kommunen"))] if session.municipality_count > len(session.labels) else []
    who = ", ".join([*session.labels, *others])
    if reduced:
        summary = f"{kind} – {who}" if who else kind
    else:
        summary = f"{kind}: {session.title} ({who})" if who else f"{kind}: {session.title}"
    return words(N_("Abgesagt: %(summary)s"), summary=summary) if session.state is EventState.CANCELLED else summary


def _description(words: Words, link: str, page: str) -> list[str]:
    lines = [words(N_("Einwahl: %(link)s"), link=link)] if link else []
    return [*lines, words(N_("Einzelheiten nach Anmeldung: %(link)s"), link=page)]
