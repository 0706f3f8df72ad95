"""The least that logging a day can cost here: a bare Flask route that writes one row and one total through the ORM.

No sign-in, no form, no scope, no audit, no page. `benchmarks.log_days` starts it beside the product.
"""

from __future__ import annotations

import socket
import sys

from flask import Flask, redirect, request
from sqlalchemy import Engine, String, create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from waitress.server import create_server
from werkzeug.wrappers import Response

from komma_tracker.access.scope import system_session
from komma_tracker.cli import workers
from komma_tracker.db import prepare_engine, unit_of_work


class Base(DeclarativeBase):
    """Parent of the two tables."""


class Day(Base):
    """One row."""

    __tablename__ = "day"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes: Mapped[int]
    note: Mapped[str] = mapped_column(String(200))


class Total(Base):
    """Their sum."""

    __tablename__ = "total"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes: Mapped[int]


def application(engine: Engine) -> Flask:
    """One route."""
    app = Flask(__name__)

    @app.post("/days")
    def log() -> Response:
        with system_session(engine, "floor") as session, unit_of_work(session):
            minutes = int(request.form["duration"].partition(":")[2])
            session.add(Day(minutes=minutes, note=request.form["note"]))
            total = update(Total).where(Total.id == 1).values(minutes=Total.minutes + minutes)
            session.execute(total.execution_options(synchronize_session=False))
        return redirect("/days")

    return app


def main(port: int, database: str) -> None:
    """Serve as the product does."""
    engine = create_engine(f"sqlite:///{database}")
    prepare_engine(engine)
    Base.metadata.create_all(engine)
    with system_session(engine, "floor") as session, unit_of_work(session):
        session.add(Total(id=1, minutes=0))
    engine.dispose()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    workers.end_on_signals()
    app = application(engine)
    workers.run(lambda: create_server(app, sockets=[listener], threads=4).run(), workers.usual_number())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
