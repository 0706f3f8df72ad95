"""The states of a contract, who moves it from one to the next, and how it ends early."""

from __future__ import annotations

from collections.abc import Mapping
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


OVER = frozenset({ContractState.ENDED, ContractState.TERMINATED, ContractState.DISSOLVED})
"""States in which nothing of a contract changes any more, and a new one may follow."""

TERMS_FIXED = frozenset({ContractState.IN_FORCE, *OVER})
"""States in which only an amendment changes scope, term, days and counting rules."""

AMENDABLE = frozenset({ContractState.IN_FORCE})
"""States in which a contract can be amended: before, its own terms are still open; afterwards there is nothing left."""

LEFT_EARLY = frozenset({ContractState.TERMINATED, ContractState.DISSOLVED})
"""States in which the days that were not used return to the programme pool (domain 5.4, case 8).

Of a contract that ran its full term they lapse (domain 2.4).
"""

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


class Party(StrEnum):
    """Who ends a contract."""

    MUNICIPALITY = "municipality"
    CARRIER = "carrier"
    BOTH = "both"

    @property
    def label(self) -> str:
        """The German msgid."""
        return PARTY_LABELS[self]


PARTY_LABELS: Mapping[Party, str] = {
    Party.MUNICIPALITY: N_("die Kommune"),
    Party.CARRIER: N_("der Projektträger"),
    Party.BOTH: N_("beide gemeinsam"),
}


class EndReason(StrEnum):
    """Why a contract ends early: a class only, never the details of a threat (domain 1.2p)."""

    STAFFING = "staffing"
    PRIORITIES = "priorities"
    CHANGE_OF_HEAD = "change_of_head"
    GOALS_REACHED = "goals_reached"
    THREAT_SITUATION = "threat_situation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return END_REASON_LABELS[self]


END_REASON_LABELS: Mapping[EndReason, str] = {
    EndReason.STAFFING: N_("fehlendes Personal"),
    EndReason.PRIORITIES: N_("andere Schwerpunkte"),
    EndReason.CHANGE_OF_HEAD: N_("Wechsel der Verwaltungsleitung"),
    EndReason.GOALS_REACHED: N_("Ziele erreicht"),
    EndReason.THREAT_SITUATION: N_("Gefährdungslage"),
    EndReason.OTHER: N_("sonstiger Anlass"),
}


def check_end_facts(target: ContractState, ended_by: Party | None, reason: EndReason | None) -> None:
    """Raise Invalid where a contract ends early and nobody says on whose part and why."""
    if target is ContractState.TERMINATED and ended_by not in (Party.MUNICIPALITY, Party.CARRIER):
        raise Invalid("ended_by", N_("Bitte angeben, wer kündigt."))
    if target in LEFT_EARLY and reason is None:
        raise Invalid("end_reason", N_("Bitte den Anlass angeben."))


class Level(StrEnum):
    """What the head stands for who signs: a unit's head may bind that unit only (domain 1.1)."""

    WHOLE = "whole"
    UNIT = "unit"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LEVEL_LABELS[self]


LEVEL_LABELS: Mapping[Level, str] = {
    Level.WHOLE: N_("Leitung der Gesamtverwaltung"),
    Level.UNIT: N_("Leitung einer Organisationseinheit"),
}

CARRIER = "IMAP Institut"
"""The other party, by the name of the institute: never a person's."""
