"""Drafting, correcting and moving contracts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import ledger
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import (
    ContractState,
    CountingRules,
    EndReason,
    Party,
    Rounding,
    ScopeKind,
    terms_in_force,
)
from komma_tracker.contracts.service import (
    Agreement,
    Ending,
    Package,
    Signatures,
    TermDraft,
    agreement_of,
    change_contract,
    draft_contract,
    end_early,
    move_contract,
    term_of,
)
from tests.factories.contracts import make_contract
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours

TODAY = date(2026, 5, 20)
DAY = 480
KEY = "a-key-of-a-form-0001"
AGREEMENT = Agreement(
    reference=" 11-20 ",
    signatory_name="Erika Muster",
    signatory_office="Bürgermeisterin",
    packages=(
        Package(code="AP0", title="Steuerung", planned_minutes=8 * DAY),
        Package(code="AP1", title="Bedarfsanalyse", planned_minutes=10 * DAY),
    ),
)
TERM = TermDraft(starts_on=date(2026, 6, 1), ends_on=date(2028, 5, 31), agreed_minutes=80 * DAY)


@pytest.fixture
def lead(session_for: SessionFor, neighbours: Neighbours) -> Session:
    """The lead's session."""
    return session_for(neighbours.viewer("lead"))


def change(
    session: Session, neighbours: Neighbours, contract: Contract, agreement: Agreement, **values: object
) -> Contract:
    given: dict[str, object] = {"version": contract.version, "term": None, "today": TODAY, "now": contract.created_at}
    return change_contract(
        session,
        neighbours.viewer("lead"),
        municipality_id=contract.municipality_id,
        agreement=agreement,
        **given | values,  # pyright: ignore[reportArgumentType]
    )


def move(
    session: Session,
    neighbours: Neighbours,
    contract: Contract,
    target: ContractState,
    signatures: Signatures | None = None,
) -> Contract:
    return move_contract(
        session,
        neighbours.viewer("lead"),
        municipality_id=contract.municipality_id,
        version=contract.version,
        target=target,
        signatures=signatures or Signatures(),
        today=TODAY,
        now=contract.created_at,
    )


def test_a_draft_says_what_was_agreed(lead: Session, neighbours: Neighbours, now: datetime) -> None:
    viewer = neighbours.viewer("lead")
    rules = CountingRules(minutes_per_day=468, rounding=Rounding.UP, deemed_approval_working_days=10)
    term = replace(TERM, rules=rules, scope_kind=ScopeKind.UNITS, units=("Dezernat II", "Amt 50"))
    made = draft_contract(lead, viewer, municipality_id=neighbours.named.id, agreement=AGREEMENT, term=term, now=now)
    assert (made.state, made.version, made.reference, made.terms[0].scope_units) == (
        ContractState.DRAFT,
        1,
        "11-20",
        "Dezernat II\nAmt 50",
    )
    assert (term_of(made), made.terms[0].effective_from, made.terms[0].number) == (term, TERM.starts_on, 0)
    assert [(row.code, row.planned_minutes) for row in made.work_packages] == [("AP0", 8 * DAY), ("AP1", 10 * DAY)]


def test_one_contract_at_a_time(lead: Session, session: Session, neighbours: Neighbours, now: datetime) -> None:
    make_contract(session, neighbours.named, state=ContractState.TERMINATED)
    session.commit()
    viewer = neighbours.viewer("lead")

    def draft(key: str | None) -> Contract:
        return draft_contract(
            lead, viewer, municipality_id=neighbours.named.id, agreement=AGREEMENT, term=TERM, now=now, request_key=key
        )

    made = draft(KEY)
    assert draft(KEY).id == made.id  # the same form again
    with pytest.raises(Invalid):
        draft(None)
    assert len(lead.scalars(select(Contract)).all()) == 2


@pytest.mark.parametrize(
    ("field", "agreement", "term"),
    [
        ("ends_on", AGREEMENT, replace(TERM, ends_on=date(2026, 5, 31))),
        ("agreed_minutes", AGREEMENT, replace(TERM, agreed_minutes=0)),
        ("minutes_per_day", AGREEMENT, replace(TERM, rules=CountingRules(minutes_per_day=0))),
        ("units", AGREEMENT, replace(TERM, scope_kind=ScopeKind.UNITS)),
        ("packages", replace(AGREEMENT, packages=(*AGREEMENT.packages, AGREEMENT.packages[0])), TERM),
    ],
)
def test_what_cannot_be_agreed(
    lead: Session, neighbours: Neighbours, now: datetime, field: str, agreement: Agreement, term: TermDraft
) -> None:
    with pytest.raises(Invalid) as refused:
        draft_contract(
            lead,
            neighbours.viewer("lead"),
            municipality_id=neighbours.named.id,
            agreement=agreement,
            term=term,
            now=now,
        )
    assert refused.value.field == field
    assert lead.scalars(select(Contract)).all() == []


def test_packages_swap_codes_come_and_go(lead: Session, session: Session, neighbours: Neighbours) -> None:
    contract = make_contract(session, neighbours.named, state=ContractState.SIGNED)
    session.commit()
    first, second, third = agreement_of(contract).packages
    packages = (
        replace(second, code="AP0"),
        replace(first, code="AP1", planned_minutes=1),
        Package(code=third.code, title="Neu", planned_minutes=2),
    )
    changed = change(lead, neighbours, contract, replace(AGREEMENT, packages=packages))
    assert changed.version == 2
    rows = [(row.id, row.code, row.title, row.planned_minutes, row.position) for row in changed.work_packages]
    assert rows[:2] == [
        (second.id, "AP0", "Bedarfsanalyse", 20 * DAY, 0),
        (first.id, "AP1", "Steuerung", 1, 1),
    ]
    assert rows[2][1:] == ("AP4", "Neu", 2, 2)


def test_a_package_with_days_on_it_stays(
    lead: Session, session: Session, neighbours: Neighbours, now: datetime
) -> None:
    contract = make_contract(session, neighbours.named)
    session.add(
        DayEntry(
            contract_id=contract.id,
            municipality_id=contract.municipality_id,
            consultant_id=neighbours.anna.id,
            work_package_id=contract.work_packages[2].id,
            service_date=TODAY,
            minutes=DAY,
            chargeable_minutes=DAY,
            activity=Activity.TRAINING,
            mode=Mode.ON_SITE,
            created_at=now,
            created_by_id=neighbours.anna.id,
            updated_at=now,
        )
    )
    session.commit()
    before = agreement_of(contract)
    with pytest.raises(Invalid) as refused:
        change(lead, neighbours, contract, replace(before, packages=before.packages[:2]))
    assert refused.value.field == "packages"
    session.expire_all()
    assert agreement_of(contract) == before
    renamed = (*before.packages[:2], replace(before.packages[2], code="AP9"))
    changed = change(lead, neighbours, contract, replace(before, packages=renamed))
    assert [row.code for row in changed.work_packages] == ["AP0", "AP1", "AP9"]


@pytest.mark.parametrize(
    ("state", "agreement_open", "term_open"),
    [
        (ContractState.DRAFT, True, True),
        (ContractState.IN_NEGOTIATION, True, True),
        (ContractState.FOR_SIGNATURE, True, True),
        (ContractState.SIGNED_BY_ONE, True, True),
        (ContractState.SIGNED, True, True),
        (ContractState.IN_FORCE, True, False),
        (ContractState.ENDED, False, False),
        (ContractState.TERMINATED, False, False),
        (ContractState.DISSOLVED, False, False),
    ],
)
def test_what_can_still_be_corrected(
    lead: Session, session: Session, neighbours: Neighbours, state: ContractState, agreement_open: bool, term_open: bool
) -> None:
    contract = make_contract(session, neighbours.named, state=state)
    session.commit()
    packages = agreement_of(contract).packages
    for term, allowed in ((TERM, term_open), (None, agreement_open)):
        before = contract.version
        if allowed:
            changed = change(lead, neighbours, contract, replace(AGREEMENT, packages=packages), term=term)
            assert (changed.version, changed.reference) == (before + 1, "11-20")
        else:
            with pytest.raises(Invalid):
                change(lead, neighbours, contract, AGREEMENT, term=term)
        session.commit()
        session.expire_all()
    assert (term_of(contract) == TERM) is term_open


def test_of_two_who_correct_the_second_hears_of_the_first(
    lead: Session, session: Session, neighbours: Neighbours
) -> None:
    contract = make_contract(session, neighbours.named, state=ContractState.DRAFT)
    session.commit()
    packages = agreement_of(contract).packages
    only_packages = replace(agreement_of(contract), packages=packages[:1])
    change(lead, neighbours, contract, only_packages)  # a change of rows beside the contract's own counts as well
    with pytest.raises(Conflict):
        change(lead, neighbours, contract, AGREEMENT)
    with pytest.raises(Conflict):
        move(lead, neighbours, contract, ContractState.IN_NEGOTIATION)


def test_from_draft_to_force_to_the_end(lead: Session, session: Session, neighbours: Neighbours) -> None:
    contract = make_contract(
        session,
        neighbours.named,
        state=ContractState.DRAFT,
        signed_by_municipality_on=None,
        signed_by_carrier_on=None,
        ends_on=date(2026, 5, 19),
    )
    session.commit()
    ours, theirs = date(2026, 5, 18), date(2026, 5, 19)
    way = (
        (ContractState.IN_NEGOTIATION, Signatures(), False),
        (ContractState.FOR_SIGNATURE, Signatures(), False),
        (ContractState.SIGNED_BY_ONE, Signatures(signed_by_municipality_on=theirs), False),
        (ContractState.SIGNED, Signatures(signed_by_carrier_on=ours), True),
        (ContractState.IN_FORCE, Signatures(), True),
        (ContractState.ENDED, Signatures(), True),
    )
    for target, signatures, binding in way:
        contract = move(lead, neighbours, contract, target, signatures)
        assert contract.state is target
        assert (terms_in_force([contract.terms[0].as_rules()], TODAY) is not None) is binding
    assert (contract.ended_on, contract.terms[0].signed_by_municipality_on) == (date(2026, 5, 19), theirs)


@pytest.mark.parametrize(
    ("state", "target", "signatures", "field"),
    [
        (ContractState.DRAFT, ContractState.SIGNED, Signatures(), "state"),
        (ContractState.FOR_SIGNATURE, ContractState.SIGNED_BY_ONE, Signatures(), "signed_by_municipality_on"),
        (
            ContractState.FOR_SIGNATURE,
            ContractState.SIGNED_BY_ONE,
            Signatures(signed_by_carrier_on=date(2026, 5, 21)),
            "signed_by_carrier_on",
        ),
        (
            ContractState.SIGNED_BY_ONE,
            ContractState.SIGNED,
            Signatures(signed_by_carrier_on=TODAY),
            "signed_by_municipality_on",
        ),
        (ContractState.SIGNED, ContractState.IN_FORCE, Signatures(), "signed_by_municipality_on"),
        (ContractState.IN_FORCE, ContractState.ENDED, Signatures(), "state"),
    ],
)
def test_what_is_not_ready_does_not_move(
    lead: Session,
    session: Session,
    neighbours: Neighbours,
    state: ContractState,
    target: ContractState,
    signatures: Signatures,
    field: str,
) -> None:
    signed = TODAY if state is ContractState.IN_FORCE else None
    contract = make_contract(
        session, neighbours.named, state=state, signed_by_municipality_on=signed, signed_by_carrier_on=signed
    )
    session.commit()
    with pytest.raises(Invalid) as refused:
        move(lead, neighbours, contract, target, signatures)
    assert refused.value.field == field
    session.expire_all()
    assert (contract.state, contract.terms[0].signed_by_municipality_on) == (state, signed)


def test_what_is_negotiated_anew_is_not_signed_any_more(
    lead: Session, session: Session, neighbours: Neighbours
) -> None:
    contract = make_contract(session, neighbours.named, state=ContractState.SIGNED_BY_ONE, signed_by_carrier_on=None)
    session.commit()
    moved = move(lead, neighbours, contract, ContractState.IN_NEGOTIATION)
    assert moved.terms[0].signed_by_municipality_on is None


def end(session: Session, neighbours: Neighbours, contract: Contract, target: ContractState, on: date) -> Contract:
    return end_early(
        session,
        neighbours.viewer("lead"),
        municipality_id=contract.municipality_id,
        version=contract.version,
        ending=Ending(target=target, ended_on=on, ended_by=Party.MUNICIPALITY, reason=EndReason.STAFFING),
        ledger=ledger,
        today=TODAY,
        now=contract.created_at,
    )


@pytest.mark.parametrize("target", [ContractState.TERMINATED, ContractState.DISSOLVED])
def test_an_early_end_has_its_day(
    lead: Session, session: Session, neighbours: Neighbours, target: ContractState
) -> None:
    contract = make_contract(session, neighbours.named)
    session.commit()
    with pytest.raises(Invalid) as refused:
        end(lead, neighbours, contract, target, date(2026, 5, 21))
    assert refused.value.field == "ended_on"
    assert end(lead, neighbours, contract, target, date(2026, 4, 30)).ended_on == date(2026, 4, 30)


@pytest.mark.parametrize("target", [ContractState.TERMINATED, ContractState.DISSOLVED])
def test_no_contract_ends_early_without_its_sessions(
    lead: Session, session: Session, neighbours: Neighbours, target: ContractState
) -> None:
    contract = make_contract(session, neighbours.named)
    session.commit()
    with pytest.raises(Invalid, match="zusammen mit seinen Terminen"):
        move(lead, neighbours, contract, target)


@pytest.mark.parametrize("who", ["anna", "ben", "cleo", "coordinator", "head", "reader"])
def test_only_the_lead_drafts_corrects_and_moves(
    session_for: SessionFor, session: Session, neighbours: Neighbours, now: datetime, who: str
) -> None:
    make_contract(session, neighbours.named, state=ContractState.DRAFT)
    session.commit()
    viewer = neighbours.viewer(who)
    theirs, place = session_for(viewer), neighbours.named.id
    with pytest.raises(Forbidden):
        draft_contract(theirs, viewer, municipality_id=place, agreement=AGREEMENT, term=TERM, now=now)
    with pytest.raises((Forbidden, NotFound)):
        change_contract(
            theirs, viewer, municipality_id=place, version=1, agreement=AGREEMENT, term=TERM, today=TODAY, now=now
        )
    with pytest.raises((Forbidden, NotFound)):
        move_contract(
            theirs,
            viewer,
            municipality_id=place,
            version=1,
            target=ContractState.IN_NEGOTIATION,
            signatures=Signatures(),
            today=TODAY,
            now=now,
        )


def test_the_record_keeps_numbers_and_dates_and_no_names(
    lead: Session, session: Session, neighbours: Neighbours, now: datetime
) -> None:
    viewer = neighbours.viewer("lead")
    made = draft_contract(
        lead, viewer, municipality_id=neighbours.secret.id, agreement=AGREEMENT, term=TERM, now=now, request_key=KEY
    )
    move(lead, neighbours, made, ContractState.IN_NEGOTIATION)
    drafted, moved = session.scalars(select(AuditRecord).order_by(AuditRecord.id)).all()
    assert (drafted.action, drafted.object_type, drafted.object_id, drafted.municipality_id) == (
        "contract.draft",
        "contract",
        made.public_id,
        neighbours.secret.id,
    )
    assert drafted.after
    assert moved.before == drafted.after
    assert moved.after == drafted.after | {"state": "in_negotiation"}
    assert (drafted.after["agreed_minutes"], sorted(drafted.after["packages"].values())) == (
        80 * DAY,
        [8 * DAY, 10 * DAY],
    )
    written = json.dumps(drafted.after, ensure_ascii=False)
    assert not [word for word in ("Erika", "Bürgermeisterin", "Steuerung", "11-20") if word in written]
