"""Cooperation contracts: states and who moves them, counting rules, terms that amendments change by date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_


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
