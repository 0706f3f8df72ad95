"""The `komma` command."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from config import ConfigError, load_settings
from komma_tracker.app import create_app
from komma_tracker.cli.check import check
from komma_tracker.cli.demo import demo
from komma_tracker.cli.exchange import exports, imports
from komma_tracker.cli.invitations import invitations
from komma_tracker.cli.mail import mail
from komma_tracker.cli.serve import serve
from komma_tracker.cli.sessions import sessions
from komma_tracker.cli.statements import statements
from komma_tracker.cli.users import user


def _app() -> Flask:
    try:
        return create_app(load_settings())
    except ConfigError as error:
        click.echo(f"komma: {error}", err=True)
        sys.exit(2)


# Without Flask's own commands: its `run` could start a debugger.
@click.group(cls=FlaskGroup, create_app=_app, add_version_option=False, add_default_commands=False)
def komma() -> None:
    """Every consulting day accounted for, every date in everyone's calendar."""


komma.add_command(check)
komma.add_command(demo)
komma.add_command(exports)
komma.add_command(imports)
komma.add_command(invitations)
komma.add_command(mail)
komma.add_command(serve)
komma.add_command(sessions)
komma.add_command(statements)
komma.add_command(user)


def main() -> None:
    """Entry point of the command."""
    komma()
