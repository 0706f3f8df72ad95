"""Numbers, days, dates and times as people read them."""

from __future__ import annotations

from datetime import date, datetime, time

from babel.dates import get_day_names, get_month_names

from komma_tracker.kit.clock import BERLIN

MINUTES_PER_DAY = 480
MINUS = "\N{MINUS SIGN}"
"""What people read; files for programs have a hyphen in its place."""


def number(value: int, locale: str = "de") -> str:
    """A whole number with grouped thousands.

    >>> number(11067), number(-11067, "en")
    ('11.067', '−11,067')
    """
    text = f"{value:,}".replace("-", MINUS)
    return text.replace(",", ".") if locale == "de" else text


def days(minutes: int, per_day: int = MINUTES_PER_DAY, locale: str = "de", *, fixed: bool = False) -> str:
    """Minutes as days with at most two decimals, or always two where columns must align; half is rounded away from 0.

    >>> days(5880), days(19200), days(19200, fixed=True), days(40), days(-240, locale="en")
    ('12,25', '40', '40,00', '0,08', '−0.5')
    """
    hundredths = (abs(minutes) * 200 + per_day) // (2 * per_day)
    sign = MINUS if minutes < 0 and hundredths else ""
    whole, rest = divmod(hundredths, 100)
    decimals = f"{rest:02d}" if fixed else f"{rest:02d}".rstrip("0")
    point = "," if locale == "de" else "."
    return f"{sign}{number(whole, locale)}{point + decimals if decimals else ''}"


def hundredths(value: int, locale: str = "de") -> str:
    """A number of hundredths with two decimals.

    >>> hundredths(417), hundredths(500, "en")
    ('4,17', '5.00')
    """
    return days(value, 100, locale, fixed=True)


def duration(minutes: int) -> str:
    """Minutes as hours and minutes.

    >>> duration(90), duration(-450)
    ('1:30', '−7:30')
    """
    return f"{MINUS if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def percent(part: int, whole: int) -> int:
    """A share in whole percent, never clamped; nothing of nothing is 0.

    >>> percent(33, 40), percent(90, 80), percent(0, 0)
    (83, 113, 0)
    """
    return (part * 200 + whole) // (2 * whole) if whole else 0


def short_date(value: date, locale: str = "de") -> str:
    """A date in the reader's form.

    >>> short_date(date(2026, 11, 2)), short_date(date(2026, 11, 2), "en")
    ('02.11.2026', '2 Nov 2026')
    """
    if locale == "de":
        return f"{value:%d.%m.%Y}"
    return f"{value.day} {get_month_names('abbreviated', locale='en')[value.month]} {value.year}"


def weekday_date(value: date, locale: str = "de") -> str:
    """A date with its day of the week.

    >>> weekday_date(date(2026, 11, 2)), weekday_date(date(2026, 11, 2), "en")
    ('Mo., 02.11.2026', 'Mon, 2 Nov 2026')
    """
    return f"{get_day_names('abbreviated', locale=locale)[value.weekday()]}, {short_date(value, locale)}"


def month_name(value: date, locale: str = "de") -> str:
    """A month with its year.

    >>> month_name(date(2026, 3, 1)), month_name(date(2026, 3, 1), "en")
    ('März 2026', 'March 2026')
    """
    return f"{get_month_names('wide', context='stand-alone', locale=locale)[value.month]} {value.year}"


def short_time(value: datetime | time) -> str:
    """A time of day; an instant is shown as the clock in Germany shows it."""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(BERLIN)
    return f"{value:%H:%M}"


def date_time(value: datetime, locale: str = "de") -> str:
    """A point in time; an instant is shown as the clock in Germany shows it."""
    if value.tzinfo:
        value = value.astimezone(BERLIN)
    return f"{short_date(value.date(), locale)}, {short_time(value)}"


def time_range(start: datetime, end: datetime, locale: str = "de") -> str:
    """From when to when, with the second date only where it differs.

    >>> time_range(datetime(2026, 11, 2, 9), datetime(2026, 11, 2, 16, 30))
    '09:00–16:30 Uhr'
    """
    clock = " Uhr" if locale == "de" else ""
    if start.date() == end.date():
        return f"{short_time(start)}–{short_time(end)}{clock}"
    return f"{short_time(start)}{clock} – {date_time(end, locale)}{clock}"
