"""Use cases of work packages: plan them by calendar year, move days from one to another, decide on that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, NotFound, Permission, Role, System, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.contracts.models import Contract, PackageYear, Reallocation
from komma_tracker.contracts.queries import (
    PackagePlan,
    contract_for_change,
    package_plans,
    reallocation_by_public_id,
)
from komma_tracker.contracts.record import record
from komma_tracker.contracts.rules import (
    MOVED,
    OVER,
    ReallocationState,
    Share,
    check_decision,
    check_reallocation,
    first_state,
    moved_years,
)
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Ledger


def plan_years(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    plan: Mapping[tuple[int, int], int],
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Share out packages over calendar years: minutes by package and year; without any there is no such plan.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract = _contract(session, viewer, municipality_id, Permission.CONTRACT_EDIT)
        if audit.done_before(session, viewer, request_key):
            return
        if version != contract.version:
            raise Conflict
        before = _years(package_plans(session, viewer, contract_id=contract.id))
        ids = [package.id for package in contract.work_packages]
        session.execute(delete(PackageYear).where(PackageYear.work_package_id.in_(ids)))
        rows = {key: minutes for key, minutes in plan.items() if minutes and key[0] in ids}
        if any(minutes < 0 for minutes in rows.values()):
            raise Invalid(None, N_("Bitte die Tage als Zahl angeben, zum Beispiel 12,25."))
        session.add_all(
            PackageYear(work_package_id=package, year=year, planned_minutes=minutes)
            for (package, year), minutes in rows.items()
        )
        contract.touch()
        session.flush()
        after = {f"{package}/{year}": minutes for (package, year), minutes in rows.items()}
        record(
            session, viewer, "contract.plan_years", contract, before=before, after=after, now=now,
            request_key=request_key,
        )  # fmt: skip


def reallocate(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    source: str,
    target: str,
    year: int,
    minutes: int,
    reason: str,
    confirmed: bool,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> Reallocation | None:
    """Move minutes of a calendar year from one package to another, both by their codes; much waits for the lead.

    The plans by year follow as soon as it holds.
    Gives None for a form that arrives again. Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        contract = _contract(session, viewer, municipality_id, Permission.CONTRACT_REALLOCATE)
        if audit.done_before(session, viewer, request_key):
            return None
        plans = {plan.code: plan for plan in package_plans(session, viewer, contract_id=contract.id)}
        for field, code in (("source", source), ("target", target)):
            if code not in plans:
                raise Invalid(field, N_("Dieses Arbeitspaket gibt es im Vertrag nicht."))
        if not reason.strip():
            raise Invalid("reason", N_("Bitte den Grund angeben."))
        shares = _shares(session, viewer, contract, plans, ledger)
        check_reallocation(minutes, shares[source], shares[target], confirmed=confirmed)
        moved_years(minutes, year, source, plans[source].years, plans[target].years)
        moved = Reallocation(
            contract_id=contract.id,
            from_package_id=plans[source].id,
            to_package_id=plans[target].id,
            year=year,
            minutes=minutes,
            reason=reason.strip(),
            state=first_state(minutes, shares[target], _role(viewer)),
            recorded_by_id=_who(viewer),
            recorded_at=now,
        )
        if moved.state is ReallocationState.APPROVED:
            moved.decided_by_id, moved.decided_at = moved.recorded_by_id, now
        if moved.state in MOVED:
            _replan(session, moved, plans[source], plans[target])
        session.add(moved)
        contract.touch()
        session.flush()
        record(session, viewer, "contract.reallocate", contract, after=facts(moved), now=now, request_key=request_key)
    return moved


def decide_reallocation(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    public_id: str,
    grant: bool,
    confirmed: bool,
    ledger: Ledger,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Approve a reallocation that waits, or refuse it. Raises NotFound, Forbidden, Invalid."""
    with unit_of_work(session):
        contract = _contract(session, viewer, municipality_id, Permission.CONTRACT_EDIT)
        if audit.done_before(session, viewer, request_key):
            return
        moved = reallocation_by_public_id(session, viewer, public_id, contract_id=contract.id)
        target = ReallocationState.APPROVED if grant else ReallocationState.REFUSED
        check_decision(moved.state, target, _role(viewer))
        before = facts(moved)
        if grant:
            plans = {plan.id: plan for plan in package_plans(session, viewer, contract_id=contract.id)}
            shares = _shares(session, viewer, contract, {plan.code: plan for plan in plans.values()}, ledger)
            source, into = (shares[plans[each].code] for each in (moved.from_package_id, moved.to_package_id))
            check_reallocation(moved.minutes, source, into, confirmed=confirmed)
            _replan(session, moved, plans[moved.from_package_id], plans[moved.to_package_id])
        moved.state, moved.decided_by_id, moved.decided_at = target, _who(viewer), now
        contract.touch()
        session.flush()
        record(
            session, viewer, "contract.decide_reallocation", contract, before=before, after=facts(moved), now=now,
            request_key=request_key,
        )  # fmt: skip


def facts(moved: Reallocation) -> dict[str, Any]:
    """What the record keeps of a reallocation: ids, numbers and its state; no text."""
    return {
        "reallocation": moved.public_id,
        "from_package_id": moved.from_package_id,
        "to_package_id": moved.to_package_id,
        "year": moved.year,
        "minutes": moved.minutes,
        "state": moved.state.value,
    }


def _replan(session: Session, moved: Reallocation, source: PackagePlan, target: PackagePlan) -> None:
    """Let the plans by year follow a move."""
    year = moved.year
    after = moved_years(moved.minutes, year, source.code, source.years, target.years)
    packages = [source.id, target.id]
    session.execute(delete(PackageYear).where(PackageYear.work_package_id.in_(packages), PackageYear.year == year))
    session.add_all(
        PackageYear(work_package_id=package, year=year, planned_minutes=years[year])
        for package, years in zip(packages, after, strict=True)
        if year in years
    )


def _contract(session: Session, viewer: Actor, municipality_id: int, permission: Permission) -> Contract:
    contract = contract_for_change(session, viewer, municipality_id)
    if contract is None:
        raise NotFound
    check(viewer, permission, municipality_id)
    if contract.state in OVER:
        raise Invalid(None, N_("Dieser Vertrag ist beendet und lässt sich nicht mehr ändern."))
    return contract


def _shares(
    session: Session, viewer: Actor, contract: Contract, plans: Mapping[str, PackagePlan], ledger: Ledger
) -> dict[str, Share]:
    used: dict[int | None, int] = {}
    for (package, _), minutes in ledger.package_minutes(session, viewer, contract_id=contract.id).items():
        used[package] = used.get(package, 0) + minutes
    return {
        code: Share(code, plan.agreed_minutes, plan.planned_minutes, used.get(plan.id, 0), plan.moved_in)
        for code, plan in plans.items()
    }


def _years(plans: list[PackagePlan]) -> dict[str, int]:
    return {f"{plan.id}/{year}": minutes for plan in plans for year, minutes in plan.years.items()}


def _role(viewer: Actor) -> Role:
    return viewer.role if isinstance(viewer, Viewer) else Role.LEAD


def _who(viewer: Actor) -> int | None:
    return None if isinstance(viewer, System) else viewer.user_id
