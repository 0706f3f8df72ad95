"""A whole programme as one file: out of one instance, into an empty one, and out again, byte by byte the same."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import System
from komma_tracker.access.scope import system_session
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.cli.exchange import exports, imports
from komma_tracker.db import Base, db
from komma_tracker.exchange.programme import LEFT, TAKEN
from komma_tracker.exchange.service.programme_in import NotAProgramme, import_programme
from komma_tracker.exchange.service.programme_out import head, pieces
from tests.factories.entries import make_entry
from tests.integration.exchange.conftest import Programme
from tests.support import world
from tests.support.application import Empty, Login, application
from tests.support.client import Client
from tests.support.clock import Clock

SECRETS = re.compile(r"password|token|secret|sha256")


@pytest.fixture
def exported(sqlite: Empty, tmp_path: Path, clock: Clock) -> bytes:
    """The demo of another instance."""
    folder = tmp_path / "other"
    folder.mkdir()
    with application(folder, sqlite(folder), clock) as other, other.app_context():
        with system_session(db.engine, "test") as session:
            world.build(session, today=clock.today)
        return written(other)


def written(app: Flask) -> bytes:
    with app.app_context():
        return b"".join(pieces(db.engine))


def taken_in(session: Session, content: bytes, clock: Clock) -> None:
    import_programme(session, System("test"), file=io.BytesIO(content), now=clock.now)


def refused(session: Session, content: bytes, clock: Clock) -> str:
    with pytest.raises(NotAProgramme) as caught:
        taken_in(session, content, clock)
    session.rollback()
    assert session.scalar(select(func.count(User.id))) == 0
    return caught.value.message % caught.value.params


def sealed(body: bytes) -> bytes:
    """A changed file with a check sum that fits."""
    trailer = {"rows": len(re.findall(rb"(?m)^\{\"(?!format)", body)), "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(trailer)[1:].encode() + b"\n"


def unsealed(content: bytes) -> bytes:
    return content[: content.rindex(b'"rows": ')]


def test_every_table_is_taken_or_left_on_purpose() -> None:
    assert TAKEN.keys() & LEFT.keys() == set()
    assert TAKEN.keys() | LEFT.keys() == Base.metadata.tables.keys()


def test_no_secret_is_taken() -> None:
    columns = {(table, column.name) for table in TAKEN for column in Base.metadata.tables[table].columns}
    taken = {(table, name) for table, name in columns if name not in TAKEN[table]}
    assert [each for each in sorted(taken) if SECRETS.search(each[1])] == []
    assert {(table, name) for table in TAKEN for name in TAKEN[table]} <= columns


def test_out_in_and_out_again_gives_the_same_bytes(app: Flask, session: Session, exported: bytes, clock: Clock) -> None:
    taken_in(session, exported, clock)
    assert written(app) == exported
    assert totals.wrong(session) == {}
    contracts = json.loads(exported)["tables"]["contract"]
    assert session.scalar(select(func.count(BudgetTotal.contract_id))) == len(contracts)


def test_it_is_json_with_every_row_on_a_line_of_its_own(exported: bytes) -> None:
    whole = json.loads(exported)
    assert list(whole) == ["format", "version", "schema", "tables", "rows", "sha256"]
    assert whole["tables"].keys() == TAKEN.keys()
    assert whole["rows"] == sum(map(len, whole["tables"].values())) > 500
    assert {each["code"] for each in whole["tables"]["municipality"]} >= {"K01", "K07"}
    assert "password_hash" not in whole["tables"]["user"][0]


def test_the_imported_ledger_goes_on(session: Session, exported: bytes, clock: Clock) -> None:
    """The next entry gets a number that is free, and nobody has a password."""
    taken_in(session, exported, clock)
    before = session.scalars(select(DayEntry).order_by(DayEntry.id.desc())).first()
    assert before is not None
    after = make_entry(session, before.contract, before.consultant)
    session.commit()
    assert after.id > before.id
    assert session.scalars(select(User.password_hash).where(User.password_hash.is_not(None))).all() == []
    assert session.scalars(select(AuditRecord.action)).all() == ["programme.import"]


def test_an_instance_that_is_not_empty_takes_nothing(
    session: Session, programme: Programme, exported: bytes, clock: Clock
) -> None:
    with pytest.raises(NotAProgramme, match="nicht leer"):
        taken_in(session, exported, clock)
    session.rollback()
    assert session.scalar(select(func.count(User.id))) == 6
    del programme


def test_broken_files_are_refused_as_a_whole(session: Session, exported: bytes, clock: Clock) -> None:
    body = unsealed(exported)
    assert refused(session, b"", clock).startswith("Zeile 1 gehört nicht")
    assert (
        refused(session, b"Datum;Kommune\n", clock) == "Die Datei ist keine Ausgabe eines Programms aus komma-tracker."
    )
    assert refused(session, exported.replace(b'"version": 1', b'"version": 7', 1), clock) == (
        "Die Datei hat die Fassung 7, gelesen wird die Fassung 1."
    )
    assert "anderen Stand der Software" in refused(
        session, re.sub(rb'"schema": "\w+"', b'"schema": "0"', exported), clock
    )
    assert "gehört nicht" in refused(session, exported[: len(exported) // 2], clock)
    changed = exported.replace(b'"agreed_minutes": 38400', b'"agreed_minutes": 38401', 1)
    assert "Prüfsumme" in refused(session, changed, clock)
    assert "Prüfsumme" in refused(session, exported + b"{}", clock)
    assert "Prüfsumme" in refused(session, exported.replace(b'"rows": ', b'"rows": 1', 1), clock)
    for old, new, name in [
        (b'"agreed_minutes": 38400', b'"agreed_minutes": "viel"', "agreed_minutes"),
        (b'"agreed_minutes": 38400', b'"agreed_minutes": true', "agreed_minutes"),
        (b'"role": "lead"', b'"role": "king"', "role"),
        (b'"role": "lead"', b'"role": []', "role"),
        (b'"role": "lead"', b'"role": null', "role"),
        (b'"locale": "de"', b'"locale": "deutsch"', "locale"),
        (b'"code": "K01"', b'"code": "K\\u000001"', "code"),
    ]:
        assert f"Die Angabe „{name}“ ist nicht lesbar." in refused(session, sealed(body.replace(old, new, 1)), clock)
    foreign = re.sub(rb'"contract_id": \d+', b'"contract_id": 999999', body, count=1)
    assert "verweist auf etwas" in refused(session, sealed(foreign), clock)
    assert "gehört nicht" in refused(session, sealed(body.replace(b'"code": "K01"', b'"color": "K01"', 1)), clock)
    assert "gehört nicht" in refused(session, head().encode() + b"{" * 9_000_000, clock)


def test_the_file_is_written_in_pieces(app: Flask, session: Session, exported: bytes, clock: Clock) -> None:
    taken_in(session, exported, clock)
    with app.app_context():
        sizes = [len(piece) for piece in pieces(db.engine)]
    assert max(sizes) < len(exported)


def test_the_commands(app: Flask, tmp_path: Path, exported: bytes) -> None:
    run, here = CliRunner(), ScriptInfo(create_app=lambda: app)
    source, target = tmp_path / "programm.json", tmp_path / "wieder.json"
    source.write_bytes(exported)
    done = run.invoke(imports, ["programme", str(source)], obj=here)
    count = len(json.loads(exported)["tables"]["municipality"])
    assert (done.exit_code, f"{count} municipality\n" in done.output) == (0, True)
    assert run.invoke(exports, ["programme", str(target)], obj=here).exit_code == 0
    assert target.read_bytes() == exported
    assert target.stat().st_mode & 0o077 == 0
    again = run.invoke(imports, ["programme", str(source)], obj=here)
    assert (again.exit_code, "nicht leer" in again.output) == (2, True)


def test_the_lead_takes_it_out_on_record(
    app: Flask, client: Client, login: Login, programme: Programme, session: Session
) -> None:
    lead = login(client, programme.lead)
    assert "Ganzes Programm ausgeben" in lead.get("/programme").text
    assert "Passwörter" in lead.get("/export/programme").text
    answer = lead.get("/export/programme.json", buffered=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=programm.json"
    assert answer.data == written(app)
    session.rollback()
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "programme.export")).all()
    assert [each.actor_id for each in records] == [programme.lead.id]


@pytest.mark.parametrize("who", ["anna", "coordinator", "reader"])
def test_nobody_else_does(client: Client, login: Login, programme: Programme, who: str) -> None:
    somebody = login(client, getattr(programme, who))
    assert "/export/programme" not in somebody.get("/programme").text
    paths = ("/export/programme", "/export/programme.json")
    assert [somebody.get(path).status_code for path in paths] == [404, 404]
