"""Fetch calendars over HTTP, beside a bare Flask that answers the same bytes from memory: `python -m benchmarks.feeds`.

Arguments are numbers of sessions, by default 30 300 3000. Product and floor take turns within one run, each in a
process of its own behind the same server, so that their ratio holds where the figures do not. "changed" is what the
next whole calendar costs more after one session has changed.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import waitress
from flask import Flask, Response
from flask_migrate import upgrade
from sqlalchemy import select

from benchmarks.log_days import wait_for
from benchmarks.world import TODAY
from config import load_settings
from komma_tracker.access.rules import Role
from komma_tracker.access.scope import system_session
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.accounts.models import User
from komma_tracker.app import create_app
from komma_tracker.budget.rules import Mode
from komma_tracker.db import db, unit_of_work
from komma_tracker.events.models import Event, EventMunicipality
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.rules import Audience
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Kind, Land, Visibility, alias, code

ROUNDS, TIMES = 5, 200
CHANGES = 20
Headers = dict[str, str]


def fill(sessions: int, token: str) -> None:
    """Ten municipalities, one of them anonymous, so many sessions around today, and the programme's calendar."""
    now = datetime.now(TODAY.tzinfo)
    with system_session(db.engine, "benchmark") as session, unit_of_work(session):
        lead = User(email="lead@example.org", name="Leitung", role=Role.LEAD, created_at=now)
        municipalities = [_municipality(number, now) for number in range(1, 11)]
        session.add_all([lead, *municipalities])
        session.flush()
        session.add_all(_session(number, municipalities[number % 10].id, now) for number in range(sessions))
        session.add(
            FeedAddress(
                token_sha256=token_hash(token),
                name="Messung",
                owner_id=lead.id,
                audience=Audience.PROGRAMME,
                created_at=now,
            )
        )


def _municipality(number: int, now: datetime) -> Municipality:
    return Municipality(
        code=code(number),
        alias=alias(number),
        visibility=Visibility.ANONYMOUS if number == 7 else Visibility.NETWORK,
        label_changed_at=now,
        created_at=now,
        identity=MunicipalityIdentity(
            name=f"Stadt {number}", sort_key=f"stadt {number}", kind=Kind.OTHER, land=Land.HE
        ),
    )


def _session(number: int, municipality_id: int, now: datetime) -> Event:
    starts = datetime(now.year, now.month, now.day, 9) + timedelta(days=number % 600 - 300, minutes=number % 7 * 15)
    return Event(
        kind=list(EventKind)[number % len(EventKind)],
        state=EventState.CONFIRMED,
        title=f"Umgang mit Anfeindungen, Gruppe {number}",
        starts_local=starts,
        ends_local=starts + timedelta(hours=3),
        mode=Mode.ON_SITE,
        place="Rathaus, Großer Saal, Marktplatz 1",
        link="https://treffen.example.org/umgang-mit-anfeindungen",
        planned_minutes=240,
        municipality_count=1,
        created_at=now,
        updated_at=now,
        municipalities=[EventMunicipality(municipality_id=municipality_id)],
    )


def change_one() -> None:
    """Change one session, as another process would."""
    with system_session(db.engine, "benchmark") as session, unit_of_work(session):
        event = session.scalars(select(Event).order_by(Event.id).limit(1)).one()
        event.title, event.updated_at = f"{event.title}.", event.updated_at + timedelta(seconds=1)


def serve_floor(port: int, body: bytes) -> None:
    """A bare Flask with the same bytes in memory, and an empty answer."""
    app = Flask("floor")
    app.add_url_rule("/full", "full", lambda: Response(body, content_type="text/calendar; charset=utf-8"))
    app.add_url_rule("/empty", "empty", lambda: Response(status=304))
    app.add_url_rule("/healthz", "healthz", lambda: "ok")
    waitress.serve(app, host="127.0.0.1", port=port, threads=4)


@contextmanager
def product(folder: Path, port: int) -> Iterator[None]:
    """The product's own server on this data folder."""
    command = [sys.executable, "-c", "from komma_tracker.cli import main; main()", "serve", "--port", str(port)]
    environment = {**os.environ, "KOMMA_DATA_DIR": str(folder)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextmanager
def floor(port: int, body: bytes) -> Iterator[None]:
    """The bare Flask."""
    server = multiprocessing.get_context("spawn").Process(target=serve_floor, args=(port, body), daemon=True)
    server.start()
    try:
        wait_for(port)
        yield
    finally:
        server.terminate()
        server.join(timeout=20)


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Poller:
    """A calendar program with one connection."""

    def __init__(self, port: int, path: str, headers: Headers | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.path, self.headers = path, headers or {}

    def fetch(self) -> tuple[int, bytes, str]:
        """Status, body and tag of one answer."""
        self.connection.request("GET", self.path, headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("ETag", "")

    def milliseconds(self, times: int = TIMES) -> float:
        """The middle of so many fetches."""
        spans: list[float] = []
        for _ in range(times):
            begin = perf_counter()
            self.fetch()
            spans.append((perf_counter() - begin) * 1000)
        return median(spans)


def compare(mine: Poller, other: Poller) -> tuple[float, float]:
    """Fetches a second of both, in turns."""
    rounds = [(mine.milliseconds(), other.milliseconds()) for _ in range(ROUNDS)]
    return 1000 / median(each for each, _ in rounds), 1000 / median(each for _, each in rounds)


def after_a_change(poller: Poller) -> float:
    """Milliseconds that a whole calendar costs more when one of its sessions has changed."""
    spans: list[float] = []
    for _ in range(CHANGES):
        change_one()
        spans.append(poller.milliseconds(times=1))
    return median(spans) - poller.milliseconds()


def measure(sessions: int) -> str:
    """One line of the table."""
    token, ports = new_token(), (free_port(), free_port())
    path = f"/feeds/{token}/KommA.ics"
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder:
        app = create_app(load_settings({"KOMMA_DATA_DIR": folder}))
        with app.app_context(), product(_filled(folder, sessions, token), ports[0]):
            full = Poller(ports[0], path)
            _, body, tag = full.fetch()
            unchanged = Poller(ports[0], path, {"If-None-Match": tag})
            assert unchanged.fetch()[0] == http.HTTPStatus.NOT_MODIFIED
            with floor(ports[1], body):
                mine, memory = compare(full, Poller(ports[1], "/full"))
                mine_304, empty = compare(unchanged, Poller(ports[1], "/empty"))
            changed = after_a_change(full)
            db.engine.dispose()
    return (
        f"{sessions:8d} {len(body) / 1024:6.0f} kB  {mine:6.0f}/s of {memory:6.0f}/s = {mine / memory:4.2f}"
        f"  {mine_304:6.0f}/s of {empty:6.0f}/s = {mine_304 / empty:4.2f}  {changed:8.1f} ms"
    )


def _filled(folder: str, sessions: int, token: str) -> Path:
    upgrade()
    fill(sessions, token)
    return Path(folder)


def main(sizes: list[int]) -> None:
    """Print a table: one line a number of sessions."""
    titles = ("sessions", "size", "full, of Flask from memory", "304, of an empty answer", "changed")
    print("{:>8} {:>9}  {:>29}  {:>29} {:>12}".format(*titles))
    for size in sizes:
        print(measure(size), flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [30, 300, 3000])
