"""Days are logged while their month is being submitted: each is in the statement, or comes late."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.budget import service as ledger
from komma_tracker.budget import totals
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work
from komma_tracker.statements import service
from tests.integration.budget.conftest import TODAY, Programme
from tests.support.at_once import at_the_same_moment

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def test_no_day_slips_into_a_month_while_it_is_submitted(
    app: Flask, programme: Programme, session: Session, now: datetime
) -> None:
    lead, turn = programme.viewer(programme.lead), count()

    def log_or_submit(own: Session) -> None:
        number = next(turn)
        if number == 1:
            service.submit_month(own, lead, municipality_id=programme.town.id, month=JANUARY, now=now, today=TODAY)
            return
        work = Work(
            service_date=date(2026, 1, 5 + number), minutes=60, activity=Activity.WORKSHOP, mode=Mode.ON_SITE,
            reason="zugleich",
        )  # fmt: skip
        ledger.log_day(own, lead, municipality_id=programme.town.id, consultant_id=lead.user_id, work=work, now=now)

    answers = at_the_same_moment(app, lead, log_or_submit, times=6)

    session.commit()
    statement = session.scalars(select(Statement)).one()
    entries = session.scalars(select(DayEntry)).all()
    assert answers == [None] * 6
    assert (totals.wrong(session), totals.misfiled(session)) == ({}, {})
    assert len(entries) == 5
    assert {(entry.posting_month, entry.statement_id) for entry in entries} <= {
        (JANUARY, statement.id),
        (FEBRUARY, None),
    }
    assert statement.minutes == sum(entry.minutes for entry in entries if entry.statement_id)
