"""Rows on their way into the database: counted, gathered, and written in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from komma_tracker.db import ID_ALPHABET, ID_LENGTH, Base

ROWS_AT_ONCE = 5000


class Rows:
    """Gives out ids and gathers rows; needs tables that are empty."""

    def __init__(self, session: Session, rng: Random) -> None:
        self.session = session
        self.rng = rng
        self.numbers: dict[type[Base], Iterator[int]] = {}
        self.rows: dict[type[Base], list[dict[str, Any]]] = {}
        self.named: dict[str, int] = {}
        """Ids of what several places share, by name."""

    def public_id(self) -> str:
        """An id as random as the seed makes it."""
        return "".join(self.rng.choices(ID_ALPHABET, k=ID_LENGTH))

    def add(self, model: type[Base], **values: Any) -> int:
        """Gather a row that is counted; returns its id."""
        number = next(self.numbers.setdefault(model, count(1)))
        self.gather(model, {"id": number, **values})
        return number

    def gather(self, model: type[Base], row: dict[str, Any]) -> None:
        """Gather a row that has its key from others."""
        self.rows.setdefault(model, []).append(row)

    def flush(self, at_least: int = 0) -> None:
        """Write what has been gathered, once it is enough; in the order in which tables refer to each other."""
        if sum(len(rows) for rows in self.rows.values()) < at_least:
            return
        tables = [table.name for table in Base.metadata.sorted_tables]
        for model in sorted(self.rows, key=lambda model: tables.index(model.__tablename__)):
            self.session.execute(insert(model), self.rows[model])
        self.rows.clear()

    def move_sequences(self) -> None:
        """Tell PostgreSQL which ids are taken; SQLite sees it."""
        if self.session.get_bind().dialect.name != "postgresql":
            return
        for model, numbers in self.numbers.items():
            self.session.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                {"name": f'"{model.__tablename__}"', "last": next(numbers) - 1},
            )
