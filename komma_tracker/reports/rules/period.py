"""The months that a report is about, and what was planned for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.budget.rules import month_of

LONGEST_PERIOD_YEARS = 10
BEFORE = "before"
"""Stands among the years for what belongs to an earlier period: corrections, late entries."""


class ReportKind(StrEnum):
    """The two proofs that a funder asks for (domain 2.6)."""

    INTERIM = "interim_report"
    FINAL = "final_report"

    @property
    def label(self) -> str:
        """The German msgid (domain 3)."""
        return KIND_LABELS[self]


KIND_LABELS: Mapping[ReportKind, str] = {
    ReportKind.INTERIM: N_("Zwischennachweis"),
    ReportKind.FINAL: N_("Verwendungsnachweis"),
}


@dataclass(frozen=True)
class Period:
    """From one month to another, both inclusive, by their first days."""

    first: date
    last: date

    @property
    def last_day(self) -> date:
        """The last date of the last month.

        >>> Period(date(2024, 1, 1), date(2024, 2, 1)).last_day
        datetime.date(2024, 2, 29)
        """
        return month_of(self.last + timedelta(days=31)) - timedelta(days=1)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years that it touches: grants are given by the year (domain 2.5)."""
        return tuple(range(self.first.year, self.last.year + 1))

    def within(self, year: int) -> tuple[date, date]:
        """The first and the last date of the part that lies in a year."""
        return max(self.first, date(year, 1, 1)), min(self.last_day, date(year, 12, 31))


def check_period(period: Period, today: date) -> None:
    """Raise Invalid where a period ends before it begins, has not begun, or is longer than any programme."""
    if period.last < period.first:
        raise Invalid("last", N_("Der letzte Monat liegt vor dem ersten. Bitte einen späteren Monat angeben."))
    if period.first > today:
        raise Invalid("first", N_("Dieser Monat liegt in der Zukunft. Berichtet wird, was abgeschlossen ist."))
    if period.last.year - period.first.year > LONGEST_PERIOD_YEARS:
        raise Invalid("first", N_("Der Zeitraum ist länger als zehn Jahre. Bitte die Jahreszahlen prüfen."))


@dataclass(frozen=True)
class PackagePlan:
    """Minutes planned for a work package, and what of them is meant for which calendar year."""

    minutes: int
    years: Mapping[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True)
class Plan:
    """What a contract agreed, by the terms in force at the end of a period: minutes of days of eight hours.

    `stops_on` is the last day on which it was in force; the plan is spread over the term as agreed.
    """

    agreed: int
    starts_on: date
    ends_on: date
    stops_on: date
    packages: Mapping[str, PackagePlan]


def even_share(total: int, starts_on: date, ends_on: date, first: date, last: date) -> int:
    """What of a total falls on the dates from first to last if it is used evenly over a term.

    Shares of periods that follow one another add up to the minute.

    >>> even_share(365, date(2026, 1, 1), date(2026, 12, 31), date(2026, 2, 1), date(2026, 2, 28))
    28
    """
    length = (ends_on - starts_on).days + 1

    def until(on: date) -> int:
        return total * min(max((on - starts_on).days + 1, 0), length) // length

    return until(last) - until(first - timedelta(days=1)) if last >= first else 0


def planned(plan: Plan, period: Period) -> dict[tuple[str, int], int]:
    """Minutes planned in the period by work package and year; "" stands for what no package has got.

    What is meant for a year is spread evenly over the days of the term in that year, all else over the whole term.
    """
    rest = max(plan.agreed - sum(package.minutes for package in plan.packages.values()), 0)
    found: dict[tuple[str, int], int] = {}
    for code, package in {**plan.packages, "": PackagePlan(rest)}.items():
        for year in period.years:
            first, last = period.within(year)
            dates = first, min(last, plan.stops_on)
            begin, end = max(plan.starts_on, date(year, 1, 1)), min(plan.ends_on, date(year, 12, 31))
            of_year = package.years.get(year, 0)
            undated = package.minutes - sum(package.years.values())
            minutes = even_share(undated, plan.starts_on, plan.ends_on, *dates)
            minutes += even_share(of_year, begin, end, *dates) if begin <= end else 0
            if minutes:
                found[code, year] = minutes
    return found
