"""What a contract agrees from a date on: scope, term, days, counting rules, signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.contracts.rules.states import ContractState


class ScopeKind(StrEnum):
    """For whom in the municipality the contract holds (domain 1.2j)."""

    WHOLE = "whole"
    UNITS = "units"

    @property
    def label(self) -> str:
        """The German msgid."""
        return SCOPE_LABELS[self]


SCOPE_LABELS: Mapping[ScopeKind, str] = {
    ScopeKind.WHOLE: N_("Gesamtverwaltung"),
    ScopeKind.UNITS: N_("einzelne Organisationseinheiten"),
}


class Rounding(StrEnum):
    """What happens to minutes that do not fill a unit."""

    NONE = "none"
    UP = "up"
    DOWN = "down"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ROUNDING_LABELS[self]


ROUNDING_LABELS: Mapping[Rounding, str] = {
    Rounding.NONE: N_("keine Rundung"),
    Rounding.UP: N_("je angefangene Einheit"),
    Rounding.DOWN: N_("nur volle Einheiten"),
}


class TravelPolicy(StrEnum):
    """How much of a journey counts."""

    NONE = "none"
    HALF = "half"
    FULL = "full"

    @property
    def label(self) -> str:
        """The German msgid."""
        return TRAVEL_LABELS[self]


TRAVEL_LABELS: Mapping[TravelPolicy, str] = {
    TravelPolicy.NONE: N_("Reisezeit zählt nicht"),
    TravelPolicy.HALF: N_("Reisezeit zählt zur Hälfte"),
    TravelPolicy.FULL: N_("Reisezeit zählt voll"),
}


@dataclass(frozen=True)
class CountingRules:
    """What a contract says about counting; the defaults are those proposed in domain 2.1. Minutes throughout."""

    minutes_per_day: int = 480
    unit_minutes: int = 15
    rounding: Rounding = Rounding.NONE
    counts_preparation: bool = True
    travel_policy: TravelPolicy = TravelPolicy.NONE
    min_onsite_minutes: int = 0
    daily_cap_minutes: int = 480
    late_cancellation_working_days: int = 3
    late_cancellation_percent: int = 50
    deemed_approval_working_days: int = 0
    """After so many working days without an answer a statement counts as approved; 0 says never (domain 2.2)."""


@dataclass(frozen=True)
class Terms:
    """What a contract (number 0) or one of its amendments (1, 2 …) says from a date on.

    Agreed time is in minutes of the contract's measure, whatever the rules here say of a day (`measure`).
    """

    number: int
    effective_from: date
    starts_on: date
    ends_on: date
    agreed_minutes: int
    rules: CountingRules = field(default_factory=CountingRules)
    signed_by_municipality_on: date | None = None
    signed_by_carrier_on: date | None = None
    scope_kind: ScopeKind = ScopeKind.WHOLE
    units: tuple[str, ...] = ()
    waits_for_counterpart: bool = False
    """Whether it stands and falls with the amendment of another contract, which is not signed by all yet."""

    @property
    def has_both_signatures(self) -> bool:
        """Whether both parties have signed this paper."""
        return self.signed_by_municipality_on is not None and self.signed_by_carrier_on is not None

    @property
    def is_signed(self) -> bool:
        """Whether it binds: a draft has no effect, nor one signature alone, nor one half of a pair."""
        return self.has_both_signatures and not self.waits_for_counterpart


def check_ready(target: ContractState, terms: Terms, today: date) -> None:
    """Raise Invalid where the contract's terms do not bear the state it shall get: signatures, begin, end."""
    unsigned = terms.signed_by_municipality_on is None and terms.signed_by_carrier_on is None
    if target is ContractState.SIGNED_BY_ONE and unsigned:
        raise Invalid("signed_by_municipality_on", N_("Bitte das Datum der ersten Unterschrift angeben."))
    if target in {ContractState.SIGNED, ContractState.IN_FORCE} and not terms.is_signed:
        missing = "signed_by_carrier_on" if terms.signed_by_municipality_on else "signed_by_municipality_on"
        raise Invalid(missing, N_("Bitte das Datum beider Unterschriften angeben."))
    if target is ContractState.IN_FORCE and today < terms.starts_on:
        raise Invalid("state", N_("Der Vertrag beginnt erst am %(starts_on)s."), starts_on=terms.starts_on)
    if target is ContractState.ENDED and today <= terms.ends_on:
        raise Invalid("state", N_("Der Vertrag läuft noch bis zum %(ends_on)s."), ends_on=terms.ends_on)


def check_term(starts_on: date, ends_on: date) -> None:
    """Raise Invalid where a term ends before it begins, or is longer than any programme."""
    if ends_on < starts_on:
        raise Invalid("ends_on", N_("Das Ende liegt vor dem Beginn. Bitte ein späteres Datum angeben."))
    if (ends_on - starts_on).days > LONGEST_TERM_DAYS:
        raise Invalid("ends_on", N_("Die Laufzeit ist länger als zehn Jahre. Bitte die Jahreszahlen prüfen."))


LONGEST_TERM_DAYS = 3653
"""Ten years: more is a slip in a year's digits."""


def check_agreed(agreed_minutes: int) -> None:
    """Raise Invalid where nothing is agreed; "rund 80" is a target, so there is no upper bound (domain 0.2)."""
    if agreed_minutes <= 0:
        raise Invalid("agreed_minutes", N_("Bitte die vereinbarten Beratungstage angeben, zum Beispiel 80."))


def check_scope(kind: ScopeKind, units: Iterable[str]) -> None:
    """Raise Invalid where single units are meant and none is named."""
    if kind is ScopeKind.UNITS and not any(unit.strip() for unit in units):
        raise Invalid("units", N_("Bitte mindestens eine Organisationseinheit nennen, zum Beispiel „Dezernat II“."))


BOUNDS: Mapping[str, tuple[int, int]] = {
    "minutes_per_day": (60, 720),
    "unit_minutes": (1, 480),
    "min_onsite_minutes": (0, 480),
    "daily_cap_minutes": (60, 1440),
    "late_cancellation_working_days": (0, 30),
    "late_cancellation_percent": (0, 100),
    "deemed_approval_working_days": (0, 60),
}
"""What counting rules may say, lowest and highest: beyond it is a slip of the keyboard."""


def check_counting_rules(rules: CountingRules) -> None:
    """Raise Invalid beside the first number that lies outside its bounds."""
    for name, (lowest, highest) in BOUNDS.items():
        if not lowest <= getattr(rules, name) <= highest:
            message = N_("Bitte eine Zahl von %(lowest)s bis %(highest)s angeben.")
            raise Invalid(name, message, lowest=lowest, highest=highest)


def terms_in_force(all_terms: Iterable[Terms], on: date) -> Terms | None:
    """The terms that hold on a date: the latest signed ones effective by then, None before there are any."""
    effective = (terms for terms in all_terms if terms.is_signed and terms.effective_from <= on)
    return max(effective, key=lambda terms: (terms.effective_from, terms.number), default=None)


def terms_at_end(all_terms: Iterable[Terms]) -> Terms | None:
    """The signed terms that will hold in the end, with every amendment agreed so far."""
    return terms_in_force(all_terms, date.max)


def terms_or_draft(all_terms: Iterable[Terms], on: date) -> Terms | None:
    """The terms by which work of a date is counted: those in force, or before there are any what the contract proposes.

    None where there are no terms at all.
    """
    every = tuple(all_terms)
    return terms_in_force(every, on) or min(every, key=lambda terms: terms.number, default=None)


def rules_on(all_terms: Iterable[Terms], on: date) -> CountingRules:
    """The counting rules for work of a date."""
    terms = terms_or_draft(all_terms, on)
    return terms.rules if terms else CountingRules()


def measure(all_terms: Iterable[Terms]) -> int:
    """Minutes of a day in the budget of a contract: as many as it began with, whatever amendments have said since.

    Agreed days are days. In this measure they are kept, and what is planned and used is reckoned against them
    (docs/decisions/0016); the rules of a date say only how many minutes of work make a day then.
    """
    first = min(all_terms, key=lambda terms: terms.number, default=None)
    return (first.rules if first else CountingRules()).minutes_per_day


def has_one_length(all_terms: Iterable[Terms]) -> bool:
    """Whether a day has always had as many minutes: then those of its budget and those worked are the same."""
    return len({minutes for _, minutes in lengths_of(all_terms)}) <= 1


def lengths_of(all_terms: Iterable[Terms]) -> tuple[tuple[date, int], ...]:
    """Since when a day has how many minutes: as the contract began, then as amendments that bind have changed it."""
    binding = (terms for terms in all_terms if terms.is_signed or not terms.number)
    in_order = sorted(binding, key=lambda terms: (terms.effective_from, terms.number))
    return tuple((terms.effective_from, terms.rules.minutes_per_day) for terms in in_order)


def length_at_last(all_terms: Iterable[Terms]) -> int:
    """Minutes of a day with every amendment agreed so far: what is planned counts on it."""
    return lengths_of(all_terms)[-1][1]


def until(all_terms: Iterable[Terms], ended_on: date | None) -> tuple[Terms, ...]:
    """The same terms, none of them longer than the contract lasted; None says that it has not ended early."""
    if ended_on is None:
        return tuple(all_terms)
    return tuple(replace(terms, ends_on=min(terms.ends_on, max(ended_on, terms.starts_on))) for terms in all_terms)


def allowance(all_terms: Iterable[Terms], on: date) -> int:
    """Minutes agreed on a date; an amendment changes nothing before it takes effect (domain 5.4, case 6)."""
    terms = terms_in_force(all_terms, on)
    return terms.agreed_minutes if terms else 0


def check_signatures(target: ContractState, terms: Terms, today: date) -> None:
    """Raise Invalid beside a signature that lies in the future, or that one state has too many."""
    for field_name in ("signed_by_municipality_on", "signed_by_carrier_on"):
        signed_on: date | None = getattr(terms, field_name)
        if signed_on is not None and signed_on > today:
            raise Invalid(field_name, N_("Dieses Datum liegt in der Zukunft. Bitte den Tag der Unterschrift angeben."))
    if target is ContractState.SIGNED_BY_ONE and terms.is_signed:
        message = N_("Einseitig gezeichnet heißt: Nur ein Datum ist bekannt. Bitte lassen Sie das andere leer.")
        raise Invalid("signed_by_carrier_on", message)


def check_end(ended_on: date, terms: Terms, today: date) -> None:
    """Raise Invalid where a contract shall have ended before it was agreed, or on a day that is still to come."""
    if ended_on > today:
        raise Invalid("ended_on", N_("Dieses Datum liegt in der Zukunft. Bitte erst eintragen, wenn es da ist."))
    if ended_on < min(terms.starts_on, terms.signed_by_carrier_on or terms.starts_on):
        raise Invalid("ended_on", N_("Dieses Datum liegt vor dem Vertrag. Bitte prüfen Sie die Jahreszahl."))
