"""Names of activities and modes, as files and people write them."""

from __future__ import annotations

import pytest

from komma_tracker.budget.rules import Activity, Mode, activity_named, mode_named
from komma_tracker.budget.rules.vocabulary import ACTIVITY_NAMES, MODE_NAMES
from komma_tracker.municipalities.rules import fold


@pytest.mark.parametrize(
    ("name", "activity"),
    [
        ("abstimmung", Activity.COORDINATION),
        ("allianztreffen", Activity.ALLIANCE_MEETING),
        ("analyse", Activity.ANALYSIS),
        ("bericht", Activity.REPORT),
        ("coaching", Activity.COACHING),
        ("gremium", Activity.COMMITTEE),
        ("interview", Activity.INTERVIEW),
        ("konzept", Activity.CONCEPT),
        ("nachbereitung", Activity.FOLLOW_UP),
        ("netzwerk", Activity.NETWORK),
        ("steuerung", Activity.STEERING),
        ("training", Activity.TRAINING),
        ("transfer", Activity.TRANSFER),
        ("vorbereitung", Activity.PREPARATION),
        ("workshop", Activity.WORKSHOP),
        ("Steuerungsgruppe", Activity.STEERING),
        ("follow_up", Activity.FOLLOW_UP),
        ("Follow-up", Activity.FOLLOW_UP),
        ("  Late  Cancellation ", Activity.LATE_CANCELLATION),
        ("", None),
        ("Clearing", None),
    ],
)
def test_activities(name: str, activity: Activity | None) -> None:
    assert activity_named(name) == activity


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("vor_ort", Mode.ON_SITE),
        ("vor Ort", Mode.ON_SITE),
        ("Präsenz", Mode.ON_SITE),
        ("Praesenz", Mode.ON_SITE),
        ("online", Mode.ONLINE),
        ("telefon", Mode.PHONE),
        ("buero", Mode.OFFICE),
        ("Büro", Mode.OFFICE),
        ("", None),
        ("Zug", None),
    ],
)
def test_modes(name: str, mode: Mode | None) -> None:
    assert mode_named(name) == mode


@pytest.mark.parametrize("activity", Activity)
def test_an_activity_is_found_by_its_code_and_its_label(activity: Activity) -> None:
    assert (activity_named(activity.value), activity_named(activity.label)) == (activity, activity)


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_is_found_by_its_code_and_its_label(mode: Mode) -> None:
    assert (mode_named(mode.value), mode_named(mode.label)) == (mode, mode)


@pytest.mark.parametrize("names", [ACTIVITY_NAMES, MODE_NAMES])
def test_no_name_means_two_things(names: dict[Activity | Mode, tuple[str, ...]]) -> None:
    folded = [fold(name) for each in names.values() for name in each]
    assert len(folded) == len(set(folded))
