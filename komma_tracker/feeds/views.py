"""The calendars themselves, and the pages where people make and revoke addresses, for themselves and for guests."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_translations, gettext

from komma_tracker.access import scope
from komma_tracker.access.guards import current_viewer, guard, public
from komma_tracker.access.rules import Invalid, Permission, may
from komma_tracker.db import db
from komma_tracker.feeds import queries, service, serving
from komma_tracker.feeds.answers import METHODS, calendar_answer, failure_answer, method_answer, missing_answer
from komma_tracker.feeds.copies import Shelf, Texts
from komma_tracker.feeds.forms import AddressForm, GuestForm
from komma_tracker.feeds.links import links_of
from komma_tracker.feeds.rules import Words, audiences_of
from komma_tracker.feeds.serving import Admitted, Press
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_choices

bp = Blueprint("feeds", __name__)
SHELF, TEXTS = "komma-feeds", "komma-feed-texts"
ERRAND = "feed"


@bp.record_once
def _furnish(state: BlueprintSetupState) -> None:
    state.app.extensions[SHELF] = Shelf()
    state.app.extensions[TEXTS] = Texts()


@bp.before_app_request
def _keep_feed_paths_plain() -> Response | None:
    """Neither pages nor redirects below /feeds/: whatever routing has not found is the one plain answer."""
    if not request.path.startswith("/feeds/"):
        return None
    if request.method not in METHODS:
        return method_answer()
    return missing_answer() if request.url_rule is None else None


@bp.get("/feeds/<token>/<name>.ics", provide_automatic_options=False)
@public
def ics(token: str, name: str) -> Response:
    """A calendar. Its name only dresses the address: a subscription outlives any renaming."""
    del name
    try:
        return _serve(token)
    except Exception:  # whatever it is: a page in a calendar's place would empty the calendar (calendars 3, rule 24)
        current_app.logger.exception("a feed could not be served")
        return failure_answer()


def _serve(token: str) -> Response:
    day = today()
    with scope.system_session(db.engine, ERRAND) as session:
        admitted = serving.admit(session.connection(), token=token, today=day)
        if admitted is None:
            return missing_answer()
        shelf: Shelf = current_app.extensions[SHELF]
        body = shelf.get(admitted.key(day), lambda: _calendar_of(admitted, day))
        changed_at = serving.note_fetch(session, admitted.address, body_sha256=body.sha256, now=now())
    return calendar_answer(request, body, changed_at)


def _calendar_of(admitted: Admitted, day: date) -> bytes:
    session = db.session()
    scope.bind(session, admitted.reader)
    with force_locale(admitted.contents.locale):
        return serving.calendar_of(session, admitted, press=press(admitted.contents.locale), today=day)


def press(locale: str) -> Press:
    """What turns sessions into text in this process; the language is the one that speaks right now."""
    return Press(current_app.extensions[TEXTS], _words(), locale, context().settings.base_url)


def _words() -> Words:
    """The words of this language, looked up once and not anew for every session."""
    translate = get_translations().gettext

    def words(message: str, /, **params: object) -> str:
        return translate(message) % params if params else translate(message)

    return words


@bp.route("/account/feeds", methods=["GET", "POST"])
@guard(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    """My addresses, and the form for another one. A new address is shown in the answer, and never again."""
    form, viewer = _address_form(), current_viewer()
    if not form.validate_on_submit():
        return _page(form), 422 if form.is_submitted() else 200
    try:
        made = service.make_address(
            db.session(), viewer, name=form.name.data or "", contents=form.contents(), municipality_codes=form.codes,
            expires_on=form.expires_on.data, today=today(), now=now(), request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _page(form), 422
    return _made(made)


@bp.route("/account/feeds/guests", methods=["GET", "POST"])
@guard(Permission.FEED_GUESTS)
def guests() -> ResponseReturnValue:
    """Addresses of people without an account, whoever made them, and the form for another one."""
    form, viewer = _guest_form(), current_viewer()
    if not form.validate_on_submit():
        return _guests_page(form), 422 if form.is_submitted() else 200
    try:
        made = service.make_address(
            db.session(), viewer, name=form.name.data or "", contents=form.contents(),
            municipality_codes=form.municipalities.data or (), expires_on=form.expires_on.data,
            today=today(), now=now(), request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _guests_page(form), 422
    return _made(made)


@bp.post("/account/feeds/<public_id>/renew")
@guard(Permission.ACCOUNT_OWN)
def renew(public_id: str) -> ResponseReturnValue:
    """Put a new address in the place of one that is dead, or known to too many."""
    try:
        made = service.renew_address(db.session(), current_viewer(), public_id=public_id, today=today(), now=now())
    except Invalid as error:
        flash(message_of(error), "warning")
        return redirect(url_for("feeds.index"))
    return _made(made)


@bp.post("/account/feeds/<public_id>/revoke")
@guard(Permission.ACCOUNT_OWN)
def revoke(public_id: str) -> ResponseReturnValue:
    """Close an address."""
    address = service.revoke_address(db.session(), current_viewer(), public_id=public_id, now=now())
    flash(
        gettext(
            "Die Adresse gilt nicht mehr. Kalender, die sie abonniert haben, behalten ihre letzte Kopie, "
            "bis Sie das Abo dort entfernen."
        )
    )
    return redirect(url_for("feeds.guests" if address.for_guest else "feeds.index"))


def _address_form() -> AddressForm:
    form = AddressForm(locale=g.locale, content=request.args.get("municipality"))
    viewer = current_viewer()
    form.offer(viewer, municipality_choices(db.session(), viewer))
    return form


def _guest_form() -> GuestForm:
    form, viewer = GuestForm(locale=g.locale), current_viewer()
    form.offer(viewer, municipality_choices(db.session(), viewer), today())
    return form


def _made(made: service.NewAddress) -> str:
    return render_template("feeds/made.html", address=made.address, links=links_of(made, context().settings.base_url))


def _page(form: AddressForm) -> str:
    session, viewer = db.session(), current_viewer()
    return render_template(
        "feeds/index.html",
        addresses=service.listed(session, queries.own_addresses(session, viewer), today=today()),
        form=form,
        may_subscribe=bool(audiences_of(viewer)),
        may_invite=may(viewer, Permission.FEED_GUESTS),
    )


def _guests_page(form: GuestForm) -> str:
    session, viewer = db.session(), current_viewer()
    addresses = service.listed(session, queries.guest_addresses(session, viewer), today=today())
    return render_template("feeds/guests.html", addresses=addresses, form=form)
