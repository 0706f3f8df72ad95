"""Balance at a date, progress and thresholds; nothing is clamped."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.budget.rules import (
    THRESHOLDS,
    Balance,
    Posting,
    balance_at,
    percent,
    thresholds_passed,
    time_progress,
)
from komma_tracker.contracts.rules import Terms, allowance
from tests.unit.budget.histories import BEGIN, DAY, END, ENGAGEMENT, contracts, dates, postings, terms

CONTRACT = terms()
AMENDED = [CONTRACT, terms(86, number=1, effective_from=date(2025, 1, 1))]


@pytest.mark.parametrize(
    ("agreed", "used", "planned", "remaining", "free", "share"),
    [
        (80, 0, 0, 80, 80, 0),
        (80, 41, 10, 39, 29, 51),
        (80, 78, 5, 2, -3, 98),
        (80, 83, 1, -3, -4, 104),
        (0, 1, 0, -1, -1, None),
    ],
)
def test_balance(agreed: int, used: int, planned: int, remaining: int, free: int, share: int | None) -> None:
    balance = Balance(agreed * DAY, used * DAY, planned * DAY)
    assert (balance.remaining, balance.free, percent(balance.used, balance.agreed)) == (
        remaining * DAY,
        free * DAY,
        share,
    )


@pytest.mark.parametrize(
    ("on", "agreed", "used"),
    [
        (date(2023, 9, 14), 0, 0),
        (date(2023, 9, 20), 80, 0.5),
        (date(2024, 12, 31), 80, 58.5),
        (date(2025, 1, 1), 86, 58.5),
        (date(2025, 2, 28), 86, 66),
        (date(2025, 8, 31), 86, 80),
    ],
)
def test_the_engagement_with_six_days_more(on: date, agreed: int, used: float) -> None:
    balance = balance_at(ENGAGEMENT, AMENDED, on)
    assert (balance.agreed / DAY, balance.used / DAY) == (agreed, used)


def test_a_correction_leaves_what_is_right() -> None:
    wrong = Posting(date(2024, 5, 7), 480)
    corrected = [wrong, Posting(wrong.on, -480), Posting(wrong.on, 240)]
    assert balance_at(corrected, [CONTRACT], END).used == 240


@given(postings, contracts, dates, st.integers(0, 10_000))
def test_the_balance_is_agreed_less_the_sum_of_the_ledger(
    ledger: list[Posting], all_terms: list[Terms], on: date, planned: int
) -> None:
    balance = balance_at(ledger, all_terms, on, planned)
    used = sum(each.minutes for each in ledger if each.on <= on)
    assert balance.remaining == allowance(all_terms, on) - used
    assert balance.free == balance.remaining - planned


@given(postings, contracts, dates, st.randoms())
def test_the_order_of_entries_does_not_matter(
    ledger: list[Posting], all_terms: list[Terms], on: date, random: Random
) -> None:
    shuffled = [*ledger]
    random.shuffle(shuffled)
    assert balance_at(shuffled, all_terms, on) == balance_at(ledger, all_terms, on)


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 80, 0), (66, 80, 82), (62, 80, 78), (70, 80, 88), (80, 80, 100), (88, 80, 110), (-8, 80, -10), (1, 0, None)],
)
def test_per_cent_as_in_the_engagement(part: int, whole: int, share: int | None) -> None:
    assert percent(part, whole) == share


@pytest.mark.parametrize(
    ("on", "progress"),
    [
        (BEGIN - timedelta(days=30), Fraction(0)),
        (BEGIN - timedelta(days=1), Fraction(0)),
        (BEGIN, Fraction(1, 717)),
        (date(2025, 2, 28), Fraction(533, 717)),
        (END - timedelta(days=1), Fraction(716, 717)),
        (END, Fraction(1)),
        (END + timedelta(days=30), Fraction(1)),
    ],
)
def test_time_progress(on: date, progress: Fraction) -> None:
    assert time_progress(BEGIN, END, on) == progress


def test_a_term_of_one_day() -> None:
    assert time_progress(BEGIN, BEGIN, BEGIN) == 1


@pytest.mark.parametrize(
    ("used", "agreed", "passed"),
    [
        (0, 80, ()),
        (63, 80, ()),
        (64, 80, (80,)),
        (71, 80, (80,)),
        (72, 80, (80, 90)),
        (80, 80, (80, 90, 100)),
        (99, 80, (80, 90, 100)),
        (64, 86, ()),
        (69, 86, (80,)),
        (5, 0, ()),
        (-5, 80, ()),
    ],
)
def test_thresholds(used: int, agreed: int, passed: tuple[int, ...]) -> None:
    assert thresholds_passed(used * DAY, agreed * DAY) == passed


@given(st.integers(-1000, 60_000), st.integers(0, 60_000), st.integers(0, 60_000))
def test_more_use_never_passes_fewer_thresholds(used: int, more: int, agreed: int) -> None:
    before, after = thresholds_passed(used, agreed), thresholds_passed(used + more, agreed)
    assert after[: len(before)] == before
    assert after == THRESHOLDS[: len(after)]
