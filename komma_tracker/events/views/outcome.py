"""Pages of what became of a session: held, counted, decided; and of a municipality that withdraws."""

from __future__ import annotations

from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.contracts.queries import contract_of
from komma_tracker.db import db
from komma_tracker.events import calling_off, holding, queries, withdrawal
from komma_tracker.events.lateness import LateState
from komma_tracker.events.outcome_forms import (
    DecideForm,
    HoldForm,
    attendance_form,
    fingerprint,
    hold_form,
    withdraw_form,
)
from komma_tracker.events.permissions import can_edit, check_hold
from komma_tracker.events.rules import is_over
from komma_tracker.events.share_table import share_table
from komma_tracker.events.shares import Booking
from komma_tracker.events.shown import ShownSession
from komma_tracker.events.views.pages import Answer, answer, bp, done, for_planner, page_of
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import differences
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_by_code


@bp.route("/sessions/<public_id>/hold", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def hold(public_id: str) -> Answer:
    """Say that a session took place, and book its days; how a joint one is shared out is shown before."""
    session, viewer = db.session(), current_viewer()
    shown = queries.session_by_public_id(session, viewer, public_id)
    check_hold(viewer, shown)
    form, booked = hold_form(shown, heads=queries.heads_of(session, viewer, shown)), ()
    if form.validate_on_submit():
        try:
            booked = form.booked(shown)
            if _has_seen(shown, form, booked):
                counted = form.attendance(shown)
                first = holding.hold_session(
                    session, viewer, public_id=public_id, minutes_of=form.minutes_of(shown),
                    preparation_of=form.preparation_of(shown), prepared_on=form.prepared_on.data,
                    follow_up_of=form.follow_up_of(shown), followed_up_on=form.followed_up_on.data,
                    participants=counted.by_group, from_municipality=counted.by_municipality,
                    sharing=form.sharing(shown), now=now(), request_key=form.request_key.data,
                )  # fmt: skip
                return _booked(public_id) if first else _booked_before(public_id)
        except Invalid as error:
            form.refuse(error)
    elif not shown.is_open:
        return _booked_before(public_id) if shown.took_place else redirect(page_of(public_id))
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
            return done(public_id, gettext("Die Teilnehmenden sind berichtigt."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = queries.session_by_public_id(session, viewer, public_id)
            stored = attendance_form(shown, queries.participants_of(session, viewer, shown), stored=True)
            clash, form.version.data = differences(form, stored), str(shown.version)
    return answer("events/attendance.html", form, clash=clash, shown=shown)


@bp.post("/sessions/<public_id>/late")
@guard(Permission.SESSION_EDIT)
def decide(public_id: str) -> Response:
    """Charge a late cancellation, or waive it."""
    session, viewer, form = db.session(), current_viewer(), DecideForm()
    shown = for_planner(public_id)
    if not form.validate():
        return done(public_id, gettext("Bitte wählen Sie, ob die Tage gebucht oder erlassen werden."), "warning")
    places = {part.code: part.municipality_id for part in shown.parts}
    try:
        calling_off.decide_late(
            session, viewer, public_id=public_id, municipality_id=places.get(form.municipality.data or ""),
            target=LateState(form.target.data), reason=form.reason.data or "", now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        return done(public_id, message_of(error), "warning")
    return done(public_id, gettext("Die Entscheidung ist festgehalten."))


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
                ending=form.ending(), ledger=context().ledger, today=today(), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(_withdrawn(done), "success")
            return redirect(url_for("contracts.show", code=code))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(None, error.message))
            clash, form.version.data = [], str(contract.version)
    sessions = queries.planned_after(session, viewer, municipality_id=municipality.id, on=form.last_day)
    return answer("events/withdraw.html", form, clash=clash, municipality=municipality, sessions=sessions)


def _withdrawn(done: withdrawal.Withdrawn) -> str:
    return gettext(
        "Der Vertrag ist beendet. Abgesagte Termine: %(cancelled)s; gemeinsame ohne diese Kommune: %(left)s.",
        cancelled=done.cancelled,
        left=done.left,
    )


def _booked(public_id: str) -> Response:
    return done(public_id, gettext("Der Termin ist als durchgeführt erfasst, die Beratungstage sind gebucht."))


def _booked_before(public_id: str) -> Response:
    message = gettext("Dieser Termin war schon als durchgeführt erfasst. Es wurde nichts doppelt gebucht.")
    return done(public_id, message, "info")
