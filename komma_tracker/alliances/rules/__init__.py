"""All rules of alliances: sides and states, coverage, and the wall between the sides."""

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

__all__ = [
    "AGREEMENT_LABELS", "ALLIANCE_MOVES", "ALLIANCE_STATE_LABELS", "GAP_LABELS", "GONE", "MEMBER_MOVES",
    "MEMBER_STATE_LABELS", "NEEDED_SIDES", "SIDE_LABELS", "AgreementKind", "AllianceState", "Coverage", "Gap",
    "MemberState", "Side", "can_move_member", "check_alliance_move", "check_member_move", "coverage",
    "next_alliance_states", "next_member_states",
]  # fmt: skip
