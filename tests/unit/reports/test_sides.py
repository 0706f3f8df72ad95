"""At how many alliance meetings each side was, and that no small number or anonymous municipality shows through."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.access.small_numbers import Hidden, Shown, is_small
from komma_tracker.alliances.rules import Side
from komma_tracker.reports.rules.figures import Counts, SideLine
from komma_tracker.reports.rules.sides import Meetings, published_sides

COVERED = Hidden.COVERED
SECRET = frozenset({7})
Sitting = tuple[frozenset[int], frozenset[Side]]
"""The municipalities of a meeting, and the sides that came."""


def meetings_of(held: list[Sitting]) -> Meetings:
    return Meetings(
        number=len(held),
        with_side=Counter(side for _, sides in held for side in sides),
        of_place=Counter(place for places, _ in held for place in places),
        of_place_with_side=Counter((place, side) for places, sides in held for place in places for side in sides),
    )


def told(number: Shown, *others: str) -> Counts:
    """The table of sessions, as far as it tells of alliance meetings."""
    return Counts((("alliance_meeting", *others),), (("on_site",),), ((number, number), (number, number)))


def every(number: int, *sides: Side, place: int = 1) -> list[Sitting]:
    return [(frozenset({place}), frozenset(sides))] * number


ALL, TWO = tuple(Side)[:3], (Side.ADMINISTRATION, Side.COUNSELLING)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (every(12, *ALL), (12, 12, 12, 0)),
        (every(6, *ALL) + every(6, *TWO), (12, 12, 6, 0)),
        (every(9, *ALL) + every(3, *TWO), (12, 12, COVERED, 0)),
        (every(3, *ALL) + every(9, *TWO), (12, 12, COVERED, 0)),
    ],
)
def test_a_side_hides_with_the_meetings_without_it(held: list[Sitting], expected: tuple[Shown, ...]) -> None:
    found = published_sides(meetings_of(held), told(len(held)), frozenset())

    assert found == tuple(SideLine(side.value, number) for side, number in zip(Side, expected, strict=True))


@pytest.mark.parametrize("sessions", [None, told(COVERED), told(Hidden.SMALL), told(12, "workshop")])
def test_where_the_number_of_meetings_is_hidden_all_sides_are(sessions: Counts | None) -> None:
    found = published_sides(meetings_of(every(12, *ALL)), sessions, frozenset())

    assert {line.meetings for line in found} == {COVERED}


def test_where_nobody_wrote_down_who_came_nothing_is_said() -> None:
    assert published_sides(Meetings(number=12), told(12), frozenset()) == ()


def test_what_only_the_anonymous_one_lacks_is_hidden() -> None:
    """Its alliance has no security authority: the difference of two sides would tell of it alone."""
    held = [meeting for place in (1, 2, 3) for meeting in every(6, *ALL, place=place)] + every(6, *TWO, place=7)

    found = {line.side: line.meetings for line in published_sides(meetings_of(held), told(24), SECRET)}

    assert found == {"administration": 24, "counselling": 24, "security": COVERED, "other": 0}


@st.composite
def worlds(draw: st.DrawFn) -> list[Sitting]:
    places = st.frozensets(st.sampled_from([1, 2, 3, 7]), min_size=1, max_size=2)
    kinds = draw(st.lists(st.tuples(places, st.frozensets(st.sampled_from(list(Side)))), min_size=1, max_size=5))
    return [each for each in kinds for _ in range(draw(st.integers(1, 8)))]


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_nothing_small_and_nothing_of_the_anonymous_one_can_be_reckoned(held: list[Sitting]) -> None:
    meetings = meetings_of(held)
    if is_small(meetings.number):
        return  # the table of sessions hides it
    found = {
        Side(line.side): line.meetings
        for line in published_sides(meetings, told(meetings.number), SECRET)
        if not isinstance(line.meetings, Hidden)
    }
    for side, number in found.items():
        assert number == meetings.with_side.get(side, 0)
        assert not is_small(number)
        assert not is_small(meetings.number - number)
    present = {side: [each for each in held if side in each[1]] for side in found}
    sums = [*present.values(), *([each for each in held if side not in each[1]] for side in found)]
    for which in sums:
        assert is_over_enough(Counter(place for places, _ in which for place in places))
    for one, other in combinations(found, 2):
        difference = Counter(
            {
                place: sum((one in sides) - (other in sides) for places, sides in held if place in places)
                for place in (1, 2, 3, 7)
            }
        )
        assert is_over_enough(difference)


def is_over_enough(parts: Counter[int]) -> bool:
    """Whether a sum says nothing of the anonymous one, or has two others in it."""
    return not parts[7] or sum(1 for amount in parts.values() if amount) >= 3
