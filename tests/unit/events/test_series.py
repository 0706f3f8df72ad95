"""Series: their days, their shifts, their persons and seats."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.events.rules import (
    MOST_PARTS,
    check_days,
    check_distinct,
    check_unique_persons,
    moved,
    rhythm,
    seats_of,
    to_instant,
)

FIRST = date(2024, 10, 17)


@pytest.mark.parametrize("parts", [0, 1, MOST_PARTS + 1])
def test_a_series_has_several_parts_and_not_too_many(parts: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_days([FIRST + timedelta(days=n) for n in range(parts)])
    assert refused.value.field == "further"


def test_no_day_has_two_parts() -> None:
    check_days([FIRST, FIRST + timedelta(days=1)])
    with pytest.raises(Invalid):
        check_days([FIRST, FIRST])
    with pytest.raises(Invalid) as refused:
        check_distinct("day", [FIRST, FIRST])
    assert refused.value.field == "day"


def test_a_rhythm_goes_on_from_the_first() -> None:
    assert rhythm(FIRST, 1, 1) == ()
    assert rhythm(FIRST, 1, 4) == (date(2024, 10, 24), date(2024, 10, 31), date(2024, 11, 7))


def test_nine_stays_nine_on_both_sides_of_the_change_of_clocks() -> None:
    starts = [datetime.combine(day, time(9)) for day in (FIRST, *rhythm(FIRST, 1, 4))]
    assert [start.time() for start in starts] == [time(9)] * 4
    assert [to_instant(start, "Europe/Berlin").hour for start in starts] == [7, 7, 8, 8]


@given(
    days=st.integers(-400, 400),
    begins=st.times(max_value=time(11)).map(lambda each: each.replace(second=0, microsecond=0)),
    nights=st.integers(0, 3),
)
def test_a_shift_keeps_the_time_of_day_and_the_nights_between(days: int, begins: time, nights: int) -> None:
    was = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 16) + timedelta(days=nights)
    starts, ends = moved(*was, days=days, begins=begins, closes=time(16))
    assert (starts.time(), ends.time()) == (begins, time(16))
    assert starts.date() - was[0].date() == ends.date() - was[1].date() == timedelta(days=days)


@pytest.mark.parametrize(
    ("persons", "attendances", "passes"),
    [
        (14, [14, 13, 12, 10], True),
        (49, [14, 13, 12, 10], True),
        (13, [14, 13, 12, 10], False),
        (50, [14, 13, 12, 10], False),
        (0, [], True),
        (1, [], False),
        (-1, [3], False),
    ],
)
def test_persons_are_between_the_fullest_part_and_all_attendances(
    persons: int, attendances: list[int], passes: bool
) -> None:
    if passes:
        check_unique_persons(persons, attendances)
    else:
        with pytest.raises(Invalid) as refused:
            check_unique_persons(persons, attendances)
        assert refused.value.field == "unique_persons"


def test_the_smallest_room_says_how_many_seats_there_are() -> None:
    assert seats_of([16, 12, None]) == 12
    assert seats_of([None]) is None
    assert seats_of([]) is None
