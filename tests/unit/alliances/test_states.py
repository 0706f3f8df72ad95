"""Who moves members and alliances from state to state."""

import pytest

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.alliances.rules import (
    ALLIANCE_MOVES,
    MEMBER_MOVES,
    AllianceState,
    MemberState,
    can_move_member,
    check_alliance_move,
    check_member_move,
    next_alliance_states,
    next_member_states,
)

A, M = AllianceState, MemberState
CARERS = (Role.LEAD, Role.CONSULTANT, Role.COORDINATOR)


def test_every_state_has_a_row() -> None:
    assert set(MEMBER_MOVES) == set(MemberState)
    assert set(ALLIANCE_MOVES) == set(AllianceState)


@pytest.mark.parametrize("role", Role)
def test_members_move_along_the_table(role: Role) -> None:
    along = {
        (M.IDENTIFIED, M.ASKED), (M.ASKED, M.AGREED), (M.ASKED, M.DECLINED), (M.AGREED, M.ACTIVE), (M.AGREED, M.LEFT),
        (M.ACTIVE, M.RESTING), (M.ACTIVE, M.LEFT), (M.RESTING, M.ACTIVE), (M.RESTING, M.LEFT), (M.LEFT, M.ASKED),
        (M.DECLINED, M.ASKED),
    }  # fmt: skip
    found = {(state, target) for state in M for target in M if can_move_member(state, target, role)}
    assert found == (along if role in CARERS else set())
    assert found == {(state, target) for state in M for target in next_member_states(state, role)}


@pytest.mark.parametrize(
    ("role", "moves"),
    [
        (Role.LEAD, {
            A.FORMING: (A.CONSTITUTED, A.DISBANDED), A.CONSTITUTED: (A.WORKING, A.FORMING, A.DISBANDED),
            A.WORKING: (A.SUSTAINED, A.CONSTITUTED, A.DISBANDED), A.SUSTAINED: (A.WORKING, A.DISBANDED),
            A.DISBANDED: (A.FORMING,),
        }),
        (Role.CONSULTANT, {
            A.FORMING: (A.CONSTITUTED,), A.CONSTITUTED: (A.WORKING, A.FORMING), A.WORKING: (A.SUSTAINED, A.CONSTITUTED),
            A.SUSTAINED: (A.WORKING,), A.DISBANDED: (),
        }),
        (Role.COORDINATOR, dict.fromkeys(A, ())),
        (Role.HEAD, dict.fromkeys(A, ())),
        (Role.READER, dict.fromkeys(A, ())),
    ],
)  # fmt: skip
def test_alliances_move_along_the_table(role: Role, moves: dict[AllianceState, tuple[AllianceState, ...]]) -> None:
    assert {state: next_alliance_states(state, role) for state in A} == moves


def test_what_is_no_step_differs_from_what_is_not_yours() -> None:
    with pytest.raises(Invalid, match="führt kein Schritt"):
        check_member_move(M.IDENTIFIED, M.ACTIVE, Role.LEAD)
    with pytest.raises(Forbidden):
        check_member_move(M.IDENTIFIED, M.ASKED, Role.HEAD)
    with pytest.raises(Invalid):
        check_alliance_move(A.FORMING, A.SUSTAINED, Role.LEAD)
    with pytest.raises(Forbidden):
        check_alliance_move(A.FORMING, A.DISBANDED, Role.CONSULTANT)
