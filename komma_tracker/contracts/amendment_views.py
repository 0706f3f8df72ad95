"""Pages of amendments."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, NotFound, Permission
from komma_tracker.contracts import amending
from komma_tracker.contracts.amendment_forms import AmendmentForm, SignatureForm, amendment_form, signature_form
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import amendment_state, amendments, check_amendable, measure
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm, differences
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_by_code

bp = Blueprint("amendments", __name__, url_prefix="/municipalities/<code>/contract/amendments")
Answer = Response | str | tuple[str, int]


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def new(code: str) -> Answer:
    """Draft an amendment."""
    return _edit(code, None)


@bp.route("/<int:number>/edit", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def edit(code: str, number: int) -> Answer:
    """Change a draft; where somebody else was quicker, both versions are shown."""
    return _edit(code, number)


@bp.route("/<int:number>/sign", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def sign(code: str, number: int) -> Answer:
    """Record the signatures of an amendment."""
    municipality, contract = _contract(code)
    terms = amending.amendment_of(contract, number)
    form = signature_form(terms.as_rules(), version=contract.version)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            amending.sign_amendment(
                db.session(), current_viewer(), number=number, ledger=context().ledger, today=today(),
                signed_by_municipality_on=form.signed_by_municipality_on.data,
                signed_by_carrier_on=form.signed_by_carrier_on.data, **_given(municipality.id, form),
            )  # fmt: skip
            flash(gettext("Unterschriften eingetragen."), "success")
            return redirect(url_for("contracts.show", code=code, _anchor="nachtraege"))
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(None, error.message))
            status = 409
    found = next(changes for each, changes in amendments(contract.all_terms()) if each.number == number)
    return render_template(
        "contracts/sign.html", form=form, municipality=municipality, contract=contract, terms=terms, changes=found,
        state=amendment_state(terms.as_rules(), today()), per_day=measure(contract.all_terms()),
    ), status  # fmt: skip


@bp.post("/<int:number>/withdraw")
@guard(Permission.CONTRACT_EDIT)
def withdraw(code: str, number: int) -> Answer:
    """Take a draft back."""
    municipality, _ = _contract(code)
    form = SignatureForm()
    if form.validate_on_submit():
        try:
            amending.withdraw_amendment(db.session(), current_viewer(), number=number, **_given(municipality.id, form))
            flash(gettext("Nachtrag zurückgezogen."), "success")
        except (Invalid, Conflict) as error:
            flash(message_of(error), "danger")
    return redirect(url_for("contracts.show", code=code, _anchor="nachtraege"))


def _edit(code: str, number: int | None) -> Answer:
    municipality, contract = _contract(code)
    if number is None:
        try:
            check_amendable(contract.state, contract.all_terms())
        except Invalid as error:
            flash(message_of(error), "danger")
            return redirect(url_for("contracts.show", code=code))
    form, clash = _form(contract, number), None
    if form.validate_on_submit():
        try:
            _save(municipality.id, number, form)
            flash(gettext("Nachtrag gespeichert. Er wirkt erst, wenn beide unterschrieben haben."), "success")
            return redirect(url_for("contracts.show", code=code, _anchor="nachtraege"))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            stored = _form(_contract(code)[1], number, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template(
        "contracts/amendment.html", form=form, clash=clash, municipality=municipality, contract=contract, number=number
    ), status


def _contract(code: str) -> tuple[Any, Any]:
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    contract = contract_of(session, viewer, municipality.id)
    if contract is None:
        raise NotFound
    return municipality, contract


def _form(contract: Any, number: int | None, *, stored: bool = False) -> AmendmentForm:
    known = {"per_day": measure(contract.all_terms()), "version": contract.version, "stored": stored}
    if number is None:
        return amendment_form(amending.base_of(contract), draft=False, **known)
    terms = amending.amendment_of(contract, number)
    return amendment_form(terms.as_rules(), draft=True, reason=terms.reason, reference=terms.reference or "", **known)


def _save(municipality_id: int, number: int | None, form: AmendmentForm) -> None:
    session, viewer = db.session(), current_viewer()
    given = _given(municipality_id, form) | {"draft": form.draft(), "ledger": context().ledger}
    if number is None:
        amending.draft_amendment(session, viewer, **given)
    else:
        amending.change_amendment(session, viewer, number=number, **given)


def _given(municipality_id: int, form: BaseForm) -> dict[str, Any]:
    """What every use case is told."""
    return {
        "municipality_id": municipality_id,
        "version": form.row_version,
        "now": now(),
        "request_key": form.request_key.data,
    }
