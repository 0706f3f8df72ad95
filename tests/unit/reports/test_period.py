"""The months of a report, and what was planned for them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.reports.rules.period import PackagePlan, Period, Plan, even_share, planned

YEAR_2026 = date(2026, 1, 1), date(2026, 12, 31)
DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))
NOTHING_BUT_AGREED = Plan(36_500, *YEAR_2026, date(2026, 12, 31), {})


def months(first: str, last: str) -> Period:
    return Period(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"))


@pytest.mark.parametrize(
    ("first", "last", "share"),
    [
        ("2026-01-01", "2026-12-31", 36_500),
        ("2025-01-01", "2027-12-31", 36_500),
        ("2026-01-01", "2026-01-31", 3_100),
        ("2026-02-01", "2026-02-28", 2_800),
        ("2025-01-01", "2025-12-31", 0),
        ("2027-01-01", "2027-12-31", 0),
    ],
)
def test_the_share_of_some_dates_is_even(first: str, last: str, share: int) -> None:
    assert even_share(36_500, *YEAR_2026, date.fromisoformat(first), date.fromisoformat(last)) == share


@given(st.integers(0, 10**6), DATES, DATES, DATES)
def test_periods_that_follow_one_another_add_up(minutes: int, begin: date, middle: date, end: date) -> None:
    first, middle, last = sorted((begin, middle, end))
    one = even_share(minutes, *YEAR_2026, first, middle)
    other = even_share(minutes, *YEAR_2026, middle + timedelta(days=1), last)

    assert one + other == even_share(minutes, *YEAR_2026, first, last)


@pytest.mark.parametrize(
    ("plan", "period", "expected"),
    [
        (NOTHING_BUT_AGREED, months("2026-01", "2026-12"), {("", 2026): 36_500}),
        (NOTHING_BUT_AGREED, months("2025-01", "2026-01"), {("", 2026): 3_100}),
        (NOTHING_BUT_AGREED, months("2027-01", "2027-12"), {}),
        (  # withdrew at the end of January: nothing is planned for later (domain 5.4, case 8)
            Plan(36_500, *YEAR_2026, date(2026, 1, 31), {}),
            months("2026-01", "2026-12"),
            {("", 2026): 3_100},
        ),
        (
            Plan(36_500, *YEAR_2026, date(2026, 12, 31), {"AP1": PackagePlan(7_300), "AP2": PackagePlan(29_200)}),
            months("2026-01", "2026-01"),
            {("AP1", 2026): 620, ("AP2", 2026): 2_480},
        ),
        (  # over two years, with 1,000 minutes meant for the second and the rest for whenever
            Plan(
                8_300,
                date(2025, 1, 1),
                date(2026, 12, 31),
                date(2026, 12, 31),
                {"AP1": PackagePlan(8_300, {2026: 1_000})},
            ),
            months("2025-01", "2026-12"),
            {("AP1", 2025): 3_650, ("AP1", 2026): 4_650},
        ),
        (  # packages promise more than is agreed: the plan is what they promise
            Plan(3_650, *YEAR_2026, date(2026, 12, 31), {"AP1": PackagePlan(7_300)}),
            months("2026-01", "2026-12"),
            {("AP1", 2026): 7_300},
        ),
    ],
)
def test_plans_by_package_and_year(plan: Plan, period: Period, expected: dict[tuple[str, int], int]) -> None:
    assert planned(plan, period) == expected
