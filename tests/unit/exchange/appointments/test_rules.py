"""By which rules an appointment looks like work for the programme, and what is proposed of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.appointments.rules import (
    OWN_UID,
    PROGRAMME_WORDS,
    Appointment,
    Known,
    Match,
    Reason,
    activity_of,
    match,
    mode_of,
    names_of,
)
from komma_tracker.feeds.rules import UID_DOMAIN


def appointment(**values: Any) -> Appointment:
    plain: dict[str, Any] = {
        "uid": "a", "number": "", "title": "", "place": "", "text": "", "domains": (),
        "starts": datetime(2026, 5, 4, 9), "minutes": 60,
    }  # fmt: skip
    return Appointment(**{**plain, **values})


MUSTERAU = Known(
    "K01", "Stadt Musterau", names_of("K01", "Stadt Musterau", "Kommune 01"), frozenset({"musterau.example"})
)
AU = Known("K02", "Markt Au", names_of("K02", "Markt Au", "Kommune 02"), frozenset({"kreis.example"}))
LAND = Known(
    "K03", "Landkreis Müsterau", names_of("K03", "Landkreis Müsterland", "Kommune 03"), frozenset({"kreis.example"})
)


@pytest.mark.parametrize(
    ("values", "reason", "found", "code"),
    [
        ({"title": "Workshop K01"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "k-01"}, None, "", ""),
        ({"title": "Jour fixe (Kommune 01)"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "MUSTERAU: Kick-off"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "Müsterau"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "Muesterau"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "Musterauer Straße"}, None, "", ""),
        ({"place": "Rathaus, 12345 Musterau"}, Reason.NAME, "Stadt Musterau", "K01"),
        ({"title": "Au"}, None, "", ""),
        ({"title": "Markt Au"}, Reason.NAME, "Markt Au", "K02"),
        ({"title": "K01 und K02"}, Reason.NAME, "Stadt Musterau, Markt Au", ""),
        ({"domains": ("musterau.example",)}, Reason.DOMAIN, "musterau.example", "K01"),
        ({"domains": ("bau.musterau.example",)}, Reason.DOMAIN, "musterau.example", "K01"),
        ({"domains": ("notmusterau.example",)}, None, "", ""),
        ({"domains": ("kreis.example",)}, Reason.DOMAIN, "kreis.example", ""),
        ({"title": "K02", "domains": ("musterau.example",)}, Reason.NAME, "Markt Au", "K02"),
        ({"text": "mit der Stadt Musterau"}, Reason.TEXT, "Stadt Musterau", "K01"),
        ({"title": "Steuerungsgruppe"}, Reason.WORD, "Steuerungsgruppe", ""),
        ({"title": "Komma, Punkt, Strich"}, Reason.WORD, "KommA", ""),
        ({"title": "Steuerungsgruppen"}, None, "", ""),
        ({"text": "Steuerungsgruppe"}, None, "", ""),
        ({"title": "Zahnarzt"}, None, "", ""),
        ({}, None, "", ""),
    ],
)
def test_rules(values: dict[str, Any], reason: Reason | None, found: str, code: str) -> None:
    expected = Match(reason, found, code) if reason else None
    assert match(appointment(**values), [MUSTERAU, AU, LAND], PROGRAMME_WORDS) == expected


def test_who_knows_no_municipality_finds_none() -> None:
    assert match(appointment(title="Workshop K01 Musterau"), [], []) is None


@pytest.mark.parametrize(
    ("title", "activity"),
    [
        ("Workshop", Activity.WORKSHOP),
        ("Vorbereitung Training", Activity.PREPARATION),
        ("Fallberatung, Coaching", Activity.COACHING),
        ("Jour fixe Musterau", Activity.STEERING),
        ("Sonstiges", None),
        ("Zahnarzt", None),
    ],
)
def test_activities_are_told_by_the_title(title: str, activity: Activity | None) -> None:
    assert activity_of(appointment(title=title)) is activity


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ({"place": "Rathaus"}, Mode.ON_SITE),
        ({"place": "https://zoom.us/j/1"}, Mode.ONLINE),
        ({"place": "Microsoft Teams-Besprechung"}, Mode.ONLINE),
        ({"title": "Coaching zweier Teams", "place": "Rathaus"}, Mode.ON_SITE),
        ({"place": "Video"}, Mode.ONLINE),
        ({"title": "Online-Workshop"}, Mode.ONLINE),
        ({"title": "Telefonat mit K01"}, Mode.PHONE),
        ({"place": "Tel. 030 1234"}, Mode.PHONE),
        ({"text": "Einwahl: meet.google.com/abc"}, Mode.ONLINE),
        ({"title": "Workshop"}, None),
    ],
)
def test_modes_are_told_by_place_title_and_text(values: dict[str, Any], mode: Mode | None) -> None:
    assert mode_of(appointment(**values)) is mode


def test_the_uids_of_the_own_feeds_are_known() -> None:
    assert f"@{UID_DOMAIN}" == OWN_UID
