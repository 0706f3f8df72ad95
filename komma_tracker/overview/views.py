"""The pages that read across features: today, municipality, portfolio, programme."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from komma_tracker.access import scope
from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import NotFound, Permission
from komma_tracker.budget.forms import QuickForm, again_form
from komma_tracker.db import db
from komma_tracker.kit.clock import local_now, today
from komma_tracker.kit.paging import page_number
from komma_tracker.municipalities.queries import municipality_choices
from komma_tracker.overview import service
from komma_tracker.overview.forms import PaceForm, WhatIfForm
from komma_tracker.overview.outlook import outlook_page, programme_course
from komma_tracker.overview.rules import PortfolioOrder

bp = Blueprint("overview", __name__)


@bp.get("/today", endpoint="today")
@guard(Permission.TODAY_VIEW)
def today_page() -> str:
    """A consultant's day: what comes next, what waits, what was logged."""
    session, viewer = db.session(), current_viewer()
    page = service.today_page(session, viewer, today=today(), local_now=local_now())
    codes = {line.place.code for line in page.places if line.place.contract_id}
    again = again_form(session, viewer, today=today(), codes=codes)
    quick = QuickForm(formdata=None) if codes else None
    return render_template("overview/today.html", page=page, again=again, quick=quick, today=today())


@bp.get("/municipalities/<code>")
@guard(Permission.MUNICIPALITY_VIEW)
def municipality(code: str) -> str:
    """One municipality at a glance: days left, burn-down, packages, sessions, entries."""
    page = service.municipality_page(db.session(), current_viewer(), code=code, today=today(), local_now=local_now())
    return render_template("overview/municipality.html", page=page, today=today())


@bp.get("/my-municipality")
@guard(Permission.MUNICIPALITY_VIEW)
def own_municipality() -> Response:
    """The way of a coordinator to the one municipality that is theirs."""
    choices = municipality_choices(db.session(), current_viewer())
    if not choices:
        raise NotFound
    return redirect(url_for("overview.municipality", code=choices[0].code))


@bp.get("/municipalities/<code>/outlook")
@guard(Permission.OUTLOOK_VIEW)
def outlook(code: str) -> str:
    """What would happen if work went on quicker or slower, or an amendment were agreed."""
    session, form = db.session(), WhatIfForm(request.args)
    page = outlook_page(
        session, current_viewer(), code=code, what_if=form.what_if(), today=today(), local_now=local_now()
    )
    return render_template("overview/outlook.html", page=page, form=form, today=today())


@bp.get("/portfolio/course")
@guard(Permission.PORTFOLIO_VIEW)
def course() -> str:
    """The budgets of the programme, added up."""
    form = PaceForm(request.args)
    found = programme_course(
        db.session(), current_viewer(), what_if=form.what_if(), today=today(), local_now=local_now()
    )
    return render_template("overview/course.html", course=found, form=form, today=today())


@bp.get("/portfolio")
@guard(Permission.PORTFOLIO_VIEW)
def portfolio() -> str:
    """All municipalities side by side."""
    wanted, descending = request.args.get("sort"), request.args.get("order") == "descending"
    found = service.portfolio(
        db.session(),
        current_viewer(),
        order=PortfolioOrder(wanted) if wanted in set(PortfolioOrder) else PortfolioOrder.ATTENTION,
        descending=descending,
        number=page_number(request.args.get("page")),
        today=today(),
        local_now=local_now(),
    )
    return render_template("overview/portfolio.html", portfolio=found, descending=descending, today=today())


@bp.get("/programme")
@guard(Permission.PROGRAMME_VIEW)
def programme() -> str:
    """The programme in sums that point to no municipality."""
    with scope.system_session(db.engine, "programme totals") as system:
        totals = service.programme(system, current_viewer(), today=today())
    return render_template("overview/programme.html", totals=totals, today=today())
