"""Pages of a series: its parts, and what can be done with all of them from one on."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext, ngettext

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Forbidden, Invalid, Permission
from komma_tracker.db import db
from komma_tracker.events import queries
from komma_tracker.events import series as use_cases
from komma_tracker.events.hinting import Occasion, hints_of
from komma_tracker.events.permissions import can_edit, can_hold, check_edit
from komma_tracker.events.rules import Initiator, ReasonClass
from komma_tracker.events.series_forms import (
    part_cancel_form,
    part_change_form,
    part_form,
    part_move_form,
    persons_form,
)
from komma_tracker.events.shown import ShownSeries
from komma_tracker.events.views.pages import Answer, answer, bp, in_words, series_done
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.forms import BaseForm, differences


@bp.get("/series/<public_id>")
@guard(Permission.SESSION_VIEW)
def series(public_id: str) -> Answer:
    """A series with its parts."""
    shown = _series(public_id)
    return _page(shown, persons_form(shown))


@bp.post("/series/<public_id>/persons")
@guard(Permission.SESSION_EDIT)
def series_persons(public_id: str) -> Answer:
    """Say how many different people took part."""
    shown = _series(public_id)
    form = persons_form(shown)
    if form.validate_on_submit():
        try:
            use_cases.count_persons(
                db.session(), current_viewer(), public_id=public_id, version=form.row_version,
                unique_persons=form.unique_persons.data, now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return series_done(public_id, gettext("Die Zahl der Personen ist eingetragen."))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(None, error.message))
            form.version.data = str(shown.version)
    return _page(shown, form)


@bp.route("/series/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def series_edit(public_id: str) -> Answer:
    """Change what is planned for its parts from one on."""
    session, viewer = db.session(), current_viewer()
    shown, clash = _for_planner(public_id), None
    form = part_change_form(session, viewer, shown)
    if form.validate_on_submit():
        try:
            use_cases.change_series(
                session, viewer, public_id=public_id, version=form.row_version, since=int(form.since.data),
                plan=form.plan(), now=now(), seen=form.marks, request_key=form.request_key.data,
            )  # fmt: skip
            return series_done(public_id, gettext("Die Terminreihe ist geändert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown = _for_planner(public_id)
            clash = differences(form, part_change_form(session, viewer, shown, stored=True))
            form.version.data = str(shown.version)
    return answer("events/series_edit.html", form, clash=clash, series=shown)


@bp.route("/series/<public_id>/move", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def series_move(public_id: str) -> Answer:
    """Move its parts from one on."""
    shown, clash = _for_planner(public_id), None
    form = part_move_form(shown, since=request.args.get("since"))
    if form.validate_on_submit():
        try:
            use_cases.move_series(
                db.session(), current_viewer(), public_id=public_id, version=form.row_version,
                since=int(form.since.data), shift=form.shift(), confirmed=form.confirmed.data,
                reason=ReasonClass(form.reason.data), now=now(), seen=form.marks, request_key=form.request_key.data,
            )  # fmt: skip
            return series_done(public_id, gettext("Die Teile sind verschoben. Abonnierte Kalender übernehmen das."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown, clash = _as_it_is_now(public_id, form)
    return answer("events/series_move.html", form, clash=clash, series=shown)


@bp.route("/series/<public_id>/cancel", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def series_cancel(public_id: str) -> Answer:
    """Call off its parts from one on."""
    shown, clash = _for_planner(public_id), None
    form = part_cancel_form(shown, today=today(), since=request.args.get("since"))
    if form.validate_on_submit():
        try:
            parts = use_cases.cancel_series(
                db.session(), current_viewer(), public_id=public_id, version=form.row_version,
                since=int(form.since.data), by=Initiator(form.by.data), reason=ReasonClass(form.reason.data),
                notice_on=form.notice_on.data, now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return series_done(public_id, ngettext("%(num)s Teil ist abgesagt.", "%(num)s Teile sind abgesagt.", parts))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown, clash = _as_it_is_now(public_id, form)
    return answer("events/series_cancel.html", form, clash=clash, series=shown)


@bp.route("/series/<public_id>/part", methods=["GET", "POST"])
@guard(Permission.SESSION_EDIT)
def series_part(public_id: str) -> Answer:
    """Put one more part into it."""
    shown, clash = _series(public_id), None
    _check_planner(shown)
    form = part_form(shown)
    if form.validate_on_submit():
        try:
            use_cases.add_part(
                db.session(), current_viewer(), public_id=public_id, version=form.row_version, when=form.when(),
                confirmed=form.confirmed.data, now=now(), seen=form.marks, request_key=form.request_key.data,
            )  # fmt: skip
            return series_done(public_id, gettext("Der Teil steht im Kalender."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            shown, clash = _as_it_is_now(public_id, form)
    return answer("events/series_part.html", form, clash=clash, series=shown)


def _page(shown: ShownSeries, form: BaseForm) -> Answer:
    viewer = current_viewer()
    planner = all(can_edit(viewer, part) for part in shown.parts)
    parts = shown.open_parts if planner else ()
    hints = hints_of(db.session(), viewer, [Occasion.of(part) for part in parts])
    page = render_template(
        "events/series.html",
        series=shown,
        form=form,
        planner=planner,
        counter=all(can_hold(viewer, part) for part in shown.parts),
        hints=[(part, in_words(hint)) for part, found in zip(parts, hints, strict=True) for hint in found],
    )
    return page, 422 if form.is_submitted() else 200


def _series(public_id: str) -> ShownSeries:
    return queries.series_by_public_id(db.session(), current_viewer(), public_id)


def _for_planner(public_id: str) -> ShownSeries:
    """The series of the address, where something of it can still be changed."""
    shown = _series(public_id)
    _check_planner(shown)
    if not shown.open_parts:
        raise Forbidden
    return shown


def _check_planner(shown: ShownSeries) -> None:
    for part in shown.parts:
        check_edit(current_viewer(), part)


def _as_it_is_now(public_id: str, form: BaseForm) -> tuple[ShownSeries, list[object]]:
    """After a clash where nothing was typed that could be lost: the page shows the series as it is now."""
    shown = _series(public_id)
    form.version.data = str(shown.version)
    return shown, []
