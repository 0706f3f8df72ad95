"""Alembic's surroundings: the application's engine and tables, each migration in one transaction."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

migrate = current_app.extensions["migrate"]
engine = migrate.db.engine
OPTIONS = {**migrate.configure_args, "target_metadata": migrate.db.metadata, "transactional_ddl": True}


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(url=engine.url.render_as_string(hide_password=False), literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_online(connection: Connection) -> None:
    """Run what is missing; a failure leaves the database as it was."""
    context.configure(connection=connection, transaction_per_migration=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        # SQLite changes a table by copying it: references to it must not be checked meanwhile.
        if sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            run_online(connection)
        finally:
            connection.rollback()
            if sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
