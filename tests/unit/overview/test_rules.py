"""Phases of a contract, and what of a sum may be shown."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.small_numbers import LEAST_CELL, Hidden
from komma_tracker.contracts.rules import Terms, until
from komma_tracker.overview.rules import Phase, WhatIf, phase_of, supposed, suppress, total_of, whole_days

STARTS, ENDS = date(2026, 1, 1), date(2026, 12, 31)


def terms(*, signed: bool = True) -> Terms:
    on = date(2025, 12, 1) if signed else None
    return Terms(
        number=0,
        effective_from=STARTS,
        starts_on=STARTS,
        ends_on=ENDS,
        agreed_minutes=80 * 480,
        signed_by_municipality_on=on,
        signed_by_carrier_on=on,
    )


@pytest.mark.parametrize(
    ("what_if", "expected"),
    [
        (WhatIf(), None),
        (WhatIf(pace_percent=50), None),
        (WhatIf(more_minutes=480), (date(2026, 5, 1), ENDS, 81 * 480)),
        (WhatIf(more_minutes=-480), (date(2026, 5, 1), ENDS, 79 * 480)),
        (WhatIf(ends_on=date(2027, 3, 31)), (date(2026, 5, 1), date(2027, 3, 31), 80 * 480)),
        (WhatIf(ends_on=date(2020, 1, 1)), (date(2026, 5, 1), STARTS, 80 * 480)),
    ],
)
def test_a_supposed_amendment_comes_after_what_is_agreed(
    what_if: WhatIf, expected: tuple[date, date, int] | None
) -> None:
    every = supposed([terms()], date(2026, 5, 1), what_if)

    assert every[0] == terms()
    assert [(each.effective_from, each.ends_on, each.agreed_minutes) for each in every[1:]] == (
        [expected] if expected else []
    )


def test_without_signatures_there_is_nothing_to_amend() -> None:
    assert supposed([terms(signed=False)], STARTS, WhatIf(more_minutes=480)) == (terms(signed=False),)


@pytest.mark.parametrize(
    ("today", "signed", "ended_on", "phase"),
    [
        (STARTS - timedelta(days=1), False, None, Phase.UNSIGNED),
        (STARTS, False, None, Phase.UNSIGNED),
        (STARTS - timedelta(days=1), True, None, Phase.UPCOMING),
        (STARTS, True, None, Phase.RUNNING),
        (ENDS, True, None, Phase.RUNNING),
        (ENDS + timedelta(days=1), True, None, Phase.OVER),
        (date(2026, 5, 31), True, date(2026, 5, 31), Phase.RUNNING),
        (date(2026, 6, 1), True, date(2026, 5, 31), Phase.OVER),
        (date(2026, 6, 1), True, date(2025, 11, 30), Phase.OVER),
    ],
)
def test_a_phase_follows_from_signatures_and_dates(
    today: date, signed: bool, ended_on: date | None, phase: Phase
) -> None:
    (only,) = until([terms(signed=signed)], ended_on)

    assert phase_of(only, today) is phase


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, {}),
        ({"a": 0}, {"a": 0}),
        ({"a": 12, "b": 7}, {"a": 12, "b": 7}),
        ({"a": 12, "b": 2, "c": 3}, {"a": 12, "b": Hidden.SMALL, "c": Hidden.SMALL}),
        ({"a": 12, "b": 4}, {"a": Hidden.COVERED, "b": Hidden.COVERED}),
        ({"a": 12, "b": 7, "c": 4}, {"a": 12, "b": Hidden.COVERED, "c": Hidden.COVERED}),
        ({"a": 12, "b": 1, "c": 1}, dict.fromkeys("abc", Hidden.COVERED)),
        ({"a": 12, "b": 4, "c": 4}, dict.fromkeys("abc", Hidden.COVERED)),
        ({"a": 0, "b": 2}, {"a": 0, "b": Hidden.SMALL}),
    ],
)
def test_small_cells_are_hidden_and_not_left_to_reckoning(
    cells: dict[str, int], expected: dict[str, int | Hidden]
) -> None:
    assert suppress(cells) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, 0),
        ({"a": 0}, 0),
        ({"a": 4}, Hidden.SMALL),
        ({"a": 1, "b": 1}, Hidden.SMALL),
        ({"a": 4, "b": 4}, Hidden.SMALL),
        ({"a": 2, "b": 3}, 5),
        ({"a": 12, "b": 2}, 14),
    ],
)
def test_a_total_is_hidden_where_it_would_tell_a_small_cell(cells: dict[str, int], expected: int | Hidden) -> None:
    assert total_of(cells) == expected


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1))
def test_no_small_cell_can_be_reckoned_from_what_is_shown(cells: dict[str, int]) -> None:
    """Whoever tries all numbers that the hidden cells could be finds more than one for each of them."""
    shown, total = suppress(cells), total_of(cells)
    hidden = [key for key, value in shown.items() if isinstance(value, Hidden)]
    if isinstance(total, Hidden) or not hidden:
        return
    numbers = [cells[key] for key in hidden]
    covered = Hidden.COVERED in shown.values()
    most = sum(numbers) if covered else LEAST_CELL - 1
    possible = [
        guess
        for guess in product(range(1, most + 1), repeat=len(hidden))
        if sum(guess) == sum(numbers) and sum(number >= LEAST_CELL for number in guess) == covered
    ]
    assert tuple(numbers) in possible
    assert all(len(set(column)) > 1 for column in zip(*possible, strict=True))


@pytest.mark.parametrize(("minutes", "days"), [(0, 0), (239, 0), (240, 1), (480, 1), (719, 1), (720, 2), (38_400, 80)])
def test_published_days_are_whole(minutes: int, days: int) -> None:
    assert whole_days(minutes) == days
