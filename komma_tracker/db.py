"""The database: declarative base, engine settings, sessions and the one way to write."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, TypeDecorator, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

try:
    import fcntl
except ImportError:  # no such locks on this system: SQLite's own waiting has to do
    fcntl = None

ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH = 16


class Base(DeclarativeBase):
    """Parent of all tables; constraints get names so that migrations can speak of them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def enum_type(values: type[StrEnum]) -> Enum:
    """A column type for an enumeration: its values as text, so that a new one needs no change of type."""
    return Enum(values, native_enum=False, create_constraint=False, length=40, values_callable=_values)


def _values(values: type[StrEnum]) -> list[str]:
    return [value.value for value in values]


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    disable_autonaming=True,
)


def new_public_id() -> str:
    """A random id for addresses and calendars: 80 bits that say nothing, in 16 characters from a–z and 2–7."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


@contextmanager
def unit_of_work(session: Session) -> Iterator[None]:
    """One write transaction: all of it is kept, or nothing. Inside another one it joins that.

    What was loaded before is loaded anew on its next use, so that rules decide on the present.
    """
    if session.info.get("writing"):
        yield
        return
    session.commit()
    session.expire_all()
    with _turn_to_write(session):
        session.info["writing"] = True
        try:
            # SQLite takes its write lock at once instead of failing half-way.
            session.connection(execution_options={"komma_begin": "IMMEDIATE"})
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info["writing"]


def engine_options(database_url: str) -> dict[str, Any]:
    """Options for the engine of this database."""
    if make_url(database_url).get_backend_name() == "sqlite":
        return {}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10}


def prepare_engine(engine: Engine) -> None:
    """Give SQLite the durability, integrity and locking that the ledger needs (trust 24, 28)."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        del record
        # The driver must not begin transactions by itself: "begin" below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("komma_begin")
        if mode is None:
            # By the driver, as it does no more than say so; through the engine it takes longer than most statements.
            connection.connection.cursor().execute("BEGIN")
        else:
            connection.exec_driver_sql(f"BEGIN {mode}")


def is_reachable(engine: Engine) -> bool:
    """Whether the database answers."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return False
    return True


@contextmanager
def _queue(path: str) -> Iterator[None]:
    """Wait in line: SQLite's own waiting sleeps and guesses, which makes some writers wait very long."""
    assert fcntl is not None
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _turn_to_write(session: Session) -> Any:
    bind = session.get_bind()
    path = bind.engine.url.database
    if fcntl is None or bind.dialect.name != "sqlite" or not path or path == ":memory:":
        return nullcontext()
    return _queue(f"{path}.lock")
