"""Tables of counts of people: small cells are hidden, and so is whatever they could be reckoned from (domain 2.7).

A table is published with the sums of its rows and columns. Each of those sums is an equation that a reader can solve
for a hidden cell. So cells are hidden until every small one could have at least two values.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from typing import TypeVar

from komma_tracker.access.rules import N_

LEAST_CELL = 5
"""Smaller numbers of people are shown as "< 5" (domain 2.7)."""


class Hidden(StrEnum):
    """What stands in the place of a number."""

    SMALL = "small"
    COVERED = "covered"

    @property
    def label(self) -> str:
        """The German msgid."""
        return HIDDEN_LABELS[self]


HIDDEN_LABELS: Mapping[Hidden, str] = {Hidden.SMALL: N_("< 5"), Hidden.COVERED: N_("verdeckt")}

Shown = int | Hidden
K = TypeVar("K", bound=Hashable)
Place = tuple[int, int]
"""Row and column of a cell, both from 0; the last of each are the sums."""


def is_small(value: int) -> bool:
    """Whether a count of people is too small to show; nobody is nobody, and may be said.

    >>> [is_small(value) for value in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return 0 < value < LEAST_CELL


def published(counts: Sequence[Sequence[int]]) -> tuple[tuple[Shown, ...], ...]:
    """The table with a column and a row of sums, in which no small count can be read or reckoned.

    A small cell reads "< 5". What is hidden beside it reads "verdeckt"; where even these two words would give a number
    away, everything hidden reads "verdeckt".

    >>> [str(row[0]) for row in published([[12], [7], [2]])]
    ['12', 'covered', 'small', '21']
    """
    values = _with_sums(counts)
    told_apart = _Table(values, told_apart=True)
    table = told_apart if told_apart.protect() else _Table(values, told_apart=False)
    if table is not told_apart:
        table.protect()
    return tuple(tuple(table.shown((row, column)) for column in range(table.columns)) for row in range(table.rows))


def published_list(counts: Mapping[K, int]) -> tuple[dict[K, Shown], Shown]:
    """The same of one list of counts: what is shown of each, and of their sum.

    >>> published_list({"a": 12, "b": 2, "c": 3})
    ({'a': 12, 'b': <Hidden.SMALL: 'small'>, 'c': <Hidden.SMALL: 'small'>}, 17)
    """
    *cells, whole = (row[0] for row in published([[count] for count in counts.values()]))
    return dict(zip(counts, cells, strict=True)), whole


def _with_sums(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]] if rows else [[0]]


@dataclass
class _Table:
    """A table with its sums while cells of it are hidden.

    Rows and columns are the nodes of a graph, hidden cells its edges: a value can move by one where a way of hidden
    cells leads from its column back to its row, alternately more and less. Sums count with the opposite sign.
    """

    values: Sequence[Sequence[int]]
    told_apart: bool
    hidden: set[Place] = field(default_factory=set[Place])

    def __post_init__(self) -> None:
        self.rows, self.columns = len(self.values), len(self.values[0])
        self.small = [place for place in self._places() if is_small(self.value(place))]
        self.hidden = set(self.small)

    def value(self, place: Place) -> int:
        return self.values[place[0]][place[1]]

    def shown(self, place: Place) -> Shown:
        """What the reader gets of a cell."""
        if place not in self.hidden:
            return self.value(place)
        return Hidden.SMALL if self.told_apart and is_small(self.value(place)) else Hidden.COVERED

    def protect(self) -> bool:
        """Hide, beside each small cell, the least that keeps its value open. False where nothing does."""
        for place in self.small:
            ways = [way for up in (True, False) if (way := self._way(place, up=up)) is not None]
            if not ways:
                return False
            self.hidden |= min(ways, key=lambda way: (way[0], sorted(way[1])))[1]
        return True

    def _way(self, place: Place, *, up: bool) -> tuple[int, set[Place]] | None:
        """The cheapest cells through which this one can move by one: what they would cost to hide, and themselves."""
        if not self._moves(place, up=up):
            return None
        rising = up == self._counts_up(place)  # as seen from the equation, where sums count down
        begin, end = ((1, place[1]), (0, place[0])) if rising else ((0, place[0]), (1, place[1]))
        waiting: list[tuple[int, tuple[int, int], tuple[Place, ...]]] = [(0, begin, ())]
        done: set[tuple[int, int]] = set()
        while waiting:
            cost, node, way = heappop(waiting)
            if node == end:
                return cost, set(way)
            if node in done:
                continue
            done.add(node)
            for step, other in self._steps(node):
                if step != place and other not in done:
                    price = 0 if step in self.hidden else self.value(step)
                    heappush(waiting, (cost + price, other, (*way, step)))
        return None

    def _steps(self, node: tuple[int, int]) -> Iterator[tuple[Place, tuple[int, int]]]:
        """The cells by which one gets on from a row (more of a cell) or from a column (less of one)."""
        side, number = node
        for across in range(self.rows if side else self.columns):
            place = (across, number) if side else (number, across)
            if self._moves(place, up=self._counts_up(place) == (side == 0)):
                yield place, (1 - side, across)

    def _counts_up(self, place: Place) -> bool:
        return (place[0] == self.rows - 1) == (place[1] == self.columns - 1)

    def _moves(self, place: Place, *, up: bool) -> bool:
        """Whether a hidden cell could hold one more, or one less, and still bear its word."""
        value = self.value(place)
        if value == 0:
            return False  # a zero is shown
        if not self.told_apart:
            return up or value > 1
        lowest, highest = (1, LEAST_CELL - 1) if is_small(value) else (LEAST_CELL, None)
        return (highest is None or value < highest) if up else value > lowest

    def _places(self) -> Iterator[Place]:
        return ((row, column) for row in range(self.rows) for column in range(self.columns))
