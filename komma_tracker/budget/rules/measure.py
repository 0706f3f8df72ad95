"""Days of different length in one sum: an amendment may change how many minutes a day has (docs/decisions/0016).

Minutes are added up by the length that a day had when they were worked, exactly; only the sum is turned into the
measure in which a contract's budget is kept, and rounded once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from komma_tracker.budget.rules.balance import Posting
from komma_tracker.contracts.rules import Terms, has_one_length, measure, rules_on

EIGHT_HOURS = 480


def in_days_of(per_day: int, minutes_by_length: Mapping[int, int]) -> int:
    """Add up time by the length of its days: minutes such that `per_day` of them are a day of any.

    >>> in_days_of(480, {480: 240, 468: 468}), in_days_of(468, {480: 240})
    (720, 234)
    """
    if minutes_by_length.keys() <= {per_day}:
        return minutes_by_length.get(per_day, 0)
    return round(sum(Fraction(minutes * per_day, length) for length, minutes in minutes_by_length.items()))


def in_days_of_eight_hours(minutes_by_length: Mapping[int, int]) -> int:
    """Add up time of contracts whose days differ in length: minutes such that 480 of them are a day of any.

    >>> in_days_of_eight_hours({480: 240, 468: 468})
    720
    """
    return in_days_of(EIGHT_HOURS, minutes_by_length)


def in_measure(postings: Sequence[Posting], all_terms: Sequence[Terms]) -> Sequence[Posting]:
    """The postings of a contract in the measure of its budget, by date.

    Of each date, the sum of all until then is what is rounded: so they add up at every date, whatever their number.
    """
    if has_one_length(all_terms):
        return postings
    per_day, found = measure(all_terms), list[Posting]()
    so_far, before = Counter[int](), 0
    for posting in sorted(postings):
        so_far[rules_on(all_terms, posting.on).minutes_per_day] += posting.minutes
        until = in_days_of(per_day, so_far)
        found.append(Posting(posting.on, until - before))
        before = until
    return found


def by_length(postings: Iterable[Posting], all_terms: Sequence[Terms]) -> Counter[int]:
    """The sum of postings by the length that a day had at each date."""
    found = Counter[int]()
    for posting in postings:
        found[rules_on(all_terms, posting.on).minutes_per_day] += posting.minutes
    return found
