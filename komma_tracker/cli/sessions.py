"""`komma sessions`: what a timer does with sessions that nobody has confirmed."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from komma_tracker.access.rules import System
from komma_tracker.access.scope import system_session
from komma_tracker.db import db
from komma_tracker.events import letters, reminders
from komma_tracker.kit.clock import now

ERRAND = System("reminders of sessions")

sessions = AppGroup("sessions", help="Sessions that wait to be confirmed.")


@sessions.command("remind")
def remind() -> None:
    """Mail consultants about sessions over for three days, of which nobody has said whether they took place.

    Run it once a day; each session is mailed about once.
    """
    with system_session(db.engine, ERRAND.reason) as session:
        due = reminders.reminders_due(session, ERRAND, now=now())
    for reminder in due:
        letters.send(reminder)
    click.echo(f"{len(due)} reminded")
