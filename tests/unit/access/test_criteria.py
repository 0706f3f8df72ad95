"""A statement gets the criteria of what it can read, and loses none by it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import aliased, joinedload

import komma_tracker
from komma_tracker.access import scope
from komma_tracker.access.rules import Role, Viewer
from komma_tracker.budget.models import DayEntry
from komma_tracker.contracts.models import Contract
from komma_tracker.municipalities.models import Municipality

DIALECT = sqlite.dialect()
VIEWERS = [Viewer(1, Role.CONSULTANT, frozenset({7, 8})), Viewer(2, Role.COORDINATOR, frozenset({7}))]


def kept_statements() -> Iterator[tuple[str, Select[Any]]]:
    """Every statement that a module of queries has built once."""
    for module in pkgutil.walk_packages(komma_tracker.__path__, "komma_tracker."):
        if "queries" in module.name:
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Select):
                    yield f"{module.name}.{name}", value


COMPOSED = {
    "rows with what relationships lead to": select(Contract).options(joinedload(Contract.municipality)),
    "columns of another's table": select(DayEntry.id).join(DayEntry.municipality).where(Municipality.code == "K01"),
    "an alias": select(aliased(Municipality).alias),
    "only in a subquery": select(Municipality.id).where(Municipality.id.in_(select(DayEntry.municipality_id))),
    "a relation asked about": select(Municipality).where(Municipality.identity.has()),
}


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.role)
@pytest.mark.parametrize(("name", "statement"), [*kept_statements(), *COMPOSED.items()])
def test_fewer_criteria_say_the_same(viewer: Viewer, name: str, statement: Select[Any]) -> None:
    criteria = scope._criteria(viewer)

    by_all, guarded = (criteria.added_to(statement, DIALECT) for _ in range(2))

    assert len(guarded._with_options) <= len(by_all._with_options)
    assert str(guarded.compile(dialect=DIALECT)) == str(by_all.compile(dialect=DIALECT)), name


def test_a_statement_that_comes_again_is_guarded_once_for_each_viewer() -> None:
    statement = select(DayEntry.id)
    one, other = (scope._criteria(viewer) for viewer in VIEWERS)

    _, first, second = (one.added_to(statement, DIALECT) for _ in range(3))

    assert first is second
    assert first is not other.added_to(statement, DIALECT)


def test_what_a_statement_cannot_read_costs_it_nothing() -> None:
    statement, criteria = select(Municipality.id), scope._criteria(VIEWERS[0])

    new, known = (criteria.added_to(statement, DIALECT)._with_options for _ in range(2))

    assert (len(new), len(known)) == (len(scope.scoped_models()), 1)
