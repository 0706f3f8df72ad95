"""Pages of the ledger: log a day, see what was logged, correct it."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.redirects import safe_next
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.budget import corrections, queries, service, words
from komma_tracker.budget.forms import (
    EntryForm,
    QuickForm,
    correction_form,
    edit_form,
    filter_form,
    new_form,
    preview_form,
    read_line,
)
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.service import Outlook, Work
from komma_tracker.budget.shown import month_of, shown
from komma_tracker.contracts.queries import municipalities_for_logging
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.forms import BaseForm, differences, new_request_key
from komma_tracker.kit.paging import page_number

bp = Blueprint("budget", __name__)
bp.add_app_template_filter(words.explained)

Answer = str | Response | tuple[str, int]
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@bp.get("/entries")
@guard(Permission.ENTRY_VIEW)
def index() -> str:
    """What was logged, newest first, with filters and sums."""
    session, viewer = db.session(), current_viewer()
    form = filter_form(session, viewer, formdata=request.args)
    number = page_number(request.args.get("page"))
    page, sums = queries.entries_page(session, viewer, wanted=form.wanted(), number=number)
    entries = shown(viewer, page.rows)
    return render_template(
        "budget/index.html", form=form, page=page, sums=sums, entries=entries, query=form.query(), today=today()
    )


@bp.route("/entries/new", methods=["GET", "POST"])
@guard(Permission.ENTRY_LOG)
def new() -> Answer:
    """Log a day."""
    form = _new_form(sent=request.method == "POST")
    if form.validate_on_submit():
        try:
            person, key = form.consultant_id(current_viewer()), form.request_key.data
            return _log(form.place().municipality_id, person, form.work(), key, **form.kept())
        except Invalid as error:
            form.refuse(error)
    return _log_page(form, QuickForm(formdata=None), refused=form.is_submitted())


@bp.post("/entries/quick")
@guard(Permission.ENTRY_LOG)
def quick() -> Answer:
    """Log a day from one line."""
    session, viewer, form = db.session(), current_viewer(), QuickForm()
    if form.validate_on_submit():
        try:
            last = queries.last_entry(session, viewer, consultant_id=viewer.user_id)
            places = municipalities_for_logging(session, viewer)
            place, work = read_line(form.line.data or "", places, last=last, today=today())
            work = replace(work, reason=form.reason.data or "", long_day=form.long_day.data)
            return _log(place.municipality_id, viewer.user_id, work, form.request_key.data)
        except Invalid as error:
            form.refuse(error)
    return _log_page(_new_form(sent=False), form, refused=True)


@bp.get("/entries/preview")
@guard(Permission.ENTRY_LOG)
def preview() -> str:
    """What the form would book, while it is being filled in: days left, and anything unusual."""
    outlook = _outlook_of(request.args.get("entry"), correction="correction" in request.args)
    hints = words.hints(outlook.hints, outlook.minutes_per_day) if outlook else []
    return render_template("budget/_preview.html", outlook=outlook, hints=hints, left=words.left)


@bp.get("/entries/<public_id>")
@guard(Permission.ENTRY_VIEW)
def show(public_id: str) -> str:
    """One entry: what counts of it and why, what it corrects, what corrects it."""
    session, viewer = db.session(), current_viewer()
    related = shown(viewer, queries.related_rows(session, viewer, public_id))
    entry = next(each for each in related if each.row.public_id == public_id)
    others = [each for each in related if each is not entry]
    key = new_request_key()
    return render_template("budget/show.html", entry=entry, others=others, key=key, back=_back("budget.index"))


@bp.get("/entries/waiting")
@guard(Permission.ENTRY_DECIDE)
def waiting() -> str:
    """What counts only once the lead has said yes."""
    session, viewer = db.session(), current_viewer()
    entries = shown(viewer, queries.waiting_rows(session, viewer))
    return render_template("budget/waiting.html", entries=entries, key=new_request_key())


@bp.post("/entries/<public_id>/decide")
@guard(Permission.ENTRY_DECIDE)
def decide(public_id: str) -> Response:
    """Let an entry count, or not."""
    form, grant = BaseForm(), request.form.get("grant") == "yes"
    form.validate()
    corrections.decide_entry(
        db.session(), current_viewer(), public_id=public_id, grant=grant, now=now(), request_key=form.request_key.data
    )
    flash(gettext("Eintrag freigegeben.") if grant else gettext("Eintrag nicht freigegeben."), "success")
    return redirect(_back("budget.waiting"))


@bp.route("/entries/<public_id>/correct", methods=["GET", "POST"])
@guard(Permission.ENTRY_LOG)
def correct(public_id: str) -> Answer:
    """Correct a submitted entry, or only take it back; where somebody else did so first, both versions are shown."""
    session, viewer, clash = db.session(), current_viewer(), None
    entry = service.entry_to_edit(session, viewer, public_id)
    if request.method == "GET" and service.is_open(entry):
        return redirect(url_for("budget.edit", public_id=public_id))
    form = correction_form(service.work_of(entry), service.place_of(entry), sent=request.method == "POST")
    if form.validate_on_submit():
        try:
            corrections.correct_entry(
                session, viewer, public_id=public_id, work=None if "reverse" in request.form else form.work(),
                reason=form.reason.data or "", now=now(), today=today(), request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Korrektur gebucht. Sie steht im nächsten Leistungsnachweis."), "success")
            return redirect(_back("budget.show", public_id=public_id))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            clash = _other_correction(entry, form)
    status = 409 if clash else 422 if form.is_submitted() else 200
    return render_template(
        "budget/correct.html", form=form, entry=entry, clash=clash, back=_back("budget.index")
    ), status


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.ENTRY_LOG)
def edit(public_id: str) -> Answer:
    """Correct an open entry; where somebody else was quicker, both versions are shown."""
    session, viewer, clash = db.session(), current_viewer(), None
    entry = service.entry_to_edit(session, viewer, public_id)
    if request.method == "GET" and not service.is_open(entry):
        return redirect(url_for("budget.show", public_id=public_id))
    form = _edit_form(entry, sent=request.method == "POST")
    if form.validate_on_submit():
        try:
            service.change_entry(
                session, viewer, public_id=public_id, version=form.row_version, work=form.work(), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Eintrag geändert."), "success")
            return redirect(_back("budget.index"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            entry = service.entry_to_edit(session, viewer, public_id)
            clash = differences(form, _edit_form(entry, sent=False))
            form.version.data = str(entry.version)
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template("budget/edit.html", form=form, entry=entry, clash=clash, back=_back("budget.index")), status


@bp.post("/entries/<public_id>/delete")
@guard(Permission.ENTRY_LOG)
def delete(public_id: str) -> Response:
    """Delete an open entry."""
    form = BaseForm()
    form.validate()  # CSRF was checked before; this makes a key of what was sent as one
    service.delete_entry(
        db.session(), current_viewer(), public_id=public_id, now=now(), request_key=form.request_key.data
    )
    flash(gettext("Eintrag gelöscht."), "success")
    return redirect(_back("budget.index"))


@bp.get("/entries/month/<month>")
@guard(Permission.ENTRY_LOG)
def month(month: str) -> str:
    """One's own month as a calendar, with sums and gaps."""
    session, viewer, dates = db.session(), current_viewer(), _dates_of(month)
    wanted = EntryFilter(consultant_id=viewer.user_id, first=dates[0], last=dates[-1])
    rows = queries.entry_rows(session, viewer, wanted=wanted)
    return render_template(
        "budget/month.html",
        entries=shown(viewer, rows),
        month=month_of(rows, dates=dates, today=today()),
        first=dates[0],
        previous=(dates[0] - timedelta(days=1)).replace(day=1),
        following=dates[-1] + timedelta(days=1),
        today=today(),
    )


def _log(municipality_id: int, consultant_id: int, work: Work, request_key: str | None, **kept: str) -> Response:
    """Log a day and say what was booked, what is left and what is unusual about it; `kept` is for the next form."""
    session, viewer = db.session(), current_viewer()
    entry, outlook = service.log_day(
        session, viewer, municipality_id=municipality_id, consultant_id=consultant_id, work=work, now=now(),
        request_key=request_key,
    )  # fmt: skip
    flash(words.booked(work, entry.contract.municipality.label, outlook), "success")
    for hint in words.hints(outlook.hints, outlook.minutes_per_day):
        flash(hint, "warning")
    return redirect(_back("budget.new", **kept))


def _outlook_of(entry_id: str | None, *, correction: bool) -> Outlook | None:
    """What saving the form as it is now would mean; None while it does not say enough."""
    session, viewer = db.session(), current_viewer()
    entry = service.entry_to_edit(session, viewer, entry_id) if entry_id else None
    was, place = (service.work_of(entry), service.place_of(entry)) if entry else (None, None)
    form = preview_form(session, viewer, typed=request.args, was=was, place=place)
    if not form.validate():
        return None
    try:
        place, person = form.place(), entry.consultant_id if entry else form.consultant_id(viewer)
        contract = entry.contract if entry else service.current_contract(session, viewer, place.municipality_id)
        return service.outlook(
            session, viewer, contract=contract, consultant_id=person, work=form.work(), today=today(), entry=entry,
            correction=correction,
        )  # fmt: skip
    except Invalid:
        return None


def _new_form(*, sent: bool) -> EntryForm:
    asked = {name: request.args[name] for name in ("municipality", "consultant") if name in request.args}
    return new_form(db.session(), current_viewer(), today=today(), sent=sent, asked=asked)


def _edit_form(entry: Any, *, sent: bool) -> EntryForm:
    return edit_form(service.work_of(entry), service.place_of(entry), version=entry.version, sent=sent)


def _other_correction(entry: Any, form: EntryForm) -> tuple[Any, list[tuple[str, str, str]]]:
    """What somebody else has put in an entry's place, if anything, and where this form says something else."""
    other = queries.replacement_of(db.session(), current_viewer(), entry)
    if other is None:
        return None, []
    stored = correction_form(service.work_of(other), service.place_of(other), sent=False)
    stored.reason.data = other.reason
    return other, differences(form, stored)


def _log_page(form: EntryForm, quick: QuickForm, *, refused: bool) -> Answer:
    page = render_template("budget/new.html", form=form, quick=quick, back=_back("budget.new"))
    return page, 422 if refused else 200


def _back(otherwise: str, **values: Any) -> str:
    """Where people came from, and go on afterwards."""
    return safe_next(request.values.get("next")) or url_for(otherwise, **values)


def _dates_of(month: str) -> list[date]:
    """All dates of a month such as 2026-11. Raises NotFound where it is none."""
    match = _MONTH.fullmatch(month)
    if match is None:
        raise NotFound
    first = date(int(match[1]), int(match[2]), 1)
    return [first.replace(day=day) for day in range(1, monthrange(first.year, first.month)[1] + 1)]
