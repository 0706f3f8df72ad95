"""Joining by code: what is asked when, what may be opened, what is said of answers, and the code itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.events.rules import EventKind, EventState, joining, to_instant
from komma_tracker.events.rules.joining import CODE_LENGTH, LETTERS, Phase, Satisfaction

STARTS, ENDS, ZONE = datetime(2026, 5, 20, 9), datetime(2026, 5, 20, 12), "Europe/Berlin"
OPEN = EventState.CONFIRMED


def at(state: EventState, **since_start: float) -> Phase:
    return joining.phase(state, STARTS, ENDS, ZONE, to_instant(STARTS, ZONE) + timedelta(**since_start))


@pytest.mark.parametrize(
    ("since_start", "expected"),
    [
        ({"hours": -2, "seconds": -1}, Phase.EARLY),
        ({"hours": -2}, Phase.COUNTING),
        ({"hours": 2, "minutes": 44}, Phase.COUNTING),
        ({"hours": 2, "minutes": 45}, Phase.FEEDBACK),
        ({"days": 7, "hours": 2, "minutes": 59}, Phase.FEEDBACK),
        ({"days": 7, "hours": 3}, Phase.OVER),
    ],
)
def test_what_is_asked_follows_from_the_time(since_start: dict[str, float], expected: Phase) -> None:
    assert at(OPEN, **since_start) is expected


def test_nobody_joins_what_is_called_off_and_no_head_is_counted_once_it_was_held() -> None:
    assert at(EventState.CANCELLED, hours=1) is Phase.OVER
    assert at(EventState.HELD, hours=1) is Phase.FEEDBACK


def test_a_short_session_counts_until_it_begins() -> None:
    begin = to_instant(STARTS, ZONE)
    ends = STARTS + timedelta(minutes=10)

    found = [joining.phase(OPEN, STARTS, ends, ZONE, begin + timedelta(minutes=each)) for each in (-1, 0)]

    assert found == [Phase.COUNTING, Phase.FEEDBACK]


@pytest.mark.parametrize(
    ("kind", "state", "phase", "evaluated", "passes"),
    [
        (EventKind.TRAINING, OPEN, Phase.EARLY, False, True),
        (EventKind.WEBINAR, EventState.HELD, Phase.FEEDBACK, False, True),
        (EventKind.COACHING, OPEN, Phase.EARLY, False, False),
        (EventKind.TRAINING, EventState.CANCELLED, Phase.OVER, False, False),
        (EventKind.TRAINING, OPEN, Phase.OVER, False, False),
        (EventKind.TRAINING, EventState.HELD, Phase.FEEDBACK, True, False),
    ],
)
def test_what_may_be_opened(kind: EventKind, state: EventState, phase: Phase, evaluated: bool, passes: bool) -> None:
    if passes:
        joining.check_open(kind, state, phase, evaluated=evaluated)
    else:
        with pytest.raises(Invalid):
            joining.check_open(kind, state, phase, evaluated=evaluated)


@pytest.mark.parametrize(
    ("state", "phase", "is_open", "expected"),
    [
        (EventState.HELD, Phase.FEEDBACK, True, False),
        (EventState.HELD, Phase.FEEDBACK, False, True),
        (EventState.HELD, Phase.OVER, True, True),
        (EventState.CONFIRMED, Phase.OVER, True, False),
        (EventState.CONFIRMED, Phase.FEEDBACK, False, False),
    ],
)
def test_answers_are_looked_at_once_no_more_can_come(
    state: EventState, phase: Phase, is_open: bool, expected: bool
) -> None:
    assert joining.is_evaluated(state, phase, is_open=is_open) is expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, None),
        ({1: 0, 5: 4}, None),
        ({5: 5}, Satisfaction(500, 5)),
        ({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, Satisfaction(300, 5)),
        ({3: 2, 4: 1, 5: 3}, Satisfaction(417, 6)),
        ({4: 7, 5: 1}, Satisfaction(413, 8)),
    ],
)
def test_nothing_is_said_of_fewer_than_five_answers(answers: dict[int, int], expected: Satisfaction | None) -> None:
    assert joining.satisfaction(answers) == expected


@given(st.lists(st.integers(1, 5), min_size=5))
def test_the_mean_is_exact_to_half_a_hundredth(values: list[int]) -> None:
    found = joining.mean(sum(values), len(values))
    assert abs(2 * (found * len(values) - 100 * sum(values))) <= len(values)


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_a_code_is_easy_to_type(seed: str) -> None:
    code = joining.code_of(seed, "a key")

    assert len(code) == CODE_LENGTH
    assert set(code) <= set(LETTERS)
    assert joining.read_code(f" {code[:4]}-{code[4:]} ".lower()) == code


def test_neither_seed_nor_hash_tells_a_code_without_the_key() -> None:
    code = joining.code_of("abcdefghij234567", "a key")

    assert joining.code_of("abcdefghij234567", "another key") != code
    assert joining.code_hash(code, "a key") != joining.code_hash(code, "another key")


@pytest.mark.parametrize(
    "typed", ["", "ABC", "BCDF-234", "BCDF23450", "0CDF2345", "ÄCDF2345", "BCDF\x002345", "BCDF_2345"]
)
def test_what_is_no_code_is_not_looked_up(typed: str) -> None:
    assert joining.read_code(typed) == ""
