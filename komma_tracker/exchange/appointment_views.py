"""Pages of the way from a calendar to days: a calendar comes in, what is chosen of it goes on to the preview."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import N_, Invalid, Permission
from komma_tracker.db import db
from komma_tracker.exchange.appointment_forms import CalendarForm, WordForm, calendar_form, proposals_form
from komma_tracker.exchange.appointments.worker import read_apart
from komma_tracker.exchange.rules import Unreadable
from komma_tracker.exchange.service import calendar_words, proposing
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
    page = render_template("exchange/calendar.html", form=form, rules=rules, word=WordForm(formdata=None))
    return (page, 422) if form.is_submitted() else page


@bp.post("/import/calendar/words")
@guard(Permission.ENTRY_WORDS)
def add_word() -> Answer:
    """Let everybody's calendars be searched for one more word."""
    session, viewer, word = db.session(), current_viewer(), WordForm()
    if word.validate():
        try:
            key = word.request_key.data
            calendar_words.add_word(session, viewer, word=word.word.data or "", now=now(), request_key=key)
            return redirect(url_for("appointments.upload"))
        except Invalid as error:
            word.refuse(error)
    rules = proposing.matching(session, viewer, own_address=g.person.email, today=today())
    form = calendar_form(today(), sent=False)
    return render_template("exchange/calendar.html", form=form, rules=rules, word=word), 422


@bp.post("/import/calendar/words/<public_id>/remove")
@guard(Permission.ENTRY_WORDS)
def remove_word(public_id: str) -> Answer:
    """Let calendars be searched for a word no more."""
    calendar_words.remove_word(db.session(), current_viewer(), public_id=public_id, now=now())
    return redirect(url_for("appointments.upload"))


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
