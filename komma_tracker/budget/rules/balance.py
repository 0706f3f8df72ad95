"""Where a municipality stands: balance at a date, share of the term gone, thresholds reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from komma_tracker.contracts.rules import Terms, allowance


@dataclass(frozen=True, order=True)
class Posting:
    """Chargeable minutes of one service date, as the ledger has them: negative for a reversal."""

    on: date
    minutes: int


@dataclass(frozen=True)
class Balance:
    """Minutes at a date; nothing is clamped, so an overspend shows as what it is."""

    agreed: int
    used: int
    planned: int = 0
    confirmed: int = 0
    """Of the minutes used, those that the municipality has signed off."""

    @property
    def in_review(self) -> int:
        """In Prüfung: logged or submitted, and not confirmed yet."""
        return self.used - self.confirmed

    @property
    def remaining(self) -> int:
        """Restbudget: agreed and not used yet."""
        return self.agreed - self.used

    @property
    def free(self) -> int:
        """Frei verfügbar: neither used nor planned for."""
        return self.remaining - self.planned


def balance_at(postings: Iterable[Posting], all_terms: Iterable[Terms], on: date, planned_minutes: int = 0) -> Balance:
    """The balance at the end of a date, by service date; what is posted for later days does not count yet."""
    used = sum(posting.minutes for posting in postings if posting.on <= on)
    return Balance(agreed=allowance(all_terms, on), used=used, planned=planned_minutes)


def percent(part: int, whole: int) -> int | None:
    """Whole per cent, halves to the even number; None where there is no whole.

    >>> percent(66, 80), percent(88, 80), percent(1, 0)
    (82, 110, None)
    """
    return round(Fraction(100 * part, whole)) if whole > 0 else None


def time_progress(starts_on: date, ends_on: date, on: date) -> Fraction:
    """Zeitfortschritt: share of the term that is over at the end of a date; exact, from 0 to 1.

    >>> percent(*time_progress(date(2023, 9, 15), date(2025, 8, 31), date(2025, 2, 28)).as_integer_ratio())
    74
    """
    days = (ends_on - starts_on).days + 1
    gone = (on - starts_on).days + 1
    return Fraction(min(max(gone, 0), days), days)


THRESHOLDS = (80, 90, 100)
"""Per cent of the allowance at which somebody is told once (domain 2.4)."""


def thresholds_passed(used: int, agreed: int) -> tuple[int, ...]:
    """Which thresholds the minutes used have reached; more use never passes fewer.

    >>> thresholds_passed(72, 80), thresholds_passed(72, 86)
    ((80, 90), (80,))
    """
    return tuple(threshold for threshold in THRESHOLDS if agreed > 0 and 100 * used >= threshold * agreed)
