"""Public holidays where a municipality lies, its own and its Catholic ones included (domain 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from komma_tracker.access.rules import N_
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Land, LocalHoliday, local_holidays

AUGSBURG = "Augsburg"


class Holiday(str):
    """The German name of a public holiday."""

    __slots__ = ()

    @property
    def label(self) -> str:
        """The German msgid."""
        return str(self)


NAMES = (
    N_("Neujahr"),
    N_("Heilige Drei Könige"),
    N_("Frauentag"),
    N_("Karfreitag"),
    N_("Ostersonntag"),
    N_("Ostermontag"),
    N_("Erster Mai"),
    N_("Christi Himmelfahrt"),
    N_("Pfingstsonntag"),
    N_("Pfingstmontag"),
    N_("Fronleichnam"),
    N_("Augsburger Hohes Friedensfest"),
    N_("Mariä Himmelfahrt"),
    N_("Weltkindertag"),
    N_("Tag der Deutschen Einheit"),
    N_("Reformationstag"),
    N_("Allerheiligen"),
    N_("Buß- und Bettag"),
    N_("Erster Weihnachtstag"),
    N_("Zweiter Weihnachtstag"),
)
"""Every name that comes back year by year; the library has them, translators need them."""


def holidays_on(day: date, land: Land | None, catholic: bool = False, augsburg: bool = False) -> Holiday | None:
    """The German name of the public holiday on that date, None if it is none there.

    `catholic` adds what is a holiday in a Land's mostly Catholic municipalities only; `augsburg` adds the city's own
    feast of 8 August. Without a Land only the holidays common to all sixteen are known.
    """
    return _of_year(day.year, land, catholic, augsburg).get(day)


def holiday_of(municipality: Municipality, day: date) -> str | None:
    """The name of the holiday that a municipality has on a date: a public one, or else one of its local list.

    Where the viewer may not know which municipality it is, only the holidays that all Länder share are told.
    """
    who = municipality.identity
    if who is None:
        return holidays_on(day, None)
    public = holidays_on(day, who.land, who.catholic_holidays, who.augsburg_holiday)
    return public or next((each.name for each in _listed(who.local_holidays or "") if each.falls_on(day)), None)


@lru_cache(maxsize=512)
def _listed(text: str) -> tuple[LocalHoliday, ...]:
    return local_holidays(text)


@lru_cache(maxsize=512)
def _of_year(year: int, land: Land | None, catholic: bool, augsburg: bool) -> Mapping[date, Holiday]:
    """All holidays of one year at one kind of place; the library takes milliseconds, a page asks hundreds of times."""
    # The library loads the calendars of all countries: a start of the program need not wait for that.
    from holidays import CATHOLIC, PUBLIC
    from holidays.countries.germany import Germany

    categories = (PUBLIC, CATHOLIC) if catholic else (PUBLIC,)
    subdivision = AUGSBURG if augsburg else land
    found = Germany(years=year, subdiv=subdivision, categories=categories, language="de")
    return {day: Holiday(name) for day, name in found.items()}
