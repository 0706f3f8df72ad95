"""`komma check`: whether what is kept twice agrees."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from komma_tracker.access.scope import system_session
from komma_tracker.budget import totals
from komma_tracker.db import db, unit_of_work


@click.command("check")
@click.option("--repair", is_flag=True, help="Count the totals that differ anew.")
@click.pass_context
@with_appcontext
def check(ctx: click.Context, repair: bool) -> None:
    """Compare the kept total of each contract with its ledger; exit status 1 where they differ."""
    with system_session(db.engine, "check of kept totals") as session:
        wrong = totals.wrong(session)
        if repair and wrong:
            with unit_of_work(session):
                totals.recount(session, contract_ids=wrong.values())
    for public_id in wrong:
        click.echo(f"contract {public_id}: the kept total differs from the ledger{'; counted anew' if repair else ''}")
    if not wrong:
        click.echo("all kept totals agree with their ledgers")
    ctx.exit(1 if wrong and not repair else 0)
