"""Pages of sessions: the calendar, one session, and what can be done with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission, Viewer, may
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import ContractState
from komma_tracker.db import Session, db
from komma_tracker.events import calling_off, holding, queries, service, withdrawal
from komma_tracker.events.forms import FilterForm, change_form, filter_form, move_form, new_form
from komma_tracker.events.hints import SessionHint, days_of
from komma_tracker.events.lateness import LateState, can_decide
from komma_tracker.events.outcome_forms import (
    DecideForm,
    HoldForm,
    attendance_form,
    cancel_form,
    decide_forms,
    fingerprint,
    hold_form,
    withdraw_form,
)
from komma_tracker.events.permissions import can_edit, can_hold, check_edit, check_hold
from komma_tracker.events.queries import MOST_ROWS
from komma_tracker.events.rules import YEARS, Initiator, ReasonClass, is_over
from komma_tracker.events.share_table import share_table
from komma_tracker.events.shares import Booking
from komma_tracker.events.shown import ShownSession
from komma_tracker.kit.clock import local_now, now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.kit.messages import message_of, spoken
from komma_tracker.municipalities.queries import municipality_by_code

bp = Blueprint("events", __name__)

Answer = str | Response | tuple[str, int]
SHAPES = ("month", "list")


@bp.get("/calendar")
@guard(Permission.CALENDAR_VIEW)
def calendar() -> str:
    """A month of sessions as a grid or a list, or those that are over and wait to be confirmed."""
    shape = request.args.get("view", "")
    if shape == "open" and may(current_viewer(), Permission.SESSION_EDIT):
        return _to_confirm()
    month = shown_month(db.session(), current_viewer())
    return render_template(
        "events/calendar.html",
        form=month.form,
        sessions=month.sessions,
        by_date=_by_date(month.sessions),
        cut_off=len(month.sessions) == MOST_ROWS,
        first=month.first,
        previous=(month.first - timedelta(days=1)).replace(day=1),
        following=_next_month(month.first),
        shape=shape if shape in SHAPES else SHAPES[0],
        query={name: value for name in ("municipality", "kind") if (value := request.args.get(name))},
        today=today(),
    )


class ShownMonth(NamedTuple):
    """The sessions of a month that the address asks for, and the form that says which."""

    form: FilterForm
    first: date
    sessions: list[ShownSession]


def shown_month(session: Session, viewer: Viewer) -> ShownMonth:
    """What the calendar shows, for whoever shows it."""
    form = filter_form(session, viewer, formdata=request.args)
    first = _month(request.args.get("month"))
    sessions = queries.sessions_between(
        session,
        viewer,
        start=datetime.combine(first, time.min),
        end=datetime.combine(_next_month(first), time.min),
        municipality_id=form.municipality_id,
        kind=form.chosen_kind,
    )
    return ShownMonth(form, first, sessions)


def _to_confirm() -> str:
    viewer = current_viewer()
    mine = None if viewer.sees_all else viewer.user_id
    sessions = queries.sessions_to_confirm(db.session(), viewer, consultant_id=mine, local_now=local_now())
    holders = {shown.id for shown in sessions if can_hold(viewer, shown)}
    late = queries.late_to_decide(db.session(), viewer) if can_decide(LateState.PROPOSED, viewer.role) else []
    return render_template("events/open.html", sessions=sessions, holders=holders, late=late)


@bp.route("/sessions/new", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def new() -> Answer:
    """Plan a session."""
    session, viewer = db.session(), current_viewer()
    form = new_form(session, viewer, today=today())
    if form.validate_on_submit():
        try:
            public_id = service.plan_session(
                session, viewer, plan=form.plan(), when=form.when(), confirmed=form.confirmed.data, now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return _done(public_id, gettext("Der Termin steht im Kalender."))
        except Invalid as error:
            form.refuse(error)
    return _answer("events/new.html", form)


@bp.get("/sessions/<public_id>")
@guard(Permission.SESSION_VIEW)
def show(public_id: str) -> str:
    """One session, as far as one may know it, and what can be done with it now."""
    session, viewer = db.session(), current_viewer()
    shown = queries.session_by_public_id(session, viewer, public_id)
    planner = can_edit(viewer, shown)
    late = queries.late_of(session, viewer, shown) if planner and shown.called_off_by else []
    return render_template(
        "events/show.html",
        shown=shown,
        planner=planner,
        holder=can_hold(viewer, shown),
        over=is_over(shown.ends_local, shown.zone, now()),
        booked=queries.booked_by(session, viewer, shown) if not shown.is_open else [],
        late=late,
        decide_forms=decide_forms(late, viewer.role),
        participants=queries.participants_of(session, viewer, shown) if shown.took_place else {},
        hints=[_in_words(hint) for hint in service.hints(session, viewer, shown)] if planner and shown.is_open else [],
    )


@bp.route("/sessions/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def edit(public_id: str) -> Answer:
    """Change what is planned; where somebody else was quicker, both versions are shown."""
    session, viewer = db.session(), current_viewer()
    shown, clash = _for_planner(public_id), None
    form = change_form(session, viewer, shown)
    if form.validate_on_submit():
        try:
            service.change_session(
                session, viewer, public_id=public_id, version=form.row_version, plan=form.plan(), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return _done(public_id, gettext("Der Termin ist geändert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = _for_planner(public_id)
            clash = differences(form, change_form(session, viewer, shown, stored=True))
            form.version.data = str(shown.version)
    return _answer("events/edit.html", form, clash=clash, shown=shown)


@bp.route("/sessions/<public_id>/move", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def move(public_id: str) -> Answer:
    """Give a session another time."""
    session, viewer = db.session(), current_viewer()
    shown, clash = _for_planner(public_id), None
    form = move_form(shown)
    if form.validate_on_submit():
        try:
            service.move_session(
                session, viewer, public_id=public_id, version=form.row_version, when=form.when(),
                confirmed=form.confirmed.data, reason=ReasonClass(form.reason.data), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return _done(public_id, gettext("Der Termin ist verschoben. Abonnierte Kalender übernehmen die neue Zeit."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = _for_planner(public_id)
            clash = differences(form, move_form(shown, stored=True))
            form.version.data = str(shown.version)
    return _answer("events/move.html", form, clash=clash, shown=shown)


@bp.route("/sessions/<public_id>/cancel", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def cancel(public_id: str) -> Answer:
    """Call a session off."""
    session, viewer = db.session(), current_viewer()
    shown, clash = _for_planner(public_id), None
    form = cancel_form(shown, today=today())
    if form.validate_on_submit():
        try:
            calling_off.cancel_session(
                session, viewer, public_id=public_id, version=form.row_version, by=Initiator(form.by.data),
                reason=ReasonClass(form.reason.data), notice_on=form.notice_on.data, now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return _done(public_id, gettext("Der Termin ist abgesagt. Abonnierte Kalender zeigen die Absage."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            # Nothing was typed that could be lost: the page shows the session as it is now.
            shown, clash = _for_planner(public_id), []
            form.version.data = str(shown.version)
    return _answer("events/cancel.html", form, clash=clash, shown=shown)


@bp.post("/sessions/<public_id>/confirm")
@guard(Permission.SESSION_EDIT)
def confirm(public_id: str) -> Response:
    """Say that a planned session is agreed."""
    try:
        service.confirm_session(db.session(), current_viewer(), public_id=public_id, now=now())
    except Invalid as error:
        return _done(public_id, message_of(error), "warning")
    return _done(public_id, gettext("Der Termin ist bestätigt."))


@bp.route("/sessions/<public_id>/hold", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def hold(public_id: str) -> Answer:
    """Say that a session took place, and book its days; how a joint one is shared out is shown before."""
    session, viewer = db.session(), current_viewer()
    shown = queries.session_by_public_id(session, viewer, public_id)
    check_hold(viewer, shown)
    form, booked = hold_form(shown), ()
    if form.validate_on_submit():
        try:
            booked = form.booked(shown)
            if _has_seen(shown, form, booked):
                counted = form.attendance(shown)
                first = holding.hold_session(
                    session, viewer, public_id=public_id, minutes_of=form.minutes_of(shown),
                    preparation_of=form.preparation_of(shown), prepared_on=form.prepared_on.data,
                    participants=counted.by_group, from_municipality=counted.by_municipality,
                    sharing=form.sharing(shown), now=now(), request_key=form.request_key.data,
                )  # fmt: skip
                return _booked(public_id) if first else _booked_before(public_id)
        except Invalid as error:
            form.refuse(error)
    elif not shown.is_open:
        return _booked_before(public_id) if shown.took_place else redirect(_page(public_id))
    return _hold_page(shown, form, booked)


def _has_seen(shown: ShownSession, form: HoldForm, booked: tuple[Booking, ...]) -> bool:
    """Whether the shares to be booked are those that the page has shown; of one municipality there are none."""
    return not shown.is_joint or ("preview" not in request.form and form.seen.data == fingerprint(booked))


def _hold_page(shown: ShownSession, form: HoldForm, booked: tuple[Booking, ...]) -> Answer:
    wrong = bool(form.all_errors())
    if shown.is_joint and not form.is_submitted():
        with suppress(Invalid):  # by participants there are no shares as long as nobody is counted
            booked = form.booked(shown)
    form.seen.data = fingerprint(booked)
    page = render_template(
        "events/hold.html",
        form=form,
        shown=shown,
        table=share_table(shown, booked) if shown.is_joint and booked else None,
        over=is_over(shown.ends_local, shown.zone, now()),
        can_cancel=can_edit(current_viewer(), shown),
    )
    return page, 422 if wrong else 200


@bp.route("/sessions/<public_id>/attendance", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def attendance(public_id: str) -> Answer:
    """Correct how many took part in a session that was held."""
    session, viewer = db.session(), current_viewer()
    shown, clash = queries.session_by_public_id(session, viewer, public_id), None
    check_hold(viewer, shown)
    form = attendance_form(shown, queries.participants_of(session, viewer, shown))
    if form.validate_on_submit():
        try:
            holding.correct_attendance(
                session, viewer, public_id=public_id, version=form.row_version, attendance=form.attendance(shown),
                now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _done(public_id, gettext("Die Teilnehmenden sind berichtigt."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = queries.session_by_public_id(session, viewer, public_id)
            stored = attendance_form(shown, queries.participants_of(session, viewer, shown), stored=True)
            clash, form.version.data = differences(form, stored), str(shown.version)
    return _answer("events/attendance.html", form, clash=clash, shown=shown)


@bp.post("/sessions/<public_id>/late")
@guard(Permission.SESSION_EDIT)
def decide(public_id: str) -> Response:
    """Charge a late cancellation, or waive it."""
    session, viewer, form = db.session(), current_viewer(), DecideForm()
    shown = _for_planner(public_id)
    if not form.validate():
        return _done(public_id, gettext("Bitte wählen Sie, ob die Tage gebucht oder erlassen werden."), "warning")
    places = {part.code: part.municipality_id for part in shown.parts}
    try:
        calling_off.decide_late(
            session, viewer, public_id=public_id, municipality_id=places.get(form.municipality.data or ""),
            target=LateState(form.target.data), reason=form.reason.data or "", now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        return _done(public_id, message_of(error), "warning")
    return _done(public_id, gettext("Die Entscheidung ist festgehalten."))


@bp.route("/municipalities/<code>/contract/withdraw", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def withdraw(code: str) -> Answer:
    """End a contract early, and see before which sessions are called off with it."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    contract = contract_of(session, viewer, municipality.id)
    if contract is None:
        raise NotFound
    form, clash = withdraw_form(contract.version, today=today()), None
    if form.validate_on_submit():
        try:
            done = withdrawal.withdraw_municipality(
                session, viewer, municipality_id=municipality.id, version=form.row_version,
                target=ContractState(form.target.data), dates=form.dates(), ledger=context().ledger, today=today(),
                now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            flash(_withdrawn(done), "success")
            return redirect(url_for("contracts.show", code=code))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(None, error.message))
            clash, form.version.data = [], str(contract.version)
    sessions = queries.planned_after(session, viewer, municipality_id=municipality.id, on=form.last_day)
    return _answer("events/withdraw.html", form, clash=clash, municipality=municipality, sessions=sessions)


def _withdrawn(done: withdrawal.Withdrawn) -> str:
    return gettext(
        "Der Vertrag ist beendet. Abgesagte Termine: %(cancelled)s; gemeinsame ohne diese Kommune: %(left)s.",
        cancelled=done.cancelled,
        left=done.left,
    )


def _for_planner(public_id: str) -> ShownSession:
    viewer = current_viewer()
    shown = queries.session_by_public_id(db.session(), viewer, public_id)
    check_edit(viewer, shown)
    return shown


def _booked(public_id: str) -> Response:
    return _done(public_id, gettext("Der Termin ist als durchgeführt erfasst, die Beratungstage sind gebucht."))


def _booked_before(public_id: str) -> Response:
    message = gettext("Dieser Termin war schon als durchgeführt erfasst. Es wurde nichts doppelt gebucht.")
    return _done(public_id, message, "info")


def _done(public_id: str, message: str, category: str = "success") -> Response:
    flash(message, category)
    return redirect(_page(public_id))


def _page(public_id: str) -> str:
    return url_for("events.show", public_id=public_id)


def _answer(template: str, form: BaseForm, *, clash: object = None, **values: object) -> Answer:
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(template, form=form, clash=clash, **values), status


def _in_words(hint: SessionHint) -> str:
    params = {name: spoken(value) for name, value in hint.params.items()}
    return gettext(hint.code.label, **params) if params else gettext(hint.code.label)


def _by_date(sessions: list[ShownSession]) -> dict[date, list[ShownSession]]:
    """Sessions by each date that they touch."""
    found: dict[date, list[ShownSession]] = {}
    for shown in sessions:
        for day in days_of(shown.starts_local, shown.ends_local):
            found.setdefault(day, []).append(shown)
    return found


def _month(text: str | None) -> date:
    """The first day of the month asked for; anything that is none means this one."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = today().replace(day=1)
    return first if first.year in YEARS else today().replace(day=1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
