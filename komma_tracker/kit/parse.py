"""What people type as date, time span or number of days, read in German and English form."""

from __future__ import annotations

import re
from datetime import date, time
from fractions import Fraction

from babel.dates import get_month_names

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_WORDED = re.compile(r"(\d{1,2})\.?\s*([^\W\d_]+)\.?\s*(\d{4})")
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})|(?P<month2>\d{1,2})[./]\s?(?P<year2>\d{4})")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)\s*(?:h|std\.?)?")
_MINUTES = re.compile(r"(\d{1,5})\s*(?:min\.?|minuten|minutes|m)")
_HOURS = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*(?:h|std\.?|stunden?|hours?)")
_DECIMAL = re.compile(r"(-?)(\d{1,6})(?:[.,](\d{1,4}))?")
_MIXED = re.compile(r"(-?)(\d{0,6})\s*([¼½¾])")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:uhr|h))?")
_MONTHS = {
    name.rstrip(".").casefold(): month
    for locale in ("de", "en")
    for width in ("abbreviated", "wide")
    for context in ("format", "stand-alone")
    for month, name in get_month_names(width, context, locale).items()
}
"""Months by name and by abbreviation, in both languages."""
_FRACTIONS = {"¼": Fraction(1, 4), "½": Fraction(1, 2), "¾": Fraction(3, 4)}


def parse_date(text: str) -> date:
    """A date such as 22.11.2026, 2.3.26, 2026-11-22, 22. November 2026 or 22 Nov 2026. Raises ValueError.

    >>> parse_date("2.3.26"), parse_date("2026-11-22"), parse_date("22 Nov 2026")
    (datetime.date(2026, 3, 2), datetime.date(2026, 11, 22), datetime.date(2026, 11, 22))
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _GERMAN.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
        year += 2000 if year < 100 else 0
    elif (match := _WORDED.fullmatch(text)) and match[2].casefold() in _MONTHS:
        day, month, year = int(match[1]), _MONTHS[match[2].casefold()], int(match[3])
    else:
        raise ValueError(text)
    return date(year, month, day)


def parse_month(text: str) -> date:
    """The first day of a month such as 06.2026, 6/2026 or 2026-06. Raises ValueError.

    >>> parse_month("6.2026"), parse_month("2026-06")
    (datetime.date(2026, 6, 1), datetime.date(2026, 6, 1))
    """
    if not (match := _MONTH.fullmatch(text.strip())):
        raise ValueError(text)
    return date(int(match["year"] or match["year2"]), int(match["month"] or match["month2"]), 1)


def parse_decimal(text: str) -> Fraction:
    """An exact number with decimal comma or point, or a sign such as ½. Raises ValueError.

    >>> parse_decimal("12,25"), parse_decimal("1½"), parse_decimal("-0.5")
    (Fraction(49, 4), Fraction(3, 2), Fraction(-1, 2))
    """
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if match := _MIXED.fullmatch(text):
        sign, whole, fraction = match.groups()
        value = int(whole or 0) + _FRACTIONS[fraction]
    elif match := _DECIMAL.fullmatch(text):
        sign, whole, decimals = match.groups()
        value = int(whole) + (Fraction(int(decimals), 10 ** len(decimals)) if decimals else Fraction(0))
    else:
        raise ValueError(text)
    return -value if sign else value


def parse_duration(text: str) -> int:
    """A time span such as 1:30, 90 min, 1,5 h, in minutes. Raises ValueError.

    >>> parse_duration("1:30"), parse_duration("90 min"), parse_duration("1,5 h")
    (90, 90, 90)
    """
    text = text.strip().lower()
    if match := _CLOCK.fullmatch(text):
        return int(match[1]) * 60 + int(match[2])
    if match := _MINUTES.fullmatch(text):
        return int(match[1])
    if match := _HOURS.fullmatch(text):
        return whole_minutes(parse_decimal(match[1]) * 60)
    raise ValueError(text)


def parse_time(text: str) -> time:
    """A time of day such as 9:30, 09.30, 9 or 9 Uhr. Raises ValueError.

    >>> parse_time("9.30"), parse_time("14 Uhr")
    (datetime.time(9, 30), datetime.time(14, 0))
    """
    if not (match := _TIME.fullmatch(text.strip().lower())):
        raise ValueError(text)
    return time(int(match[1]), int(match[2] or 0))


def whole_minutes(minutes: Fraction) -> int:
    """Round to whole minutes, half away from zero: what was typed as days need not be whole minutes."""
    doubled = abs(minutes) * 2
    rounded = (doubled.numerator // doubled.denominator + 1) // 2
    return -rounded if minutes < 0 else rounded
