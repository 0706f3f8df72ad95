"""Pages of an alliance at work: its work plan, and what is kept of its meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission, check
from komma_tracker.alliances import queries, working
from komma_tracker.alliances.forms import MinutesForm, minutes_form, task_form
from komma_tracker.db import db
from komma_tracker.kit.clock import local_now, now
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.municipalities.queries import municipality_by_code

if TYPE_CHECKING:
    from komma_tracker.municipalities.models import Municipality

bp = Blueprint("alliance_work", __name__, url_prefix="/municipalities/<code>/alliance")
Answer = Response | str | tuple[str, int]


@bp.route("/plan/new", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def new_task(code: str) -> Answer:
    """Add a line to the work plan."""
    municipality, form = _municipality(code), task_form()
    if form.validate_on_submit():
        working.plan_task(
            db.session(), current_viewer(), municipality_id=municipality.id, task=form.task(), now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
        return _back(code, gettext("Vorhaben eingetragen."))
    return _answer("alliances/task.html", form, municipality=municipality, item=None)


@bp.route("/plan/<public_id>", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def task(code: str, public_id: str) -> Answer:
    """Change a line of the work plan, or say that it is done."""
    session, viewer, municipality, clash = db.session(), current_viewer(), _municipality(code), None
    item = queries.work_plan_item(session, viewer, public_id, municipality_id=municipality.id)
    form = task_form(working.task_of(item), version=item.version)
    if form.validate_on_submit():
        try:
            working.change_task(
                session, viewer, municipality_id=municipality.id, public_id=public_id, version=form.row_version,
                task=form.task(), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _back(code, gettext("Änderungen gespeichert."))
        except Conflict:
            item = queries.work_plan_item(session, viewer, public_id, municipality_id=municipality.id)
            stored = task_form(working.task_of(item), version=item.version, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    return _answer("alliances/task.html", form, clash=clash, municipality=municipality, item=item)


@bp.route("/meetings/<public_id>", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def minutes(code: str, public_id: str) -> Answer:
    """Keep how many came from each side to a meeting, and what was decided."""
    session, viewer, municipality, clash = db.session(), current_viewer(), _municipality(code), None
    meetings = context().meetings
    meeting = working.meeting_by_public_id(session, viewer, meetings, public_id, municipality_id=municipality.id)
    form = _minutes(municipality.id, meeting.id)
    if form.validate_on_submit():
        try:
            working.keep_minutes(
                session, viewer, municipality_id=municipality.id, public_id=public_id, meetings=meetings,
                version=form.row_version, attendance=form.attendance(), decisions=form.resolved(),
                local_now=local_now(), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _back(code, gettext("Ergebnis des Treffens gespeichert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            stored = _minutes(municipality.id, meeting.id, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    return _answer("alliances/minutes.html", form, clash=clash, municipality=municipality, meeting=meeting)


def _minutes(municipality_id: int, event_id: int, *, stored: bool = False) -> MinutesForm:
    session, viewer = db.session(), current_viewer()
    alliance = queries.alliance_of(session, viewer, municipality_id)
    kept = queries.minutes_of(session, viewer, municipality_id).get(event_id, queries.NOTHING_KEPT)
    return minutes_form(kept, version=alliance.version if alliance else None, stored=stored)


def _municipality(code: str) -> Municipality:
    viewer = current_viewer()
    municipality = municipality_by_code(db.session(), viewer, code)
    check(viewer, Permission.ALLIANCE_EDIT, municipality.id)
    return municipality


def _answer(template: str, form: BaseForm, *, clash: object = None, **values: object) -> Answer:
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(template, form=form, clash=clash, **values), status


def _back(code: str, message: str) -> Response:
    flash(message, "success")
    return redirect(url_for("alliances.show", code=code))
