"""People: how long sign-ins and links live, what a password and an address must be, who may belong where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from komma_tracker.access.rules import MUNICIPAL_ROLES, N_, DomainError, Invalid, Role
from komma_tracker.accounts.laender import Land

IDLE_LIMIT = timedelta(minutes=30)
"""A session without a request for so long is over (trust 13)."""
ABSOLUTE_LIMIT = timedelta(hours=12)
"""No session lives longer (trust 13)."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last request is remembered: not every page view needs a write."""
PASSWORD_LEAST = 10
PASSWORD_MOST = 200
NAME_MOST = 120

_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}")


class TooManyAttempts(DomainError):
    """Somebody guesses, or has forgotten; whether an account exists makes no difference (trust 12)."""

    def __init__(self) -> None:
        super().__init__(
            N_(
                "Das waren zu viele Versuche. Bitte warten Sie eine Viertelstunde, "
                "oder lassen Sie sich einen Link für ein neues Passwort schicken."
            )
        )


class LinkIsVoid(DomainError):
    """A one-time link that never was, is used, has expired or was replaced: all look the same."""

    def __init__(self) -> None:
        super().__init__(N_("Dieser Link gilt nicht oder nicht mehr."))


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    RESET = "reset"


LINK_LIFETIME: Mapping[LinkPurpose, timedelta] = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.RESET: timedelta(hours=1),
}


class PersonState(StrEnum):
    """Whether a person can sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"

    @property
    def label(self) -> str:
        """The German msgid."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[PersonState, str] = {
    PersonState.INVITED: N_("eingeladen"),
    PersonState.ACTIVE: N_("aktiv"),
    PersonState.DISABLED: N_("gesperrt"),
}


@dataclass(frozen=True)
class PeopleFilter:
    """Which people a list shows; nothing given means all."""

    text: str = ""
    role: Role | None = None
    state: PersonState | None = None


@dataclass(frozen=True)
class Details:
    """Who somebody is, and what they may do, as typed."""

    name: str
    email: str
    role: Role
    land: Land | None = None


@dataclass(frozen=True)
class Span:
    """A municipality that a person belongs to or works for, from one day to another, both inclusive."""

    municipality_id: int
    starts_on: date
    ends_on: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it counts on this day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def is_over(self, today: date) -> bool:
        """Whether it lies in the past."""
        return self.ends_on is not None and self.ends_on < today

    def overlaps(self, other: Span) -> bool:
        """Whether there is a day on which both count."""
        return self.holds(max(self.starts_on, other.starts_on)) and other.holds(max(self.starts_on, other.starts_on))


def person_state(*, has_password: bool, disabled: bool) -> PersonState:
    """The state of a person: who has never chosen a password is still invited."""
    if disabled:
        return PersonState.DISABLED
    return PersonState.ACTIVE if has_password else PersonState.INVITED


def session_is_alive(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a sign-in still holds: not idle for too long, and not older than a working day."""
    return now - last_seen_at <= IDLE_LIMIT and now - created_at <= ABSOLUTE_LIMIT


def email_key(text: str) -> str:
    """An address as it is looked up, valid or not.

    >>> email_key(" Lead@Example.org ")
    'lead@example.org'
    """
    return text.strip().lower()


def normalise_email(text: str) -> str:
    """The one spelling of an address that counts. Raises Invalid for what is none.

    Plain ASCII only: look-alike letters cannot stand for another person, and every mail server takes it.

    >>> normalise_email(" Lead@Example.org ")
    'lead@example.org'
    """
    email = email_key(text)
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid("email", N_("Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org."))
    return email


def clean_name(text: str) -> str:
    r"""A person's name on one line, with single blanks. Raises Invalid where nothing is left or it is too long.

    >>> clean_name("  Kim \n Muster ")
    'Kim Muster'
    """
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise Invalid("name", N_("Bitte geben Sie einen Namen an."))
    if len(name) > NAME_MOST:
        raise Invalid("name", N_("Der Name darf höchstens %(most)s Zeichen haben."), most=NAME_MOST)
    return name


def name_key(name: str) -> tuple[str, str]:
    """How names stand in a list: as in a dictionary, ä like a and ß like ss (DIN 5007-1).

    >>> sorted(["Zander", "Özdemir", "Olsen"], key=name_key)
    ['Olsen', 'Özdemir', 'Zander']
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)), name


def check_password(password: str, email: str) -> None:
    """Raise Invalid for a password that is too short, too long, all alike or the address itself."""
    if len(password) < PASSWORD_LEAST:
        raise Invalid("password", N_("Das Passwort braucht mindestens %(least)s Zeichen."), least=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise Invalid("password", N_("Das Passwort darf höchstens %(most)s Zeichen haben."), most=PASSWORD_MOST)
    if len(set(password)) < PASSWORD_LEAST // 2:
        raise Invalid("password", N_("Das Passwort wiederholt zu oft dieselben Zeichen."))
    if password.lower() in {email, email.partition("@")[0]}:
        raise Invalid("password", N_("Das Passwort darf nicht die E-Mail-Adresse sein."))


def check_assignments(role: Role, spans: Sequence[Span], today: date) -> None:
    """Raise Invalid where a person of this role cannot be assigned so, from today on; the past stays as it was.

    Coordination and head belong to exactly one municipality at a time, a reader to none (domain 1.5).
    """
    for span in spans:
        if span.ends_on is not None and span.ends_on < span.starts_on:
            raise Invalid("ends_on", N_("Das Ende darf nicht vor dem Beginn liegen."))
    present = [span for span in spans if not span.is_over(today)]
    if role is Role.READER and present:
        raise Invalid(
            "role", N_("Wer nur Programmsummen sieht, gehört zu keiner Kommune. Bitte beenden Sie erst die Zuordnung.")
        )
    for one, other in combinations(present, 2):
        if one.overlaps(other):
            _refuse_overlap(role, same=one.municipality_id == other.municipality_id)


def _refuse_overlap(role: Role, *, same: bool) -> None:
    if same:
        raise Invalid("starts_on", N_("In dieser Zeit ist die Person der Kommune schon zugeordnet."))
    if role in MUNICIPAL_ROLES:
        raise Invalid(
            "starts_on",
            N_(
                "Projektkoordination und Verwaltungsleitung gehören immer nur zu einer Kommune. "
                "Bitte beenden Sie erst die andere Zuordnung."
            ),
        )


def needs_municipality(role: Role) -> bool:
    """Whether a person of this role can do nothing without a municipality."""
    return role in MUNICIPAL_ROLES
