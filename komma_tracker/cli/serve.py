"""`komma serve`: the web server."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from contextlib import closing

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from waitress.server import BaseWSGIServer, create_server

from komma_tracker.access.scope import system_session
from komma_tracker.accounts.queries import demo_accounts_present
from komma_tracker.cli import bodies, workers
from komma_tracker.cli.demo import load as load_demo
from komma_tracker.db import db
from komma_tracker.demo.cast import PASSWORD
from komma_tracker.kit.context import context

MEGABYTE = 1024 * 1024
BACKLOG = 1024
"""Connections that may wait to be taken."""
DEMO_SIGN_INS = f"""\
Demo sign-ins, password {PASSWORD}:
  lead@example.org               programme lead
  beratung-a@example.org         consultant (also b, c, d)
  koordination-k01@example.org   coordinator of one municipality (k01 to k10)"""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests served at a time.")
@click.option(
    "--processes",
    type=click.IntRange(1, 32),
    default=workers.usual_number(),
    help="How many share the work; by default one for each core, up to four.",
)
@click.option("--migrate", is_flag=True, help="Bring the database up to date first.")
@click.option("--demo", is_flag=True, help="Load the demo data first, where there are no data yet.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, threads: int, processes: int, migrate: bool, demo: bool) -> None:
    """Serve until Ctrl-C. Refuses to listen beyond loopback while there are demo accounts."""
    listener = ctx.with_resource(_bind(host, port))
    address = f"http://{_for_url(host)}:{listener.getsockname()[1]}"
    os.environ.setdefault("KOMMA_BASE_URL", address)
    app = ctx.ensure_object(ScriptInfo).load_app()
    with app.app_context():
        if migrate:
            upgrade()
        elif not _database_is_up_to_date():
            raise click.ClickException("the database is not up to date; run `komma db upgrade` first")
        if demo:
            ctx.invoke(load_demo, if_empty=True)
        with system_session(db.engine, "server start") as session:
            has_demo_accounts = demo_accounts_present(session)
        db.engine.dispose()  # no connection may be shared by two processes
    if has_demo_accounts and not _is_loopback(listener):
        raise click.ClickException(f"anybody could sign in: there are demo accounts, and {host} is not loopback")
    listener.listen(BACKLOG)
    workers.end_on_signals()
    click.echo(f"komma-tracker is at {address}")
    if has_demo_accounts:
        click.echo(DEMO_SIGN_INS)
    click.echo("Ctrl-C ends it.")
    workers.run(lambda: _work(app, listener, threads), processes)


def _bind(host: str, port: int) -> socket.socket:
    """Take the port, before the work of starting; nobody is listening to it yet."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise click.ClickException(f"there is no address {host}: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    if os.name == "posix":  # elsewhere it would let two programs share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise click.ClickException(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return listener


def _for_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _database_is_up_to_date() -> bool:
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head()


def _work(app: Flask, listener: socket.socket, threads: int) -> None:
    """Serve until a signal comes; what is under way is finished."""
    with closing(_server(app, listener, threads)) as server:
        server.run()


def _server(app: Flask, listener: socket.socket, threads: int) -> BaseWSGIServer:
    """A listening server.

    It reads a request whole before a thread sees it, and takes an answer whole from the thread, so that slow clients
    hold no thread (trust 31).
    """
    with app.app_context():
        settings = context().settings
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits a moment
    server = create_server(
        app,
        sockets=[listener],
        threads=threads,
        ident=None,
        connection_limit=500,
        asyncore_use_poll=True,  # select() breaks at 1,024 open files
        channel_timeout=60,
        cleanup_interval=10,
        max_request_header_size=64 * 1024,
        max_request_body_size=bodies.COUNTED_UP_TO,
        trusted_proxy=settings.trusted_proxy,
        trusted_proxy_headers={"x-forwarded-for"} if settings.trusted_proxy else set(),
        outbuf_high_watermark=256 * MEGABYTE,
    )
    assert isinstance(server, BaseWSGIServer)  # of one socket there is one
    server.channel_class = bodies.channel_with_limit(app.config["MAX_CONTENT_LENGTH"])
    return server
