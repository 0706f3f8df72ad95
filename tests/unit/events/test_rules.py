"""Sessions: states, local time, what coordinators read, and what is booked when one was held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.events.rules import (
    ACTIVITY_OF,
    DEFAULT_ZONE,
    TRANSITIONS,
    EventKind,
    EventState,
    FunctionGroup,
    Initiator,
    ReasonClass,
    can_transition,
    check_held,
    check_times,
    check_transition,
    is_over,
    planned_minutes,
    shown_title,
    to_instant,
    to_local,
    working_day_before,
)

BERLIN = DEFAULT_ZONE
TEAM = {Role.LEAD, Role.CONSULTANT}
MOVES = {
    ("tentative", "confirmed"),
    ("tentative", "held"),
    ("tentative", "cancelled"),
    ("confirmed", "tentative"),
    ("confirmed", "held"),
    ("confirmed", "cancelled"),
    ("held", "followed_up"),
}


@pytest.mark.parametrize("member", [*EventKind, *EventState, *ReasonClass, *Initiator, *FunctionGroup])
def test_every_member_has_a_german_name(
    member: EventKind | EventState | ReasonClass | Initiator | FunctionGroup,
) -> None:
    assert member.label


@pytest.mark.parametrize("target", EventState)
@pytest.mark.parametrize("state", EventState)
def test_who_moves_a_session_where(state: EventState, target: EventState) -> None:
    allowed = {role for role in Role if can_transition(state, target, role)}
    assert allowed == (TEAM if (state, target) in MOVES else set())


def test_tables_are_complete() -> None:
    assert set(TRANSITIONS) == set(EventState)
    assert set(ACTIVITY_OF) == set(EventKind)


def test_a_refusal_says_which_states() -> None:
    with pytest.raises(Invalid) as refused:
        check_transition(EventState.HELD, EventState.CANCELLED, Role.LEAD)
    assert refused.value.params == {"state": EventState.HELD, "target": EventState.CANCELLED}


def test_only_the_team_moves_it() -> None:
    with pytest.raises(Forbidden):
        check_transition(EventState.TENTATIVE, EventState.CONFIRMED, Role.COORDINATOR)


@pytest.mark.parametrize("kind", EventKind)
def test_only_a_coaching_hides_its_title(kind: EventKind) -> None:
    hidden = kind is EventKind.COACHING
    shown = shown_title(kind, "Ausländerbehörde, Team 2", may_see_coaching=False)
    assert shown == ("Coaching (vertraulich)" if hidden else "Ausländerbehörde, Team 2")
    assert shown_title(kind, "Ausländerbehörde, Team 2", may_see_coaching=True) == "Ausländerbehörde, Team 2"


# time -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        (datetime(2024, 7, 1, 9, 0), BERLIN, datetime(2024, 7, 1, 7, 0, tzinfo=UTC)),
        (datetime(2024, 12, 1, 9, 0), BERLIN, datetime(2024, 12, 1, 8, 0, tzinfo=UTC)),
        (datetime(2024, 10, 26, 9, 0), BERLIN, datetime(2024, 10, 26, 7, 0, tzinfo=UTC)),
        (datetime(2024, 10, 27, 9, 0), BERLIN, datetime(2024, 10, 27, 8, 0, tzinfo=UTC)),
        (datetime(2024, 10, 27, 2, 30), BERLIN, datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (datetime(2024, 10, 27, 2, 30, fold=1), BERLIN, datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (datetime(2024, 3, 31, 1, 59), BERLIN, datetime(2024, 3, 31, 0, 59, tzinfo=UTC)),
        (datetime(2024, 3, 31, 3, 0), BERLIN, datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        (datetime(2024, 7, 1, 9, 0), "America/New_York", datetime(2024, 7, 1, 13, 0, tzinfo=UTC)),
        (datetime(2024, 7, 1, 9, 0), "UTC", datetime(2024, 7, 1, 9, 0, tzinfo=UTC)),
    ],
)
def test_instants(local: datetime, zone: str, instant: datetime) -> None:
    assert to_instant(local, zone) == instant
    assert to_local(instant, zone) == local.replace(fold=0)


@pytest.mark.parametrize(
    ("local", "zone", "field"),
    [
        (datetime(2024, 3, 31, 2, 0), BERLIN, "starts_local"),
        (datetime(2024, 3, 31, 2, 59), BERLIN, "starts_local"),
        (datetime(2024, 7, 1, 9, 0), "Europe/Neuenwerra", "zone"),
        (datetime(2024, 7, 1, 9, 0), "", "zone"),
        (datetime(2024, 7, 1, 9, 0), "../Berlin", "zone"),
        (datetime(2024, 7, 1, 9, 0), "Europe", "zone"),
    ],
)
def test_times_that_do_not_exist(local: datetime, zone: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_instant(local, zone)
    assert refused.value.field == field


@given(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_every_instant_has_a_local_time_that_leads_to_the_first_such_instant(instant: datetime) -> None:
    found = to_instant(to_local(instant, BERLIN), BERLIN)
    assert found in (instant, instant - timedelta(hours=1))
    assert found.astimezone(ZoneInfo(BERLIN)).fold == 0


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (datetime(2024, 5, 7, 10, 0), datetime(2024, 5, 7, 15, 0), None),
        (datetime(2024, 10, 27, 1, 30), datetime(2024, 10, 27, 2, 15), None),
        (datetime(2024, 5, 7, 15, 0), datetime(2024, 5, 7, 10, 0), "ends_local"),
        (datetime(2024, 5, 7, 15, 0), datetime(2024, 5, 7, 15, 0), "ends_local"),
        (datetime(2024, 3, 31, 2, 30), datetime(2024, 3, 31, 5, 0), "starts_local"),
        (datetime(2024, 3, 31, 1, 0), datetime(2024, 3, 31, 2, 30), "ends_local"),
    ],
)
def test_sessions_end_after_they_begin(starts: datetime, ends: datetime, field: str | None) -> None:
    if field is None:
        check_times(starts, ends, BERLIN)
    else:
        with pytest.raises(Invalid) as refused:
            check_times(starts, ends, BERLIN)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (datetime(2024, 7, 1, 13, 59, tzinfo=UTC), False),
        (datetime(2024, 7, 1, 14, 0, tzinfo=UTC), True),
        (datetime(2024, 7, 1, 15, 59, tzinfo=ZoneInfo(BERLIN)), False),
        (datetime(2024, 7, 2, 0, 0, tzinfo=UTC), True),
    ],
)
def test_held_is_only_what_is_over(now: datetime, over: bool) -> None:
    ends = datetime(2024, 7, 1, 16, 0)
    assert is_over(ends, BERLIN, now) is over
    if over:
        check_held(ends, BERLIN, now)
    else:
        with pytest.raises(Invalid, match="noch nicht vorbei"):
            check_held(ends, BERLIN, now)


def test_two_consultants_are_two_days() -> None:
    assert planned_minutes(480, 2) == 960


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 5, 20), date(2026, 5, 19)),
        (date(2026, 5, 18), date(2026, 5, 15)),
        (date(2026, 5, 17), date(2026, 5, 15)),
        (date(2026, 5, 16), date(2026, 5, 15)),
    ],
)
def test_a_session_is_prepared_on_the_working_day_before(day: date, before: date) -> None:
    assert working_day_before(day) == before
