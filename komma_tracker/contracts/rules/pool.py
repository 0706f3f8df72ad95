"""The programme pool: days that no municipality has, and the ways by which they move (domain 5.4, case 8)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_


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
