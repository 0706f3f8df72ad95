"""The programme pool: days that no municipality has, and the ways by which they move (domain 5.4, case 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


class TransferKind(StrEnum):
    """Whether people moved days, or a contract's early end returned them."""

    MOVE = "move"
    RETURN = "return"

    @property
    def label(self) -> str:
        """The German msgid."""
        return TRANSFER_KIND_LABELS[self]


TRANSFER_KIND_LABELS: Mapping[TransferKind, str] = {
    TransferKind.MOVE: N_("Verschiebung"),
    TransferKind.RETURN: N_("Rückfluss nach Vertragsende"),
}


class TransferState(StrEnum):
    """How far a move of days through the pool has come."""

    PROPOSED = "proposed"
    APPROVED_ONCE = "approved_once"
    AMENDING = "amending"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The German msgid."""
        return TRANSFER_STATE_LABELS[self]


TRANSFER_STATE_LABELS: Mapping[TransferState, str] = {
    TransferState.PROPOSED: N_("vorgeschlagen"),
    TransferState.APPROVED_ONCE: N_("einmal freigegeben"),
    TransferState.AMENDING: N_("Nachträge in Abstimmung"),
    TransferState.DONE: N_("vollzogen"),
    TransferState.REFUSED: N_("abgelehnt"),
    TransferState.WITHDRAWN: N_("zurückgezogen"),
}

_LEAD = frozenset({Role.LEAD})

TRANSFER_MOVES: Mapping[TransferState, Mapping[TransferState, frozenset[Role]]] = {
    TransferState.PROPOSED: {
        TransferState.APPROVED_ONCE: _LEAD,
        TransferState.REFUSED: _LEAD,
        TransferState.WITHDRAWN: _LEAD,
    },
    TransferState.APPROVED_ONCE: {
        TransferState.AMENDING: _LEAD,
        TransferState.REFUSED: _LEAD,
        TransferState.WITHDRAWN: _LEAD,
    },
    TransferState.AMENDING: {TransferState.DONE: _LEAD, TransferState.WITHDRAWN: _LEAD},
    TransferState.DONE: {},
    TransferState.REFUSED: {},
    TransferState.WITHDRAWN: {},
}
"""Which state follows which, and who may say so: two leads approve, then the amendments are signed."""

NEXT_APPROVAL: Mapping[TransferState, TransferState] = {
    TransferState.PROPOSED: TransferState.APPROVED_ONCE,
    TransferState.APPROVED_ONCE: TransferState.AMENDING,
}
"""Where an approval leads."""

UNDER_WAY = frozenset({TransferState.PROPOSED, TransferState.APPROVED_ONCE, TransferState.AMENDING})
"""States in which days are promised, but have not moved."""

REASON_FOR_MUNICIPALITIES = "Verschiebung über den Programmtopf"
"""What an amendment says that a move of days has brought about: neither side reads of the other."""


def check_transfer_move(state: TransferState, target: TransferState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = TRANSFER_MOVES[state].get(target)
    if roles is None:
        message = N_("Eine Verschiebung im Stand „%(state)s“ kann nicht in den Stand „%(target)s“ wechseln.")
        raise Invalid(None, message, state=state, target=target)
    if role not in roles:
        raise Forbidden


def can_transfer_move(state: TransferState, target: TransferState, role: Role) -> bool:
    """Whether `check_transfer_move` lets it pass."""
    try:
        check_transfer_move(state, target, role)
    except DomainError:
        return False
    return True


def check_four_eyes(first: int | None, second: int) -> None:
    """Raise Invalid where one person would approve twice."""
    if first == second:
        message = N_("Sie haben diese Verschiebung schon freigegeben. Die zweite Freigabe gibt ein anderes Konto.")
        raise Invalid(None, message)


@dataclass(frozen=True)
class PoolMove:
    """Minutes that moved, or shall, from a day on, out of the pool or into it; between contracts it is both."""

    state: TransferState
    from_pool: bool
    to_pool: bool
    minutes: int
    effective_from: date


def pool_balance(moves: Iterable[PoolMove], on: date = date.max) -> int:
    """Minutes that lie in the pool on a date.

    It can be less than nothing: where a contract that has ended still used what it had returned.
    """
    done = [move for move in moves if move.state is TransferState.DONE and move.effective_from <= on]
    return sum(move.minutes * (move.to_pool - move.from_pool) for move in done)


def reserved(moves: Iterable[PoolMove]) -> int:
    """Minutes of the pool that are promised, but have not left it."""
    return sum(move.minutes for move in moves if move.from_pool and move.state in UNDER_WAY)


def available(moves: Iterable[PoolMove], since: date) -> int:
    """Minutes of the pool that can be given away from a day on: what later moves need is not free."""
    every = tuple(moves)
    days = {since, *(move.effective_from for move in every if move.effective_from > since)}
    return min(pool_balance(every, day) for day in days) - reserved(every)


def check_transfer(minutes: int, left: int, *, same: bool) -> None:
    """Raise Invalid where there is nothing to move, nowhere to, or not so much left."""
    if same:
        raise Invalid("target", N_("Bitte zwei verschiedene Seiten wählen."))
    if minutes <= 0:
        raise Invalid("minutes", N_("Bitte angeben, wie viele Tage verschoben werden."))
    if minutes > left:
        raise Invalid("minutes", N_("So viele Tage sind dort nicht mehr frei."))


def to_return(agreed_minutes: int, used_minutes: int, returned_minutes: int) -> int:
    """Minutes that a contract which ended early still owes the pool, or negative gets back (domain 5.4, case 8).

    A contract that used more than was agreed returns nothing.

    >>> to_return(80 * 480, 41 * 480, 0) // 480
    39
    """
    return max(0, agreed_minutes - used_minutes) - returned_minutes
