"""Pages of exchange: a file comes in by way of a preview, the entries one may see go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

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
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.access.scope import system_session
from komma_tracker.budget.forms import filter_form
from komma_tracker.db import Session, db
from komma_tracker.events.views import shown_month
from komma_tracker.exchange import lists, queries, service, takeout
from komma_tracker.exchange.cells import shown, text_of
from komma_tracker.exchange.formats import tool_names
from komma_tracker.exchange.forms import ConfirmForm, columns_form, names_form, upload_form
from komma_tracker.exchange.plan import Plan
from komma_tracker.exchange.rules import SHOWN, ImportStep, Limits, Unreadable
from komma_tracker.exchange.service import asking, drafts, programme_out
from komma_tracker.exchange.words import fault_lines, note_lines, row_spans
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import message_of
from komma_tracker.kit.sheets import Column, Rows, csv_pieces, json_pieces, pieces_of, xlsx_file

if TYPE_CHECKING:
    from komma_tracker.exchange.models import ImportDraft

bp = Blueprint("exchange", __name__)

Answer = str | AnyResponse | tuple[str, int]
SAMPLE_ROWS = 5
"""So many rows stand beside the columns that are to be matched."""
CSV = "text/csv; charset=utf-8"
JSON = "application/json"
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
            drafts.forget_expired_drafts(system, now=now())
        try:
            draft = drafts.keep_draft(
                session, viewer, file=file.stream, filename=file.filename or "", municipality_id=form.municipality_id,
                now=now(), limits=_limits(),
            )  # fmt: skip
            return redirect(_next(draft))
        except Unreadable as error:
            form.file.errors = [message_of(error)]
        except Invalid as error:
            form.refuse(error)
    page = render_template("exchange/upload.html", form=form, tools=tool_names())
    return (page, 422) if form.is_submitted() else page


@bp.route("/import/<public_id>/columns", methods=["GET", "POST"])
@guard(Permission.ENTRY_IMPORT)
def import_columns(public_id: str) -> Answer:
    """Which column of an uploaded sheet is which."""
    session, viewer = db.session(), current_viewer()
    draft = _open_draft(public_id)
    table = drafts.table_of(draft, _limits())
    columns = drafts.columns_in_draft(draft, table.heading)
    headings = [text_of(cell) for cell in table.heading.cells]
    form = columns_form(headings, columns.positions)
    if form.validate_on_submit():
        try:
            drafts.match_columns(session, viewer, draft, places=form.places(), now=now(), limits=_limits())
            return redirect(_next(queries.draft(session, viewer, public_id, now=now())))
        except (Unreadable, Invalid) as error:
            form.form_errors.append(message_of(error))
    rows = [[shown(cell) for cell in row.cells] for row in islice(table.rows, SAMPLE_ROWS)]
    page = render_template("exchange/columns.html", draft=draft, form=form, headings=headings, rows=rows)
    return (page, 422) if form.is_submitted() else page


@bp.post("/import/<public_id>/columns/forget")
@guard(Permission.ENTRY_IMPORT)
def forget_columns(public_id: str) -> Answer:
    """Forget how the columns of such files were matched."""
    drafts.forget_columns(db.session(), current_viewer(), _open_draft(public_id), now=now(), limits=_limits())
    flash(gettext("Die Zuordnung der Spalten ist vergessen."), "info")
    return redirect(url_for("exchange.import_columns", public_id=public_id))


@bp.route("/import/<public_id>/<any(names, packages):step>", methods=["GET", "POST"])
@guard(Permission.ENTRY_IMPORT)
def import_names(public_id: str, step: str) -> Answer:
    """For what the names in an uploaded file stand."""
    session, viewer = db.session(), current_viewer()
    draft, wanted = _open_draft(public_id), ImportStep(step)
    survey, asked_for = asking.questions(session, viewer, draft, wanted, limits=_limits())
    order_is_open = wanted is ImportStep.NAMES and survey.order_is_open
    form = names_form(asked_for, order_is_open=order_is_open, order=draft.date_order)
    if form.validate_on_submit():
        asking.answer(
            session, viewer, draft, wanted, asked_for=asked_for, values=form.values(), order=form.date_order,
            remember=form.remember.data, now=now(), limits=_limits(),
        )  # fmt: skip
        return redirect(_next(queries.draft(session, viewer, public_id, now=now())))
    page = render_template("exchange/names.html", draft=draft, form=form, step=wanted)
    return (page, 422) if form.is_submitted() else page


@bp.get("/import/<public_id>")
@guard(Permission.ENTRY_IMPORT)
def preview(public_id: str) -> Answer:
    """What booking an uploaded file would do, once it is known what it says."""
    draft = queries.draft(db.session(), current_viewer(), public_id, now=now())
    if draft.step is not ImportStep.PREVIEW and not draft.booked_at:
        return redirect(_next(draft))
    return _preview(draft, with_doubles=request.args.get("doubles") == "1")


@bp.post("/import/<public_id>")
@guard(Permission.ENTRY_IMPORT)
def book(public_id: str) -> Answer:
    """Book an uploaded file as its preview said, all or nothing."""
    session, viewer, form = db.session(), current_viewer(), ConfirmForm()
    with_doubles = form.doubles.data == "1"
    if not form.validate():
        return _preview(queries.draft(session, viewer, public_id, now=now()), with_doubles=with_doubles, form=form), 422
    try:
        plan = drafts.book_draft(
            session, viewer, public_id, with_doubles=with_doubles, seen=form.seen.data or "", now=now(), today=today(),
            reason=form.reason.data or "", long_days=form.long_days.data, limits=_limits(),
        )  # fmt: skip
    except (Conflict, Invalid) as error:
        draft = queries.draft(session, viewer, public_id, now=now())
        if isinstance(error, Invalid) and error.field in {"reason", "long_days"}:
            form.refuse(error)
            return _preview(draft, with_doubles=with_doubles, form=form), 422
        return _preview(draft, with_doubles=with_doubles, form=form, changed=True), 409
    if plan is None:
        flash(gettext("Diese Datei ist bereits gebucht."), "info")
    else:
        count = len(plan.entries)
        flash(ngettext("%(num)s Eintrag gebucht.", "%(num)s Einträge gebucht.", count), "success")
    return redirect(url_for("budget.index"))


def _open_draft(public_id: str) -> ImportDraft:
    draft = queries.draft(db.session(), current_viewer(), public_id, now=now())
    if draft.booked_at:
        raise NotFound
    return draft


def _next(draft: ImportDraft) -> str:
    """Where a file is explained further, or what it would do."""
    match draft.step:
        case ImportStep.COLUMNS:
            return url_for("exchange.import_columns", public_id=draft.public_id)
        case ImportStep.NAMES | ImportStep.PACKAGES:
            return url_for("exchange.import_names", public_id=draft.public_id, step=draft.step.value)
        case ImportStep.PREVIEW:
            return url_for("exchange.preview", public_id=draft.public_id)


def _preview(draft: ImportDraft, *, with_doubles: bool, form: ConfirmForm | None = None, changed: bool = False) -> str:
    session, viewer = db.session(), current_viewer()
    plan, unreadable = Plan(), None
    if not draft.booked_at:
        try:
            planner = drafts.read_draft(session, viewer, draft, limits=_limits())
            plan = service.preview(session, viewer, planner, with_doubles=with_doubles, today=today())
        except (Unreadable, Invalid) as error:
            unreadable = message_of(error)
    sums = [(place, month, each) for place, months in plan.by_month().items() for month, each in months.items()]
    form = form or ConfirmForm(formdata=None)
    form.seen.data, form.doubles.data = plan.fingerprint, "1" if with_doubles else ""
    return render_template(
        "exchange/preview.html",
        draft=draft, plan=plan, form=form, with_doubles=with_doubles, changed=changed, unreadable=unreadable,
        faults=fault_lines(plan), notes=note_lines(plan), long_days=row_spans(plan.long_days),
        doubles=plan.doubles[:SHOWN], sums=sums[:SHOWN], more_sums=len(sums) - SHOWN,
    )  # fmt: skip


@bp.get("/export/programme")
@guard(Permission.PROGRAMME_EXPORT)
def programme() -> Answer:
    """What the file of the whole programme holds, and what it does not."""
    return render_template("exchange/programme.html")


@bp.get("/export/programme.json")
@guard(Permission.PROGRAMME_EXPORT)
def export_programme() -> AnyResponse:
    """The whole programme, to be taken in by an empty instance."""
    programme_out.record(db.session(), current_viewer(), now=now())
    answer = Response(programme_out.pieces(db.engine), content_type=JSON)
    answer.headers.set("Content-Disposition", "attachment", filename="programm.json")
    return answer


@bp.get("/export/entries.<any(csv, xlsx, json):kind>")
@guard(Permission.ENTRY_EXPORT)
def export_entries(kind: str) -> AnyResponse:
    """The entries that one may see, filtered as in their list."""
    session, viewer = db.session(), current_viewer()
    wanted = filter_form(session, viewer, formdata=request.args).wanted()
    takeout.record(session, viewer, kind=kind, wanted=wanted, now=now())
    columns = takeout.columns(viewer, gettext)
    rows = takeout.rows(session, viewer, wanted=wanted, say=takeout.in_codes if kind == "json" else gettext)
    return _file(session, "beratungstage", kind, columns, rows)


@bp.get("/export/sessions.<any(csv, xlsx, json):suffix>")
@guard(Permission.CALENDAR_VIEW)
def export_sessions(suffix: str) -> AnyResponse:
    """The sessions of a month, filtered as in the calendar."""
    sessions = shown_month(db.session(), current_viewer()).sessions
    return _list(lists.SESSIONS, suffix, lists.session_rows(sessions, _word(suffix), gettext))


@bp.get("/export/contracts.<any(csv, xlsx, json):suffix>")
@guard(Permission.CONTRACT_VIEW)
def export_contracts(suffix: str) -> AnyResponse:
    """The contracts that one may see."""
    rows = lists.contract_rows(db.session(), current_viewer(), today=today(), word=_word(suffix))
    return _list(lists.CONTRACTS, suffix, rows)


@bp.get("/export/statements.<any(csv, xlsx, json):suffix>")
@guard(Permission.STATEMENT_VIEW)
def export_statements(suffix: str) -> AnyResponse:
    """The submitted months that one may see."""
    return _list(lists.STATEMENTS, suffix, lists.statement_rows(db.session(), current_viewer(), word=_word(suffix)))


@bp.get("/export/strategies.<any(csv, xlsx, json):suffix>")
@guard(Permission.STRATEGY_VIEW)
def export_strategies(suffix: str) -> AnyResponse:
    """The strategy papers that one may see."""
    return _list(lists.STRATEGIES, suffix, lists.strategy_rows(db.session(), current_viewer(), word=_word(suffix)))


def _list(what: lists.List, kind: str, rows: Rows) -> AnyResponse:
    """A list as a file; who takes it out is noted."""
    session = db.session()
    lists.record(session, current_viewer(), what, kind=kind, now=now())
    return _file(session, what.name, kind, what.columns(gettext), rows)


def _word(kind: str) -> lists.Word:
    return (lambda value: value.value) if kind == "json" else (lambda value: gettext(value.label))


def _file(session: Session, name: str, kind: str, columns: Sequence[Column], rows: Rows) -> AnyResponse:
    """A table as a file of this kind, streamed as far as the kind allows."""
    locale = current_locale()
    if kind == "xlsx":
        file = xlsx_file(columns, rows, locale)
        answer = Response(pieces_of(file), content_type=XLSX)
        answer.call_on_close(file.close)
    else:
        found = json_pieces(columns, rows) if kind == "json" else csv_pieces(columns, rows, locale)
        content_type = JSON if kind == "json" else CSV
        answer = Response(stream_with_context(_giving_back(session, found)), content_type=content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{kind}")
    return answer


def _giving_back(session: Session, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The request has given its session back before its answer is read: what reads later does so itself."""
    with closing(session):
        yield from pieces
