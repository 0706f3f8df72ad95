"""What the session guard cannot see must not stand in the source at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Select, Table, inspect
from sqlalchemy.sql import visitors

from komma_tracker import tables
from komma_tracker.access import scope
from komma_tracker.access.rules import Role, Viewer
from komma_tracker.db import Base

ROOT = Path(tables.__file__).parent
VIEWERS = [Viewer(1, role, assigned) for role in Role for assigned in (frozenset[int](), frozenset({1, 2}))]

ALLOWED: dict[str, set[str]] = {
    # A session's connection answers unguarded.
    "connection": {
        *("db.py", "audit/queries.py", "exchange/service/programme_out.py"),  # to begin a transaction, to wait
        *("feeds/views.py", "feeds/alliance_views.py"),  # the system looks up a token before anybody is known
    },
    # Counters of ids, the words of an index, the check of references: none reads a row of a table.
    "text": {"demo/rows.py", "budget/models.py", "exchange/service/programme_in.py"},
    "literal_column": {"budget/queries.py"},  # the words of that index, by which it is found
    "from_statement": set(),
}
"""Calls that go round the guard, and the files whose reason for one is known."""


def calls() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield name, path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", ALLOWED)
def test_nothing_goes_round_the_guard(name: str) -> None:
    assert {path for called, path in calls() if called == name} == ALLOWED[name]


UNGUARDED = {
    "login_session",  # reached by the hash of a token only
    "one_time_link",  # likewise
    "rate_limit",  # counters without names
    "register_entry",  # public data, no participants
    "feed_address_municipality",  # ids, reached from an address, which is guarded
    "event_consultant",  # these are reached from a session, which is guarded, and most hold but ids and numbers
    "event_participants",
    "event_booking",
    "event_move",
    "event_material",  # its words are shown with those of the session
    "event_reminder",
    "event_joining",  # a session's code, and counters of heads and answers
    "event_joined",
    "event_feedback",
}
"""A new table is guarded, or its reason stands here."""


def test_every_table_is_guarded_or_says_why_not() -> None:
    guarded = {inspect(model).local_table.name for model in scope.scoped_models()}
    assert {*guarded, *UNGUARDED} == set(Base.metadata.tables)
    assert not guarded & UNGUARDED


GUARDED = sorted(scope.scoped_models(), key=str)


@pytest.mark.parametrize("model", GUARDED)
def test_no_criterion_holds_a_table_that_a_loader_could_rewrite(model: type) -> None:
    for viewer in VIEWERS:
        criterion = scope._scopes[model](viewer)
        for part in visitors.iterate(criterion):
            if isinstance(part, Select):
                assert not [each for each in part.get_final_froms() if isinstance(each, Table)], viewer
