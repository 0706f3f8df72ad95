"""Appointments of somebody's own calendar: which of them look like work for the programme, and why.

Pure: what a municipality is called comes from outside, and only to those who may know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.rules.vocabulary import ACTIVITY_NAMES
from komma_tracker.municipalities.rules import fold

PROGRAMME_WORDS = (
    "KommA", "Modellkommune", "Beratungstag", "Allianztreffen", "Steuerungsgruppe", "Strategiekonzept",
    "Clearingverfahren", "Projektbeirat",
)  # fmt: skip
"""Whatever has one of these in its title or place is likely to be work for the programme."""

OWN_UID = "@komma-tracker"
"""So end the UIDs of this program's own feeds: what comes back from there is booked with its session."""

FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "outlook.com",
        "outlook.de", "hotmail.com", "hotmail.de", "live.de", "icloud.com", "me.com", "yahoo.com", "yahoo.de",
        "posteo.de", "mailbox.org", "proton.me", "protonmail.com",
    }
)  # fmt: skip
"""Domains that tell nothing of who somebody works for."""

SHORTEST_NAME = 4
"""A shorter name stands for its municipality only together with what kind it is."""
_KINDS = frozenset(
    {
        "stadt", "gemeinde", "landkreis", "kreis", "markt", "flecken", "hansestadt", "landeshauptstadt",
        "universitatsstadt", "kreisstadt", "bezirk",
    }
)  # fmt: skip

_ONLINE = re.compile(
    r"zoom\.|teams\.(microsoft|live)|meet\.google|webex|bigbluebutton|\bbbb\b|jitsi|gotomeet|edudip|livemeeting"
    r"|microsoft teams|(?:teams|zoom)[- ](?:besprechung|meeting)|\bonline\b|\bvideo|\bwebinar\b|\bdigital\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\btel(?:efon\w*|\.|\b)|\bphone\b|\bcall\b|\banruf", re.IGNORECASE)


@dataclass(frozen=True)
class Appointment:
    """One date in a calendar. Times are wall times of Europe/Berlin, or of `zone` where nobody knows what that is."""

    uid: str
    number: str
    """Which date of a series or of several with one UID; empty where there is one only."""
    title: str
    place: str
    text: str
    domains: tuple[str, ...]
    """Of the addresses of those invited; nothing else of them is read."""
    starts: datetime
    minutes: int
    """0 where nothing is said, or for a whole day."""
    all_day: bool = False
    tentative: bool = False
    zone: str = ""


class LeftOut(StrEnum):
    """Why something of a calendar is not read."""

    TOO_OFTEN = "too_often"
    TOO_SLOW = "too_slow"
    UNREADABLE = "unreadable"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LEFT_OUT_LABELS[self]


LEFT_OUT_LABELS: Mapping[LeftOut, str] = {
    LeftOut.TOO_OFTEN: N_("wiederholt sich öfter als täglich"),
    LeftOut.TOO_SLOW: N_("lässt sich nicht in vertretbarer Zeit ausrechnen"),
    LeftOut.UNREADABLE: N_("ist nicht lesbar"),
}


@dataclass(frozen=True)
class Known:
    """A municipality as the viewer may know it: its code and names, and the domains of its people's addresses."""

    code: str
    label: str
    names: Mapping[str, str]
    """As they are written, by their folded form."""
    domains: frozenset[str] = frozenset()


class Reason(StrEnum):
    """By which rule an appointment looks like work for the programme."""

    NAME = "name"
    DOMAIN = "domain"
    TEXT = "text"
    WORD = "word"

    @property
    def label(self) -> str:
        """The German msgid, with a gap for what was found."""
        return REASON_LABELS[self]


REASON_LABELS: Mapping[Reason, str] = {
    Reason.NAME: N_("Kürzel oder Name in Titel oder Ort: %(found)s"),
    Reason.DOMAIN: N_("eingeladen mit einer Adresse bei %(found)s"),
    Reason.TEXT: N_("Kürzel oder Name in der Beschreibung: %(found)s"),
    Reason.WORD: N_("Stichwort in Titel oder Ort: %(found)s"),
}
"""In this order they are tried."""


@dataclass(frozen=True)
class Match:
    """Why an appointment is proposed, and for which municipality if that is clear."""

    reason: Reason
    found: str
    code: str = ""


def names_of(*names: str) -> dict[str, str]:
    """All by which a municipality may be called in a calendar, by their folded form.

    >>> names_of("Stadt Müsterau", "K01")
    {'stadt musterau': 'Stadt Müsterau', 'musterau': 'Müsterau', 'k01': 'K01'}
    """
    found: dict[str, str] = {}
    for name in filter(fold, names):
        found[fold(name)] = name
        first, _, rest = name.partition(" ")
        if fold(first) in _KINDS and len(fold(rest)) >= SHORTEST_NAME:
            found[fold(rest)] = rest
    return found


def match(appointment: Appointment, known: Sequence[Known], words: Iterable[str]) -> Match | None:
    """By which rule an appointment looks like work for the programme; None where by none.

    Where a rule finds several municipalities, it is clear that it is work, and left open for whom.
    """
    seen = _spaced(f"{appointment.title} {appointment.place}")
    rules = (
        (Reason.NAME, _named_in(seen, known)),
        (
            Reason.DOMAIN,
            {each.code: domain for each in known for domain in each.domains if _invited(appointment, domain)},
        ),
        (Reason.TEXT, _named_in(_spaced(appointment.text), known)),
    )
    for reason, found in rules:
        if found:
            return Match(reason, ", ".join(dict.fromkeys(found.values())), next(iter(found)) if len(found) == 1 else "")
    word = next((word for word in words if (key := fold(word)) and f" {key} " in seen), None)
    return Match(Reason.WORD, word) if word else None


def _named_in(text: str, known: Sequence[Known]) -> dict[str, str]:
    """The municipalities that are named in a text: their names by their codes."""
    return {each.code: each.label for each in known if any(f" {name} " in text for name in each.names)}


def _spaced(text: str) -> str:
    return f" {fold(text)} "


def _invited(appointment: Appointment, domain: str) -> bool:
    return any(each == domain or each.endswith(f".{domain}") for each in appointment.domains)


_ACTIVITY_WORDS = [
    (fold(name), activity)
    for activity, names in ACTIVITY_NAMES.items()
    for name in names
    if activity is not Activity.OTHER
]


def activity_of(appointment: Appointment) -> Activity | None:
    """What is done there, by the longest word for it in the title.

    >>> from datetime import datetime
    >>> def called(title): return Appointment("", "", title, "", "", (), datetime(2026, 5, 4, 9), 60)
    >>> activity_of(called("Vorbereitung Workshop")), activity_of(called("Zahnarzt"))
    (<Activity.PREPARATION: 'preparation'>, None)
    """
    title = _spaced(appointment.title)
    found = [(len(word), activity) for word, activity in _ACTIVITY_WORDS if f" {word} " in title]
    return max(found, key=lambda each: each[0])[1] if found else None


def mode_of(appointment: Appointment) -> Mode | None:
    """Where it takes place: online, by phone, on site where a place is given; None where nothing tells."""
    for text in (appointment.place, appointment.title, appointment.text):
        if _ONLINE.search(text):
            return Mode.ONLINE
        if _PHONE.search(text):
            return Mode.PHONE
        if text and text is appointment.place:
            return Mode.ON_SITE
    return None
