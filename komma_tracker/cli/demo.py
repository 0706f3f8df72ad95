"""`komma demo`: fictional data to try the program with."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from komma_tracker.access.scope import system_session
from komma_tracker.db import db
from komma_tracker.demo import reports, service
from komma_tracker.kit import clock

demo = AppGroup("demo", help="Fictional municipalities to try the program with.")


@demo.command("load")
@click.option("--municipalities", type=click.IntRange(1, 20_000), default=10, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day around which the data lie. Default: today.")
@click.option("--anonymous-name", help="The true name of the municipality that takes part anonymously.")
@click.option("--if-empty", is_flag=True, help="Do nothing, quietly, where there are data already.")
def load(municipalities: int, seed: int, today: datetime | None, anonymous_name: str | None, if_empty: bool) -> None:
    """Load demo data into an empty database."""
    day = today.date() if today else clock.today()
    with system_session(db.engine, "demo data") as session:
        if if_empty and not service.is_empty(session):
            return
        try:
            done = service.load(
                session, municipalities=municipalities, seed=seed, today=day, anonymous_name=anonymous_name
            )
        except service.NotEmpty as error:
            raise click.UsageError("the database is not empty; demo data only go into an empty one") from error
        reports.file(session, seed=seed)
    click.echo(f"{done.municipalities} municipalities, {done.entries} entries, {done.sessions} sessions")
