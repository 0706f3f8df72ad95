"""The calendars themselves, and the page where people make and revoke their addresses."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_translations, gettext

from komma_tracker.access import scope
from komma_tracker.access.guards import current_viewer, guard, public
from komma_tracker.access.rules import Invalid, Permission
from komma_tracker.db import db
from komma_tracker.feeds import queries, service
from komma_tracker.feeds.answers import METHODS, calendar_answer, failure_answer, method_answer, missing_answer
from komma_tracker.feeds.copies import Shelf
from komma_tracker.feeds.forms import AddressForm
from komma_tracker.feeds.links import links_of
from komma_tracker.feeds.queries import OpenAddress
from komma_tracker.feeds.rules import Words, audiences_of, may_read
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.municipalities.queries import municipality_choices

bp = Blueprint("feeds", __name__)
SHELF = "komma-feeds"
ERRAND = "feed"


@bp.record_once
def _furnish(state: BlueprintSetupState) -> None:
    state.app.extensions[SHELF] = Shelf()


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
        address = service.admit(session, token=token, today=day)
        if address is None:
            return missing_answer()
        shelf: Shelf = current_app.extensions[SHELF]
        key = (address.viewer, address.audience, address.municipality_id, address.locale, day, address.revision)
        body = shelf.get(key, lambda: _calendar_of(address, day))
        changed_at = service.note_fetch(session, address, body_sha256=body.sha256, now=now())
    return calendar_answer(request, body, changed_at)


def _calendar_of(address: OpenAddress, day: date) -> bytes:
    session = db.session()
    scope.bind(session, address.viewer)
    with force_locale(address.locale):
        return service.calendar_of(session, address, words=_words(), base_url=context().settings.base_url, today=day)


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
    form = _address_form()
    if not form.validate_on_submit():
        return _page(form), 422 if form.is_submitted() else 200
    try:
        made = service.make_address(
            db.session(),
            current_viewer(),
            name=form.name.data or "",
            audience=form.audience,
            municipality_code=form.municipality_code,
            locale=form.locale.data,
            now=now(),
            request_key=form.request_key.data,
        )
    except Invalid as error:
        form.refuse(error)
        return _page(form), 422
    return render_template("feeds/made.html", address=made.address, links=links_of(made, context().settings.base_url))


@bp.post("/account/feeds/<public_id>/revoke")
@guard(Permission.ACCOUNT_OWN)
def revoke(public_id: str) -> ResponseReturnValue:
    """Close an address."""
    service.revoke_address(db.session(), current_viewer(), public_id=public_id, now=now())
    flash(
        gettext(
            "Die Adresse gilt nicht mehr. Kalender, die sie abonniert haben, behalten ihre letzte Kopie, "
            "bis Sie das Abo dort entfernen."
        )
    )
    return redirect(url_for("feeds.index"))


def _address_form() -> AddressForm:
    form = AddressForm(locale=g.locale, content=request.args.get("municipality"))
    viewer = current_viewer()
    form.offer(viewer, municipality_choices(db.session(), viewer))
    return form


def _page(form: AddressForm) -> str:
    viewer = current_viewer()
    addresses = [
        (address, may_read(viewer, address.audience, address.municipality_id))
        for address in queries.own_addresses(db.session(), viewer)
    ]
    return render_template("feeds/index.html", addresses=addresses, form=form, may_subscribe=bool(audiences_of(viewer)))
