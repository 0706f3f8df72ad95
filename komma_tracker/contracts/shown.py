"""A contract as its page shows it: what holds today, and how it came to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.queries import PackagePlan
from komma_tracker.contracts.rules import (
    OPEN_AMENDMENT,
    AmendmentState,
    Change,
    Level,
    ScopeKind,
    Terms,
    YearLine,
    amendment_state,
    amendments,
    terms_at_end,
    terms_or_draft,
    to_return,
    year_lines,
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


def years_shown(contract: Contract) -> range:
    """The calendar years that the contract touches, with all its amendments."""
    terms = terms_at_end(contract.all_terms()) or terms_shown(contract, date.max)
    return range(terms.starts_on.year, terms.ends_on.year + 1)


def years_of(
    contract: Contract, plans: Sequence[PackagePlan], used: Mapping[tuple[int | None, int], int], today: date
) -> list[YearLine]:
    """Plan and use by calendar year; empty where nobody planned by years."""
    if not any(plan.years for plan in plans):
        return []
    by_year: dict[int, int] = {}
    for (_, year), minutes in used.items():
        by_year[year] = by_year.get(year, 0) + minutes
    years = sorted({*years_shown(contract), *by_year, *(year for plan in plans for year in plan.years)})
    return year_lines((plan.years for plan in plans), by_year, years, today.year)


@dataclass(frozen=True)
class Debt:
    """What a contract that ended early still has to return to the pool; negative where it gets some back. Minutes."""

    contract: Contract
    minutes: int


def debts(ended: Iterable[Contract], used: Mapping[int, int], returned: Mapping[int, int]) -> list[Debt]:
    """Contracts whose return to the pool no longer fits their ledger."""
    found: list[Debt] = []
    for contract in ended:
        terms = terms_at_end(contract.all_terms())
        agreed = terms.agreed_minutes if terms else 0
        found.append(Debt(contract, to_return(agreed, used.get(contract.id, 0), returned[contract.id])))
    return [debt for debt in found if debt.minutes]
