"""From what the ledger and the calendar hold to what a funder may read: the one way, for every form of the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from komma_tracker.access.small_numbers import published
from komma_tracker.budget.rules import Mode
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.events.rules import EventKind, FunctionGroup
from komma_tracker.municipalities.rules import sort_key
from komma_tracker.reports.rules.anonymity import (
    LEAST_PLACES,
    Amounts,
    Facts,
    Group,
    Key,
    Partition,
    may_publish,
    merged,
)
from komma_tracker.reports.rules.figures import (
    NOTHING,
    Amount,
    Counts,
    Days,
    Figures,
    ModeLine,
    PackageLine,
    PlaceLine,
    total,
)
from komma_tracker.reports.rules.outcomes import Feedback, People, published_content, published_persons
from komma_tracker.reports.rules.period import BEFORE, Period, Plan, ReportKind, planned
from komma_tracker.reports.rules.sides import Meetings, published_sides

ALL: Key = ""
"""The one column of a table that has rows only."""


@dataclass(frozen=True)
class Participant:
    """A municipality in a report: without a name where it takes part anonymously.

    `was_merged`: an earlier report has shown it only together with others; it stays with them, for the difference of
    two reports must give away no more than each of them.
    """

    id: int
    code: str
    name: str | None
    was_merged: bool = False


@dataclass(frozen=True)
class Counted:
    """Sessions, people or strategy papers, by two keys: how many, and what each municipality had part in."""

    numbers: Mapping[tuple[Key, Key], int] = field(default_factory=dict[tuple[Key, Key], int])
    by_place: Mapping[tuple[Key, Key], Mapping[int, int]] = field(
        default_factory=dict[tuple[Key, Key], Mapping[int, int]]
    )


@dataclass(frozen=True)
class Source:
    """What was read for a report: minutes as of days of eight hours, by id of the municipality.

    `used` by package code and year, `by_mode` by mode: chargeable, in closed statements; `open` in none.
    """

    kind: ReportKind
    period: Period
    participants: Sequence[Participant]
    titles: Mapping[str, str]
    """Of packages, by code, as named municipalities call them."""
    plans: Mapping[int, Sequence[Plan]]
    used: Mapping[tuple[int, str, Key], int]
    by_mode: Mapping[tuple[int, Mode], int]
    open: Mapping[int, int]
    sessions: Counted
    people: Counted
    heads: People = field(default_factory=People)
    feedback: Feedback = field(default_factory=Feedback)
    meetings: Meetings = field(default_factory=Meetings)
    strategies: Counted = field(default_factory=Counted)


def publish(source: Source) -> Figures:
    """The figures of a report."""
    anonymous = frozenset(each.id for each in source.participants if each.name is None)
    sessions = _counts(source.sessions, [kind.value for kind in EventKind], [mode.value for mode in Mode], anonymous)
    participants = _counts(source.people, [group.value for group in FunctionGroup], [ALL], anonymous)
    return Figures(
        kind=source.kind,
        period=source.period,
        municipalities=len(source.participants),
        days=_Days(source, anonymous).published(),
        open_minutes=sum(source.open.values()) if _may([source.open], anonymous) else None,
        sessions=sessions,
        participants=participants,
        persons=published_persons(source.heads, participants.cells[-1][0], anonymous) if participants else None,
        content=published_content(source.feedback, anonymous),
        sides=published_sides(source.meetings, sessions, anonymous),
        strategies=_counts(source.strategies, [state.value for state in DeliverableState], [ALL], anonymous),
    )


def companions(source: Source) -> frozenset[str]:
    """Codes of the named municipalities that this report shows only together with anonymous ones."""
    anonymous = frozenset(each.id for each in source.participants if each.name is None)
    return _Days(source, anonymous).companions()


class _Days:
    """The tables of consulting days."""

    def __init__(self, source: Source, anonymous: Collection[int]) -> None:
        self.source, self.anonymous = source, anonymous
        self.amounts: defaultdict[int, dict[tuple[str, Key], Amount]] = defaultdict(dict)
        self.on_site = {each.id: source.by_mode.get((each.id, Mode.ON_SITE), 0) for each in source.participants}
        for place, plans in source.plans.items():
            for plan in plans:
                for (code, year), minutes in planned(plan, source.period).items():
                    self._add(place, code, str(year), Amount(minutes, 0))
        for (place, code, year), minutes in source.used.items():
            self._add(place, code, year, Amount(0, minutes))
        self.of_place = {each.id: total(self.amounts[each.id].values()) for each in source.participants}
        elsewhere = {place: amount.used - self.on_site[place] for place, amount in self.of_place.items()}
        self.tells_site = _may([self.on_site], anonymous) and _may([elsewhere], anonymous)

    def _add(self, place: int, code: str, year: Key, amount: Amount) -> None:
        cells = self.amounts[place]
        cells[code, year] = cells.get((code, year), NOTHING) + amount

    def published(self) -> Days | None:
        """All three tables; None where their common total may not be published."""
        totals = {place: (amount.planned, amount.used) for place, amount in self.of_place.items()}
        if not may_publish([totals], self.anonymous):
            return None
        years, packages = self._packages()
        return Days(self._places(), years, packages, self._modes())

    # by municipality

    def companions(self) -> frozenset[str]:
        """Codes of those with a name that stand together with the anonymous ones."""
        return frozenset(each.code for each in self._together() if each.name is not None)

    def _together(self) -> list[Participant]:
        """Who is shown in one line: the anonymous ones with as many others as it takes, and whoever has been before.

        Who they are depends on codes and earlier reports, not on figures: so it is the same for every period.
        """
        if not self.anonymous:
            return []
        in_line = sorted(self.source.participants, key=lambda each: (len(each.code), each.code))
        found = [each for each in in_line if each.name is None or each.was_merged]
        others = [each for each in in_line if each not in found]
        while others and not self._hide_each_other(found):
            found.append(others.pop(0))
        return found

    def _hide_each_other(self, places: Sequence[Participant]) -> bool:
        cells = ({each.id: self._measures(each.id)} for each in places)
        return len(places) >= LEAST_PLACES and may_publish(cells, self.anonymous)

    def _measures(self, place: int) -> Amounts:
        amount, on_site = self.of_place[place], self.on_site[place]
        site = (on_site, amount.used - on_site) if self.tells_site else ()
        return amount.planned, amount.used, *site

    def _places(self) -> tuple[PlaceLine, ...]:
        together = self._together()
        named = [each for each in self.source.participants if each not in together]
        lines = [self._place_line(each.name or "", [each]) for each in named]
        lines.sort(key=lambda line: sort_key(line.name))
        return (*lines, self._place_line("", together)) if together else tuple(lines)

    def _place_line(self, name: str, members: Sequence[Participant]) -> PlaceLine:
        on_site = sum(self.on_site[each.id] for each in members) if self.tells_site else None
        return PlaceLine(name, len(members), total(self.of_place[each.id] for each in members), on_site)

    # by work package and year

    def _packages(self) -> tuple[tuple[Group, ...], tuple[PackageLine, ...]]:
        cells: defaultdict[tuple[Key, Key], dict[int, Amounts]] = defaultdict(dict)
        sums: defaultdict[tuple[Key, Key], Amount] = defaultdict(lambda: NOTHING)
        for place, amounts in self.amounts.items():
            for key, amount in amounts.items():
                cells[key][place] = (amount.planned, amount.used)
                sums[key] += amount
        codes = tuple(sorted({code for code, _ in cells}, key=lambda code: (not code, len(code), code)))
        years = tuple(sorted({year for _, year in cells}, key=lambda year: (year != BEFORE, year)))
        found = merged(Facts(codes, years, cells), self.anonymous)
        assert found is not None  # the total of this table is that of all of them
        lines = tuple(self._package_line(group, found, sums) for group in found.rows)
        return found.columns, lines

    def _package_line(self, group: Group, found: Partition, sums: Mapping[tuple[Key, Key], Amount]) -> PackageLine:
        amounts = tuple(
            total(sums[code, year] for code in group for year in years if (code, year) in sums)
            for years in found.columns
        )
        code, *others = group
        if others:  # a code that nobody else has could tell which municipality it is
            return PackageLine("", "", others=True, years=amounts)
        return PackageLine(code, self.source.titles.get(code, ""), others=False, years=amounts)

    # by mode

    def _modes(self) -> tuple[ModeLine, ...]:
        cells: defaultdict[tuple[Key, Key], dict[int, Amounts]] = defaultdict(dict)
        sums = Counter[Key]()
        for (place, mode), minutes in self.source.by_mode.items():
            cells[mode.value, ALL][place] = (minutes,)
            sums[mode.value] += minutes
        modes = [mode.value for mode in Mode if mode.value in sums]
        # Where the share on site is told by municipality, it is told here too: never mixed with anything else.
        alone = [Mode.ON_SITE.value] if self.tells_site and Mode.ON_SITE.value in modes else []
        others = tuple(mode for mode in modes if mode not in alone)
        found = merged(Facts(others, (ALL,), cells), self.anonymous) if others else None
        groups = [*((mode,) for mode in alone), *(found.rows if found else ())]
        return tuple(ModeLine(group, sum(sums[mode] for mode in group)) for group in groups)


def _counts(counted: Counted, rows: Iterable[Key], columns: Iterable[Key], anonymous: Collection[int]) -> Counts | None:
    """A table of counts, first merged for the sake of anonymous municipalities, then without small cells."""
    numbers = counted.numbers
    rows = tuple(row for row in rows if any(key[0] == row for key in numbers))
    columns = tuple(column for column in columns if any(key[1] == column for key in numbers))
    cells = {
        key: {place: (number,) for place, number in by_place.items()} for key, by_place in counted.by_place.items()
    }
    found = merged(Facts(rows, columns, cells), anonymous)
    if found is None:
        return None
    sums = [
        [sum(numbers.get((row, column), 0) for row in group for column in across) for across in found.columns]
        for group in found.rows
    ]
    return Counts(found.rows, found.columns, published(sums))


def _may(parts: Iterable[Mapping[int, int]], anonymous: Collection[int]) -> bool:
    return may_publish([{place: (amount,) for place, amount in part.items()} for part in parts], anonymous)
