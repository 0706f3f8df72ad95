"""Public holidays of 2024 as they differ between the Länder (domain 4), and the local ones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from komma_tracker.municipalities.holidays import NAMES, holidays_on
from komma_tracker.municipalities.rules import Land

EVERYWHERE = " ".join(Land)


@pytest.mark.parametrize(
    ("day", "name", "lands", "catholic_only"),
    [
        (date(2024, 1, 1), "Neujahr", EVERYWHERE, ""),
        (date(2024, 1, 6), "Heilige Drei Könige", "BW BY ST", ""),
        (date(2024, 3, 8), "Frauentag", "BE MV", ""),
        (date(2024, 5, 30), "Fronleichnam", "BW BY HE NW RP SL", "SN TH"),
        (date(2024, 8, 8), None, "", ""),
        (date(2024, 8, 15), "Mariä Himmelfahrt", "SL", "BY"),
        (date(2024, 9, 20), "Weltkindertag", "TH", ""),
        (date(2024, 10, 3), "Tag der Deutschen Einheit", EVERYWHERE, ""),
        (date(2024, 10, 31), "Reformationstag", "BB HB HH MV NI SH SN ST TH", ""),
        (date(2024, 11, 1), "Allerheiligen", "BW BY NW RP SL", ""),
        (date(2024, 11, 20), "Buß- und Bettag", "SN", ""),
        (date(2024, 11, 21), None, "", ""),
    ],
)
def test_holidays_by_land(day: date, name: str | None, lands: str, catholic_only: str) -> None:
    assert _where(day, catholic=False) == dict.fromkeys(map(Land, lands.split()), name)
    assert _where(day, catholic=True) == dict.fromkeys(map(Land, f"{lands} {catholic_only}".split()), name)


def _where(day: date, *, catholic: bool) -> dict[Land, str]:
    return {land: name for land in Land if (name := holidays_on(day, land, catholic))}


@pytest.mark.parametrize(
    ("day", "catholic", "augsburg", "name"),
    [
        (date(2024, 8, 8), False, False, None),
        (date(2024, 8, 8), True, False, None),
        (date(2024, 8, 8), False, True, "Augsburger Hohes Friedensfest"),
        (date(2024, 8, 15), False, False, None),
        (date(2024, 8, 15), True, False, "Mariä Himmelfahrt"),
        (date(2024, 8, 15), False, True, "Mariä Himmelfahrt"),
        (date(2024, 11, 1), False, True, "Allerheiligen"),
    ],
)
def test_bavaria_has_holidays_of_single_places(day: date, catholic: bool, augsburg: bool, name: str | None) -> None:
    assert holidays_on(day, Land.BY, catholic, augsburg) == name


def test_where_the_land_is_not_known_the_common_ones_are() -> None:
    assert holidays_on(date(2024, 12, 25), None) == "Erster Weihnachtstag"
    assert holidays_on(date(2024, 5, 30), None) is None


def test_a_holiday_of_one_year_only() -> None:
    years = [year for year in range(2021, 2028) if holidays_on(date(year, 5, 8), Land.BE)]
    assert years == [2025]


def test_every_holiday_that_comes_back_has_its_name_in_both_languages() -> None:
    days = [date(2031, 1, 1) + timedelta(days=each) for each in range(365)]
    names = {holidays_on(day, land, True, land is Land.BY) for day in days for land in Land} - {None}

    assert names == set(NAMES)
