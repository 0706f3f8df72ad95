"""Days of different length in one budget (docs/decisions/0016)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.budget.rules import Posting, balance_at, by_length, in_days_of, in_measure, percent
from komma_tracker.contracts.rules import CountingRules, Terms, has_one_length, length_at_last, lengths_of, measure
from tests.unit.budget.histories import BEGIN, DAY, postings, terms

CHANGE = date(2025, 1, 1)
FIRST = terms()


def amended(minutes: int, number: int = 1, since: date = CHANGE, *, signed: bool = True) -> Terms:
    return replace(
        terms(number=number, effective_from=since, signed=signed), rules=CountingRules(minutes_per_day=minutes)
    )


SHORTER = [FIRST, amended(468)]


@pytest.mark.parametrize(
    ("all_terms", "own", "one", "last"),
    [
        ([FIRST], 480, True, 480),
        (SHORTER, 480, False, 468),
        ([FIRST, amended(468, signed=False)], 480, True, 480),
        ([FIRST, amended(468), amended(480, 2, date(2025, 3, 1))], 480, False, 480),
        ([FIRST, amended(480)], 480, True, 480),
    ],
)
def test_lengths(all_terms: list[Terms], own: int, one: bool, last: int) -> None:
    assert (measure(all_terms), has_one_length(all_terms), length_at_last(all_terms)) == (own, one, last)


def test_lengths_come_in_order_of_their_dates() -> None:
    assert lengths_of([amended(450, 2, date(2025, 3, 1)), amended(468), FIRST]) == (
        (BEGIN, 480),
        (CHANGE, 468),
        (date(2025, 3, 1), 450),
    )


def test_a_day_of_then_is_a_day_of_now() -> None:
    """41 days of 480 minutes, then two of 468: 37 of 80 remain, and the past stays as it was."""
    worked = [Posting(date(2024, 6, 3), 41 * 480), Posting(date(2025, 1, 7), 468), Posting(date(2025, 1, 8), 468)]
    plain, shorter = [FIRST], SHORTER

    kept = in_measure(worked, shorter)

    assert sum(posting.minutes for posting in kept) == 43 * DAY
    assert balance_at(kept, shorter, date(2025, 1, 8)).remaining == 37 * DAY
    before = CHANGE - timedelta(days=1)
    assert balance_at(kept, shorter, before) == balance_at(worked, plain, before)
    on_the_day = balance_at(kept, shorter, CHANGE)
    assert percent(on_the_day.used, on_the_day.agreed) == percent(41, 80)


def test_a_reversal_gives_back_the_day_of_its_service() -> None:
    """What was worked before the change and is taken back after it was a day of then."""
    worked = [Posting(date(2024, 6, 3), 480), Posting(date(2024, 6, 3), -480), Posting(date(2025, 1, 7), 468)]
    assert sum(posting.minutes for posting in in_measure(worked, SHORTER)) == DAY


def test_sums_are_rounded_once() -> None:
    """A day in eight pieces is a day, whatever each piece alone would come to."""
    pieces = [Posting(date(2025, 1, 6 + number), minutes) for number, minutes in enumerate([58, 59] * 4)]
    assert sum(posting.minutes for posting in pieces) == 468
    assert sum(posting.minutes for posting in in_measure(pieces, SHORTER)) == DAY


@given(postings, st.integers(60, 720))
def test_at_every_date_the_sum_is_that_of_the_ledger(worked: list[Posting], minutes: int) -> None:
    all_terms = [FIRST, amended(minutes)]
    kept = in_measure(worked, all_terms)
    for on in {posting.on for posting in worked}:
        until = by_length([posting for posting in worked if posting.on <= on], all_terms)
        assert sum(posting.minutes for posting in kept if posting.on <= on) == in_days_of(DAY, until)
    assert sum(by_length(worked, all_terms).values()) == sum(posting.minutes for posting in worked)
