"""What the audit trail keeps of contracts: numbers, dates and states; neither names nor titles nor reasons."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.audit import service as audit
from komma_tracker.contracts.models import Contract, ContractTerms

Facts = dict[str, Any]


def facts_of_contract(contract: Contract) -> Facts:
    """What the record keeps of a contract with its own terms."""
    terms = contract.terms[0].as_rules()
    return {
        "state": contract.state.value,
        "scope": terms.scope_kind.value,
        "starts_on": terms.starts_on.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
        "ended_on": _iso(contract.ended_on),
        "ended_by": contract.ended_by,
        "end_reason": contract.end_reason,
        "signed_by_municipality_on": _iso(terms.signed_by_municipality_on),
        "signed_by_carrier_on": _iso(terms.signed_by_carrier_on),
        "agreed_minutes": terms.agreed_minutes,
        "rules": asdict(terms.rules),
        "packages": {str(package.id): package.planned_minutes for package in contract.work_packages},
    }


def facts_of_amendment(amendment: ContractTerms) -> Facts:
    """What the record keeps of an amendment."""
    terms = amendment.as_rules()
    return {
        "number": terms.number,
        "effective_from": terms.effective_from.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
        "signed_by_municipality_on": _iso(terms.signed_by_municipality_on),
        "signed_by_carrier_on": _iso(terms.signed_by_carrier_on),
        "agreed_minutes": terms.agreed_minutes,
        "scope": terms.scope_kind.value,
        "rules": asdict(terms.rules),
        "waits_for_counterpart": terms.waits_for_counterpart,
    }


def record(
    session: Session,
    viewer: Actor,
    action: str,
    contract: Contract,
    *,
    before: Facts | None = None,
    after: Facts,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Keep a record of what happened to a contract, its terms or its packages."""
    audit.record(
        session,
        viewer,
        action=action,
        object_type="contract",
        object_id=contract.public_id,
        municipality_id=contract.municipality_id,
        before=before,
        after=after,
        request_key=request_key,
        now=now,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
