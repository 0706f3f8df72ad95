"""Pages of the programme pool, for the lead."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, guard
from komma_tracker.access.rules import Conflict, DomainError, Invalid, Permission
from komma_tracker.accounts.queries import active_leads
from komma_tracker.contracts import pooling
from komma_tracker.contracts.pool_forms import ENDS, DecisionForm, TransferForm, transfer_form
from komma_tracker.contracts.pool_queries import left_early, pool_moves, returned, transfers
from komma_tracker.contracts.rules import NEXT_APPROVAL, UNDER_WAY, can_transfer_move, pool_balance, reserved
from komma_tracker.contracts.shown import debts
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_by_code, municipality_choices

bp = Blueprint("pool", __name__, url_prefix="/pool")
Answer = Response | str | tuple[str, int]


@bp.get("")
@guard(Permission.POOL_MANAGE)
def index() -> Answer:
    """What lies in the pool, what is promised of it, and how it came there."""
    session, viewer = db.session(), current_viewer()
    moves, ended = pool_moves(session, viewer), left_early(session, viewer)
    ids = [contract.id for contract in ended]
    used = context().ledger.used_by_contract(session, viewer, contract_ids=ids)
    return render_template(
        "contracts/pool.html",
        balance=pool_balance(moves, today()),
        later=pool_balance(moves) - pool_balance(moves, today()),
        reserved=reserved(moves),
        transfers=transfers(session, viewer),
        debts=debts(ended, used, returned(session, ids)),
        leads=active_leads(session, viewer),
        under_way=UNDER_WAY,
        approvable=NEXT_APPROVAL,
        may_move=lambda state, target: can_transfer_move(state, target, viewer.role),
        me=viewer.user_id,
        ends=ENDS,
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.POOL_MANAGE)
def new() -> Answer:
    """Propose to move days."""
    places = municipality_choices(db.session(), current_viewer())
    form = transfer_form(places)
    if form.validate_on_submit():
        try:
            _propose(form, {place.code: place.id for place in places})
            flash(gettext("Verschiebung vorgeschlagen. Zwei Personen der Programmleitung geben sie frei."), "success")
            return redirect(url_for("pool.index"))
        except Invalid as error:
            form.refuse(error)
    return render_template("contracts/transfer.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/<public_id>/decision")
@guard(Permission.POOL_MANAGE)
def decide(public_id: str) -> Answer:
    """Approve a move of days, refuse it or withdraw it."""
    form, session, viewer = DecisionForm(), db.session(), current_viewer()
    if form.validate_on_submit():
        try:
            if ending := ENDS.get(form.decision.data or ""):
                pooling.end(
                    session, viewer, public_id=public_id, version=form.row_version, target=ending, now=now(),
                    request_key=form.request_key.data,
                )  # fmt: skip
            else:
                pooling.approve(
                    session, viewer, public_id=public_id, version=form.row_version, ledger=context().ledger,
                    now=now(), request_key=form.request_key.data,
                )  # fmt: skip
            flash(gettext("Entscheidung eingetragen."), "success")
        except (Invalid, Conflict) as error:
            _refused(error)
    return redirect(url_for("pool.index"))


@bp.post("/return/<code>")
@guard(Permission.POOL_MANAGE)
def settle(code: str) -> Answer:
    """Bring the pool what became free after a contract's early end."""
    session, viewer, form = db.session(), current_viewer(), BaseForm()
    municipality = municipality_by_code(session, viewer, code)
    if form.validate_on_submit():
        pooling.settle(
            session, viewer, municipality_id=municipality.id, ledger=context().ledger, today=today(), now=now(),
            request_key=form.request_key.data,
        )  # fmt: skip
        flash(gettext("Rückfluss angeglichen."), "success")
    return redirect(url_for("pool.index"))


def _refused(error: DomainError) -> None:
    flash(message_of(error), "danger")


def _propose(form: TransferForm, ids: dict[str, int]) -> None:
    pooling.propose(
        db.session(), current_viewer(), source_id=ids.get(form.source.data), target_id=ids.get(form.target.data),
        minutes=form.minutes.data, effective_from=form.effective_from.data, reason=form.reason.data or "",
        ledger=context().ledger, now=now(), request_key=form.request_key.data,
    )  # fmt: skip
