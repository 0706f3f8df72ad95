"""Moves of days between work packages, and the plan by calendar year."""

from __future__ import annotations

import pytest

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.contracts.rules import (
    REALLOCATION_MOVES,
    ReallocationState,
    Share,
    YearLine,
    can_decide,
    check_decision,
    check_plan_kept,
    check_reallocation,
    first_state,
    year_lines,
)

DAY = 480
AP4 = Share("AP4", agreed=20 * DAY, planned=20 * DAY, used=0, moved_in=0)


@pytest.mark.parametrize(
    ("minutes", "moved_in", "role", "state"),
    [
        (4 * DAY, 0, Role.CONSULTANT, ReallocationState.APPLIED),
        (4 * DAY + 1, 0, Role.CONSULTANT, ReallocationState.WAITING),
        (DAY, 3 * DAY, Role.CONSULTANT, ReallocationState.APPLIED),
        (DAY, 3 * DAY + 1, Role.CONSULTANT, ReallocationState.WAITING),
        (DAY, 3 * DAY + 1, Role.LEAD, ReallocationState.APPROVED),
        (DAY, 0, Role.LEAD, ReallocationState.APPLIED),
    ],
)
def test_beyond_a_fifth_of_its_plan_the_lead_decides(
    minutes: int, moved_in: int, role: Role, state: ReallocationState
) -> None:
    target = Share("AP4", agreed=20 * DAY, planned=20 * DAY + moved_in, used=0, moved_in=moved_in)
    assert first_state(minutes, target, role) is state


@pytest.mark.parametrize(
    ("minutes", "source", "confirmed", "field"),
    [
        (DAY, Share("AP0", 8 * DAY, 8 * DAY, 0, 0), False, None),
        (8 * DAY, Share("AP0", 8 * DAY, 8 * DAY, 0, 0), False, None),
        (8 * DAY + 1, Share("AP0", 8 * DAY, 8 * DAY, 0, 0), True, "minutes"),
        (0, Share("AP0", 8 * DAY, 8 * DAY, 0, 0), False, "minutes"),
        (-DAY, Share("AP0", 8 * DAY, 8 * DAY, 0, 0), False, "minutes"),
        (DAY, AP4, False, "target"),
        (3 * DAY, Share("AP0", 8 * DAY, 8 * DAY, 5 * DAY, 0), False, None),
        (3 * DAY + 1, Share("AP0", 8 * DAY, 8 * DAY, 5 * DAY, 0), False, "confirmed"),
        (3 * DAY + 1, Share("AP0", 8 * DAY, 8 * DAY, 5 * DAY, 0), True, None),
    ],
)
def test_what_can_be_moved(minutes: int, source: Share, confirmed: bool, field: str | None) -> None:
    if field is None:
        check_reallocation(minutes, source, AP4, confirmed=confirmed)
        return
    with pytest.raises(Invalid) as refused:
        check_reallocation(minutes, source, AP4, confirmed=confirmed)
    assert refused.value.field == field


@pytest.mark.parametrize("state", ReallocationState)
@pytest.mark.parametrize("role", Role)
def test_who_decides(state: ReallocationState, role: Role) -> None:
    assert can_decide(state, role) is (state is ReallocationState.WAITING and role is Role.LEAD)
    assert state.label


def test_what_is_decided_stays_decided() -> None:
    assert set(REALLOCATION_MOVES) == set(ReallocationState)
    with pytest.raises(Invalid):
        check_decision(ReallocationState.APPLIED, ReallocationState.REFUSED, Role.LEAD)
    with pytest.raises(Forbidden):
        check_decision(ReallocationState.WAITING, ReallocationState.REFUSED, Role.CONSULTANT)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({1: 40, 2: 40}, {1: 40, 2: 40}, True),
        ({1: 40, 2: 40}, {1: 50, 2: 40}, True),
        ({1: 40, 2: 40}, {1: 39, 2: 41}, False),
        ({1: 40, 2: 40}, {2: 40}, False),
        ({1: 40, 2: 0}, {1: 40}, True),
        ({1: 45, 2: 40}, {1: 40, 2: 40}, True),
        ({1: 45, 2: 40}, {1: 39, 2: 40}, False),
    ],
)
def test_days_do_not_wander_by_correcting_the_contract(
    before: dict[int, int], after: dict[int, int], kept: bool
) -> None:
    if kept:
        check_plan_kept(before, after, 80)
        return
    with pytest.raises(Invalid) as refused:
        check_plan_kept(before, after, 80)
    assert refused.value.field == "packages"


def test_a_year_that_is_over_has_an_overhang() -> None:
    lines = year_lines([{2024: 30, 2025: 10}, {2024: 5}], {2024: 28, 2025: 12, 2026: 1}, (2024, 2025, 2026), 2025)
    assert lines == [YearLine(2024, 35, 28, True), YearLine(2025, 10, 12, False), YearLine(2026, 0, 1, False)]
    assert [line.overhang for line in lines] == [7, 0, 0]
    assert YearLine(2024, 10, 12, is_over=True).overhang == -2
