"""What a file would do, decided without a database."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from komma_tracker.budget.bulk import Booked, Likeness
from komma_tracker.budget.rules import Activity, HintCode, Mode
from komma_tracker.contracts.rules import CountingRules, Terms, TravelPolicy
from komma_tracker.exchange.columns import EntryRow
from komma_tracker.exchange.plan import Lookups, MonthSum, Place, Plan, Planner
from komma_tracker.exchange.rules import Field, Findings

DAY = date(2024, 5, 14)  # a Tuesday
TODAY = date(2024, 12, 2)
TERMS = Terms(
    number=0,
    effective_from=date(2024, 1, 1),
    starts_on=date(2024, 1, 1),
    ends_on=date(2025, 12, 31),
    agreed_minutes=80 * 480,
    rules=CountingRules(travel_policy=TravelPolicy.NONE),
    signed_by_municipality_on=date(2023, 12, 1),
    signed_by_carrier_on=date(2023, 12, 1),
)
NOTHING = Booked({}, {}, {})
ANNA, BERT = 11, 12


def place(contract_id: int = 1, code: str = "K01", used_minutes: int = 0) -> Place:
    return Place(
        municipality_id=contract_id,
        contract_id=contract_id,
        contract_version=1,
        code=code,
        label=f"Stadt {code}",
        terms=(TERMS,),
        packages={"ap1": 101},
        used_minutes=used_minutes,
        holiday=lambda day: "Tag der Arbeit" if (day.month, day.day) == (5, 1) else None,
    )


HERE, THERE = place(), place(2, "K02")
PLACES: dict[str, Place | None] = {"k01": HERE, "k02": THERE, "musterau": None}
PEOPLE: dict[str, int | None] = {"anna": ANNA, "bert": BERT, "anna@example.org": ANNA, "chris": None}


def row(number: int = 2, **values: Any) -> EntryRow:
    plain: dict[str, Any] = {
        "on": DAY, "minutes": 240, "days": None, "municipality": "K01", "activity": Activity.WORKSHOP,
        "mode": Mode.ON_SITE, "work_package": "AP1", "consultant": "Anna", "note": "Kick-off", "internal_note": "",
    }  # fmt: skip
    return EntryRow(number=number, **{**plain, **values})


def plan(*rows: EntryRow, booked: Booked = NOTHING, with_doubles: bool = False, **lookups: Any) -> Plan:
    planner = Planner(Lookups(**{"places": PLACES, "people": PEOPLE, **lookups}), {Field.CONSULTANT: "Person"})
    for each in rows:
        planner.add(each)
    return planner.finish(booked, with_doubles=with_doubles, today=TODAY)


def found(findings: Findings[Any]) -> list[tuple[str | None, str, list[range]]]:
    return [(spoken(what.column), what.message % what.params, rows) for what, rows in findings.groups.values()]


def spoken(column: str | None) -> str | None:
    return column.label if isinstance(column, Field) else column


def test_a_row_becomes_an_entry() -> None:
    (entry,) = plan(row()).entries
    facts = (entry.place, entry.consultant_id, entry.work_package_id, entry.minutes, entry.chargeable_minutes)
    assert facts == (HERE, ANNA, 101, 240, 240)


@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        (
            {"municipality": "Kiel"},
            "Kommune",
            "„Kiel“ ist keine Kommune mit Vertrag, für die Sie Tage eintragen können.",
        ),
        (
            {"municipality": "Musterau"},
            "Kommune",
            "„Musterau“ heißen mehrere Kommunen. Bitte das Kürzel angeben, zum Beispiel K01.",
        ),
        ({"municipality": ""}, "Kommune", "Diese Angabe fehlt."),
        ({"consultant": "Dora"}, "Person", "„Dora“ ist keine Beratungsperson."),
        (
            {"consultant": "Chris"},
            "Person",
            "„Chris“ heißen mehrere Personen. Bitte die E-Mail-Adresse angeben.",
        ),
        ({"consultant": ""}, "Person", "Diese Angabe fehlt."),
        ({"work_package": "AP9"}, "Arbeitspaket", "Das Arbeitspaket „AP9“ gibt es im Vertrag nicht."),
        (
            {"minutes": None, "days": Fraction(301, 100)},
            "Tage",
            "Der Umfang ist nicht mehr als 0 und höchstens 24 Stunden.",
        ),
        (
            {"minutes": None, "days": Fraction(1, 2000)},
            "Tage",
            "Der Umfang ist nicht mehr als 0 und höchstens 24 Stunden.",
        ),
    ],
)
def test_what_means_nothing_is_named(values: dict[str, Any], column: str, message: str) -> None:
    outcome = plan(row(number=7, **values))
    assert (found(outcome.faults), outcome.entries) == ([(column, message, [range(7, 8)])], [])


def test_equal_faults_are_told_together() -> None:
    outcome = plan(*(row(number, consultant="Dora") for number in (2, 3, 4, 9, 10, 12)))
    assert outcome.faults.total == 6
    assert [rows for _, _, rows in found(outcome.faults)] == [[range(2, 5), range(9, 11), range(12, 13)]]


def test_a_file_without_municipalities_is_for_the_one_chosen() -> None:
    outcome = plan(row(municipality=""), row(3), default_place=THERE)
    assert [entry.place for entry in outcome.entries] == [THERE, HERE]


def test_consultants_import_their_own_days() -> None:
    outcome = plan(row(consultant=""), row(3, consultant="anna@example.org"), row(4, consultant="Bert"), own_id=ANNA)
    assert [entry.consultant_id for entry in outcome.entries] == [ANNA, ANNA]
    assert found(outcome.faults) == [("Person", "Sie können nur eigene Tage eintragen.", [range(4, 5)])]


@pytest.mark.parametrize(
    ("minutes", "days", "expected", "remark"),
    [
        (240, None, 240, None),
        (None, Fraction(1, 4), 120, None),
        (None, Fraction(1, 3), 160, None),
        (None, Fraction(33, 100), 158, "Auf ganze Minuten gerundet: 158."),
        (160, Fraction(33, 100), 160, None),
        (240, Fraction(1, 4), 240, "Minuten und Tage passen nicht zusammen. Es gelten die Minuten."),
    ],
)
def test_days_become_minutes(minutes: int | None, days: Fraction | None, expected: int, remark: str | None) -> None:
    outcome = plan(row(minutes=minutes, days=days))
    assert outcome.entries[0].minutes == expected
    assert [message for _, message, _ in found(outcome.remarks)] == ([remark] if remark else [])


def test_counting_rules_decide_what_counts() -> None:
    outcome = plan(row(activity=Activity.TRAVEL), row(3, minutes=660))
    assert [(entry.minutes, entry.chargeable_minutes) for entry in outcome.entries] == [(240, 0), (660, 480)]


def test_a_second_import_books_nothing() -> None:
    rows = (row(), row(3), row(4, note="zweiter Teil"))
    first = plan(*rows)
    assert len({entry.import_key for entry in first.entries}) == 3
    by_key = {entry.import_key: entry.likeness for entry in first.entries}
    second = plan(*reversed(rows), booked=Booked(by_key, {first.entries[0].likeness: 3}, {}))
    assert (second.entries, second.known, second.doubles) == ([], 3, [])


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ({}, True),
        ({"number": 9}, True),
        ({"consultant": "anna@example.org"}, True),
        ({"minutes": None, "days": Fraction(1, 2)}, True),
        ({"internal_note": "neu"}, True),
        ({"on": date(2024, 5, 15)}, False),
        ({"minutes": 241}, False),
        ({"municipality": "K02"}, False),
        ({"consultant": "Bert"}, False),
        ({"work_package": ""}, False),
        ({"activity": Activity.TRAINING}, False),
        ({"note": "Kick-off 2"}, False),
    ],
)
def test_the_key_of_a_row_is_made_of_what_it_says(values: dict[str, Any], same: bool) -> None:
    keys = [plan(each).entries[0].import_key for each in (row(), row(**values))]
    assert (keys[0] == keys[1]) is same


def test_rows_that_are_equal_are_both_booked_and_pointed_out() -> None:
    outcome = plan(row(), row(3))
    assert len(outcome.entries) == 2
    assert found(outcome.remarks) == [(None, "Diese Zeile gleicht in allem einer früheren.", [range(3, 4)])]


LIKENESS = Likeness(1, ANNA, DAY, 240, Activity.WORKSHOP)


def test_what_looks_like_an_entry_typed_by_hand_is_left_out_unless_wanted() -> None:
    typed = Booked({}, {LIKENESS: 1}, {})
    rows = (row(note="Auftakt"), row(3, note="Auftakt, zweiter Teil"))
    careful, eager = plan(*rows, booked=typed), plan(*rows, booked=typed, with_doubles=True)
    assert [[entry.number for entry in outcome.doubles] for outcome in (careful, eager)] == [[2], [2]]
    assert [[entry.number for entry in outcome.entries] for outcome in (careful, eager)] == [[3], [2, 3]]


def test_an_entry_stands_for_one_row_only() -> None:
    imported = plan(row()).entries[0]
    booked = Booked({imported.import_key: imported.likeness}, {imported.likeness: 1}, {})
    outcome = plan(row(), row(3, note="etwas anderes"), booked=booked)
    assert (outcome.known, outcome.doubles, [entry.number for entry in outcome.entries]) == (1, [], [3])


def test_hints_look_at_the_whole_file_and_at_what_is_booked() -> None:
    booked = Booked({}, {}, {(ANNA, DAY): 120})
    outcome = plan(row(), row(3, note="b"), row(4, note="c", consultant="Bert"), booked=booked)
    (hint, rows), = outcome.hints.groups.values()  # fmt: skip
    assert (hint.hint.code, dict(hint.hint.params), rows) == (
        HintCode.OVER_DAILY_CAP,
        {"total": 600, "cap": 480},
        [range(3, 4)],
    )


@pytest.mark.parametrize(
    ("on", "used", "codes"),
    [
        (DAY, 0, []),
        (date(2024, 5, 1), 0, [HintCode.PUBLIC_HOLIDAY]),
        (date(2024, 5, 18), 0, [HintCode.WEEKEND]),
        (date(2023, 5, 16), 0, [HintCode.BEFORE_TERM]),
        (date(2026, 5, 14), 0, [HintCode.AFTER_TERM, HintCode.FUTURE]),
        (DAY, 80 * 480 - 240, []),
        (DAY, 80 * 480 - 239, [HintCode.OVER_ALLOWANCE]),
    ],
)
def test_hints_of_single_rows(on: date, used: int, codes: list[HintCode]) -> None:
    outcome = plan(row(on=on), places={"k01": place(used_minutes=used)})
    assert [hint.hint.code for hint, _ in outcome.hints.groups.values()] == codes


def test_sums_by_municipality_and_month() -> None:
    outcome = plan(
        row(municipality="K02"),
        row(3),
        row(4, note="b"),
        row(5, on=date(2024, 4, 2), minutes=120),
        row(6, activity=Activity.TRAVEL, on=date(2024, 4, 3)),
    )
    april, may = date(2024, 4, 1), date(2024, 5, 1)
    assert outcome.by_month() == {
        HERE: {april: MonthSum(2, 120), may: MonthSum(2, 480)},
        THERE: {may: MonthSum(1, 240)},
    }
    assert outcome.minutes == 840


def test_the_fingerprint_tells_whether_the_same_is_booked() -> None:
    one, two = plan(row(), row(3, note="b")), plan(row(), row(3, note="c"))
    assert one.fingerprint == plan(row(), row(8, note="b")).fingerprint != two.fingerprint


def test_many_findings_are_counted_but_not_all_named() -> None:
    findings = Findings[int]()
    for number in range(1000):
        findings.add(number, number, number)
        findings.add("every other", number * 2, number)
    assert (findings.total, findings.named, len(findings.groups)) == (2000, 199 + 200, 200)


# Reversals: this product's own exports have them (domain 2.3)

TAKEN_BACK = LIKENESS._replace(minutes=-240)
ASTRAY = (
    "Zu diesem Storno steht kein Eintrag in der Datei, der noch zu buchen wäre. Ein Import nimmt nichts zurück: "
    "Was schon gebucht ist, bitte hier korrigieren oder löschen, und die Datei erneut hochladen."
)
CORRECTED = (row(), row(3, minutes=-240), row(4, minutes=120))
"""An entry, its reversal, and what was right."""


def test_case_5_a_corrected_entry_comes_into_an_empty_ledger_as_what_is_right() -> None:
    outcome = plan(*CORRECTED)
    assert [(entry.number, entry.minutes) for entry in outcome.entries] == [(4, 120)]
    message = "Eintrag und Storno heben einander auf. Beide werden nicht gebucht."
    assert (found(outcome.remarks), outcome.faults.total) == ([(None, message, [range(2, 4)])], 0)


def test_a_correction_that_the_ledger_has_is_not_booked_again() -> None:
    there = Booked({}, {LIKENESS: 1, TAKEN_BACK: 1, LIKENESS._replace(minutes=120): 1}, {})
    outcome = plan(*CORRECTED, booked=there, with_doubles=False)
    assert (outcome.known, [entry.number for entry in outcome.doubles], outcome.entries) == (1, [2, 4], [])
    assert outcome.faults.total == 0


def test_importing_a_corrected_entry_twice_books_it_once() -> None:
    first = plan(*CORRECTED).entries[0]
    second = plan(*CORRECTED, booked=Booked({first.import_key: first.likeness}, {first.likeness: 1}, {}))
    assert (second.known, second.entries, second.doubles, second.faults.total) == (1, [], [], 0)


def test_of_two_equal_rows_a_reversal_takes_back_one() -> None:
    outcome = plan(row(), row(3), row(4, minutes=-240))
    assert [entry.number for entry in outcome.entries] == [3]


def test_a_reversal_takes_back_what_is_equal_in_all_else() -> None:
    outcome = plan(row(note="anderes"), row(3), row(4, minutes=-240))
    assert [entry.number for entry in outcome.entries] == [2]


@pytest.mark.parametrize(
    "there",
    [
        Booked({}, {LIKENESS: 1}, {}),
        Booked({plan(row()).entries[0].import_key: LIKENESS}, {LIKENESS: 1}, {}),
    ],
)
def test_what_the_ledger_keeps_is_taken_back_by_nobody_but_people(there: Booked) -> None:
    outcome = plan(*CORRECTED, booked=there)
    assert found(outcome.faults) == [("Minuten", ASTRAY, [range(3, 4)])]


def test_a_reversal_of_nothing_is_never_booked() -> None:
    outcome = plan(row(minutes=-240))
    assert (found(outcome.faults), outcome.entries) == ([("Minuten", ASTRAY, [range(2, 3)])], [])


def test_one_entry_typed_by_hand_does_not_stand_for_the_row_taken_back() -> None:
    there = Booked({}, {LIKENESS: 1}, {})  # the row that holds, under another package
    outcome = plan(row(work_package=""), row(3, work_package="", minutes=-240), row(4), booked=there)
    assert ([entry.number for entry in outcome.doubles], outcome.entries, outcome.faults.total) == ([4], [], 0)


# Long days


@pytest.mark.parametrize(
    ("there", "rows", "asked"),
    [
        (0, (row(minutes=600),), []),
        (0, (row(minutes=601),), [2]),
        (0, (row(minutes=480), row(3, minutes=120), row(4, minutes=1)), [4]),
        (480, (row(minutes=120), row(3, minutes=1)), [3]),
        (900, (row(minutes=15),), [2]),
        (0, (row(minutes=600), row(3, minutes=300, activity=Activity.TRAVEL)), []),
        (0, (row(minutes=600), row(3, minutes=300, consultant="Bert")), []),
    ],
)
def test_case_17_days_of_more_than_ten_hours_are_asked_about(
    there: int, rows: tuple[EntryRow, ...], asked: list[int]
) -> None:
    assert plan(*rows, booked=Booked({}, {}, {(ANNA, DAY): there})).long_days == asked


def test_case_17_who_need_not_be_asked_is_not() -> None:
    planner = Planner(Lookups(PLACES, PEOPLE), {}, believes=True)
    planner.add(row(minutes=660))
    assert planner.finish(NOTHING, with_doubles=False, today=TODAY).long_days == []
