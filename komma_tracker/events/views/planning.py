"""Pages of sessions to come: plan one or a series, change one, move, confirm, call off."""

from __future__ import annotations

from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission
from komma_tracker.db import db
from komma_tracker.events import calling_off, series, service
from komma_tracker.events.forms import change_form, move_form, new_form
from komma_tracker.events.outcome_forms import (
    cancel_form,
)
from komma_tracker.events.rules import Initiator, ReasonClass
from komma_tracker.events.views.pages import Answer, answer, bp, done, for_planner, series_done
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.forms import differences
from komma_tracker.kit.messages import message_of


@bp.route("/sessions/new", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def new() -> Answer:
    """Plan a session."""
    session, viewer = db.session(), current_viewer()
    form = new_form(session, viewer, today=today())
    if form.validate_on_submit():
        try:
            whens = form.whens()
            common = {"confirmed": form.confirmed.data, "now": now(), "seen": form.marks}
            if len(whens) > 1:
                planned = series.plan_series(
                    session, viewer, plan=form.plan(), whens=whens, request_key=form.request_key.data, **common
                )
                return series_done(planned, gettext("Die Terminreihe steht im Kalender."))
            planned = service.plan_session(
                session, viewer, plan=form.plan(), when=whens[0], request_key=form.request_key.data, **common
            )
            return done(planned, gettext("Der Termin steht im Kalender."))
        except Invalid as error:
            form.refuse(error)
    return answer("events/new.html", form)


@bp.route("/sessions/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def edit(public_id: str) -> Answer:
    """Change what is planned; where somebody else was quicker, both versions are shown."""
    session, viewer = db.session(), current_viewer()
    shown, clash = for_planner(public_id), None
    form = change_form(session, viewer, shown)
    if form.validate_on_submit():
        try:
            service.change_session(
                session, viewer, public_id=public_id, version=form.row_version, plan=form.plan(), now=now(),
                seen=form.marks, request_key=form.request_key.data,
            )  # fmt: skip
            return done(public_id, gettext("Der Termin ist geändert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = for_planner(public_id)
            clash = differences(form, change_form(session, viewer, shown, stored=True))
            form.version.data = str(shown.version)
    return answer("events/edit.html", form, clash=clash, shown=shown)


@bp.route("/sessions/<public_id>/move", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def move(public_id: str) -> Answer:
    """Give a session another time."""
    session, viewer = db.session(), current_viewer()
    shown, clash = for_planner(public_id), None
    form = move_form(shown)
    if form.validate_on_submit():
        try:
            service.move_session(
                session, viewer, public_id=public_id, version=form.row_version, when=form.when(),
                confirmed=form.confirmed.data, reason=ReasonClass(form.reason.data), now=now(),
                seen=form.marks, request_key=form.request_key.data,
            )  # fmt: skip
            return done(public_id, gettext("Der Termin ist verschoben. Abonnierte Kalender übernehmen die neue Zeit."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = for_planner(public_id)
            clash = differences(form, move_form(shown, stored=True))
            form.version.data = str(shown.version)
    return answer("events/move.html", form, clash=clash, shown=shown)


@bp.route("/sessions/<public_id>/cancel", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def cancel(public_id: str) -> Answer:
    """Call a session off."""
    session, viewer = db.session(), current_viewer()
    shown, clash = for_planner(public_id), None
    form = cancel_form(shown, today=today())
    if form.validate_on_submit():
        try:
            calling_off.cancel_session(
                session, viewer, public_id=public_id, version=form.row_version, by=Initiator(form.by.data),
                reason=ReasonClass(form.reason.data), notice_on=form.notice_on.data, now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return done(public_id, gettext("Der Termin ist abgesagt. Abonnierte Kalender zeigen die Absage."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            # Nothing was typed that could be lost: the page shows the session as it is now.
            shown, clash = for_planner(public_id), []
            form.version.data = str(shown.version)
    return answer("events/cancel.html", form, clash=clash, shown=shown)


@bp.post("/sessions/<public_id>/confirm")
@guard(Permission.SESSION_EDIT)
def confirm(public_id: str) -> Response:
    """Say that a planned session is agreed."""
    try:
        service.confirm_session(db.session(), current_viewer(), public_id=public_id, now=now())
    except Invalid as error:
        return done(public_id, message_of(error), "warning")
    return done(public_id, gettext("Der Termin ist bestätigt."))
