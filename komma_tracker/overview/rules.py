"""What may be shown in aggregates, and how a portfolio is put in order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import TypeVar

LEAST_MUNICIPALITIES = 5
"""Sums over fewer say too much about each (trust 5)."""
LEAST_CELL = 5
"""Smaller numbers of people are shown as "< 5" (domain 2.7)."""

K = TypeVar("K", bound=Hashable)


def suppress(cells: Mapping[K, int], least: int = LEAST_CELL) -> dict[K, int | None]:
    """Hide small cells, and one more where a single hidden one could be reckoned from the total.

    >>> suppress({"a": 12, "b": 7, "c": 2})
    {'a': 12, 'b': None, 'c': None}
    >>> suppress({"a": 12, "b": 0})
    {'a': 12, 'b': 0}
    """
    hidden = {key for key, value in cells.items() if 0 < value < least}
    shown = sorted((value, str(key), key) for key, value in cells.items() if value >= least)
    if len(hidden) == 1 and shown:
        hidden.add(shown[0][2])
    return {key: None if key in hidden else value for key, value in cells.items()}


def whole_days(minutes: int, per_day: int = 480) -> int:
    """Minutes as whole days, half a day up.

    >>> whole_days(700), whole_days(720)
    (1, 2)
    """
    return (minutes * 2 + per_day) // (2 * per_day)


class PortfolioOrder(StrEnum):
    """By what the lead's list is sorted."""

    LABEL = "label"
    AGREED = "agreed"
    USED = "used"
    SHARE = "share"
    REMAINING = "remaining"
    END = "end"
    LAST_ENTRY = "last_entry"
    FORECAST = "forecast"
    ATTENTION = "attention"


RECKONED = frozenset({PortfolioOrder.FORECAST, PortfolioOrder.ATTENTION})
"""Orders that no column holds: they need every row at hand."""
