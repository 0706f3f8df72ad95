"""The remaining allowance over time, the plan beside it, and sums by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from komma_tracker.budget.rules.balance import Posting, time_progress
from komma_tracker.contracts.rules import Terms, allowance, terms_at_end, terms_in_force


@dataclass(frozen=True)
class Point:
    """Minutes remaining at the end of a date; the line is level until the next point."""

    on: date
    remaining: int


def burndown(postings: Iterable[Posting], all_terms: Sequence[Terms], until: date) -> tuple[Point, ...]:
    """What was left of the allowance, date by date: down with each entry, up with each amendment.

    It begins with the contract, or with the first entry where there is none yet; work before the contract is in the
    first point. The last point is the balance at `until`.
    """
    by_date = Counter[date]()
    for posting in postings:
        if posting.on <= until:
            by_date[posting.on] += posting.minutes
    signed = {terms.effective_from for terms in all_terms if terms.is_signed and terms.effective_from <= until}
    begin = min(signed or by_date, default=until)
    dates = sorted(on for on in {*by_date, *signed, until} if on >= begin)
    before = sum(minutes for on, minutes in by_date.items() if on < begin)
    used = list(accumulate((by_date[on] for on in dates), initial=before))[1:]
    return tuple(Point(on, allowance(all_terms, on) - total) for on, total in zip(dates, used, strict=True))


def planned_remaining(all_terms: Sequence[Terms], on: date) -> int:
    """What would be left at the end of a date if the agreed time were used evenly over the term."""
    terms = terms_in_force(all_terms, on)
    if terms is None:
        return 0
    left = 1 - time_progress(terms.starts_on, terms.ends_on, on)
    return round(terms.agreed_minutes * left)


def plan_line(all_terms: Sequence[Terms]) -> tuple[Point, ...]:
    """The corners of the even line from the whole allowance to nothing, with a step where an amendment takes effect."""
    last = terms_at_end(all_terms)
    if last is None:
        return ()
    signed = [terms for terms in all_terms if terms.is_signed]
    corners = {last.ends_on}
    for terms in signed:
        corners |= {terms.starts_on, terms.effective_from, terms.effective_from - timedelta(days=1)}
    begin = min(terms.effective_from for terms in signed)
    return tuple(Point(on, planned_remaining(all_terms, on)) for on in sorted(corners) if begin <= on <= last.ends_on)


def month_of(day: date) -> date:
    """The first of a date's month, which stands for the month.

    >>> month_of(date(2024, 5, 30))
    datetime.date(2024, 5, 1)
    """
    return day.replace(day=1)


def working_days_without(busy: Container[date], first: date, last: date) -> tuple[date, ...]:
    """Mondays to Fridays between two dates, both inclusive, on which nothing was logged.

    >>> working_days_without({date(2026, 11, 19)}, date(2026, 11, 18), date(2026, 11, 22))
    (datetime.date(2026, 11, 18), datetime.date(2026, 11, 20))
    """
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < SATURDAY and day not in busy)


SATURDAY = 5
