"""Contracts for tests: in force for the whole of 2026, 80 days in three work packages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.rules import ContractState
from komma_tracker.municipalities.models import Municipality

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DAY = 480
PACKAGES = (("AP0", "Steuerung", 20), ("AP1", "Bedarfsanalyse", 20), ("AP4", "Trainings und Coachings", 40))
_TERMS = frozenset(ContractTerms.__table__.columns.keys()) - frozenset(Contract.__table__.columns.keys())


def make_contract(
    session: Session,
    municipality: Municipality,
    *,
    state: ContractState = ContractState.IN_FORCE,
    packages: Sequence[tuple[str, str, int]] = PACKAGES,
    **values: Any,
) -> Contract:
    """A signed contract; packages are code, title and days; further values are those of the contract or its terms."""
    terms: dict[str, Any] = {
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "agreed_minutes": 80 * DAY,
        "signed_by_municipality_on": date(2025, 12, 10),
        "signed_by_carrier_on": date(2025, 12, 15),
    }
    terms |= {name: values.pop(name) for name in list(values) if name in _TERMS}
    terms.setdefault("effective_from", terms["starts_on"])
    contract = Contract(municipality_id=municipality.id, state=state, created_at=LONG_AGO, **values)
    contract.terms = [ContractTerms(number=0, **terms)]
    contract.work_packages = [
        WorkPackage(code=code, title=title, planned_minutes=days * DAY, position=position)
        for position, (code, title, days) in enumerate(packages)
    ]
    session.add(contract)
    session.flush()
    return contract


def make_amendment(session: Session, contract: Contract, **values: Any) -> ContractTerms:
    """One more row of terms, unsigned unless dates say otherwise; what is not given stays as it was."""
    base = contract.terms[-1]
    kept = {
        name: getattr(base, name)
        for name in _TERMS
        if name not in ("id", "number", "signed_by_municipality_on", "signed_by_carrier_on", "contract_id")
    }
    terms = ContractTerms(**{**kept, "number": base.number + 1, **values})
    contract.terms.append(terms)
    session.flush()
    return terms
