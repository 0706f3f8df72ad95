"""The page of an alliance's guests, beside their calendar: dates and decisions, without an account (domain 1.5)."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from komma_tracker.access import scope
from komma_tracker.access.guards import public
from komma_tracker.alliances.guests import AllianceTold, told_to
from komma_tracker.db import db
from komma_tracker.feeds import queries, serving
from komma_tracker.feeds.rules import has_page
from komma_tracker.feeds.views import ERRAND, press
from komma_tracker.kit.clock import today
from komma_tracker.kit.context import context
from komma_tracker.kit.locale import current_locale

bp = Blueprint("guests", __name__)


@bp.get("/feeds/<token>/allianz", provide_automatic_options=False)
@public
def alliance(token: str) -> str:
    """What a side may read of its alliance. The token is the calendar's: it opens this page as long as that."""
    day = today()
    with scope.system_session(db.engine, ERRAND) as session:
        admitted = serving.admit(session.connection(), token=token, today=day)
    if admitted is None or not has_page(admitted.contents):
        abort(404)
    session, contents, reader = db.session(), admitted.contents, admitted.reader
    scope.bind(session, reader)
    assert contents.side is not None
    told: list[tuple[str, AllianceTold]] = []
    for place in contents.municipality_ids:  # few: those in which one organisation sits
        [label] = queries.labels_of_calendar(session, municipality_ids=(place,))
        found = told_to(session, reader, contents.side, municipality_id=place, meetings=context().meetings, today=day)
        told.append((label.name, found))
    coming = serving.coming_of(session, admitted, press=press(current_locale()), today=day)
    return render_template("feeds/alliance.html", side=contents.side, told=told, coming=coming)
