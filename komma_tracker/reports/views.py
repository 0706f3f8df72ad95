"""Pages of reports: what a funder gets, looked at before it goes out, and kept as it went."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.locale import current_locale
from komma_tracker.reports import files, queries, service, shown
from komma_tracker.reports.forms import FileForm, ReportForm, file_form, report_form
from komma_tracker.reports.rules.figures import from_json

bp = Blueprint("reports", __name__, url_prefix="/reports")

Answer = str | AnyResponse | tuple[str, int]


@bp.get("")
@guard(Permission.REPORT_FUNDER)
def index() -> Answer:
    """Ask for a report, and see it as the funder will; below, what has been filed."""
    asked = report_form(request.args, today=today())
    return _preview(asked) if request.args else _page(asked)


@bp.post("")
@guard(Permission.REPORT_FUNDER)
def file() -> Answer:
    """File a report as it was looked at."""
    asked, form = report_form(request.form, today=today()), FileForm()
    if not (form.validate_on_submit() and asked.validate()):
        return _page(asked), 422
    try:
        report = service.file_report(
            db.session(), current_viewer(), kind=asked.kind.data, period=asked.period(), seen=form.seen.data or "",
            files_of=partial(files.filed_files, locale=current_locale(), now=now()), now=now(), today=today(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except Conflict:
        return _preview(asked, changed=True)
    except Invalid as error:
        asked.refuse(error)
        return _page(asked), 422
    flash(gettext("Der Bericht ist eingereicht. Die Leistungsnachweise darin sind nun berichtet."), "success")
    return redirect(url_for("reports.show", public_id=report.public_id))


def _preview(asked: ReportForm, *, changed: bool = False) -> Answer:
    """The figures asked for, with the form that files them; `changed` since they were looked at."""
    if not asked.validate():
        return _page(asked), 422
    try:
        figures = service.preview(
            db.session(), current_viewer(), kind=asked.kind.data, period=asked.period(), today=today()
        )
    except Invalid as error:
        asked.refuse(error)
        return _page(asked), 422
    page = _page(asked, figures=figures, form=file_form(asked, figures), changed=changed)
    return (page, 409) if changed else page


def _page(asked: ReportForm, **shows: object) -> str:
    reports = queries.filed_reports(db.session(), current_viewer())
    every = {"figures": None, "changed": False, "shown": shown, "locale": current_locale(), **shows}
    return render_template("reports/index.html", asked=asked, reports=reports, **every)


@bp.get("/preview.<any(xlsx, pdf):ending>")
@guard(Permission.REPORT_FUNDER)
def preview(ending: str) -> Response:
    """The report as a file, before it is filed."""
    asked = report_form(request.args, today=today())
    if not asked.validate():
        raise NotFound
    session, viewer = db.session(), current_viewer()
    figures = service.preview(session, viewer, kind=asked.kind.data, period=asked.period(), today=today())
    service.record_draft(session, viewer, figures=figures, kind=ending, now=now())
    name = files.file_name(asked.kind.data, asked.period(), ending)
    return _file(files.draft_file(figures, ending, locale=current_locale(), now=now()), name)


@bp.get("/<public_id>")
@guard(Permission.REPORT_FUNDER)
def show(public_id: str) -> str:
    """A report as it was filed."""
    report = queries.filed_report(db.session(), current_viewer(), public_id)
    figures = from_json(report.figures)
    return render_template("reports/show.html", report=report, figures=figures, shown=shown, locale=current_locale())


@bp.get("/<public_id>/report.<any(xlsx, pdf):ending>")
@guard(Permission.REPORT_FUNDER)
def filed(public_id: str, ending: str) -> Response:
    """The very file that was filed."""
    report = queries.filed_report(db.session(), current_viewer(), public_id, part=ending)
    service.record_filed(db.session(), current_viewer(), report=report, kind=ending, now=now())
    return _file(getattr(report, ending), files.file_name(report.kind, report.period, ending))


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=files.TYPES[name.rpartition(".")[2]])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
