"""How many different people, and how content they were: what may be told, and what nobody can reckon from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.access.small_numbers import Hidden, Shown, is_small
from komma_tracker.budget.rules import Mode
from komma_tracker.events.rules import EventKind
from komma_tracker.reports.rules.figures import as_json, from_json
from komma_tracker.reports.rules.outcomes import (
    Answers,
    Content,
    Feedback,
    Heads,
    People,
    Persons,
    published_content,
    published_persons,
)
from komma_tracker.reports.rules.publishing import ALL, Counted, publish
from tests.unit.reports.worlds import participant, source_of

COVERED = Hidden.COVERED
SECRET = frozenset({7})


@pytest.mark.parametrize(
    ("heads", "attendances", "expected"),
    [
        (Heads(40, 30), 40, Persons(30, 10, 40)),
        (Heads(40, 40), 40, Persons(40, 0, 40)),
        (Heads(40, 37), 40, Persons(COVERED, COVERED, 40)),
        (Heads(12, 4), 12, Persons(COVERED, COVERED, 12)),
        (Heads(40, 30), COVERED, Persons(COVERED, COVERED, COVERED)),
        (Heads(3, 3), Hidden.SMALL, Persons(COVERED, COVERED, Hidden.SMALL)),
    ],
)
def test_persons_and_repeated_attendances_hide_together(heads: Heads, attendances: Shown, expected: Persons) -> None:
    assert published_persons(People(heads), attendances, frozenset()) == expected


@pytest.mark.parametrize(
    ("by_place", "told"),
    [
        ({1: Heads(20, 20), 2: Heads(20, 20)}, True),
        ({1: Heads(20, 20), 7: Heads(20, 20)}, False),
        ({1: Heads(20, 20), 2: Heads(20, 20), 7: Heads(20, 20)}, True),
        ({1: Heads(20, 20), 2: Heads(20, 20), 7: Heads(20, 12)}, False),
    ],
)
def test_repeated_attendances_of_an_anonymous_municipality_need_others_too(
    by_place: Mapping[int, Heads], told: bool
) -> None:
    """Where only one series was that of the anonymous one, the difference of both numbers would be its own."""
    whole = sum(by_place.values(), Heads())

    assert (published_persons(People(whole, by_place), whole.attendances, SECRET) is not None) is told


@given(st.integers(5, 60), st.data())
def test_a_hidden_number_of_persons_could_be_several(attendances: int, data: st.DataObject) -> None:
    persons = data.draw(st.integers(1, attendances))
    found = published_persons(People(Heads(attendances, persons)), attendances, frozenset())

    assert found is not None
    if found.persons is COVERED:
        assert found.repeated is COVERED
        thought = [n for n in range(1, attendances + 1) if is_small(n) or is_small(attendances - n)]
        assert persons in thought
        assert len(thought) >= 2
    else:
        assert (found.persons, found.repeated) == (persons, attendances - persons)


def test_content_is_told_by_kind_and_kinds_of_one_anonymous_municipality_are_merged() -> None:
    training, workshop, webinar = EventKind.TRAINING, EventKind.WORKSHOP, EventKind.WEBINAR
    by_kind = {training: Answers(30, 120), workshop: Answers(6, 18), webinar: Answers(10, 45)}
    by_place = {(training, place): Answers(10, 40) for place in (1, 2, 7)} | {(workshop, 7): Answers(6, 18)}

    assert published_content(Feedback(by_kind, by_place), frozenset()) == (
        Content(("training",), Answers(30, 120)),
        Content(("workshop",), Answers(6, 18)),
        Content(("webinar",), Answers(10, 45)),
    )
    found = published_content(Feedback(by_kind, by_place), SECRET)
    assert found is not None
    assert sum((each.answers for each in found), Answers()) == Answers(46, 183)
    assert ("workshop",) not in {each.kinds for each in found}


Sitting = tuple[EventKind, frozenset[int], int, int]
"""Kind, municipalities, answers, the sum of their values."""


@st.composite
def sittings(draw: st.DrawFn) -> list[Sitting]:
    kinds = st.sampled_from([EventKind.TRAINING, EventKind.WORKSHOP, EventKind.WEBINAR])
    places = st.frozensets(st.sampled_from([1, 2, 3, 7]), max_size=3)
    answers = st.integers(5, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, 5 * n)))
    drawn = draw(st.lists(st.tuples(kinds, places, answers), max_size=8))
    return [(kind, where, *numbers) for kind, where, numbers in drawn]


def feedback_of(held: list[Sitting]) -> Feedback:
    by_kind: dict[EventKind, Answers] = {}
    by_place: dict[tuple[EventKind, int], Answers] = {}
    for kind, places, number, points in held:
        by_kind[kind] = by_kind.get(kind, Answers()) + Answers(number, points)
        for place in places:
            by_place[kind, place] = by_place.get((kind, place), Answers()) + Answers(number, points)
    return Feedback(by_kind, by_place)


@settings(deadline=None, max_examples=150)
@given(sittings())
def test_no_sum_of_lines_is_over_an_anonymous_municipality_and_fewer_than_two_others(held: list[Sitting]) -> None:
    found = published_content(feedback_of(held), SECRET)
    if found is None:
        return
    assert sum(each.answers.number for each in found) == sum(number for _, _, number, _ in held)
    for size in range(1, len(found) + 1):
        for some in combinations(found, size):
            kinds = {kind for each in some for kind in each.kinds}
            behind = Counter(place for kind, places, *_ in held if kind.value in kinds for place in places)
            assert 7 not in behind or len(behind) >= 3
    for each in found:
        assert each.answers.number >= 5
        assert 100 <= each.mean_hundredths <= 500


def test_what_is_filed_can_be_read_again() -> None:
    people = [participant(number) for number in (1, 2, 3)]
    groups = {("managers", ALL): 31, ("council", ALL): 9}
    figures = publish(
        source_of(
            {(number, "AP1", "2025", Mode.ONLINE): 60 for number in (1, 2, 3)},
            people,
            people=Counted(groups, {key: {1: number} for key, number in groups.items()}),
            heads=People(Heads(40, 37), {1: Heads(40, 37)}),
            feedback=feedback_of([(EventKind.TRAINING, frozenset({1}), 12, 50)]),
        )
    )

    assert from_json(as_json(figures)) == figures
    assert figures.persons == Persons(COVERED, COVERED, 40)
    assert figures.content == (Content(("training",), Answers(12, 50)),)


def test_a_report_filed_before_all_this_was_counted_can_still_be_read() -> None:
    figures = publish(source_of({(1, "AP1", "2025", Mode.ONLINE): 60}, [participant(1)]))
    since = {"persons", "content", "sides", "strategies"}
    old = {key: value for key, value in json.loads(as_json(figures)).items() if key not in since}

    assert from_json(json.dumps(old)) == replace(figures, persons=None, content=None, sides=(), strategies=None)
