"""Pages of reports: what a funder gets, looked at before it goes out."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Invalid, NotFound, Permission
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.locale import current_locale
from komma_tracker.reports import files, service, shown
from komma_tracker.reports.forms import report_form

bp = Blueprint("reports", __name__, url_prefix="/reports")

Answer = str | tuple[str, int]


@bp.get("")
@guard(Permission.REPORT_FUNDER)
def index() -> Answer:
    """Ask for a report, and see it as the funder will."""
    form = report_form(request.args, today=today())
    if not request.args:
        return render_template("reports/index.html", form=form, figures=None)
    try:
        if not form.validate():
            return render_template("reports/index.html", form=form, figures=None), 422
        figures = service.preview(
            db.session(), current_viewer(), kind=form.kind.data, period=form.period(), today=today()
        )
    except Invalid as error:
        form.refuse(error)
        return render_template("reports/index.html", form=form, figures=None), 422
    return render_template("reports/index.html", form=form, figures=figures, shown=shown, locale=current_locale())


@bp.get("/preview.<any(xlsx, pdf):ending>")
@guard(Permission.REPORT_FUNDER)
def preview(ending: str) -> Response:
    """The report as a file, before it is filed."""
    form = report_form(request.args, today=today())
    if not form.validate():
        raise NotFound
    figures = service.preview(db.session(), current_viewer(), kind=form.kind.data, period=form.period(), today=today())
    service.record_draft(db.session(), current_viewer(), figures=figures, kind=ending, now=now())
    return _file(
        files.draft_file(figures, ending, locale=current_locale(), now=now()), files.file_name(figures, ending)
    )


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=files.TYPES[name.rpartition(".")[2]])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
