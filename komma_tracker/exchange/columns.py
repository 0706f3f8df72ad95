"""Which column of a file is which, and what its cells say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules import Activity, Mode, activity_named, mode_named
from komma_tracker.exchange.rules import Fault, unguarded
from komma_tracker.exchange.tables import Cell, Row
from komma_tracker.kit.parse import parse_date, parse_decimal, parse_duration, whole_minutes
from komma_tracker.municipalities.rules import fold

LONGEST_NOTE = 2000
YEARS = range(2000, 2101)
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_DAYS = range(36526, 73416)
"""The years above, as Excel counts days where a cell is not marked as a date."""


class Field(StrEnum):
    """What an imported column can hold."""

    DATE = "date"
    MUNICIPALITY = "municipality"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    ACTIVITY = "activity"
    MODE = "mode"
    WORK_PACKAGE = "work_package"
    CONSULTANT = "consultant"
    NOTE = "note"
    INTERNAL_NOTE = "internal_note"


HEADINGS: Mapping[Field, tuple[str, ...]] = {
    Field.DATE: ("Datum", "Tag", "Leistungsdatum", "date", "day", "service date"),
    Field.MUNICIPALITY: ("Kommune", "Gemeinde", "Kommunencode", "municipality", "code"),
    Field.MINUTES: ("Minuten", "Min", "minutes"),
    Field.HOURS: ("Stunden", "Std", "Dauer", "hours", "duration"),
    Field.DAYS: ("Tage", "Beratungstage", "Tagewerke", "days", "consulting days"),
    Field.ACTIVITY: ("Tätigkeit", "Tätigkeitsart", "Art", "activity"),
    Field.MODE: ("Modus", "Durchführung", "Form", "mode"),
    Field.WORK_PACKAGE: ("Arbeitspaket", "AP", "work package"),
    Field.CONSULTANT: ("Beratungsperson", "Berater", "Beraterin", "Berater:in", "Beratung", "Person", "consultant"),
    Field.NOTE: ("Beschreibung", "Notiz", "Bemerkung", "Leistung", "description", "description_de", "note"),
    Field.INTERNAL_NOTE: ("Intern", "interne Notiz", "interne Bemerkung", "internal", "internal note"),
}
"""The German and English names of each column; capitals, umlauts and dashes make no difference."""

AMOUNTS = (Field.MINUTES, Field.HOURS, Field.DAYS)
REQUIRED = (Field.DATE, Field.ACTIVITY, Field.MODE)

_FIELD_BY_HEADING = {fold(name): field for field, names in HEADINGS.items() for name in names}
_DAY_WORDS = re.compile(r"\s*(?:tage?|days?|d|pt)\.?$", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?$")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")

# A file says the same few words again and again.
_activity_in = lru_cache(maxsize=1024)(activity_named)
_mode_in = lru_cache(maxsize=1024)(mode_named)

T = TypeVar("T")


@dataclass(frozen=True)
class Columns:
    """Where each field stands, under which heading; and the headings that mean nothing here."""

    positions: Mapping[Field, int]
    headings: Mapping[Field, str]
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What a row says. The amount is given as minutes or as days: what a day is, the contract knows."""

    number: int
    on: date
    minutes: int | None
    days: Fraction | None
    municipality: str
    activity: Activity
    mode: Mode
    work_package: str
    consultant: str
    note: str
    internal_note: str


class _Wrong(Exception):
    """A cell that says nothing sensible; `message` says what would be right."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def match_columns(heading: Row, *, needs_municipality: bool) -> tuple[Columns, list[Fault]]:
    """Find the fields by their headings; a fault for each one that is missing or there twice."""
    positions: dict[Field, int] = {}
    headings: dict[Field, str] = {}
    unused: list[str] = []
    faults: list[Fault] = []
    for position, cell in enumerate(heading.cells):
        name = _text(cell)
        field = _FIELD_BY_HEADING.get(fold(name)) or _FIELD_BY_HEADING.get(fold(name.partition("(")[0]))
        if field is None:
            unused += [name] if name else []
        elif field in positions:
            message = N_("Diese Spalte steht für dasselbe wie „%(other)s“.")
            faults.append(Fault(heading.number, name, message, {"other": headings[field]}))
        else:
            positions[field] = position
            headings[field] = name
    required = (*REQUIRED, Field.MUNICIPALITY) if needs_municipality else REQUIRED
    faults += [_missing(heading, HEADINGS[field][0]) for field in required if field not in positions]
    if not any(field in positions for field in AMOUNTS):
        faults.append(_missing(heading, " / ".join(HEADINGS[field][0] for field in AMOUNTS)))
    return Columns(positions, headings, tuple(unused)), faults


def _missing(heading: Row, name: str) -> Fault:
    return Fault(heading.number, name, N_("Diese Spalte fehlt."))


def read_row(row: Row, columns: Columns) -> EntryRow | list[Fault]:
    """What the row says, or everything that is wrong with it."""
    faults: list[Fault] = []

    def cell(field: Field) -> Cell:
        position = columns.positions.get(field)
        return row.cells[position] if position is not None and position < len(row.cells) else ""

    def read(field: Field, parse: Callable[[Cell], T], empty: T) -> T:
        value = cell(field)
        if value == "":
            return empty
        try:
            return parse(value)
        except _Wrong as wrong:
            faults.append(Fault(row.number, columns.headings[field], wrong.message, wrong.params))
            return empty

    def need(field: Field, parse: Callable[[Cell], T]) -> T | None:
        if cell(field) == "":
            faults.append(Fault(row.number, columns.headings[field], N_("Diese Angabe fehlt.")))
            return None
        return read(field, parse, None)

    on = need(Field.DATE, _date)
    minutes = read(Field.MINUTES, _minutes, None)
    if minutes is None:
        minutes = read(Field.HOURS, _hours, None)
    days = read(Field.DAYS, _days, None)
    activity = need(Field.ACTIVITY, _activity)
    mode = need(Field.MODE, _mode)
    note = read(Field.NOTE, _note, "")
    internal_note = read(Field.INTERNAL_NOTE, _note, "")
    if all(cell(field) == "" for field in AMOUNTS):
        given = next(columns.headings[field] for field in AMOUNTS if field in columns.headings)
        faults.append(Fault(row.number, given, N_("Diese Angabe fehlt.")))
    if faults or on is None or activity is None or mode is None:
        return faults
    return EntryRow(
        number=row.number,
        on=on,
        minutes=minutes,
        days=days,
        municipality=text_in(row, columns, Field.MUNICIPALITY),
        activity=activity,
        mode=mode,
        work_package=text_in(row, columns, Field.WORK_PACKAGE),
        consultant=text_in(row, columns, Field.CONSULTANT),
        note=note,
        internal_note=internal_note,
    )


def text_in(row: Row, columns: Columns, field: Field) -> str:
    """What stands in a cell, as text."""
    position = columns.positions.get(field)
    return _text(row.cells[position]) if position is not None and position < len(row.cells) else ""


def _date(cell: Cell) -> date:
    if isinstance(cell, datetime):
        found = cell.date() if cell.time() == time() else None
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int) and cell in EXCEL_DAYS:
        found = EXCEL_EPOCH + timedelta(cell)
    else:
        found = _date_in(cell) if isinstance(cell, str) else None
    if found is None:
        raise _Wrong(N_("„%(value)s“ ist kein Datum. Richtig ist zum Beispiel 22.11.2026."), value=_shown(cell))
    if found.year not in YEARS:
        raise _Wrong(N_("Das Jahr %(year)s kann nicht stimmen."), year=found.year)
    return found


@lru_cache(maxsize=4096)
def _date_in(text: str) -> date | None:
    try:
        return parse_date(_MIDNIGHT.sub("", text))
    except ValueError:
        return None


def _minutes(cell: Cell) -> int:
    return _bounded(cell, 1, N_("„%(value)s“ ist keine Zahl von Minuten. Richtig ist zum Beispiel 240."))


def _hours(cell: Cell) -> int:
    return _bounded(cell, 60, N_("„%(value)s“ ist keine Zahl von Stunden. Richtig ist zum Beispiel 7,5 oder 7:30."))


def _bounded(cell: Cell, factor: int, message: str) -> int:
    minutes = _span(cell, factor)
    if minutes is None:
        raise _Wrong(message, value=_shown(cell))
    if not 0 < minutes <= 24 * 60:
        raise _Wrong(N_("„%(value)s“ ist nicht mehr als 0 und höchstens 24 Stunden."), value=_shown(cell))
    return minutes


def _span(cell: Cell, factor: int) -> int | None:
    """A number of units of `factor` minutes, or a time span whatever the unit; None if it is neither."""
    if isinstance(cell, timedelta):
        return whole_minutes(Fraction(cell // timedelta(seconds=1), 60))
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, str):
        return _span_in(cell, factor)
    number = _number(cell)
    return None if number is None else _units(number, factor)


@lru_cache(maxsize=4096)
def _span_in(text: str, factor: int) -> int | None:
    number = _number_in(text)
    if number is not None:
        return _units(number, factor)
    try:
        return parse_duration(text)
    except ValueError:
        return None


def _units(number: Fraction, factor: int) -> int | None:
    """Minutes; parts of an hour may be rounded, parts of a minute are a slip."""
    return whole_minutes(number * factor) if factor > 1 or number.denominator == 1 else None


def _days(cell: Cell) -> Fraction:
    number = _number(_DAY_WORDS.sub("", cell) if isinstance(cell, str) else cell)
    if number is None:
        raise _Wrong(N_("„%(value)s“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25."), value=_shown(cell))
    if not 0 < number <= 3:
        raise _Wrong(N_("„%(value)s“ ist nicht mehr als 0 und höchstens 24 Stunden."), value=_shown(cell))
    return number


def _number(cell: Cell) -> Fraction | None:
    """An exact number. What a spreadsheet has computed in binary is taken at six decimals."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return Fraction(cell)
    if isinstance(cell, float):
        return Fraction(f"{cell:.6f}") if abs(cell) < 1e9 else None
    return _number_in(cell) if isinstance(cell, str) else None


@lru_cache(maxsize=4096)
def _number_in(text: str) -> Fraction | None:
    try:
        return parse_decimal(text)
    except ValueError:
        return None


def _activity(cell: Cell) -> Activity:
    found = _activity_in(_text(cell))
    if found is None:
        raise _Wrong(
            N_("„%(value)s“ ist keine Tätigkeit. Möglich sind: %(choices)s."),
            value=_shown(cell),
            choices=tuple(Activity),
        )
    return found


def _mode(cell: Cell) -> Mode:
    found = _mode_in(_text(cell))
    if found is None:
        raise _Wrong(
            N_("„%(value)s“ ist kein Modus. Möglich sind: %(choices)s."), value=_shown(cell), choices=tuple(Mode)
        )
    return found


def _note(cell: Cell) -> str:
    text = _text(cell)
    if len(text) > LONGEST_NOTE:
        raise _Wrong(N_("Der Text hat mehr als %(limit)s Zeichen."), limit=LONGEST_NOTE)
    return text


def _text(cell: Cell) -> str:
    """A cell as text, without characters that PostgreSQL would refuse and without an export's own guard."""
    return unguarded(_CONTROLS.sub("", cell if isinstance(cell, str) else str(cell)).strip())


def _shown(cell: Cell) -> str:
    text = _text(cell)
    return text if len(text) <= 40 else f"{text[:39]}…"
