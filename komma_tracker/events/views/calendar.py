"""Pages of many sessions: the calendar, and what waits to be confirmed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from flask import render_template, request

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Permission, Viewer, may
from komma_tracker.db import Session, db
from komma_tracker.events import queries
from komma_tracker.events.filter_forms import FilterForm, filter_form
from komma_tracker.events.hints import days_of
from komma_tracker.events.lateness import LateState, can_decide
from komma_tracker.events.permissions import can_hold
from komma_tracker.events.queries import MOST_ROWS
from komma_tracker.events.rules import YEARS
from komma_tracker.events.shown import ShownSession
from komma_tracker.events.views.pages import bp
from komma_tracker.kit.clock import local_now, today

SHAPES = ("month", "list")


@bp.get("/calendar")
@guard(Permission.CALENDAR_VIEW)
def calendar() -> str:
    """A month of sessions as a grid or a list, or those that are over and wait to be confirmed."""
    shape = request.args.get("view", "")
    if shape == "open" and may(current_viewer(), Permission.SESSION_EDIT):
        return _to_confirm()
    month = shown_month(db.session(), current_viewer())
    return render_template(
        "events/calendar.html",
        form=month.form,
        sessions=month.sessions,
        by_date=_by_date(month.sessions),
        cut_off=len(month.sessions) == MOST_ROWS,
        first=month.first,
        previous=(month.first - timedelta(days=1)).replace(day=1),
        following=_next_month(month.first),
        shape=shape if shape in SHAPES else SHAPES[0],
        query={name: value for name in ("municipality", "kind") if (value := request.args.get(name))},
        today=today(),
    )


class ShownMonth(NamedTuple):
    """The sessions of a month that the address asks for, and the form that says which."""

    form: FilterForm
    first: date
    sessions: list[ShownSession]


def shown_month(session: Session, viewer: Viewer) -> ShownMonth:
    """What the calendar shows, for whoever shows it."""
    form = filter_form(session, viewer, formdata=request.args)
    first = _month(request.args.get("month"))
    sessions = queries.sessions_between(
        session,
        viewer,
        start=datetime.combine(first, time.min),
        end=datetime.combine(_next_month(first), time.min),
        municipality_id=form.municipality_id,
        kind=form.chosen_kind,
    )
    return ShownMonth(form, first, sessions)


def _to_confirm() -> str:
    viewer = current_viewer()
    mine = None if viewer.sees_all else viewer.user_id
    sessions = queries.sessions_to_confirm(db.session(), viewer, consultant_id=mine, local_now=local_now())
    holders = {shown.id for shown in sessions if can_hold(viewer, shown)}
    late = queries.late_to_decide(db.session(), viewer) if can_decide(LateState.PROPOSED, viewer.role) else []
    return render_template("events/open.html", sessions=sessions, holders=holders, late=late)


def _by_date(sessions: list[ShownSession]) -> dict[date, list[ShownSession]]:
    """Sessions by each date that they touch."""
    found: dict[date, list[ShownSession]] = {}
    for shown in sessions:
        for day in days_of(shown.starts_local, shown.ends_local):
            found.setdefault(day, []).append(shown)
    return found


def _month(text: str | None) -> date:
    """The first day of the month asked for; anything that is none means this one."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = today().replace(day=1)
    return first if first.year in YEARS else today().replace(day=1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
