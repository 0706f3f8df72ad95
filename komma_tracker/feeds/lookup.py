"""Who comes to the desk: what a token opens, asked once for as long as nobody writes into the database.

SQLite tells each connection whether others have written since it last asked (`PRAGMA data_version`), for a few
microseconds. The connection asked here never writes itself, so whatever anybody changes in any process, it hears of.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from threading import local
from typing import Any

from komma_tracker.db import Engine
from komma_tracker.feeds import serving
from komma_tracker.feeds.serving import Admitted

MOST = 1000
"""Tokens that one thread keeps in mind."""
Admit = Callable[[str, date], Admitted | None]


def lookup_for(engine: Engine) -> Admit:
    """What tells what a token opens on a day, on this database."""

    def ask(token: str, today: date) -> Admitted | None:
        with engine.connect() as connection:
            return serving.admit(connection, token=token, today=today)

    return _Remembered(engine, ask) if engine.dialect.name == "sqlite" and engine.url.database else ask


class _Remembered:
    def __init__(self, engine: Engine, ask: Admit) -> None:
        self._engine = engine
        self._ask = ask
        self._mine = local()

    def __call__(self, token: str, today: date) -> Admitted | None:
        watch: _Watch | None = getattr(self._mine, "watch", None)
        if watch is None:
            watch = self._mine.watch = _Watch(self._engine)
        known = watch.known()  # looked at before asking: what is written meanwhile makes it forget again
        key = (token, today)
        if key not in known:
            admitted = self._ask(token, today)
            if admitted is None or len(known) >= MOST:
                return admitted
            known[key] = admitted
        return known[key]


class _Watch:
    """A connection of one thread that only listens, and what is known since the last change."""

    def __init__(self, engine: Engine) -> None:
        connection = engine.raw_connection()
        connection.detach()
        self._connection: Any = connection.dbapi_connection
        self._version: int | None = None
        self._known: dict[tuple[str, date], Admitted] = {}

    def known(self) -> dict[tuple[str, date], Admitted]:
        """Empty after any change to the database."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version, self._known = version, {}
        return self._known

    def __del__(self) -> None:
        with suppress(Exception):
            self._connection.close()
