"""The light: red, yellow, blue, green, and why (domain 2.4)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.budget.rules import (
    Balance,
    Forecast,
    Light,
    LightReason,
    Signal,
    balance_at,
    forecast,
    signal,
    time_progress,
)
from komma_tracker.budget.rules.light import LIGHT_OF
from tests.unit.budget.histories import BEGIN, DAY, END, ENGAGEMENT, terms

CONTRACT = terms()


def foreseen(low: int, expected: int) -> Forecast:
    return Forecast(80 * DAY, expected * DAY, low * DAY, 99 * DAY, END, None)


@pytest.mark.parametrize(
    ("agreed", "used", "progress", "outlook", "light", "reasons"),
    [
        (80, 0, 0, None, "green", ""),
        (80, 40, 50, None, "green", ""),
        (80, 40, 50, foreseen(70, 80), "green", ""),
        (80, 40, 50, foreseen(70, 81), "yellow", "forecast_may_exceed"),
        (80, 40, 50, foreseen(80, 90), "yellow", "forecast_may_exceed"),
        (80, 40, 50, foreseen(81, 90), "red", "forecast_exceeds"),
        (80, 63, 75, None, "green", ""),
        (80, 64, 75, None, "yellow", "nearly_used"),
        (80, 52, 50, None, "green", ""),
        (80, 53, 50, None, "yellow", "ahead_of_time"),
        (80, 64, 50, foreseen(70, 90), "yellow", "forecast_may_exceed nearly_used ahead_of_time"),
        (80, 24, 50, None, "green", ""),
        (80, 23, 50, None, "blue", "behind_time"),
        (80, 23, 50, foreseen(70, 90), "yellow", "forecast_may_exceed behind_time"),
        (80, 23, 50, foreseen(81, 90), "red", "forecast_exceeds behind_time"),
        (80, 0, 100, None, "blue", "behind_time"),
        (80, 80, 100, None, "red", "used_up nearly_used"),
        (80, 85, 90, foreseen(86, 86), "red", "used_up forecast_exceeds nearly_used ahead_of_time"),
        (0, 0, 50, None, "green", ""),
        (0, 1, 50, None, "red", "used_up"),
    ],
)
def test_lights(agreed: int, used: int, progress: int, outlook: Forecast | None, light: str, reasons: str) -> None:
    shown = signal(Balance(agreed * DAY, used * DAY), Fraction(progress, 100), outlook)
    assert shown == Signal(Light(light), tuple(map(LightReason, reasons.split())))


def test_every_reason_has_a_light_and_words() -> None:
    assert set(LIGHT_OF) == set(LightReason)
    assert all(member.label for member in [*Light, *LightReason])


@pytest.mark.parametrize(
    ("on", "light"),
    [
        (date(2023, 12, 31), Light.YELLOW),
        (date(2024, 8, 31), Light.GREEN),
        (date(2025, 2, 28), Light.YELLOW),
        (date(2025, 8, 31), Light.RED),
    ],
)
def test_the_engagement_is_never_alarming_before_all_is_used(on: date, light: Light) -> None:
    progress = time_progress(BEGIN, END, on)
    outlook = forecast(ENGAGEMENT, 0, [CONTRACT], on)
    assert signal(balance_at(ENGAGEMENT, [CONTRACT], on), progress, outlook).light is light


@given(st.integers(1, 100), st.integers(-20, 200), st.fractions(0, 1))
def test_green_is_what_has_no_reason(agreed: int, used: int, progress: Fraction) -> None:
    shown = signal(Balance(agreed, used), progress)
    assert (shown.light is Light.GREEN) == (shown.reasons == ())


def test_too_slow_after_half_the_term() -> None:
    half = BEGIN + timedelta(days=358)
    assert signal(Balance(80 * DAY, 10 * DAY), time_progress(BEGIN, END, half)).light is Light.BLUE
