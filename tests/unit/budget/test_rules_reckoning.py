"""What becomes of work: its month, whether the lead decides, what counts; and when a reason or a yes is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.budget.rules import (
    COUNTS_NOTHING,
    Activity,
    Approval,
    Chargeable,
    ChargeReason,
    Line,
    Mode,
    Reckoned,
    approval_needed,
    chargeable,
    check_correctable,
    check_correction_reason,
    check_decidable,
    check_late_reason,
    check_long_day,
    check_open,
    count_day,
    reasons_of,
    reckon,
)
from komma_tracker.contracts.rules import CountingRules, TravelPolicy
from tests.unit.budget.histories import BEGIN, terms

SIGNED, UNSIGNED = terms(), terms(signed=False)
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)
TODAY = date(2024, 5, 20)
NOTHING = Chargeable(0)
NO_CAP_FOR_TRAVEL = CountingRules(travel_policy=TravelPolicy.FULL)


def becomes(on: date, minutes: int = 240, *, closed: set[date] | None = None, **others: object) -> Reckoned:
    given_facts = {"all_terms": [SIGNED], "charged": 0, "reported_on": TODAY, **others}
    return reckon(
        minutes, Activity.WORKSHOP, Mode.ON_SITE, service_date=on, closed_months=closed or set(), **given_facts
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (becomes(date(2024, 4, 14)), Reckoned(APRIL, False, Approval.NOT_NEEDED, Chargeable(240))),
        (becomes(date(2024, 4, 14), closed={APRIL}), Reckoned(MAY, True, Approval.NOT_NEEDED, Chargeable(240))),
        (becomes(date(2024, 3, 14), closed={MARCH, APRIL}), Reckoned(MAY, True, Approval.NOT_NEEDED, Chargeable(240))),
        (becomes(date(2024, 3, 14), closed={APRIL}), Reckoned(MARCH, False, Approval.NOT_NEEDED, Chargeable(240))),
        # what corrects an entry goes into an open month too, but is not late
        (
            becomes(date(2024, 1, 14), closed={date(2024, 1, 1)}, correction=True),
            Reckoned(date(2024, 2, 1), False, Approval.NOT_NEEDED, Chargeable(240)),
        ),
        # what the lead has not decided on counts nothing
        (
            becomes(date(2024, 1, 14), closed={date(2024, 1, 1)}),
            Reckoned(date(2024, 2, 1), True, Approval.VERY_LATE, NOTHING),
        ),
        (becomes(date(2023, 9, 14)), Reckoned(date(2023, 9, 1), False, Approval.BEFORE_TERM, NOTHING)),
        # the rest of the day's cap
        (
            becomes(date(2024, 5, 14), 300, charged=300),
            Reckoned(MAY, False, Approval.NOT_NEEDED, Chargeable(180, (ChargeReason.CAPPED,))),
        ),
        (
            becomes(date(2024, 5, 14), 300, charged=600),
            Reckoned(MAY, False, Approval.NOT_NEEDED, Chargeable(0, (ChargeReason.CAPPED,))),
        ),
    ],
)
def test_what_becomes_of_work(found: Reckoned, expected: Reckoned) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("on", "late", "reported_on", "all_terms", "needed"),
    [
        (BEGIN, False, TODAY, [SIGNED], Approval.NOT_NEEDED),
        (date(2023, 9, 14), False, TODAY, [SIGNED], Approval.BEFORE_TERM),
        (date(2024, 4, 1), False, TODAY, [UNSIGNED], Approval.BEFORE_TERM),
        (date(2024, 4, 1), False, TODAY, [], Approval.BEFORE_TERM),
        # three months to the day are not more than three months
        (date(2024, 2, 20), True, date(2024, 5, 20), [SIGNED], Approval.NOT_NEEDED),
        (date(2024, 2, 19), True, date(2024, 5, 20), [SIGNED], Approval.VERY_LATE),
        (date(2024, 2, 29), True, date(2024, 5, 31), [SIGNED], Approval.NOT_NEEDED),
        # old work in a month that is still open is only slow
        (date(2024, 1, 8), False, TODAY, [SIGNED], Approval.NOT_NEEDED),
        (date(2023, 9, 14), True, TODAY, [SIGNED], Approval.BEFORE_TERM),
    ],
)
def test_when_the_lead_decides(
    on: date, late: bool, reported_on: date, all_terms: list[object], needed: Approval
) -> None:
    assert approval_needed(on, all_terms, late=late, reported_on=reported_on) is needed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("late", "reason", "refused"),
    [(False, "", False), (True, "", True), (True, "  ", True), (True, "krank", False)],
)
def test_what_comes_late_needs_a_reason(late: bool, reason: str, refused: bool) -> None:
    assert _refuses(lambda: check_late_reason(late, reason)) == ("reason" if refused else None)


@pytest.mark.parametrize(("reason", "refused"), [("", True), (" \n", True), ("verzählt", False)])
def test_a_correction_needs_a_reason(reason: str, refused: bool) -> None:
    assert _refuses(lambda: check_correction_reason(reason)) == ("reason" if refused else None)


@pytest.mark.parametrize(
    ("minutes", "confirmed", "refused"), [(600, False, False), (601, False, True), (601, True, False)]
)
def test_more_than_ten_hours_are_asked_about(minutes: int, confirmed: bool, refused: bool) -> None:
    assert _refuses(lambda: check_long_day(minutes, confirmed=confirmed)) == ("long_day" if refused else None)


@pytest.mark.parametrize(
    ("submitted", "reversal", "opens", "corrects"),
    [(False, False, True, False), (True, False, False, True), (False, True, False, False), (True, True, False, False)],
)
def test_an_entry_is_changed_or_corrected_and_a_reversal_neither(
    submitted: bool, reversal: bool, opens: bool, corrects: bool
) -> None:
    assert (_refuses(lambda: check_open(submitted=submitted, reversal=reversal)) is None) == opens
    assert (_refuses(lambda: check_correctable(submitted=submitted, reversal=reversal)) is None) == corrects


@pytest.mark.parametrize(
    ("approval", "target", "submitted", "allowed"),
    [
        (Approval.BEFORE_TERM, Approval.GRANTED, False, True),
        (Approval.VERY_LATE, Approval.REFUSED, False, True),
        (Approval.REFUSED, Approval.GRANTED, False, True),
        (Approval.GRANTED, Approval.REFUSED, False, True),
        (Approval.GRANTED, Approval.GRANTED, False, False),
        (Approval.NOT_NEEDED, Approval.GRANTED, False, False),
        (Approval.GRANTED, Approval.REFUSED, True, False),
    ],
)
def test_what_may_be_decided(approval: Approval, target: Approval, submitted: bool, allowed: bool) -> None:
    assert (_refuses(lambda: check_decidable(approval, target, submitted=submitted)) is None) == allowed


def test_what_counts_nothing_is_what_nobody_granted() -> None:
    assert set(Approval) - COUNTS_NOTHING == {Approval.NOT_NEEDED, Approval.GRANTED}


# A day


def line(minutes: int, fixed: int | None = None, activity: Activity = Activity.WORKSHOP) -> Line:
    return Line(minutes, activity, Mode.ON_SITE, fixed)


@pytest.mark.parametrize(
    ("lines", "counted"),
    [
        ([], []),
        ([line(480), line(60)], [480, 0]),
        ([line(240), line(480), line(60)], [240, 240, 0]),
        ([line(480), line(240, fixed=240)], [240, None]),  # what stays comes first, wherever it stands
        ([line(480, fixed=480), line(-480, fixed=-480), line(300), line(300)], [None, None, 300, 180]),
        ([line(240, fixed=0), line(480)], [None, 480]),  # not granted: it takes nothing of the cap
        ([line(480), line(270, activity=Activity.TRAVEL)], [480, 0]),
        ([line(270, activity=Activity.TRAVEL), line(480)], [270, 210]),
        ([line(480, fixed=600), line(60)], [None, 0]),
    ],
)
def test_entries_of_a_day_share_its_cap(lines: list[Line], counted: list[int | None]) -> None:
    assert [each and each.minutes for each in count_day(lines, NO_CAP_FOR_TRAVEL)] == counted


some_lines = st.lists(
    st.builds(Line, st.integers(1, 1440), st.sampled_from(Activity), st.sampled_from(Mode), st.none()), max_size=6
)


@given(some_lines, st.integers(60, 720))
def test_no_day_counts_more_than_its_cap_and_every_cut_is_explained(lines: list[Line], cap: int) -> None:
    rules = replace(NO_CAP_FOR_TRAVEL, daily_cap_minutes=cap)
    counted = [each for each in count_day(lines, rules) if each]

    assert sum(each.minutes for each in counted) <= cap
    for each, one in zip(lines, counted, strict=True):
        assert one.minutes == each.minutes or one.reasons
        assert reasons_of(one.counted_as) == one.reasons
        assert one.minutes <= chargeable(each.minutes, each.activity, each.mode, rules).minutes


@pytest.mark.parametrize("reasons", [(), (ChargeReason.CAPPED,), tuple(ChargeReason)])
def test_reasons_come_back_from_the_ledger(reasons: tuple[ChargeReason, ...]) -> None:
    kept = Chargeable(1, reasons).counted_as
    assert reasons_of(kept) == reasons
    assert len(kept) <= 160


def _refuses(check: object) -> str | None:
    try:
        check()  # type: ignore[operator]
    except Invalid as error:
        return error.field or "form"
    return None
