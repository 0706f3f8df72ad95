"""Strategy papers: who moves what on which route, and what a new version makes void."""

from __future__ import annotations

from datetime import date

import pytest

from komma_tracker.access.rules import Forbidden, Invalid, Role
from komma_tracker.deliverables.rules import (
    DECISIONS,
    MOVES,
    VALID,
    VOTING,
    Answer,
    DeliverableState,
    Route,
    after_new_version,
    can_move,
    check_accepted,
    check_answer,
    check_happened,
    check_in_force,
    check_link,
    check_move,
    check_route,
    fits_route,
    next_states,
    offered_routes,
)

S = DeliverableState
LETTERS = {Role.LEAD: "L", Role.CONSULTANT: "C", Role.COORDINATOR: "K", Role.HEAD: "H", Role.READER: "R"}
TABLE = {
    (S.NOT_STARTED, S.IN_PROGRESS): "LCK",
    (S.IN_PROGRESS, S.DRAFT): "LCK",
    (S.DRAFT, S.IN_REVIEW): "LCK",
    (S.DRAFT, S.IN_PROGRESS): "LCK",
    (S.IN_REVIEW, S.ACCEPTED): "LCK",
    (S.IN_REVIEW, S.DRAFT): "LCK",
    (S.ACCEPTED, S.PRELIMINARY): "LCK",
    (S.ACCEPTED, S.ADOPTED): "LCK",
    (S.ACCEPTED, S.NOTED): "LCK",
    (S.ACCEPTED, S.DEFERRED): "LCK",
    (S.ACCEPTED, S.REJECTED): "LCK",
    (S.ACCEPTED, S.IN_FORCE): "LCK",
    (S.ACCEPTED, S.IN_REVIEW): "LCK",
    (S.PRELIMINARY, S.ADOPTED): "LCK",
    (S.PRELIMINARY, S.NOTED): "LCK",
    (S.PRELIMINARY, S.DEFERRED): "LCK",
    (S.PRELIMINARY, S.REJECTED): "LCK",
    (S.PRELIMINARY, S.IN_REVIEW): "LCK",
    (S.ADOPTED, S.IN_FORCE): "LCK",
    (S.ADOPTED, S.ACCEPTED): "L",
    (S.NOTED, S.IN_FORCE): "LCK",
    (S.NOTED, S.IN_REVIEW): "LCK",
    (S.NOTED, S.ACCEPTED): "L",
    (S.DEFERRED, S.PRELIMINARY): "LCK",
    (S.DEFERRED, S.ADOPTED): "LCK",
    (S.DEFERRED, S.NOTED): "LCK",
    (S.DEFERRED, S.REJECTED): "LCK",
    (S.DEFERRED, S.IN_FORCE): "LCK",
    (S.DEFERRED, S.IN_REVIEW): "LCK",
    (S.REJECTED, S.IN_REVIEW): "LCK",
    (S.REJECTED, S.ACCEPTED): "L",
    (S.IN_FORCE, S.IN_USE): "LCK",
    (S.IN_USE, S.SUSTAINED): "LC",
    (S.SUSTAINED, S.REVISED): "LCK",
    (S.SUSTAINED, S.IN_USE): "LC",
    (S.REVISED, S.IN_REVIEW): "LCK",
}


def test_every_state_has_its_row_and_every_move_its_people() -> None:
    assert set(MOVES) == set(S)
    assert {
        (state, target): "".join(letter for role, letter in LETTERS.items() if role in roles)
        for state, targets in MOVES.items()
        for target, roles in targets.items()
    } == TABLE


@pytest.mark.parametrize(
    ("target", "routes"),
    [
        (S.PRELIMINARY, {Route.COUNCIL}),
        (S.ADOPTED, {Route.COUNCIL, Route.COMMITTEE}),
        (S.NOTED, {Route.COUNCIL, Route.COMMITTEE}),
        (S.DEFERRED, set(Route)),
        (S.REJECTED, set(Route)),
        (S.IN_FORCE, {Route.HEAD, Route.INSTRUCTION, Route.AGREEMENT}),
    ],
)
def test_a_route_has_only_its_own_ends(target: DeliverableState, routes: set[Route]) -> None:
    assert {route for route in Route if can_move(S.ACCEPTED, target, route, Role.LEAD)} == routes


def test_before_the_route_is_chosen_nobody_decides() -> None:
    assert [each for each in S if fits_route(S.ACCEPTED, each, None) is False] == [
        S.PRELIMINARY, S.ADOPTED, S.NOTED, S.IN_FORCE,
    ]  # fmt: skip


def test_taken_note_of_is_not_adopted() -> None:
    assert {S.NOTED, S.DEFERRED, S.REJECTED} == DECISIONS - VALID
    assert {route for route in Route if fits_route(S.NOTED, S.IN_FORCE, route)} == set(Route) - VOTING
    assert {route for route in Route if fits_route(S.ADOPTED, S.IN_FORCE, route)} == set(Route)


def test_no_role_is_offered_what_would_be_refused() -> None:
    for state in S:
        for route in (None, *Route):
            for role in Role:
                offered = next_states(state, route, role)
                assert offered == tuple(each for each in MOVES[state] if can_move(state, each, route, role))


def test_a_step_that_is_not_there_and_one_of_others_are_told_apart() -> None:
    with pytest.raises(Invalid):
        check_move(S.NOT_STARTED, S.ADOPTED, Route.COUNCIL, Role.LEAD)
    with pytest.raises(Forbidden):
        check_move(S.ADOPTED, S.ACCEPTED, Route.COUNCIL, Role.COORDINATOR)


def test_a_new_version_makes_an_approval_void() -> None:
    assert {state: after_new_version(state) for state in S} == {
        S.NOT_STARTED: S.DRAFT,
        S.IN_PROGRESS: S.DRAFT,
        S.DRAFT: S.DRAFT,
        S.IN_REVIEW: S.IN_REVIEW,
        S.ACCEPTED: S.DRAFT,
        S.PRELIMINARY: S.DRAFT,
        S.ADOPTED: S.DRAFT,
        S.NOTED: S.DRAFT,
        S.DEFERRED: S.DRAFT,
        S.REJECTED: S.DRAFT,
        S.IN_FORCE: S.REVISED,
        S.IN_USE: S.REVISED,
        S.SUSTAINED: S.REVISED,
        S.REVISED: S.REVISED,
    }


@pytest.mark.parametrize(
    ("target", "has_version", "answers", "passes"),
    [
        (S.DRAFT, False, [], True),
        (S.IN_REVIEW, False, [], False),
        (S.IN_REVIEW, True, [Answer.OPEN], True),
        (S.ACCEPTED, True, [], True),
        (S.ACCEPTED, True, [Answer.AGREED, Answer.OBJECTED], True),
        (S.ACCEPTED, True, [Answer.AGREED, Answer.OPEN], False),
        (S.ACCEPTED, False, [], False),
    ],
)
def test_it_is_accepted_once_all_have_answered(
    target: DeliverableState, has_version: bool, answers: list[Answer], passes: bool
) -> None:
    if passes:
        check_accepted(target, has_version=has_version, answers=answers)
    else:
        with pytest.raises(Invalid):
            check_accepted(target, has_version=has_version, answers=answers)


@pytest.mark.parametrize("answer", [None, Answer.OPEN, Answer.OBJECTED])
def test_a_service_agreement_needs_the_staff_council(answer: Answer | None) -> None:
    with pytest.raises(Invalid):
        check_in_force(S.IN_FORCE, Route.AGREEMENT, answer)
    check_in_force(S.IN_FORCE, Route.INSTRUCTION, answer)
    check_in_force(S.IN_FORCE, Route.AGREEMENT, Answer.WITH_CONDITIONS)


def test_dates_have_been_and_follow_one_another() -> None:
    today = date(2026, 5, 20)
    check_happened("on", today, today, since=today)
    for on, since in ((date(2026, 5, 21), None), (date(2026, 5, 1), date(2026, 5, 2))):
        with pytest.raises(Invalid) as refused:
            check_happened("on", on, today, since=since)
        assert refused.value.field == "on"
    with pytest.raises(Invalid):
        check_answer(Answer.AGREED, None)
    check_answer(Answer.OPEN, None)


def test_the_route_of_what_is_decided_stays() -> None:
    check_route(S.ACCEPTED, Route.COUNCIL, Route.HEAD)
    check_route(S.NOTED, Route.COUNCIL, Route.HEAD)
    with pytest.raises(Invalid):
        check_route(S.ADOPTED, Route.COUNCIL, Route.HEAD)


@pytest.mark.parametrize(
    "url", ["http://a.example.org/x", "https://", "javascript:alert(1)", "https://u@a.example.org", "ftp://a.example"]
)
def test_a_document_is_fetched_in_secret(url: str) -> None:
    with pytest.raises(Invalid):
        check_link(url)
    check_link("https://ablage.example.org/clearing.pdf")


def test_case_19_council_vote_on_an_anonymous_municipalitys_paper() -> None:
    assert offered_routes(is_anonymous=True)[0] is Route.HEAD
    assert set(offered_routes(is_anonymous=True)) == set(offered_routes(is_anonymous=False)) == set(Route)
