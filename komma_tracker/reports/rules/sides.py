"""At how many alliance meetings each side sat at the table; and how far that may be said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from komma_tracker.access.small_numbers import Hidden, Shown, is_small
from komma_tracker.alliances.rules import Side
from komma_tracker.events.rules import EventKind, FunctionGroup
from komma_tracker.reports.rules.anonymity import may_publish
from komma_tracker.reports.rules.figures import Counts, SideLine

SIDE_OF: Mapping[FunctionGroup, Side] = {
    FunctionGroup.COUNSELLING_SERVICE: Side.COUNSELLING,
    FunctionGroup.SECURITY_AUTHORITY: Side.SECURITY,
    FunctionGroup.OTHER: Side.OTHER,
    **dict.fromkeys(
        (
            FunctionGroup.HEAD,
            FunctionGroup.MANAGERS,
            FunctionGroup.STAFF_PUBLIC,
            FunctionGroup.STAFF_INTERNAL,
            FunctionGroup.STAFF_COUNCIL,
            FunctionGroup.COUNCIL,
        ),
        Side.ADMINISTRATION,
    ),
}
"""For which side people of each function sit in an alliance."""


@dataclass(frozen=True)
class Meetings:
    """Held alliance meetings, those at which each side was, and the same of each municipality."""

    number: int = 0
    with_side: Mapping[Side, int] = field(default_factory=dict[Side, int])
    of_place: Mapping[int, int] = field(default_factory=dict[int, int])
    of_place_with_side: Mapping[tuple[int, Side], int] = field(default_factory=dict[tuple[int, Side], int])


def published_sides(meetings: Meetings, sessions: Counts | None, anonymous: Collection[int]) -> tuple[SideLine, ...]:
    """Each side with its meetings; empty where nobody has written down who came.

    With the number of all meetings, which another table tells, each number tells also at how many its side was not:
    both are hidden where one of them is small, and all where that table hides the number of meetings. Of anonymous
    municipalities neither of them is told, nor what two sides differ by, unless enough others add to it.
    """
    if not meetings.with_side:
        return ()
    told: list[Side] = []
    if _is_told(meetings, sessions):
        for side in Side:
            number = meetings.with_side.get(side, 0)
            if not is_small(number) and not is_small(meetings.number - number):
                told += [side] if _may_be_told(meetings, [*told, side], anonymous) else []
    return tuple(SideLine(side.value, _shown(meetings, side, told)) for side in Side)


def _shown(meetings: Meetings, side: Side, told: Collection[Side]) -> Shown:
    return meetings.with_side.get(side, 0) if side in told else Hidden.COVERED


def _is_told(meetings: Meetings, sessions: Counts | None) -> bool:
    alone = (EventKind.ALLIANCE_MEETING.value,)
    if sessions is None or alone not in sessions.rows:
        return False
    return sessions.cells[sessions.rows.index(alone)][-1] == meetings.number


def _may_be_told(meetings: Meetings, sides: Collection[Side], anonymous: Collection[int]) -> bool:
    """Whether neither these numbers nor any two of them tell of an anonymous municipality."""
    places: dict[int, tuple[int, ...]] = {}
    for place, number in meetings.of_place.items():
        *others, newest = [meetings.of_place_with_side.get((place, side), 0) for side in sides]
        places[place] = (newest, number - newest, *(newest - other for other in others))
    return may_publish([places], anonymous)
