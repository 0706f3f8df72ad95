"""Several requests that arrive at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

from flask import Flask
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.access.rules import DomainError, Viewer
from komma_tracker.db import db


def at_the_same_moment(app: Flask, viewer: Viewer, doing: Callable[[Session], object], times: int = 4) -> list[object]:
    """What several requests of one person come to, all let go at once."""
    start, results = Barrier(times), list[object]()

    def run() -> None:
        with app.app_context():
            engine = db.engine
        with Session(engine, expire_on_commit=False) as own:
            scope.bind(own, viewer)
            start.wait(timeout=10)
            try:
                results.append(doing(own))
            except DomainError as error:
                results.append(error)

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
