"""`komma invitations`: what a timer does with invitations and the answers to them."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from komma_tracker.access.rules import System
from komma_tracker.access.scope import system_session
from komma_tracker.db import db
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.notify import maildir, service
from komma_tracker.notify.letters import post_for
from komma_tracker.notify.replies import read_reply
from komma_tracker.notify.rules import Refused

ERRAND = System("answers to invitations")

invitations = AppGroup("invitations", help="Sessions by mail, for those who want that.")


@invitations.command("send")
def send() -> None:
    """Send what somebody has not got yet: invitations, changes, cancellations. A timer runs it every few minutes."""
    sent = service.send_due(db.engine, post=post_for(context()), now=now())
    click.echo(f"{sent} sent")


@invitations.command("read")
def read() -> None:
    """Read the answers in the mailbox folder. What is none stays there, unread, and is named; exit status 1."""
    folder = context().settings.answers_dir
    if folder is None:
        raise click.UsageError("KOMMA_ANSWERS_MAILDIR: no folder is named in which answers arrive")
    try:
        mails = maildir.unseen(folder)
    except NotADirectoryError as error:
        raise click.UsageError("KOMMA_ANSWERS_MAILDIR: has no folders new and cur") from error
    kept = refused = 0
    with system_session(db.engine, ERRAND.reason) as session:
        for mail in mails:
            octets = maildir.content(mail)
            try:
                if octets is None:
                    raise Refused("it is too long")
                kept += service.take_answer(session, ERRAND, reply=read_reply(octets), now=now())
                maildir.mark_seen(mail)
            except Refused as error:
                refused += 1
                click.echo(f"{mail.name}: {error}", err=True)
    click.echo(f"{kept} kept, {len(mails) - kept - refused} overtaken, {refused} refused")
    if refused:
        raise click.ClickException("what was refused stays in the folder, unread")
