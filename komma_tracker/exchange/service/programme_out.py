"""Write a whole programme into one file (format: komma_tracker/exchange/programme.py)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any

from sqlalchemy import Column, Engine, Table, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.access.scope import system_session
from komma_tracker.audit import service as audit
from komma_tracker.db import Base, new_public_id, unit_of_work
from komma_tracker.exchange.programme import FORMAT, TAKEN, VERSION

ROWS_AT_ONCE = 1000


def taken_tables() -> list[Table]:
    """The tables of a programme: each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name in TAKEN]


def taken_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that go into the file."""
    return [column for column in table.columns if column.name not in TAKEN[table.name]]


def schema() -> str:
    """Changes whenever a column that is taken comes, goes, or changes its kind: a file fits one schema only."""
    kinds = [
        (table.name, column.name, type(column.type).__name__, column.nullable)
        for table in taken_tables()
        for column in taken_columns(table)
    ]
    return hashlib.sha256(json.dumps(kinds).encode()).hexdigest()[:16]


def head() -> str:
    """The first line of a file."""
    start = {"format": FORMAT, "version": VERSION, "schema": schema()}
    return json.dumps(start)[:-1] + ', "tables": {\n'


def record(session: Session, viewer: Actor, *, now: datetime) -> None:
    """Note that somebody takes the whole programme out. Raises Forbidden."""
    check(viewer, Permission.PROGRAMME_EXPORT)
    with unit_of_work(session):
        audit.record(
            session,
            viewer,
            action="programme.export",
            object_type="export",
            object_id=new_public_id(),
            now=now,
        )


def pieces(engine: Engine) -> Iterator[bytes]:
    """The file, piece by piece, as the programme is at one moment; whoever asks has been checked and recorded."""
    with system_session(engine, "export of the programme") as session:
        if engine.dialect.name == "postgresql":  # all tables as of one moment; SQLite reads so anyway
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        digest = hashlib.sha256()
        count = 0
        for piece, rows in _pieces(session):
            digest.update(piece)
            count += rows
            yield piece
    yield json.dumps({"rows": count, "sha256": digest.hexdigest()})[1:].encode() + b"\n"


def _pieces(session: Session) -> Iterator[tuple[bytes, int]]:
    """Pieces, each with the number of rows in it."""
    yield head().encode(), 0
    every = taken_tables()
    for table in every:
        yield f"{json.dumps(table.name)}: [".encode(), 0
        before = "\n"
        for rows in _batches(session, table):
            text = ",\n".join(rows)
            yield f"{before}{text}".encode(), len(rows)
            before = ",\n"
        yield b"\n]\n" if table is every[-1] else b"\n],\n", 0
    yield b"},\n", 0


def _batches(session: Session, table: Table) -> Iterator[Sequence[str]]:
    columns = taken_columns(table)
    names = [column.name for column in columns]
    statement = select(*columns).order_by(*table.primary_key.columns)
    found = session.execute(statement, execution_options={"yield_per": ROWS_AT_ONCE})
    for rows in found.partitions():
        yield [_row(names, row) for row in rows]


def _row(names: Sequence[str], row: Sequence[Any]) -> str:
    values = {name: _plain(value) for name, value in zip(names, row, strict=True)}
    return json.dumps(values, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """What JSON can say of a value."""
    match value:
        case Enum():
            return value.value
        case datetime() if value.tzinfo:
            return value.astimezone(UTC).isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value
