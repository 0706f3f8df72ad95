"""Unit tests have no database."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import create_engine


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://postgres@/postgres"])
def test_an_engine_cannot_connect(url: str) -> None:
    with pytest.raises(AssertionError, match="tests/integration"):
        create_engine(url).connect()


def test_a_driver_cannot_connect() -> None:
    with pytest.raises(AssertionError, match="tests/integration"):
        sqlite3.connect(":memory:")
    with pytest.raises(AssertionError, match="tests/integration"):
        psycopg.connect("dbname=postgres")
