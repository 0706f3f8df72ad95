"""A person's timesheet: their own, for the lead everybody's, and no anonymous name in it for anybody."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from komma_tracker.budget.rules import Activity, Mode
from tests.factories.entries import make_entry
from tests.integration.reports.conftest import SECRET_NAME, As, Programme
from tests.support import world
from tests.support.statements import statements

MARCH = "/timesheets/2026-03"


@pytest.mark.parametrize(
    ("who", "status"),
    [("lead", 200), ("anna", 200), ("ben", 200), ("coordinator", 404), ("head", 404), ("reader", 404)],
)
def test_the_team_has_timesheets(programme: Programme, as_: As, who: str, status: int) -> None:
    assert as_(getattr(programme, who)).get(MARCH).status_code == status


def test_only_the_lead_reads_those_of_others(programme: Programme, as_: As) -> None:
    of_anna = f"{MARCH}?person={programme.anna.public_id}"

    assert "Anna Albers" in as_(programme.lead).get(of_anna).text
    assert as_(programme.anna).get(of_anna).status_code == 200
    assert as_(programme.ben).get(of_anna).status_code == 404
    assert as_(programme.lead).get(f"{MARCH}?person={programme.coordinator.public_id}").status_code == 404


def test_it_lists_what_was_worked_by_date(programme: Programme, as_: As, session: Session) -> None:
    contract = programme.contracts["K01"]
    make_entry(
        session,
        contract,
        programme.ben,
        service_date=date(2026, 3, 30),
        minutes=95,
        chargeable_minutes=0,
        activity=Activity.TRAVEL,
        mode=Mode.OFFICE,
    )
    make_entry(session, contract, programme.ben, service_date=date(2026, 3, 2), minutes=240, package="AP4")
    make_entry(session, contract, programme.ben, service_date=date(2026, 4, 1), minutes=60)
    session.commit()

    text = as_(programme.ben).get(f"{MARCH}/timesheet.csv").text

    assert text.lstrip("\ufeff").splitlines() == [
        "Datum;Kommune;Bezeichnung;Arbeitspaket;Tätigkeit;Modus;Minuten",
        "02.03.2026;K01;Stadt Ahlen;AP4;Workshop;vor Ort;240",
        "30.03.2026;K01;Stadt Ahlen;;Reise;im Büro;95",
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "pdf"])
@pytest.mark.parametrize("who", ["lead", "anna"])
def test_an_anonymous_municipality_stands_there_by_its_alias(
    programme: Programme, as_: As, who: str, ending: str
) -> None:
    """Also for those who know the name: a timesheet leaves the house."""
    answer = as_(getattr(programme, who)).get(
        f"{MARCH}/timesheet.{ending}?person={programme.anna.public_id}", buffered=True
    )

    said = "\n".join(world.texts(answer))
    assert "Vogelsang" not in said
    assert "Kommune 07" in said
    assert SECRET_NAME not in as_(programme.lead).get(f"{MARCH}?person={programme.anna.public_id}").text


def test_all_forms_say_the_same_minutes(programme: Programme, as_: As) -> None:
    client = as_(programme.anna)
    answers = {ending: client.get(f"{MARCH}/timesheet.{ending}") for ending in ("csv", "xlsx", "pdf")}
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answers["xlsx"].data)).get_sheet_by_index(0).to_python()
    minutes = [int(str(row[-1]).removesuffix(".0")) for row in rows[1:]]
    document = PdfReader(io.BytesIO(answers["pdf"].data))

    assert minutes == [each for number in (1, 2, 3, 4, 5) for each in (60 * number, 7)]
    assert [int(line.rpartition(";")[2]) for line in answers["csv"].text.splitlines()[1:]] == minutes
    assert f"{sum(minutes)} 15:35" in " ".join(document.pages[-1].extract_text().split())
    assert {answer.headers["Content-Disposition"] for answer in answers.values()} == {
        f"attachment; filename=stundenzettel-2026-03.{ending}" for ending in answers
    }


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "20-03", "2026-3"])
def test_what_is_no_month_is_not_found(programme: Programme, as_: As, month: str) -> None:
    assert as_(programme.anna).get(f"/timesheets/{month}").status_code == 404


def test_an_empty_month_says_so(programme: Programme, as_: As) -> None:
    client = as_(programme.anna)

    assert "In diesem Monat ist nichts erfasst." in client.get("/timesheets/2025-07").text
    assert client.get("/timesheets/2025-07/timesheet.pdf").status_code == 200


def test_the_number_of_statements_is_constant(app: Flask, programme: Programme, as_: As) -> None:
    client = as_(programme.lead)
    address = f"?person={programme.anna.public_id}"
    client.get(f"{MARCH}{address}")
    with statements(app) as many:
        client.get(f"{MARCH}{address}")
    with statements(app) as none:
        client.get(f"/timesheets/2025-07{address}")

    assert len(many) == len(none) <= 8
