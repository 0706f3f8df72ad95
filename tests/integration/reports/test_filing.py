"""A report is filed as it was looked at: it is kept with its files, its months are reported."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.reports.models import FiledReport
from tests.factories.entries import make_entry
from tests.factories.statements import make_statement
from tests.integration.reports.conftest import SECRET_NAME, As, Programme
from tests.support import world
from tests.support.client import Client
from tests.support.clock import Clock

SPRING = {"kind": "interim_report", "first": "01.2026", "last": "04.2026"}


def hidden(page: str) -> dict[str, str]:
    """What the form that files a report carries."""
    return dict(re.findall(r'name="(kind|first|last|seen|request_key)" type="hidden" value="([^"]*)"', page))


def look(client: Client, asked: dict[str, str] = SPRING) -> dict[str, str]:
    """Look at a report; what its form would send."""
    return hidden(client.get("/reports", query_string=asked).text)


def file(client: Client, asked: dict[str, str] = SPRING) -> str:
    """Look at a report and file it; its address."""
    answer = client.post("/reports", data=look(client, asked))
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def states(session: Session) -> dict[tuple[int, MonthState], int]:
    """How many statements there are in each month and state."""
    session.rollback()
    rows = session.execute(
        select(Statement.month, Statement.state, func.count()).group_by(Statement.month, Statement.state)
    )
    return {(month.month, state): count for month, state, count in rows}


def test_filing_keeps_the_report_and_marks_its_months(programme: Programme, as_: As, session: Session) -> None:
    address = file(as_(programme.lead))

    report = session.scalars(select(FiledReport)).one()
    assert address == f"/reports/{report.public_id}"
    assert (report.first_month, report.last_month) == (date(2026, 1, 1), date(2026, 4, 1))
    assert report.companions == ["K01", "K02"]
    assert states(session) == {(month, MonthState.REPORTED): 5 for month in (1, 2, 3, 4)}
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "report.file")).one()
    assert record.after is not None
    assert (record.object_id, record.after["statements"]) == (report.public_id, 20)


def test_only_months_of_the_period_are_marked(programme: Programme, as_: As, session: Session) -> None:
    file(as_(programme.lead), {**SPRING, "first": "02.2026", "last": "03.2026"})

    assert states(session) == {
        (month, MonthState.REPORTED if month in (2, 3) else MonthState.CLOSED): 5 for month in (1, 2, 3, 4)
    }


def test_what_is_filed_stays_as_it_was(programme: Programme, as_: As, session: Session, clock: Clock) -> None:
    client = as_(programme.lead)
    address = file(client)
    before = {ending: client.get(f"{address}/report.{ending}").data for ending in ("xlsx", "pdf")}

    make_entry(session, programme.contracts["K03"], programme.anna, service_date=date(2026, 4, 21), minutes=999)
    programme.places["K03"].identity.name = "Kreis Anders"  # type: ignore[union-attr]
    session.commit()
    clock.wait(hours=30)

    client = as_(programme.lead)
    assert {ending: client.get(f"{address}/report.{ending}").data for ending in before} == before
    assert "Kreis Mitte" in client.get(address).text
    assert before["pdf"].startswith(b"%PDF")
    assert client.get(f"{address}/report.pdf").headers["Content-Disposition"] == (
        "attachment; filename=zwischennachweis-2026-01-2026-04.pdf"
    )


def test_the_same_form_files_once(programme: Programme, as_: As, session: Session) -> None:
    client = as_(programme.lead)
    form = look(client)

    addresses = {client.post("/reports", data=form).location for _ in range(2)}

    assert len(addresses) == 1
    assert session.scalar(select(func.count(FiledReport.id))) == 1


def test_figures_that_changed_meanwhile_are_looked_at_again(programme: Programme, as_: As, session: Session) -> None:
    client = as_(programme.lead)
    form = look(client)
    statement = session.scalars(select(Statement).where(Statement.month == date(2026, 4, 1)).limit(1)).one()
    statement.state = MonthState.SUBMITTED
    session.commit()

    answer = client.post("/reports", data=form)

    assert answer.status_code == 409
    assert "haben sich seit der Vorschau geändert" in answer.text
    assert session.scalar(select(func.count(FiledReport.id))) == 0
    assert client.post("/reports", data=hidden(answer.text)).status_code == 302


@pytest.mark.parametrize("asked", [{**SPRING, "first": "nonsense"}, {**SPRING, "last": "01.2020"}, {}])
def test_what_cannot_be_is_not_filed(programme: Programme, as_: As, session: Session, asked: dict[str, str]) -> None:
    assert as_(programme.lead).post("/reports", data=asked).status_code == 422
    assert session.scalar(select(func.count(FiledReport.id))) == 0


def test_a_month_closed_later_is_in_the_next_report_as_an_earlier_one(
    programme: Programme, as_: As, session: Session
) -> None:
    """Its statement was not closed when the report on its months went out."""
    client = as_(programme.lead)
    late = session.scalars(
        select(Statement).where(
            Statement.month == date(2026, 4, 1), Statement.contract_id == programme.contracts["K03"].id
        )
    ).one()
    late.state = MonthState.SUBMITTED
    session.commit()
    file(client)
    session.rollback()
    late.state = MonthState.CLOSED
    for code in ("K01", "K02", "K03", "K07"):
        make_statement(session, programme.contracts[code], programme.lead, month=date(2026, 5, 1))
    session.commit()

    later = {**SPRING, "first": "05.2026", "last": "05.2026"}
    page = client.get("/reports", query_string=later).text
    file(client, later)

    assert "Vorperiode" in page
    assert states(session) == {
        **{(month, MonthState.REPORTED): 5 for month in (1, 2, 3, 4)},
        (5, MonthState.REPORTED): 4,
    }


def test_companions_of_a_filed_report_stay_with_the_anonymous(programme: Programme, as_: As, session: Session) -> None:
    client = as_(programme.lead)
    file(client)
    session.rollback()
    report = session.scalars(select(FiledReport)).one()
    report.companions = ["K03"]
    session.commit()

    page = client.get("/reports", query_string=SPRING).text

    assert "Kreis Mitte" not in page
    assert "Stadt Zirben" in page


def test_no_form_of_a_report_tells_the_name(programme: Programme, as_: As, session: Session) -> None:
    """Not even to the lead, who knows it: what is here goes out."""
    client = as_(programme.lead)
    query = "&".join(f"{name}={value}" for name, value in SPRING.items())
    address = file(client)
    addresses = [
        f"/reports?{query}",
        f"/reports/preview.xlsx?{query}",
        f"/reports/preview.pdf?{query}",
        address,
        f"{address}/report.xlsx",
        f"{address}/report.pdf",
    ]
    secrets = {"name": SECRET_NAME.split()[1], "code": "K07", "alias": "Kommune 07"}

    for each in addresses:
        answer = client.get(each, buffered=True)
        assert answer.status_code == 200
        assert world.found(answer, secrets) == set(), each
        assert world.found(answer, {"named": "Kreis Mitte"}) == {"named"}, each
    kept = session.scalars(select(FiledReport.figures)).one()
    assert "Vogelsang" not in kept
    assert "K07" not in kept


@pytest.mark.parametrize("who", ["anna", "coordinator", "head", "reader"])
def test_nobody_else_reads_a_filed_report(programme: Programme, as_: As, who: str) -> None:
    address = file(as_(programme.lead))
    client = as_(getattr(programme, who))

    assert {client.get(each).status_code for each in (address, f"{address}/report.pdf")} == {404}
