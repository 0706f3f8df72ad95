"""Reading the programme pool: its moves, and what contracts that ended early still owe it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.accounts.models import User
from komma_tracker.contracts.models import Contract, ContractTerms, PoolTransfer
from komma_tracker.contracts.rules import LEFT_EARLY, UNDER_WAY, PoolMove, TransferKind, TransferState
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity


class TransferRow(NamedTuple):
    """A move of days with the words for what it refers to; a side without a label is the pool."""

    public_id: str
    version: int
    kind: TransferKind
    state: TransferState
    from_code: str | None
    from_label: str | None
    to_code: str | None
    to_label: str | None
    minutes: int
    effective_from: date
    reason: str
    proposed_at: datetime
    proposed_by: str | None
    first_approved_by_id: int | None
    first_approved_by: str | None
    second_approved_by: str | None


_FROM, _TO = aliased(Municipality), aliased(Municipality)
_FROM_WHO, _TO_WHO = aliased(MunicipalityIdentity), aliased(MunicipalityIdentity)
_PROPOSER, _FIRST, _SECOND = aliased(User), aliased(User), aliased(User)
_TRANSFERS = (
    select(
        PoolTransfer.public_id,
        PoolTransfer.version,
        PoolTransfer.kind,
        PoolTransfer.state,
        _FROM.code,
        func.coalesce(_FROM_WHO.name, _FROM.alias),
        _TO.code,
        func.coalesce(_TO_WHO.name, _TO.alias),
        PoolTransfer.minutes,
        PoolTransfer.effective_from,
        PoolTransfer.reason,
        PoolTransfer.proposed_at,
        _PROPOSER.name,
        PoolTransfer.first_approved_by_id,
        _FIRST.name,
        _SECOND.name,
    )
    .select_from(PoolTransfer)
    .outerjoin(_FROM, _FROM.id == PoolTransfer.from_municipality_id)
    .outerjoin(_FROM_WHO, _FROM_WHO.municipality_id == PoolTransfer.from_municipality_id)
    .outerjoin(_TO, _TO.id == PoolTransfer.to_municipality_id)
    .outerjoin(_TO_WHO, _TO_WHO.municipality_id == PoolTransfer.to_municipality_id)
    .outerjoin(_PROPOSER, _PROPOSER.id == PoolTransfer.proposed_by_id)
    .outerjoin(_FIRST, _FIRST.id == PoolTransfer.first_approved_by_id)
    .outerjoin(_SECOND, _SECOND.id == PoolTransfer.second_approved_by_id)
    .order_by(PoolTransfer.id.desc())
)


def transfers(session: Session, viewer: Actor) -> list[TransferRow]:
    """Every move of days, the newest first. One statement."""
    if not may(viewer, Permission.POOL_MANAGE):
        return []
    return [TransferRow._make(row) for row in session.execute(_TRANSFERS)]


def pool_moves(session: Session, viewer: Actor) -> list[PoolMove]:
    """The same as values that rules can reckon with. One statement."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(
            PoolTransfer.state,
            PoolTransfer.from_contract_id.is_(None),
            PoolTransfer.to_contract_id.is_(None),
            PoolTransfer.minutes,
            PoolTransfer.effective_from,
        )
    )
    return [PoolMove(state, bool(out), bool(into), minutes, since) for state, out, into, minutes, since in rows]


def transfer_by_public_id(session: Session, viewer: Actor, public_id: str) -> PoolTransfer:
    """One move of days. Raises NotFound."""
    del viewer  # the session guard applies it
    found = session.scalar(select(PoolTransfer).where(PoolTransfer.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def transfer_by_id(session: Session, transfer_id: int) -> PoolTransfer:
    """One move of days, known to exist: that of an amendment."""
    return session.scalars(select(PoolTransfer).where(PoolTransfer.id == transfer_id)).one()


def amendments_of(session: Session, transfer_id: int) -> Sequence[ContractTerms]:
    """The amendments that carry out a move of days, with their contracts."""
    wanted = select(ContractTerms).where(ContractTerms.transfer_id == transfer_id).order_by(ContractTerms.contract_id)
    return session.scalars(wanted.options(joinedload(ContractTerms.contract).selectinload(Contract.terms))).all()


def under_way(session: Session, contract_id: int) -> Sequence[PoolTransfer]:
    """Moves of days that touch a contract and have not happened yet."""
    touches = or_(PoolTransfer.from_contract_id == contract_id, PoolTransfer.to_contract_id == contract_id)
    return session.scalars(select(PoolTransfer).where(touches, PoolTransfer.state.in_(sorted(UNDER_WAY)))).all()


def returned(session: Session, contract_ids: Sequence[int]) -> dict[int, int]:
    """Minutes that contracts have returned to the pool, less those that they got back. One statement."""
    rows = session.execute(
        select(PoolTransfer.from_contract_id, PoolTransfer.to_contract_id, PoolTransfer.minutes).where(
            PoolTransfer.kind == TransferKind.RETURN,
            or_(PoolTransfer.from_contract_id.in_(contract_ids), PoolTransfer.to_contract_id.in_(contract_ids)),
        )
    )
    found = dict.fromkeys(contract_ids, 0)
    for source, target, minutes in rows:
        found[source or target or 0] += minutes if source else -minutes
    return found


def left_early(session: Session, viewer: Actor, municipality_id: int | None = None) -> Sequence[Contract]:
    """Contracts that ended before their term, of one municipality or all, with their terms. Two statements."""
    del viewer  # the session guard applies it
    wanted = select(Contract).where(Contract.state.in_(sorted(LEFT_EARLY))).order_by(Contract.id)
    if municipality_id is not None:
        wanted = wanted.where(Contract.municipality_id == municipality_id)
    return session.scalars(wanted.options(joinedload(Contract.municipality), selectinload(Contract.terms))).all()


def partners(session: Session, viewer: Actor, *, contract_id: int) -> dict[int, str]:
    """With whom a contract exchanged days, by transfer, as far as the viewer knows of that municipality.

    To whom it is hidden, its alias; to people of a municipality nothing at all. One statement.
    """
    del viewer  # the session guard applies it
    rows = session.execute(
        select(PoolTransfer.id, func.coalesce(MunicipalityIdentity.name, Municipality.alias))
        .select_from(PoolTransfer)
        .join(
            Municipality,
            or_(
                (PoolTransfer.from_contract_id == contract_id) & (Municipality.id == PoolTransfer.to_municipality_id),
                (PoolTransfer.to_contract_id == contract_id) & (Municipality.id == PoolTransfer.from_municipality_id),
            ),
        )
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
    )
    return dict(rows.all())
