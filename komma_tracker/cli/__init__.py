"""The `komma` command."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from config import ConfigError, load_settings
from komma_tracker.app import create_app
from komma_tracker.cli.demo import demo


def _app() -> Flask:
    try:
        return create_app(load_settings())
    except ConfigError as error:
        click.echo(f"komma: {error}", err=True)
        sys.exit(2)


@click.group(cls=FlaskGroup, create_app=_app, add_version_option=False)
def komma() -> None:
    """Every consulting day accounted for, every date in everyone's calendar."""


komma.add_command(demo)


def main() -> None:
    """Entry point of the command."""
    komma()
