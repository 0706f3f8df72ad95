"""No small count can be read or reckoned from a table and its sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.access.small_numbers import LEAST_CELL, Hidden, Shown, is_small, published, published_list

SMALL, COVERED = Hidden.SMALL, Hidden.COVERED
HIGHEST = 7
"""No count in these tables is larger; the reader may think of somewhat larger ones."""


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], ((0,),)),
        ([[12], [7]], ((12, 12), (7, 7), (19, 19))),
        ([[12], [0]], ((12, 12), (0, 0), (12, 12))),
        ([[12], [2], [3]], ((12, 12), (SMALL, SMALL), (SMALL, SMALL), (17, 17))),
        ([[12], [7], [2]], ((12, 12), (COVERED, COVERED), (SMALL, SMALL), (21, 21))),
        ([[12], [9], [1], [1]], ((12, 12), (COVERED, COVERED), (SMALL, SMALL), (SMALL, SMALL), (23, 23))),
        ([[5], [1]], ((5, 5), (SMALL, SMALL), (COVERED, COVERED))),
        ([[5, 1], [5, 0]], ((5, SMALL, COVERED), (5, 0, 5), (10, SMALL, COVERED))),
        ([[3]], ((SMALL, SMALL), (SMALL, SMALL))),
        ([[20, 10], [3, 30]], ((COVERED, COVERED, 30), (SMALL, COVERED, 33), (23, 40, 63))),
    ],
)
def test_small_counts_hide_with_what_would_give_them_away(
    counts: list[list[int]], expected: tuple[tuple[Shown, ...], ...]
) -> None:
    assert published(counts) == expected


@pytest.mark.parametrize(
    ("counts", "cells", "whole"),
    [
        ({}, {}, 0),
        ({"a": 0}, {"a": 0}, 0),
        ({"a": 12, "b": 7}, {"a": 12, "b": 7}, 19),
        ({"a": 4}, {"a": SMALL}, SMALL),
        ({"a": 1, "b": 1}, {"a": SMALL, "b": SMALL}, SMALL),
        ({"a": 2, "b": 3}, {"a": SMALL, "b": SMALL}, 5),
        ({"a": 12, "b": 4}, {"a": COVERED, "b": SMALL}, 16),
    ],
)
def test_a_list_is_a_table_of_one_column(counts: dict[str, int], cells: dict[str, Shown], whole: Shown) -> None:
    assert published_list(counts) == (cells, whole)


@settings(deadline=None, max_examples=100)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, HIGHEST), min_size=width, max_size=width), min_size=1, max_size=4 // width
        )
    )
)
def test_every_small_count_could_be_another(counts: list[list[int]]) -> None:
    shown = published(counts)
    true = with_sums(counts)
    thought = list(readings(shown))

    assert true in thought
    for row, column in product(range(len(true)), range(len(true[0]))):
        assert shown[row][column] in (true[row][column], SMALL, COVERED)
        if is_small(true[row][column]):
            assert isinstance(shown[row][column], Hidden)
            assert len({table[row][column] for table in thought}) > 1, (row, column)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.integers(LEAST_CELL, 50), min_size=3, max_size=3), min_size=1, max_size=8))
def test_large_counts_are_shown(counts: list[list[int]]) -> None:
    assert published(counts) == tuple(tuple(row) for row in with_sums(counts))


def with_sums(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    """The table with its margins."""
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def readings(shown: Sequence[Sequence[Shown]]) -> Iterator[list[list[int]]]:
    """Every table that a reader can think of: none of the numbers and words says otherwise, and all sums are right."""
    told_apart = any(cell is SMALL for row in shown for cell in row)
    body = [row[:-1] for row in shown[:-1]]
    width = len(body[0])
    for guess in product(*(values(cell, told_apart, HIGHEST + 2) for row in body for cell in row)):
        table = with_sums([list(guess[start : start + width]) for start in range(0, len(guess), width)])
        pairs = (pair for line in zip(table, shown, strict=True) for pair in zip(*line, strict=True))
        if all(number in values(cell, told_apart, 4 * HIGHEST) for number, cell in pairs):
            yield table


def values(cell: Shown, told_apart: bool, highest: int) -> range:
    """What may stand behind a cell."""
    if not isinstance(cell, Hidden):
        return range(cell, cell + 1)
    if cell is SMALL:
        return range(1, LEAST_CELL)
    return range(LEAST_CELL if told_apart else 1, highest + 1)
