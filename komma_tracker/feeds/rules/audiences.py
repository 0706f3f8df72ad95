"""Whose sessions a calendar shows, to whom, in how much detail: tables, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from komma_tracker.access.rules import MUNICIPAL_ROLES, N_, Invalid, Permission, Role, Viewer, may
from komma_tracker.alliances.rules import Side
from komma_tracker.events.rules import PROGRAMME_KINDS, EventKind


class Audience(StrEnum):
    """Whose sessions a calendar holds (domain 1.5)."""

    MINE = "mine"
    MUNICIPALITY = "municipality"
    ALLIANCE = "alliance"
    NETWORK = "network"
    PROGRAMME = "programme"
    PUBLIC = "public"

    @property
    def label(self) -> str:
        """The German msgid."""
        return AUDIENCE_LABELS[self]


AUDIENCE_LABELS: Mapping[Audience, str] = {
    Audience.MINE: N_("Meine Termine"),
    Audience.MUNICIPALITY: N_("Eine Kommune"),
    Audience.ALLIANCE: N_("Eine Allianz"),
    Audience.NETWORK: N_("Netzwerk aller Kommunen"),
    Audience.PROGRAMME: N_("Gesamtes Programm"),
    Audience.PUBLIC: N_("Öffentliche Termine"),
}

PLACED = frozenset({Audience.MUNICIPALITY, Audience.ALLIANCE})
"""Calendars of a municipality; an alliance's may be those of several, for an organisation that sits in all of them."""

OWN_PERMISSIONS: Mapping[Audience, Permission] = {
    Audience.MINE: Permission.FEED_OWN,
    Audience.MUNICIPALITY: Permission.FEED_MUNICIPALITY,
    Audience.ALLIANCE: Permission.FEED_MUNICIPALITY,
    Audience.NETWORK: Permission.FEED_NETWORK,
    Audience.PROGRAMME: Permission.FEED_PROGRAMME,
    Audience.PUBLIC: Permission.FEED_NETWORK,
}
"""What one needs to subscribe oneself."""

GUEST_PERMISSIONS: Mapping[Audience, Permission] = {
    Audience.MUNICIPALITY: Permission.FEED_GUESTS,
    Audience.ALLIANCE: Permission.FEED_GUESTS,
    Audience.NETWORK: Permission.FEED_PROGRAMME,
    Audience.PUBLIC: Permission.FEED_PROGRAMME,
}
"""What one needs to let somebody without an account subscribe: nobody's own sessions, and never the programme's."""


class Level(StrEnum):
    """How much a calendar says. Reduced detail is another text: no reader honours CLASS (calendars 3, rule 15)."""

    FULL = "full"
    ALIAS = "alias"
    BUSY = "busy"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LEVEL_LABELS[self]


LEVEL_LABELS: Mapping[Level, str] = {
    Level.FULL: N_("vollständig: Titel, Ort, Einwahl"),
    Level.ALIAS: N_("nur Art des Termins und Deckname der Kommune"),
    Level.BUSY: N_("nur „Beschäftigt“"),
}

_ALL_LEVELS = (Level.FULL, Level.ALIAS, Level.BUSY)
_NO_ALIAS = (Level.FULL, Level.BUSY)
LEVELS: Mapping[Audience, Mapping[bool, tuple[Level, ...]]] = {
    # for people with an account, and for guests; where no municipality is named there is none to hide
    Audience.MINE: {False: _ALL_LEVELS, True: ()},
    Audience.MUNICIPALITY: {False: _ALL_LEVELS, True: _ALL_LEVELS},
    Audience.ALLIANCE: {False: _ALL_LEVELS, True: _ALL_LEVELS},
    Audience.NETWORK: {False: _NO_ALIAS, True: _NO_ALIAS},
    Audience.PROGRAMME: {False: _ALL_LEVELS, True: ()},
    Audience.PUBLIC: {False: (Level.FULL,), True: (Level.FULL,)},
}
"""Who may have which level. An anonymous municipality goes by its alias at each of them."""

_OPEN_KINDS = frozenset({EventKind.ALLIANCE_MEETING, *PROGRAMME_KINDS})
SIDE_KINDS: Mapping[Side, frozenset[EventKind]] = {
    Side.ADMINISTRATION: frozenset(EventKind),
    Side.COUNSELLING: frozenset(EventKind) - {EventKind.STEERING_GROUP},
    Side.SECURITY: frozenset({*_OPEN_KINDS, EventKind.WORKSHOP}),
    Side.OTHER: _OPEN_KINDS,
}
"""Which of a municipality's sessions concern a side of its alliance: no training, no coaching the security side."""

PUBLIC_KINDS = frozenset({EventKind.WEBINAR, EventKind.TRANSFER})
"""What can be cleared for everybody."""

PAST_MONTHS = (0, 1, 3, 6, 12)
"""How many months back a calendar may reach."""
GUEST_LIFE = timedelta(days=366)
"""How long a guest's address is meant to live, unless somebody says otherwise."""
LONGEST_LIFE = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class Contents:
    """What an address shows: whose sessions, which of them, in how much detail, in which language.

    Equal contents read by equal people are one calendar. No `kinds` means all of them; `municipality_ids` are in order.
    """

    audience: Audience
    municipality_ids: tuple[int, ...] = ()
    side: Side | None = None
    level: Level = Level.FULL
    for_guest: bool = False
    kinds: tuple[EventKind, ...] = ()
    tentative: bool = True
    cancelled: bool = True
    past_months: int = PAST_MONTHS[-1]
    locale: str = "de"

    @property
    def shown_kinds(self) -> frozenset[EventKind]:
        """The kinds of sessions that may turn up."""
        kinds = frozenset(self.kinds or EventKind)
        match self.audience:
            case Audience.ALLIANCE:
                return kinds & SIDE_KINDS[self.side or Side.OTHER]
            case Audience.NETWORK:
                return kinds & PROGRAMME_KINDS
            case Audience.PUBLIC:
                return kinds & PUBLIC_KINDS
            case _:
                return kinds


def audiences_of(viewer: Viewer, *, for_guest: bool = False) -> tuple[Audience, ...]:
    """The calendars that this person may subscribe to, or let guests subscribe to.

    >>> [audience.value for audience in audiences_of(Viewer(1, Role.COORDINATOR, frozenset({7})))]
    ['municipality', 'alliance', 'network', 'public']
    """
    needed = GUEST_PERMISSIONS if for_guest else OWN_PERMISSIONS
    return tuple(audience for audience, permission in needed.items() if may(viewer, permission))


def may_read(viewer: Viewer, audience: Audience, municipality_ids: Collection[int], *, for_guest: bool = False) -> bool:
    """Whether an address made by this person opens: asked at each fetch, with the rights of that moment (trust 6)."""
    permission = (GUEST_PERMISSIONS if for_guest else OWN_PERMISSIONS).get(audience)
    if permission is None or bool(municipality_ids) is not (audience in PLACED):
        return False
    return all(may(viewer, permission, each) for each in municipality_ids or (None,))


def reader_of(owner: Viewer, contents: Contents) -> Viewer:
    """With whose eyes a calendar is read. A guest sees what the people of these municipalities see, whoever made it."""
    if not contents.for_guest:
        return owner
    return Viewer(NOBODY, Role.COORDINATOR, frozenset(contents.municipality_ids))


NOBODY = 0
"""The id of no person."""


def offers_programme_sessions(viewer: Viewer) -> bool:
    """Whether a municipality's calendar also holds what is open to all: for its own people."""
    return viewer.role in MUNICIPAL_ROLES


def shown_together(municipality_ids: Collection[int], anonymous: Collection[int]) -> tuple[int, ...]:
    """Which alliances one calendar shows: no anonymous municipality stands beside another (domain 5.4, case 18).

    >>> shown_together([3, 5], anonymous=[]), shown_together([3, 5], anonymous=[5]), shown_together([5], anonymous=[5])
    ((3, 5), (3,), (5,))
    """
    if len(municipality_ids) == 1:
        return tuple(municipality_ids)
    return tuple(each for each in municipality_ids if each not in anonymous)


def has_page(contents: Contents) -> bool:
    """Whether guests also read a page behind their address: those of a side of an alliance who may see words.

    >>> has_page(Contents(Audience.ALLIANCE, (3,), Side.SECURITY, for_guest=True))
    True
    """
    return (
        contents.for_guest
        and contents.audience is Audience.ALLIANCE
        and contents.side is not None
        and contents.level is Level.FULL
    )


def check_contents(contents: Contents) -> None:
    """Raise Invalid for what no address can show; permissions are another question."""
    if len(contents.municipality_ids) > 1 and not (contents.audience is Audience.ALLIANCE and contents.for_guest):
        raise Invalid("municipalities", N_("Mehrere Kommunen gehen nur bei der Allianz, für eine gemeinsame Stelle."))
    if (contents.audience in PLACED) is not bool(contents.municipality_ids):
        raise Invalid("municipalities", N_("Bitte wählen Sie die Kommune."))
    if contents.level not in LEVELS[contents.audience][contents.for_guest]:
        raise Invalid("level", N_("Diese Genauigkeit gibt es bei diesem Inhalt nicht."))
    if contents.past_months not in PAST_MONTHS:
        raise Invalid("past_months", N_("Bitte einen der angebotenen Zeiträume wählen."))
    if not contents.shown_kinds:
        raise Invalid("kinds", N_("Von den gewählten Arten kommt in diesem Kalender keine vor."))


def check_expiry(expires_on: date | None, today: date, *, for_guest: bool) -> None:
    """Raise Invalid for a last day that has passed, is too far away, or is missing for a guest."""
    if expires_on is None:
        if for_guest:
            raise Invalid("expires_on", N_("Bitte geben Sie an, bis wann die Adresse gilt."))
        return
    if expires_on < today:
        raise Invalid("expires_on", N_("Dieser Tag ist vorbei. Bitte wählen Sie einen späteren."))
    if expires_on > today + LONGEST_LIFE:
        raise Invalid("expires_on", N_("Eine Adresse gilt höchstens zwei Jahre. Bitte wählen Sie einen früheren Tag."))


class Closing(StrEnum):
    """Why an address opens no more."""

    REVOKED = "revoked"
    ROLE_ENDED = "role_ended"
    ANONYMITY = "anonymity"

    @property
    def label(self) -> str:
        """The German msgid."""
        return CLOSING_LABELS[self]


CLOSING_LABELS: Mapping[Closing, str] = {
    Closing.REVOKED: N_("gesperrt"),
    Closing.ROLE_ENDED: N_("beendet mit der Aufgabe der Person, die sie angelegt hat"),
    Closing.ANONYMITY: N_("beendet, weil eine Kommune jetzt anonym teilnimmt"),
}

RENEWABLE = frozenset({Closing.ROLE_ENDED, Closing.ANONYMITY})
"""What ended without anybody wanting the calendar to end: it stays in the list until somebody renews or revokes it."""
