"""`komma import entries` with files of other tools: what a page would ask is said by options, or is a fault."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.budget.models import DayEntry
from komma_tracker.cli.exchange import imports
from komma_tracker.exchange.models import ImportLayout, ImportName
from komma_tracker.exchange.rules import NameKind
from tests.factories.entries import close_month
from tests.integration.exchange.conftest import Programme, table
from tests.integration.exchange.pages import entries
from tests.integration.exchange.test_cli import Run, run
from tests.support import exports

__all__ = ["run"]


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "datei.csv"


def booked(session: Session) -> list[tuple[date, int]]:
    session.rollback()
    found = session.scalars(select(DayEntry).order_by(DayEntry.service_date, DayEntry.id))
    return [(each.service_date, each.minutes) for each in found]


SLASHED = "Date,Client,Project,Project Code,Task,Notes,Hours,First Name,Last Name\n" + "\n".join(
    f"{day},K01,,,Workshop,x,{hours},Anna,Ahrend" for day, hours in (("03/04/2026", 1), ("05/04/2026", 2))
)


@pytest.mark.parametrize(("order", "month"), [("day-first", 4), ("month-first", 3)])
def test_the_order_of_day_and_month_can_be_said(
    run: Run, session: Session, programme: Programme, write: Path, order: str, month: int
) -> None:
    write.write_text(SLASHED)
    arguments = ("entries", write, "--name", "mode:=online")
    asked = run(imports, *arguments)
    message = "Die Daten dieser Datei lassen sich auf zwei Arten lesen: Tag oder Monat zuerst. (--order)"
    assert (asked.exit_code, asked.stderr.splitlines(), booked(session)) == (2, [message], [])

    assert run(imports, *arguments, "--order", order).exit_code == 0
    assert booked(session)[0] == (date(2026, month, 3 if month == 4 else 4), 60)
    del programme


def test_a_file_that_tells_its_order_needs_no_word(
    run: Run, session: Session, programme: Programme, write: Path
) -> None:
    write.write_text(SLASHED.replace("05/04/2026", "25/04/2026"))
    assert run(imports, "entries", write, "--name", "mode:=online").exit_code == 0
    assert booked(session) == [(date(2026, 4, 3), 60), (date(2026, 4, 25), 120)]
    del programme


def test_names_are_said_by_options_and_what_is_left_is_one_line_each(
    run: Run, session: Session, programme: Programme, write: Path
) -> None:
    write.write_text(exports.HARVEST.replace("Stadt Musterau", "Musterauer Werke"))
    left = run(imports, "entries", write)
    assert (left.exit_code, entries(session)) == (2, 0)
    assert left.stderr.splitlines()[-1] == "2 Fehler, nichts gebucht."
    assert len(left.stderr.splitlines()) == 3

    said = ("--name", "municipality:musterauer werke=K01", "--name", "mode:=vor Ort")
    assert run(imports, "entries", write, *said).exit_code == 0
    assert entries(session) == 1
    assert run(imports, "entries", write, *said).stdout.splitlines()[-1] == "0 Einträge gebucht."
    del programme


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (("--name", "mode:Zoom=online"), "In der Datei kommt „Zoom“ nicht vor."),
        (("--name", "mode:=Zoom"), "Wofür „“ steht, ist nicht zu finden: „Zoom“."),
        (("--column", "date=Tag"), "Die Datei hat keine Spalte „Tag“."),
    ],
)
def test_a_slip_in_an_option_is_one_line(
    run: Run, programme: Programme, write: Path, option: tuple[str, str], line: str
) -> None:
    write.write_text(exports.HARVEST)
    result = run(imports, "entries", write, *option)
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (2, "", [line])
    del programme


@pytest.mark.parametrize(
    "arguments",
    [
        ("--column", "colour=A"),
        ("--column", "date"),
        ("--name", "mode=online"),
        ("--name", "colour:red=online"),
        ("--order", "backwards"),
        ("--remembered-by", "nobody@example.org"),
    ],
)
def test_bad_options_are_bad_usage(run: Run, programme: Programme, write: Path, arguments: tuple[str, ...]) -> None:
    write.write_text(exports.HARVEST)
    assert run(imports, "entries", write, *arguments).exit_code == 2
    del programme


SHEET = "Wann;Wer;Wie lange;Was;Wo\n4.5.2026;Anna Ahrend;2;Workshop;online\n"
COLUMNS = (
    "--column", "date=Wann", "--column", "consultant=B", "--column", "hours=wie lange", "--column", "activity=D",
    "--column", "mode=Wo",
)  # fmt: skip


def test_any_sheet_can_be_matched(run: Run, session: Session, programme: Programme, write: Path) -> None:
    write.write_text(SHEET)
    assert run(imports, "entries", write, "--municipality", "K01").exit_code == 2
    assert run(imports, "entries", write, "--municipality", "K01", *COLUMNS).exit_code == 0
    assert booked(session) == [(date(2026, 5, 4), 120)]
    del programme


def test_what_somebody_has_had_remembered_is_used(
    run: Run, session: Session, programme: Programme, write: Path
) -> None:
    from komma_tracker.exchange.formats import heading_digest
    from komma_tracker.exchange.tables import read_table

    write.write_text(SHEET.replace("Workshop", "Werken"))
    with write.open("rb") as file:
        digest = heading_digest(read_table(file).heading)
    places = {"date": 0, "consultant": 1, "hours": 2, "activity": 3, "mode": 4}
    anna = programme.anna.id
    session.add(ImportLayout(user_id=anna, heading=digest, places=places))
    session.add(ImportName(user_id=anna, kind=NameKind.ACTIVITY, name="werken", target="workshop"))
    session.commit()
    arguments = ("entries", write, "--municipality", "K01")
    assert run(imports, *arguments, "--remembered-by", "bert@example.org").exit_code == 2
    assert run(imports, *arguments, "--remembered-by", "anna@example.org").exit_code == 0
    assert entries(session) == 1


def test_case_17_a_day_of_more_than_ten_hours_is_asked_about(
    run: Run, session: Session, programme: Programme, write: Path
) -> None:
    write.write_bytes(table("4.5.2026;K01;1,5;Workshop;online;Anna Ahrend;;").getvalue())
    asked = run(imports, "entries", write)
    message = "An manchen Tagen sind es für eine Person mehr als 10 Stunden. Bitte bestätigen Sie das. (--long-days)"
    assert (asked.exit_code, asked.stderr.splitlines(), entries(session)) == (2, [message], 0)
    assert run(imports, "entries", write, "--long-days").exit_code == 0
    assert booked(session) == [(date(2026, 5, 4), 720)]
    del programme


def test_case_13_days_of_submitted_months_come_with_a_reason(
    run: Run, session: Session, programme: Programme, write: Path, now: datetime
) -> None:
    close_month(session, programme.open_contract, date(2026, 5, 1), programme.lead)
    write.write_bytes(table("4.5.2026;K01;1;Workshop;online;Anna Ahrend;;").getvalue())
    asked = run(imports, "entries", write)
    assert (asked.exit_code, asked.stderr.splitlines()[-1].endswith("(--reason)"), entries(session)) == (2, True, 0)
    assert run(imports, "entries", write, "--reason", "lag im Urlaub").exit_code == 0
    session.rollback()
    assert session.scalars(select(DayEntry.reason)).all() == ["lag im Urlaub"]
    del now


def test_more_than_a_date_holds_is_named(run: Run, session: Session, programme: Programme, write: Path) -> None:
    rows = [f"4.5.2026;K01;1;Workshop;online;Anna Ahrend;{number};" for number in range(4)]
    write.write_bytes(table(*rows).getvalue())
    refused = run(imports, "entries", write, "--long-days")
    assert (refused.exit_code, refused.stderr.splitlines(), entries(session)) == (
        2,
        [
            "Zeile 5, Spalte Datum: An diesem Datum wären es für diese Person mehr als 24 Stunden.",
            "1 Fehler, nichts gebucht.",
        ],
        0,
    )
    del programme
