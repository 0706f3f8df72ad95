"""Pages of timesheets: one's own, and for the lead those of everybody."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import NotFound, Permission
from komma_tracker.budget.queries import people_of_ledger
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.locale import current_locale
from komma_tracker.reports import timesheets
from komma_tracker.reports.files import TYPES
from komma_tracker.reports.timesheets import Timesheet

bp = Blueprint("timesheets", __name__, url_prefix="/timesheets")

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@bp.get("/<month>")
@guard(Permission.TIMESHEET_VIEW)
def show(month: str) -> str:
    """A person's month, day by day."""
    sheet = _asked(month)
    return render_template(
        "reports/timesheet.html",
        sheet=sheet,
        previous=(sheet.month - timedelta(days=1)).replace(day=1),
        following=(sheet.month + timedelta(days=31)).replace(day=1),
        people=people_of_ledger(db.session(), current_viewer()),
        today=today(),
    )


@bp.get("/<month>/timesheet.<any(csv, xlsx, pdf):ending>")
@guard(Permission.TIMESHEET_VIEW)
def export(month: str, ending: str) -> Response:
    """The same as a file."""
    sheet = _asked(month)
    timesheets.record(db.session(), current_viewer(), sheet=sheet, kind=ending, now=now())
    content = timesheets.as_file(sheet, ending, locale=current_locale(), on=today())
    answer = Response(content, content_type=TYPES[ending])
    answer.headers.set("Content-Disposition", "attachment", filename=f"stundenzettel-{month}.{ending}")
    return answer


def _asked(month: str) -> Timesheet:
    """What the address asks for. Raises NotFound."""
    match = _MONTH.fullmatch(month)
    if match is None:
        raise NotFound
    first = date(int(match[1]), int(match[2]), 1)
    return timesheets.timesheet(db.session(), current_viewer(), person=request.args.get("person") or None, month=first)
