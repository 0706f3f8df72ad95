"""An application on a fresh database full of demo data, and clients that are signed in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event

from config import load_settings
from komma_tracker.access.scope import system_session
from komma_tracker.accounts.queries import user_by_email
from komma_tracker.accounts.service import open_session
from komma_tracker.app import create_app
from komma_tracker.db import db
from komma_tracker.demo import service as demo

TODAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@contextmanager
def loaded_app(municipalities: int) -> Iterator[Flask]:
    """An application with so many demo municipalities, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder:
        app = create_app(load_settings({"KOMMA_DATA_DIR": str(Path(folder))}), clock=lambda: TODAY)
        with app.app_context():
            upgrade()
            with system_session(db.engine, "benchmark") as session:
                demo.load(session, municipalities=municipalities, seed=1, today=TODAY.date())
        # Outside of that context: within it, requests would share their person and their database session.
        yield app
        with app.app_context():
            db.engine.dispose()


def client_of(app: Flask, email: str) -> FlaskClient:
    """A client that carries the cookie of this person."""
    with app.app_context(), system_session(db.engine, "benchmark sign-in") as session:
        user = user_by_email(session, email)
        assert user is not None, email
        token = open_session(session, user_id=user.id, now=TODAY)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


@contextmanager
def counted_statements(app: Flask) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    with app.app_context():
        engine = db.engine
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def median_ms(call: object, times: int = 40, warm_up: int = 5) -> float:
    """The middle of so many calls, in milliseconds."""
    assert callable(call)
    for _ in range(warm_up):
        call()
    spans: list[float] = []
    for _ in range(times):
        begin = perf_counter()
        call()
        spans.append((perf_counter() - begin) * 1000)
    return median(spans)
