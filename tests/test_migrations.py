"""Migrations make exactly the tables that the models describe, up and down, on both databases (trust 26)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, inspect, select

from komma_tracker import tables
from komma_tracker.db import Base, db
from tests.support import world

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.support.clock import Clock

LONG_AGO = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Flask:
    """An application on a database that this test may take apart."""
    from komma_tracker.app import create_app
    from tests.support.application import settings_for

    return create_app(settings_for(tmp_path, _own_database(request, tmp_path)), clock=clock)


def _own_database(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'own.db'}"
    from tests.conftest import SERVER

    server = request.config.stash.get(SERVER, None)
    if server is None:
        pytest.skip("PostgreSQL: no binaries for this system")
    server.start()
    return server.create_database(f"own_{folder.name.replace('-', '_')}_{id(request)}"[:60])


def test_head_equals_models(own_app: Flask) -> None:
    assert len(tables.ROOMS) >= 8
    with own_app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        db.engine.dispose()


def test_each_revision_goes_down_and_up_with_data(own_app: Flask, clock: Clock) -> None:
    from komma_tracker.access.scope import system_session

    with own_app.app_context():
        upgrade()
        with system_session(db.engine, "test") as session:
            world.build(session, today=clock.today, municipalities=2)
        for _ in revisions():
            downgrade(revision="-1")
        assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set()
        upgrade()
        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
        db.engine.dispose()


def test_the_history_of_sessions_is_told_from_their_records(own_app: Flask) -> None:
    with own_app.app_context():
        upgrade(revision="0009")
        before = MetaData()
        before.reflect(db.engine, only=["event", "audit_record"])
        event, record = before.tables["event"], before.tables["audit_record"]
        begin, end = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 16)
        times = {"starts_local": begin.isoformat(), "ends_local": end.isoformat()}
        tentative, confirmed = ({"state": state, "title_length": 3, **times} for state in ("tentative", "confirmed"))
        moved = {**confirmed, "starts_local": "2026-06-11T09:00:00", "ends_local": "2026-06-11T16:00:00"}
        told = [
            ("session.plan", None, tentative),
            ("session.change", tentative, {**tentative, "title_length": 4}),
            ("session.confirm", tentative, confirmed),
            ("session.move", confirmed, {**moved, "reason": "illness"}),
            ("session.hold", moved, {**moved, "state": "held"}),
            ("session.count", {"participants": {}}, {"participants": {"head": 1}}),
        ]
        with db.engine.begin() as connection:
            connection.execute(
                event.insert().values(
                    public_id="a" * 16, kind="training", state="held", title="abcd", starts_local=begin,
                    ends_local=end, zone="Europe/Berlin", mode="online", place="", link="", note="",
                    planned_minutes=60, municipality_count=0, sequence=0, created_at=LONG_AGO, updated_at=LONG_AGO,
                    version=1, split_key="equal",
                )
            )  # fmt: skip
            for action, was, became in told:
                values = {"at": LONG_AGO, "action": action, "before": was, "after": became}
                connection.execute(record.insert().values(object_type="session", object_id="a" * 16, **values))
        upgrade(revision="0010")
        after = MetaData()
        after.reflect(db.engine, only=["event_move"])
        move = after.tables["event_move"]
        with db.engine.connect() as connection:
            steps = connection.execute(select(move).order_by(move.c.id)).all()
        assert [(step.from_state, step.to_state, step.reason, step.to_starts_local) for step in steps] == [
            (None, "tentative", None, None),
            ("tentative", "confirmed", None, None),
            ("confirmed", "confirmed", "illness", datetime(2026, 6, 11, 9)),
            ("confirmed", "held", None, None),
        ]
        db.engine.dispose()


def test_revisions_are_numbered_in_one_line() -> None:
    numbers = list(reversed(revisions()))

    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_migrations_import_no_models() -> None:
    from config import ROOT

    sources = [path.read_text("utf-8") for path in (ROOT / "migrations" / "versions").glob("*.py")]

    assert [source for source in sources if "komma_tracker" in source] == []


def revisions() -> list[str]:
    """All revisions from the newest to the first."""
    from config import ROOT

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
