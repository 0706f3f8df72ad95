"""Splitting and counting, to the minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.budget.rules import (
    Activity,
    Chargeable,
    ChargeReason,
    Mode,
    chargeable,
    check_minutes,
    late_cancellation,
    split,
)
from komma_tracker.contracts.rules import CountingRules, Rounding, TravelPolicy

DEFAULT = CountingRules()
UP, DOWN = replace(DEFAULT, rounding=Rounding.UP), replace(DEFAULT, rounding=Rounding.DOWN)
QUARTER_DAYS = replace(UP, unit_minutes=120)
HALF, FULL = replace(DEFAULT, travel_policy=TravelPolicy.HALF), replace(DEFAULT, travel_policy=TravelPolicy.FULL)
NO_PREPARATION = replace(DEFAULT, counts_preparation=False)
FOUR_HOURS = replace(DEFAULT, min_onsite_minutes=240)
STRICT = replace(FOUR_HOURS, rounding=Rounding.DOWN, counts_preparation=False)
NO_REASON = ()

# split ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "weights", "parts"),
    [
        (480, [1], (480,)),
        (480, [1, 1], (240, 240)),
        (480, [1, 1, 1], (160, 160, 160)),
        (1200, [1, 1, 1], (400, 400, 400)),
        (1200, [12, 8, 4], (600, 400, 200)),
        (1200, [1, 0, 0], (1200, 0, 0)),
        (100, [1, 1, 1], (34, 33, 33)),
        (101, [1, 1, 1], (34, 34, 33)),
        (10, [5, 3, 1], (6, 3, 1)),
        (1, [1, 1], (1, 0)),
        (1, [1, 2], (0, 1)),
        (0, [3, 2], (0, 0)),
        (-100, [1, 1, 1], (-34, -33, -33)),
    ],
)
def test_shares(minutes: int, weights: list[int], parts: tuple[int, ...]) -> None:
    assert split(minutes, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1]])
def test_nobody_to_share_with(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(480, weights)


some_weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


@given(st.integers(-100_000, 100_000), some_weights)
def test_shares_add_up_and_none_is_a_minute_off(minutes: int, weights: list[int]) -> None:
    parts = split(minutes, weights)
    assert sum(parts) == minutes
    total = sum(weights)
    assert all(abs(part * total - minutes * weight) < total for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 100_000), some_weights)
def test_a_reversal_is_shared_like_what_it_reverses(minutes: int, weights: list[int]) -> None:
    assert split(-minutes, weights) == tuple(-part for part in split(minutes, weights))


@given(st.integers(0, 100_000), some_weights, st.integers(1, 9))
def test_only_the_proportion_of_weights_matters(minutes: int, weights: list[int], factor: int) -> None:
    assert split(minutes, weights) == split(minutes, [weight * factor for weight in weights])


# chargeable -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "activity", "mode", "rules", "charged", "reasons"),
    [
        (480, Activity.TRAINING, Mode.ON_SITE, DEFAULT, 480, NO_REASON),
        (120, Activity.COACHING, Mode.PHONE, DEFAULT, 120, NO_REASON),
        (40, Activity.COORDINATION, Mode.PHONE, DEFAULT, 40, NO_REASON),
        (40, Activity.COORDINATION, Mode.PHONE, UP, 45, ("rounded_up",)),
        (40, Activity.COORDINATION, Mode.PHONE, DOWN, 30, ("rounded_down",)),
        (40, Activity.COORDINATION, Mode.PHONE, QUARTER_DAYS, 120, ("rounded_up",)),
        (45, Activity.COORDINATION, Mode.PHONE, UP, 45, NO_REASON),
        (14, Activity.COORDINATION, Mode.PHONE, DOWN, 0, ("rounded_down",)),
        (240, Activity.PREPARATION, Mode.OFFICE, DEFAULT, 240, NO_REASON),
        (240, Activity.PREPARATION, Mode.OFFICE, NO_PREPARATION, 0, ("preparation_not_counted",)),
        (240, Activity.FOLLOW_UP, Mode.OFFICE, NO_PREPARATION, 0, ("preparation_not_counted",)),
        (240, Activity.REPORT, Mode.OFFICE, NO_PREPARATION, 0, ("preparation_not_counted",)),
        (240, Activity.ANALYSIS, Mode.OFFICE, NO_PREPARATION, 240, NO_REASON),
        (270, Activity.TRAVEL, Mode.ON_SITE, DEFAULT, 0, ("travel_not_counted",)),
        (270, Activity.TRAVEL, Mode.ON_SITE, HALF, 135, ("travel_half",)),
        (271, Activity.TRAVEL, Mode.ON_SITE, HALF, 135, ("travel_half",)),
        (270, Activity.TRAVEL, Mode.ON_SITE, FULL, 270, NO_REASON),
        (100, Activity.TRAVEL, Mode.ON_SITE, replace(FULL, min_onsite_minutes=240), 100, NO_REASON),
        (60, Activity.COMMITTEE, Mode.ON_SITE, FOUR_HOURS, 240, ("onsite_minimum",)),
        (300, Activity.COMMITTEE, Mode.ON_SITE, FOUR_HOURS, 300, NO_REASON),
        (60, Activity.COMMITTEE, Mode.ONLINE, FOUR_HOURS, 60, NO_REASON),
        (660, Activity.WORKSHOP, Mode.ON_SITE, DEFAULT, 480, ("capped",)),
        (660, Activity.WORKSHOP, Mode.ON_SITE, replace(DEFAULT, daily_cap_minutes=600), 600, ("capped",)),
        (475, Activity.WORKSHOP, Mode.ON_SITE, QUARTER_DAYS, 480, ("rounded_up",)),
        (485, Activity.WORKSHOP, Mode.ON_SITE, QUARTER_DAYS, 480, ("rounded_up", "capped")),
        (200, Activity.INTERVIEW, Mode.ON_SITE, STRICT, 240, ("rounded_down", "onsite_minimum")),
        (10, Activity.INTERVIEW, Mode.ON_SITE, STRICT, 0, ("rounded_down",)),
        (200, Activity.PREPARATION, Mode.ON_SITE, STRICT, 0, ("preparation_not_counted",)),
    ],
)
def test_what_counts_and_why(
    minutes: int, activity: Activity, mode: Mode, rules: CountingRules, charged: int, reasons: tuple[str, ...]
) -> None:
    assert chargeable(minutes, activity, mode, rules) == Chargeable(charged, tuple(map(ChargeReason, reasons)))


any_rules = st.builds(
    CountingRules,
    unit_minutes=st.integers(1, 480),
    rounding=st.sampled_from(Rounding),
    counts_preparation=st.booleans(),
    travel_policy=st.sampled_from(TravelPolicy),
    min_onsite_minutes=st.integers(0, 480),
    daily_cap_minutes=st.integers(60, 720),
)


@given(st.integers(1, 1440), st.sampled_from(Activity), st.sampled_from(Mode), any_rules)
def test_a_difference_always_has_a_reason(minutes: int, activity: Activity, mode: Mode, rules: CountingRules) -> None:
    counted = chargeable(minutes, activity, mode, rules)
    assert 0 <= counted.minutes <= rules.daily_cap_minutes
    assert bool(counted.reasons) or counted.minutes == minutes


@given(st.integers(1, 1439), st.sampled_from(Activity), st.sampled_from(Mode), any_rules)
def test_more_work_never_counts_less(minutes: int, activity: Activity, mode: Mode, rules: CountingRules) -> None:
    less, more = (chargeable(each, activity, mode, rules).minutes for each in (minutes, minutes + 1))
    assert less <= more


@pytest.mark.parametrize("reason", ChargeReason)
def test_every_reason_can_be_told(reason: ChargeReason) -> None:
    assert reason.label


@pytest.mark.parametrize(("minutes", "refused"), [(-1, True), (0, True), (1, False), (1440, False), (1441, True)])
def test_an_entry_has_some_time_and_no_more_than_a_date(minutes: int, refused: bool) -> None:
    if refused:
        with pytest.raises(Invalid) as error:
            check_minutes(minutes)
        assert error.value.field == "minutes"
    else:
        check_minutes(minutes)


@pytest.mark.parametrize(
    ("planned", "notice", "rules", "proposed"),
    [
        (480, 2, DEFAULT, 240),
        (480, 0, DEFAULT, 240),
        (480, 3, DEFAULT, 0),
        (480, 10, DEFAULT, 0),
        (480, 0, replace(DEFAULT, late_cancellation_percent=100), 480),
        (480, 0, replace(DEFAULT, late_cancellation_percent=0), 0),
        (480, 0, replace(DEFAULT, late_cancellation_working_days=0), 0),
        (101, 0, DEFAULT, 50),
    ],
)
def test_late_cancellations(planned: int, notice: int, rules: CountingRules, proposed: int) -> None:
    assert late_cancellation(planned, notice, rules) == proposed
