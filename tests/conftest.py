"""What all tests share: databases, the application, clients, and a plain word on what was left out."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.support import postgres, shared
from tests.support.clock import Clock

if TYPE_CHECKING:  # tests of pure rules start without the application
    from flask import Flask
    from sqlalchemy.orm import Session
    from xdist.workermanage import WorkerController

    from komma_tracker.accounts.models import User
    from tests.support.application import Empty, Login, SessionFor
    from tests.support.client import Client

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
SERVER = pytest.StashKey[postgres.PostgresServer]()


# One PostgreSQL server per run: the first process starts it where a test needs it, the controller stops it.


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the run early leaves no server behind
    if postgres.available():
        workerinput = getattr(config, "workerinput", None)
        config.stash[SERVER] = (
            postgres.PostgresServer(Path(workerinput["postgres"])) if workerinput else postgres.PostgresServer.new()
        )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    server = node.config.stash.get(SERVER, None)
    if server:
        node.workerinput["postgres"] = str(server.home)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server and not hasattr(config, "workerinput"):
        server.stop()


# What was left out is said at the end; in CI nothing may be, but for data that does not lie in the project.


def _left_out(config: pytest.Config) -> dict[str, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reasons: dict[str, int] = {}
    for report in reporter.stats.get("skipped", []) if reporter else []:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    return reasons


def pytest_sessionfinish(session: pytest.Session) -> None:
    forbidden = [reason for reason in _left_out(session.config) if not reason.startswith(shared.MISSING)]
    if IN_CI and forbidden and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = _left_out(config)
    for reason, count in sorted(left_out.items()):
        terminalreporter.write_line(f"LEFT OUT: {count} tests: {reason}", yellow=True)
    if IN_CI and any(not reason.startswith(shared.MISSING) for reason in left_out):
        terminalreporter.write_line("FAILED: in CI nothing may be left out", red=True)


# Databases, application, sessions, clients.


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Empty:
    """Empty SQLite databases."""
    from tests.support.application import sqlite_databases

    return sqlite_databases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Empty:
    """Empty PostgreSQL databases."""
    from tests.support.application import postgresql_databases

    server = pytestconfig.stash.get(SERVER, None)
    if server is None:
        pytest.skip("PostgreSQL: no binaries for this system")
    server.start()
    return postgresql_databases(tmp_path_factory.mktemp("postgresql"), server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database: each test that uses it runs on both kinds."""
    empty: Empty = request.getfixturevalue(request.param)
    return empty(tmp_path)


@pytest.fixture
def clock() -> Clock:
    """The application's clock: it stands still until the test moves it."""
    return Clock()


@pytest.fixture
def now(clock: Clock) -> datetime:
    """What the application's clock shows at the beginning."""
    return clock.now


@pytest.fixture
def app(database: str, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on an empty database, with a data folder of its own."""
    from tests.support.application import application

    with application(tmp_path, database, clock) as app:
        yield app


@pytest.fixture
def session_for(app: Flask) -> Iterator[SessionFor]:
    """Opens sessions, each bound to one viewer for good."""
    from tests.support.application import sessions

    with sessions(app) as open_for:
        yield open_for


@pytest.fixture
def session(session_for: SessionFor) -> Session:
    """A session of the system's own: for what a test lays out, and for looking behind the scenes."""
    from komma_tracker.access.rules import System

    return session_for(System("test"))


@pytest.fixture
def client(app: Flask) -> Client:
    """Somebody who has not signed in; `app.test_client()` makes more of them."""
    return cast("Client", app.test_client())


@pytest.fixture
def login(session_for: SessionFor, clock: Clock) -> Login:
    """Signs a person in without asking for a password, as `login(client, user)`."""
    from tests.support.application import sign_in

    def login(client: Client, user: User) -> Client:
        return sign_in(client, user, session_for=session_for, now=clock.now)

    return login
