"""Whether all sides of an alliance are there, and what is missing (domain 1.2k, health test)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from komma_tracker.access.rules import N_
from komma_tracker.alliances.rules.states import GONE, NEEDED_SIDES, MemberState, Side


class Gap(StrEnum):
    """What a side lacks, from nobody at all to somebody who rests."""

    NOBODY = "nobody"
    GONE = "gone"
    NOT_ASKED = "not_asked"
    NO_ANSWER = "no_answer"
    NOT_BEGUN = "not_begun"
    RESTING = "resting"

    @property
    def label(self) -> str:
        """The German msgid."""
        return GAP_LABELS[self]


GAP_LABELS = {
    Gap.NOBODY: N_("niemand gefunden"),
    Gap.GONE: N_("ausgeschieden oder abgelehnt, niemand sonst gefunden"),
    Gap.NOT_ASKED: N_("gefunden, noch nicht gefragt"),
    Gap.NO_ANSWER: N_("angefragt, noch keine Antwort"),
    Gap.NOT_BEGUN: N_("zugesagt, arbeitet noch nicht mit"),
    Gap.RESTING: N_("ruht"),
}

_FURTHEST = (
    (MemberState.RESTING, Gap.RESTING),
    (MemberState.AGREED, Gap.NOT_BEGUN),
    (MemberState.ASKED, Gap.NO_ANSWER),
    (MemberState.IDENTIFIED, Gap.NOT_ASKED),
)
"""The state that came furthest says what is still missing."""


@dataclass(frozen=True)
class Coverage:
    """Which of the three sides have an active member, and what the others lack."""

    active: frozenset[Side]
    gaps: tuple[tuple[Side, Gap], ...]

    @property
    def is_complete(self) -> bool:
        """Whether each of the three sides has an active member; else it is shown red."""
        return not self.gaps


def coverage(members: Iterable[tuple[Side, MemberState]]) -> Coverage:
    """How the sides of an alliance with these members stand.

    >>> found = coverage([(Side.ADMINISTRATION, MemberState.ACTIVE), (Side.SECURITY, MemberState.ASKED)])
    >>> [(str(side), str(gap)) for side, gap in found.gaps]
    [('counselling', 'nobody'), ('security', 'no_answer')]
    """
    states: dict[Side, set[MemberState]] = {}
    for side, state in members:
        states.setdefault(side, set()).add(state)
    active = frozenset(side for side, found in states.items() if MemberState.ACTIVE in found)
    return Coverage(active, tuple((side, _gap(states.get(side, ()))) for side in NEEDED_SIDES if side not in active))


def _gap(states: Collection[MemberState]) -> Gap:
    for state, gap in _FURTHEST:
        if state in states:
            return gap
    return Gap.GONE if GONE & set(states) else Gap.NOBODY
