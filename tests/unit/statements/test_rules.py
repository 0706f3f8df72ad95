"""Which months can be submitted, what stands where, and what a check number proves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.budget.rules import Activity, Mode, MonthState
from komma_tracker.statements.rules import (
    Fact,
    Facts,
    Line,
    blocks,
    check_number,
    check_objections,
    check_reason,
    check_submittable,
    differences,
    is_deemed_approved,
    months_between,
    months_of_contract,
    next_open,
    overdue,
    read_number,
    sums,
    working_days_since,
)

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in range(1, 5))
TODAY = date(2026, 3, 18)
FACT: Fact = ("2026-01-13", 480, 480, "workshop", "on_site", "person", "AP1", "")


def line(on: date = date(2026, 1, 13), minutes: int = 60, activity: Activity = Activity.WORKSHOP) -> Line:
    """An hour's workshop in January, unless it is something else."""
    return Line("entry", on, minutes, minutes, "", activity, Mode.ON_SITE, "", "", "Anna", "AP1")


@pytest.mark.parametrize(
    ("starts", "ends", "with_entries", "expected"),
    [
        (date(2026, 1, 15), date(2026, 12, 31), [], [JANUARY, FEBRUARY, MARCH]),
        (date(2026, 1, 15), date(2026, 2, 10), [], [JANUARY, FEBRUARY]),
        (date(2026, 2, 15), date(2026, 2, 28), [JANUARY], [JANUARY, FEBRUARY]),
        (date(2026, 1, 15), date(2026, 1, 31), [MARCH], [JANUARY, FEBRUARY, MARCH]),
        (date(2026, 1, 15), date(2026, 12, 31), [APRIL], [JANUARY, FEBRUARY, MARCH]),
        (date(2026, 5, 1), date(2026, 12, 31), [], []),
        (date(2026, 5, 1), date(2026, 12, 31), [MARCH], [MARCH, APRIL]),
    ],
)
def test_months_of_a_contract(starts: date, ends: date, with_entries: list[date], expected: list[date]) -> None:
    found = months_of_contract(starts, ends, with_entries, [], TODAY)

    assert [month for month in found if month <= MARCH] == [month for month in expected if month <= MARCH]


@pytest.mark.parametrize(
    ("month", "states", "message"),
    [
        (JANUARY, {}, None),
        (FEBRUARY, {}, "zuerst den Monat 01/2026"),
        (FEBRUARY, {JANUARY: MonthState.SUBMITTED}, None),
        (FEBRUARY, {JANUARY: MonthState.REPORTED}, None),
        (FEBRUARY, {JANUARY: MonthState.OPEN}, "zuerst den Monat 01/2026"),
        (MARCH, {JANUARY: MonthState.CLOSED, FEBRUARY: MonthState.QUERIED}, None),
        (APRIL, {}, "Zukunft"),
        (date(2025, 12, 1), {}, "außerhalb"),
    ],
)
def test_what_can_be_submitted(month: date, states: dict[date, MonthState], message: str | None) -> None:
    months = months_between(JANUARY, MARCH)
    if message is None:
        check_submittable(month, months, states, TODAY)
    else:
        with pytest.raises(Invalid) as refused:
            check_submittable(month, months, states, TODAY)
        assert message in str(refused.value)


def test_the_next_open_month_is_the_first_that_nobody_has_submitted() -> None:
    months = months_between(JANUARY, MARCH)

    assert next_open(months, {}) == JANUARY
    assert next_open(months, {JANUARY: MonthState.CLOSED}) == FEBRUARY
    assert next_open(months, dict.fromkeys(months, MonthState.CONFIRMED)) is None


@pytest.mark.parametrize(
    ("state", "reason", "fits"),
    [
        (MonthState.QUERIED, "", True),
        (MonthState.QUERIED, "x" * 2001, False),
        (MonthState.CONFIRMED, "", False),
        (MonthState.CLOSED, " ", False),
        (MonthState.CLOSED, "Eintrag fehlt", True),
        (MonthState.SUBMITTED, "", False),
    ],
)
def test_a_reason_is_needed_unless_there_is_an_objection(state: MonthState, reason: str, fits: bool) -> None:
    if fits:
        check_reason(state, reason)
    else:
        with pytest.raises(Invalid):
            check_reason(state, reason)


@pytest.mark.parametrize(
    ("objections", "field"), [({}, "general"), ({"": "x" * 2001}, "general"), ({"e": "x" * 2001}, "e")]
)
def test_objections_have_words_and_an_end(objections: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_objections(objections)
    assert refused.value.field == field


# Friday 3 April 2026 is Good Friday, Monday 6 April is Easter Monday.
EASTER = {date(2026, 4, 3), date(2026, 4, 6)}


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 4, 1), 0),
        (date(2026, 4, 2), 1),
        (date(2026, 4, 3), 1),
        (date(2026, 4, 5), 1),
        (date(2026, 4, 6), 1),
        (date(2026, 4, 7), 2),
        (date(2026, 4, 13), 6),
    ],
)
def test_working_days_leave_out_week_ends_and_holidays(today: date, days: int) -> None:
    assert working_days_since(date(2026, 4, 1), today, EASTER.__contains__) == days


@pytest.mark.parametrize(
    ("days", "agreed", "yes"), [(0, 0, False), (999, 0, False), (9, 10, False), (10, 10, True), (11, 10, True)]
)
def test_silence_is_a_yes_only_where_agreed(days: int, agreed: int, yes: bool) -> None:
    assert is_deemed_approved(days, agreed) is yes


def test_lines_stand_in_their_parts() -> None:
    journey, late = line(activity=Activity.TRAVEL), line(date(2025, 12, 30))
    second, late_journey = line(date(2026, 1, 20)), line(date(2025, 12, 29), activity=Activity.TRAVEL)

    found = blocks([second, late, journey, line(), late_journey], JANUARY)

    assert (found.current, found.travel, found.earlier) == ((line(), second), (journey,), (late_journey, late))


def test_sums_take_back_what_is_reversed() -> None:
    lines = [line(minutes=480), line(minutes=-480), line(minutes=240), replace(line(minutes=60), package="")]

    assert sums(lines, lambda each: each.package) == {"": (60, 60), "AP1": (240, 240)}
    assert sums([], lambda each: each.package) == {}


facts = st.builds(
    Facts,
    contract=st.text("abc", min_size=1, max_size=3),
    month=st.sampled_from([JANUARY, FEBRUARY]),
    agreed_minutes=st.integers(0, 9),
    remaining_minutes=st.integers(-9, 9),
    entries=st.dictionaries(
        st.text("xyz", min_size=1, max_size=2),
        st.tuples(*([st.sampled_from(["a", "b"])] + [st.integers(-2, 2)] * 2 + [st.sampled_from(["a", "b"])] * 5)),
        max_size=3,
    ),
)


@given(facts, facts)
def test_equal_facts_have_equal_numbers_and_others_do_not(one: Facts, other: Facts) -> None:
    assert (check_number(one) == check_number(other)) == (one.as_json() == other.as_json())
    assert (differences(one, other.entries) == ()) == (one.entries == other.entries)


def test_the_order_of_entries_does_not_matter() -> None:
    one = Facts("c", JANUARY, 0, 0, {"a": FACT, "b": FACT})

    assert check_number(one) == check_number(replace(one, entries={"b": FACT, "a": FACT}))


def test_a_number_is_read_however_it_was_typed() -> None:
    number = check_number(Facts("c", JANUARY, 0, 0, {}))

    assert {read_number(text) for text in (number, number.lower(), number.replace("-", ""), f" {number} ")} == {number}
    assert read_number("") == ""


def test_differences_name_what_was_and_what_is() -> None:
    stated = Facts("c", JANUARY, 480, 0, {"kept": FACT, "gone": FACT})
    now: dict[str, Fact] = {"kept": (*FACT[:1], 240, *FACT[2:]), "new": FACT}

    found = {each.entry: (each.name, each.stated, each.found) for each in differences(stated, now)}

    assert found == {
        "gone": ("", "2026-01-13, 480 min", "–"),
        "kept": ("geleistete Minuten", "480", "240"),
        "new": ("", "–", "2026-01-13, 480 min"),
    }


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_months_follow_each_other_without_gap(first: date, length: int) -> None:
    months = months_between(first.replace(day=1), (first + timedelta(days=31 * length)).replace(day=1))

    assert all((later - earlier).days in range(28, 32) for earlier, later in pairwise(months))


@pytest.mark.parametrize(
    ("states", "today", "expected"),
    [
        ({}, TODAY, [JANUARY, FEBRUARY]),
        ({}, date(2026, 3, 31), [JANUARY, FEBRUARY]),
        ({}, date(2026, 4, 1), [JANUARY, FEBRUARY, MARCH]),
        ({JANUARY: MonthState.SUBMITTED}, TODAY, [FEBRUARY]),
        ({JANUARY: MonthState.QUERIED, FEBRUARY: MonthState.OPEN}, TODAY, [FEBRUARY]),
        ({JANUARY: MonthState.OPEN, FEBRUARY: MonthState.CLOSED}, TODAY, [JANUARY]),
        ({JANUARY: MonthState.CLOSED, FEBRUARY: MonthState.REPORTED}, TODAY, []),
    ],
)
def test_which_months_are_overdue(states: dict[date, MonthState], today: date, expected: list[date]) -> None:
    assert overdue([JANUARY, FEBRUARY, MARCH], states, today) == expected
