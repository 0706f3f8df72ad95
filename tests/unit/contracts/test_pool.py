"""The programme pool: what lies in it, what of it is free, and who moves days through it."""

from __future__ import annotations

from datetime import date

import pytest

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.contracts.rules import (
    NEXT_APPROVAL,
    TRANSFER_MOVES,
    UNDER_WAY,
    PoolMove,
    TransferKind,
    TransferState,
    available,
    can_transfer_move,
    check_four_eyes,
    check_transfer,
    check_transfer_move,
    pool_balance,
    reserved,
    to_return,
)

DAY = 480
MAY, JULY, SEPTEMBER = date(2026, 5, 1), date(2026, 7, 1), date(2026, 9, 1)
RETURNED = PoolMove(TransferState.DONE, from_pool=False, to_pool=True, minutes=39 * DAY, effective_from=MAY)
PROMISED = PoolMove(TransferState.APPROVED_ONCE, from_pool=True, to_pool=False, minutes=5 * DAY, effective_from=JULY)
GIVEN = PoolMove(TransferState.DONE, from_pool=True, to_pool=False, minutes=10 * DAY, effective_from=SEPTEMBER)
BETWEEN = PoolMove(TransferState.DONE, from_pool=False, to_pool=False, minutes=7 * DAY, effective_from=JULY)
REFUSED = PoolMove(TransferState.REFUSED, from_pool=True, to_pool=False, minutes=7 * DAY, effective_from=JULY)


def test_what_lies_in_the_pool() -> None:
    every = [RETURNED, PROMISED, GIVEN, BETWEEN, REFUSED]
    assert [pool_balance(every, on) // DAY for on in (date(2026, 4, 30), MAY, JULY, SEPTEMBER)] == [0, 39, 39, 29]
    assert (pool_balance(every), reserved(every)) == (29 * DAY, 5 * DAY)


@pytest.mark.parametrize(
    ("moves", "since", "days"),
    [
        ([], MAY, 0),
        ([RETURNED], MAY, 39),
        ([RETURNED], date(2026, 4, 30), 0),
        ([RETURNED, GIVEN], MAY, 29),
        ([RETURNED, GIVEN, PROMISED], MAY, 24),
        ([RETURNED, BETWEEN, REFUSED], JULY, 39),
    ],
)
def test_what_of_it_is_free(moves: list[PoolMove], since: date, days: int) -> None:
    assert available(moves, since) == days * DAY


@pytest.mark.parametrize(
    ("agreed", "used", "returned", "owed"),
    [(80, 41, 0, 39), (80, 41, 39, 0), (80, 42, 39, -1), (80, 40, 39, 1), (80, 83, 0, 0), (80, 83, 5, -5)],
)
def test_case_08_what_an_early_end_returns(agreed: int, used: int, returned: int, owed: int) -> None:
    assert to_return(agreed * DAY, used * DAY, returned * DAY) == owed * DAY


@pytest.mark.parametrize(
    ("minutes", "left", "same", "field"),
    [
        (DAY, DAY, False, None),
        (DAY + 1, DAY, False, "minutes"),
        (0, DAY, False, "minutes"),
        (DAY, -DAY, False, "minutes"),
        (DAY, DAY, True, "target"),
    ],
)
def test_what_can_be_moved(minutes: int, left: int, same: bool, field: str | None) -> None:
    if field is None:
        check_transfer(minutes, left, same=same)
        return
    with pytest.raises(Invalid) as refused:
        check_transfer(minutes, left, same=same)
    assert refused.value.field == field


MOVES = {
    ("proposed", "approved_once"),
    ("proposed", "refused"),
    ("proposed", "withdrawn"),
    ("approved_once", "amending"),
    ("approved_once", "refused"),
    ("approved_once", "withdrawn"),
    ("amending", "done"),
    ("amending", "withdrawn"),
}


@pytest.mark.parametrize("target", TransferState)
@pytest.mark.parametrize("state", TransferState)
def test_who_moves_it_where(state: TransferState, target: TransferState) -> None:
    allowed = {role for role in Role if can_transfer_move(state, target, role)}
    assert allowed == ({Role.LEAD} if (state, target) in MOVES else set())


def test_the_tables_fit_each_other() -> None:
    assert set(TRANSFER_MOVES) == set(TransferState)
    assert {state for state, targets in TRANSFER_MOVES.items() if targets} == UNDER_WAY
    assert all(target in TRANSFER_MOVES[state] for state, target in NEXT_APPROVAL.items())
    assert all(member.label for member in (*TransferState, *TransferKind))
    with pytest.raises(Forbidden):
        check_transfer_move(TransferState.PROPOSED, TransferState.APPROVED_ONCE, Role.CONSULTANT)


def test_four_eyes_belong_to_two_people() -> None:
    check_four_eyes(1, 2)
    with pytest.raises(Invalid):
        check_four_eyes(1, 1)
