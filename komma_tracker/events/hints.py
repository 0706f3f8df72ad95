"""What a person should know about the time of a session. Hints warn; they never block. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.contracts.rules import Terms, terms_at_end
from komma_tracker.events.conflicts import TRAVEL_MINUTES, Clash

SATURDAY = 5


class HintCode(StrEnum):
    """What is unusual about a session."""

    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    HOLIDAY_OF_PERSON = "holiday_of_person"
    NO_TERMS = "no_terms"
    BEFORE_TERM = "before_term"
    AFTER_TERM = "after_term"
    NOT_ASSIGNED = "not_assigned"
    OVERLAP = "overlap"
    TRAVEL = "travel"

    @property
    def label(self) -> str:
        """The German msgid, with gaps for the hint's params."""
        return HINT_LABELS[self]


HINT_LABELS: Mapping[HintCode, str] = {
    HintCode.WEEKEND: N_("Der Termin liegt am Wochenende."),
    HintCode.PUBLIC_HOLIDAY: N_("%(municipality)s: Am %(date)s ist dort Feiertag (%(holiday)s)."),
    HintCode.HOLIDAY_OF_PERSON: N_("Feiertag am Standort der Beratungsperson %(person)s am %(date)s (%(holiday)s)."),
    HintCode.NO_TERMS: N_("%(municipality)s: Es gibt noch keinen unterschriebenen Vertrag."),
    HintCode.BEFORE_TERM: N_("%(municipality)s: Der Vertrag beginnt erst am %(date)s."),
    HintCode.AFTER_TERM: N_("%(municipality)s: Der Vertrag endet schon am %(date)s."),
    HintCode.NOT_ASSIGNED: N_("%(person)s ist der Kommune an diesem Tag nicht zugeordnet: %(municipality)s."),
    HintCode.OVERLAP: N_("%(person)s hat zur selben Zeit einen anderen Termin."),
    HintCode.TRAVEL: N_(
        "%(person)s hat an diesem Tag auch anderswo einen Termin vor Ort: Für den Weg sind es weniger als %(minutes)s "
        "Minuten."
    ),
}

ASKED_FIRST = frozenset({HintCode.PUBLIC_HOLIDAY, HintCode.HOLIDAY_OF_PERSON, HintCode.OVERLAP, HintCode.TRAVEL})
"""What is shown before a session is saved, and saved only when it is sent once more."""


@dataclass(frozen=True)
class SessionHint:
    """One remark; in `params` every date is to be shown as a date."""

    code: HintCode
    params: Mapping[str, str | date] = field(default_factory=dict[str, "str | date"])

    def mark(self, on: date) -> str:
        """By which a form remembers that its reader has seen this of a session on that day."""
        told = (on.isoformat(), self.code.value, *(f"{name}={self.params[name]}" for name in sorted(self.params)))
        return sha256("\n".join(told).encode()).hexdigest()[:12]


Dated = tuple[date, SessionHint]
"""A hint and the day of the session that it is about."""


class Unseen(Invalid):
    """Something is unusual that whoever saves has not been shown."""

    def __init__(self, hints: Iterable[Dated]) -> None:
        super().__init__(None, N_("Bitte prüfen Sie die Zeit. Gespeichert ist noch nichts."))
        self.hints = tuple(hints)


def check_seen(hints: Iterable[Dated], seen: Container[str]) -> None:
    """Raise Unseen for hints that must be shown before, and have not been; `seen` has the marks of those that have."""
    unseen = [(on, hint) for on, hint in hints if hint.code in ASKED_FIRST and hint.mark(on) not in seen]
    if unseen:
        raise Unseen(unseen)


@dataclass(frozen=True)
class Place:
    """A municipality that takes part: its label, its public holidays by date, the terms of its contract."""

    label: str
    holidays: Mapping[date, str]
    terms: Sequence[Terms]


@dataclass(frozen=True)
class Traveller:
    """A consultant who comes to a session: the public holidays by date where that person works, and why the person
    cannot well come.
    """

    name: str
    holidays: Mapping[date, str] = field(default_factory=dict[date, str])
    clashes: frozenset[Clash] = frozenset()


def days_of(starts_local: datetime, ends_local: datetime) -> tuple[date, ...]:
    """The dates that a session touches; one that ends at midnight does not touch the next.

    >>> days_of(datetime(2026, 3, 2, 9), datetime(2026, 3, 4, 0))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 3))
    """
    last = (ends_local - timedelta(microseconds=1)).date()
    first = starts_local.date()
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def hints_for_session(
    days: Sequence[date],
    *,
    places: Sequence[Place],
    travellers: Sequence[Traveller] = (),
    unassigned: Sequence[tuple[str, str]],
) -> tuple[SessionHint, ...]:
    """All that is unusual, in the order of HintCode.

    Of a clash nothing is told but that there is one; `unassigned` are pairs of a consultant's name and the label of a
    municipality to which that person is not assigned on the first day.
    """
    found: list[SessionHint] = []
    if any(day.weekday() >= SATURDAY for day in days):
        found.append(SessionHint(HintCode.WEEKEND))
    for place in places:
        found += [
            SessionHint(
                HintCode.PUBLIC_HOLIDAY, {"municipality": place.label, "date": day, "holiday": place.holidays[day]}
            )
            for day in days
            if day in place.holidays
        ]
        found += _about_term(place, days)
    found += [
        SessionHint(HintCode.HOLIDAY_OF_PERSON, {"person": who.name, "date": day, "holiday": who.holidays[day]})
        for who in travellers
        for day in days
        if day in who.holidays
    ]
    found += [SessionHint(HintCode.NOT_ASSIGNED, {"person": who, "municipality": where}) for who, where in unassigned]
    for who in travellers:
        found += [SessionHint(HintCode.OVERLAP, {"person": who.name})] if Clash.OVERLAP in who.clashes else []
        rushed = {"person": who.name, "minutes": str(TRAVEL_MINUTES)}
        found += [SessionHint(HintCode.TRAVEL, rushed)] if Clash.TRAVEL in who.clashes else []
    order = list(HintCode)
    return tuple(sorted(found, key=lambda hint: order.index(hint.code)))


def _about_term(place: Place, days: Sequence[date]) -> list[SessionHint]:
    terms = terms_at_end(place.terms)  # a session to come counts on every amendment agreed so far
    if terms is None:
        return [SessionHint(HintCode.NO_TERMS, {"municipality": place.label})]
    if days[0] < terms.starts_on:
        return [SessionHint(HintCode.BEFORE_TERM, {"municipality": place.label, "date": terms.starts_on})]
    if days[-1] > terms.ends_on:
        return [SessionHint(HintCode.AFTER_TERM, {"municipality": place.label, "date": terms.ends_on})]
    return []
