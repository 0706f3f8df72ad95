"""`komma statements`: what a timer does with unanswered statements, and proving a document."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from komma_tracker.access.rules import System
from komma_tracker.access.scope import system_session
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.statements import queries, service
from komma_tracker.statements.rules import read_number
from komma_tracker.statements.shown import verify as compare

ERRAND = System("statements due")

statements = AppGroup("statements", help="Activity statements and their sign-off.")


@statements.command("due")
def due() -> None:
    """Count silence as a yes where a contract says so; run it once a day. All others stay unanswered."""
    with system_session(db.engine, ERRAND.reason) as session:
        approved, waiting = service.deem_approved(session, ERRAND, today=today(), now=now())
        for each in approved:
            click.echo(f"{each.municipality.code} {each.month:%Y-%m}: deemed approved")
    click.echo(f"{len(approved)} deemed approved, {waiting} unanswered")


@statements.command("verify")
@click.argument("number")
@click.pass_context
def verify(ctx: click.Context, number: str) -> None:
    """Compare the statement with this check number with the ledger; exit status 1 where they differ."""
    with system_session(db.engine, "check of a statement") as session:
        found = queries.statements_by_number(session, ERRAND, read_number(number))
        results = [compare(session, ERRAND, each) for each in found]
        for result in results:
            statement = result.statement
            click.echo(
                f"{statement.municipality.code} {statement.month:%Y-%m}: {'holds' if result.holds else 'differs'}"
            )
            for each in result.differences:
                click.echo(f"  entry {each.entry}: {each.name or 'entry'}: {each.stated} -> {each.found}")
    if not results:
        click.echo("no statement has this check number")
    ctx.exit(0 if results and all(result.holds for result in results) else 1)
