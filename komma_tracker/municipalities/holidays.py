"""Public holidays where a municipality lies, its own and its Catholic ones included (domain 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from holidays import CATHOLIC, PUBLIC
from holidays.countries.germany import Germany

from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Land

AUGSBURG = "Augsburg"


def holidays_on(day: date, land: Land | None, catholic: bool = False, augsburg: bool = False) -> str | None:
    """The German name of the public holiday on that date, None if it is none there.

    `catholic` adds what is a holiday in a Land's mostly Catholic municipalities only; `augsburg` adds the city's own
    feast of 8 August. Without a Land only the holidays common to all sixteen are known.
    """
    return _of_year(day.year, land, catholic, augsburg).get(day)


def holiday_of(municipality: Municipality, day: date) -> str | None:
    """The German name of the public holiday that a municipality has on a date.

    Where the viewer may not know which municipality it is, only the holidays that all Länder share are told.
    """
    who = municipality.identity
    if who is None:
        return holidays_on(day, None)
    return holidays_on(day, who.land, who.catholic_holidays, who.augsburg_holiday)


@lru_cache(maxsize=512)
def _of_year(year: int, land: Land | None, catholic: bool, augsburg: bool) -> Mapping[date, str]:
    """All holidays of one year at one kind of place; the library takes milliseconds, a page asks hundreds of times."""
    categories = (PUBLIC, CATHOLIC) if catholic else (PUBLIC,)
    subdivision = AUGSBURG if augsburg else land
    return dict(Germany(years=year, subdiv=subdivision, categories=categories, language="de"))
