"""Made-up histories of contracts and ledgers for the tests of the arithmetic."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from komma_tracker.budget.rules import Posting
from komma_tracker.contracts.rules import Terms

DAY = 480
BEGIN, END = date(2023, 9, 15), date(2025, 8, 31)
FIRST, LAST = date(2023, 6, 1), date(2026, 3, 1)

ENGAGEMENT_MONTHS = {
    date(2023, 9, 1): 240,
    date(2023, 10, 1): 1920,
    date(2023, 11, 1): 2160,
    date(2023, 12, 1): 1200,
    date(2024, 1, 1): 1920,
    date(2024, 2, 1): 2400,
    date(2024, 3, 1): 1920,
    date(2024, 4, 1): 2160,
    date(2024, 5, 1): 1920,
    date(2024, 6, 1): 2400,
    date(2024, 7, 1): 960,
    date(2024, 8, 1): 480,
    date(2024, 9, 1): 2640,
    date(2024, 10, 1): 2400,
    date(2024, 11, 1): 2400,
    date(2024, 12, 1): 960,
    date(2025, 1, 1): 1680,
    date(2025, 2, 1): 1920,
    date(2025, 3, 1): 1920,
    date(2025, 4, 1): 1200,
    date(2025, 5, 1): 1440,
    date(2025, 6, 1): 960,
    date(2025, 7, 1): 720,
    date(2025, 8, 1): 480,
}
"""Minutes by month of the illustrative engagement, 80.00 days in all (domain 5.3)."""

ENGAGEMENT = [Posting(month.replace(day=20), minutes) for month, minutes in ENGAGEMENT_MONTHS.items()]


def terms(
    days: int = 80,
    *,
    number: int = 0,
    effective_from: date = BEGIN,
    starts_on: date = BEGIN,
    ends_on: date = END,
    signed: bool = True,
) -> Terms:
    """Terms with a number of agreed days, signed by both or by one only."""
    return Terms(
        number=number,
        effective_from=effective_from,
        starts_on=starts_on,
        ends_on=ends_on,
        agreed_minutes=days * DAY,
        signed_by_municipality_on=effective_from - timedelta(days=8),
        signed_by_carrier_on=effective_from - timedelta(days=3) if signed else None,
    )


dates = st.dates(FIRST, LAST)

postings = st.lists(st.builds(Posting, dates, st.integers(-960, 960)), max_size=30)
"""Ledgers in any order, reversals among them."""

contracts = st.lists(
    st.builds(
        terms,
        st.integers(1, 200),
        number=st.integers(0, 5),
        effective_from=dates,
        starts_on=st.dates(FIRST, date(2024, 6, 1)),
        ends_on=st.dates(date(2024, 6, 1), LAST),
        signed=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.number,
)
"""Contracts with amendments and drafts of them; some have none yet."""
