"""Pages of people: sign-in, one-time links, the own account, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard, public, signed_in
from komma_tracker.access.redirects import safe_next
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.accounts import cookie, letters, queries, service
from komma_tracker.accounts.forms import (
    AssignmentForm,
    ChangePasswordForm,
    ChoosePasswordForm,
    ForgotForm,
    InvitationsForm,
    LoginForm,
    NewPersonForm,
    PeopleFilterForm,
    PeriodForm,
    PersonForm,
    WorkplaceForm,
    invitations_form,
    workplace_form,
)
from komma_tracker.accounts.rules import LinkIsVoid, LinkPurpose, TooManyAttempts
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import MunicipalityChoice, context
from komma_tracker.kit.forms import differences
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.paging import page_number

bp = Blueprint("accounts", __name__)

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
WAIT = {"Retry-After": "900"}


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Answer:
    """Sign in with e-mail address and password."""
    if signed_in():
        return redirect(url_for("web.home"))
    form = LoginForm(next=request.args.get("next"))
    if form.validate_on_submit():
        email, password = form.email.data or "", form.password.data or ""
        try:
            token = service.sign_in(
                db.session(), email=email, password=password, address=request.remote_addr, now=now()
            )
        except TooManyAttempts as error:
            form.form_errors.append(gettext(error.message))
            return render_template("accounts/login.html", form=form), 429, WAIT
        if token:
            cookie.carry(token)
            return redirect(safe_next(form.next.data) or url_for("web.home"))
        form.form_errors.append(gettext("E-Mail-Adresse und Passwort passen nicht zusammen."))
    return render_template("accounts/login.html", form=form), 422 if form.errors else 200


@bp.post("/logout")
@guard(Permission.ACCOUNT_OWN)
def logout() -> Response:
    """Sign out here, on the server too."""
    service.close_session(db.session(), token=cookie.drop())
    flash(gettext("Sie sind abgemeldet."), "success")
    return redirect(url_for("accounts.login"))


@bp.route("/password/forgot", methods=["GET", "POST"])
@public
def forgot() -> Answer:
    """Ask for a link to a new password; the answer does not tell whether the address is known."""
    form = ForgotForm()
    if form.validate_on_submit():
        try:
            letter = service.request_reset(
                db.session(), email=form.email.data or "", address=request.remote_addr, now=now()
            )
        except TooManyAttempts:
            abort(429)
        if letter:
            letters.send(letter)
        flash(gettext("Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail mit einem Link unterwegs."), "info")
        return redirect(url_for("accounts.login"))
    return render_template("accounts/forgot.html", form=form), 422 if form.errors else 200


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Answer:
    """Choose the first password."""
    return _choose_password(LinkPurpose.INVITATION, token)


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Answer:
    """Choose a new password."""
    return _choose_password(LinkPurpose.RESET, token)


def _choose_password(purpose: LinkPurpose, token: str) -> Answer:
    session = db.session()
    try:
        holder = service.open_link(session, token=token, purpose=purpose, address=request.remote_addr, now=now())
        return _redeemed(purpose, token, holder)
    except LinkIsVoid:
        return render_template("accounts/void_link.html"), 404
    except TooManyAttempts:
        abort(429)


def _redeemed(purpose: LinkPurpose, token: str, holder: queries.LinkHolder) -> Answer:
    form = ChoosePasswordForm()
    if form.validate_on_submit():
        how = {"token": token, "password": form.password.data or "", "locale": current_locale()}
        try:
            user_id = service.choose_password(db.session(), purpose=purpose, now=now(), **how)
            cookie.carry(service.open_session(db.session(), user_id=user_id, now=now()))
            flash(gettext("Ihr Passwort ist gespeichert, und Sie sind angemeldet."), "success")
            return redirect(url_for("web.home"))
        except Invalid as error:
            form.refuse(error)
    first = purpose is LinkPurpose.INVITATION
    answer = render_template("accounts/choose_password.html", form=form, holder=holder, first=first)
    return answer, 422 if form.errors else 200


@bp.route("/account", methods=["GET", "POST"])
@guard(Permission.ACCOUNT_OWN)
def account() -> Answer:
    """One's own account: language, password, sign-ins."""
    session, viewer, form = db.session(), current_viewer(), ChangePasswordForm()
    if form.validate_on_submit():
        current, password = form.current.data or "", form.password.data or ""
        try:
            service.change_password(session, viewer, current=current, password=password, now=now())
            cookie.carry(service.open_session(session, user_id=viewer.user_id, now=now()))
            flash(gettext("Das neue Passwort gilt ab sofort. Überall sonst sind Sie abgemeldet."), "success")
            return redirect(url_for("accounts.account"))
        except Invalid as error:
            form.refuse(error)
        except TooManyAttempts:
            abort(429)
    person = queries.person_by_id(session, viewer.user_id)
    sign_ins = queries.live_sign_ins(session, viewer, now=now())
    forms = {
        "form": form,
        "workplace": workplace_form(person.land),
        "by_mail": invitations_form(wanted=person.invitations),
    }
    shown = {"person": person, "sign_ins": sign_ins, **forms, **_surroundings()}
    return render_template("accounts/account.html", **shown), 422 if form.errors else 200


@bp.post("/account/workplace")
@guard(Permission.ACCOUNT_OWN)
def workplace() -> Response:
    """Say in which Land one works."""
    form = WorkplaceForm()
    if form.validate_on_submit():
        service.choose_land(db.session(), current_viewer(), land=form.chosen_land, now=now())
        flash(gettext("Die Angabe ist gespeichert."), "success")
    return redirect(url_for("accounts.account"))


@bp.post("/account/invitations")
@guard(Permission.CALENDAR_VIEW)
def invitations() -> Response:
    """Say whether one wants sessions by mail."""
    form = InvitationsForm()
    if form.validate_on_submit():
        wanted = form.invitations.data
        service.choose_invitations(db.session(), current_viewer(), wanted=wanted, now=now())
        flash(
            gettext("Sie bekommen Termine ab jetzt auch als Einladung.")
            if wanted
            else gettext("Sie bekommen keine Einladungen mehr. Was in Ihrem Kalender steht, bleibt dort, wie es ist.")
        )
    return redirect(url_for("accounts.account"))


@bp.post("/account/sign-out-everywhere")
@guard(Permission.ACCOUNT_OWN)
def sign_out_everywhere() -> Response:
    """End all of one's own sign-ins."""
    service.sign_out_everywhere(db.session(), current_viewer(), now=now())
    cookie.drop()
    flash(gettext("Sie sind überall abgemeldet."), "success")
    return redirect(url_for("accounts.login"))


@bp.get("/people")
@guard(Permission.PEOPLE_MANAGE)
def people() -> str:
    """Everybody who takes part, with role, municipalities and state."""
    form = PeopleFilterForm(formdata=request.args)
    number = page_number(request.args.get("page"))
    page = queries.people_page(db.session(), current_viewer(), wanted=form.wanted(), number=number)
    query = {key: value for key, value in request.args.items() if value and key != "page"}
    return render_template("accounts/people.html", form=form, page=page, query=query, **_surroundings())


@bp.route("/people/new", methods=["GET", "POST"])
@guard(Permission.PEOPLE_MANAGE)
def new_person() -> Answer:
    """Invite somebody."""
    session, viewer = db.session(), current_viewer()
    municipalities = context().municipalities(session, viewer)
    form = NewPersonForm(municipalities)
    if form.validate_on_submit():
        try:
            added = service.add_person(
                session,
                viewer,
                details=form.details(),
                municipality_id=_id_of(municipalities, form.municipality.data),
                today=today(),
                now=now(),
                request_key=form.request_key.data,
            )
            return _invited(added.public_id, added.letter)
        except Invalid as error:
            form.refuse(error)
    return render_template("accounts/new_person.html", form=form), 422 if form.errors else 200


@bp.get("/people/<public_id>")
@guard(Permission.PEOPLE_MANAGE)
def person(public_id: str) -> str:
    """One person: what they are, and where."""
    found = queries.person(db.session(), current_viewer(), public_id)
    return render_template("accounts/person.html", person=found, **_surroundings())


@bp.route("/people/<public_id>/edit", methods=["GET", "POST"])
@guard(Permission.PEOPLE_MANAGE)
def edit_person(public_id: str) -> Answer:
    """Correct name, address or role; who edits at the same time sees both versions."""
    session, viewer = db.session(), current_viewer()
    found = queries.person(session, viewer, public_id)
    form, clash = PersonForm(obj=found), None
    if form.validate_on_submit():
        try:
            service.change_person(
                session,
                viewer,
                public_id=public_id,
                version=form.row_version,
                details=form.details(),
                close_feeds=context().close_feeds,
                today=today(),
                now=now(),
            )
            flash(gettext("Die Änderung ist gespeichert."), "success")
            return redirect(url_for("accounts.person", public_id=public_id))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            clash = differences(form, PersonForm(formdata=None, obj=found))
            form.version.data = str(found.version)
    answer = render_template("accounts/edit_person.html", form=form, person=found, clash=clash)
    return answer, 409 if clash is not None else 422 if form.errors else 200


@bp.post("/people/<public_id>/invite")
@guard(Permission.PEOPLE_MANAGE)
def invite(public_id: str) -> Response:
    """Send the invitation again."""
    try:
        letter = service.invite(db.session(), current_viewer(), public_id=public_id, now=now())
    except Invalid as error:
        return _refused(public_id, error)
    return _invited(public_id, letter)


@bp.post("/people/<public_id>/disable")
@guard(Permission.PEOPLE_MANAGE)
def disable_person(public_id: str) -> Response:
    """Let somebody in no more."""
    try:
        service.disable_person(
            db.session(), current_viewer(), public_id=public_id, close_feeds=context().close_feeds, now=now()
        )
    except Invalid as error:
        return _refused(public_id, error)
    flash(gettext("Die Person ist gesperrt und überall abgemeldet."), "success")
    return redirect(url_for("accounts.person", public_id=public_id))


@bp.post("/people/<public_id>/enable")
@guard(Permission.PEOPLE_MANAGE)
def enable_person(public_id: str) -> Response:
    """Let somebody in again."""
    service.enable_person(db.session(), current_viewer(), public_id=public_id, now=now())
    flash(gettext("Die Person kann sich wieder anmelden."), "success")
    return redirect(url_for("accounts.person", public_id=public_id))


@bp.route("/people/<public_id>/assignments/new", methods=["GET", "POST"])
@guard(Permission.PEOPLE_MANAGE)
def new_assignment(public_id: str) -> Answer:
    """Assign a person to a municipality."""
    session, viewer = db.session(), current_viewer()
    municipalities = context().municipalities(session, viewer)
    form, found = AssignmentForm(municipalities, starts_on=today()), queries.person(session, viewer, public_id)
    if form.validate_on_submit():
        chosen, key = _id_of(municipalities, form.municipality.data), form.request_key.data
        try:
            service.add_assignment(
                session,
                viewer,
                public_id=public_id,
                span=form.span(chosen or 0),
                today=today(),
                now=now(),
                request_key=key,
            )
            flash(gettext("Die Zuordnung ist gespeichert."), "success")
            return redirect(url_for("accounts.person", public_id=public_id))
        except Invalid as error:
            form.refuse(error)
    return render_template("accounts/new_assignment.html", form=form, person=found), 422 if form.errors else 200


@bp.route("/people/<public_id>/assignments/<int:assignment_id>", methods=["GET", "POST"])
@guard(Permission.PEOPLE_MANAGE)
def edit_assignment(public_id: str, assignment_id: int) -> Answer:
    """End an assignment, or correct its days."""
    session, viewer = db.session(), current_viewer()
    found = queries.person(session, viewer, public_id)
    assignment = next((each for each in found.assignments if each.id == assignment_id), None)
    if assignment is None:
        raise NotFound
    form = PeriodForm(obj=assignment)
    if form.validate_on_submit():
        try:
            service.change_assignment(
                session,
                viewer,
                public_id=public_id,
                assignment_id=assignment_id,
                span=form.span(assignment.municipality_id),
                close_feeds=context().close_feeds,
                today=today(),
                now=now(),
            )
            flash(gettext("Die Zuordnung ist gespeichert."), "success")
            return redirect(url_for("accounts.person", public_id=public_id))
        except Invalid as error:
            form.refuse(error)
    answer = render_template(
        "accounts/edit_assignment.html", form=form, person=found, assignment=assignment, **_surroundings()
    )
    return answer, 422 if form.errors else 200


@bp.post("/people/<public_id>/assignments/<int:assignment_id>/remove")
@guard(Permission.PEOPLE_MANAGE)
def remove_assignment(public_id: str, assignment_id: int) -> Response:
    """Take back an assignment that was a mistake."""
    service.remove_assignment(
        db.session(), current_viewer(), public_id=public_id, assignment_id=assignment_id,
        close_feeds=context().close_feeds, today=today(), now=now(),
    )  # fmt: skip
    flash(gettext("Die Zuordnung ist gelöscht."), "success")
    return redirect(url_for("accounts.person", public_id=public_id))


def _surroundings() -> dict[str, Any]:
    """What the viewer calls the municipalities, and the day that decides what holds."""
    municipalities = context().municipalities(db.session(), current_viewer())
    return {"places": {each.id: each.label for each in municipalities}, "today": today()}


def _id_of(municipalities: Sequence[MunicipalityChoice], code: str | None) -> int | None:
    return next((each.id for each in municipalities if each.code == code), None)


def _invited(public_id: str, letter: service.Letter | None) -> Response:
    if letter:
        letters.send(letter)
        flash(gettext("Die Einladung an %(email)s ist unterwegs. Sie gilt sieben Tage.", email=letter.email), "success")
    return redirect(url_for("accounts.person", public_id=public_id))


def _refused(public_id: str, error: Invalid) -> Response:
    flash(gettext(error.message), "warning")
    return redirect(url_for("accounts.person", public_id=public_id))
