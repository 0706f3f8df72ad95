"""Pages of work packages: the plan by calendar year, moves of days from one to another."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission, check
from komma_tracker.contracts import planning
from komma_tracker.contracts.plan_forms import DecisionForm, reallocation_form, years_form
from komma_tracker.contracts.queries import contract_of, package_plans
from komma_tracker.contracts.rules import ReallocationState, measure
from komma_tracker.contracts.shown import years_shown
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import differences
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_by_code

bp = Blueprint("packages", __name__, url_prefix="/municipalities/<code>/contract/packages")
Answer = Response | str | tuple[str, int]


@bp.route("/years", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def years(code: str) -> Answer:
    """Share out the packages over calendar years; where somebody else was quicker, both versions are shown."""
    municipality, contract, plans = _packages(code)
    shown, per_day = years_shown(contract), measure(contract.all_terms())
    form, clash = years_form(plans, shown, per_day=per_day, version=contract.version), None
    if form.validate_on_submit():
        try:
            planning.plan_years(
                db.session(), current_viewer(), municipality_id=municipality.id, version=form.row_version,
                plan=form.plan(plans, shown), now=now(), request_key=form.request_key.data,
            )  # fmt: skip
            flash(gettext("Jahresplan gespeichert."), "success")
            return redirect(url_for("contracts.show", code=code, _anchor="arbeitspakete"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            _, contract, plans = _packages(code)
            stored = years_form(plans, shown, per_day=per_day, version=contract.version, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(
        "contracts/years.html", form=form, clash=clash, municipality=municipality, plans=plans, years=shown,
        per_day=per_day,
    ), status  # fmt: skip


@bp.route("/reallocate", methods=["GET", "POST"])
@guard(Permission.CONTRACT_REALLOCATE)
def reallocate(code: str) -> Answer:
    """Move days from one package to another."""
    municipality, contract, plans = _packages(code)
    check(current_viewer(), Permission.CONTRACT_REALLOCATE, municipality.id)
    per_day = measure(contract.all_terms())
    form = reallocation_form(plans, years_shown(contract), this_year=today().year, per_day=per_day)
    if form.validate_on_submit():
        try:
            moved = planning.reallocate(
                db.session(), current_viewer(), municipality_id=municipality.id, source=form.source.data,
                target=form.target.data, year=form.year.data, minutes=form.minutes.data,
                reason=form.reason.data or "", confirmed=form.confirmed.data, ledger=context().ledger, now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            waits = moved is not None and moved.state is ReallocationState.WAITING
            done = gettext("Umwidmung eingetragen."), "success"
            flash(*((gettext("Die Umwidmung wartet auf die Freigabe der Programmleitung."), "info") if waits else done))
            return redirect(url_for("contracts.show", code=code, _anchor="umwidmungen"))
        except Invalid as error:
            form.refuse(error)
    return render_template(
        "contracts/reallocate.html", form=form, municipality=municipality, plans=plans, per_day=per_day
    ), 422 if form.is_submitted() else 200


@bp.post("/reallocations/<public_id>")
@guard(Permission.CONTRACT_EDIT)
def decide(code: str, public_id: str) -> Answer:
    """Approve a reallocation that waits, or refuse it."""
    municipality, form = municipality_by_code(db.session(), current_viewer(), code), DecisionForm()
    if form.validate_on_submit():
        try:
            planning.decide_reallocation(
                db.session(), current_viewer(), municipality_id=municipality.id, public_id=public_id,
                grant=form.grants, confirmed=form.confirmed.data, ledger=context().ledger, now=now(),
                request_key=form.request_key.data,
            )  # fmt: skip
            flash(
                gettext("Umwidmung freigegeben.") if form.grants else gettext("Umwidmung nicht freigegeben."), "success"
            )
        except Invalid as error:
            flash(message_of(error), "danger")
    return redirect(url_for("contracts.show", code=code, _anchor="umwidmungen"))


def _packages(code: str) -> tuple[Any, Any, Any]:
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    contract = contract_of(session, viewer, municipality.id)
    if contract is None:
        raise NotFound
    return municipality, contract, package_plans(session, viewer, contract_id=contract.id)
