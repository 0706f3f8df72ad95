"""Tests of pure rules: whoever opens a database here has put a test into the wrong folder."""

from __future__ import annotations

import sqlite3
import sqlite3.dbapi2
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import psycopg
import pytest


def _refuse(*args: object, **kwargs: object) -> None:
    del args, kwargs
    raise AssertionError("a unit test has opened a database; tests that need one belong into tests/integration")


@contextmanager
def _no_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (sqlite3, sqlite3.dbapi2, psycopg, psycopg.Connection):
            patch.setattr(module, "connect", _refuse)
        yield


# Hooks, and not a fixture, since Hypothesis distrusts fixtures that are made once for all its examples.


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    """Close the doors to both databases while fixtures are made …"""
    with _no_database():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """… and while a test of this folder runs."""
    with _no_database():
        yield
