"""`komma check`: whether what is kept twice agrees."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from komma_tracker.access.rules import System
from komma_tracker.access.scope import system_session
from komma_tracker.budget import totals
from komma_tracker.db import db, unit_of_work
from komma_tracker.statements.shown import unproven


@click.command("check")
@click.option("--repair", is_flag=True, help="Count the totals that differ anew.")
@click.pass_context
@with_appcontext
def check(ctx: click.Context, repair: bool) -> None:
    """Compare kept totals and statements with the ledger; exit status 1 where they differ.

    A total can be counted anew. Statements stay as they were submitted: what is wrong there is for people to judge.
    """
    with system_session(db.engine, "check of kept totals") as session:
        wrong, misfiled = totals.wrong(session), totals.misfiled(session)
        for each in unproven(session, System("check of statements")):
            number = each.statement.check_number
            misfiled[each.statement.public_id] = f"the ledger differs from what check number {number} stands for"
        if repair and wrong:
            with unit_of_work(session):
                totals.recount(session, contract_ids=wrong.values())
    for public_id in wrong:
        click.echo(f"contract {public_id}: the kept total differs from the ledger{'; counted anew' if repair else ''}")
    for public_id, message in misfiled.items():
        click.echo(f"{public_id}: {message}")
    if not wrong and not misfiled:
        click.echo("all kept totals and statements agree with their ledgers")
    ctx.exit(1 if misfiled or (wrong and not repair) else 0)
