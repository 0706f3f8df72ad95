"""A contract as its page shows it: what holds today, and how it came to hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.rules import (
    OPEN_AMENDMENT,
    AmendmentState,
    Change,
    Level,
    ScopeKind,
    Terms,
    amendment_state,
    amendments,
    terms_or_draft,
)


@dataclass(frozen=True)
class AmendmentShown:
    """An amendment with its state and what it changes."""

    row: ContractTerms
    terms: Terms
    state: AmendmentState
    changes: list[Change]

    @property
    def open(self) -> bool:
        """Whether it can still be changed."""
        return self.state in OPEN_AMENDMENT


def amendments_shown(contract: Contract, today: date) -> list[AmendmentShown]:
    """The amendments of a contract, the newest first."""
    rows = {row.number: row for row in contract.terms}
    return [
        AmendmentShown(rows[terms.number], terms, amendment_state(terms, today), changed)
        for terms, changed in amendments(contract.all_terms())
    ]


def terms_shown(contract: Contract, today: date) -> Terms:
    """What holds today; before anything is signed, what the contract proposes."""
    terms = terms_or_draft(contract.all_terms(), today)
    assert terms, "every contract has terms"
    return terms


def exceeds_signatory(contract: Contract, terms: Terms) -> bool:
    """Whether the head of a unit signed for the whole administration, whom that may not bind (domain 1.1)."""
    return contract.signatory_level is Level.UNIT and terms.scope_kind is ScopeKind.WHOLE
