"""How far a session has come, who moves it on, and why one was cancelled or moved."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


class EventState(StrEnum):
    """How far a session has come."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    HELD = "held"
    FOLLOWED_UP = "followed_up"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The German msgid."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[EventState, str] = {
    EventState.TENTATIVE: N_("geplant"),
    EventState.CONFIRMED: N_("bestätigt"),
    EventState.HELD: N_("durchgeführt"),
    EventState.FOLLOWED_UP: N_("nachbereitet"),
    EventState.CANCELLED: N_("abgesagt"),
}

OPEN_STATES = (EventState.TENTATIVE, EventState.CONFIRMED)
"""What still can be held, moved or cancelled."""

TOOK_PLACE = (EventState.HELD, EventState.FOLLOWED_UP)
"""What counts as work done: its days are booked, its participants counted."""

_TEAM = frozenset({Role.LEAD, Role.CONSULTANT})

TRANSITIONS: Mapping[EventState, Mapping[EventState, frozenset[Role]]] = {
    EventState.TENTATIVE: {
        EventState.CONFIRMED: _TEAM,
        EventState.HELD: _TEAM,
        EventState.CANCELLED: _TEAM,
    },
    EventState.CONFIRMED: {
        EventState.TENTATIVE: _TEAM,
        EventState.HELD: _TEAM,
        EventState.CANCELLED: _TEAM,
    },
    EventState.HELD: {EventState.FOLLOWED_UP: _TEAM},
    EventState.FOLLOWED_UP: {},
    EventState.CANCELLED: {},
}
"""Which state follows which, and who may say so. What was held has booked days: only the ledger corrects those.
Whether it is followed up says only that nothing more is to be done about it."""


def check_transition(state: EventState, target: EventState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = TRANSITIONS[state].get(target)
    if roles is None:
        raise Invalid(
            "state",
            N_("Ein Termin im Stand „%(state)s“ kann nicht in den Stand „%(target)s“ wechseln."),
            state=state,
            target=target,
        )
    if role not in roles:
        raise Forbidden


def can_transition(state: EventState, target: EventState, role: Role) -> bool:
    """Whether `check_transition` lets it pass."""
    try:
        check_transition(state, target, role)
    except DomainError:
        return False
    return True


class ReasonClass(StrEnum):
    """Why a session was cancelled or moved: a class only, never the details of a threat (domain 1.2p)."""

    MUNICIPALITY = "municipality"
    CARRIER = "carrier"
    ILLNESS = "illness"
    WEATHER = "weather"
    THREAT_SITUATION = "threat_situation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return REASON_LABELS[self]


REASON_LABELS: Mapping[ReasonClass, str] = {
    ReasonClass.MUNICIPALITY: N_("Anlass bei der Kommune"),
    ReasonClass.CARRIER: N_("Anlass beim Projektträger"),
    ReasonClass.ILLNESS: N_("Krankheit"),
    ReasonClass.WEATHER: N_("Wetter"),
    ReasonClass.THREAT_SITUATION: N_("Gefährdungslage"),
    ReasonClass.OTHER: N_("sonstiger Anlass"),
}


class Initiator(StrEnum):
    """Who calls a session off: only what the municipality calls off late can cost it days (domain 5.4, case 3)."""

    MUNICIPALITY = "municipality"
    CARRIER = "carrier"
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        """The German msgid."""
        return INITIATOR_LABELS[self]


INITIATOR_LABELS: Mapping[Initiator, str] = {
    Initiator.MUNICIPALITY: N_("die Kommune"),
    Initiator.CARRIER: N_("der Projektträger (IMAP)"),
    Initiator.NOBODY: N_("höhere Gewalt"),
}
