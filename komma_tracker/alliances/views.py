"""Pages of alliances: one with its members, and the forms for them; for the lead, all organisations."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission, check
from komma_tracker.alliances import queries, service
from komma_tracker.alliances.forms import (
    MoveMemberForm,
    OrganisationForm,
    TurnForm,
    frame_form,
    member_form,
    new_member_form,
    turn_form,
)
from komma_tracker.alliances.rules import (
    AllianceState,
    MemberState,
    coverage,
    next_alliance_states,
    next_member_states,
)
from komma_tracker.db import db
from komma_tracker.kit.clock import local_now, now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.municipalities.queries import municipality_by_code

bp = Blueprint("alliances", __name__)
Answer = Response | str | tuple[str, int]


@bp.get("/municipalities/<code>/alliance")
@guard(Permission.ALLIANCE_VIEW)
def show(code: str) -> Answer:
    """The alliance of a municipality: who belongs to it, what is missing, what comes next."""
    return _page(code)


@bp.route("/municipalities/<code>/alliance/edit", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def edit(code: str) -> Answer:
    """Note what is agreed about the alliance as a whole."""
    session, viewer, clash = db.session(), current_viewer(), None
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.ALLIANCE_EDIT, municipality.id)
    alliance = queries.alliance_of(session, viewer, municipality.id)
    form = frame_form(service.frame_of(alliance), version=alliance.version if alliance else None)
    if form.validate_on_submit():
        try:
            service.change_frame(
                session, viewer, municipality_id=municipality.id, version=form.row_version, frame=form.frame(),
                now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _back(code, gettext("Änderungen gespeichert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            alliance = queries.alliance_of(session, viewer, municipality.id)
            version = alliance.version if alliance else None
            stored = frame_form(service.frame_of(alliance), version=version, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    return _answer("alliances/edit.html", form, clash=clash, municipality=municipality)


@bp.post("/municipalities/<code>/alliance/state")
@guard(Permission.ALLIANCE_EDIT)
def move(code: str) -> Answer:
    """Say how far the alliance has come."""
    session, viewer, form = db.session(), current_viewer(), TurnForm()
    municipality = municipality_by_code(session, viewer, code)
    if not form.validate_on_submit():
        return _page(code, form, status=422)
    try:
        service.move_alliance(
            session, viewer, municipality_id=municipality.id, version=form.row_version,
            target=AllianceState(form.target.data), on=form.on.data, today=today(), now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(None, error.message))
        return _page(code, form, status=422 if isinstance(error, Invalid) else 409)
    return _back(code, gettext("Stand der Allianz geändert."))


@bp.route("/municipalities/<code>/alliance/members/new", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def new_member(code: str) -> Answer:
    """Bring an organisation into the alliance."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.ALLIANCE_EDIT, municipality.id)
    form = new_member_form([(each.public_id, each.name) for each in queries.organisation_choices(session, viewer)])
    if form.validate_on_submit():
        try:
            service.add_member(
                session, viewer, municipality_id=municipality.id, organisation=form.organisation.data or None,
                name=form.name.data or "", membership=form.membership(), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _back(code, gettext("Organisation eingetragen."))
        except Invalid as error:
            form.refuse(error)
    return _answer("alliances/new_member.html", form, municipality=municipality)


@bp.route("/municipalities/<code>/alliance/members/<public_id>", methods=["GET", "POST"])
@guard(Permission.ALLIANCE_EDIT)
def member(code: str, public_id: str) -> Answer:
    """Change what is known of a member."""
    session, viewer, clash = db.session(), current_viewer(), None
    municipality = municipality_by_code(session, viewer, code)
    check(viewer, Permission.ALLIANCE_EDIT, municipality.id)
    found = queries.member_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
    form = member_form(service.membership_of(found), version=found.version)
    if form.validate_on_submit():
        try:
            service.change_member(
                session, viewer, municipality_id=municipality.id, public_id=public_id, version=form.row_version,
                membership=form.membership(), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            return _back(code, gettext("Änderungen gespeichert."))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            found = queries.member_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
            stored = member_form(service.membership_of(found), version=found.version, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    found = queries.member_by_public_id(session, viewer, public_id, municipality_id=municipality.id)
    targets = next_member_states(found.state, viewer.role)
    return _answer("alliances/member.html", form, clash=clash, municipality=municipality, member=found, targets=targets)


@bp.post("/municipalities/<code>/alliance/members/<public_id>/state")
@guard(Permission.ALLIANCE_EDIT)
def move_member(code: str, public_id: str) -> Answer:
    """Say how far a member has come."""
    session, viewer, form = db.session(), current_viewer(), MoveMemberForm()
    municipality = municipality_by_code(session, viewer, code)
    if not form.validate_on_submit():
        return _page(code, status=422)
    try:
        service.move_member(
            session, viewer, municipality_id=municipality.id, public_id=public_id, version=form.row_version,
            target=MemberState(form.target.data), today=today(), now=now(), request_key=form.request_key.data,
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        page = turn_form(today(), version=None)
        page.refuse(Invalid(None, error.message, **error.params))
        return _page(code, page, status=422 if isinstance(error, Invalid) else 409)
    return _back(code, gettext("Stand geändert."))


@bp.get("/organisations")
@guard(Permission.ORGANISATION_MANAGE)
def organisations() -> str:
    """All organisations, and in which alliances they sit."""
    found = queries.organisations(db.session(), current_viewer())
    return render_template("alliances/organisations.html", organisations=found)


@bp.route("/organisations/<public_id>", methods=["GET", "POST"])
@guard(Permission.ORGANISATION_MANAGE)
def organisation(public_id: str) -> Answer:
    """Give an organisation another name, in all its alliances."""
    session, viewer, clash = db.session(), current_viewer(), None
    found = queries.organisation_by_public_id(session, viewer, public_id)
    form = OrganisationForm(data={"name": found.name, "version": str(found.version)})
    if form.validate_on_submit():
        try:
            service.rename_organisation(
                session, viewer, public_id=public_id, version=form.row_version, name=form.name.data or "", now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Änderungen gespeichert."), "success")
            return redirect(url_for("alliances.organisations"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            found = queries.organisation_by_public_id(session, viewer, public_id)
            stored = OrganisationForm(formdata=None, data={"name": found.name, "version": str(found.version)})
            clash, form.version.data = differences(form, stored), stored.version.data
    return _answer("alliances/organisation.html", form, clash=clash, organisation=found)


def _page(code: str, form: TurnForm | None = None, *, status: int = 200) -> Answer:
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    alliance = queries.alliance_of(session, viewer, municipality.id)
    form = form or turn_form(today(), version=None)
    form.version.data = str(alliance.version) if alliance else ""
    members = queries.members_of(session, viewer, municipality.id)
    state = alliance.state if alliance else AllianceState.FORMING
    return render_template(
        "alliances/show.html",
        municipality=municipality,
        alliance=alliance,
        state=state,
        turns=queries.turns_of(session, viewer, municipality.id),
        members=members,
        coverage=coverage((each.side, each.state) for each in members),
        work_plan=queries.work_plan_of(session, viewer, municipality.id),
        meetings=context().meetings(session, viewer, municipality_id=municipality.id),
        minutes=queries.minutes_of(session, viewer, municipality.id),
        nothing=queries.NOTHING_KEPT,
        form=form,
        targets=next_alliance_states(state, viewer.role),
        member_targets={each.id: next_member_states(each.state, viewer.role) for each in members},
        today=today(),
        local_now=local_now(),
    ), status


def _answer(template: str, form: BaseForm, *, clash: object = None, **values: object) -> Answer:
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(template, form=form, clash=clash, **values), status


def _back(code: str, message: str) -> Response:
    flash(message, "success")
    return redirect(url_for("alliances.show", code=code))
