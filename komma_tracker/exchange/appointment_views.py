"""Pages of the way from a calendar to days: a calendar comes in, what is chosen of it goes on to the preview."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import N_, Permission
from komma_tracker.db import db
from komma_tracker.exchange.appointment_forms import CalendarForm, calendar_form, proposals_form
from komma_tracker.exchange.appointments.worker import read_apart
from komma_tracker.exchange.rules import Unreadable
from komma_tracker.exchange.service import proposing
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.messages import message_of

bp = Blueprint("appointments", __name__)

Answer = str | Response | tuple[str, int]
TOO_LARGE = N_("Die Datei ist größer als %(limit)s MB.")


@bp.route("/import/calendar", methods=["GET", "POST"])
@guard(Permission.ENTRY_IMPORT)
def upload() -> Answer:
    """Give a calendar, and see what of it could be logged. Nothing of it is kept."""
    session, viewer, form = db.session(), current_viewer(), calendar_form(today())
    rules = proposing.matching(session, viewer, own_address=g.person.email, today=today())
    if form.validate_on_submit():
        try:
            first, last = form.first.data, form.last.data
            found = read_apart(_content(form), first=first, last=last, own_address=g.person.email)
            offer = proposing.offer(session, viewer, found, rules)
            proposals = proposals_form(rules.known, offer.proposals)
            return render_template("exchange/proposals.html", form=proposals, offer=offer, first=first, last=last)
        except Unreadable as error:
            (form.address if form.address.data else form.file).errors = [message_of(error)]
    page = render_template("exchange/calendar.html", form=form, rules=rules)
    return (page, 422) if form.is_submitted() else page


@bp.post("/import/calendar/proposals")
@guard(Permission.ENTRY_IMPORT)
def choose() -> Answer:
    """Go on to the preview with what was chosen."""
    session, viewer = db.session(), current_viewer()
    rules = proposing.matching(session, viewer, own_address=g.person.email, today=today())
    form = proposals_form(rules.known, sent=True)
    if not form.validate():
        return render_template("exchange/proposals.html", form=form, offer=None), 422
    draft = proposing.keep_chosen(
        session, viewer, form.chosen(), own_address=g.person.email, filename=gettext("Aus Ihrem Kalender"), now=now()
    )
    return redirect(url_for("exchange.preview", public_id=draft.public_id))


def _content(form: CalendarForm) -> bytes:
    """The calendar as a file has it, or as it stands at its address. Raises Unreadable."""
    limit = context().settings.max_upload_bytes
    if form.address.data:
        return context().fetch_calendar(form.address.data, limit=limit)
    with form.file.data.stream as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Unreadable(TOO_LARGE, limit=limit // 1024**2)
    return content
