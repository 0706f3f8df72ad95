"""Programmes by chance, small enough to think of everything that a reader could reckon."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import strategies as st

from komma_tracker.budget.rules import Mode
from komma_tracker.reports.rules.period import BEFORE, Period, Plan, ReportKind
from komma_tracker.reports.rules.publishing import Counted, Participant, Source

PERIOD = Period(date(2025, 1, 1), date(2026, 6, 1))
Fact = tuple[int, str, str, Mode]
"""Municipality, package, year, mode."""


def participant(number: int, *, anonymous: bool = False, was_merged: bool = False) -> Participant:
    """Number 3 is K03, "Stadt 03"."""
    name = None if anonymous else f"Stadt {number:02d}"
    return Participant(number, f"K{number:02d}", name, was_merged)


def source_of(
    facts: dict[Fact, int],
    participants: list[Participant],
    *,
    plans: dict[int, list[Plan]] | None = None,
    **others: Any,
) -> Source:
    """What was read, from facts in minutes."""
    used, by_mode = Counter[tuple[int, str, str]](), Counter[tuple[int, Mode]]()
    for (place, package, year, mode), minutes in facts.items():
        used[place, package, year] += minutes
        by_mode[place, mode] += minutes
    nothing: dict[str, Any] = {"titles": {}, "open": {}, "sessions": Counted(), "people": Counted()}
    return Source(
        kind=ReportKind.INTERIM,
        period=PERIOD,
        participants=participants,
        plans=plans or {},
        used=used,
        by_mode=by_mode,
        **{**nothing, **others},
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[Fact, int], list[Participant]]:
    """Up to six municipalities, one or two of them anonymous; facts of different amounts, so that none is by accident
    the sum of others.
    """
    count = draw(st.integers(2, 6))
    anonymous = draw(st.sets(st.integers(1, count), min_size=1, max_size=2))
    keys = st.tuples(
        st.integers(1, count),
        st.sampled_from(["AP1", "AP2", ""]),
        st.sampled_from(["2025", "2026", BEFORE]),
        st.sampled_from([Mode.ON_SITE, Mode.ONLINE, Mode.PHONE]),
    )
    facts = draw(st.lists(keys, min_size=1, max_size=14, unique=True))
    merged_before = draw(st.sets(st.integers(1, count), max_size=1))
    people = [
        participant(number, anonymous=number in anonymous, was_merged=number in merged_before)
        for number in range(1, count + 1)
    ]
    return {fact: 10 + 7**index for index, fact in enumerate(facts)}, people
