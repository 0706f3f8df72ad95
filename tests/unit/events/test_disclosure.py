"""What may be told of a session, and what its entries say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from komma_tracker.access.rules import Invalid
from komma_tracker.events.rules import (
    EventKind,
    check_headcount,
    check_link,
    check_plan,
    next_stamp,
    shows_details,
    statement_note,
)

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("team", [True, False])
@pytest.mark.parametrize("veiled", [True, False])
def test_details_are_for_the_team_or_not_of_a_coaching_and_never_veiled(
    kind: EventKind, team: bool, veiled: bool
) -> None:
    expected = {(True, False): True, (False, False): kind is not EventKind.COACHING}.get((team, veiled), False)
    assert shows_details(kind, team=team, veiled=veiled) is expected


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("joint", [True, False])
def test_the_statement_says_no_more_than_it_may(kind: EventKind, joint: bool) -> None:
    note = statement_note(kind, "Training Bürgerservice", joint_with_anonymous=joint)
    assert note == ("" if joint or kind is EventKind.COACHING else "Training Bürgerservice")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//example.org",
        "example.org",
        "https://",
        "https://a b",
        'https://a"b',
        "https://a<b",
        "https://a\\b",
        "https://example.org\nhttps://example.org",
        " https://example.org",
    ],
)
def test_what_is_no_address_of_a_page_is_refused(link: str) -> None:
    with pytest.raises(Invalid):
        check_link(link)


@pytest.mark.parametrize("link", ["", "https://example.org", "http://example.org/a?b=c#d", "HTTPS://example.org/ü"])
def test_addresses_of_pages_pass(link: str) -> None:
    check_link(link)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("municipalities", [0, 1, 3])
def test_only_some_kinds_do_without_a_municipality(kind: EventKind, municipalities: int) -> None:
    if municipalities or kind in {EventKind.NETWORK, EventKind.WEBINAR, EventKind.TRANSFER}:
        check_plan(kind, municipalities=municipalities, consultants=1, minutes_each=480)
    else:
        with pytest.raises(Invalid) as refusal:
            check_plan(kind, municipalities=municipalities, consultants=1, minutes_each=480)
        assert refusal.value.field == "parts"


@pytest.mark.parametrize(("headcount", "passes"), [(-1, False), (0, True), (9999, True), (10000, False)])
def test_headcounts_have_bounds(headcount: int, passes: bool) -> None:
    if passes:
        check_headcount("group_managers", headcount)
    else:
        with pytest.raises(Invalid) as refusal:
            check_headcount("group_managers", headcount)
        assert refusal.value.field == "group_managers"


@pytest.mark.parametrize("seconds", [-60, 0, 1, 60])
def test_a_stamp_always_moves_by_a_second_at_least(seconds: int) -> None:
    stamp = next_stamp(NOW, NOW + timedelta(seconds=seconds))
    assert stamp == NOW + timedelta(seconds=max(seconds, 1))
