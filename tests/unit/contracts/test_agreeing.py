"""What a contract proposes, how its packages are told apart, and which dates it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wtforms import Form

from komma_tracker.access.rules import Invalid
from komma_tracker.contracts.forms import DayCountField
from komma_tracker.contracts.rules import (
    ACTION_LABELS,
    BOUNDS,
    OVER,
    PROGRAMME_DAYS,
    PROGRAMME_PACKAGES,
    TERMS_FIXED,
    TRANSITIONS,
    ContractState,
    Terms,
    check_end,
    check_packages,
    check_signatures,
)
from komma_tracker.kit.parse import whole_minutes

TODAY = date(2026, 5, 20)
TERMS = Terms(
    number=0,
    effective_from=date(2026, 1, 1),
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    agreed_minutes=80 * 480,
)


def test_the_programme_shares_out_all_its_days() -> None:
    assert sum(days for _, _, days in PROGRAMME_PACKAGES) == PROGRAMME_DAYS
    assert [code for code, _, _ in PROGRAMME_PACKAGES] == [f"AP{number}" for number in range(7)]


def test_a_contract_is_over_where_nothing_follows() -> None:
    assert {state for state, targets in TRANSITIONS.items() if not targets} == OVER
    assert OVER | {ContractState.IN_FORCE} == TERMS_FIXED
    assert set(ACTION_LABELS) == set(ContractState)


@pytest.mark.parametrize(
    ("codes", "twice"), [([], None), (["AP0", "AP1"], None), (["AP0", "AP1", "AP0"], "AP0"), (["AP1", "ap1"], "ap1")]
)
def test_packages_are_told_apart_by_their_codes(codes: list[str], twice: str | None) -> None:
    if twice is None:
        check_packages(codes)
        return
    with pytest.raises(Invalid) as refused:
        check_packages(codes)
    assert (refused.value.field, refused.value.params) == ("packages", {"code": twice})


@pytest.mark.parametrize(
    ("target", "municipality", "carrier", "wrong"),
    [
        (ContractState.SIGNED_BY_ONE, None, None, None),
        (ContractState.SIGNED_BY_ONE, TODAY, None, None),
        (ContractState.SIGNED_BY_ONE, None, date(2026, 5, 21), "signed_by_carrier_on"),
        (ContractState.SIGNED_BY_ONE, TODAY, TODAY, "signed_by_carrier_on"),
        (ContractState.SIGNED, TODAY, TODAY, None),
        (ContractState.SIGNED, date(2026, 5, 21), TODAY, "signed_by_municipality_on"),
    ],
)
def test_signatures_lie_in_the_past_and_fit_the_state(
    target: ContractState, municipality: date | None, carrier: date | None, wrong: str | None
) -> None:
    terms = replace(TERMS, signed_by_municipality_on=municipality, signed_by_carrier_on=carrier)
    if wrong is None:
        check_signatures(target, terms, TODAY)
        return
    with pytest.raises(Invalid) as refused:
        check_signatures(target, terms, TODAY)
    assert refused.value.field == wrong


@pytest.mark.parametrize(
    ("ended_on", "carrier_signed_on", "possible"),
    [
        (TODAY, None, True),
        (date(2026, 5, 21), None, False),
        (date(2026, 1, 1), None, True),
        (date(2025, 12, 31), None, False),
        (date(2025, 12, 31), date(2025, 12, 15), True),
        (date(2025, 12, 14), date(2025, 12, 15), False),
    ],
)
def test_a_contract_ends_after_it_was_agreed_and_not_before_the_day_is_there(
    ended_on: date, carrier_signed_on: date | None, possible: bool
) -> None:
    terms = replace(TERMS, signed_by_carrier_on=carrier_signed_on)
    if possible:
        check_end(ended_on, terms, TODAY)
        return
    with pytest.raises(Invalid) as refused:
        check_end(ended_on, terms, TODAY)
    assert refused.value.field == "ended_on"


@given(minutes=st.integers(0, 200_000), per_day=st.integers(*BOUNDS["minutes_per_day"]))
def test_days_shown_are_read_back_to_the_minute(minutes: int, per_day: int) -> None:
    field = _days()
    assert whole_minutes(field.parse(field.show(Fraction(minutes, per_day))) * per_day) == minutes


@pytest.mark.parametrize(
    ("days", "shown"),
    [(Fraction(80), "80"), (Fraction(49, 4), "12,25"), (Fraction(1, 3), "0,3333"), (Fraction(0), "0")],
)
def test_days_as_people_type_them(days: Fraction, shown: str) -> None:
    assert _days().show(days) == shown


def test_nobody_plans_negative_days() -> None:
    with pytest.raises(ValueError, match="-1"):
        _days().parse("-1")


def _days() -> DayCountField:
    class OneField(Form):
        days = DayCountField()

    field = OneField()["days"]
    assert isinstance(field, DayCountField)
    return field
