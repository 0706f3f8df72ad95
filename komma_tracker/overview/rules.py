"""Where a contract stands in its course, what may be shown in aggregates, and how a portfolio is put in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules import in_days_of
from komma_tracker.contracts.rules import Terms, measure, terms_at_end

LEAST_MUNICIPALITIES = 5
"""Sums over fewer say too much about each (trust 5)."""


class Phase(StrEnum):
    """How far a contract has come; only one that is running can be ahead of its time or behind it."""

    UNSIGNED = "unsigned"
    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"

    @property
    def label(self) -> str:
        """The German msgid."""
        return PHASE_LABELS[self]


PHASE_LABELS: Mapping[Phase, str] = {
    Phase.UNSIGNED: N_("noch nicht unterschrieben"),
    Phase.UPCOMING: N_("noch nicht begonnen"),
    Phase.RUNNING: N_("läuft"),
    Phase.OVER: N_("beendet"),
}


def phase_of(terms: Terms, today: date) -> Phase:
    """The phase of a contract with these terms; its last day still belongs to it."""
    if not terms.is_signed:
        return Phase.UNSIGNED
    if today < terms.starts_on:
        return Phase.UPCOMING
    return Phase.RUNNING if today <= terms.ends_on else Phase.OVER


@dataclass(frozen=True)
class WhatIf:
    """What somebody supposes: work goes on at so many per cent of its pace, an amendment adds days or time.

    `more_minutes` are of days of eight hours.
    """

    pace_percent: int = 100
    more_minutes: int = 0
    ends_on: date | None = None

    @property
    def pace(self) -> Fraction:
        """How many times as fast as of late."""
        return Fraction(self.pace_percent, 100)


SLOWEST_PERCENT, QUICKEST_PERCENT = 0, 300


def supposed(all_terms: Iterable[Terms], on: date, what_if: WhatIf) -> tuple[Terms, ...]:
    """The terms as if the amendment took effect on a date. Nothing is agreed by that.

    Without signed terms there is nothing to amend; an end before the contract's beginning is that beginning.
    """
    every = tuple(all_terms)
    last = terms_at_end(every)
    if last is None or (what_if.more_minutes == 0 and what_if.ends_on is None):
        return every
    amendment = replace(
        last,
        number=max(terms.number for terms in every) + 1,
        effective_from=max(on, last.effective_from),
        ends_on=max(what_if.ends_on or last.ends_on, last.starts_on),
        agreed_minutes=last.agreed_minutes + in_days_of(measure(every), {480: what_if.more_minutes}),
    )
    return (*every, amendment)


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
