"""Cooperation contracts: states and who moves them, counting rules, terms that amendments change by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


class ContractState(StrEnum):
    """How far a contract has come (domain 1.2h)."""

    DRAFT = "draft"
    IN_NEGOTIATION = "in_negotiation"
    FOR_SIGNATURE = "for_signature"
    SIGNED_BY_ONE = "signed_by_one"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    ENDED = "ended"
    TERMINATED = "terminated"
    DISSOLVED = "dissolved"

    @property
    def label(self) -> str:
        """The German msgid."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[ContractState, str] = {
    ContractState.DRAFT: N_("Entwurf"),
    ContractState.IN_NEGOTIATION: N_("in Abstimmung"),
    ContractState.FOR_SIGNATURE: N_("zur Unterschrift"),
    ContractState.SIGNED_BY_ONE: N_("einseitig gezeichnet"),
    ContractState.SIGNED: N_("gezeichnet"),
    ContractState.IN_FORCE: N_("in Kraft"),
    ContractState.ENDED: N_("ausgelaufen"),
    ContractState.TERMINATED: N_("gekündigt"),
    ContractState.DISSOLVED: N_("einvernehmlich aufgehoben"),
}

_LEAD = frozenset({Role.LEAD})

TRANSITIONS: Mapping[ContractState, Mapping[ContractState, frozenset[Role]]] = {
    ContractState.DRAFT: {ContractState.IN_NEGOTIATION: _LEAD},
    ContractState.IN_NEGOTIATION: {ContractState.FOR_SIGNATURE: _LEAD, ContractState.DRAFT: _LEAD},
    ContractState.FOR_SIGNATURE: {ContractState.SIGNED_BY_ONE: _LEAD, ContractState.IN_NEGOTIATION: _LEAD},
    ContractState.SIGNED_BY_ONE: {ContractState.SIGNED: _LEAD, ContractState.IN_NEGOTIATION: _LEAD},
    ContractState.SIGNED: {ContractState.IN_FORCE: _LEAD, ContractState.DISSOLVED: _LEAD},
    ContractState.IN_FORCE: {
        ContractState.ENDED: _LEAD,
        ContractState.TERMINATED: _LEAD,
        ContractState.DISSOLVED: _LEAD,
    },
    ContractState.ENDED: {},
    ContractState.TERMINATED: {},
    ContractState.DISSOLVED: {},
}
"""Which state follows which, and who may say so. Signatures are on paper: the lead records them."""


def check_transition(state: ContractState, target: ContractState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = TRANSITIONS[state].get(target)
    if roles is None:
        raise Invalid(
            "state",
            N_("Ein Vertrag im Stand „%(state)s“ kann nicht in den Stand „%(target)s“ wechseln."),
            state=state,
            target=target,
        )
    if role not in roles:
        raise Forbidden


def can_transition(state: ContractState, target: ContractState, role: Role) -> bool:
    """Whether `check_transition` lets it pass."""
    try:
        check_transition(state, target, role)
    except DomainError:
        return False
    return True


def next_states(state: ContractState, role: Role) -> tuple[ContractState, ...]:
    """Where this role may move a contract from here, for the buttons.

    >>> [str(target) for target in next_states(ContractState.SIGNED, Role.LEAD)]
    ['in_force', 'dissolved']
    """
    return tuple(target for target, roles in TRANSITIONS[state].items() if role in roles)


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


@dataclass(frozen=True)
class Terms:
    """What a contract (number 0) or one of its amendments (1, 2 …) says from a date on; agreed time in minutes."""

    number: int
    effective_from: date
    starts_on: date
    ends_on: date
    agreed_minutes: int
    rules: CountingRules = field(default_factory=CountingRules)
    signed_by_municipality_on: date | None = None
    signed_by_carrier_on: date | None = None

    @property
    def is_signed(self) -> bool:
        """Whether both have signed: a draft, or one signature alone, has no effect."""
        return self.signed_by_municipality_on is not None and self.signed_by_carrier_on is not None


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


def until(all_terms: Iterable[Terms], ended_on: date | None) -> tuple[Terms, ...]:
    """The same terms, none of them longer than the contract lasted; None says that it has not ended early."""
    if ended_on is None:
        return tuple(all_terms)
    return tuple(replace(terms, ends_on=min(terms.ends_on, max(ended_on, terms.starts_on))) for terms in all_terms)


def allowance(all_terms: Iterable[Terms], on: date) -> int:
    """Minutes agreed on a date; an amendment changes nothing before it takes effect (domain 5.4, case 6)."""
    terms = terms_in_force(all_terms, on)
    return terms.agreed_minutes if terms else 0


def unallocated(agreed_minutes: int, planned_minutes: Iterable[int]) -> int:
    """Agreed minutes that no work package has yet; negative where the packages promise more.

    >>> unallocated(80 * 480, [8 * 480, 10 * 480]) // 480
    62
    """
    return agreed_minutes - sum(planned_minutes)


OVER = frozenset({ContractState.ENDED, ContractState.TERMINATED, ContractState.DISSOLVED})
"""States in which nothing of a contract changes any more, and a new one may follow."""

TERMS_FIXED = frozenset({ContractState.IN_FORCE, *OVER})
"""States in which only an amendment could change term, days and counting rules."""

ACTION_LABELS: Mapping[ContractState, str] = {
    ContractState.DRAFT: N_("Zurück zum Entwurf"),
    ContractState.IN_NEGOTIATION: N_("In Abstimmung geben"),
    ContractState.FOR_SIGNATURE: N_("Zur Unterschrift geben"),
    ContractState.SIGNED_BY_ONE: N_("Erste Unterschrift eintragen"),
    ContractState.SIGNED: N_("Beide Unterschriften eintragen"),
    ContractState.IN_FORCE: N_("In Kraft setzen"),
    ContractState.ENDED: N_("Als ausgelaufen eintragen"),
    ContractState.TERMINATED: N_("Kündigung eintragen"),
    ContractState.DISSOLVED: N_("Aufhebung eintragen"),
}
"""What the button says that moves a contract into a state."""

PROGRAMME_DAYS = 80
"""What a contract agrees as a rule: a target, no cap (domain 0.2)."""

PROGRAMME_PACKAGES: tuple[tuple[str, str, int], ...] = (
    ("AP0", "Steuerung, Jour fixe, Steuerungsgruppe", 8),
    ("AP1", "Bedarfsanalyse und Nachbefragung", 10),
    ("AP2", "Allianz", 15),
    ("AP3", "Strategien: Clearing, Intervention, Beteiligung", 19),
    ("AP4", "Trainings und Coachings", 20),
    ("AP5", "Netzwerk und Transfer", 4),
    ("AP6", "Abschluss und Verstetigung", 4),
)
"""Code, title and days of the work packages that a new contract proposes (domain 5.2)."""


def check_packages(codes: Sequence[str]) -> None:
    """Raise Invalid beside `packages` where two bear one code: nobody could tell them apart in an entry."""
    seen: set[str] = set()
    for code in codes:
        if code.casefold() in seen:
            raise Invalid("packages", N_("Das Kürzel %(code)s gibt es zweimal. Bitte ändern Sie eines."), code=code)
        seen.add(code.casefold())


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
