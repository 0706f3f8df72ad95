"""Use cases of contracts: draft one, correct it, move it from state to state."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, NotFound, Permission, Role, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.audit.queries import take_turns
from komma_tracker.contracts import amending, pooling
from komma_tracker.contracts.models import Contract, ContractTerms, WorkPackage
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.record import Facts, facts_of_contract, record
from komma_tracker.contracts.rules import (
    CARRIER,
    LEFT_EARLY,
    OVER,
    TERMS_FIXED,
    ContractState,
    CountingRules,
    EndReason,
    Level,
    Party,
    ScopeKind,
    check_agreed,
    check_counting_rules,
    check_end,
    check_end_facts,
    check_packages,
    check_plan_kept,
    check_ready,
    check_scope,
    check_signatures,
    check_term,
    check_transition,
    terms_at_end,
)
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Ledger


@dataclass(frozen=True, kw_only=True)
class Package:
    """A work package as a form says it; `id` is that of the one it was, None for a new one."""

    id: int | None = None
    code: str
    title: str
    planned_minutes: int


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Who agrees, and how the days are shared out; empty text counts as nothing."""

    reference: str = ""
    signatory_name: str = ""
    signatory_office: str = ""
    signatory_level: Level = Level.WHOLE
    carrier_label: str = CARRIER
    packages: tuple[Package, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TermDraft:
    """What is agreed: for whom, the term (both days inclusive), minutes, and how they are counted."""

    starts_on: date
    ends_on: date
    agreed_minutes: int
    scope_kind: ScopeKind = ScopeKind.WHOLE
    units: tuple[str, ...] = ()
    rules: CountingRules = field(default_factory=CountingRules)


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """What is on paper when a contract moves on; None leaves a date as it is."""

    signed_by_municipality_on: date | None = None
    signed_by_carrier_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a contract ends before its time: its last day, on whose part, and why."""

    target: ContractState
    ended_on: date
    ended_by: Party | None = None
    reason: EndReason | None = None


def agreement_of(contract: Contract) -> Agreement:
    """What is agreed now."""
    return Agreement(
        reference=contract.reference or "",
        signatory_name=contract.signatory_name or "",
        signatory_office=contract.signatory_office or "",
        signatory_level=contract.signatory_level,
        carrier_label=contract.carrier_label,
        packages=tuple(
            Package(id=row.id, code=row.code, title=row.title, planned_minutes=row.planned_minutes)
            for row in contract.work_packages
        ),
    )


def term_of(contract: Contract) -> TermDraft:
    """What the contract itself, before any amendment, says of scope, term, days and counting."""
    terms = contract.terms[0].as_rules()
    return TermDraft(**{each.name: getattr(terms, each.name) for each in fields(TermDraft)})


def draft_contract(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    agreement: Agreement,
    term: TermDraft,
    now: datetime,
    request_key: str | None = None,
) -> Contract:
    """Begin a contract. Raises Forbidden; Invalid also where the municipality has one that is not over."""
    with unit_of_work(session):
        check(viewer, Permission.CONTRACT_EDIT, municipality_id)
        current = contract_of(session, viewer, municipality_id)
        if current and audit.done_before(session, viewer, request_key):
            return current
        if current and current.state not in OVER:
            raise Invalid(None, N_("Diese Kommune hat schon einen Vertrag."))
        contract = Contract(municipality_id=municipality_id, created_at=now, state=ContractState.DRAFT)
        contract.terms.append(ContractTerms(number=0))
        session.add(contract)
        _fill_term(contract.terms[0], term)
        _fill(session, contract, agreement)
        record(
            session, viewer, "contract.draft", contract, after=facts_of_contract(contract), now=now,
            request_key=request_key,
        )  # fmt: skip
    return contract


def change_contract(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    agreement: Agreement,
    term: TermDraft | None,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Contract:
    """Correct a contract; `term` is None where it is fixed already.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract = _contract(session, viewer, municipality_id)
        if audit.done_before(session, viewer, request_key):
            return contract
        if contract.state in OVER:
            raise Invalid(None, N_("Dieser Vertrag ist beendet und lässt sich nicht mehr ändern."))
        if version != contract.version:
            raise Conflict
        if term and contract.state in TERMS_FIXED:
            raise Invalid(
                None, N_("Geltungsbereich, Laufzeit, Tage und Anrechnungsregeln ändert jetzt nur ein Nachtrag.")
            )
        before = facts_of_contract(contract)
        if term:
            _fill_term(contract.terms[0], term)
            check_ready(contract.state, contract.terms[0].as_rules(), today)
        if contract.state in TERMS_FIXED:
            _check_plan(contract, agreement)
        contract.touch()  # terms and packages are rows of their own
        _fill(session, contract, agreement)
        record(
            session, viewer, "contract.change", contract, before=before, after=facts_of_contract(contract), now=now,
            request_key=request_key,
        )  # fmt: skip
    return contract


def move_contract(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    target: ContractState,
    signatures: Signatures,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Contract:
    """Move a contract to the next state, with the dates that are on paper; only `end_early` ends it before its time.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    if target in LEFT_EARLY:
        message = N_("Vorzeitig endet ein Vertrag zusammen mit seinen Terminen. Bitte „Vorzeitig beenden“ wählen.")
        raise Invalid("state", message)
    with unit_of_work(session):
        contract, before = _held(session, viewer, municipality_id, target, version, request_key)
        if before is None:
            return contract
        _sign(contract.terms[0], target, signatures, today)
        if target is ContractState.ENDED:
            terms = terms_at_end(contract.all_terms())
            contract.ended_on = terms.ends_on if terms else today
        contract.state = target
        session.flush()
        after = facts_of_contract(contract)
        record(session, viewer, "contract.move", contract, before=before, after=after, now=now, request_key=request_key)
    return contract


def end_early(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    ending: Ending,
    ledger: Ledger,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Contract:
    """End a contract before its time; the days that are left return to the programme pool (domain 5.4, case 8).

    Belongs into the transaction that calls off what was planned for later. Raises NotFound, Forbidden, Conflict
    (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        contract, before = _held(session, viewer, municipality_id, ending.target, version, request_key)
        if before is None:
            return contract
        check_end(ending.ended_on, contract.terms[0].as_rules(), today)
        check_end_facts(ending.target, ending.ended_by, ending.reason)
        contract.ended_on, contract.end_reason = ending.ended_on, ending.reason
        contract.ended_by = ending.ended_by if ending.target is ContractState.TERMINATED else Party.BOTH
        contract.state = ending.target
        session.flush()
        pooling.leave(session, viewer, contract, ledger=ledger, now=now)
        after = facts_of_contract(contract)
        record(session, viewer, "contract.move", contract, before=before, after=after, now=now, request_key=request_key)
    return contract


def _held(
    session: Session,
    viewer: Actor,
    municipality_id: int,
    target: ContractState,
    version: int | None,
    request_key: str | None,
) -> tuple[Contract, Facts | None]:
    """The contract, held and free to move there, and what it said before: None where the form has arrived already."""
    take_turns(session, amending.TURN)
    contract = amending.contract_to_amend(session, viewer, municipality_id)
    if audit.done_before(session, viewer, request_key):
        return contract, None
    if version != contract.version:
        raise Conflict
    check_transition(contract.state, target, viewer.role if isinstance(viewer, Viewer) else Role.LEAD)
    return contract, facts_of_contract(contract)


def _contract(session: Session, viewer: Actor, municipality_id: int) -> Contract:
    contract = contract_of(session, viewer, municipality_id)
    if contract is None:
        raise NotFound
    check(viewer, Permission.CONTRACT_EDIT, municipality_id)
    return contract


def _sign(terms: ContractTerms, target: ContractState, signatures: Signatures, today: date) -> None:
    """Take the signatures down; what is negotiated anew is not signed any more."""
    if target in (ContractState.DRAFT, ContractState.IN_NEGOTIATION):
        terms.signed_by_municipality_on = terms.signed_by_carrier_on = None
    elif target in (ContractState.SIGNED_BY_ONE, ContractState.SIGNED):
        terms.signed_by_municipality_on = signatures.signed_by_municipality_on or terms.signed_by_municipality_on
        terms.signed_by_carrier_on = signatures.signed_by_carrier_on or terms.signed_by_carrier_on
    signed = terms.as_rules()
    check_signatures(target, signed, today)
    check_ready(target, terms_at_end(terms.contract.all_terms()) or signed, today)


def _fill_term(terms: ContractTerms, term: TermDraft) -> None:
    check_term(term.starts_on, term.ends_on)
    check_agreed(term.agreed_minutes)
    check_counting_rules(term.rules)
    check_scope(term.scope_kind, term.units)
    terms.effective_from = terms.starts_on = term.starts_on
    terms.ends_on = term.ends_on
    terms.agreed_minutes = term.agreed_minutes
    terms.set_scope(term.scope_kind, term.units)
    terms.set_rules(term.rules)


def _fill(session: Session, contract: Contract, agreement: Agreement) -> None:
    contract.reference = agreement.reference.strip() or None
    contract.signatory_name = agreement.signatory_name.strip() or None
    contract.signatory_office = agreement.signatory_office.strip() or None
    contract.signatory_level = agreement.signatory_level
    contract.carrier_label = agreement.carrier_label.strip() or CARRIER
    packages = [replace(each, code=each.code.strip(), title=each.title.strip()) for each in agreement.packages]
    check_packages([package.code for package in packages])
    _replace_packages(session, contract, packages)


def _check_plan(contract: Contract, agreement: Agreement) -> None:
    terms = terms_at_end(contract.all_terms())
    before = {row.id: row.planned_minutes for row in contract.work_packages}
    after = {package.id: package.planned_minutes for package in agreement.packages if package.id}
    check_plan_kept(before, after, terms.agreed_minutes if terms else 0)


def _replace_packages(session: Session, contract: Contract, packages: list[Package]) -> None:
    """Rows that were there keep their entries, also under another code; those left out go, unless days stand on it."""
    rows = {row.id: row for row in contract.work_packages}
    kept = {package.id for package in packages}
    contract.work_packages = [row for row in contract.work_packages if row.id in kept]
    for row in contract.work_packages:
        row.code = f"#{row.id}"  # two packages may swap their codes, which are unique
    try:
        session.flush()
    except IntegrityError as error:
        message = N_("Auf einem der entfernten Arbeitspakete sind schon Tage gebucht, umgewidmet oder Termine geplant.")
        raise Invalid("packages", message) from error
    ordered = [rows.get(package.id or 0) or WorkPackage() for package in packages]
    for position, (row, package) in enumerate(zip(ordered, packages, strict=True)):
        row.code, row.title, row.planned_minutes = package.code, package.title, package.planned_minutes
        row.position = position
    contract.work_packages = ordered
    session.flush()
