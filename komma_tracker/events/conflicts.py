"""Whether a consultant can be at two sessions: they overlap, or the way between them is too short in time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from komma_tracker.budget.rules import Mode
from komma_tracker.events.rules import to_instant

TRAVEL_MINUTES = 60
"""Less than this between two sessions on site at different places is too short to travel."""


class Clash(StrEnum):
    """Why one person cannot well run both."""

    OVERLAP = "overlap"
    TRAVEL = "travel"


@dataclass(frozen=True)
class Engagement:
    """When and where somebody is: local time with its zone; `place` in words, or the ids of who is visited."""

    starts_local: datetime
    ends_local: datetime
    zone: str
    mode: Mode
    place: str = ""
    municipality_ids: frozenset[int] = frozenset()

    @property
    def starts(self) -> datetime:
        """The instant at which it begins."""
        return to_instant(self.starts_local, self.zone)

    @property
    def ends(self) -> datetime:
        """The instant at which it ends."""
        return to_instant(self.ends_local, self.zone)


def clash(one: Engagement, other: Engagement) -> Clash | None:
    """Why nobody should run both, if so.

    >>> nine, noon, one = (datetime(2026, 6, 10, hour) for hour in (9, 12, 13))
    >>> here = Engagement(nine, noon, "Europe/Berlin", Mode.ON_SITE, "Rathaus Neuenwerra")
    >>> there = Engagement(noon, one, "Europe/Berlin", Mode.ON_SITE, "Kreishaus Wiesenfurt")
    >>> clash(here, there).value, clash(here, here).value
    ('travel', 'overlap')
    """
    first, second = sorted((one, other), key=lambda each: each.starts)
    if second.starts < first.ends:
        return Clash.OVERLAP
    on_site = first.mode is second.mode is Mode.ON_SITE
    if not on_site or first.ends_local.date() != second.starts_local.date() or not _apart(first, second):
        return None
    return Clash.TRAVEL if second.starts - first.ends < timedelta(minutes=TRAVEL_MINUTES) else None


def clashes(one: Engagement, others: Iterable[Engagement]) -> set[Clash]:
    """All the reasons there are."""
    return {found for other in others if (found := clash(one, other))}


def _apart(one: Engagement, other: Engagement) -> bool:
    """Whether one has to travel: by the places as they are written, or where one is missing, by who is visited."""
    if one.place and other.place:
        return _words(one.place) != _words(other.place)
    return not one.municipality_ids & other.municipality_ids


def _words(place: str) -> str:
    return " ".join(place.casefold().split())
