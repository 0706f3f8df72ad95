"""Hints before an entry is saved: they warn and never block."""

from __future__ import annotations

from datetime import date

import pytest

from komma_tracker.budget.rules import Activity, Draft, Hint, HintCode, hints_for_entry
from komma_tracker.contracts.rules import CountingRules, Terms
from tests.unit.budget.histories import BEGIN, DAY, END, terms

CONTRACT = terms()
UNSIGNED = terms(signed=False)
TUESDAY, SATURDAY, SUNDAY = date(2024, 5, 7), date(2024, 5, 11), date(2024, 5, 12)
TODAY = date(2024, 6, 1)


def hints(
    on: date = TUESDAY,
    minutes: int = 240,
    *,
    charged: int | None = None,
    activity: Activity = Activity.WORKSHOP,
    same_day: int = 0,
    remaining: int = 40 * DAY,
    all_terms: tuple[Terms, ...] = (CONTRACT,),
    holiday: str | None = None,
    at_home: str | None = None,
    today: date = TODAY,
) -> tuple[Hint, ...]:
    return hints_for_entry(
        Draft(on, minutes, minutes if charged is None else charged, activity),
        same_day_minutes=same_day,
        remaining_minutes=remaining,
        rules=CountingRules(),
        all_terms=all_terms,
        holiday=holiday,
        holiday_of_person=at_home,
        today=today,
    )


BEFORE = Hint(HintCode.BEFORE_TERM, {"starts_on": BEGIN})
AFTER = Hint(HintCode.AFTER_TERM, {"ends_on": END})
LONG_AFTER = date(2030, 1, 1)


def over_cap(total: int) -> Hint:
    return Hint(HintCode.OVER_DAILY_CAP, {"total": total, "cap": 480})


def over_allowance(excess: int) -> Hint:
    return Hint(HintCode.OVER_ALLOWANCE, {"excess": excess})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (hints(), ()),
        # the daily cap, over all municipalities, without travel
        (hints(minutes=480), ()),
        (hints(minutes=481), (over_cap(481),)),
        (hints(minutes=240, same_day=240), ()),
        (hints(minutes=240, same_day=241), (over_cap(481),)),
        (hints(minutes=660, charged=480), (over_cap(660),)),
        (hints(minutes=270, charged=0, activity=Activity.TRAVEL, same_day=480), ()),
        # the date
        (hints(SATURDAY), (Hint(HintCode.WEEKEND),)),
        (hints(SUNDAY), (Hint(HintCode.WEEKEND),)),
        (hints(holiday="Fronleichnam"), (Hint(HintCode.PUBLIC_HOLIDAY, {"holiday": "Fronleichnam"}),)),
        (
            hints(SUNDAY, holiday="Ostern"),
            (Hint(HintCode.WEEKEND), Hint(HintCode.PUBLIC_HOLIDAY, {"holiday": "Ostern"})),
        ),
        (hints(at_home="Fronleichnam"), (Hint(HintCode.HOLIDAY_OF_PERSON, {"holiday": "Fronleichnam"}),)),
        (hints(TODAY, today=TODAY), (Hint(HintCode.WEEKEND),)),
        (hints(TUESDAY, today=date(2024, 5, 7)), ()),
        (hints(TUESDAY, today=date(2024, 5, 6)), (Hint(HintCode.FUTURE),)),
        # the term
        (hints(date(2023, 9, 14)), (BEFORE,)),
        (hints(BEGIN), ()),
        (hints(date(2025, 8, 29), today=LONG_AFTER), ()),
        (hints(date(2025, 9, 1), today=LONG_AFTER), (AFTER,)),
        (hints(all_terms=(UNSIGNED,)), (Hint(HintCode.NO_TERMS),)),
        (hints(date(2023, 9, 14), all_terms=(UNSIGNED,)), (BEFORE,)),
        (hints(all_terms=()), (Hint(HintCode.NO_TERMS),)),
        # the allowance
        (hints(remaining=240), ()),
        (hints(remaining=239), (over_allowance(1),)),
        (hints(remaining=-100), (over_allowance(340),)),
        (hints(remaining=-100, charged=0), ()),
        (hints(remaining=0, all_terms=()), (Hint(HintCode.NO_TERMS),)),
        # several at once, in a fixed order
        (
            hints(SUNDAY, 600, remaining=0, today=TUESDAY, holiday="Muttertag"),
            (
                over_cap(600),
                Hint(HintCode.WEEKEND),
                Hint(HintCode.PUBLIC_HOLIDAY, {"holiday": "Muttertag"}),
                Hint(HintCode.FUTURE),
                over_allowance(600),
            ),
        ),
    ],
)
def test_hints(found: tuple[Hint, ...], expected: tuple[Hint, ...]) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (over_cap(600), "An diesem Datum sind es mit diesem Eintrag 600, mehr als 480."),
        (BEFORE, "Das Datum liegt vor Vertragsbeginn am 2023-09-15."),
        (AFTER, "Das Datum liegt nach Vertragsende am 2025-08-31."),
        (over_allowance(60), "Damit ist das Kontingent um 60 überschritten."),
    ],
)
def test_params_fill_the_gaps_of_the_message(hint: Hint, text: str) -> None:
    assert hint.code.label % hint.params == text


@pytest.mark.parametrize("code", HintCode)
def test_every_hint_has_words(code: HintCode) -> None:
    assert code.label
