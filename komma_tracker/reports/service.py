"""Funder reports: look at the figures, file them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.audit import service as audit
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.reports import queries
from komma_tracker.reports.rules.figures import Figures
from komma_tracker.reports.rules.period import Period, ReportKind, check_period
from komma_tracker.reports.rules.publishing import publish


def preview(session: Session, viewer: Actor, *, kind: ReportKind, period: Period, today: date) -> Figures:
    """The figures that a report about this period would hold. Raises Forbidden, Invalid."""
    check(viewer, Permission.REPORT_FUNDER)
    check_period(period, today)
    return publish(queries.source(session, viewer, kind=kind, period=period))


def record_draft(session: Session, viewer: Actor, *, figures: Figures, kind: str, now: datetime) -> None:
    """Note that somebody takes figures out as a file, and which. Raises Forbidden."""
    check(viewer, Permission.REPORT_FUNDER)
    with unit_of_work(session):
        audit.record(
            session,
            viewer,
            action="report.export",
            object_type="export",
            object_id=new_public_id(),
            after={"kind": kind, **_facts(figures)},
            now=now,
        )


def _facts(figures: Figures) -> dict[str, str]:
    return {
        "report": figures.kind.value,
        "first": figures.period.first.isoformat(),
        "last": figures.period.last.isoformat(),
        "check_sum": figures.check_sum,
    }
