"""Sides of an alliance, and how far its members and it itself have come (domain 1.2k)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


class Side(StrEnum):
    """Where an organisation stands in an alliance; the first three must each be there."""

    ADMINISTRATION = "administration"
    COUNSELLING = "counselling"
    SECURITY = "security"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid (domain 3)."""
        return SIDE_LABELS[self]


SIDE_LABELS: Mapping[Side, str] = {
    Side.ADMINISTRATION: N_("Verwaltung"),
    Side.COUNSELLING: N_("Beratungs- und Hilfestellen"),
    Side.SECURITY: N_("Sicherheitsbehörden"),
    Side.OTHER: N_("weitere"),
}

NEEDED_SIDES = (Side.ADMINISTRATION, Side.COUNSELLING, Side.SECURITY)
"""Without an active member on each of these an alliance is incomplete."""


class MemberState(StrEnum):
    """How far an organisation has come into an alliance."""

    IDENTIFIED = "identified"
    ASKED = "asked"
    AGREED = "agreed"
    ACTIVE = "active"
    RESTING = "resting"
    LEFT = "left"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        """The German msgid."""
        return MEMBER_STATE_LABELS[self]


MEMBER_STATE_LABELS: Mapping[MemberState, str] = {
    MemberState.IDENTIFIED: N_("identifiziert"),
    MemberState.ASKED: N_("angefragt"),
    MemberState.AGREED: N_("zugesagt"),
    MemberState.ACTIVE: N_("aktiv"),
    MemberState.RESTING: N_("ruht"),
    MemberState.LEFT: N_("ausgeschieden"),
    MemberState.DECLINED: N_("abgelehnt"),
}

_CARERS = frozenset({Role.LEAD, Role.CONSULTANT, Role.COORDINATOR})
_TEAM = frozenset({Role.LEAD, Role.CONSULTANT})
_LEAD = frozenset({Role.LEAD})

MEMBER_MOVES: Mapping[MemberState, Mapping[MemberState, frozenset[Role]]] = {
    MemberState.IDENTIFIED: {MemberState.ASKED: _CARERS},
    MemberState.ASKED: {MemberState.AGREED: _CARERS, MemberState.DECLINED: _CARERS},
    MemberState.AGREED: {MemberState.ACTIVE: _CARERS, MemberState.LEFT: _CARERS},
    MemberState.ACTIVE: {MemberState.RESTING: _CARERS, MemberState.LEFT: _CARERS},
    MemberState.RESTING: {MemberState.ACTIVE: _CARERS, MemberState.LEFT: _CARERS},
    MemberState.LEFT: {MemberState.ASKED: _CARERS},
    MemberState.DECLINED: {MemberState.ASKED: _CARERS},
}
"""Who left or declined may be asked again: people change their minds, and offices their heads."""

GONE = frozenset({MemberState.LEFT, MemberState.DECLINED})
"""States in which an organisation is no member (any more)."""


class AllianceState(StrEnum):
    """How far an alliance has come."""

    FORMING = "forming"
    CONSTITUTED = "constituted"
    WORKING = "working"
    SUSTAINED = "sustained"
    DISBANDED = "disbanded"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ALLIANCE_STATE_LABELS[self]


ALLIANCE_STATE_LABELS: Mapping[AllianceState, str] = {
    AllianceState.FORMING: N_("in Aufbau"),
    AllianceState.CONSTITUTED: N_("konstituiert"),
    AllianceState.WORKING: N_("arbeitsfähig"),
    AllianceState.SUSTAINED: N_("verstetigt"),
    AllianceState.DISBANDED: N_("aufgelöst"),
}

ALLIANCE_MOVES: Mapping[AllianceState, Mapping[AllianceState, frozenset[Role]]] = {
    AllianceState.FORMING: {AllianceState.CONSTITUTED: _TEAM, AllianceState.DISBANDED: _LEAD},
    AllianceState.CONSTITUTED: {
        AllianceState.WORKING: _TEAM,
        AllianceState.FORMING: _TEAM,
        AllianceState.DISBANDED: _LEAD,
    },
    AllianceState.WORKING: {
        AllianceState.SUSTAINED: _TEAM,
        AllianceState.CONSTITUTED: _TEAM,
        AllianceState.DISBANDED: _LEAD,
    },
    AllianceState.SUSTAINED: {AllianceState.WORKING: _TEAM, AllianceState.DISBANDED: _LEAD},
    AllianceState.DISBANDED: {AllianceState.FORMING: _LEAD},
}
"""A step back is as true as one ahead; only the lead says that an alliance is no more."""


class AgreementKind(StrEnum):
    """How firmly an organisation has agreed to take part."""

    NONE = "none"
    VERBAL = "verbal"
    WRITTEN = "written"

    @property
    def label(self) -> str:
        """The German msgid."""
        return AGREEMENT_LABELS[self]


AGREEMENT_LABELS: Mapping[AgreementKind, str] = {
    AgreementKind.NONE: N_("keine"),
    AgreementKind.VERBAL: N_("mündlich"),
    AgreementKind.WRITTEN: N_("schriftlich"),
}


def check_member_move(state: MemberState, target: MemberState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = MEMBER_MOVES[state].get(target)
    if roles is None:
        raise Invalid(
            "state", N_("Von „%(state)s“ führt kein Schritt zu „%(target)s“."), state=state, target=target
        )  # fmt: skip
    if role not in roles:
        raise Forbidden


def check_alliance_move(state: AllianceState, target: AllianceState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = ALLIANCE_MOVES[state].get(target)
    if roles is None:
        raise Invalid(
            "state", N_("Von „%(state)s“ führt kein Schritt zu „%(target)s“."), state=state, target=target
        )  # fmt: skip
    if role not in roles:
        raise Forbidden


def can_move_member(state: MemberState, target: MemberState, role: Role) -> bool:
    """Whether `check_member_move` lets it pass."""
    try:
        check_member_move(state, target, role)
    except DomainError:
        return False
    return True


def next_member_states(state: MemberState, role: Role) -> tuple[MemberState, ...]:
    """Where this role may move a member from here.

    >>> [str(target) for target in next_member_states(MemberState.ASKED, Role.COORDINATOR)]
    ['agreed', 'declined']
    """
    return tuple(target for target, roles in MEMBER_MOVES[state].items() if role in roles)


def next_alliance_states(state: AllianceState, role: Role) -> tuple[AllianceState, ...]:
    """Where this role may move an alliance from here."""
    return tuple(target for target, roles in ALLIANCE_MOVES[state].items() if role in roles)
