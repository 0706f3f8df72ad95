"""How a joint session is shared out: exact for each municipality and for each consultant (domain 5.4, case 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.budget.rules import Activity, split
from komma_tracker.events.shares import (
    EQUALLY,
    Booking,
    Effort,
    Sharing,
    SplitKey,
    bookings,
    check_attendance,
    check_sharing,
    planned_shares,
    weights,
)

ANNA, BERT, CLEO = 1, 2, 3
TOWN, DISTRICT, VILLAGE = 7, 8, 9
ALL = (TOWN, DISTRICT, VILLAGE)
TRAINING, PREPARATION = Activity.TRAINING, Activity.PREPARATION
CASE_11 = (Effort(ANNA, TRAINING, 480), Effort(BERT, TRAINING, 480), Effort(ANNA, PREPARATION, 240))
CAME = {TOWN: 12, DISTRICT: 8, VILLAGE: 4}


def by_municipality(booked: Iterable[Booking]) -> dict[int, int]:
    """What each bears, in minutes."""
    found = Counter[int]()
    for booking in booked:
        found[booking.municipality_id] += booking.minutes
    return dict(found)


@pytest.mark.parametrize("key", list(SplitKey))
def test_every_key_has_a_german_name(key: SplitKey) -> None:
    assert key.label


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        (EQUALLY, [400, 400, 400]),
        (Sharing(SplitKey.PARTICIPANTS), [600, 400, 200]),
        (Sharing(SplitKey.HOST, TOWN), [1200]),
        (Sharing(SplitKey.HOST, VILLAGE), [1200]),
    ],
)
def test_case_11_shares_of_1200_minutes(sharing: Sharing, expected: list[int]) -> None:
    booked = bookings(CASE_11, weights(sharing, ALL, CAME))
    assert list(by_municipality(booked).values()) == expected
    assert sum(each.minutes for each in booked) == 1200
    assert [sum(each.minutes for each in booked if each.consultant_id == who) for who in (ANNA, BERT)] == [720, 480]


@pytest.mark.parametrize(
    ("efforts", "weight_of", "expected"),
    [
        ([Effort(ANNA, TRAINING, 480)], {TOWN: 1, DISTRICT: 1}, [240, 240]),
        ([Effort(ANNA, TRAINING, 480)], {TOWN: 12, DISTRICT: 8, VILLAGE: 4}, [240, 160, 80]),
        ([Effort(ANNA, TRAINING, 480)], {TOWN: 1, DISTRICT: 0, VILLAGE: 0}, [480]),
        ([Effort(ANNA, TRAINING, 100)], {TOWN: 1, DISTRICT: 1, VILLAGE: 1}, [34, 33, 33]),
        ([Effort(ANNA, TRAINING, 2)], {TOWN: 1, DISTRICT: 1, VILLAGE: 1}, [1, 1]),
        ([Effort(ANNA, TRAINING, 500), Effort(BERT, TRAINING, 1)], dict.fromkeys(ALL, 1), [167, 167, 166, 1]),
        ([Effort(ANNA, TRAINING, 0)], {TOWN: 1}, []),
        ([], {TOWN: 1}, []),
        ([Effort(ANNA, TRAINING, 120)], {}, []),
    ],
)
def test_shared_sessions(efforts: list[Effort], weight_of: dict[int, int], expected: list[int]) -> None:
    assert [booking.minutes for booking in bookings(efforts, weight_of)] == expected


def test_two_consultants_book_two_entries() -> None:
    booked = bookings([Effort(BERT, TRAINING, 480), Effort(ANNA, TRAINING, 480)], {TOWN: 1})
    assert booked == (Booking(ANNA, TOWN, TRAINING, 480), Booking(BERT, TOWN, TRAINING, 480))


efforts_of_some = st.dictionaries(
    st.tuples(st.integers(1, 9), st.sampled_from([TRAINING, PREPARATION])), st.integers(0, 900), max_size=6
).map(lambda found: [Effort(who, activity, minutes) for (who, activity), minutes in found.items()])
weights_of_some = st.dictionaries(st.integers(1, 9), st.integers(0, 50), min_size=1, max_size=10).filter(
    lambda found: any(found.values())
)


@given(efforts_of_some, weights_of_some)
def test_it_is_exact_in_both_directions(efforts: list[Effort], weight_of: dict[int, int]) -> None:
    booked = bookings(efforts, weight_of)
    for effort in efforts:
        of_effort = [
            each for each in booked if (each.consultant_id, each.activity) == (effort.consultant_id, effort.activity)
        ]
        assert sum(each.minutes for each in of_effort) == effort.minutes
    municipalities = sorted(weight_of)
    borne = by_municipality(booked)
    to_bear = split(sum(effort.minutes for effort in efforts), [weight_of[each] for each in municipalities])
    assert tuple(borne.get(each, 0) for each in municipalities) == to_bear
    assert len({(each.consultant_id, each.activity, each.municipality_id) for each in booked}) == len(booked)
    assert all(each.minutes > 0 for each in booked)


@given(st.integers(0, 5000), st.integers(1, 12))
def test_what_is_planned_is_what_equal_parts_book(minutes: int, places: int) -> None:
    booked = bookings([Effort(ANNA, TRAINING, minutes)], dict.fromkeys(range(places), 1))
    borne = by_municipality(booked)
    assert planned_shares(minutes, [False] * places) == tuple(borne.get(each, 0) for each in range(places))


def test_the_host_is_planned_to_bear_all() -> None:
    assert planned_shares(960, [False, True, False]) == (0, 960, 0)
    assert planned_shares(960, []) == ()


@pytest.mark.parametrize(
    ("sharing", "ids", "kept"),
    [
        (Sharing(SplitKey.HOST, TOWN), ALL, Sharing(SplitKey.HOST, TOWN)),
        (Sharing(SplitKey.PARTICIPANTS, TOWN), ALL, Sharing(SplitKey.PARTICIPANTS)),
        (Sharing(SplitKey.EQUAL, TOWN), ALL, EQUALLY),
        (Sharing(SplitKey.HOST, TOWN), (TOWN,), EQUALLY),
        (Sharing(SplitKey.PARTICIPANTS), (TOWN,), EQUALLY),
        (Sharing(SplitKey.HOST), (), EQUALLY),
    ],
)
def test_what_is_kept_of_a_key(sharing: Sharing, ids: tuple[int, ...], kept: Sharing) -> None:
    assert check_sharing(sharing, ids) == kept


@pytest.mark.parametrize("host", [None, 99])
def test_a_host_takes_part(host: int | None) -> None:
    with pytest.raises(Invalid) as refusal:
        check_sharing(Sharing(SplitKey.HOST, host), ALL)
    assert refusal.value.field == "host"


@pytest.mark.parametrize("came", [{}, {TOWN: 0, DISTRICT: 0}, {99: 12}])
def test_by_participants_somebody_must_have_come(came: dict[int, int]) -> None:
    with pytest.raises(Invalid) as refusal:
        weights(Sharing(SplitKey.PARTICIPANTS), ALL, came)
    assert refusal.value.field == "split_key"


@pytest.mark.parametrize(
    ("came", "total", "fits"), [(CAME, 24, True), (CAME, 30, True), (CAME, 23, False), ({}, 0, True)]
)
def test_participants_count_once_in_the_total(came: dict[int, int], total: int, fits: bool) -> None:
    if fits:
        check_attendance(came, total)
    else:
        with pytest.raises(Invalid):
            check_attendance(came, total)
