"""The application as tests run it: databases made once per worker by the migrations, emptied before each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from psycopg import sql
from sqlalchemy.orm import Session

from config import Settings, load_settings
from komma_tracker.access import scope
from komma_tracker.access.rules import Actor, System
from komma_tracker.accounts.models import User
from komma_tracker.accounts.service import open_session
from komma_tracker.app import create_app
from komma_tracker.db import Base, db
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.postgres import PostgresServer

Empty = Callable[[Path], str]
"""Gives an empty, migrated database, as its address; takes a folder for this test alone."""
SessionFor = Callable[[Actor], Session]
Login = Callable[[Client, User], Client]


class CompiledTemplates(BytecodeCache):
    """Templates compiled once per worker: doing it for every test would be most of the work."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


def settings_for(data_dir: Path, database_url: str) -> Settings:
    """Settings of a test: as by default, with this data folder and this database."""
    return load_settings(
        {
            "KOMMA_DATA_DIR": str(data_dir),
            "KOMMA_DATABASE_URL": database_url,
            "KOMMA_SECRET_KEY": "a key for tests, long enough to be one",
        }
    )


def migrate(data_dir: Path, database_url: str) -> None:
    """Run all migrations."""
    with create_app(settings_for(data_dir, database_url)).app_context():
        upgrade()
        db.engine.dispose()


def sqlite_databases(folder: Path) -> Empty:
    """Each test works on a copy of one migrated file: a millisecond."""
    template = folder / "template.db"
    migrate(folder, f"sqlite:///{template}")
    return partial(_copy, template)


def _copy(template: Path, folder: Path) -> str:
    path = folder / "komma.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def postgresql_databases(folder: Path, server: PostgresServer) -> Empty:
    """All tests of a worker share one database: deleting what a test wrote takes 1 ms, TRUNCATE 15, a template 36."""
    url = server.create_database(f"test_{os.getpid()}")
    migrate(folder, url)
    return partial(_emptied, url)


def _emptied(url: str, folder: Path) -> str:
    del folder
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=False) as connection:
        # Neither order of tables nor triggers matter in this mode.
        deletes = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for name in Base.metadata.tables]
        connection.execute(sql.SQL("SET LOCAL session_replication_role = replica;") + sql.Composed(deletes))
        connection.execute("SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences")
    return url


@contextmanager
def application(data_dir: Path, database_url: str, clock: Clock) -> Iterator[Flask]:
    """One application on this database; its connections are closed at the end."""
    app = create_app(settings_for(data_dir, database_url), clock=clock)
    app.testing = True
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = COMPILED
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def sessions(app: Flask) -> Iterator[SessionFor]:
    """A function that opens a session bound to a viewer; all are closed at the end."""
    with app.app_context():
        engine = db.engine
    with ExitStack() as stack:

        def open_for(viewer: Actor) -> Session:
            session = stack.enter_context(Session(engine, expire_on_commit=False))
            scope.bind(session, viewer)
            return session

        yield open_for


def sign_in(client: Client, user: User, *, session_for: SessionFor, now: datetime) -> Client:
    """Give this client the cookie of a person who has just signed in."""
    token = open_session(session_for(System("test sign-in")), user_id=user.id, now=now)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
