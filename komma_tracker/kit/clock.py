"""The clock. Only views and the command line read it; everything below takes `now` or `today` as an argument."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from komma_tracker.kit.context import context

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """This instant, aware, in UTC."""
    return context().clock()


def today() -> date:
    """The date that the calendar on the wall in Germany shows."""
    return date_of(now())


def date_of(instant: datetime) -> date:
    """The date that the calendar on the wall in Germany shows at that instant."""
    return instant.astimezone(BERLIN).date()


def local_now() -> datetime:
    """What the clock on the wall in Germany shows, without zone."""
    return now().astimezone(BERLIN).replace(tzinfo=None)
