"""What an amendment may change, from when, how far it has come, and how it reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from komma_tracker.access.rules import Invalid
from komma_tracker.budget.rules import thresholds_passed
from komma_tracker.contracts.rules import (
    CHANGEABLE,
    RULES_IN_WORDS,
    Amended,
    AmendmentState,
    Change,
    ContractState,
    CountingRules,
    ScopeKind,
    Terms,
    Unit,
    allowance,
    amendment_state,
    amendments,
    can_amend,
    changes,
    check_amended,
    check_signing,
    state_shown,
)

DAY = 480
BEGIN, END = date(2023, 9, 15), date(2025, 8, 31)
NEW_YEAR, TODAY = date(2025, 1, 1), date(2024, 12, 10)
CONTRACT = Terms(
    number=0,
    effective_from=BEGIN,
    starts_on=BEGIN,
    ends_on=END,
    agreed_minutes=80 * DAY,
    signed_by_municipality_on=date(2023, 9, 7),
    signed_by_carrier_on=date(2023, 9, 12),
)
EXTENDED = replace(CONTRACT, number=1, effective_from=NEW_YEAR, agreed_minutes=86 * DAY)
UNSIGNED = replace(EXTENDED, signed_by_municipality_on=None, signed_by_carrier_on=None)
BY_ONE = replace(EXTENDED, signed_by_carrier_on=None)
WAITING = replace(EXTENDED, waits_for_counterpart=True)


def test_case_06_budget_extended_by_amendment() -> None:
    used = 66 * DAY
    for draft in (UNSIGNED, BY_ONE, WAITING):
        assert allowance([CONTRACT, draft], NEW_YEAR) == 80 * DAY
    both = [CONTRACT, EXTENDED]
    assert (allowance(both, date(2024, 12, 31)), allowance(both, NEW_YEAR)) == (80 * DAY, 86 * DAY)
    reached_64, reached_68_8 = 64 * DAY, 688 * DAY // 10
    assert thresholds_passed(reached_64, allowance(both, date(2024, 12, 31))) == (80,)
    assert thresholds_passed(used, allowance(both, NEW_YEAR)) == ()
    assert thresholds_passed(reached_68_8 - 1, allowance(both, NEW_YEAR)) == ()
    assert thresholds_passed(reached_68_8, allowance(both, NEW_YEAR)) == (80,)
    before = [allowance([CONTRACT], date.fromordinal(day)) for day in range(BEGIN.toordinal(), NEW_YEAR.toordinal())]
    after = [allowance(both, date.fromordinal(day)) for day in range(BEGIN.toordinal(), NEW_YEAR.toordinal())]
    assert before == after


@pytest.mark.parametrize(
    ("terms", "state"),
    [
        (UNSIGNED, AmendmentState.DRAFT),
        (BY_ONE, AmendmentState.SIGNED_BY_ONE),
        (WAITING, AmendmentState.WAITING),
        (EXTENDED, AmendmentState.SIGNED),
        (replace(EXTENDED, effective_from=TODAY), AmendmentState.EFFECTIVE),
    ],
)
def test_how_far_an_amendment_has_come(terms: Terms, state: AmendmentState) -> None:
    assert (amendment_state(terms, TODAY), bool(state.label)) == (state, True)


@pytest.mark.parametrize(
    ("state", "all_terms", "shown", "amendable"),
    [
        (ContractState.IN_FORCE, [CONTRACT], "in Kraft", True),
        (ContractState.IN_FORCE, [CONTRACT, EXTENDED], "in Kraft", True),
        (ContractState.IN_FORCE, [CONTRACT, UNSIGNED], "Nachtrag in Abstimmung", False),
        (ContractState.IN_FORCE, [CONTRACT, WAITING], "Nachtrag in Abstimmung", False),
        (ContractState.TERMINATED, [CONTRACT, UNSIGNED], "gekündigt", False),
        (ContractState.SIGNED, [CONTRACT], "gezeichnet", False),
        (ContractState.ENDED, [CONTRACT], "ausgelaufen", False),
    ],
)
def test_a_contract_with_an_amendment_under_way_says_so(
    state: ContractState, all_terms: list[Terms], shown: str, amendable: bool
) -> None:
    assert (state_shown(state, all_terms), can_amend(state, all_terms)) == (shown, amendable)


AMENDED = Amended(
    effective_from=NEW_YEAR,
    ends_on=END,
    agreed_minutes=86 * DAY,
    scope_kind=ScopeKind.WHOLE,
    units=(),
    rules=CountingRules(),
)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, ""),
        ({"effective_from": BEGIN}, ""),
        ({"effective_from": date(2023, 9, 14)}, "effective_from"),
        ({"effective_from": date(2025, 9, 1)}, "effective_from"),
        ({"ends_on": date(2024, 12, 31)}, "ends_on"),
        ({"ends_on": date(2026, 8, 31)}, ""),
        ({"agreed_minutes": 0}, "agreed_minutes"),
        ({"agreed_minutes": 80 * DAY}, None),
        ({"scope_kind": ScopeKind.UNITS}, "units"),
        ({"agreed_minutes": 80 * DAY, "scope_kind": ScopeKind.UNITS, "units": ("Dezernat II",)}, ""),
        ({"rules": CountingRules(deemed_approval_working_days=61)}, "deemed_approval_working_days"),
        ({"rules": CountingRules(minutes_per_day=468)}, ""),
    ],
)
def test_what_an_amendment_can_say(values: dict[str, Any], field: str | None) -> None:
    amended = replace(AMENDED, **values)
    if field == "":
        check_amended(amended, [CONTRACT], ())
        return
    with pytest.raises(Invalid) as refused:
        check_amended(amended, [CONTRACT], ())
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("effective_from", "closed", "first"),
    [
        (NEW_YEAR, {date(2024, 12, 1)}, None),
        (date(2024, 12, 31), {date(2024, 12, 1)}, NEW_YEAR),
        (date(2024, 11, 15), {date(2024, 11, 1)}, date(2024, 12, 1)),
        (date(2024, 12, 1), {date(2024, 11, 1)}, None),
        (date(2024, 3, 1), {date(2024, 2, 1), date(2024, 5, 1)}, date(2024, 6, 1)),
    ],
)
def test_months_that_were_submitted_stay_as_they_are(
    effective_from: date, closed: set[date], first: date | None
) -> None:
    amended = replace(AMENDED, effective_from=effective_from)
    if first is None:
        check_amended(amended, [CONTRACT], closed)
        return
    with pytest.raises(Invalid) as refused:
        check_amended(amended, [CONTRACT], closed)
    assert (refused.value.field, refused.value.params) == ("effective_from", {"first": first})


def test_each_amendment_builds_on_the_one_before() -> None:
    with pytest.raises(Invalid) as refused:
        check_amended(replace(AMENDED, effective_from=date(2024, 12, 1)), [CONTRACT, EXTENDED], ())
    assert refused.value.params == {"first": NEW_YEAR}


@pytest.mark.parametrize(
    ("municipality", "carrier", "field"),
    [
        (None, None, "signed_by_municipality_on"),
        (TODAY, None, None),
        (None, TODAY, None),
        (NEW_YEAR, TODAY, "signed_by_municipality_on"),
        (TODAY, NEW_YEAR, "signed_by_carrier_on"),
    ],
)
def test_signatures_lie_in_the_past(municipality: date | None, carrier: date | None, field: str | None) -> None:
    signed = replace(UNSIGNED, signed_by_municipality_on=municipality, signed_by_carrier_on=carrier)
    if field is None:
        check_signing(signed, TODAY)
        return
    with pytest.raises(Invalid) as refused:
        check_signing(signed, TODAY)
    assert refused.value.field == field


def test_what_changes_is_said() -> None:
    half = replace(
        EXTENDED, number=2, scope_kind=ScopeKind.UNITS, units=("Amt 50",), rules=CountingRules(counts_preparation=False)
    )
    assert changes(CONTRACT, EXTENDED) == [Change("Vereinbarte Beratungstage", Unit.DAYS, 80 * DAY, 86 * DAY)]
    assert [(each.what, each.before, each.after) for each in changes(EXTENDED, half)] == [
        ("Geltungsbereich", ScopeKind.WHOLE, ScopeKind.UNITS),
        ("Organisationseinheiten", (), ("Amt 50",)),
        ("Vor- und Nachbereitung und Berichte zählen", True, False),
    ]
    assert amendments([half, CONTRACT, EXTENDED]) == [
        (half, changes(EXTENDED, half)),
        (EXTENDED, changes(CONTRACT, EXTENDED)),
    ]


def test_every_counting_rule_has_words() -> None:
    assert set(RULES_IN_WORDS) == set(CountingRules.__dataclass_fields__)
    assert set(CHANGEABLE) | set(RULES_IN_WORDS) | {"effective_from"} == set(vars(AMENDED)) - {"rules"} | set(
        RULES_IN_WORDS
    )
