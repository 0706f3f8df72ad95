"""The examples in the docstrings of pure rules are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import komma_tracker

RULES = sorted(
    module.name
    for module in pkgutil.walk_packages(komma_tracker.__path__, "komma_tracker.")
    if "rules" in module.name.split(".")
)


def test_rules_are_found() -> None:
    assert "komma_tracker.budget.rules.counting" in RULES


@pytest.mark.parametrize("name", RULES)
def test_examples(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0
