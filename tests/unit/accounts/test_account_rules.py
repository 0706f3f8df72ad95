"""What an address, a password and an assignment must be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from komma_tracker.access.rules import Invalid, Role
from komma_tracker.accounts.rules import (
    PersonState,
    Span,
    check_assignments,
    check_password,
    clean_name,
    name_key,
    normalise_email,
    person_state,
    session_is_alive,
)

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 10, tzinfo=UTC)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def span(place: int, start: int, end: int | None = None) -> Span:
    return Span(place, day(start), None if end is None else day(end))


@pytest.mark.parametrize(
    ("idle", "age", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(minutes=30), timedelta(hours=1), True),
        (timedelta(minutes=30, seconds=1), timedelta(hours=1), False),
        (timedelta(0), timedelta(hours=12), True),
        (timedelta(0), timedelta(hours=12, seconds=1), False),
    ],
)
def test_how_long_a_sign_in_lives(idle: timedelta, age: timedelta, alive: bool) -> None:
    assert session_is_alive(NOW - age, NOW - idle, NOW) is alive


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("kim@example.org", "kim@example.org"),
        (" Kim.Muster+KommA@Sub.Example.ORG ", "kim.muster+komma@sub.example.org"),
        ("komma-tracker@localhost", "komma-tracker@localhost"),
    ],
)
def test_addresses_have_one_spelling(text: str, email: str) -> None:
    assert normalise_email(text) == email


@pytest.mark.parametrize(
    "text",
    [
        "", "kim", "@example.org", "kim@", "kim@@example.org", "kim@example..org", "kim@-example.org",
        "kim@example.org\nBcc: x@example.org", "kim muster@example.org", "Kim <kim@example.org>", "kim@exämple.org",
        "kım@example.org", "ſ@example.org", "kim@example.org,x@example.org", "x" * 65 + "@example.org",
        "kim@" + "x." * 125 + "org", 'a"b@example.org', "a(b)@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        normalise_email(text)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("password", "allowed"),
    [
        ("komma-demo", True),
        ("vier Wörter und ein Punkt.", True),
        ("x" * 9, False),
        ("abcdefghi", False),
        ("abcdefghij", True),
        ("1111122222", False),
        ("kim.muster@example.org", False),
        ("KIM.MUSTER", False),
        ("ab" * 100, False),
        ("abcdefgh " * 22 + "ab", True),
        ("abcdefgh " * 22 + "abc", False),
    ],
)
def test_passwords(password: str, allowed: bool) -> None:
    if allowed:
        check_password(password, "kim.muster@example.org")
    else:
        with pytest.raises(Invalid) as refused:
            check_password(password, "kim.muster@example.org")
        assert refused.value.field == "password"


@pytest.mark.parametrize(("text", "name"), [("Kim Muster", "Kim Muster"), (" Kim \t\n Muster ", "Kim Muster")])
def test_names_stand_on_one_line(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize("text", ["", "   ", "\n", "Kim\x00Muster", "Kim\u202eMuster", "x" * 121])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_name(text)
    assert refused.value.field == "name"


def test_names_sort_as_in_a_dictionary() -> None:
    names = ["Zander", "Öztürk", "Groß", "Grosse", "ärmel", "Arm", "Oz"]
    assert sorted(names, key=name_key) == ["Arm", "ärmel", "Groß", "Grosse", "Oz", "Öztürk", "Zander"]


@pytest.mark.parametrize(
    ("has_password", "disabled", "state"),
    [
        (False, False, PersonState.INVITED),
        (True, False, PersonState.ACTIVE),
        (True, True, PersonState.DISABLED),
        (False, True, PersonState.DISABLED),
    ],
)
def test_states(has_password: bool, disabled: bool, state: PersonState) -> None:
    assert person_state(has_password=has_password, disabled=disabled) is state


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [(0, 0, True), (-1, None, True), (0, None, True), (1, None, False), (-5, -1, False), (-5, 0, True)],
)
def test_both_days_of_an_assignment_count(start: int, end: int | None, holds: bool) -> None:
    assert span(1, start, end).holds(TODAY) is holds


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (span(1, 0, 5), span(1, 5, 9), True),
        (span(1, 0, 5), span(1, 6, 9), False),
        (span(1, 0), span(1, 99), True),
        (span(1, 0), span(1, -9, -1), False),
        (span(1, 0, 9), span(1, 3, 4), True),
    ],
)
def test_overlaps_are_the_same_from_both_sides(one: Span, other: Span, overlap: bool) -> None:
    assert (one.overlaps(other), other.overlaps(one)) == (overlap, overlap)


ONE, TWO, TWO_OVERLAPPING, TWICE_THE_SAME = (
    [span(1, -9)],
    [span(1, -9, 0), span(2, 1)],
    [span(1, -9, 1), span(2, 1)],
    [span(1, -9), span(1, 5, 9)],
)
TURNED, LONG_OVER = [span(1, 5, 4)], [span(1, -99, -50), span(2, -60, -1)]


@pytest.mark.parametrize(
    ("role", "spans", "refused"),
    [
        (Role.CONSULTANT, [], None),
        (Role.CONSULTANT, TWO_OVERLAPPING, None),
        (Role.CONSULTANT, TWICE_THE_SAME, "starts_on"),
        (Role.CONSULTANT, TURNED, "ends_on"),
        (Role.COORDINATOR, ONE, None),
        (Role.COORDINATOR, TWO, None),
        (Role.COORDINATOR, TWO_OVERLAPPING, "starts_on"),
        (Role.COORDINATOR, LONG_OVER, None),
        (Role.HEAD, TWO, None),
        (Role.HEAD, TWO_OVERLAPPING, "starts_on"),
        (Role.HEAD, TWICE_THE_SAME, "starts_on"),
        (Role.LEAD, TWO_OVERLAPPING, None),
        (Role.READER, [], None),
        (Role.READER, ONE, "role"),
        (Role.READER, LONG_OVER, None),
        (Role.READER, [span(1, 5)], "role"),
    ],
)
def test_who_may_belong_where(role: Role, spans: list[Span], refused: str | None) -> None:
    if refused is None:
        check_assignments(role, spans, TODAY)
    else:
        with pytest.raises(Invalid) as error:
            check_assignments(role, spans, TODAY)
        assert error.value.field == refused
