"""What a cell says: dates, clock times, time spans and numbers, in every form in which tools and people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache

from komma_tracker.access.rules import N_
from komma_tracker.exchange.rules import DateOrder
from komma_tracker.exchange.tables import Cell
from komma_tracker.kit.inert import unguarded
from komma_tracker.kit.parse import parse_date, parse_decimal, parse_duration, whole_minutes
from komma_tracker.kit.sheets import EXCEL_EPOCH

LONGEST_NOTE = 2000
YEARS = range(2000, 2101)
DAY_SECONDS = 24 * 3600
SECONDS_FROM = 25
"""A tool's duration of so many "hours" or more is one in seconds."""

_DAY_WORDS = re.compile(r"\s*(?:tage?|days?|d|pt)\.?$", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}.*$")
_MIDNIGHT = re.compile(r"(?<=\d)[T ]00:00(?::00(?:\.0+)?)?$")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?\s*([ap])?\.?m?\.?", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)")
_LONG_DECIMAL = re.compile(r"(-?\d{1,6})[.,](\d{5,15})")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")


class Wrong(Exception):
    """A cell that says nothing sensible; `message` says what would be right."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


@dataclass(frozen=True, slots=True)
class DateForm:
    """How a file writes its dates: the order of day and month, Excel's day 0, and whether times stand beside them."""

    order: DateOrder | None = None
    epoch: date = EXCEL_EPOCH
    with_time: bool = False


def date_of(cell: Cell, form: DateForm) -> date:
    """The date in a cell. Raises Wrong."""
    found = _date_of(cell, form)
    if found is None:
        raise Wrong(N_("„%(value)s“ ist kein Datum. Richtig ist zum Beispiel 22.11.2026."), value=shown(cell))
    if found.year not in YEARS:
        raise Wrong(N_("Das Jahr %(year)s kann nicht stimmen."), year=found.year)
    return found


def _date_of(cell: Cell, form: DateForm) -> date | None:
    match cell:
        case bool():
            return None
        case datetime():
            return cell.date() if form.with_time or cell.time() == time() else None
        case date():
            return cell
        case str():
            return _date_in(cell, form)
        case int() | float():
            return _day_number(cell, form)
        case _:
            return None


@lru_cache(maxsize=8192)
def _date_in(text: str, form: DateForm) -> date | None:
    if _SERIAL.fullmatch(text):
        return _day_number(float(text.replace(",", ".")), form)
    text = (_TIME_OF_DAY if form.with_time else _MIDNIGHT).sub("", text)
    try:
        if slashed := _SLASHED.fullmatch(text):
            first, second, year = (int(part) for part in slashed.groups())
            return _slashed_date(first, second, year, form.order)
        if parts := _YEAR_FIRST.fullmatch(text):
            return date(*(int(part) for part in parts.groups()))
        return parse_date(text)
    except ValueError:
        return None


def _slashed_date(first: int, second: int, year: int, order: DateOrder | None) -> date | None:
    year += 2000 if year < 100 else 0
    match order:
        case DateOrder.DAY_FIRST:
            return date(year, second, first)
        case DateOrder.MONTH_FIRST:
            return date(year, first, second)
        case None:
            return None


def _day_number(number: float, form: DateForm) -> date | None:
    """A date as Excel counts days, in a cell that is not marked as one."""
    if not form.with_time and number != int(number):
        return None
    found = form.epoch + timedelta(int(number)) if 0 < number < 100_000 else None
    return found if found and found.year in YEARS else None


def order_told_by(cell: Cell) -> DateOrder | bool:
    """What a date says about the order of day and month: True where it needs one and does not tell, else False.

    >>> order_told_by("14/05/2026"), order_told_by("05/14/2026"), order_told_by("03/04/2026"), order_told_by("1.4.2026")
    (<DateOrder.DAY_FIRST: 'day_first'>, <DateOrder.MONTH_FIRST: 'month_first'>, True, False)
    """
    return _order_told_by(cell) if isinstance(cell, str) else False


@lru_cache(maxsize=8192)
def _order_told_by(text: str) -> DateOrder | bool:
    slashed = _SLASHED.fullmatch(_TIME_OF_DAY.sub("", text))
    if not slashed:
        return False
    if int(slashed[1]) > 12:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if int(slashed[2]) > 12 else True


def clock_of(cell: Cell) -> int | None:
    """A time of day in seconds since midnight; None where the cell holds none.

    >>> clock_of("09:30"), clock_of("02:44:33 PM"), clock_of("12:00 AM"), clock_of("bald")
    (34200, 53073, 0, None)
    """
    match cell:
        case datetime() | time():
            return cell.hour * 3600 + cell.minute * 60 + cell.second
        case timedelta():
            return cell // timedelta(seconds=1) % DAY_SECONDS
        case float():
            return round(cell % 1 * DAY_SECONDS)
        case str():
            return _clock_in(cell)
        case _:
            return None


@lru_cache(maxsize=8192)
def _clock_in(text: str) -> int | None:
    found = _CLOCK.search(text)
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := found[4]:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return hour * 3600 + minute * 60 + second if hour < 24 else None


def minutes_of(cell: Cell) -> int:
    """Whole minutes, or a time span. Raises Wrong."""
    return _bounded(cell, _span(cell, 1), N_("„%(value)s“ ist keine Zahl von Minuten. Richtig ist zum Beispiel 240."))


def reversed_minutes_of(cell: Cell) -> int | None:
    """The minutes that a reversal takes back, above 0; None where the cell holds none such.

    >>> reversed_minutes_of("-480"), reversed_minutes_of(480), reversed_minutes_of("-9999")
    (480, None, None)
    """
    number = number_of(cell)
    taken_back = None if number is None else _units(-number, 1)
    return taken_back if taken_back and 0 < taken_back <= 24 * 60 else None


def hours_of(cell: Cell) -> int:
    """Hours or a time span, as minutes. Raises Wrong."""
    message = N_("„%(value)s“ ist keine Zahl von Stunden. Richtig ist zum Beispiel 7,5 oder 7:30.")
    return _bounded(cell, _span(cell, 60), message)


def duration_of(cell: Cell) -> int:
    """What a tool calls a duration, as minutes, 0 for a few seconds: a span, hours, or seconds. Raises Wrong."""
    number = number_of(cell)
    if number is not None and number.denominator == 1 and number >= SECONDS_FROM:
        return seconds_of(cell)
    if _span(cell, 60) == 0 and (number is None or number >= 0):
        return 0
    return hours_of(cell)


def seconds_of(cell: Cell) -> int:
    """Seconds or a time span, as minutes, 0 for a few seconds. Raises Wrong."""
    number = number_of(cell)
    if number is None:
        return duration_of(cell)
    minutes = whole_minutes(number / 60)
    return 0 if minutes == 0 <= number else _bounded(cell, minutes, "")


def _bounded(cell: Cell, minutes: int | None, message: str) -> int:
    if minutes is None:
        raise Wrong(message, value=shown(cell))
    if not 0 < minutes <= 24 * 60:
        raise Wrong(N_("„%(value)s“ ist nicht mehr als 0 und höchstens 24 Stunden."), value=shown(cell))
    return minutes


def _span(cell: Cell, factor: int) -> int | None:
    """A number of units of `factor` minutes, or a time span whatever the unit; None if it is neither."""
    if isinstance(cell, timedelta):
        return whole_minutes(Fraction(cell // timedelta(seconds=1), 60))
    if isinstance(cell, time):
        return whole_minutes(Fraction(cell.hour * 3600 + cell.minute * 60 + cell.second, 60))
    if isinstance(cell, str):
        return _span_in(cell, factor)
    number = number_of(cell)
    return None if number is None else _units(number, factor)


@lru_cache(maxsize=4096)
def _span_in(text: str, factor: int) -> int | None:
    number = _number_in(text)
    if number is not None:
        return _units(number, factor)
    if parts := _SPAN.fullmatch(text):
        hours, minutes, seconds = (int(part) for part in parts.groups())
        return whole_minutes(Fraction(hours * 3600 + minutes * 60 + seconds, 60))
    try:
        return parse_duration(text)
    except ValueError:
        return None


def _units(number: Fraction, factor: int) -> int | None:
    """Minutes; parts of an hour may be rounded, parts of a minute are a slip."""
    return whole_minutes(number * factor) if factor > 1 or number.denominator == 1 else None


def days_of(cell: Cell) -> Fraction:
    """A number of days. Raises Wrong."""
    number = number_of(_DAY_WORDS.sub("", cell) if isinstance(cell, str) else cell)
    if number is None:
        raise Wrong(N_("„%(value)s“ ist keine Zahl von Tagen. Richtig ist zum Beispiel 0,25."), value=shown(cell))
    if not 0 < number <= 3:
        raise Wrong(N_("„%(value)s“ ist nicht mehr als 0 und höchstens 24 Stunden."), value=shown(cell))
    return number


def number_of(cell: Cell) -> Fraction | None:
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
    if parts := _LONG_DECIMAL.fullmatch(text):
        return Fraction(f"{parts[1]}.{parts[2][:6]}")
    try:
        return parse_decimal(text)
    except ValueError:
        return None


def note_of(cell: Cell) -> str:
    """A text of bounded length. Raises Wrong."""
    text = text_of(cell)
    if len(text) > LONGEST_NOTE:
        raise Wrong(N_("Der Text hat mehr als %(limit)s Zeichen."), limit=LONGEST_NOTE)
    return text


def text_of(cell: Cell) -> str:
    """A cell as text, without characters that PostgreSQL would refuse and without an export's own guard."""
    return unguarded(_CONTROLS.sub("", cell if isinstance(cell, str) else str(cell)).strip())


def shown(cell: Cell) -> str:
    """A cell as a message names it."""
    text = text_of(cell)
    return text if len(text) <= 40 else f"{text[:39]}…"
