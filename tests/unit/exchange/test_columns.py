"""Headings in two languages, cells as people fill them, and faults that name their place."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest

from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.columns import EntryRow, LeftOut, Reading, read_row
from komma_tracker.exchange.formats import HEADINGS, Columns, match_columns
from komma_tracker.exchange.rules import Fault, Field
from komma_tracker.exchange.tables import Row

PLAIN = {"Datum": "2024-05-01", "Kommune": "K01", "Minuten": "240", "Tätigkeit": "Workshop", "Modus": "vor Ort"}


def columns_of(*headings: str, needs_municipality: bool = True) -> tuple[Columns, list[Fault]]:
    return match_columns(Row(1, headings), needs_municipality=needs_municipality)


def read(changes: dict[str, Any]) -> EntryRow | LeftOut | list[Fault]:
    cells = {**PLAIN, **changes}
    columns, faults = columns_of(*cells)
    assert faults == []
    return read_row(Row(7, list(cells.values())), Reading(columns))


def entry(**changes: Any) -> EntryRow:
    found = read({name.replace("_", " "): cell for name, cell in changes.items()})
    assert isinstance(found, EntryRow), found
    return found


def faults(**changes: Any) -> list[Fault]:
    found = read(changes)
    assert isinstance(found, list), found
    return found


@pytest.mark.parametrize(
    "headings",
    [
        ("Datum", "Kommune", "Minuten", "Tätigkeit", "Modus"),
        ("date", "municipality", "minutes", "activity", "mode"),
        ("DATUM", "gemeinde", "Minuten (gesamt)", "Taetigkeit", " Modus "),
        ("service_date", "code", "min", "Art", "Durchführung"),
    ],
)
def test_columns_are_found_by_german_and_english_names(headings: tuple[str, ...]) -> None:
    columns, faults = columns_of(*headings)
    order = (Field.DATE, Field.MUNICIPALITY, Field.MINUTES, Field.ACTIVITY, Field.MODE)
    assert (columns.positions, faults) == ({field: i for i, field in enumerate(order)}, [])


def test_every_name_of_a_column_stands_for_one_field_only() -> None:
    for field, names in HEADINGS.items():
        for name in names:
            assert list(columns_of(name)[0].positions) == [field]


def test_the_demonstration_file_has_all_it_needs() -> None:
    columns, faults = columns_of(
        "no", "date", "month", "work_package", "activity", "mode", "consultant", "minutes", "days",
        "description_de", "session", "cumulative_days", needs_municipality=False,
    )  # fmt: skip
    assert faults == []
    assert columns.unused == ("no", "month", "session", "cumulative_days")


def test_missing_and_doubled_columns_are_named() -> None:
    _, faults = columns_of("Datum", "Tag", "Modus")
    assert faults == [
        Fault(1, "Tag", "Diese Spalte steht für dasselbe wie „%(other)s“.", {"other": "Datum"}),
        Fault(1, Field.ACTIVITY, "Diese Spalte fehlt."),
        Fault(1, Field.MUNICIPALITY, "Diese Spalte fehlt."),
        Fault(1, Field.AMOUNT, "Diese Spalte fehlt."),
    ]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-05-01", date(2024, 5, 1)),
        ("1.5.2024", date(2024, 5, 1)),
        ("01.05.24", date(2024, 5, 1)),
        ("2024-05-01T00:00:00", date(2024, 5, 1)),
        ("2024-05-01 00:00", date(2024, 5, 1)),
        (date(2024, 5, 1), date(2024, 5, 1)),
        (datetime(2024, 5, 1), date(2024, 5, 1)),
        (45413, date(2024, 5, 1)),
        ("45413", date(2024, 5, 1)),
    ],
)
def test_dates(cell: Any, day: date) -> None:
    assert entry(Datum=cell).on == day


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("31.02.2024", "31.02.2024"),
        ("05/01/2024", "05/01/2024"),
        (12, "12"),
        (True, "True"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_what_is_no_date_is_shown(cell: Any, shown: str) -> None:
    message = "„%(value)s“ ist kein Datum. Richtig ist zum Beispiel 22.11.2026."
    assert faults(Datum=cell) == [Fault(7, "Datum", message, {"value": shown})]


def test_a_year_that_cannot_be_is_asked_about() -> None:
    assert faults(Datum="01.05.1924") == [Fault(7, "Datum", "Das Jahr %(year)s kann nicht stimmen.", {"year": 1924})]


@pytest.mark.parametrize(
    ("heading", "cell", "minutes", "days"),
    [
        ("Minuten", "240", 240, None),
        ("Minuten", 240, 240, None),
        ("Minuten", "240,0", 240, None),
        ("Minuten", "90 min", 90, None),
        ("Minuten", "1:30", 90, None),
        ("Stunden", "7,5", 450, None),
        ("Stunden", "7.5", 450, None),
        ("Stunden", 7.5, 450, None),
        ("Stunden", "1:30", 90, None),
        ("Stunden", "1,5 h", 90, None),
        ("Stunden", time(1, 30), 90, None),
        ("Stunden", timedelta(hours=10), 600, None),
        ("Tage", "0,25", None, Fraction(1, 4)),
        ("Tage", "0.25", None, Fraction(1, 4)),
        ("Tage", "½", None, Fraction(1, 2)),
        ("Tage", "1½ Tage", None, Fraction(3, 2)),
        ("Tage", "1 Tag", None, Fraction(1)),
        ("Tage", 0.25, None, Fraction(1, 4)),
        ("Tage", 1 / 3, None, Fraction(333333, 1000000)),
    ],
)
def test_amounts(heading: str, cell: Any, minutes: int | None, days: Fraction | None) -> None:
    found = entry(**{"Minuten": "", heading: cell})
    assert (found.minutes, found.days) == (minutes, days)


@pytest.mark.parametrize(
    ("heading", "cell", "message"),
    [
        ("Minuten", "viel", "„viel“ ist keine Zahl von Minuten. Richtig ist zum Beispiel 240."),
        ("Minuten", "1,5", "„1,5“ ist keine Zahl von Minuten. Richtig ist zum Beispiel 240."),
        ("Minuten", True, "„True“ ist keine Zahl von Minuten. Richtig ist zum Beispiel 240."),
        ("Minuten", "0", "„0“ ist nicht mehr als 0 und höchstens 24 Stunden."),
        ("Minuten", "-1441", "„-1441“ ist nicht mehr als 0 und höchstens 24 Stunden."),
        ("Minuten", "1441", "„1441“ ist nicht mehr als 0 und höchstens 24 Stunden."),
        ("Stunden", "x", "„x“ ist keine Zahl von Stunden. Richtig ist zum Beispiel 7,5 oder 7:30."),
        ("Tage", "halb", "„halb“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25."),
        ("Tage", "1:30", "„1:30“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25."),
        ("Tage", "4", "„4“ ist nicht mehr als 0 und höchstens 24 Stunden."),
        ("Tage", float("inf"), "„inf“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25."),
    ],
)
def test_amounts_that_say_nothing(heading: str, cell: Any, message: str) -> None:
    (fault,) = faults(**{"Minuten": "", heading: cell})
    assert (fault.row, fault.column, fault.message % fault.params) == (7, heading, message)


def test_minutes_and_days_may_both_be_given() -> None:
    found = entry(Minuten="240", Tage="0,50")
    assert (found.minutes, found.days) == (240, Fraction(1, 2))


def test_an_amount_is_needed() -> None:
    assert faults(Minuten="") == [Fault(7, "Minuten", "Diese Angabe fehlt.")]


@pytest.mark.parametrize(
    ("activity", "mode", "expected"),
    [
        ("workshop", "vor_ort", (Activity.WORKSHOP, Mode.ON_SITE)),
        ("Vorbereitung", "Büro", (Activity.PREPARATION, Mode.OFFICE)),
        ("FOLLOW-UP", "by phone", (Activity.FOLLOW_UP, Mode.PHONE)),
        ("Allianztreffen", "online", (Activity.ALLIANCE_MEETING, Mode.ONLINE)),
    ],
)
def test_activities_and_modes_in_both_languages(activity: str, mode: str, expected: tuple[Activity, Mode]) -> None:
    found = entry(Tätigkeit=activity, Modus=mode)
    assert (found.activity, found.mode) == expected


def test_all_that_is_wrong_with_a_row_is_named_at_once() -> None:
    found = faults(Datum="", Minuten="viel", Tätigkeit="Zauberei", Modus="unterwegs")
    assert [(fault.row, fault.column) for fault in found] == [
        (7, "Datum"),
        (7, "Minuten"),
        (7, "Tätigkeit"),
        (7, "Modus"),
    ]


def test_texts_lose_control_characters_and_the_guard_of_an_export() -> None:
    found = entry(Notiz=" eins\nzwei\x07\x00 ", interne_Notiz="'=1+1")
    assert (found.note, found.internal_note) == ("eins\nzwei", "=1+1")


def test_a_note_has_a_bound() -> None:
    message = "Der Text hat mehr als %(limit)s Zeichen."
    assert faults(Notiz="x" * 2001) == [Fault(7, "Notiz", message, {"limit": 2000})]


def test_short_rows_are_filled_up() -> None:
    columns, _ = columns_of(*PLAIN, "Notiz", "Arbeitspaket")
    found = read_row(Row(2, list(PLAIN.values())), Reading(columns))
    assert isinstance(found, EntryRow)
    assert (found.note, found.work_package, found.consultant) == ("", "", "")


def test_everything_that_an_export_says_is_understood_in_german() -> None:
    assert [entry(Tätigkeit=each.label).activity for each in Activity] == list(Activity)
    assert [entry(Modus=each.label).mode for each in Mode] == list(Mode)


def test_a_reversal_has_minutes_below_nothing_and_needs_no_days() -> None:
    found = entry(Minuten="-240", Tage="-0,50")
    assert (found.minutes, found.days, found.is_reversal) == (-240, None, True)
