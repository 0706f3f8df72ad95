"""Contracts: who moves them where, what a state needs, and what amendments change from when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.contracts.rules import (
    BOUNDS,
    TRANSITIONS,
    ContractState,
    CountingRules,
    Rounding,
    ScopeKind,
    Terms,
    TravelPolicy,
    allowance,
    can_transition,
    check_agreed,
    check_counting_rules,
    check_ready,
    check_scope,
    check_term,
    check_transition,
    next_states,
    terms_at_end,
    terms_in_force,
    unallocated,
)

DAY = 480
BEGIN, END = date(2023, 9, 15), date(2025, 8, 31)
CONTRACT = Terms(
    number=0,
    effective_from=BEGIN,
    starts_on=BEGIN,
    ends_on=END,
    agreed_minutes=80 * DAY,
    signed_by_municipality_on=date(2023, 9, 7),
    signed_by_carrier_on=date(2023, 9, 12),
)
AMENDMENT = replace(CONTRACT, number=1, effective_from=date(2025, 1, 1), agreed_minutes=86 * DAY)
DRAFT = replace(AMENDMENT, signed_by_carrier_on=None)

# states ---------------------------------------------------------------------------------------------------------------

LEAD_MOVES = {
    ("draft", "in_negotiation"),
    ("in_negotiation", "for_signature"),
    ("in_negotiation", "draft"),
    ("for_signature", "signed_by_one"),
    ("for_signature", "in_negotiation"),
    ("signed_by_one", "signed"),
    ("signed_by_one", "in_negotiation"),
    ("signed", "in_force"),
    ("signed", "dissolved"),
    ("in_force", "ended"),
    ("in_force", "terminated"),
    ("in_force", "dissolved"),
}


@pytest.mark.parametrize("member", [*ContractState, *ScopeKind, *Rounding, *TravelPolicy])
def test_every_member_has_a_german_name(member: ContractState | ScopeKind | Rounding | TravelPolicy) -> None:
    assert member.label


@pytest.mark.parametrize("target", ContractState)
@pytest.mark.parametrize("state", ContractState)
def test_who_moves_a_contract_where(state: ContractState, target: ContractState) -> None:
    allowed = {role for role in Role if can_transition(state, target, role)}
    assert allowed == ({Role.LEAD} if (state, target) in LEAD_MOVES else set())


def test_every_state_has_a_row() -> None:
    assert set(TRANSITIONS) == set(ContractState)


@pytest.mark.parametrize(
    ("state", "role", "expected"),
    [
        (ContractState.IN_FORCE, Role.LEAD, ("ended", "terminated", "dissolved")),
        (ContractState.IN_FORCE, Role.HEAD, ()),
        (ContractState.ENDED, Role.LEAD, ()),
    ],
)
def test_buttons(state: ContractState, role: Role, expected: tuple[str, ...]) -> None:
    assert next_states(state, role) == expected


def test_a_refusal_says_which_states() -> None:
    with pytest.raises(Invalid) as refused:
        check_transition(ContractState.ENDED, ContractState.IN_FORCE, Role.LEAD)
    assert refused.value.params == {"state": ContractState.ENDED, "target": ContractState.IN_FORCE}


def test_somebody_else_must_move_it() -> None:
    with pytest.raises(Forbidden):
        check_transition(ContractState.DRAFT, ContractState.IN_NEGOTIATION, Role.COORDINATOR)


UNSIGNED = replace(CONTRACT, signed_by_municipality_on=None, signed_by_carrier_on=None)
BY_CARRIER = replace(UNSIGNED, signed_by_carrier_on=date(2023, 9, 12))
BY_MUNICIPALITY = replace(UNSIGNED, signed_by_municipality_on=date(2023, 9, 7))


@pytest.mark.parametrize(
    ("target", "terms", "today", "field"),
    [
        (ContractState.IN_NEGOTIATION, UNSIGNED, BEGIN, None),
        (ContractState.SIGNED_BY_ONE, UNSIGNED, BEGIN, "signed_by_municipality_on"),
        (ContractState.SIGNED_BY_ONE, BY_CARRIER, BEGIN, None),
        (ContractState.SIGNED_BY_ONE, BY_MUNICIPALITY, BEGIN, None),
        (ContractState.SIGNED, BY_CARRIER, BEGIN, "signed_by_municipality_on"),
        (ContractState.SIGNED, BY_MUNICIPALITY, BEGIN, "signed_by_carrier_on"),
        (ContractState.SIGNED, CONTRACT, date(2023, 9, 12), None),
        (ContractState.IN_FORCE, BY_CARRIER, BEGIN, "signed_by_municipality_on"),
        (ContractState.IN_FORCE, CONTRACT, BEGIN - timedelta(days=1), "state"),
        (ContractState.IN_FORCE, CONTRACT, BEGIN, None),
        (ContractState.ENDED, CONTRACT, END, "state"),
        (ContractState.ENDED, CONTRACT, END + timedelta(days=1), None),
        (ContractState.TERMINATED, CONTRACT, date(2024, 8, 31), None),
    ],
)
def test_what_a_state_needs(target: ContractState, terms: Terms, today: date, field: str | None) -> None:
    if field is None:
        check_ready(target, terms, today)
    else:
        with pytest.raises(Invalid) as refused:
            check_ready(target, terms, today)
        assert refused.value.field == field


# terms ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("all_terms", "on", "days"),
    [
        ([], BEGIN, 0),
        ([CONTRACT], BEGIN - timedelta(days=1), 0),
        ([CONTRACT], BEGIN, 80),
        ([CONTRACT], END + timedelta(days=99), 80),
        ([UNSIGNED], BEGIN, 0),
        ([BY_CARRIER], BEGIN, 0),
        ([CONTRACT, AMENDMENT], date(2024, 12, 31), 80),
        ([CONTRACT, AMENDMENT], date(2025, 1, 1), 86),
        ([AMENDMENT, CONTRACT], date(2025, 1, 1), 86),
        ([CONTRACT, DRAFT], date(2025, 1, 1), 80),
        ([CONTRACT, AMENDMENT, replace(AMENDMENT, number=2, agreed_minutes=70 * DAY)], date(2025, 1, 1), 70),
        ([CONTRACT, replace(AMENDMENT, number=2, effective_from=date(2024, 6, 1)), AMENDMENT], date(2024, 7, 1), 86),
    ],
)
def test_allowance_by_date(all_terms: list[Terms], on: date, days: int) -> None:
    assert allowance(all_terms, on) == days * DAY


def test_the_past_does_not_change_when_an_amendment_comes() -> None:
    before = [allowance([CONTRACT], BEGIN + timedelta(days=day)) for day in range(474)]
    after = [allowance([CONTRACT, AMENDMENT], BEGIN + timedelta(days=day)) for day in range(474)]
    assert before == after
    assert AMENDMENT.effective_from == BEGIN + timedelta(days=474)


def test_the_end_knows_what_is_agreed_for_later() -> None:
    assert terms_at_end([CONTRACT, AMENDMENT, replace(DRAFT, number=2)]) == AMENDMENT
    assert terms_at_end([UNSIGNED]) is None


@given(
    st.permutations([CONTRACT, AMENDMENT, DRAFT, replace(AMENDMENT, number=3, agreed_minutes=1)]),
    st.dates(date(2023, 1, 1), date(2026, 1, 1)),
)
def test_the_order_of_terms_does_not_matter(shuffled: list[Terms], on: date) -> None:
    assert terms_in_force(shuffled, on) == terms_in_force(sorted(shuffled, key=lambda each: each.number), on)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refused"),
    [
        (BEGIN, END, False),
        (BEGIN, BEGIN, False),
        (BEGIN, BEGIN - timedelta(days=1), True),
        (date(2023, 9, 15), date(2033, 9, 14), False),
        (date(2023, 9, 15), date(2205, 8, 31), True),
    ],
)
def test_terms_end_after_they_begin(starts_on: date, ends_on: date, refused: bool) -> None:
    if refused:
        with pytest.raises(Invalid) as error:
            check_term(starts_on, ends_on)
        assert error.value.field == "ends_on"
    else:
        check_term(starts_on, ends_on)


@pytest.mark.parametrize("agreed", [0, -480])
def test_something_must_be_agreed(agreed: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_agreed(agreed)
    assert refused.value.field == "agreed_minutes"


def test_eighty_is_no_cap() -> None:
    check_agreed(1)
    check_agreed(500 * DAY)


@pytest.mark.parametrize(("kind", "units"), [(ScopeKind.WHOLE, []), (ScopeKind.UNITS, ["", "Dezernat II"])])
def test_scopes_that_are_taken(kind: ScopeKind, units: list[str]) -> None:
    check_scope(kind, units)


@pytest.mark.parametrize("units", [[], [""], ["  ", "\n"]])
def test_units_must_be_named(units: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_scope(ScopeKind.UNITS, units)
    assert refused.value.field == "units"


def test_the_default_rules_lie_within_bounds() -> None:
    check_counting_rules(CountingRules())
    check_counting_rules(CountingRules(minutes_per_day=468))


@pytest.mark.parametrize("beyond", [-1, 1])
@pytest.mark.parametrize("name", BOUNDS)
def test_rules_beyond_their_bounds(name: str, beyond: int) -> None:
    lowest, highest = BOUNDS[name]
    check_counting_rules(replace(CountingRules(), **{name: lowest}))
    check_counting_rules(replace(CountingRules(), **{name: highest}))
    with pytest.raises(Invalid) as refused:
        check_counting_rules(replace(CountingRules(), **{name: lowest - 1 if beyond < 0 else highest + 1}))
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("packages", "left"), [([], 80), ([8, 10, 15, 19, 20, 4, 4], 0), ([40, 30], 10), ([50, 50], -20)]
)
def test_days_without_a_work_package(packages: list[int], left: int) -> None:
    assert unallocated(80 * DAY, [days * DAY for days in packages]) == left * DAY
