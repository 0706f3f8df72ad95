"""The report on what the demo's municipalities have reported, as its lead filed it, with its files.

It takes a second, and tests that only need a world go without: it is made where a demo is set up to look at.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.db import ID_ALPHABET, ID_LENGTH, unit_of_work
from komma_tracker.reports import files, queries
from komma_tracker.reports.models import FiledReport
from komma_tracker.reports.rules.figures import as_json
from komma_tracker.reports.rules.period import Period, ReportKind
from komma_tracker.reports.rules.publishing import companions, publish
from komma_tracker.statements.rules import next_month


def file(session: Session, *, seed: int) -> None:
    """File the months that are reported. Does nothing where there are none; needs an application for its words."""
    reported = select(func.min(Statement.month), func.max(Statement.month)).where(
        Statement.state == MonthState.REPORTED
    )
    first, last = session.execute(reported).one()
    lead = session.scalars(select(User.id).where(User.role == Role.LEAD).order_by(User.id)).first()
    if first is None or lead is None:
        return
    with unit_of_work(session):
        filed_at = datetime.combine(next_month(last) + timedelta(days=20), time(9), UTC)
        period = Period(first, last)
        source = queries.source(
            session, Viewer(lead, Role.LEAD), kind=ReportKind.INTERIM, period=period, today=filed_at.date()
        )
        figures = publish(source)
        session.add(
            FiledReport(
                public_id="".join(Random(f"{seed}:report").choices(ID_ALPHABET, k=ID_LENGTH)),
                kind=ReportKind.INTERIM,
                first_month=first,
                last_month=last,
                filed_at=filed_at,
                filed_by_id=lead,
                check_sum=figures.check_sum,
                figures=as_json(figures),
                companions=sorted(companions(source)),
                **files.filed_files(figures, locale="de", now=filed_at),
            )
        )
