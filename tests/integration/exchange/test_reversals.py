"""What was corrected goes out with its reversal, and comes in again as what is right (domain 5.4, case 5)."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import System
from komma_tracker.budget import corrections, totals
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work
from komma_tracker.exchange import service
from komma_tracker.exchange.plan import Plan
from komma_tracker.kit.locale import LOCALES
from tests.factories.entries import close_month, make_entry
from tests.integration.exchange.conftest import TODAY, Programme
from tests.support.application import Login
from tests.support.client import Client

SYSTEM = System("test")
RIGHT = Work(service_date=date(2026, 3, 10), minutes=240, activity=Activity.WORKSHOP, mode=Mode.ON_SITE, note="Klausur")


@pytest.fixture
def exported(
    session: Session, client: Client, login: Login, programme: Programme, now: datetime, kind: str, locale: str
) -> bytes:
    """One day that was corrected after its month was submitted, another that was only taken back."""
    programme.lead.locale = locale
    for day in (10, 11):
        on = date(2026, 3, day)
        make_entry(session, programme.open_contract, programme.anna, service_date=on, minutes=480, note="Klausur")
    close_month(session, programme.open_contract, date(2026, 3, 1), programme.lead)
    for entry in session.scalars(select(DayEntry).order_by(DayEntry.id)).all():
        corrections.correct_entry(
            session, SYSTEM, public_id=entry.public_id, work=RIGHT if entry.service_date.day == 10 else None,
            reason="vertippt", now=now, today=TODAY,
        )  # fmt: skip
    session.commit()
    return login(client, programme.lead).get(f"/export/entries.{kind}", buffered=True).get_data()


def imported(session: Session, content: bytes, now: datetime) -> Plan:
    planner = service.read_file(session, SYSTEM, io.BytesIO(content), municipality_id=None)
    assert planner.plan.faults.total == 0
    return service.book(session, SYSTEM, planner, with_doubles=False, now=now, today=TODAY, reason="Umzug")


@pytest.mark.parametrize(
    ("kind", "locale"), [*((kind, each) for kind in ("csv", "xlsx") for each in LOCALES), ("json", "de")]
)
def test_case_5_a_correction_goes_out_and_comes_in(
    session: Session, programme: Programme, now: datetime, exported: bytes
) -> None:
    again = imported(session, exported, now)
    assert (again.known, len(again.doubles), again.entries) == (2, 3, [])

    session.execute(update(DayEntry).values(reverses_id=None, replaces_id=None, minutes=1))
    session.execute(delete(DayEntry))
    session.commit()
    first, second = imported(session, exported, now), imported(session, exported, now)
    assert ([entry.minutes for entry in first.entries], second.entries, second.known) == ([240], [], 1)
    session.rollback()
    entries = session.scalars(select(DayEntry)).all()
    assert [(each.service_date, each.minutes, each.reverses_id) for each in entries] == [(date(2026, 3, 10), 240, None)]
    assert totals.wrong(session) == {}
    del programme
