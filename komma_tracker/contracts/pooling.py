"""Use cases of the programme pool: propose a move of days, approve it with four eyes, end it, return days.

The days of all contracts and of the pool together stay the same at every step.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Forbidden, Invalid, NotFound, Permission, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.audit.queries import take_turns
from komma_tracker.contracts import amending
from komma_tracker.contracts.models import Contract, PoolTransfer
from komma_tracker.contracts.pool_queries import (
    amendments_of,
    left_early,
    pool_moves,
    returned,
    transfer_by_public_id,
    under_way,
)
from komma_tracker.contracts.queries import contract_for_change
from komma_tracker.contracts.record import facts_of_amendment, record
from komma_tracker.contracts.rules import (
    AMENDABLE,
    NEXT_APPROVAL,
    REASON_FOR_MUNICIPALITIES,
    TransferKind,
    TransferState,
    available,
    check_agreed,
    check_amendable,
    check_effective,
    check_four_eyes,
    check_transfer,
    check_transfer_move,
    terms_at_end,
    to_return,
)
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Ledger


def propose(
    session: Session,
    viewer: Actor,
    *,
    source_id: int | None,
    target_id: int | None,
    minutes: int,
    effective_from: date,
    reason: str,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> PoolTransfer | None:
    """Propose to move minutes between two municipalities; None stands for the pool.

    Gives None for a form that arrives again. Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        lead = _lead(viewer)
        take_turns(session, amending.TURN)
        if audit.done_before(session, viewer, request_key):
            return None
        if not reason.strip():
            raise Invalid("reason", N_("Bitte den Grund angeben."))
        contracts = _held(session, viewer, source_id, target_id)
        source = contracts.get(source_id or 0)
        target = contracts.get(target_id or 0)
        for contract in contracts.values():
            _check_movable(session, viewer, contract, effective_from, ledger)
        left = _left(session, viewer, source, effective_from, ledger)
        check_transfer(minutes, left, same=source_id == target_id)
        transfer = PoolTransfer(
            from_contract_id=source.id if source else None,
            from_municipality_id=source_id,
            to_contract_id=target.id if target else None,
            to_municipality_id=target_id,
            minutes=minutes,
            effective_from=effective_from,
            reason=reason.strip(),
            state=TransferState.PROPOSED,
            kind=TransferKind.MOVE,
            proposed_by_id=lead.user_id,
            proposed_at=now,
        )
        session.add(transfer)
        session.flush()
        _record(session, viewer, "transfer.propose", transfer, now=now, request_key=request_key)
    return transfer


def approve(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> PoolTransfer:
    """Approve a move of days; with the second lead's approval both contracts get a draft amendment.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        lead = _lead(viewer)
        take_turns(session, amending.TURN)
        transfer = transfer_by_public_id(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return transfer
        before = _move(transfer, NEXT_APPROVAL.get(transfer.state, TransferState.AMENDING), lead, version)
        if transfer.state is TransferState.APPROVED_ONCE:
            transfer.first_approved_by_id, transfer.first_approved_at = lead.user_id, now
        else:
            check_four_eyes(transfer.first_approved_by_id, lead.user_id)
            transfer.second_approved_by_id, transfer.second_approved_at = lead.user_id, now
            _draft_amendments(session, viewer, transfer, ledger, now)
        session.flush()
        _record(session, viewer, "transfer.approve", transfer, before=before, now=now, request_key=request_key)
    return transfer


def end(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    target: TransferState,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Refuse a move of days or withdraw it, together with amendments that do not bind yet.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        lead = _lead(viewer)
        take_turns(session, amending.TURN)
        transfer = transfer_by_public_id(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return
        before = _move(transfer, target, lead, version)
        transfer.ended_by_id = lead.user_id
        _drop_amendments(session, viewer, transfer, now)
        _record(session, viewer, "transfer.end", transfer, before=before, now=now, request_key=request_key)


def settle(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    ledger: Ledger,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Return what became free since a contract ended early, or take back what it used after all. Raises Forbidden."""
    with unit_of_work(session):
        _lead(viewer)
        take_turns(session, amending.TURN)
        if audit.done_before(session, viewer, request_key):
            return
        for contract in left_early(session, viewer, municipality_id):
            return_days(session, viewer, contract, ledger=ledger, since=today, now=now, request_key=request_key)
            request_key = None  # it stands for the first


def leave(session: Session, viewer: Actor, contract: Contract, *, ledger: Ledger, now: datetime) -> None:
    """What the early end of a contract means for the pool: it gets what is left, and moves under way end.

    Belongs into the transaction that ends the contract.
    """
    for transfer in under_way(session, contract.id):
        before = facts(transfer)
        transfer.state = TransferState.WITHDRAWN
        _drop_amendments(session, viewer, transfer, now)
        _record(session, viewer, "transfer.end", transfer, before=before, now=now)
    assert contract.ended_on
    return_days(session, viewer, contract, ledger=ledger, since=contract.ended_on, now=now)


def return_days(
    session: Session,
    viewer: Actor,
    contract: Contract,
    *,
    ledger: Ledger,
    since: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Bring the pool what a contract has left; days go to nobody else by themselves (domain 5.4, case 8)."""
    owed = owed_by(session, viewer, contract, ledger)
    if not owed:
        return
    gives = owed > 0
    transfer = PoolTransfer(
        kind=TransferKind.RETURN,
        state=TransferState.DONE,
        from_contract_id=contract.id if gives else None,
        from_municipality_id=contract.municipality_id if gives else None,
        to_contract_id=None if gives else contract.id,
        to_municipality_id=None if gives else contract.municipality_id,
        minutes=abs(owed),
        effective_from=since,
        reason="",
        proposed_by_id=viewer.user_id if isinstance(viewer, Viewer) else None,
        proposed_at=now,
        done_at=now,
    )
    session.add(transfer)
    session.flush()
    _record(session, viewer, "transfer.return", transfer, now=now, request_key=request_key)


def owed_by(session: Session, viewer: Actor, contract: Contract, ledger: Ledger) -> int:
    """Minutes that a contract which ended early still owes the pool; negative where it gets some back."""
    terms = terms_at_end(contract.all_terms())
    used = ledger.used_by_contract(session, viewer, contract_ids=[contract.id]).get(contract.id, 0)
    return to_return(terms.agreed_minutes if terms else 0, used, returned(session, [contract.id])[contract.id])


def facts(transfer: PoolTransfer) -> dict[str, Any]:
    """What the record keeps of a move of days: ids, numbers, dates and its state; no text."""
    return {
        "kind": transfer.kind.value,
        "state": transfer.state.value,
        "from_contract_id": transfer.from_contract_id,
        "to_contract_id": transfer.to_contract_id,
        "minutes": transfer.minutes,
        "effective_from": transfer.effective_from.isoformat(),
    }


def _lead(viewer: Actor) -> Viewer:
    check(viewer, Permission.POOL_MANAGE)
    if not isinstance(viewer, Viewer):
        raise Forbidden  # four eyes are people's
    return viewer


def _held(session: Session, viewer: Actor, *municipalities: int | None) -> dict[int, Contract]:
    """The contracts of both sides, held in one order, so that nobody waits for somebody who waits for them."""
    held: dict[int, Contract] = {}
    for municipality_id in sorted(each for each in municipalities if each is not None):
        contract = contract_for_change(session, viewer, municipality_id)
        if contract is None:
            raise NotFound
        held[municipality_id] = contract
    return held


def _check_movable(session: Session, viewer: Actor, contract: Contract, effective_from: date, ledger: Ledger) -> None:
    if contract.state not in AMENDABLE:
        raise Invalid(None, N_("Tage lassen sich nur zwischen Verträgen verschieben, die in Kraft sind."))
    base = amending.base_of(contract)
    check_effective(effective_from, base, ledger.closed_months(session, viewer, contract_id=contract.id))


def _left(session: Session, viewer: Actor, source: Contract | None, since: date, ledger: Ledger) -> int:
    if source is None:
        return available(pool_moves(session, viewer), since)
    used = ledger.used_by_contract(session, viewer, contract_ids=[source.id]).get(source.id, 0)
    promised = sum(each.minutes for each in under_way(session, source.id) if each.from_contract_id == source.id)
    return amending.base_of(source).agreed_minutes - used - promised


def _move(transfer: PoolTransfer, target: TransferState, lead: Viewer, version: int | None) -> dict[str, Any]:
    if version != transfer.version:
        raise Conflict
    check_transfer_move(transfer.state, target, lead.role)
    before = facts(transfer)
    transfer.state = target
    return before


def _draft_amendments(session: Session, viewer: Actor, transfer: PoolTransfer, ledger: Ledger, now: datetime) -> None:
    contracts = _held(session, viewer, transfer.from_municipality_id, transfer.to_municipality_id)
    source = contracts.get(transfer.from_municipality_id or 0)
    left = _left(session, viewer, source, transfer.effective_from, ledger) + transfer.minutes  # its own, promised
    check_transfer(transfer.minutes, left, same=False)
    for contract in contracts.values():
        if contract.id not in (transfer.from_contract_id, transfer.to_contract_id):
            raise Invalid(None, N_("Tage lassen sich nur zwischen Verträgen verschieben, die in Kraft sind."))
        _check_movable(session, viewer, contract, transfer.effective_from, ledger)
        check_amendable(contract.state, contract.all_terms())
        base = amending.base_of(contract)
        terms = amending.add_amendment(contract, base=base)
        gives = contract.id == transfer.from_contract_id
        terms.agreed_minutes = base.agreed_minutes + (-transfer.minutes if gives else transfer.minutes)
        check_agreed(terms.agreed_minutes)
        terms.effective_from, terms.transfer_id = transfer.effective_from, transfer.id
        terms.reason, terms.waits_for_counterpart = REASON_FOR_MUNICIPALITIES, len(contracts) > 1
        session.flush()
        record(session, viewer, "amendment.draft", contract, after=facts_of_amendment(terms), now=now)


def _drop_amendments(session: Session, viewer: Actor, transfer: PoolTransfer, now: datetime) -> None:
    for terms in amendments_of(session, transfer.id):
        contract = terms.contract
        said = facts_of_amendment(terms)
        record(session, viewer, "amendment.withdraw", contract, before=said, after=said, now=now)
        contract.terms.remove(terms)
        contract.touch()
    session.flush()


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    transfer: PoolTransfer,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> None:
    audit.record(
        session,
        viewer,
        action=action,
        object_type="pool_transfer",
        object_id=transfer.public_id,
        before=before,
        after=facts(transfer),
        request_key=request_key,
        now=now,
    )
