"""Pages of statements: a municipality's months, one of them, its document, and signing off by a mailed link."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access import scope
from komma_tracker.access.guards import current_viewer, guard, public
from komma_tracker.access.rules import Conflict, DomainError, Invalid, NotFound, Permission, check
from komma_tracker.accounts.rules import TooManyAttempts
from komma_tracker.budget.rules import MonthState
from komma_tracker.db import Session, db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import message_of
from komma_tracker.kit.paging import page_number
from komma_tracker.municipalities.queries import municipality_by_code
from komma_tracker.statements import letters, links, pages, paper, queries, service, words
from komma_tracker.statements.forms import AnswerForm, LinkForm, NumberForm, ReasonForm, answer_form
from komma_tracker.statements.rules import SignOffIsVoid, read_number
from komma_tracker.statements.shown import sheet_of, verify

if TYPE_CHECKING:
    from komma_tracker.budget.models import Statement
    from komma_tracker.statements.links import Invited
    from komma_tracker.statements.pages import MonthPage

bp = Blueprint("statements", __name__)

Answer = str | Response | tuple[str, int]
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@bp.get("/statements")
@guard(Permission.STATEMENT_VIEW)
def index() -> str:
    """What waits for an answer, a correction or its end."""
    number = page_number(request.args.get("page"))
    page = queries.waiting_page(db.session(), current_viewer(), states=queries.WAITING_STATES, number=number)
    return render_template("statements/index.html", page=page, form=NumberForm())


@bp.get("/statements/verify")
@guard(Permission.STATEMENT_VIEW)
def check_number() -> str:
    """Whether a check number belongs to a statement, and the ledger still says the same."""
    session, viewer, form = db.session(), current_viewer(), NumberForm(request.args)
    number = read_number(form.number.data or "") if form.validate() else ""
    found = [verify(session, viewer, each) for each in queries.statements_by_number(session, viewer, number)]
    return render_template("statements/verify.html", form=form, number=number, found=found)


@bp.get("/municipalities/<code>/statements")
@guard(Permission.STATEMENT_VIEW)
def place(code: str) -> str:
    """The months of one municipality."""
    page = pages.place_page(db.session(), current_viewer(), code=code, today=today())
    return render_template("statements/place.html", page=page)


@bp.route("/municipalities/<code>/statements/overdue", methods=["GET", "POST"])
@guard(Permission.STATEMENT_SUBMIT)
def overdue(code: str) -> Answer:
    """Name the months that are over and open, and submit those named, all of them or none."""
    session, viewer, form, status = db.session(), current_viewer(), BaseForm(), 200
    place = municipality_by_code(session, viewer, code)
    check(viewer, Permission.STATEMENT_SUBMIT, place.id)
    months = [_first(each) for each in request.form.getlist("month")]
    if form.validate_on_submit() and months:
        try:
            service.submit_months(
                session, viewer, municipality_id=place.id, months=months, now=now(), today=today(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Die Monate sind eingereicht. Die Kommune kann sie jetzt bestätigen."), "success")
            return redirect(url_for("statements.place", code=code))
        except Invalid as error:
            form.refuse(error)
            status = 422
    page = pages.place_page(session, viewer, code=code, today=today())
    return render_template("statements/overdue.html", page=page, form=form), status


@bp.get("/municipalities/<code>/statements/<month>")
@guard(Permission.STATEMENT_VIEW)
def month(code: str, month: str) -> Answer:
    """One month: what was done, what was said of it, what can be done now."""
    return _month_page(_page(code, month))


@bp.post("/municipalities/<code>/statements/<month>/submit")
@guard(Permission.STATEMENT_SUBMIT)
def submit(code: str, month: str) -> Answer:
    """Give a month to the municipality."""
    page, form = _page(code, month), _sent(BaseForm())
    try:
        service.submit_month(
            db.session(), current_viewer(), municipality_id=page.place.id, month=page.month, now=now(), today=today(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        return _refused(code, month, error)
    flash(gettext("Der Monat ist eingereicht. Die Kommune kann ihn jetzt bestätigen."), "success")
    return redirect(url_for("statements.month", code=code, month=month))


@bp.post("/statements/<public_id>/answer")
@guard(Permission.STATEMENT_ANSWER)
def answer(public_id: str) -> Answer:
    """Confirm a statement, or object to lines of it."""
    statement = _statement(public_id)
    page = _page_of(statement)
    form = answer_form(page.sheet.lines, statement.version)
    if form.validate_on_submit():
        try:
            done = service.answer(
                db.session(), current_viewer(), public_id=public_id, version=form.row_version,
                objections=form.objections(), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            flash(_thanks(done), "success")
            return redirect(url_for("statements.month", code=page.place.code, month=f"{page.month:%Y-%m}"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            return _changed(form, _page_of(_statement(public_id)))
    return _month_page(page, form=form, status=422)


@bp.post("/statements/<public_id>/close")
@guard(Permission.STATEMENT_CLOSE)
def close(public_id: str) -> Answer:
    """Close a confirmed month."""
    form = _sent(BaseForm())
    statement = service.close_month(
        db.session(), current_viewer(), public_id=public_id, now=now(), request_key=form.request_key.data
    )
    flash(gettext("Der Monat ist abgeschlossen."), "success")
    return redirect(_address(statement))


@bp.post("/statements/<public_id>/report")
@guard(Permission.STATEMENT_CLOSE)
def report(public_id: str) -> Answer:
    """Mark a closed month as part of a report."""
    (statement,) = service.mark_reported(db.session(), current_viewer(), statement_ids=[public_id], now=now())
    flash(gettext("Der Monat ist als berichtet gekennzeichnet."), "success")
    return redirect(_address(statement))


@bp.post("/statements/<public_id>/reopen")
@guard(Permission.STATEMENT_SUBMIT)
def reopen(public_id: str) -> Answer:
    """Open a month again, to correct it."""
    form, page = ReasonForm(), _page_of(_statement(public_id))
    if form.validate_on_submit():
        try:
            statement = service.reopen_month(
                db.session(), current_viewer(), public_id=public_id, reason=form.reason.data or "", now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            message = gettext("Der Monat ist wieder offen. Bitte korrigieren Sie die Einträge und reichen ihn neu ein.")
            flash(message, "success")
            return redirect(_address(statement))
        except Invalid as error:
            form.refuse(error)
    return _month_page(page, reason=form, status=422)


@bp.post("/statements/<public_id>/link")
@guard(Permission.STATEMENT_SUBMIT)
def send_link(public_id: str) -> Answer:
    """Mail a link with which one person answers without signing in."""
    page = _page_of(_statement(public_id))
    form = LinkForm(page.people)
    if form.validate_on_submit():
        try:
            letter = links.send_link(
                db.session(), current_viewer(), public_id=public_id, recipient=form.recipient.data, now=now(),
                today=today(),
            )  # fmt: skip
            letters.send(letter)
            message = gettext("Der Link an %(email)s ist unterwegs. Er gilt 14 Tage und einmal.", email=letter.email)
            flash(message, "success")
            return redirect(url_for("statements.month", code=page.place.code, month=f"{page.month:%Y-%m}"))
        except Invalid as error:
            form.refuse(error)
        except TooManyAttempts:
            abort(429)
    return _month_page(page, recipient=form, status=422)


@bp.get("/statements/<public_id>/document")
@guard(Permission.STATEMENT_VIEW)
def document(public_id: str) -> Response:
    """The statement as PDF."""
    session, viewer = db.session(), current_viewer()
    statement = _statement(public_id)
    if statement.state is MonthState.OPEN:
        raise NotFound
    answer = Response(paper.document(statement, sheet_of(session, viewer, statement)), mimetype="application/pdf")
    name = paper.file_name(statement.municipality, statement.month)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@bp.route("/sign-off/<token>", methods=["GET", "POST"])
@public
def sign_off(token: str) -> Answer:
    """Answer a statement by a mailed link, without signing in."""
    # A session of its own: whoever may be signed in here, it is the link that asks.
    with scope.system_session(db.engine, "sign-off link") as session:
        try:
            invited = links.open_link(session, token=token, address=request.remote_addr, now=now(), today=today())
            return _answer_by_link(session, token, invited)
        except (SignOffIsVoid, Conflict):
            return render_template("statements/void_link.html"), 404
        except TooManyAttempts:
            abort(429)


def _answer_by_link(session: Session, token: str, invited: Invited) -> Answer:
    g.locale = invited.locale
    sheet = sheet_of(session, invited.viewer, invited.statement)
    name = paper.outside_name(invited.statement.municipality)
    form = answer_form(sheet.lines, invited.statement.version)
    if form.validate_on_submit():
        try:
            done = links.answer_by_link(
                session, token=token, version=form.row_version, objections=form.objections(), now=now(), today=today()
            )
            return render_template("statements/signed_off.html", thanks=_thanks(done))
        except Invalid as error:
            form.refuse(error)
    page = render_template("statements/sign_off.html", invited=invited, sheet=sheet, form=form, name=name, words=words)
    return page, 422 if form.is_submitted() else 200


def _page(code: str, month: str) -> MonthPage:
    """The page of a month such as 2026-11. Raises NotFound where it is none."""
    return pages.month_page(db.session(), current_viewer(), code=code, month=_first(month), today=today())


def _first(month: str) -> date:
    """The first day of a month such as 2026-11. Raises NotFound where it is none."""
    match = _MONTH.fullmatch(month)
    if match is None:
        raise NotFound
    return date(int(match[1]), int(match[2]), 1)


def _page_of(statement: Statement) -> MonthPage:
    return _page(statement.municipality.code, f"{statement.month:%Y-%m}")


def _statement(public_id: str) -> Statement:
    return queries.statement_by_public_id(db.session(), current_viewer(), public_id)


def _month_page(
    page: MonthPage,
    *,
    form: AnswerForm | None = None,
    reason: ReasonForm | None = None,
    recipient: LinkForm | None = None,
    status: int = 200,
) -> Answer:
    version = page.statement.version if page.statement else 0
    return render_template(
        "statements/month.html",
        page=page,
        form=form or answer_form(page.sheet.lines, version),
        reason=reason or ReasonForm(formdata=None),
        recipient=recipient or LinkForm(page.people, formdata=None),
        words=words,
    ), status


def _changed(form: AnswerForm, page: MonthPage) -> Answer:
    """Somebody was quicker: what it says now, and what was typed."""
    form.form_errors.append(gettext("Der Nachweis hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal."))
    form.version.data = str(page.statement.version) if page.statement else ""
    return _month_page(page, form=form, status=409)


def _sent(form: BaseForm) -> BaseForm:
    form.validate()  # CSRF was checked before; this makes a key of what was sent as one
    return form


def _refused(code: str, month: str, error: DomainError) -> Response:
    flash(message_of(error), "warning")
    return redirect(url_for("statements.month", code=code, month=month))


def _address(statement: Statement) -> str:
    return url_for("statements.month", code=statement.municipality.code, month=f"{statement.month:%Y-%m}")


def _thanks(statement: Statement) -> str:
    if statement.state is MonthState.CONFIRMED:
        return gettext("Danke. Der Leistungsnachweis ist bestätigt.")
    return gettext("Danke. Das Beratungsteam sieht Ihre Beanstandung und meldet sich.")
