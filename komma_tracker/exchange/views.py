"""Pages of exchange: a file comes in by way of a preview, the entries one may see go out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission
from komma_tracker.access.scope import system_session
from komma_tracker.budget.forms import filter_form
from komma_tracker.db import Session, db
from komma_tracker.exchange import queries, service, takeout
from komma_tracker.exchange.forms import ConfirmForm, upload_form
from komma_tracker.exchange.plan import Plan
from komma_tracker.exchange.rules import SHOWN, Limits, Unreadable
from komma_tracker.exchange.sheets import csv_pieces, pieces_of, xlsx_file
from komma_tracker.exchange.words import fault_lines, note_lines
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import message_of

bp = Blueprint("exchange", __name__)

Answer = str | AnyResponse | tuple[str, int]
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _limits() -> Limits:
    return Limits(size=context().settings.max_upload_bytes)


@bp.route("/import", methods=["GET", "POST"])
@guard(Permission.ENTRY_IMPORT)
def import_entries() -> Answer:
    """Upload a file with days."""
    session, viewer = db.session(), current_viewer()
    form = upload_form(session, viewer)
    if form.validate_on_submit():
        file: FileStorage = form.file.data
        with system_session(db.engine, "uploads that have expired") as system:
            service.forget_expired_drafts(system, now=now())
        try:
            draft = service.keep_draft(
                session, viewer, file=file.stream, filename=file.filename or "", municipality_id=form.municipality_id,
                now=now(), limits=_limits(),
            )  # fmt: skip
            return redirect(url_for("exchange.preview", public_id=draft.public_id))
        except Unreadable as error:
            form.file.errors = [message_of(error)]
    page = render_template("exchange/upload.html", form=form)
    return (page, 422) if form.is_submitted() else page


@bp.get("/import/<public_id>")
@guard(Permission.ENTRY_IMPORT)
def preview(public_id: str) -> Answer:
    """What booking an uploaded file would do."""
    return _preview(public_id, with_doubles=request.args.get("doubles") == "1")


@bp.post("/import/<public_id>")
@guard(Permission.ENTRY_IMPORT)
def book(public_id: str) -> Answer:
    """Book an uploaded file as its preview said, all or nothing."""
    form = ConfirmForm()
    with_doubles = form.doubles.data == "1"
    try:
        plan = service.book_draft(
            db.session(), current_viewer(), public_id, with_doubles=with_doubles, seen=form.seen.data or "",
            now=now(), today=today(), limits=_limits(),
        )  # fmt: skip
    except (Conflict, Invalid):
        return _preview(public_id, with_doubles=with_doubles, changed=True), 409
    if plan is None:
        flash(gettext("Diese Datei ist bereits gebucht."), "info")
    else:
        count = len(plan.entries)
        flash(ngettext("%(num)s Eintrag gebucht.", "%(num)s Einträge gebucht.", count), "success")
    return redirect(url_for("budget.index"))


def _preview(public_id: str, *, with_doubles: bool, changed: bool = False) -> str:
    session, viewer = db.session(), current_viewer()
    draft = queries.draft(session, viewer, public_id, now=now())
    plan, unreadable = Plan(), None
    if not draft.booked_at:
        try:
            planner = service.read_draft(session, viewer, draft, limits=_limits())
            plan = service.preview(session, viewer, planner, with_doubles=with_doubles, today=today())
        except (Unreadable, Invalid) as error:
            unreadable = message_of(error)
    sums = [(place, month, each) for place, months in plan.by_month().items() for month, each in months.items()]
    form = ConfirmForm(formdata=None, seen=plan.fingerprint, doubles="1" if with_doubles else "")
    return render_template(
        "exchange/preview.html",
        draft=draft, plan=plan, form=form, with_doubles=with_doubles, changed=changed, unreadable=unreadable,
        faults=fault_lines(plan), notes=note_lines(plan), doubles=plan.doubles[:SHOWN], sums=sums[:SHOWN],
        more_sums=len(sums) - SHOWN,
    )  # fmt: skip


@bp.get("/export/entries.<any(csv, xlsx):kind>")
@guard(Permission.ENTRY_EXPORT)
def export_entries(kind: str) -> AnyResponse:
    """The entries that one may see, filtered as in their list."""
    session, viewer, locale = db.session(), current_viewer(), current_locale()
    wanted = filter_form(session, viewer, formdata=request.args).wanted()
    takeout.record(session, viewer, kind=kind, wanted=wanted, now=now())
    columns = takeout.columns(viewer, gettext)
    rows = takeout.rows(session, viewer, wanted=wanted, say=gettext)
    if kind == "xlsx":
        file = xlsx_file(columns, rows, locale)
        answer = Response(pieces_of(file), content_type=XLSX)
        answer.call_on_close(file.close)
    else:
        pieces = _giving_back(session, csv_pieces(columns, rows, locale))
        answer = Response(stream_with_context(pieces), content_type=CSV)
    answer.headers.set("Content-Disposition", "attachment", filename=f"beratungstage.{kind}")
    return answer


def _giving_back(session: Session, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The request has given its session back before its answer is read: what reads later does so itself."""
    with closing(session):
        yield from pieces
