"""An amendment that changes how many minutes a day has: agreed days stay days, from contract to statement."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from komma_tracker.budget import ledger, totals
from komma_tracker.budget.models import BudgetTotal
from komma_tracker.budget.queries import EntryFilter, sums
from komma_tracker.contracts.amending import Draft, draft_amendment, sign_amendment
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import Amended, CountingRules, ScopeKind
from komma_tracker.overview import queries as overview
from komma_tracker.statements.shown import sheet_of, unproven
from tests.factories.entries import make_entry
from tests.integration.budget.conftest import Programme
from tests.integration.statements.conftest import FEBRUARY, MARCH, NOW, TODAY, Submit, fresh
from tests.support.application import Login, SessionFor
from tests.support.client import new_client

DAY, SHORT = 480, 468
CHANGE = date(2026, 3, 16)
SHORTER = Amended(
    effective_from=CHANGE,
    ends_on=date(2026, 12, 31),
    agreed_minutes=80 * DAY,
    scope_kind=ScopeKind.WHOLE,
    units=(),
    rules=CountingRules(minutes_per_day=SHORT, daily_cap_minutes=SHORT),
)


@pytest.fixture
def shortened(programme: Programme, session: Session, session_for: SessionFor, submit: Submit) -> None:
    """Two days of eight hours and a half before, two of 7:48 after; February is submitted before the amendment."""
    for on, minutes in ((date(2026, 2, 10), DAY), (date(2026, 3, 3), DAY), (date(2026, 3, 4), DAY // 2)):
        make_entry(session, programme.contract, programme.anna, service_date=on, minutes=minutes, package="AP1")
    session.commit()
    submit(FEBRUARY)
    lead = programme.viewer(programme.lead)
    mine = session_for(lead)
    draft = Draft(amended=SHORTER, reason="Neuer Tarifvertrag")
    place = programme.town.id

    def version() -> int:
        contract = contract_of(mine, lead, place)
        assert contract
        return contract.version

    draft_amendment(mine, lead, municipality_id=place, version=version(), draft=draft, ledger=ledger, now=NOW)
    sign_amendment(
        mine, lead, municipality_id=place, number=1, version=version(), signed_by_municipality_on=TODAY,
        signed_by_carrier_on=TODAY, ledger=ledger, today=TODAY, now=NOW,
    )  # fmt: skip
    session.expire_all()
    for on, minutes in ((date(2026, 3, 17), SHORT), (date(2026, 3, 18), SHORT // 2), (date(2026, 3, 19), SHORT // 2)):
        make_entry(session, programme.contract, programme.anna, service_date=on, minutes=minutes, package="AP1")
    session.commit()


@pytest.mark.usefixtures("shortened")
def test_the_budget_counts_days_as_they_were(programme: Programme, session: Session, session_for: SessionFor) -> None:
    lead = programme.viewer(programme.lead)
    mine = session_for(lead)

    kept = mine.get_one(BudgetTotal, programme.contract.id)
    assert kept.used_minutes == 4 * DAY + DAY // 2  # 2.5 days of 480 minutes and 2 of 468
    assert totals.wrong(session) == {}
    by_package = ledger.package_minutes(mine, lead, contract_id=programme.contract.id)
    assert sum(by_package.values()) == kept.used_minutes
    assert sums(mine, lead, wanted=EntryFilter(municipality_id=programme.town.id)).chargeable_minutes == 4.5 * DAY
    assert sum(overview.programme_totals(session, today=TODAY).minutes_by_mode.values()) == 4.5 * DAY


@pytest.mark.usefixtures("shortened")
def test_a_statement_says_each_day_as_it_was(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit
) -> None:
    statement = fresh(session, submit(MARCH, since=MARCH))
    lead = programme.viewer(programme.lead)
    sheet = sheet_of(session_for(lead), lead, statement)

    assert statement.minutes == DAY + DAY // 2 + 2 * SHORT  # to the minute, as it was worked
    assert statement.taken_minutes == 3 * DAY + DAY // 2  # and 3.5 days, as it was agreed
    assert (sheet.remaining_before, sheet.remaining_minutes) == (79 * DAY, 75 * DAY + DAY // 2)
    assert [line.minutes_per_day for line in sheet.blocks.current] == [DAY, DAY, SHORT, SHORT, SHORT]
    assert [taken for _, _, taken in sheet.by_package.values()] == [3 * DAY + DAY // 2]
    assert unproven(session_for(lead), lead) == []


@pytest.mark.usefixtures("shortened")
def test_pages_show_days(app: Flask, login: Login, programme: Programme) -> None:
    lead = login(new_client(app), programme.lead)

    def said(path: str) -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", lead.get(path).text).split())

    place = said("/municipalities/K01")
    assert "75,5 Tage" in place
    assert "4,5 Tage" in place
    contract = said("/municipalities/K01/contract")
    assert "Stunden je Beratungstag: bisher 8:00, dann 7:48" in contract
    assert "Vereinbarte Beratungstage" not in contract.split("Nachträge")[1].split("Arbeitspakete")[0]
    assert "3,50" in said("/municipalities/K01/statements")
