"""What is unusual about the time of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import pytest

from komma_tracker.contracts.rules import Terms
from komma_tracker.events.conflicts import Clash
from komma_tracker.events.hints import (
    HINT_LABELS,
    HintCode,
    Place,
    SessionHint,
    Traveller,
    Unseen,
    check_seen,
    days_of,
    hints_for_session,
)

WEDNESDAY = date(2026, 6, 10)
TERMS = Terms(
    number=0,
    effective_from=date(2026, 1, 1),
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    agreed_minutes=80 * 480,
    signed_by_municipality_on=date(2025, 12, 1),
    signed_by_carrier_on=date(2025, 12, 2),
)
EXTENDED = replace(TERMS, number=1, effective_from=date(2026, 11, 1), ends_on=date(2027, 6, 30))
UNSIGNED = replace(TERMS, signed_by_carrier_on=None)


def codes(
    *days: date, terms: tuple[Terms, ...] = (TERMS,), holidays: Mapping[date, str] | None = None
) -> list[HintCode]:
    place = Place("Stadt Neuenwerra", holidays or {}, terms)
    return [hint.code for hint in hints_for_session(days, places=[place], unassigned=[])]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((WEDNESDAY,), []),
        ((date(2026, 6, 13),), [HintCode.WEEKEND]),
        ((date(2026, 6, 14),), [HintCode.WEEKEND]),
        ((date(2026, 6, 12), date(2026, 6, 13)), [HintCode.WEEKEND]),
        ((date(2026, 1, 1),), []),
        ((date(2025, 12, 31),), [HintCode.BEFORE_TERM]),
        ((date(2026, 12, 31),), []),
        ((date(2026, 12, 31), date(2027, 1, 1)), [HintCode.AFTER_TERM]),
        ((date(2025, 6, 14),), [HintCode.WEEKEND, HintCode.BEFORE_TERM]),
    ],
)
def test_weekends_and_days_outside_the_term(days: tuple[date, ...], expected: list[HintCode]) -> None:
    assert codes(*days) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((TERMS,), [HintCode.AFTER_TERM]),
        ((TERMS, EXTENDED), []),
        ((TERMS, replace(EXTENDED, signed_by_carrier_on=None)), [HintCode.AFTER_TERM]),
        ((UNSIGNED,), [HintCode.NO_TERMS]),
        ((), [HintCode.NO_TERMS]),
    ],
)
def test_a_session_to_come_counts_on_signed_amendments(terms: tuple[Terms, ...], expected: list[HintCode]) -> None:
    assert codes(date(2027, 3, 3), terms=terms) == expected


def test_the_holidays_of_every_municipality_count() -> None:
    places = [
        Place("Stadt Neuenwerra", {WEDNESDAY: "Fronleichnam"}, [TERMS]),
        Place("Stadt Wiesenfurt", {}, [TERMS]),
        Place("Kommune 07", {WEDNESDAY: "Friedensfest", date(2026, 6, 11): "ein anderer Tag"}, [TERMS]),
    ]
    hints = hints_for_session([WEDNESDAY], places=places, unassigned=[])
    assert [(hint.code, hint.params["municipality"], hint.params["holiday"]) for hint in hints] == [
        (HintCode.PUBLIC_HOLIDAY, "Stadt Neuenwerra", "Fronleichnam"),
        (HintCode.PUBLIC_HOLIDAY, "Kommune 07", "Friedensfest"),
    ]


def test_hints_about_people_come_last_and_name_no_other_session() -> None:
    place = Place("Stadt Neuenwerra", {}, ())
    late = Traveller("Anna", clashes=frozenset(Clash))
    hints = hints_for_session(
        [WEDNESDAY], places=[place], travellers=[late, Traveller("Ben")], unassigned=[("Ben", "Stadt Neuenwerra")]
    )
    assert [hint.code for hint in hints] == [
        HintCode.NO_TERMS,
        HintCode.NOT_ASSIGNED,
        HintCode.OVERLAP,
        HintCode.TRAVEL,
    ]
    assert [hint.params for hint in hints[2:]] == [{"person": "Anna"}, {"person": "Anna", "minutes": "60"}]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 16), [10]),
        (datetime(2026, 6, 10, 9), datetime(2026, 6, 11, 0), [10]),
        (datetime(2026, 6, 10, 9), datetime(2026, 6, 11, 0, 1), [10, 11]),
        (datetime(2026, 6, 10, 0), datetime(2026, 6, 12, 12), [10, 11, 12]),
    ],
)
def test_which_dates_a_session_touches(starts: datetime, ends: datetime, expected: list[int]) -> None:
    assert [day.day for day in days_of(starts, ends)] == expected


def test_every_hint_has_its_words() -> None:
    assert set(HINT_LABELS) == set(HintCode)


def test_what_is_unusual_is_shown_once_before_it_is_saved() -> None:
    holiday = SessionHint(HintCode.PUBLIC_HOLIDAY, {"municipality": "K", "date": WEDNESDAY, "holiday": "Fronleichnam"})
    weekend, overlap = SessionHint(HintCode.WEEKEND), SessionHint(HintCode.OVERLAP, {"person": "Anna"})
    hints = [(WEDNESDAY, hint) for hint in (weekend, holiday, overlap)]
    with pytest.raises(Unseen) as asked:
        check_seen(hints, seen={holiday.mark(WEDNESDAY)})
    assert asked.value.hints == ((WEDNESDAY, overlap),)
    check_seen(hints, seen={hint.mark(WEDNESDAY) for hint in (holiday, overlap)})
    with pytest.raises(Unseen):
        check_seen(hints, seen={hint.mark(date(2026, 6, 11)) for hint in (holiday, overlap)})
