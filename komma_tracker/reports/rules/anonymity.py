"""What a report may say of municipalities that take part without their name (domain 2.7, decision 8).

A figure to which an anonymous municipality adds anything is published over at least three municipalities. Rows and
columns where it would be over fewer are merged with others, and nothing is left out of the sums: so whatever a reader
adds or subtracts within a table is again a sum of cells that may be published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

LEAST_PLACES = 3
"""So many municipalities must stand behind a figure that an anonymous one is in (trust 5)."""

Key = str
"""Of a row or a column: a code, a year, a kind."""
Group = tuple[Key, ...]
"""Rows, or columns, that are published as one."""
Amounts = tuple[int, ...]
"""What a municipality adds to a cell, one number for each thing that is measured."""


@dataclass(frozen=True)
class Facts:
    """A table before anybody may see it: what each municipality, by id, adds to each cell.

    Where rows must be merged, those at the end go first.
    """

    rows: Group
    columns: Group
    cells: Mapping[tuple[Key, Key], Mapping[int, Amounts]]


@dataclass(frozen=True)
class Partition:
    """How the rows and columns of a table are put together so that every cell may be published."""

    rows: tuple[Group, ...]
    columns: tuple[Group, ...]


def may_publish(parts: Iterable[Mapping[int, Amounts]], anonymous: Collection[int]) -> bool:
    """Whether the sum of these cells, in each thing measured, holds nothing anonymous or is over enough municipalities.

    >>> may_publish([{1: (60,), 7: (30,)}], {7}), may_publish([{1: (60,)}, {2: (60,), 7: (30,)}], {7})
    (False, True)
    """
    sums = Counter[tuple[int, int]]()
    for part in parts:
        for place, amounts in part.items():
            for measure, amount in enumerate(amounts):
                sums[measure, place] += amount
    adding = Counter(measure for (measure, _), amount in sums.items() if amount)
    tells = {measure for (measure, place), amount in sums.items() if amount and place in anonymous}
    return all(adding[measure] >= LEAST_PLACES for measure in tells)


def merged(facts: Facts, anonymous: Collection[int]) -> Partition | None:
    """The finest way found to publish a table; None where not even its total may be.

    Rows are merged before columns or after them, whichever leaves more cells.
    """
    grid = _Grid(facts, anonymous)
    rows, columns = [(row,) for row in facts.rows], [(column,) for column in facts.columns]
    fewer_rows = grid.merge(rows, columns, grid.may_publish)
    by_rows = fewer_rows, grid.merge(columns, fewer_rows, lambda column, row: grid.may_publish(row, column))
    fewer_columns = grid.merge(columns, rows, lambda column, row: grid.may_publish(row, column))
    by_columns = grid.merge(rows, fewer_columns, grid.may_publish), fewer_columns
    best = max(by_rows, by_columns, key=lambda found: len(found[0]) * len(found[1]))
    if not all(grid.may_publish(row, column) for row in best[0] for column in best[1]):
        return None
    return Partition(tuple(best[0]), tuple(best[1]))


@dataclass
class _Grid:
    facts: Facts
    anonymous: Collection[int]
    known: dict[tuple[Group, Group], bool] = field(default_factory=dict[tuple[Group, Group], bool])

    def may_publish(self, rows: Group, columns: Group) -> bool:
        if (rows, columns) not in self.known:
            cells = (self.facts.cells.get((row, column), {}) for row in rows for column in columns)
            self.known[rows, columns] = may_publish(cells, self.anonymous)
        return self.known[rows, columns]

    def merge(self, lines: list[Group], across: list[Group], safe: Callable[[Group, Group], bool]) -> list[Group]:
        """The lines, with those merged that hold a cell which may not be published; with more, until none does."""
        kept = [line for line in lines if all(safe(line, other) for other in across)]
        rest = sum((line for line in lines if line not in kept), ())
        while rest and kept and not all(safe(rest, other) for other in across):
            rest = (*kept.pop(), *rest)
        return [*kept, rest] if rest else kept
