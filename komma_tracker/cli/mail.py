"""`komma mail`: letters that wait in the outbox."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from komma_tracker.kit.context import context
from komma_tracker.notify.mail import deliver, waiting

mail = AppGroup("mail", help="Invitations and reset links on their way.")


@mail.command("send")
def send() -> None:
    """Send what waits in the outbox, for instance since the mail server could not be reached."""
    settings = context().settings
    if settings.smtp_url is None:
        raise click.UsageError("KOMMA_SMTP_URL: there is no mail server to send to")
    letters = waiting(settings)
    sent = sum(deliver(settings.smtp_url, letter) for letter in letters)
    click.echo(f"{sent} of {len(letters)} sent")
    if sent < len(letters):
        raise click.ClickException("the mail server did not take all; they stay in the outbox")
