"""The commands: exit status 0 when done, 2 with one clear line for a bad file or bad usage."""

from __future__ import annotations

import csv
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.cli.exchange import exports, imports
from komma_tracker.municipalities.models import RegisterEntry
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.integration.exchange.conftest import THREE, Programme, table
from tests.support.shared import shared_file

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command in the application at hand."""

    def invoke(group: AppGroup, *arguments: str | Path) -> Result:
        result = CliRunner().invoke(group, [str(each) for each in arguments], obj=ScriptInfo(create_app=lambda: app))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tage.csv"
    path.write_bytes(table(*THREE).getvalue())
    return path


def entries(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(DayEntry.id))) or 0


def test_days_are_booked_once(run: Run, session: Session, programme: Programme, file: Path) -> None:
    first, second = run(imports, "entries", file), run(imports, "entries", file)
    assert first.stdout.splitlines() == [
        "K01  2026-05      2      0,75",
        "K01  zusammen      2      0,75",
        "K07  2026-04      1      1,00",
        "K07  zusammen      1      1,00",
        "3 Einträge gebucht.",
    ]
    assert second.stdout.splitlines() == ["3 Zeilen sind schon gebucht und bleiben es.", "0 Einträge gebucht."]
    assert (first.exit_code, second.exit_code, entries(session)) == (0, 0, 3)
    del programme


def test_a_dry_run_books_nothing(run: Run, session: Session, programme: Programme, file: Path) -> None:
    result = run(imports, "entries", file, "--dry-run")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Probelauf, nichts gebucht.")
    assert entries(session) == 0
    del programme


def test_a_municipality_can_be_given(run: Run, session: Session, programme: Programme, tmp_path: Path) -> None:
    path = tmp_path / "tage.csv"
    row = "4.5.2026;1;Workshop;online;Anna Ahrend"
    path.write_bytes(table(row, heading="Datum;Tage;Tätigkeit;Modus;Beratungsperson").getvalue())
    assert run(imports, "entries", path, "--municipality", "k7").exit_code == 0
    session.rollback()
    assert session.scalars(select(DayEntry.municipality_id)).all() == [programme.secret_town.id]


def test_faults_go_to_the_error_output_one_line_each(
    run: Run, session: Session, programme: Programme, tmp_path: Path
) -> None:
    path = tmp_path / "tage.csv"
    path.write_bytes(table(*THREE, "gestern;K01;1;Workshop;online;Anna Ahrend;;", *THREE).getvalue())
    result = run(imports, "entries", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "Zeile 5, Spalte Datum: „gestern“ ist kein Datum. Richtig ist zum Beispiel 22.11.2026.",
        "1 Fehler, nichts gebucht.",
    ]
    assert entries(session) == 0
    del programme


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "Die Datei ist leer."),
        (b"\0", "Die Datei ist keine Tabelle. Gelesen werden CSV (UTF-8 oder Windows-1252), XLSX und JSON."),
    ],
)
def test_a_bad_file_gives_one_line(run: Run, tmp_path: Path, content: bytes, line: str) -> None:
    path = tmp_path / "tage.csv"
    path.write_bytes(content)
    result = run(imports, "entries", path)
    assert (result.exit_code, result.stderr.splitlines()) == (2, [line])


@pytest.mark.parametrize(
    ("group", "arguments"),
    [
        (imports, ("entries", "/no/such/file.csv")),
        (imports, ("entries",)),
        (imports, ("register", "/no/such/file.txt")),
        (exports, ("entries", "days.pdf")),
        (exports, ("entries", "--from", "gestern")),
        (exports, ("entries", "--municipality", "K99")),
    ],
)
def test_bad_usage(run: Run, group: AppGroup, arguments: tuple[str, ...]) -> None:
    assert run(group, *arguments).exit_code == 2


def test_an_unknown_municipality_is_bad_usage(run: Run, file: Path) -> None:
    result = run(imports, "entries", file, "--municipality", "K99")
    assert (result.exit_code, "there is no municipality K99" in result.stderr) == (2, True)


def test_days_go_out(run: Run, session: Session, programme: Programme, file: Path, tmp_path: Path) -> None:
    run(imports, "entries", file)
    target = tmp_path / "days.csv"
    result = run(exports, "entries", target, "--municipality", "K01", "--from", "2026-05-05")
    assert (result.exit_code, stat.S_IMODE(target.stat().st_mode)) == (0, 0o600)
    with target.open(encoding="utf-8-sig", newline="") as lines:
        assert [row[:2] for row in csv.reader(lines, delimiter=";")] == [["Datum", "Kommune"], ["05.05.2026", "K01"]]
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.export")).one()
    assert (record.errand, record.actor_id) == ("command line", None)
    del programme


def test_without_a_file_days_go_to_the_output(run: Run, programme: Programme, file: Path) -> None:
    run(imports, "entries", file)
    result = run(exports, "entries", "--language", "en")
    assert [line.split(",")[:2] for line in result.stdout.splitlines()[1:]] == [
        ["2026-04-01", "K07"],
        ["2026-05-04", "K01"],
        ["2026-05-05", "K01"],
    ]
    del programme


def test_days_go_out_as_a_workbook_that_comes_in_again(
    run: Run, session: Session, programme: Programme, file: Path, tmp_path: Path
) -> None:
    run(imports, "entries", file)
    target = tmp_path / "days.xlsx"
    assert run(exports, "entries", target).exit_code == 0
    assert run(imports, "entries", target).stdout.splitlines()[-1] == "0 Einträge gebucht."
    assert entries(session) == 3
    del programme


def test_the_register_is_replaced_as_a_whole(run: Run, session: Session) -> None:
    path = shared_file("data/official/GV100AD_301123.txt")
    for _ in range(2):
        result = run(imports, "register", path)
        assert result.stdout.splitlines() == [
            "   294 Landkreis",
            "   106 kreisfreie Stadt",
            "  1953 kreisangehörige Stadt",
            "  8714 kreisangehörige Gemeinde",
            " 11067 zusammen",
        ]
    session.rollback()
    assert session.scalar(select(func.count(RegisterEntry.key))) == 11067
    assert len(session.scalars(select(AuditRecord).where(AuditRecord.action == "register.replace")).all()) == 2


def test_another_file_leaves_the_register_as_it_was(run: Run, session: Session, file: Path) -> None:
    result = run(imports, "register", file)
    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        ["Zeile 1 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD."],
    )
    assert session.scalars(select(AuditRecord)).all() == []


def test_the_told_engagement_comes_to_eighty_days(run: Run, session: Session) -> None:
    town = make_municipality(session, number=1)
    make_contract(session, town, packages=[(f"AP{number}", f"Paket {number}", 10) for number in range(7)])
    for letter in "ABC":
        make_user(session, municipalities=[town], name=f"Beratung {letter}")
    session.commit()
    result = run(imports, "entries", shared_file("demo/day_entries.csv"), "--municipality", "K01")
    assert "K01  zusammen    131     80,00" in result.stdout.splitlines()
    session.rollback()
    total = session.scalars(select(BudgetTotal)).one()
    assert (total.used_minutes, total.entry_count, total.last_service_date) == (80 * 480, 131, date(2025, 8, 27))
