"""Sessions to take along once: as a file for a calendar program, or on paper. They say what a feed would say."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, g, render_template, request

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Permission
from komma_tracker.db import db
from komma_tracker.events.queries import session_by_public_id
from komma_tracker.events.shown import ShownSession
from komma_tracker.events.views import shown_month
from komma_tracker.feeds import service, serving
from komma_tracker.feeds.ical import calendar_bytes
from komma_tracker.feeds.rules import FILE_HEAD, FeedEvent
from komma_tracker.feeds.views import press
from komma_tracker.kit.clock import now

bp = Blueprint("downloads", __name__)


@bp.get("/sessions/<public_id>/termin.ics")
@guard(Permission.SESSION_VIEW)
def session_file(public_id: str) -> Response:
    """One session as a file."""
    shown = session_by_public_id(db.session(), current_viewer(), public_id)
    return _file([shown], f"KommA-{shown.starts_local:%Y-%m-%d}.ics")


@bp.get("/calendar/month.ics")
@guard(Permission.CALENDAR_VIEW)
def month_file() -> Response:
    """The month that the calendar shows, filtered as there, as a file."""
    month = shown_month(db.session(), current_viewer())
    return _file(month.sessions, f"KommA-{month.first:%Y-%m}.ics")


@bp.get("/calendar/print")
@guard(Permission.CALENDAR_VIEW)
def month_page() -> str:
    """The same month to print."""
    month = shown_month(db.session(), current_viewer())
    query = {name: value for name in ("municipality", "kind") if (value := request.args.get(name))}
    return render_template("feeds/print.html", events=_events(month.sessions), first=month.first, query=query)


def _events(sessions: Sequence[ShownSession]) -> list[FeedEvent]:
    ids = [shown.id for shown in sessions]
    return serving.events_of(db.session(), current_viewer(), ids, press(g.locale))


def _file(sessions: Sequence[ShownSession], name: str) -> Response:
    body = calendar_bytes(FILE_HEAD, _events(sessions))
    service.note_download(db.session(), current_viewer(), now=now())
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
