"""When a session is: local time at a place and the instant that it means, and what calendars must notice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from komma_tracker.access.rules import N_, Invalid

DEFAULT_ZONE = "Europe/Berlin"


def to_instant(local: datetime, zone: str) -> datetime:
    """The instant (UTC) at which a clock in that zone shows a local time; of an hour shown twice, the first.

    Raises Invalid where the clock is put forward over that time, or where there is no such zone.

    >>> to_instant(datetime(2024, 10, 27, 9, 0), "Europe/Berlin").isoformat()
    '2024-10-27T08:00:00+00:00'
    """
    try:
        instant = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", N_("Diese Zeitzone ist nicht bekannt: %(zone)s."), zone=zone) from error
    if to_local(instant, zone) != local.replace(fold=0):
        message = N_("Diese Uhrzeit gibt es an diesem Tag nicht: Die Uhr wird vorgestellt.")
        raise Invalid("starts_local", message)
    return instant


def to_local(instant: datetime, zone: str) -> datetime:
    """The local wall time, without zone, that clocks show there at an instant."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def check_times(starts_local: datetime, ends_local: datetime, zone: str) -> None:
    """Raise Invalid where a session ends before it begins, lasts too long, or is at a time that no clock will show."""
    if not {starts_local.year, ends_local.year} <= set(YEARS):
        message = N_("Bitte ein Jahr von %(first)s bis %(last)s angeben.")
        raise Invalid("day", message, first=YEARS[0], last=YEARS[-1])
    starts = to_instant(starts_local, zone)
    try:
        ends = to_instant(ends_local, zone)
    except Invalid as error:
        raise Invalid("ends_local", error.message) from error
    if ends <= starts:
        raise Invalid("ends_local", N_("Das Ende liegt nicht nach dem Beginn. Bitte eine spätere Uhrzeit angeben."))
    if ends_local - starts_local > LONGEST:
        message = N_("Ein Termin dauert höchstens %(days)s Tage. Bitte das Datum prüfen.")
        raise Invalid("last_day", message, days=LONGEST.days)


YEARS = range(2000, 2101)
"""Any other year is a slip of the keyboard."""
LONGEST = timedelta(days=31)
"""Longer is a slip in the date; calendars need not look further back for what is still going on."""


def is_over(ends_local: datetime, zone: str, now: datetime) -> bool:
    """Whether a session that ends at this local time lies behind us; `now` is aware."""
    return to_instant(ends_local, zone) <= now


def check_held(ends_local: datetime, zone: str, now: datetime) -> None:
    """Raise Invalid where a session shall be called held before it is over."""
    if not is_over(ends_local, zone, now):
        raise Invalid("state", N_("Der Termin ist noch nicht vorbei."))


def working_day_before(day: date) -> date:
    """The last Monday to Friday before a date: when a session is prepared, unless somebody says otherwise.

    >>> working_day_before(date(2026, 5, 18))
    datetime.date(2026, 5, 15)
    """
    return next(each for n in range(1, 4) if (each := day - timedelta(days=n)).weekday() < SATURDAY)


def working_day_after(day: date) -> date:
    """The first Monday to Friday after a date: when a session is followed up, unless somebody says otherwise.

    >>> working_day_after(date(2026, 5, 15))
    datetime.date(2026, 5, 18)
    """
    return next(each for n in range(1, 4) if (each := day + timedelta(days=n)).weekday() < SATURDAY)


SATURDAY = 5


def next_stamp(previous: datetime, now: datetime) -> datetime:
    """When a change is said to have happened: calendars count in seconds and overlook a stamp that does not move."""
    return max(now, previous + timedelta(seconds=1))
