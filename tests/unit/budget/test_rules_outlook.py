"""The forecast: what the pace of three months makes of the rest of the term."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.budget.rules import Forecast, Posting, forecast, sum_of
from komma_tracker.contracts.rules import Terms
from tests.unit.budget.histories import BEGIN, DAY, END, ENGAGEMENT, contracts, dates, postings, terms

CONTRACT = terms()
TODAY = date(2024, 9, 15)
LEFT = (END - TODAY).days
MONTHS_AGO = [date(2024, 8, 15), date(2024, 7, 15), date(2024, 6, 15)]
DAYS_OF_PACE = (TODAY - MONTHS_AGO[2]).days


def a_day_each(*days: date) -> list[Posting]:
    return [Posting(day, DAY) for day in days]


def foreseen(ledger: list[Posting], planned: int = 0, on: date = TODAY, *all_terms: Terms) -> Forecast:
    result = forecast(ledger, planned, all_terms or [CONTRACT], on)
    assert result is not None
    return result


def test_another_pace_changes_what_the_pace_adds() -> None:
    ledger = a_day_each(*(TODAY - timedelta(days=days) for days in range(0, 90, 3)))
    usual, double = forecast(ledger, 0, [CONTRACT], TODAY), forecast(ledger, 0, [CONTRACT], TODAY, Fraction(2))

    assert usual is not None
    assert double is not None
    used = len(ledger) * DAY
    assert abs((double.expected - used) - 2 * (usual.expected - used)) <= 1


def test_several_forecasts_are_added_up() -> None:
    one = Forecast(agreed=80, expected=70, low=60, high=90, ends_on=date(2026, 6, 30), used_up_on=TODAY)
    other = Forecast(agreed=40, expected=45, low=41, high=50, ends_on=date(2026, 3, 31), used_up_on=None)

    assert sum_of([one, other]) == Forecast(120, 115, 101, 140, date(2026, 6, 30), None)
    assert sum_of([]) is None


def test_without_signed_terms_there_is_nothing_to_foresee() -> None:
    assert forecast(ENGAGEMENT, 0, [], TODAY) is None
    assert forecast(ENGAGEMENT, 0, [terms(signed=False)], TODAY) is None


def test_without_work_it_stays_at_the_plans() -> None:
    assert foreseen([], 5 * DAY) == Forecast(80 * DAY, 5 * DAY, 5 * DAY, 5 * DAY, END, None)


def test_the_pace_goes_on_to_the_end() -> None:
    ledger = a_day_each(date(2024, 6, 20), date(2024, 7, 20), date(2024, 8, 20))
    assert foreseen(ledger).expected == 3 * DAY + round(3 * DAY * LEFT / DAYS_OF_PACE)


def test_older_work_is_used_but_sets_no_pace() -> None:
    assert foreseen(a_day_each(MONTHS_AGO[2])).expected == DAY
    assert foreseen(a_day_each(MONTHS_AGO[2] + timedelta(days=1))).expected > DAY


def test_work_of_tomorrow_is_not_used_yet() -> None:
    assert foreseen(a_day_each(TODAY + timedelta(days=1))).expected == 0


@pytest.mark.parametrize(("planned", "expected"), [(0, 30), (10, 30), (30, 30), (40, 40)])
def test_plans_are_part_of_the_pace_until_they_exceed_it(planned: int, expected: int) -> None:
    to_come = 30 * DAY
    ledger = [Posting(TODAY, round(to_come * DAYS_OF_PACE / LEFT))]
    used = ledger[0].minutes
    assert abs(foreseen(ledger, planned * DAY).expected - used - expected * DAY) <= 2


def test_the_band_goes_from_the_slowest_to_the_quickest_month() -> None:
    ledger = [
        *a_day_each(date(2024, 6, 20)),
        *a_day_each(date(2024, 7, 20), date(2024, 7, 21)),
        *a_day_each(*[date(2024, 8, 20)] * 6),
    ]
    result = foreseen(ledger)
    assert result.low == 9 * DAY + round(DAY * LEFT / 30)
    assert result.expected == 9 * DAY + round(9 * DAY * LEFT / DAYS_OF_PACE)
    assert result.high == 9 * DAY + round(6 * DAY * LEFT / 31)


def test_a_kick_off_foretells_no_ruin() -> None:
    kick_off = date(2023, 10, 10)
    ledger = a_day_each(kick_off, kick_off, kick_off)
    young = terms(starts_on=kick_off, effective_from=kick_off)
    result = forecast(ledger, 0, [young], kick_off)
    assert result is not None
    assert result.expected == 3 * DAY + round(3 * DAY * (END - kick_off).days / 30)


def test_after_the_end_nothing_more_comes() -> None:
    for on in (END, END + timedelta(days=1), END + timedelta(days=400)):
        result = foreseen(ENGAGEMENT, 0, on)
        assert (result.low, result.expected, result.high) == (80 * DAY, 80 * DAY, 80 * DAY)


def test_before_the_term_its_whole_length_lies_ahead() -> None:
    before = BEGIN - timedelta(days=10)
    result = foreseen([Posting(before, 300)], 0, before)
    assert result.expected == 300 + round(300 * 717 / 30)


def test_before_the_term_it_cannot_run_out() -> None:
    before = BEGIN - timedelta(days=100)
    assert foreseen([], 160 * DAY, before).used_up_on == BEGIN + timedelta(days=358)


def test_reversals_alone_do_not_turn_work_back() -> None:
    ledger = [Posting(date(2024, 5, 7), 10 * DAY), Posting(TODAY, -DAY)]
    assert foreseen(ledger).expected == 9 * DAY


def test_amendments_agreed_for_later_count_from_now() -> None:
    more = terms(86, number=1, effective_from=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    result = foreseen([], 0, TODAY, CONTRACT, more)
    assert (result.agreed, result.ends_on) == (86 * DAY, date(2025, 12, 31))


@pytest.mark.parametrize(
    ("ledger", "on", "used_up_on"),
    [
        ([], TODAY, None),
        ([Posting(TODAY, 80 * DAY)], TODAY, TODAY),
        ([Posting(date(2024, 5, 7), 79 * DAY), Posting(date(2024, 6, 1), DAY)], TODAY, date(2024, 6, 1)),
        ([Posting(date(2024, 5, 7), 90 * DAY)], END + timedelta(days=9), date(2024, 5, 7)),
        ([Posting(TODAY, 40 * DAY)], TODAY, TODAY + timedelta(days=DAYS_OF_PACE)),
        ([Posting(TODAY, 20 * DAY)], TODAY, TODAY + timedelta(days=3 * DAYS_OF_PACE)),
        ([Posting(TODAY, DAY)], TODAY, None),
        ([Posting(date(2024, 5, 7), 79 * DAY)], TODAY, None),
        ([Posting(date(2025, 8, 20), 79 * DAY)], END, None),
    ],
)
def test_the_date_on_which_it_runs_out(ledger: list[Posting], on: date, used_up_on: date | None) -> None:
    assert foreseen(ledger, 0, on).used_up_on == used_up_on


@pytest.mark.parametrize(
    ("on", "low", "expected", "high"),
    [
        (date(2024, 2, 29), 66, 89, 109),
        (date(2024, 8, 31), 53, 73, 102),
        (date(2025, 2, 28), 78, 85, 90),
        (date(2025, 7, 31), 80, 81, 82),
    ],
)
def test_the_engagement_month_by_month(on: date, low: int, expected: int, high: int) -> None:
    result = foreseen(ENGAGEMENT, 0, on)
    assert tuple(round(minutes / DAY) for minutes in (result.low, result.expected, result.high)) == (
        low,
        expected,
        high,
    )


@given(postings, contracts, dates, st.integers(0, 40_000))
def test_the_forecast_lies_in_its_band_and_never_below_what_is_certain(
    ledger: list[Posting], all_terms: list[Terms], on: date, planned: int
) -> None:
    result = forecast(ledger, planned, all_terms, on)
    if result is not None:
        used = sum(each.minutes for each in ledger if each.on <= on)
        assert used + planned <= result.low <= result.expected <= result.high


@given(postings, contracts, dates, st.integers(0, 40_000))
def test_what_runs_out_within_the_term_is_foreseen_to_exceed(
    ledger: list[Posting], all_terms: list[Terms], on: date, planned: int
) -> None:
    result = forecast(ledger, planned, all_terms, on)
    if result is not None and result.used_up_on is not None and on < result.used_up_on < result.ends_on:
        assert result.expected >= result.agreed
