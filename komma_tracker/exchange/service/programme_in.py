"""Read a whole programme from one file into an empty instance (format: komma_tracker/exchange/programme.py)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache, partial
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    Time,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, DomainError, System
from komma_tracker.audit import service as audit
from komma_tracker.budget import totals
from komma_tracker.contracts.models import Contract
from komma_tracker.db import UTCDateTime, new_public_id, unit_of_work
from komma_tracker.exchange.programme import FORMAT, VERSION
from komma_tracker.exchange.service.programme_out import ROWS_AT_ONCE, schema, taken_columns, taken_tables

LONGEST_LINE = 8 * 1024 * 1024
"""A row is never so long; a file without line breaks would fill the memory."""


class NotAProgramme(DomainError):
    """The file is none of a programme, is damaged, or does not fit; the message says which, and where."""


def import_programme(session: Session, viewer: System, *, file: IO[bytes], now: datetime) -> Mapping[str, int]:
    """Take a programme in, all of it or nothing; rows by table. Passwords are not in the file: people are invited.

    Raises NotAProgramme, also where the instance is not empty.
    """
    with unit_of_work(session):
        _check_empty(session)
        if session.get_bind().dialect.name == "sqlite":  # rows of one table may refer to later ones
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        reader = _Reader(file)
        counts: dict[str, int] = {}
        try:
            for table in reader.tables():
                counts[table.name] = _fill(session, table, reader)
            reader.finish(sum(counts.values()))
            _go_on_counting(session)
            totals.recount(session, contract_ids=session.scalars(select(Contract.id).order_by(Contract.id)).all())
            _check_references(session)
        except IntegrityError:
            message = N_("Die Datei passt nicht zusammen: Eine Zeile verweist auf etwas, das nicht darin steht.")
            raise NotAProgramme(message) from None
        audit.record(
            session,
            viewer,
            action="programme.import",
            object_type="import",
            object_id=new_public_id(),
            after={"rows": sum(counts.values())},
            now=now,
        )
    return counts


def _check_empty(session: Session) -> None:
    for table in taken_tables():
        if session.execute(select(func.count()).select_from(table)).scalar_one():
            raise NotAProgramme(
                N_(
                    "Diese Instanz ist nicht leer. "
                    "Ein ganzes Programm kommt nur in eine leere, damit nichts vermengt wird."
                )
            )


def _fill(session: Session, table: Table, reader: _Reader) -> int:
    count = 0
    batch: list[dict[str, Any]] = []
    for row in reader.rows(table):
        batch.append(row)
        count += 1
        if len(batch) == ROWS_AT_ONCE:
            session.execute(insert(table), batch)
            batch.clear()
    if batch:
        session.execute(insert(table), batch)
    return count


def _go_on_counting(session: Session) -> None:
    """Let the next row get the next number: PostgreSQL has not noticed those that came with theirs."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in taken_tables():
        key = list(table.primary_key.columns)
        if len(key) == 1 and isinstance(key[0].type, Integer) and not key[0].foreign_keys:
            highest = session.execute(select(func.max(key[0]))).scalar_one()
            if highest is not None:
                sequence = func.pg_get_serial_sequence(f'"{table.name}"', key[0].name)
                session.execute(select(func.setval(sequence, highest)))


def _check_references(session: Session) -> None:
    """SQLite looks at references at the end of the transaction; here it is told to look now."""
    if session.get_bind().dialect.name == "sqlite" and session.execute(text("PRAGMA foreign_key_check")).first():
        raise IntegrityError("foreign_key_check", None, ValueError())


class _Reader:
    """Reads the file line by line, and knows at which it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.number = 0
        self.digest = hashlib.sha256()

    def tables(self) -> Iterator[Table]:
        """Each table in its turn; its rows must be read before the next."""
        self._check_head()
        for table in taken_tables():
            if self._line() != f"{json.dumps(table.name)}: [".encode():
                raise self._broken()
            yield table

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """The rows of a table, as values of its columns."""
        readers = {column.name: _reader_of(column) for column in taken_columns(table)}
        while (line := self._line()) not in (b"]", b"],"):
            yield self._row(line, readers)

    def finish(self, rows: int) -> None:
        """Check that the file is whole, and as it was written."""
        if self._line() != b"},":
            raise self._broken()
        expected = {"rows": rows, "sha256": self.digest.hexdigest()}
        try:
            trailer = json.loads(b"{" + self._line())
        except ValueError:
            raise self._broken() from None
        if trailer != expected or self.file.read(1):
            raise NotAProgramme(N_("Die Datei ist beschädigt oder von Hand geändert: Ihre Prüfsumme stimmt nicht."))

    def _check_head(self) -> None:
        try:
            found = json.loads(self._line() + b"}}")
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise NotAProgramme(N_("Die Datei ist keine Ausgabe eines Programms aus komma-tracker."))
        if found.get("version") != VERSION:
            raise NotAProgramme(
                N_("Die Datei hat die Fassung %(found)s, gelesen wird die Fassung %(wanted)s."),
                found=str(found.get("version"))[:20],
                wanted=VERSION,
            )
        if found.get("schema") != schema():
            raise NotAProgramme(
                N_(
                    "Die Datei kommt aus einem anderen Stand der Software. "
                    "Bitte bringen Sie beide Instanzen auf denselben Stand und geben Sie das Programm neu aus."
                )
            )

    def _line(self) -> bytes:
        line = self.file.readline(LONGEST_LINE)
        self.number += 1
        if not line.endswith(b"\n"):
            raise self._broken()
        if not line.startswith(b'"rows"'):  # the last line tells the sum of all before it
            self.digest.update(line)
        return line[:-1]

    def _row(self, line: bytes, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
        try:
            found = json.loads(line.removesuffix(b","))
        except ValueError:
            raise self._broken() from None
        if not isinstance(found, dict) or found.keys() != readers.keys():
            raise self._broken()
        row: dict[str, Any] = {}
        for name, read in readers.items():
            try:
                row[name] = read(found[name])
            except (ValueError, TypeError, KeyError):
                raise NotAProgramme(
                    N_("Zeile %(row)s: Die Angabe „%(column)s“ ist nicht lesbar."), row=self.number, column=name
                ) from None
        return row

    def _broken(self) -> NotAProgramme:
        return NotAProgramme(N_("Zeile %(row)s gehört nicht in die Ausgabe eines Programms."), row=self.number)


def _reader_of(column: Column[Any]) -> Callable[[Any], Any]:
    """How the values of a column are read; raises ValueError or TypeError for what it cannot hold."""
    read = next(make(column.type) for kind, make in _READERS if isinstance(column.type, kind))

    def value(found: Any) -> Any:
        if found is None:
            if not column.nullable:
                raise ValueError
            return None
        return read(found)

    return value


def _instant(found: str) -> datetime:
    instant = datetime.fromisoformat(found)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _local(found: str) -> datetime:
    local = datetime.fromisoformat(found)
    if local.tzinfo is not None:
        raise ValueError
    return local


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(found: Any) -> Any:
        if type(found) is not kind:
            raise ValueError
        return found

    return read


def _text_up_to(length: int | None) -> Callable[[Any], str]:
    def read(found: Any) -> str:
        if not isinstance(found, str) or (length is not None and len(found) > length) or "\0" in found:
            raise ValueError
        return found

    return read


_READERS: Sequence[tuple[type, Callable[[Any], Callable[[Any], Any]]]] = (
    (Enum, lambda kind: lru_cache(kind.enum_class)),
    (UTCDateTime, lambda _: _instant),
    (DateTime, lambda _: _local),
    (Date, lambda _: lru_cache(maxsize=4096)(date.fromisoformat)),
    (Time, lambda _: time.fromisoformat),
    (Boolean, lambda _: _exactly(bool)),
    (Integer, lambda _: _exactly(int)),
    (String, lambda kind: _text_up_to(kind.length)),
    (LargeBinary, lambda _: partial(base64.b64decode, validate=True)),
    (JSON, lambda _: lambda found: found),
)
"""How each type of column is read, the narrower types first."""
