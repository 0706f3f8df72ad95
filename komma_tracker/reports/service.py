"""Funder reports: look at the figures, file them."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.reports import queries
from komma_tracker.reports.rules.figures import Figures
from komma_tracker.reports.rules.period import Period, ReportKind, check_period
from komma_tracker.reports.rules.publishing import publish


def preview(session: Session, viewer: Actor, *, kind: ReportKind, period: Period, today: date) -> Figures:
    """The figures that a report about this period would hold. Raises Forbidden, Invalid."""
    check(viewer, Permission.REPORT_FUNDER)
    check_period(period, today)
    return publish(queries.source(session, viewer, kind=kind, period=period))
