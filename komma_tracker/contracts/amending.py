"""Use cases of amendments: draft one, change or withdraw it, record its signatures; it never overwrites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, NotFound, Permission, check
from komma_tracker.audit import service as audit
from komma_tracker.audit.queries import take_turns
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.pool_queries import amendments_of, transfer_by_id
from komma_tracker.contracts.queries import contract_for_change
from komma_tracker.contracts.record import facts_of_amendment, record
from komma_tracker.contracts.rules import (
    AMENDABLE,
    Amended,
    Terms,
    TransferState,
    check_amendable,
    check_amended,
    check_effective,
    check_signing,
    terms_at_end,
)
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Ledger

TURN = "pool"
"""Whoever moves days between contracts waits for those who do so already: a pair of amendments holds two of them."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an amendment shall say, why, and under which file reference."""

    amended: Amended
    reason: str
    reference: str = ""


def draft_amendment(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    draft: Draft,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> ContractTerms:
    """Begin an amendment: without two signatures it has no effect.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract = contract_to_amend(session, viewer, municipality_id)
        if audit.done_before(session, viewer, request_key):
            return contract.terms[-1]
        _check_version(contract, version)
        check_amendable(contract.state, contract.all_terms())
        terms = add_amendment(contract, base=base_of(contract))
        _fill(session, viewer, contract, terms, draft, ledger)
        record(
            session, viewer, "amendment.draft", contract, after=facts_of_amendment(terms), now=now,
            request_key=request_key,
        )  # fmt: skip
    return terms


def change_amendment(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    number: int,
    version: int | None,
    draft: Draft,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> ContractTerms:
    """Change an amendment that does not bind yet; a signature on what it said before is void.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract = contract_to_amend(session, viewer, municipality_id)
        terms = amendment_of(contract, number)
        if audit.done_before(session, viewer, request_key):
            return terms
        _check_version(contract, version)
        _check_own(terms)
        before = facts_of_amendment(terms)
        terms.signed_by_municipality_on = terms.signed_by_carrier_on = None
        _fill(session, viewer, contract, terms, draft, ledger)
        record(
            session, viewer, "amendment.change", contract, before=before, after=facts_of_amendment(terms), now=now,
            request_key=request_key,
        )  # fmt: skip
    return terms


def withdraw_amendment(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    number: int,
    version: int | None,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Take back an amendment that does not bind yet; the record keeps what it said.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract = contract_to_amend(session, viewer, municipality_id)
        if audit.done_before(session, viewer, request_key):
            return
        terms = amendment_of(contract, number)
        _check_version(contract, version)
        _check_own(terms)
        before = facts_of_amendment(terms)
        record(
            session, viewer, "amendment.withdraw", contract, before=before, after=facts_of_amendment(terms), now=now,
            request_key=request_key,
        )  # fmt: skip
        contract.terms.remove(terms)
        contract.touch()


def sign_amendment(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    number: int,
    version: int | None,
    signed_by_municipality_on: date | None,
    signed_by_carrier_on: date | None,
    ledger: Ledger,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> ContractTerms:
    """Record signatures; with both, the amendment binds from its date on.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        take_turns(session, TURN)
        contract = contract_to_amend(session, viewer, municipality_id)
        terms = amendment_of(contract, number)
        if audit.done_before(session, viewer, request_key):
            return terms
        _check_version(contract, version)
        _check_open(terms)
        before = facts_of_amendment(terms)
        terms.signed_by_municipality_on, terms.signed_by_carrier_on = signed_by_municipality_on, signed_by_carrier_on
        check_signing(terms.as_rules(), today)
        contract.touch()
        if terms.as_rules().has_both_signatures:
            _conclude(session, viewer, terms, ledger, now)
        record(
            session, viewer, "amendment.sign", contract, before=before, after=facts_of_amendment(terms), now=now,
            request_key=request_key,
        )  # fmt: skip
    return terms


# Parts of these use cases, which moves of days through the pool are made of too.


def contract_to_amend(session: Session, viewer: Actor, municipality_id: int) -> Contract:
    """The contract, held until the end of the transaction: no month of it is submitted meanwhile.

    Raises NotFound, Forbidden.
    """
    contract = contract_for_change(session, viewer, municipality_id)
    if contract is None:
        raise NotFound
    check(viewer, Permission.CONTRACT_EDIT, municipality_id)
    return contract


def amendment_of(contract: Contract, number: int) -> ContractTerms:
    """The amendment with this number. Raises NotFound."""
    found = next((terms for terms in contract.terms if terms.number == number and number > 0), None)
    if found is None:
        raise NotFound
    return found


def base_of(contract: Contract) -> Terms:
    """What is agreed at last, on which the next amendment builds."""
    base = terms_at_end(contract.all_terms())
    assert base, "a contract in force has been signed"
    return base


def add_amendment(contract: Contract, *, base: Terms) -> ContractTerms:
    """One more row of terms that says the same as those before."""
    terms = ContractTerms(
        number=contract.terms[-1].number + 1,
        effective_from=base.effective_from,
        starts_on=base.starts_on,
        ends_on=base.ends_on,
        agreed_minutes=base.agreed_minutes,
        reason="",
        waits_for_counterpart=False,
    )
    terms.set_scope(base.scope_kind, base.units)
    terms.set_rules(base.rules)
    contract.terms.append(terms)
    contract.touch()
    return terms


def _conclude(session: Session, viewer: Actor, terms: ContractTerms, ledger: Ledger, now: datetime) -> None:
    """Let an amendment bind, or both halves of a pair as soon as all have signed."""
    if terms.transfer_id is None:
        bind(session, viewer, terms.contract, terms, ledger)
        return
    session.flush()
    pair = amendments_of(session, terms.transfer_id)
    if not all(half.as_rules().has_both_signatures for half in pair):
        return
    for half in pair:
        contract = contract_to_amend(session, viewer, half.contract.municipality_id)
        half.waits_for_counterpart = False
        contract.touch()
        bind(session, viewer, contract, half, ledger)
    transfer = transfer_by_id(session, terms.transfer_id)
    transfer.state, transfer.done_at = TransferState.DONE, now


def bind(session: Session, viewer: Actor, contract: Contract, terms: ContractTerms, ledger: Ledger) -> None:
    """What follows from the last signature: work in open months is counted anew where the rules changed.

    Raises Invalid where the contract has ended, or a month would change that was submitted in the meantime.
    """
    if contract.state not in AMENDABLE:
        raise Invalid(None, N_("Der Vertrag ist nicht mehr in Kraft; ein Nachtrag kann nicht mehr wirksam werden."))
    signed = terms.as_rules()
    base = terms_at_end(each for each in contract.all_terms() if each.number != terms.number)
    assert base
    check_effective(signed.effective_from, base, ledger.closed_months(session, viewer, contract_id=contract.id))
    session.flush()
    if signed.rules != base.rules:
        ledger.recharge(session, viewer, contract_id=contract.id, since=signed.effective_from)


def _check_version(contract: Contract, version: int | None) -> None:
    if version != contract.version:
        raise Conflict


def _check_open(terms: ContractTerms) -> None:
    if terms.as_rules().is_signed:
        raise Invalid(None, N_("Dieser Nachtrag ist von beiden gezeichnet; ihn ändert nur ein weiterer Nachtrag."))


def _check_own(terms: ContractTerms) -> None:
    _check_open(terms)
    if terms.transfer_id is not None:
        raise Invalid(None, N_("Dieser Nachtrag gehört zu einer Verschiebung; er lässt sich nur mit ihr zurückziehen."))


def _fill(
    session: Session, viewer: Actor, contract: Contract, terms: ContractTerms, draft: Draft, ledger: Ledger
) -> None:
    amended = draft.amended
    others = tuple(each for each in contract.all_terms() if each.number != terms.number)
    check_amended(amended, others, ledger.closed_months(session, viewer, contract_id=contract.id))
    if not draft.reason.strip():
        raise Invalid("reason", N_("Bitte den Grund angeben."))
    terms.effective_from, terms.ends_on = amended.effective_from, amended.ends_on
    terms.agreed_minutes = amended.agreed_minutes
    terms.set_scope(amended.scope_kind, amended.units)
    terms.set_rules(amended.rules)
    terms.reason, terms.reference = draft.reason.strip(), draft.reference.strip() or None
    contract.touch()
    session.flush()
