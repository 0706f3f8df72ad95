"""All rules of alliances: sides and states, coverage, contacts, and the wall between the sides."""

from komma_tracker.alliances.rules.contacts import check_function
from komma_tracker.alliances.rules.coverage import GAP_LABELS, Coverage, Gap, coverage
from komma_tracker.alliances.rules.states import (
    AGREEMENT_LABELS,
    ALLIANCE_MOVES,
    ALLIANCE_STATE_LABELS,
    GONE,
    MEMBER_MOVES,
    MEMBER_STATE_LABELS,
    NEEDED_SIDES,
    SIDE_LABELS,
    AgreementKind,
    AllianceState,
    MemberState,
    Side,
    can_move_member,
    check_alliance_move,
    check_member_move,
    next_alliance_states,
    next_member_states,
)
from komma_tracker.alliances.rules.wall import WALL, Told, behind, tells

__all__ = [
    "AGREEMENT_LABELS",
    "ALLIANCE_MOVES",
    "ALLIANCE_STATE_LABELS",
    "GAP_LABELS",
    "GONE",
    "MEMBER_MOVES",
    "MEMBER_STATE_LABELS",
    "NEEDED_SIDES",
    "SIDE_LABELS",
    "WALL",
    "AgreementKind",
    "AllianceState",
    "Coverage",
    "Gap",
    "MemberState",
    "Side",
    "Told",
    "behind",
    "can_move_member",
    "check_alliance_move",
    "check_function",
    "check_member_move",
    "coverage",
    "next_alliance_states",
    "next_member_states",
    "tells",
]
