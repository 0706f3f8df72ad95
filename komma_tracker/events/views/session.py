"""The page of one session, its material, and that it is followed up."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Invalid, Permission, Viewer
from komma_tracker.contracts.queries import length_of_day
from komma_tracker.db import Session, db
from komma_tracker.events import materials, queries
from komma_tracker.events.hinting import Occasion, hints_of
from komma_tracker.events.outcome_forms import MaterialForm, decide_forms
from komma_tracker.events.permissions import can_edit, can_hold
from komma_tracker.events.rules import is_over
from komma_tracker.events.shown import ShownSession
from komma_tracker.events.views.pages import Answer, bp, done, in_words
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.kit.messages import message_of


@bp.get("/sessions/<public_id>")
@guard(Permission.SESSION_VIEW)
def show(public_id: str) -> Answer:
    """One session, as far as one may know it, and what can be done with it now."""
    shown = queries.session_by_public_id(db.session(), current_viewer(), public_id)
    return _page(shown, MaterialForm())


@bp.post("/sessions/<public_id>/materials")
@guard(Permission.SESSION_EDIT)
def add_material(public_id: str) -> Answer:
    """Put a link to material beside a session."""
    session, viewer, form = db.session(), current_viewer(), MaterialForm()
    shown = queries.session_by_public_id(session, viewer, public_id)
    if form.validate_on_submit():
        try:
            materials.add_material(
                session, viewer, public_id=public_id, title=form.title.data or "", url=form.url.data or "", now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            return done(public_id, gettext("Das Material ist eingetragen."))
        except Invalid as error:
            form.refuse(error)
    return _page(shown, form)


@bp.post("/sessions/<public_id>/materials/<int:material_id>/remove")
@guard(Permission.SESSION_EDIT)
def remove_material(public_id: str, material_id: int) -> Response:
    """Take a link away."""
    materials.remove_material(
        db.session(), current_viewer(), public_id=public_id, material_id=material_id, now=now()
    )  # fmt: skip
    return done(public_id, gettext("Das Material ist entfernt."))


@bp.post("/sessions/<public_id>/follow-up")
@guard(Permission.SESSION_EDIT)
def follow_up(public_id: str) -> Response:
    """Say that nothing more is to be done about a session that was held."""
    try:
        materials.follow_up(db.session(), current_viewer(), public_id=public_id, now=now())
    except Invalid as error:
        return done(public_id, message_of(error), "warning")
    return done(public_id, gettext("Der Termin ist nachbereitet."))


def _page(shown: ShownSession, form: MaterialForm) -> Answer:
    session, viewer = db.session(), current_viewer()
    page = render_template("events/show.html", shown=shown, form=form, **_about(session, viewer, shown))
    return page, 422 if form.is_submitted() else 200


def _about(session: Session, viewer: Viewer, shown: ShownSession) -> dict[str, Any]:
    planner = can_edit(viewer, shown)
    late = queries.late_of(session, viewer, shown) if planner and shown.called_off_by else []
    hints = hints_of(session, viewer, [Occasion.of(shown)])[0] if planner and shown.is_open else ()
    return {
        "per_day": length_of_day(
            session, viewer, municipality_ids=shown.municipality_ids, on=shown.starts_local.date()
        ),
        "planner": planner,
        "holder": can_hold(viewer, shown),
        "over": is_over(shown.ends_local, shown.zone, now()),
        "booked": queries.booked_by(session, viewer, shown) if not shown.is_open else [],
        "late": late,
        "decide_forms": decide_forms(late, viewer.role),
        "participants": queries.participants_of(session, viewer, shown) if shown.took_place else {},
        "answers": context().answers(session, viewer, event_id=shown.id) if shown.is_open else [],
        "joining": queries.joining_of(session, viewer, shown, now=now()),
        "hints": [in_words(hint) for hint in hints],
        "series": queries.series_of(session, viewer, shown),
        "history": queries.history_of(session, viewer, shown),
        "materials": queries.materials_of(session, viewer, shown),
    }
