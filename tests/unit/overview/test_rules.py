"""Phases of a contract, and what of a sum may be shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from komma_tracker.contracts.rules import Terms, until
from komma_tracker.overview.rules import Phase, WhatIf, phase_of, supposed, whole_days

STARTS, ENDS = date(2026, 1, 1), date(2026, 12, 31)


def terms(*, signed: bool = True) -> Terms:
    on = date(2025, 12, 1) if signed else None
    return Terms(
        number=0,
        effective_from=STARTS,
        starts_on=STARTS,
        ends_on=ENDS,
        agreed_minutes=80 * 480,
        signed_by_municipality_on=on,
        signed_by_carrier_on=on,
    )


@pytest.mark.parametrize(
    ("what_if", "expected"),
    [
        (WhatIf(), None),
        (WhatIf(pace_percent=50), None),
        (WhatIf(more_minutes=480), (date(2026, 5, 1), ENDS, 81 * 480)),
        (WhatIf(more_minutes=-480), (date(2026, 5, 1), ENDS, 79 * 480)),
        (WhatIf(ends_on=date(2027, 3, 31)), (date(2026, 5, 1), date(2027, 3, 31), 80 * 480)),
        (WhatIf(ends_on=date(2020, 1, 1)), (date(2026, 5, 1), STARTS, 80 * 480)),
    ],
)
def test_a_supposed_amendment_comes_after_what_is_agreed(
    what_if: WhatIf, expected: tuple[date, date, int] | None
) -> None:
    every = supposed([terms()], date(2026, 5, 1), what_if)

    assert every[0] == terms()
    assert [(each.effective_from, each.ends_on, each.agreed_minutes) for each in every[1:]] == (
        [expected] if expected else []
    )


def test_without_signatures_there_is_nothing_to_amend() -> None:
    assert supposed([terms(signed=False)], STARTS, WhatIf(more_minutes=480)) == (terms(signed=False),)


@pytest.mark.parametrize(
    ("today", "signed", "ended_on", "phase"),
    [
        (STARTS - timedelta(days=1), False, None, Phase.UNSIGNED),
        (STARTS, False, None, Phase.UNSIGNED),
        (STARTS - timedelta(days=1), True, None, Phase.UPCOMING),
        (STARTS, True, None, Phase.RUNNING),
        (ENDS, True, None, Phase.RUNNING),
        (ENDS + timedelta(days=1), True, None, Phase.OVER),
        (date(2026, 5, 31), True, date(2026, 5, 31), Phase.RUNNING),
        (date(2026, 6, 1), True, date(2026, 5, 31), Phase.OVER),
        (date(2026, 6, 1), True, date(2025, 11, 30), Phase.OVER),
    ],
)
def test_a_phase_follows_from_signatures_and_dates(
    today: date, signed: bool, ended_on: date | None, phase: Phase
) -> None:
    (only,) = until([terms(signed=signed)], ended_on)

    assert phase_of(only, today) is phase


@pytest.mark.parametrize(("minutes", "days"), [(0, 0), (239, 0), (240, 1), (480, 1), (719, 1), (720, 2), (38_400, 80)])
def test_published_days_are_whole(minutes: int, days: int) -> None:
    assert whole_days(minutes) == days
