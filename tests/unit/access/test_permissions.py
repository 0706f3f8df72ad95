"""The permission table as a truth table: who may do what, and where."""

from __future__ import annotations

import pytest

from komma_tracker.access.rules import (
    PERMISSIONS,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Permission,
    Relation,
    Role,
    System,
    Viewer,
    check,
    may,
)

OWN, FOREIGN = 1, 2
ROLES = "LCKHR"
"""Lead, consultant, coordinator (Koordination), head, reader."""
# Permission, who has it at all, who has it for a municipality they are assigned to, who for another one.
TABLE: tuple[tuple[Permission, str, str, str], ...] = (
    (Permission.MUNICIPALITY_LIST, "LC   ", "LC   ", "LC   "),
    (Permission.MUNICIPALITY_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.MUNICIPALITY_EDIT, "L    ", "L    ", "L    "),
    (Permission.CONTRACT_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.CONTRACT_EDIT, "L    ", "L    ", "L    "),
    (Permission.CONTRACT_REALLOCATE, "LC   ", "LC   ", "L    "),
    (Permission.POOL_MANAGE, "L    ", "L    ", "L    "),
    (Permission.ENTRY_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.ENTRY_LOG, "LC   ", "LC   ", "L    "),
    (Permission.ENTRY_LOG_FOR_OTHERS, "L    ", "L    ", "L    "),
    (Permission.ENTRY_INTERNAL_NOTE, "LC   ", "LC   ", "L    "),
    (Permission.ENTRY_DECIDE, "L    ", "L    ", "L    "),
    (Permission.ENTRY_IMPORT, "LC   ", "LC   ", "L    "),
    (Permission.ENTRY_WORDS, "L    ", "L    ", "L    "),
    (Permission.ENTRY_EXPORT, "LCKH ", "LCKH ", "L    "),
    (Permission.STATEMENT_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.STATEMENT_SUBMIT, "LC   ", "LC   ", "L    "),
    (Permission.STATEMENT_ANSWER, "  KH ", "  KH ", "     "),
    (Permission.STATEMENT_CLOSE, "L    ", "L    ", "L    "),
    (Permission.PROGRAMME_EXPORT, "L    ", "L    ", "L    "),
    (Permission.SESSION_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.SESSION_EDIT, "LC   ", "LC   ", "L    "),
    (Permission.SESSION_CONFIDENTIAL, "LC   ", "LC   ", "L    "),
    (Permission.SESSION_PUBLISH, "L    ", "L    ", "L    "),
    (Permission.ALLIANCE_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.ALLIANCE_EDIT, "LCK  ", "LCK  ", "L    "),
    (Permission.ORGANISATION_MANAGE, "L    ", "L    ", "L    "),
    (Permission.STRATEGY_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.STRATEGY_EDIT, "LCK  ", "LCK  ", "L    "),
    (Permission.CALENDAR_VIEW, "LCKH ", "LCKH ", "L    "),
    (Permission.FEED_OWN, "LC   ", "LC   ", "LC   "),
    (Permission.FEED_MUNICIPALITY, "LCKH ", "LCKH ", "L    "),
    (Permission.FEED_NETWORK, "LCKH ", "LCKH ", "LCKH "),
    (Permission.FEED_PROGRAMME, "L    ", "L    ", "L    "),
    (Permission.FEED_GUESTS, "L K  ", "L K  ", "L    "),
    (Permission.TODAY_VIEW, "LC   ", "LC   ", "LC   "),
    (Permission.PORTFOLIO_VIEW, "L    ", "L    ", "L    "),
    (Permission.OUTLOOK_VIEW, "LC   ", "LC   ", "L    "),
    (Permission.PROGRAMME_VIEW, "L   R", "L   R", "L   R"),
    (Permission.REPORT_FUNDER, "L    ", "L    ", "L    "),
    (Permission.TIMESHEET_VIEW, "LC   ", "LC   ", "LC   "),
    (Permission.TIMESHEET_OF_OTHERS, "L    ", "L    ", "L    "),
    (Permission.PEOPLE_MANAGE, "L    ", "L    ", "L    "),
    (Permission.ACCOUNT_OWN, "LCKHR", "LCKHR", "LCKHR"),
)


def granted(permission: Permission, municipality_id: int | None) -> str:
    viewers = (Viewer(1, role, frozenset({OWN})) for role in Role)
    letters = zip(ROLES, viewers, strict=True)
    return "".join(letter if may(viewer, permission, municipality_id) else " " for letter, viewer in letters)


@pytest.mark.parametrize(("permission", "anywhere", "own", "foreign"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_who_may(permission: Permission, anywhere: str, own: str, foreign: str) -> None:
    assert [granted(permission, where) for where in (None, OWN, FOREIGN)] == [anywhere, own, foreign]


def test_every_permission_stands_in_the_policy_and_in_this_table() -> None:
    assert set(PERMISSIONS) == set(Permission) == {row[0] for row in TABLE}


def test_what_is_unknown_is_denied() -> None:
    viewer = Viewer(1, Role.LEAD)
    assert not may(viewer, "municipality.burn")  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        check(viewer, "municipality.burn")  # type: ignore[arg-type]


@pytest.mark.parametrize("permission", Permission)
def test_without_an_assignment_only_what_needs_none_is_left(permission: Permission) -> None:
    for role in Role:
        wanted = PERMISSIONS[permission].get(role) is Relation.ANY
        assert may(Viewer(1, role), permission, OWN) is wanted


@pytest.mark.parametrize("permission", Permission)
def test_checking_is_asking(permission: Permission) -> None:
    for role in Role:
        viewer = Viewer(1, role, frozenset({OWN}))
        for where in (None, OWN, FOREIGN):
            try:
                check(viewer, permission, where)
                admitted = True
            except Forbidden:
                admitted = False
            assert admitted is may(viewer, permission, where)


@pytest.mark.parametrize("permission", Permission)
def test_the_system_may_all(permission: Permission) -> None:
    assert may(System("test"), permission, FOREIGN)


def test_only_leads_see_all() -> None:
    assert [role for role in Role if Viewer(1, role).sees_all] == [Role.LEAD]


def test_every_role_has_words_of_its_own() -> None:
    assert len({role.label for role in Role}) == len(Role)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Invalid("name", "Höchstens %(most)s Zeichen.", most=5), "Höchstens 5 Zeichen."),
        (Invalid(None, "100 % sind genug."), "100 % sind genug."),
        (DomainError("Ohne Lücke."), "Ohne Lücke."),
    ],
)
def test_errors_speak(error: DomainError, words: str) -> None:
    assert str(error) == words


@pytest.mark.parametrize("error", [NotFound(), Forbidden(), Conflict()])
def test_errors_without_words_of_their_own_have_a_message(error: DomainError) -> None:
    assert error.message
    assert isinstance(error, DomainError)
