"""What a calendar says of itself, how far it reaches, and when it counts as changed or used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from komma_tracker.access.rules import N_
from komma_tracker.feeds.rules.audiences import Audience, Level
from komma_tracker.feeds.rules.events import BUSY, Words

REFRESH = timedelta(hours=1)
CANCELLED_SHOWN = timedelta(weeks=8)
"""How long a cancelled session stays, so that every calendar learns of it (calendars 3, rule 14)."""
USE_NOTED_EVERY = timedelta(hours=1)
"""How exactly the last use of an address is remembered: not every poll needs a write."""
MONTHS = 12


class Colour(Enum):
    """A CSS3 name for readers of RFC 7986, and the same colour in hex for Apple's."""

    TEAL = ("teal", "#008080")
    STEELBLUE = ("steelblue", "#4682B4")
    DARKSLATEBLUE = ("darkslateblue", "#483D8B")
    INDIANRED = ("indianred", "#CD5C5C")
    SEAGREEN = ("seagreen", "#2E8B57")
    GRAY = ("gray", "#808080")

    @property
    def css(self) -> str:
        """The name."""
        return self.value[0]

    @property
    def hex(self) -> str:
        """Red, green and blue."""
        return self.value[1]


COLOURS: Mapping[Audience, Colour] = {
    Audience.MINE: Colour.STEELBLUE,
    Audience.MUNICIPALITY: Colour.TEAL,
    Audience.ALLIANCE: Colour.INDIANRED,
    Audience.NETWORK: Colour.SEAGREEN,
    Audience.PROGRAMME: Colour.DARKSLATEBLUE,
    Audience.PUBLIC: Colour.SEAGREEN,
}


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a calendar says about itself. The name must be fit for everybody's eyes: servers copy it."""

    name: str
    colour: Colour | None = Colour.STEELBLUE
    refresh: timedelta | None = REFRESH


FILE_HEAD = FeedHead("", colour=None, refresh=None)
"""A file to take in once says nothing: of a name, Outlook would make a calendar of its own (calendars 2)."""


def calendar_head(audience: Audience, level: Level, municipalities: Sequence[str], words: Words) -> FeedHead:
    """Name and colour of a calendar; `municipalities` are labels fit for everybody's eyes."""
    if level is Level.BUSY:
        return FeedHead(words(BUSY), Colour.GRAY)
    who = ", ".join(municipalities)
    names = {
        Audience.MINE: words(N_("KommA – meine Termine")),
        Audience.MUNICIPALITY: f"KommA – {who}",
        Audience.ALLIANCE: f"{words(N_('KommA – Allianz'))} {who}".rstrip(),
        Audience.NETWORK: words(N_("KommA – Netzwerk")),
        Audience.PROGRAMME: words(N_("KommA – Programm")),
        Audience.PUBLIC: words(N_("KommA – öffentliche Termine")),
    }
    return FeedHead(names[audience], COLOURS[audience])


def file_name(audience: Audience, level: Level, codes: Sequence[str]) -> str:
    """The last part of an address, after which Thunderbird names the calendar; never a municipality's name.

    >>> file_name(Audience.MUNICIPALITY, Level.FULL, ["K07"]), file_name(Audience.ALLIANCE, Level.FULL, ["K01", "K02"])
    ('KommA-K07.ics', 'KommA-Allianz-K01-K02.ics')
    >>> file_name(Audience.PROGRAMME, Level.BUSY, [])
    'Kalender.ics'
    """
    if level is Level.BUSY:
        return "Kalender.ics"
    names = {
        Audience.MINE: "Termine",
        Audience.MUNICIPALITY: "-".join(codes),
        Audience.ALLIANCE: "-".join(["Allianz", *codes]),
        Audience.NETWORK: "Netzwerk",
        Audience.PROGRAMME: "Programm",
        Audience.PUBLIC: "oeffentlich",
    }
    return f"KommA-{names[audience]}.ics"


def first_day_shown(today: date, past_months: int) -> date:
    """Sessions that ended before this day are left out: the same day so many months ago, or the last of that month.

    >>> first_day_shown(date(2026, 3, 31), 1), first_day_shown(date(2026, 3, 31), 0)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    """
    years, month = divmod(today.year * MONTHS + today.month - 1 - past_months, MONTHS)
    first = date(years, month + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=today.day - 1), following - timedelta(days=1))


def first_cancellation_shown(today: date) -> date:
    """Sessions cancelled before this day are left out. A day, so that a feed changes at most once without an event."""
    return today - CANCELLED_SHOWN


def use_is_news(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether the last use is long enough ago to be written anew."""
    return last_used_at is None or now - last_used_at >= USE_NOTED_EVERY


def change_stamp(last: datetime | None, now: datetime) -> datetime:
    """When changed bytes count as changed: a second later than ever before, as HTTP dates know only whole seconds."""
    return now if last is None else max(now, last + timedelta(seconds=1))
