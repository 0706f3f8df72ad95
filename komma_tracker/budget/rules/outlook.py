"""How the allowance will be used if work goes on as of late, with a band and the date on which it runs out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

from komma_tracker.budget.rules.balance import Posting
from komma_tracker.contracts.rules import Terms, terms_at_end

PACE_MONTHS = 3
"""The pace is that of the last three months: long enough to smooth a week, short enough to see a change."""

SHORTEST_BASIS_DAYS = 30
"""In the first weeks of a term the pace is reckoned as over a month, or a kick-off would foretell ruin."""

HORIZON_DAYS = 5 * 365
"""Later than this, "used up on" is no statement any more."""


@dataclass(frozen=True)
class Forecast:
    """Minutes that will have been used by the end of the term, beside those agreed by then.

    `low` and `high` are what would come of the slowest and the quickest of the last three months.
    `used_up_on` is the date on which the allowance runs out, or ran out, at the expected pace; None if never.
    """

    agreed: int
    expected: int
    low: int
    high: int
    ends_on: date
    used_up_on: date | None


def forecast(
    postings: Sequence[Posting],
    planned_minutes: int,
    all_terms: Iterable[Terms],
    on: date,
    pace: Fraction = Fraction(1),
) -> Forecast | None:
    """Used, planned and what the pace adds beyond the plans (domain 2.4); None where no terms are signed.

    The pace is the mean of the last three months within the term, by days, so that it does not jump with the month.
    `pace` asks what would be if work went on so many times as fast.
    """
    terms = terms_at_end(all_terms)
    if terms is None:
        return None
    used = sum(posting.minutes for posting in postings if posting.on <= on)
    eve = max(on, terms.starts_on - timedelta(days=1))
    days_left = max((terms.ends_on - eve).days, 0)
    borders = [months_before(on, months) for months in range(PACE_MONTHS + 1)]
    months = [pace * _pace(postings, after, until) for until, after in pairwise(borders)]
    begin = max(borders[-1], min(terms.starts_on - timedelta(days=1), on - timedelta(days=SHORTEST_BASIS_DAYS)))
    mean = pace * _pace(postings, begin, on)

    def to_come(pace: Fraction) -> Fraction:
        return max(Fraction(planned_minutes), pace * days_left)

    return Forecast(
        agreed=terms.agreed_minutes,
        expected=used + round(to_come(mean)),
        low=used + round(to_come(min(mean, *months))),
        high=used + round(to_come(max(mean, *months))),
        ends_on=terms.ends_on,
        used_up_on=_used_up_on(postings, terms.agreed_minutes, used, to_come(mean), days_left, eve),
    )


def sum_of(forecasts: Iterable[Forecast]) -> Forecast | None:
    """What several forecasts come to; the band is as wide as if all went slowly, or all quickly. None without any."""
    every = list(forecasts)
    if not every:
        return None
    return Forecast(
        agreed=sum(each.agreed for each in every),
        expected=sum(each.expected for each in every),
        low=sum(each.low for each in every),
        high=sum(each.high for each in every),
        ends_on=max(each.ends_on for each in every),
        used_up_on=None,
    )


def months_before(on: date, months: int) -> date:
    """The same day some months earlier, or the last day of that month where it is shorter.

    >>> months_before(date(2025, 3, 31), 1), months_before(date(2025, 1, 15), 3)
    (datetime.date(2025, 2, 28), datetime.date(2024, 10, 15))
    """
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def _pace(postings: Iterable[Posting], after: date, until: date) -> Fraction:
    """Minutes per calendar day after one date and until another; reversals alone do not turn work back."""
    minutes = sum(posting.minutes for posting in postings if after < posting.on <= until)
    return max(Fraction(minutes, (until - after).days), Fraction(0))


def _used_up_on(
    postings: Iterable[Posting], agreed: int, used: int, to_come: Fraction, days_left: int, eve: date
) -> date | None:
    """When the last agreed minute goes: looked up if it has gone, else reckoned at an even pace after `eve`."""
    if used >= agreed:
        total = 0
        for posting in sorted(postings):
            total += posting.minutes
            if total >= agreed:
                return posting.on
        return eve
    if to_come <= 0 or days_left == 0:
        return None
    days = ceil((agreed - used) * days_left / to_come)
    return eve + timedelta(days=days) if days <= HORIZON_DAYS else None
