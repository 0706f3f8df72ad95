"""Funder reports: look at the figures, take them out as files, file them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.reports import queries
from komma_tracker.reports.models import FiledReport
from komma_tracker.reports.rules.figures import Figures, as_json
from komma_tracker.reports.rules.period import Period, ReportKind, check_period
from komma_tracker.reports.rules.publishing import companions, publish
from komma_tracker.statements.service import mark_reported


def preview(session: Session, viewer: Actor, *, kind: ReportKind, period: Period, today: date) -> Figures:
    """The figures that a report about this period would hold. Raises Forbidden, Invalid."""
    check(viewer, Permission.REPORT_FUNDER)
    check_period(period, today)
    return publish(queries.source(session, viewer, kind=kind, period=period, today=today))


def file_report(
    session: Session,
    viewer: Viewer,
    *,
    kind: ReportKind,
    period: Period,
    seen: str,
    files_of: Callable[[Figures], Mapping[str, bytes]],
    now: datetime,
    today: date,
    request_key: str | None = None,
) -> FiledReport:
    """File a report as it was seen: it is kept with its files, and the closed statements in it become reported.

    `seen` is the check sum of what the lead has looked at. Raises Forbidden, Invalid, and Conflict where the figures
    are others by now.
    """
    check(viewer, Permission.REPORT_FUNDER)
    check_period(period, today)
    with unit_of_work(session):
        if done := audit.done_before(session, viewer, request_key):
            return queries.filed_report(session, viewer, done)
        statements = queries.closed_statements(session, viewer, period=period)
        source = queries.source(session, viewer, kind=kind, period=period, today=today)
        figures = publish(source)
        if figures.days is None:
            raise Invalid(None, N_("Noch haben zu wenige Kommunen abgeschlossene Tage: Summen verrieten einzelne."))
        if figures.check_sum != seen:
            raise Conflict
        mark_reported(session, viewer, statement_ids=statements, now=now)
        report = FiledReport(
            kind=kind,
            first_month=period.first,
            last_month=period.last,
            filed_at=now,
            filed_by_id=viewer.user_id,
            check_sum=figures.check_sum,
            figures=as_json(figures),
            companions=sorted(companions(source)),
            **files_of(figures),
        )
        session.add(report)
        session.flush()
        audit.record(
            session,
            viewer,
            action="report.file",
            object_type="report",
            object_id=report.public_id,
            after={"statements": len(statements), **_facts(figures)},
            now=now,
            request_key=request_key,
        )
        return report


def record_draft(session: Session, viewer: Actor, *, figures: Figures, kind: str, now: datetime) -> None:
    """Note that somebody takes figures out as a file, and which. Raises Forbidden."""
    _record_export(session, viewer, object_id=new_public_id(), after={"kind": kind, **_facts(figures)}, now=now)


def record_filed(session: Session, viewer: Actor, *, report: FiledReport, kind: str, now: datetime) -> None:
    """Note that somebody takes out a file of a filed report. Raises Forbidden."""
    _record_export(session, viewer, object_id=report.public_id, after={"kind": kind}, now=now)


def _record_export(session: Session, viewer: Actor, *, object_id: str, after: dict[str, str], now: datetime) -> None:
    check(viewer, Permission.REPORT_FUNDER)
    with unit_of_work(session):
        audit.record(
            session, viewer, action="report.export", object_type="report", object_id=object_id, after=after, now=now
        )


def _facts(figures: Figures) -> dict[str, str]:
    return {
        "report": figures.kind.value,
        "first": figures.period.first.isoformat(),
        "last": figures.period.last.isoformat(),
        "check_sum": figures.check_sum,
    }
