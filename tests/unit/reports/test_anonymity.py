"""Nobody can reckon an anonymous municipality's figures from a report, and every table adds up to the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings

from komma_tracker.budget.rules import Mode
from komma_tracker.reports.rules.anonymity import Facts, Partition, may_publish, merged
from komma_tracker.reports.rules.figures import Days, as_json, from_json
from komma_tracker.reports.rules.publishing import Participant, Source, companions, publish
from tests.unit.reports.worlds import Fact, participant, source_of, worlds

ONE_EACH = dict.fromkeys((1, 2, 3), (60,))
SECRET = frozenset({7})


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ({}, True),
        ({1: (60,)}, True),
        ({7: (60,)}, False),
        ({1: (60,), 7: (60,)}, False),
        ({1: (60,), 2: (0,), 7: (60,)}, False),
        ({1: (60,), 2: (60,), 7: (60,)}, True),
        ({1: (60,), 2: (60,), 7: (0,)}, True),
        ({1: (60, 5), 2: (60, 0), 7: (60, 5)}, False),
    ],
)
def test_an_anonymous_part_needs_two_others(cell: dict[int, tuple[int, ...]], expected: bool) -> None:
    assert may_publish([cell], SECRET) is expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({("a", "x"): ONE_EACH, ("b", "x"): ONE_EACH}, ([("a",), ("b",)], [("x",), ("y",)])),
        ({("a", "x"): ONE_EACH, ("b", "x"): {**ONE_EACH, 7: (5,)}}, ([("a",), ("b",)], [("x",), ("y",)])),
        ({("a", "x"): ONE_EACH, ("b", "x"): {7: (5,)}}, ([("a", "b")], [("x",), ("y",)])),
        ({("a", "x"): ONE_EACH, ("a", "y"): {7: (5,)}, ("b", "x"): ONE_EACH}, ([("a",), ("b",)], [("x", "y")])),
        ({("a", "x"): {1: (5,), 7: (5,)}}, None),
    ],
)
def test_rows_or_columns_merge_until_every_cell_may_be_shown(
    cells: dict[tuple[str, str], dict[int, tuple[int, ...]]],
    expected: tuple[list[tuple[str, ...]], list[tuple[str, ...]]] | None,
) -> None:
    found = merged(Facts(("a", "b"), ("x", "y"), cells), SECRET)

    assert found == (Partition(tuple(expected[0]), tuple(expected[1])) if expected else None)


def named(number: int) -> Participant:
    return participant(number)


@pytest.mark.parametrize(
    ("participants", "together"),
    [
        ([named(1), named(2)], set[str]()),
        ([named(1), named(2), named(3), participant(7, anonymous=True)], {"K01", "K02"}),
        ([named(2), named(10), named(9), participant(7, anonymous=True)], {"K02", "K09"}),
        ([named(1), named(2), participant(3, was_merged=True), participant(7, anonymous=True)], {"K03", "K01"}),
        ([named(1), participant(6, anonymous=True), participant(7, anonymous=True)], {"K01"}),
        ([named(1), *(participant(number, anonymous=True) for number in (5, 6, 7))], set[str]()),
    ],
)
def test_anonymous_municipalities_stand_together_with_the_first_others(
    participants: list[Participant], together: set[str]
) -> None:
    facts: dict[Fact, int] = {(each.id, "AP1", "2025", Mode.ON_SITE): 60 for each in participants}
    facts |= {(each.id, "AP1", "2025", Mode.ONLINE): 60 for each in participants}

    assert companions(source_of(facts, participants)) == together


def test_a_companion_without_time_of_its_own_hides_nobody() -> None:
    people = [*map(named, (1, 2, 3, 4)), participant(7, anonymous=True)]
    facts: dict[Fact, int] = {(number, "AP1", "2025", Mode.ON_SITE): 60 for number in (2, 3, 4, 7)}

    assert companions(source_of(facts, people)) == {"K01", "K02", "K03"}


def test_the_share_on_site_goes_where_it_would_tell_of_one() -> None:
    people = [*map(named, (1, 2, 3)), participant(7, anonymous=True)]
    facts: dict[Fact, int] = {(number, "AP1", "2025", Mode.ONLINE): 60 for number in (1, 2, 3)}
    days = publish(source_of({**facts, (7, "AP1", "2025", Mode.ON_SITE): 60}, people)).days

    assert days is not None
    assert days.on_site is None
    assert [set(line.modes) for line in days.modes] == [{"on_site", "online"}]


def test_nothing_is_said_of_days_while_too_few_have_any() -> None:
    people = [*map(named, (1, 2, 3)), participant(7, anonymous=True)]
    facts: dict[Fact, int] = {(number, "AP1", "2025", Mode.ONLINE): 60 for number in (1, 7)}

    assert publish(source_of(facts, people, open={7: 30})).days is None
    assert publish(source_of(facts, people, open={7: 30})).open_minutes is None
    assert publish(source_of(facts, people, open={1: 30})).open_minutes == 30


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_tables_add_up_to_the_same(world: tuple[dict[Fact, int], list[Participant]]) -> None:
    facts, people = world
    figures = publish(source_of(facts, people))

    assert from_json(as_json(figures)) == figures
    if figures.days:
        assert figures.days.amount.used == sum(facts.values())
        assert sum(line.amount.used for line in figures.days.packages) == sum(facts.values())
        assert sum(line.used for line in figures.days.modes) == sum(facts.values())


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_no_sum_or_difference_tells_of_an_anonymous_municipality(
    world: tuple[dict[Fact, int], list[Participant]],
) -> None:
    """Each published number is a sum of facts; none that is an anonymous one's, alone or with one other, follows.

    Within a table, that holds even for readers who know in which cells a municipality has anything at all.
    """
    facts, people = world
    source = source_of(facts, people)
    days = publish(source).days
    if days is None:
        return
    tables = [list(table(days, source)) for table in (by_place, by_mode, by_package_and_year)]
    used = {place for place, _, _ in source.used}
    if not {each.id for each in people if each.name is None} <= used:
        return  # that somebody has nothing at all may be seen
    for sums in tables:
        assert told(sums, list(facts), source) == []
    everything = [sums for table in tables for sums in table]
    assert told(everything, sorted(all_facts(source)), source) == []


def told(sums: Sequence[set[Fact]], order: Sequence[Fact], source: Source) -> list[set[Fact]]:
    """The secrets that follow from these sums, where only facts of this order are anything but zero."""
    known = echelon([row(order, which) for which in sums])
    return [which for which in secrets(order, source.participants) if spanned(row(order, which), known)]


def secrets(order: Sequence[Fact], people: Sequence[Participant]) -> Iterator[set[Fact]]:
    """What an anonymous municipality has, and what it has with one other: all of it, and by package, year and mode."""
    anonymous = {each.id for each in people if each.name is None}
    pairs = [{first, second} for first, second in combinations((each.id for each in people), 2)]
    for places in [*({each} for each in anonymous), *(pair for pair in pairs if pair & anonymous)]:
        theirs = {fact for fact in order if fact[0] in places}
        for some in (theirs, *({fact for fact in theirs if fact[key] == value} for key in (1, 2, 3) for value in
                               {fact[key] for fact in theirs})):  # fmt: skip
            if {fact[0] for fact in some} & anonymous:
                yield some


def by_place(days: Days, source: Source) -> Iterator[set[Fact]]:
    """The facts behind each number of minutes used that a report shows by municipality."""
    together = companions(source) | {each.code for each in source.participants if each.name is None}
    rest = {each.id for each in source.participants if each.code in together}
    for places in [rest, *({each.id} for each in source.participants if each.id not in rest)]:
        theirs = {fact for fact in all_facts(source) if fact[0] in places}
        yield theirs
        if days.on_site is not None:
            yield {fact for fact in theirs if fact[3] is Mode.ON_SITE}


def by_mode(days: Days, source: Source) -> Iterator[set[Fact]]:
    """The same of another table."""
    for each in days.modes:
        yield {fact for fact in all_facts(source) if fact[3].value in each.modes}


def by_package_and_year(days: Days, source: Source) -> Iterator[set[Fact]]:
    """The same of the third."""
    apart = {line.code for line in days.packages if not line.others}
    codes = {code for _, code, _ in source.used}
    for line in days.packages:
        which = {line.code} if not line.others else codes - apart
        for years in days.years:
            yield {fact for fact in all_facts(source) if fact[1] in which and fact[2] in years}


def all_facts(source: Source) -> set[Fact]:
    """Whatever may be; only those that are count."""
    places = [each.id for each in source.participants]
    packages, years = {code for _, code, _ in source.used}, {year for _, _, year in source.used}
    modes = {mode for _, mode in source.by_mode}
    return set(product(places, packages, years, modes))


def row(order: Sequence[Fact], which: set[Fact]) -> list[Fraction]:
    """A sum of facts as a vector."""
    return [Fraction(fact in which) for fact in order]


def echelon(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """The same space, each vector beginning further right than the one before."""
    found: list[list[Fraction]] = []
    for vector in rows:
        left = reduce(vector, found)
        if any(left):
            found.append(left)
            found.sort(key=begin)
    return found


def reduce(vector: list[Fraction], known: list[list[Fraction]]) -> list[Fraction]:
    """What is left of a vector without what the known ones make of it."""
    for other in known:
        at = begin(other)
        if vector[at]:
            factor = vector[at] / other[at]
            vector = [mine - factor * theirs for mine, theirs in zip(vector, other, strict=True)]
    return vector


def begin(vector: list[Fraction]) -> int:
    """Where it is no longer zero."""
    return next(index for index, value in enumerate(vector) if value)


def spanned(vector: list[Fraction], known: list[list[Fraction]]) -> bool:
    """Whether it can be reckoned from what is known."""
    return not any(reduce(vector, known))
