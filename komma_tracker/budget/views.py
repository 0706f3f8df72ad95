"""Pages of the ledger: log a day, see what was logged, correct it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.redirects import safe_next
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.budget import queries, service
from komma_tracker.budget.forms import EntryForm, QuickForm, entry_form, filter_form, log_form, read_line
from komma_tracker.budget.rules import Hint
from komma_tracker.budget.service import Work
from komma_tracker.contracts.queries import Loggable, contract_of, municipalities_for_logging
from komma_tracker.db import db
from komma_tracker.kit import formats
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.paging import page_number

bp = Blueprint("budget", __name__)

Answer = str | Response | tuple[str, int]


@bp.get("/entries")
@guard(Permission.ENTRY_VIEW)
def index() -> str:
    """What was logged, newest first, with filters and sums."""
    session, viewer = db.session(), current_viewer()
    form = filter_form(session, viewer, formdata=request.args)
    wanted = form.wanted()
    page = queries.entries_page(session, viewer, wanted=wanted, number=page_number(request.args.get("page")))
    entries = [service.shown(viewer, entry) for entry in page.rows]
    sums = queries.sums(session, viewer, wanted=wanted)
    query = {key: value for key, value in request.args.items() if value and key != "page"}
    return render_template(
        "budget/index.html",
        form=form,
        page=page,
        entries=entries,
        sums=sums,
        query=query,
        this_month=f"{today():%Y-%m}",
    )


@bp.route("/entries/new", methods=["GET", "POST"])
@guard(Permission.ENTRY_LOG)
def new() -> Answer:
    """Log a day."""
    session, viewer = db.session(), current_viewer()
    form = log_form(session, viewer, today=today())
    if form.validate_on_submit():
        try:
            return _saved(form.place(), form.work(), consultant_id=_consultant(form), request_key=form.request_key.data)
        except Invalid as error:
            form.refuse(error)
    return _answer("budget/new.html", form=form, quick=QuickForm(formdata=None))


@bp.post("/entries/quick")
@guard(Permission.ENTRY_LOG)
def quick() -> Answer:
    """Log a day from one line."""
    session, viewer = db.session(), current_viewer()
    form, choices = QuickForm(), municipalities_for_logging(session, viewer)
    if form.validate_on_submit():
        try:
            place, work = read_line(form.line.data or "", choices, today=today())
            return _saved(place, work, consultant_id=viewer.user_id, request_key=form.request_key.data)
        except Invalid as error:
            form.refuse(error)
    blank = log_form(session, viewer, today=today())
    return render_template("budget/new.html", form=blank, quick=form, today=today()), 422


@bp.get("/entries/preview")
@guard(Permission.ENTRY_LOG)
def preview() -> str:
    """What the form would book, while it is being filled in: days left, and anything unusual."""
    session, viewer = db.session(), current_viewer()
    form = entry_form(session, viewer, formdata=request.args)
    outlook = None
    if form.validate():
        try:
            outlook = _outlook(
                form.place(), form.work(), consultant_id=_consultant(form), entry=request.args.get("entry")
            )
        except Invalid:
            outlook = None
    return render_template("budget/_preview.html", outlook=outlook)


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.ENTRY_LOG)
def edit(public_id: str) -> Answer:
    """Correct an open entry; where somebody else was quicker, both versions are shown."""
    session, viewer = db.session(), current_viewer()
    entry = queries.entry_by_public_id(session, viewer, public_id)
    service.check_edit(viewer, entry)
    form, clash = _form_of(entry), None
    if form.validate_on_submit():
        try:
            service.change_entry(
                session, viewer, public_id=public_id, version=form.row_version, work=form.work(), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Eintrag geändert."), "success")
            return redirect(safe_next(request.form.get("next")) or url_for("budget.index"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            clash = queries.entry_by_public_id(session, viewer, public_id)
            form.version.data = str(clash.version)
    return _answer("budget/edit.html", form=form, entry=entry, clash=clash)


@bp.post("/entries/<public_id>/delete")
@guard(Permission.ENTRY_LOG)
def delete(public_id: str) -> Response:
    """Delete an open entry."""
    service.delete_entry(
        db.session(), current_viewer(), public_id=public_id, now=now(), request_key=request.form.get("request_key")
    )
    flash(gettext("Eintrag gelöscht."), "success")
    return redirect(safe_next(request.form.get("next")) or url_for("budget.index"))


@bp.get("/entries/month/<month>")
@guard(Permission.ENTRY_LOG)
def month(month: str) -> str:
    """One's own month as a calendar, with sums and gaps."""
    session, viewer = db.session(), current_viewer()
    first = _month(month)
    last = _next_month(first) - timedelta(days=1)
    entries = queries.month_entries(session, viewer, consultant_id=viewer.user_id, first=first, last=last)
    return render_template(
        "budget/month.html",
        entries=[service.shown(viewer, entry) for entry in reversed(entries)],
        month=service.month_of_person(entries, first=first, last=min(last, today())),
        first=first,
        previous=(first - timedelta(days=1)).replace(day=1),
        following=_next_month(first),
        today=today(),
    )


def _saved(place: Loggable, work: Work, *, consultant_id: int, request_key: str | None) -> Response:
    session, viewer = db.session(), current_viewer()
    outlook = _outlook(place, work, consultant_id=consultant_id)
    entry = service.log_day(
        session, viewer, municipality_id=place.municipality_id, consultant_id=consultant_id, work=work, now=now(),
        request_key=request_key,
    )  # fmt: skip
    locale = current_locale()
    flash(
        gettext(
            "%(date)s: %(days)s Tage für %(municipality)s gespeichert. Noch %(left)s Tage im Kontingent.",
            date=formats.short_date(entry.service_date, locale),
            days=formats.days(entry.chargeable_minutes, place.minutes_per_day, locale),
            municipality=place.label,
            left=formats.days(outlook["left"], place.minutes_per_day, locale),
        ),
        "success",
    )
    for hint in outlook["hints"]:
        flash(hint, "warning")
    return redirect(safe_next(request.form.get("next")) or url_for("budget.new"))


def _outlook(place: Loggable, work: Work, *, consultant_id: int, entry: str | None = None) -> dict[str, Any]:
    """What saving would mean: minutes that count and why, minutes left afterwards, hints in words."""
    session, viewer = db.session(), current_viewer()
    contract = contract_of(session, viewer, place.municipality_id)
    if contract is None:
        raise NotFound
    old = queries.entry_by_public_id(session, viewer, entry) if entry else None
    counted = service.count(contract, work)
    found = service.hints(
        session, viewer, contract=contract, consultant_id=consultant_id, work=work, today=today(), entry=old
    )
    return {
        "counted": counted,
        "left": service.left_after(session, viewer, contract=contract, work=work, entry=old),
        "per_day": place.minutes_per_day,
        "hints": [_in_words(hint, place.minutes_per_day) for hint in found],
    }


def _in_words(hint: Hint, per_day: int) -> str:
    locale, params = current_locale(), dict[str, str]()
    for name, value in hint.params.items():
        if isinstance(value, int):
            params[name] = gettext("%(days)s Tage", days=formats.days(value, per_day, locale))
        else:
            params[name] = formats.short_date(value, locale) if isinstance(value, date) else value
    return gettext(hint.code.label, **params)


def _consultant(form: EntryForm) -> int:
    """For whom the day is logged: oneself, unless the form lets choose and somebody is chosen."""
    viewer = current_viewer()
    if "consultant" not in form or not form.consultant.data:
        return viewer.user_id
    return service.team_member_id(db.session(), viewer, form.consultant.data)


def _form_of(entry: Any) -> EntryForm:
    form = entry_form(db.session(), current_viewer())
    del form.municipality  # an entry stays with its contract; a wrong one is deleted and logged anew
    if "consultant" in form:
        del form.consultant
    form.choices = [choice for choice in form.choices if choice.contract_id == entry.contract_id]
    if not form.is_submitted():
        form.version.data = str(entry.version)
        form.service_date.data, form.activity.data, form.mode.data = entry.service_date, entry.activity, entry.mode
        form.work_package.data = entry.work_package.code if entry.work_package else ""
        form.note.data, form.internal_note.data = entry.note, entry.internal_note
        form.fill_amount(entry.minutes, form.choices[0].minutes_per_day if form.choices else formats.MINUTES_PER_DAY)
    return form


def _answer(template: str, *, form: EntryForm, **values: Any) -> Answer:
    refused = form.is_submitted()
    page = render_template(template, form=form, today=today(), **values)
    return (page, 409 if values.get("clash") else 422) if refused else page


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFound from error


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
