"""Burn-down and plan line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given

from komma_tracker.budget.rules import (
    Point,
    Posting,
    balance_at,
    burndown,
    plan_line,
    planned_remaining,
)
from komma_tracker.contracts.rules import Terms
from tests.unit.budget.histories import (
    BEGIN,
    DAY,
    END,
    ENGAGEMENT,
    contracts,
    dates,
    postings,
    terms,
)

CONTRACT = terms()
AMENDED = [CONTRACT, terms(86, number=1, effective_from=date(2025, 1, 1))]
EARLY, FIRST, SECOND = date(2023, 9, 1), date(2023, 9, 20), date(2023, 10, 10)


def points(*pairs: tuple[date, float]) -> tuple[Point, ...]:
    return tuple(Point(on, int(days * DAY)) for on, days in pairs)


@pytest.mark.parametrize(
    ("ledger", "all_terms", "until", "expected"),
    [
        ([], [CONTRACT], SECOND, points((BEGIN, 80), (SECOND, 80))),
        ([], [CONTRACT], BEGIN, points((BEGIN, 80))),
        ([Posting(FIRST, 240)], [CONTRACT], SECOND, points((BEGIN, 80), (FIRST, 79.5), (SECOND, 79.5))),
        ([Posting(BEGIN, 240)], [CONTRACT], BEGIN, points((BEGIN, 79.5))),
        ([Posting(FIRST, 240)] * 2, [CONTRACT], FIRST, points((BEGIN, 80), (FIRST, 79))),
        ([Posting(SECOND, 240)], [CONTRACT], FIRST, points((BEGIN, 80), (FIRST, 80))),
        ([Posting(EARLY, 240)], [CONTRACT], FIRST, points((BEGIN, 79.5), (FIRST, 79.5))),
        ([Posting(EARLY, 240)], [], FIRST, points((EARLY, -0.5), (FIRST, -0.5))),
        ([Posting(EARLY, 240)], [terms(signed=False)], FIRST, points((EARLY, -0.5), (FIRST, -0.5))),
        ([], [], FIRST, points((FIRST, 0))),
        (
            [Posting(date(2025, 1, 14), 480)],
            AMENDED,
            date(2025, 1, 31),
            points((BEGIN, 80), (date(2025, 1, 1), 86), (date(2025, 1, 14), 85), (date(2025, 1, 31), 85)),
        ),
    ],
)
def test_burndown(ledger: list[Posting], all_terms: list[Terms], until: date, expected: tuple[Point, ...]) -> None:
    assert burndown(ledger, all_terms, until) == expected


def test_the_engagement_ends_at_nothing_left() -> None:
    line = burndown(ENGAGEMENT, [CONTRACT], END)
    assert line[-1] == Point(END, 0)
    assert [point.remaining for point in line] == sorted((point.remaining for point in line), reverse=True)


@given(postings, contracts, dates)
def test_the_last_point_is_the_balance(ledger: list[Posting], all_terms: list[Terms], until: date) -> None:
    line = burndown(ledger, all_terms, until)
    assert line[-1] == Point(until, balance_at(ledger, all_terms, until).remaining)
    assert [point.on for point in line] == sorted({point.on for point in line})


@given(postings, contracts, dates)
def test_every_point_is_the_balance_of_its_date(ledger: list[Posting], all_terms: list[Terms], until: date) -> None:
    for point in burndown(ledger, all_terms, until):
        assert point.remaining == balance_at(ledger, all_terms, point.on).remaining


@pytest.mark.parametrize(
    ("all_terms", "on", "minutes"),
    [
        ([CONTRACT], BEGIN - timedelta(days=1), 0),
        ([CONTRACT], BEGIN, round(80 * DAY * 716 / 717)),
        ([CONTRACT], date(2025, 2, 28), round(80 * DAY * 184 / 717)),
        ([CONTRACT], END, 0),
        (AMENDED, date(2025, 2, 28), round(86 * DAY * 184 / 717)),
        ([], BEGIN, 0),
    ],
)
def test_even_use(all_terms: list[Terms], on: date, minutes: int) -> None:
    assert planned_remaining(all_terms, on) == minutes


def test_the_plan_goes_from_all_to_nothing() -> None:
    assert plan_line([CONTRACT]) == (Point(BEGIN, round(80 * DAY * 716 / 717)), Point(END, 0))


def test_the_plan_steps_up_with_an_amendment() -> None:
    before, after = date(2024, 12, 31), date(2025, 1, 1)
    line = plan_line(AMENDED)
    assert [point.on for point in line] == [BEGIN, before, after, END]
    assert line[1] == Point(before, planned_remaining([CONTRACT], before))
    assert line[2].remaining > line[1].remaining


def test_a_longer_term_makes_the_line_longer() -> None:
    longer = terms(number=1, effective_from=date(2025, 6, 1), ends_on=date(2025, 12, 31))
    assert plan_line([CONTRACT, longer])[-1] == Point(date(2025, 12, 31), 0)


def test_before_a_contract_there_is_no_plan() -> None:
    assert plan_line([terms(signed=False)]) == ()
