"""What is planned for a session, and how many people took part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.events.rules.kinds import PROGRAMME_KINDS, EventKind


class FunctionGroup(StrEnum):
    """Function by which participants are counted; never names (domain 2.7)."""

    HEAD = "head"
    MANAGERS = "managers"
    STAFF_PUBLIC = "staff_public"
    STAFF_INTERNAL = "staff_internal"
    STAFF_COUNCIL = "staff_council"
    COUNCIL = "council"
    SECURITY_AUTHORITY = "security_authority"
    COUNSELLING_SERVICE = "counselling_service"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return GROUP_LABELS[self]


GROUP_LABELS: Mapping[FunctionGroup, str] = {
    FunctionGroup.HEAD: N_("Verwaltungsleitung"),
    FunctionGroup.MANAGERS: N_("Führungskräfte"),
    FunctionGroup.STAFF_PUBLIC: N_("Mitarbeitende mit Publikumsverkehr"),
    FunctionGroup.STAFF_INTERNAL: N_("Mitarbeitende ohne Publikumsverkehr"),
    FunctionGroup.STAFF_COUNCIL: N_("Personalrat"),
    FunctionGroup.COUNCIL: N_("politische Gremien"),
    FunctionGroup.SECURITY_AUTHORITY: N_("Sicherheitsbehörden"),
    FunctionGroup.COUNSELLING_SERVICE: N_("Beratungs- und Hilfestellen"),
    FunctionGroup.OTHER: N_("sonstige Teilnehmende"),
}


def planned_minutes(minutes_each: int, consultants: int, *, before: int = 0, after: int = 0) -> int:
    """What a session takes from the allowance: days are person-days (domain 0.1). Minutes of each consultant in the
    session, before it (preparation) and after it (follow-up).

    >>> planned_minutes(480, 2), planned_minutes(480, 2, before=120)
    (960, 1200)
    """
    return (minutes_each + before + after) * consultants


MOST_MINUTES_EACH = 24 * 60
"""What one consultant can plan or report for one session, at most."""


def check_plan(
    kind: EventKind,
    *,
    municipalities: int,
    consultants: int,
    minutes_each: int,
    around: tuple[int, int] = (0, 0),
    seats: int | None = None,
) -> None:
    """Raise Invalid where a session lacks a municipality though its kind needs one, or has nobody to hold it."""
    if not municipalities and kind not in PROGRAMME_KINDS:
        message = N_("Bitte mindestens eine Kommune wählen. Nur Netzwerktreffen, Webinare und Transfer gehen ohne.")
        raise Invalid("parts", message)
    if not consultants:
        raise Invalid("consultants", N_("Bitte mindestens eine Beratungsperson wählen."))
    if not 0 <= minutes_each <= MOST_MINUTES_EACH:
        raise Invalid("minutes_each", N_("Bitte einen Umfang von 0 bis 24 Stunden angeben."))
    for field, minutes in zip(("preparation_minutes", "follow_up_minutes"), around, strict=True):
        if not 0 <= minutes <= MOST_MINUTES_EACH:
            raise Invalid(field, N_("Bitte einen Umfang von 0 bis 24 Stunden angeben."))
    if seats is not None and not 1 <= seats <= MOST_PARTICIPANTS:
        raise Invalid("seats", N_("Bitte eine Anzahl von 1 bis %(most)s angeben."), most=MOST_PARTICIPANTS)


def check_public(kind: EventKind, *, anonymous: bool) -> None:
    """Raise Invalid for what must not be cleared for the public calendar: work with municipalities, and anything with
    an anonymous one.
    """
    if kind not in PROGRAMME_KINDS:
        message = N_("Öffentlich können nur Netzwerktreffen, Webinare und Transferveranstaltungen sein.")
        raise Invalid("public", message)
    if anonymous:
        raise Invalid("public", N_("Ein Termin mit einer anonymen Kommune kann nicht öffentlich sein."))


def can_be_public(kind: EventKind, *, anonymous: bool) -> bool:
    """Whether `check_public` lets it pass."""
    try:
        check_public(kind, anonymous=anonymous)
    except Invalid:
        return False
    return True


def check_link(link: str) -> None:
    """Raise Invalid for what a browser would not open as a page: a link is shown to be clicked on."""
    if link and not re.fullmatch(r"https?://[^\s<>\"'\\]+", link, re.IGNORECASE):
        raise Invalid("link", N_("Bitte eine Adresse angeben, die mit https:// beginnt."))


def check_material(url: str) -> None:
    """Raise Invalid for anything but a page that is fetched in secret, also from those who carry it."""
    if not re.fullmatch(r"https://[^\s<>\"'\\/@]+\.[^\s<>\"'\\@]+", url, re.IGNORECASE):
        raise Invalid("url", N_("Bitte eine Adresse angeben, die mit https:// beginnt."))


def check_headcount(field: str | None, headcount: int) -> None:
    """Raise Invalid, beside the field that says it, for a number of participants that cannot be."""
    if not 0 <= headcount <= MOST_PARTICIPANTS:
        raise Invalid(field, N_("Bitte eine Anzahl von 0 bis %(most)s angeben."), most=MOST_PARTICIPANTS)


MOST_PARTICIPANTS = 9999
