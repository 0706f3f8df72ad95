"""Pages of contracts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, Invalid, Permission
from komma_tracker.contracts import service
from komma_tracker.contracts.forms import ContractForm, MoveForm, contract_form, draft_form, move_form
from komma_tracker.contracts.pool_queries import partners
from komma_tracker.contracts.queries import contract_of, package_plans, reallocations_of
from komma_tracker.contracts.rules import (
    ACTION_LABELS,
    OVER,
    TERMS_FIXED,
    ContractState,
    can_amend,
    measure,
    next_states,
    state_shown,
    unallocated,
)
from komma_tracker.contracts.shown import amendments_shown, exceeds_signatory, terms_shown, years_of
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import differences
from komma_tracker.municipalities.queries import municipality_by_code

bp = Blueprint("contracts", __name__)
Answer = Response | str | tuple[str, int]


@bp.get("/municipalities/<code>/contract")
@guard(Permission.CONTRACT_VIEW)
def show(code: str) -> Answer:
    """What is agreed with a municipality, and how far the contract has come."""
    return _contract_page(code)


@bp.route("/municipalities/<code>/contract/edit", methods=["GET", "POST"])
@guard(Permission.CONTRACT_EDIT)
def edit(code: str) -> Answer:
    """Draft a contract, or correct it; where somebody else was quicker, both versions are shown."""
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    form, clash = _form(municipality.id), None
    if form.validate_on_submit():
        try:
            _save(municipality.id, form)
            flash(gettext("Vertrag gespeichert."), "success")
            return redirect(url_for("contracts.show", code=code))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            stored = _form(municipality.id, stored=True)
            clash, form.version.data = differences(form, stored), stored.version.data
    status = 409 if clash is not None else 422 if form.is_submitted() else 200
    return render_template("contracts/edit.html", form=form, clash=clash, municipality=municipality), status


@bp.post("/municipalities/<code>/contract/state")
@guard(Permission.CONTRACT_EDIT)
def move(code: str) -> Answer:
    """Move the contract to its next state."""
    session, viewer, form = db.session(), current_viewer(), MoveForm()
    municipality = municipality_by_code(session, viewer, code)
    if not form.validate_on_submit():
        return _contract_page(code, form, status=422)
    try:
        service.move_contract(
            session, viewer, municipality_id=municipality.id, version=form.row_version,
            target=ContractState(form.target.data), signatures=form.signatures(), today=today(), now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _contract_page(code, form, status=422)
    except Conflict as error:
        form.refuse(Invalid(None, error.message))
        return _contract_page(code, form, status=409)
    flash(gettext("Stand des Vertrags geändert."), "success")
    return redirect(url_for("contracts.show", code=code))


def _contract_page(code: str, form: MoveForm | None = None, *, status: int = 200) -> Answer:
    session, viewer = db.session(), current_viewer()
    municipality = municipality_by_code(session, viewer, code)
    contract = contract_of(session, viewer, municipality.id)
    if contract is None:
        return render_template("contracts/none.html", municipality=municipality), status
    form = form or move_form(contract.terms[0].as_rules())
    form.version.data = str(contract.version)
    all_terms, terms = contract.all_terms(), terms_shown(contract, today())
    plans = package_plans(session, viewer, contract_id=contract.id)
    used = context().ledger.package_minutes(session, viewer, contract_id=contract.id)
    return render_template(
        "contracts/show.html",
        municipality=municipality,
        contract=contract,
        terms=terms,
        per_day=measure(all_terms),
        state=state_shown(contract.state, all_terms),
        amendments=amendments_shown(contract, today()),
        partners=partners(session, viewer, contract_id=contract.id)
        if any(each.transfer_id for each in contract.terms)
        else {},
        amendable=can_amend(contract.state, all_terms),
        beyond_signatory=exceeds_signatory(contract, terms),
        rest=unallocated(terms.agreed_minutes, [plan.planned_minutes for plan in plans]),
        plans=plans,
        years=years_of(contract, plans, used, today()),
        used=used,
        reallocations=reallocations_of(session, viewer, contract_id=contract.id),
        form=form,
        targets=next_states(contract.state, viewer.role),
        actions=ACTION_LABELS,
        over=contract.state in OVER,
        fixed=contract.state in TERMS_FIXED,
    ), status


def _form(municipality_id: int, *, stored: bool = False) -> ContractForm:
    contract = contract_of(db.session(), current_viewer(), municipality_id)
    if contract is None or contract.state in OVER:
        return draft_form()
    return contract_form(
        service.agreement_of(contract),
        service.term_of(contract),
        fixed=contract.state in TERMS_FIXED,
        version=contract.version,
        stored=stored,
    )


def _save(municipality_id: int, form: ContractForm) -> None:
    session, viewer, agreement, term = db.session(), current_viewer(), form.agreement(), form.term()
    key = form.request_key.data
    if form.row_version is None and term:
        service.draft_contract(
            session, viewer, municipality_id=municipality_id, agreement=agreement, term=term, now=now(), request_key=key
        )
    else:
        service.change_contract(
            session, viewer, municipality_id=municipality_id, version=form.row_version, agreement=agreement, term=term,
            today=today(), now=now(), request_key=key,
        )  # fmt: skip
