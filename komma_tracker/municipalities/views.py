"""Pages of municipalities."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission
from komma_tracker.db import db
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.kit.paging import page_number
from komma_tracker.municipalities import letters, queries, service
from komma_tracker.municipalities.forms import SearchForm, edit_form, new_form, stored_form

bp = Blueprint("municipalities", __name__)
Answer = Response | str | tuple[str, int]


@bp.get("/municipalities")
@guard(Permission.MUNICIPALITY_LIST)
def index() -> str:
    """All municipalities by the names that the viewer may know."""
    page = queries.municipalities_page(db.session(), current_viewer(), number=page_number(request.args.get("page")))
    return render_template("municipalities/index.html", page=page)


@bp.get("/municipalities/register")
@guard(Permission.MUNICIPALITY_EDIT)
def register() -> str:
    """Search in the official register: a page, or with script the hits alone."""
    session, viewer = db.session(), current_viewer()
    search = SearchForm(request.args)
    text = (search.q.data or "").strip() if search.validate() else ""
    found = queries.search_register(session, viewer, text)
    live = request.headers.get("HX-Request") == "true"
    return render_template(
        "municipalities/_hits.html" if live else "municipalities/register.html",
        search=search,
        text=text,
        found=found,
        taken=queries.codes_by_key(session, viewer, [unit.key for unit in found]),
        loaded=bool(found) or queries.register_is_loaded(session, viewer),
    )


@bp.route("/municipalities/new", methods=["GET", "POST"])
@guard(Permission.MUNICIPALITY_EDIT)
def new() -> Answer:
    """Add a municipality: from the register, or by hand."""
    session, viewer = db.session(), current_viewer()
    unit = queries.register_unit(session, viewer, request.args.get("key", ""))
    form = new_form(queries.next_number(session, viewer), unit)
    if form.validate_on_submit():
        try:
            made = service.add_municipality(
                session, viewer, code=form.code.data or "", profile=form.profile(), now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("%(code)s ist hinzugefügt. Als Nächstes fehlt der Vertrag.", code=made.code), "success")
            return redirect(url_for("contracts.show", code=made.code))
        except Invalid as error:
            form.refuse(error)
    loaded = queries.register_is_loaded(session, viewer)
    return _answer("municipalities/new.html", form, unit=unit, search=SearchForm(), loaded=loaded)


@bp.route("/municipalities/<code>/edit", methods=["GET", "POST"])
@guard(Permission.MUNICIPALITY_EDIT)
def edit(code: str) -> Answer:
    """Change who a municipality is or who may know; where somebody else was quicker, both versions are shown."""
    session, viewer = db.session(), current_viewer()
    municipality, clash = queries.municipality_by_code(session, viewer, code), None
    form = edit_form(service.profile_of(municipality), municipality.version)
    if form.validate_on_submit():
        try:
            changed = service.change_municipality(
                session, viewer, code=code, version=form.row_version, profile=form.profile(), now=now(),
                retire_feeds=context().retire_feeds, request_key=form.request_key.data,
            )  # fmt: skip
            letters.tell_of_dead_feeds(changed.notices)
            flash(gettext("Änderungen gespeichert."), "success")
            if changed.notices:
                flash(_dead_feeds(len(changed.notices)), "info")
            return redirect(url_for("overview.municipality", code=code))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            municipality = queries.municipality_by_code(session, viewer, code)
            clash = differences(form, stored_form(service.profile_of(municipality)))
            form.version.data = str(municipality.version)
    return _answer("municipalities/edit.html", form, municipality=municipality, clash=clash)


def _dead_feeds(people: int) -> str:
    return ngettext(
        "Kalender-Adressen, in denen der Name stehen konnte, gelten nicht mehr. %(num)s Person hat eine E-Mail "
        "bekommen. Kalender, die sie abonniert haben, behalten ihre letzte Kopie.",
        "Kalender-Adressen, in denen der Name stehen konnte, gelten nicht mehr. %(num)s Personen haben eine E-Mail "
        "bekommen. Kalender, die sie abonniert haben, behalten ihre letzte Kopie.",
        people,
    )


def _answer(template: str, form: BaseForm, *, clash: object = None, **values: object) -> Answer:
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(template, form=form, clash=clash, **values), status
