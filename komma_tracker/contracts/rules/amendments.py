"""Amendments: how far one has come, what it may change, and what it changes, in words (domain 1.2i)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from komma_tracker.access.rules import N_, DomainError, Invalid
from komma_tracker.contracts.rules.states import AMENDABLE, STATE_LABELS, ContractState
from komma_tracker.contracts.rules.terms import (
    CountingRules,
    ScopeKind,
    Terms,
    check_agreed,
    check_counting_rules,
    check_scope,
    check_term,
    terms_at_end,
)


class AmendmentState(StrEnum):
    """How far an amendment has come: it follows from its signatures and its date."""

    DRAFT = "draft"
    SIGNED_BY_ONE = "signed_by_one"
    WAITING = "waiting"
    SIGNED = "signed"
    EFFECTIVE = "effective"

    @property
    def label(self) -> str:
        """The German msgid."""
        return AMENDMENT_STATE_LABELS[self]


AMENDMENT_STATE_LABELS: Mapping[AmendmentState, str] = {
    AmendmentState.DRAFT: N_("Entwurf"),
    AmendmentState.SIGNED_BY_ONE: N_("einseitig gezeichnet"),
    AmendmentState.WAITING: N_("gezeichnet, wartet auf den Nachtrag der anderen Kommune"),
    AmendmentState.SIGNED: N_("gezeichnet"),
    AmendmentState.EFFECTIVE: N_("wirksam"),
}

OPEN_AMENDMENT = frozenset({AmendmentState.DRAFT, AmendmentState.SIGNED_BY_ONE, AmendmentState.WAITING})
"""States in which an amendment has no effect yet, and can still be changed or withdrawn."""


def amendment_state(terms: Terms, today: date) -> AmendmentState:
    """How far the amendment with these terms has come."""
    if terms.is_signed:
        return AmendmentState.EFFECTIVE if terms.effective_from <= today else AmendmentState.SIGNED
    if terms.has_both_signatures:
        return AmendmentState.WAITING
    signed = terms.signed_by_municipality_on or terms.signed_by_carrier_on
    return AmendmentState.SIGNED_BY_ONE if signed else AmendmentState.DRAFT


def open_amendment(all_terms: Iterable[Terms]) -> Terms | None:
    """The amendment that is still negotiated; a contract has one at most, so that each builds on what is agreed."""
    return next((terms for terms in all_terms if terms.number and not terms.is_signed), None)


def state_shown(state: ContractState, all_terms: Iterable[Terms]) -> str:
    """The German msgid of a contract's state as people speak of it: with an amendment under way, that is said."""
    if state is ContractState.IN_FORCE and open_amendment(all_terms):
        return N_("Nachtrag in Abstimmung")
    return STATE_LABELS[state]


@dataclass(frozen=True, kw_only=True)
class Amended:
    """What an amendment says shall hold from a date on; agreed time as the new total, in minutes of the measure."""

    effective_from: date
    ends_on: date
    agreed_minutes: int
    scope_kind: ScopeKind
    units: tuple[str, ...]
    rules: CountingRules


def check_amendable(state: ContractState, all_terms: Iterable[Terms]) -> None:
    """Raise Invalid where a contract cannot be amended now: not in force, or another amendment is under way."""
    if state not in AMENDABLE:
        raise Invalid(None, N_("Nur ein Vertrag, der in Kraft ist, kann einen Nachtrag bekommen."))
    if open_amendment(all_terms):
        raise Invalid(
            None, N_("Es ist schon ein Nachtrag in Abstimmung. Er muss erst gezeichnet sein oder zurückgezogen.")
        )


def can_amend(state: ContractState, all_terms: Iterable[Terms]) -> bool:
    """Whether `check_amendable` lets it pass."""
    try:
        check_amendable(state, all_terms)
    except DomainError:
        return False
    return True


def check_amended(amended: Amended, all_terms: Sequence[Terms], closed_months: Collection[date]) -> None:
    """Raise Invalid beside what an amendment cannot say.

    It never overwrites: it comes after what is agreed already, and leaves months alone that were submitted.
    """
    base = terms_at_end(all_terms)
    assert base, "only a contract in force is amended"
    check_scope(amended.scope_kind, amended.units)
    check_term(base.starts_on, amended.ends_on)
    check_agreed(amended.agreed_minutes)
    check_counting_rules(amended.rules)
    check_effective(amended.effective_from, base, closed_months)
    if amended.ends_on < amended.effective_from:
        raise Invalid("ends_on", N_("Das Ende liegt vor dem Tag, ab dem der Nachtrag gelten soll."))
    if not changes(base, amended):
        raise Invalid(None, N_("Dieser Nachtrag ändert weder Tage noch Laufzeit, Geltungsbereich oder Regeln."))


def check_effective(effective_from: date, base: Terms, closed_months: Collection[date]) -> None:
    """Raise Invalid where an amendment would hold before what it builds on, or in a month that was submitted."""
    if effective_from < base.effective_from:
        message = N_("Bitte frühestens den %(first)s angeben: Von da an gilt, worauf der Nachtrag aufbaut.")
        raise Invalid("effective_from", message, first=base.effective_from)
    if effective_from > base.ends_on:
        raise Invalid("effective_from", N_("Der Vertrag endet schon am %(ends_on)s."), ends_on=base.ends_on)
    last = max(closed_months, default=None)
    if last and effective_from < _next_month(last):
        message = N_(
            "Der Nachtrag würde Monate ändern, deren Nachweis schon eingereicht ist. "
            "Bitte frühestens den %(first)s angeben, oder die Monate wieder öffnen."
        )
        raise Invalid("effective_from", message, first=_next_month(last))


def _next_month(first_of_month: date) -> date:
    return (first_of_month + timedelta(days=31)).replace(day=1)


def check_signing(terms: Terms, today: date) -> None:
    """Raise Invalid beside a signature that is missing altogether, or lies in the future."""
    names = ("signed_by_municipality_on", "signed_by_carrier_on")
    dates: dict[str, date] = {name: getattr(terms, name) for name in names if getattr(terms, name)}
    if not dates:
        raise Invalid(names[0], N_("Bitte das Datum mindestens einer Unterschrift angeben."))
    for name, signed_on in dates.items():
        if signed_on > today:
            raise Invalid(name, N_("Dieses Datum liegt in der Zukunft. Bitte den Tag der Unterschrift angeben."))


class Unit(StrEnum):
    """How a value of the terms is read aloud."""

    DAYS = "days"
    DATE = "date"
    MINUTES = "minutes"
    NUMBER = "number"
    YES_NO = "yes_no"
    WORDS = "words"
    TEXT = "text"


class Change(NamedTuple):
    """One thing that an amendment changes: the German msgid of what, how to read it, before and after."""

    what: str
    unit: Unit
    before: object
    after: object


CHANGEABLE: Mapping[str, tuple[str, Unit]] = {
    "agreed_minutes": (N_("Vereinbarte Beratungstage"), Unit.DAYS),
    "ends_on": (N_("Ende"), Unit.DATE),
    "scope_kind": (N_("Geltungsbereich"), Unit.WORDS),
    "units": (N_("Organisationseinheiten"), Unit.TEXT),
}
"""What an amendment can change besides the counting rules."""

RULES_IN_WORDS: Mapping[str, tuple[str, Unit]] = {
    "minutes_per_day": (N_("Stunden je Beratungstag"), Unit.MINUTES),
    "unit_minutes": (N_("Kleinste Einheit in Minuten"), Unit.NUMBER),
    "rounding": (N_("Rundung"), Unit.WORDS),
    "counts_preparation": (N_("Vor- und Nachbereitung und Berichte zählen"), Unit.YES_NO),
    "travel_policy": (N_("Reisezeit"), Unit.WORDS),
    "min_onsite_minutes": (N_("Mindestumfang vor Ort"), Unit.MINUTES),
    "daily_cap_minutes": (N_("Tagesobergrenze"), Unit.MINUTES),
    "late_cancellation_working_days": (N_("Frist für Absagen in Arbeitstagen"), Unit.NUMBER),
    "late_cancellation_percent": (N_("Anteil bei kurzfristiger Absage in Prozent"), Unit.NUMBER),
    "deemed_approval_working_days": (N_("Als bestätigt geltend nach Arbeitstagen"), Unit.NUMBER),
}
"""Every counting rule, as an amendment speaks of it."""


def changes(before: Terms, after: Terms | Amended) -> list[Change]:
    """What the terms after say otherwise than those before."""
    pairs = [(before, after, CHANGEABLE), (before.rules, after.rules, RULES_IN_WORDS)]
    return [
        Change(what, unit, getattr(old, name), getattr(new, name))
        for old, new, table in pairs
        for name, (what, unit) in table.items()
        if getattr(old, name) != getattr(new, name)
    ]


def amendments(all_terms: Iterable[Terms]) -> list[tuple[Terms, list[Change]]]:
    """Every amendment with what it changes, the newest first; what is negotiated is compared with what is agreed."""
    in_order = sorted(all_terms, key=lambda terms: terms.number)
    found: list[tuple[Terms, list[Change]]] = []
    base = in_order[0] if in_order else None
    for terms in in_order[1:]:
        assert base
        found.insert(0, (terms, changes(base, terms)))
        base = terms if terms.is_signed else base
    return found
