"""What pages of sessions have in common: the blueprint they hang on, and how they answer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer
from komma_tracker.db import db
from komma_tracker.events import queries
from komma_tracker.events.hints import SessionHint
from komma_tracker.events.permissions import check_edit
from komma_tracker.events.shown import ShownSession
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import spoken

bp = Blueprint("events", __name__)

Answer = str | Response | tuple[str, int]


def for_planner(public_id: str) -> ShownSession:
    """The session of the address. Raises NotFound, Forbidden for all who must not plan it."""
    viewer = current_viewer()
    shown = queries.session_by_public_id(db.session(), viewer, public_id)
    check_edit(viewer, shown)
    return shown


def done(public_id: str, message: str, category: str = "success") -> Response:
    """Back to the page of the session, with a message."""
    flash(message, category)
    return redirect(page_of(public_id))


def series_done(public_id: str, message: str, category: str = "success") -> Response:
    """Back to the page of the series, with a message."""
    flash(message, category)
    return redirect(url_for("events.series", public_id=public_id))


def page_of(public_id: str) -> str:
    """Its address."""
    return url_for("events.show", public_id=public_id)


def answer(template: str, form: BaseForm, *, clash: object = None, **values: object) -> Answer:
    """The page of a form: 409 with both texts after a clash, 422 where something is wrong, and what is unusual about
    what it would save, to be looked at first.
    """
    unseen = [(on, in_words(hint)) for on, hint in getattr(form, "unseen", ())]
    status = 409 if clash is not None else 422 if form.is_submitted() and not unseen else 200
    return render_template(template, form=form, clash=clash, unseen=unseen, **values), status


def in_words(hint: SessionHint) -> str:
    """A hint in the reader's language."""
    params = {name: spoken(value) for name, value in hint.params.items()}
    return gettext(hint.code.label, **params) if params else gettext(hint.code.label)
