"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NOON = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
"""Wednesday, 20 May 2026, noon in Germany: neither week's end nor holiday nor change of the clocks is near."""


class Clock:
    """Pass it to create_app; tests set `now`, or let time pass."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        """The date that the calendar on the wall in Germany shows."""
        return self.now.astimezone(ZoneInfo("Europe/Berlin")).date()

    def wait(self, **duration: float) -> datetime:
        """Let time pass, as `wait(minutes=31)`; returns the new now."""
        self.now += timedelta(**duration)
        return self.now
