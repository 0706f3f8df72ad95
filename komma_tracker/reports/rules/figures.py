"""The figures of a funder report as they are published: page, workbook and document show these and reckon nothing else.

Time is in minutes of days of eight hours: a day of a contract with shorter days is a whole day here too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from komma_tracker.access.small_numbers import Hidden, Shown
from komma_tracker.reports.rules.anonymity import Group
from komma_tracker.reports.rules.outcomes import Answers, Content, Persons
from komma_tracker.reports.rules.period import Period, ReportKind


@dataclass(frozen=True)
class Amount:
    """Planned (SOLL) and used (IST)."""

    planned: int
    used: int

    @property
    def deviation(self) -> int:
        """How much more was used than planned; negative where it was less."""
        return self.used - self.planned

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.planned + other.planned, self.used + other.used)


NOTHING = Amount(0, 0)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum.

    >>> total([Amount(480, 240), Amount(480, 500)])
    Amount(planned=960, used=740)
    """
    return sum(amounts, NOTHING)


@dataclass(frozen=True)
class PlaceLine:
    """A municipality by its name, or (without a name) several together."""

    name: str
    places: int
    amount: Amount
    on_site: int | None
    """Of the minutes used; None where no municipality's may be published."""


@dataclass(frozen=True)
class PackageLine:
    """A work package over the years, one amount for each group of years.

    Neither code nor title: time without a package. `others`: packages that are not told apart.
    """

    code: str
    title: str
    others: bool
    years: tuple[Amount, ...]

    @property
    def amount(self) -> Amount:
        """All years together."""
        return total(self.years)


@dataclass(frozen=True)
class ModeLine:
    """Minutes used in one mode, or in several that are not told apart."""

    modes: Group
    used: int


@dataclass(frozen=True)
class Days:
    """Consulting days, cut in three ways; the sums of all three are the same."""

    places: tuple[PlaceLine, ...]
    years: tuple[Group, ...]
    packages: tuple[PackageLine, ...]
    modes: tuple[ModeLine, ...]

    @property
    def amount(self) -> Amount:
        """The whole programme."""
        return total(line.amount for line in self.places)

    @property
    def on_site(self) -> int | None:
        """Minutes used on site in the whole programme."""
        shares = [line.on_site for line in self.places]
        return None if None in shares else sum(share or 0 for share in shares)


@dataclass(frozen=True)
class Counts:
    """A table of counts with its sums in the last row and column; rows and columns by keys."""

    rows: tuple[Group, ...]
    columns: tuple[Group, ...]
    cells: tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True)
class SideLine:
    """At how many alliance meetings a side was."""

    side: str
    meetings: Shown


@dataclass(frozen=True)
class Figures:
    """Everything that a funder report says in numbers.

    None stands where even a total would be over too few municipalities while an anonymous one is among them.
    """

    kind: ReportKind
    period: Period
    municipalities: int
    days: Days | None
    open_minutes: int | None
    """Logged for these months, but not in a closed statement: not in any other figure."""
    sessions: Counts | None
    """Held sessions by kind and mode."""
    participants: Counts | None
    """Attendances by function group."""
    persons: Persons | None
    """How many different people these were."""
    content: tuple[Content, ...] | None
    """How content they were, by kind of session."""
    sides: tuple[SideLine, ...]
    """Alliance meetings by side."""
    strategies: Counts | None
    """Strategy papers by their state at the end of the period."""

    @property
    def check_sum(self) -> str:
        """Tells whether two reports say the same, in 24 characters."""
        return hashlib.sha256(as_json(self).encode()).hexdigest()[:24]


def as_json(figures: Figures) -> str:
    """The figures as text, the same for the same figures."""
    return json.dumps(asdict(figures), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def from_json(text: str) -> Figures:
    """The figures that `as_json` wrote down."""
    found = json.loads(text)
    months = found["period"]
    return Figures(
        kind=ReportKind(found["kind"]),
        period=Period(date.fromisoformat(months["first"]), date.fromisoformat(months["last"])),
        municipalities=found["municipalities"],
        days=_days(found["days"]) if found["days"] else None,
        open_minutes=found["open_minutes"],
        sessions=_counts(found["sessions"]) if found["sessions"] else None,
        participants=_counts(found["participants"]) if found["participants"] else None,
        # Reports that were filed before these were counted say nothing of them.
        persons=_persons(found["persons"]) if found.get("persons") else None,
        content=tuple(map(_content, found["content"])) if found.get("content") is not None else None,
        sides=tuple(SideLine(each["side"], _shown(each["meetings"])) for each in found.get("sides", ())),
        strategies=_counts(found["strategies"]) if found.get("strategies") else None,
    )


def _days(found: dict[str, Any]) -> Days:
    return Days(
        places=tuple(
            PlaceLine(line["name"], line["places"], Amount(**line["amount"]), line["on_site"])
            for line in found["places"]
        ),
        years=_groups(found["years"]),
        packages=tuple(
            PackageLine(line["code"], line["title"], line["others"], tuple(Amount(**each) for each in line["years"]))
            for line in found["packages"]
        ),
        modes=tuple(ModeLine(tuple(line["modes"]), line["used"]) for line in found["modes"]),
    )


def _counts(found: dict[str, Any]) -> Counts:
    cells = tuple(tuple(_shown(cell) for cell in row) for row in found["cells"])
    return Counts(_groups(found["rows"]), _groups(found["columns"]), cells)


def _persons(found: dict[str, Any]) -> Persons:
    return Persons(*(_shown(found[part]) for part in ("persons", "repeated", "attendances")))


def _content(found: dict[str, Any]) -> Content:
    return Content(tuple(found["kinds"]), Answers(**found["answers"]))


def _shown(cell: int | str) -> Shown:
    return Hidden(cell) if isinstance(cell, str) else cell


def _groups(found: Iterable[Iterable[str]]) -> tuple[Group, ...]:
    return tuple(tuple(group) for group in found)
