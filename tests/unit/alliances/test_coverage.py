"""An alliance is red until each side has an active member, and says in words what is missing."""

import pytest

from komma_tracker.alliances.rules import Gap, MemberState, Side, coverage

ADMINISTRATION, COUNSELLING, SECURITY, OTHER = Side
ACTIVE = MemberState.ACTIVE
BOTH_OTHERS = [(ADMINISTRATION, ACTIVE), (COUNSELLING, ACTIVE)]


@pytest.mark.parametrize(
    ("security", "gap"),
    [
        ([], Gap.NOBODY),
        ([MemberState.LEFT], Gap.GONE),
        ([MemberState.DECLINED, MemberState.LEFT], Gap.GONE),
        ([MemberState.DECLINED, MemberState.IDENTIFIED], Gap.NOT_ASKED),
        ([MemberState.IDENTIFIED, MemberState.ASKED], Gap.NO_ANSWER),
        ([MemberState.ASKED, MemberState.AGREED], Gap.NOT_BEGUN),
        ([MemberState.AGREED, MemberState.RESTING], Gap.RESTING),
    ],
)
def test_the_member_that_came_furthest_says_what_is_missing(security: list[MemberState], gap: Gap) -> None:
    found = coverage([*BOTH_OTHERS, *((SECURITY, state) for state in security)])
    assert found.gaps == ((SECURITY, gap),)
    assert found.active == {ADMINISTRATION, COUNSELLING}
    assert not found.is_complete


def test_one_active_member_on_each_of_three_sides_makes_it_whole() -> None:
    found = coverage([*BOTH_OTHERS, (SECURITY, ACTIVE), (SECURITY, MemberState.DECLINED)])
    assert found.is_complete
    assert found.active == {ADMINISTRATION, COUNSELLING, SECURITY}


def test_further_sides_replace_none() -> None:
    found = coverage([*BOTH_OTHERS, (OTHER, ACTIVE)])
    assert found.gaps == ((SECURITY, Gap.NOBODY),)
    assert found.active == {ADMINISTRATION, COUNSELLING, OTHER}


def test_an_alliance_without_members_lacks_all_three() -> None:
    assert coverage([]).gaps == tuple((side, Gap.NOBODY) for side in (ADMINISTRATION, COUNSELLING, SECURITY))
