"""What people type, read in German and English form; and what cannot be read."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from datetime import date, time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access import redirects
from komma_tracker.kit import formats, paging, parse
from komma_tracker.kit.paging import Page, page_number


@pytest.mark.parametrize("module", [formats, paging, parse, redirects])
def test_the_examples_are_true(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


READ: list[tuple[Callable[[str], object], str, object]] = [
    (parse.parse_date, "22.11.2026", date(2026, 11, 22)),
    (parse.parse_date, " 2. 3. 2026 ", date(2026, 3, 2)),
    (parse.parse_date, "2.3.26", date(2026, 3, 2)),
    (parse.parse_date, "2026-11-22", date(2026, 11, 22)),
    (parse.parse_date, "29.02.2028", date(2028, 2, 29)),
    (parse.parse_decimal, "12", Fraction(12)),
    (parse.parse_decimal, "12,25", Fraction(49, 4)),
    (parse.parse_decimal, "12.25", Fraction(49, 4)),
    (parse.parse_decimal, "½", Fraction(1, 2)),
    (parse.parse_decimal, "1 ¾", Fraction(7, 4)),
    (parse.parse_decimal, "-1½", Fraction(-3, 2)),
    (parse.parse_decimal, "−3,00", Fraction(-3)),
    *((parse.parse_date, text, date(2026, 11, 22)) for text in ("22 Nov 2026", "22. Nov. 2026", "22. November 2026")),
    *((parse.parse_date, text, date(2026, 3, 2)) for text in ("2. März 2026", "2 March 2026", "2 mar 2026")),
    (parse.parse_date, "1. Mai 2026", date(2026, 5, 1)),
    (parse.parse_date, "1 May 2026", date(2026, 5, 1)),
    (parse.parse_date, "5. Dezember 2026", date(2026, 12, 5)),
    (parse.parse_decimal, "−½", Fraction(-1, 2)),
    (parse.parse_decimal, "−0,5", Fraction(-1, 2)),
    (parse.parse_duration, "1:30", 90),
    (parse.parse_duration, "1:30 h", 90),
    (parse.parse_duration, "90 min", 90),
    (parse.parse_duration, "90 Minuten", 90),
    (parse.parse_duration, "1,5 h", 90),
    (parse.parse_duration, "2 Stunden", 120),
    (parse.parse_duration, "0:00", 0),
    (parse.parse_time, "9", time(9)),
    (parse.parse_time, "09:30", time(9, 30)),
    (parse.parse_time, "9.30 Uhr", time(9, 30)),
    (parse.parse_time, "23:59", time(23, 59)),
]
UNREADABLE: list[tuple[Callable[[str], object], str]] = [
    *(
        (parse.parse_date, text)
        for text in ("", "morgen", "31.02.2026", "29.02.2026", "3.12.", "2026-13-01", "1/2/2026")
    ),
    *((parse.parse_date, text) for text in ("22.11.20266", "0000-01-01", "22-11-2026", "20261122", "1.1.2026 oder so")),
    *((parse.parse_decimal, text) for text in ("", "-", "1,2,3", "1.000,5", "1e5", "½½", "1 000", "x", "NaN", "9" * 7)),
    *((parse.parse_duration, text) for text in ("", "90", "1:60", "1:3", "h", "1,5 Tage", "-1:30")),
    *((parse.parse_time, text) for text in ("", "24:00", "9:60", "9:5", "1_0:30", "+9", "neun", "9:30:00")),
]


@pytest.mark.parametrize(("read", "text", "value"), READ)
def test_what_is_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), UNREADABLE)
def test_what_cannot_be_read(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whichever: the form has its own words for it
        read(text)


@pytest.mark.parametrize(
    ("minutes", "whole"), [("0.5", 1), ("-0.5", -1), ("0.49", 0), ("1.5", 2), ("-1.5", -2), ("90", 90), ("-0.2", 0)]
)
def test_half_a_minute_is_rounded_away_from_nothing(minutes: str, whole: int) -> None:
    assert parse.whole_minutes(Fraction(minutes)) == whole


@given(st.dates())
def test_every_date_is_read_in_the_forms_in_which_it_is_shown(day: date) -> None:
    assert parse.parse_date(day.isoformat()) == day
    if day.year >= 1000:
        assert parse.parse_date(formats.short_date(day)) == day


@given(st.text(max_size=12))
def test_no_text_does_any_harm(text: str) -> None:
    for read in (parse.parse_date, parse.parse_decimal, parse.parse_duration, parse.parse_time):
        try:
            read(text)
        except ValueError:
            continue


@given(st.integers(-500_000, 500_000), st.sampled_from([390, 420, 450, 462, 480]))
def test_days_are_rounded_to_the_nearest_hundredth(minutes: int, per_day: int) -> None:
    shown = parse.parse_decimal(formats.days(minutes, per_day).replace(".", ""))
    assert abs(shown - Fraction(minutes, per_day)) <= Fraction(1, 200)
    assert formats.days(minutes, per_day, "en").replace(",", "") == formats.days(minutes, per_day).replace(
        ".", ""
    ).replace(",", ".")


@pytest.mark.parametrize(
    ("minutes", "de", "en"),
    [
        (0, "0", "0"),
        (480, "1", "1"),
        (5880, "12,25", "12.25"),
        (-120, "−0,25", "−0.25"),
        (2, "0", "0"),
        (-2, "0", "0"),
        (480 * 11067, "11.067", "11,067"),
    ],
)
def test_days_in_both_languages(minutes: int, de: str, en: str) -> None:
    assert (formats.days(minutes), formats.days(minutes, locale="en")) == (de, en)


@pytest.mark.parametrize(
    ("number", "total", "last", "offset"), [(1, 0, 1, 0), (1, 50, 1, 0), (2, 51, 2, 50), (3, 150, 3, 100)]
)
def test_pages(number: int, total: int, last: int, offset: int) -> None:
    page = Page[int]([], number, total)
    assert (page.last, page.offset) == (last, offset)


@pytest.mark.parametrize(
    ("text", "number"), [(None, 1), ("", 1), ("0", 1), ("7", 7), ("-7", 1), ("1e3", 1), ("²", 1), ("9" * 9, 1)]
)
def test_page_numbers(text: str | None, number: int) -> None:
    assert page_number(text) == number
