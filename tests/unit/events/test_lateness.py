"""Sessions called off too late: working days of notice, and who decides what they cost (domain 5.4, case 3)."""

from __future__ import annotations

from datetime import date

import pytest

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.events.lateness import (
    LateState,
    can_decide,
    check_late_move,
    check_notice,
    looked_at,
    notice_days,
)

PROPOSED, BOOKED, WAIVED = LateState.PROPOSED, LateState.BOOKED, LateState.WAIVED
MONDAY = date(2026, 5, 18)


@pytest.mark.parametrize("state", list(LateState))
def test_every_state_has_a_german_name(state: LateState) -> None:
    assert state.label


@pytest.mark.parametrize(
    ("notice_on", "starts_on", "holidays", "days"),
    [
        (date(2026, 5, 18), date(2026, 5, 18), (), 0),
        (date(2026, 5, 19), date(2026, 5, 18), (), 0),
        (date(2026, 5, 18), date(2026, 5, 20), (), 2),
        (date(2026, 5, 15), date(2026, 5, 18), (), 1),
        (date(2026, 5, 16), date(2026, 5, 18), (), 1),
        (date(2026, 5, 13), date(2026, 5, 18), (), 3),
        (date(2026, 5, 13), date(2026, 5, 18), (date(2026, 5, 14),), 2),
        (date(2026, 5, 13), date(2026, 5, 18), (date(2026, 5, 16),), 3),
        (date(2026, 5, 18), date(2027, 5, 18), (), 64),
    ],
)
def test_working_days_of_notice(notice_on: date, starts_on: date, holidays: tuple[date, ...], days: int) -> None:
    assert notice_days(notice_on, starts_on, holidays) == days


def test_no_more_dates_are_looked_at_than_can_matter() -> None:
    assert len(looked_at(MONDAY, date(2099, 1, 1))) == 90
    assert looked_at(MONDAY, MONDAY) == ()


@pytest.mark.parametrize(
    ("state", "target", "role", "reason", "error"),
    [
        (PROPOSED, BOOKED, Role.LEAD, "", None),
        (PROPOSED, WAIVED, Role.LEAD, "Hochwasser", None),
        (PROPOSED, WAIVED, Role.LEAD, "  ", Invalid),
        (PROPOSED, BOOKED, Role.CONSULTANT, "", Forbidden),
        (PROPOSED, WAIVED, Role.CONSULTANT, "Hochwasser", Forbidden),
        (PROPOSED, BOOKED, Role.COORDINATOR, "", Forbidden),
        (PROPOSED, PROPOSED, Role.LEAD, "", Invalid),
        (BOOKED, WAIVED, Role.LEAD, "Hochwasser", Invalid),
        (WAIVED, BOOKED, Role.LEAD, "", Invalid),
    ],
)
def test_the_lead_decides_once(
    state: LateState, target: LateState, role: Role, reason: str, error: type[Exception] | None
) -> None:
    if error is None:
        check_late_move(state, target, role, reason)
    else:
        with pytest.raises(error):
            check_late_move(state, target, role, reason)


@pytest.mark.parametrize("state", list(LateState))
@pytest.mark.parametrize("role", list(Role))
def test_who_is_asked(state: LateState, role: Role) -> None:
    assert can_decide(state, role) is (state is PROPOSED and role is Role.LEAD)


def test_a_notice_cannot_come_tomorrow() -> None:
    check_notice(MONDAY, MONDAY)
    with pytest.raises(Invalid):
        check_notice(date(2026, 5, 19), MONDAY)
