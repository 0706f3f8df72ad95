"""Pages of strategy papers: a municipality's list, one paper, and the forms that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission, check
from komma_tracker.db import db
from komma_tracker.deliverables import queries, service
from komma_tracker.deliverables.forms import MoveForm, ReviewForm, VersionForm, move_form, paper_form
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.municipalities.queries import municipality_by_code

if TYPE_CHECKING:
    from komma_tracker.deliverables.models import Deliverable

bp = Blueprint("deliverables", __name__)
Answer = Response | str | tuple[str, int]
F = TypeVar("F", bound=BaseForm)
PAPERS = "/municipalities/<code>/strategies"


@bp.get(PAPERS)
@guard(Permission.STRATEGY_VIEW)
def index(code: str) -> str:
    """All papers of a municipality."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    papers = queries.papers_of(session, viewer, municipality.id)
    return render_template("deliverables/index.html", municipality=municipality, papers=papers, today=today())


@bp.route(f"{PAPERS}/new", methods=["GET", "POST"])
@guard(Permission.STRATEGY_EDIT)
def new(code: str) -> Answer:
    """Put a paper on the list."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.STRATEGY_EDIT, municipality.id)
    form = paper_form(None, is_anonymous=municipality.is_anonymous)
    if form.validate_on_submit():
        paper = service.begin(
            session, viewer, municipality_id=municipality.id, frame=form.frame(), today=today(), now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
        return _back(code, paper.public_id, gettext("Konzept angelegt."))
    return _answer("paper", form, municipality=municipality, paper=None, clash=None)


@bp.get(f"{PAPERS}/<public_id>")
@guard(Permission.STRATEGY_VIEW)
def show(code: str, public_id: str) -> str:
    """One paper: how far it has come, its versions, its reviews, its way."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    paper = queries.paper_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
    return render_template(
        "deliverables/show.html",
        municipality=municipality,
        paper=paper,
        versions=queries.versions_of(session, viewer, paper),
        reviews=queries.reviews_of(session, viewer, paper),
        steps=queries.steps_of(session, viewer, paper),
        targets=service.targets_for(viewer, paper),
        today=today(),
    )


@bp.route(f"{PAPERS}/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.STRATEGY_EDIT)
def edit(code: str, public_id: str) -> Answer:
    """Change what is agreed about a paper."""
    session, viewer, clash = db.session(), current_viewer(), None
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.STRATEGY_EDIT, municipality.id)
    paper = queries.paper_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
    anonymous = municipality.is_anonymous
    form = paper_form(service.frame_of(paper), is_anonymous=anonymous, version=paper.version)
    if form.validate_on_submit():
        try:
            service.change(session, viewer, _form(form, municipality.id, public_id), form.frame())
            return _back(code, public_id, gettext("Änderungen gespeichert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            paper = queries.paper_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
            stored = paper_form(service.frame_of(paper), is_anonymous=anonymous, version=paper.version, stored=True)
            clash, form.version.data = differences(form, stored), str(paper.version)
    return _answer("paper", form, municipality=municipality, paper=paper, clash=clash)


@bp.route(f"{PAPERS}/<public_id>/state", methods=["GET", "POST"])
@guard(Permission.STRATEGY_EDIT)
def move(code: str, public_id: str) -> Answer:
    """Say how far a paper has come."""
    session, viewer = db.session(), current_viewer()

    def save(form: MoveForm, changed: service.Form) -> None:
        service.move(
            session, viewer, changed, target=DeliverableState(form.target.data), on=form.on.data,
            decision_number=(form.decision_number.data or "").strip(), today=today(),
        )  # fmt: skip

    return _step(
        code, public_id, "move", save,
        lambda paper: move_form(service.targets_for(viewer, paper), version=paper.version, today=today()),
    )  # fmt: skip


@bp.route(f"{PAPERS}/<public_id>/versions", methods=["GET", "POST"])
@guard(Permission.STRATEGY_EDIT)
def version(code: str, public_id: str) -> Answer:
    """Put a new version to a paper."""
    session, viewer = db.session(), current_viewer()
    return _step(
        code, public_id, "version",
        lambda form, changed: service.add_version(session, viewer, changed, form.version_text(), today=today()),
        lambda paper: VersionForm(data={"version": str(paper.version), "dated_on": today()}),
    )  # fmt: skip


@bp.route(f"{PAPERS}/<public_id>/reviews", methods=["GET", "POST"])
@guard(Permission.STRATEGY_EDIT)
def review(code: str, public_id: str) -> Answer:
    """Note who was asked about the current version, and what they say."""
    session, viewer = db.session(), current_viewer()
    return _step(
        code, public_id, "review",
        lambda form, changed: service.note_review(session, viewer, changed, form.review(), today=today()),
        lambda paper: ReviewForm(data={"version": str(paper.version), "asked_on": today()}),
    )  # fmt: skip


def _step(
    code: str,
    public_id: str,
    name: str,
    save: Callable[[F, service.Form], None],
    form_for: Callable[[Deliverable], F],
) -> Answer:
    """A form that adds to a paper; where it has changed since, the page says so, and what was typed stays."""
    session, viewer, clash = db.session(), current_viewer(), False
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.STRATEGY_EDIT, municipality.id)
    paper = queries.paper_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
    form = form_for(paper)
    if form.validate_on_submit():
        try:
            save(form, _form(form, municipality.id, public_id))
            return _back(code, public_id, gettext("Gespeichert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(None, error.message))
            paper = queries.paper_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
            clash, form.version.data = True, str(paper.version)
    versions = queries.versions_of(session, viewer, paper)
    page = _answer(name, form, municipality=municipality, paper=paper, versions=versions)
    return (page[0], 409) if clash else page


def _form(form: BaseForm, municipality_id: int, public_id: str) -> service.Form:
    return service.Form(
        municipality_id=municipality_id, public_id=public_id, version=form.row_version, now=now(),
        request_key=form.request_key.data,
    )  # fmt: skip


def _answer(name: str, form: BaseForm, *, clash: object = None, **values: object) -> tuple[str, int]:
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(f"deliverables/{name}.html", form=form, clash=clash, **values), status


def _back(code: str, public_id: str, message: str) -> Response:
    flash(message, "success")
    return redirect(url_for("deliverables.show", code=code, public_id=public_id))
