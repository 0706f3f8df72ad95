"""Whether one person can be at two sessions."""

from __future__ import annotations

from datetime import datetime

import pytest

from komma_tracker.budget.rules import Mode
from komma_tracker.events.conflicts import Clash, Engagement, clash, clashes

HERE, THERE = "Rathaus Neuenwerra", "Kreishaus Wiesenfurt"


def at(
    starts: str, ends: str, place: str = HERE, *, on: str = "2026-06-10", mode: Mode = Mode.ON_SITE,
    zone: str = "Europe/Berlin", of: frozenset[int] = frozenset({1}),
) -> Engagement:  # fmt: skip
    begin, end = (datetime.fromisoformat(f"{on}T{clock}") for clock in (starts, ends))
    return Engagement(begin, end, zone, mode, place, of)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (at("09:00", "12:00"), Clash.OVERLAP),
        (at("08:00", "09:01", THERE), Clash.OVERLAP),
        (at("10:00", "10:30", THERE, mode=Mode.ONLINE), Clash.OVERLAP),
        (at("12:00", "13:00"), None),
        (at("12:00", "13:00", "  rathaus   NEUENWERRA "), None),
        (at("12:00", "13:00", THERE), Clash.TRAVEL),
        (at("12:59", "14:00", THERE), Clash.TRAVEL),
        (at("13:00", "14:00", THERE), None),
        (at("07:00", "08:01", THERE), Clash.TRAVEL),
        (at("07:00", "08:00", THERE), None),
        (at("12:30", "13:00", THERE, mode=Mode.ONLINE), None),
        (at("12:30", "13:00", THERE, mode=Mode.PHONE), None),
        (at("12:30", "13:00", ""), None),
        (at("12:30", "13:00", "", of=frozenset({2})), Clash.TRAVEL),
        (at("09:00", "12:00", on="2026-06-11"), None),
        (at("10:00", "11:00", zone="Europe/London"), Clash.OVERLAP),
        (at("11:00", "12:00", zone="Europe/London"), None),
    ],
)
def test_what_clashes_with_a_morning_at_the_town_hall(other: Engagement, expected: Clash | None) -> None:
    morning = at("09:00", "12:00")
    assert clash(morning, other) is clash(other, morning) is expected


def test_overnight_there_is_time_enough() -> None:
    late = Engagement(datetime(2026, 6, 10, 20), datetime(2026, 6, 11, 0), "Europe/Berlin", Mode.ON_SITE, HERE)
    early = at("00:10", "01:00", THERE, on="2026-06-11")
    assert clash(late, early) is Clash.TRAVEL
    assert clash(at("20:00", "23:50"), early) is None


def test_all_the_reasons_there_are() -> None:
    morning = at("09:00", "12:00")
    assert clashes(morning, [at("12:00", "13:00", THERE), at("11:00", "12:00", THERE)]) == set(Clash)
    assert clashes(morning, []) == set()
