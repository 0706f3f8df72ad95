"""Amendments from draft to effect: what they change, from when, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import ledger
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity
from komma_tracker.contracts.amending import (
    Draft,
    change_amendment,
    draft_amendment,
    sign_amendment,
    withdraw_amendment,
)
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.queries import contract_of, terms_on
from komma_tracker.contracts.rules import Amended, CountingRules, ScopeKind, allowance
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours

DAY = 480
NOW, TODAY = datetime(2026, 5, 20, 8, tzinfo=UTC), date(2026, 5, 20)
JULY = date(2026, 7, 1)
KEY = "a-key-of-a-form-0001"
SIX_MORE = Draft(
    amended=Amended(
        effective_from=JULY,
        ends_on=date(2026, 12, 31),
        agreed_minutes=86 * DAY,
        scope_kind=ScopeKind.WHOLE,
        units=(),
        rules=CountingRules(),
    ),
    reason=" Mehrbedarf bei den Trainings ",
    reference="11-20/1",
)


def saying(**values: Any) -> Draft:
    """The draft with other contents."""
    return replace(SIX_MORE, amended=replace(SIX_MORE.amended, **values))


class Desk:
    """The lead, with one contract before them."""

    def __init__(self, session: Session, neighbours: Neighbours, contract: Contract) -> None:
        self.session, self.viewer, self.place = session, neighbours.viewer("lead"), contract.municipality_id

    @property
    def contract(self) -> Contract:
        """The contract as it is now."""
        found = contract_of(self.session, self.viewer, self.place)
        assert found
        return found

    def draft(self, draft: Draft = SIX_MORE, **values: Any) -> ContractTerms:
        return draft_amendment(self.session, self.viewer, draft=draft, ledger=ledger, **self.given(values))

    def change(self, draft: Draft, number: int = 1, **values: Any) -> ContractTerms:
        return change_amendment(
            self.session, self.viewer, number=number, draft=draft, ledger=ledger, **self.given(values)
        )

    def withdraw(self, number: int = 1, **values: Any) -> None:
        withdraw_amendment(self.session, self.viewer, number=number, **self.given(values))

    def sign(self, municipality: date | None, carrier: date | None, number: int = 1, **values: Any) -> ContractTerms:
        return sign_amendment(
            self.session, self.viewer, number=number, signed_by_municipality_on=municipality,
            signed_by_carrier_on=carrier, ledger=ledger, today=TODAY, **self.given(values),
        )  # fmt: skip

    def given(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"municipality_id": self.place, "version": self.contract.version, "now": NOW} | values

    def agreed(self, on: date) -> int:
        """Minutes agreed on a date, by the rules; what SQL says is compared."""
        by_sql = self.session.scalars(
            select(ContractTerms.agreed_minutes)
            .join(ContractTerms.contract)
            .where(Contract.id == self.contract.id, ContractTerms.id == terms_on(Contract.id, on))
        ).one()
        assert by_sql == allowance(self.contract.all_terms(), on)
        return by_sql


@pytest.fixture
def desk(session: Session, session_for: SessionFor, neighbours: Neighbours) -> Desk:
    """A contract in force since January, 80 days."""
    contract = make_contract(session, neighbours.named)
    session.commit()
    return Desk(session_for(neighbours.viewer("lead")), neighbours, contract)


def test_case_06_budget_extended_by_amendment(desk: Desk) -> None:
    terms = desk.draft()
    assert (terms.number, terms.reason, terms.reference) == (1, "Mehrbedarf bei den Trainings", "11-20/1")
    assert desk.agreed(JULY) == 80 * DAY
    desk.sign(TODAY, None)
    assert desk.agreed(JULY) == 80 * DAY
    desk.sign(TODAY, TODAY)
    assert (desk.agreed(date(2026, 6, 30)), desk.agreed(JULY)) == (80 * DAY, 86 * DAY)
    actions = desk.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert actions == ["amendment.draft", "amendment.sign", "amendment.sign"]


def test_a_draft_can_be_changed_and_withdrawn_what_binds_can_not(desk: Desk) -> None:
    desk.draft()
    desk.sign(TODAY, None)
    changed = desk.change(saying(agreed_minutes=88 * DAY, ends_on=date(2027, 3, 31)))
    assert (changed.agreed_minutes, changed.signed_by_municipality_on) == (88 * DAY, None)
    desk.withdraw()
    assert [terms.number for terms in desk.contract.terms] == [0]
    desk.draft()
    desk.sign(TODAY, TODAY)
    for refused in (lambda: desk.change(SIX_MORE), desk.withdraw, lambda: desk.sign(TODAY, TODAY)):
        with pytest.raises(Invalid):
            refused()
    with pytest.raises(NotFound):
        desk.withdraw(7)
    with pytest.raises(NotFound):
        desk.withdraw(0)


def test_one_amendment_at_a_time(desk: Desk) -> None:
    desk.draft(request_key=KEY)
    assert desk.draft(request_key=KEY).number == 1
    with pytest.raises(Invalid):
        desk.draft()
    desk.sign(TODAY, TODAY)
    assert desk.draft(saying(agreed_minutes=90 * DAY)).number == 2


def test_scope_is_part_of_the_terms(desk: Desk) -> None:
    desk.draft(saying(agreed_minutes=80 * DAY, scope_kind=ScopeKind.UNITS, units=("Dezernat II", "Amt 50")))
    desk.sign(TODAY, TODAY)
    before, after = desk.contract.all_terms()
    assert (before.scope_kind, before.units) == (ScopeKind.WHOLE, ())
    assert (after.scope_kind, after.units) == (ScopeKind.UNITS, ("Dezernat II", "Amt 50"))


def used(session: Session, desk: Desk) -> int:
    return ledger.used_by_contract(session, desk.viewer, contract_ids=[desk.contract.id])[desk.contract.id]


def statement(session: Session, contract: Contract, month: date, lead: int) -> None:
    session.add(
        Statement(
            contract_id=contract.id,
            municipality_id=contract.municipality_id,
            month=month,
            minutes=0,
            agreed_minutes=0,
            remaining_minutes=0,
            check_number="x",
            submitted_at=NOW,
            submitted_by_id=lead,
        )
    )
    session.commit()


def test_months_that_were_submitted_stay_as_they_are(desk: Desk, session: Session, neighbours: Neighbours) -> None:
    desk.draft(saying(effective_from=date(2026, 4, 1)))
    statement(session, desk.contract, date(2026, 4, 1), neighbours.lead.id)
    with pytest.raises(Invalid) as refused:
        desk.sign(TODAY, TODAY)
    assert (refused.value.field, refused.value.params) == ("effective_from", {"first": date(2026, 5, 1)})
    desk.session.rollback()
    assert desk.agreed(TODAY) == 80 * DAY
    with pytest.raises(Invalid):
        desk.change(saying(effective_from=date(2026, 4, 30)))
    desk.change(saying(effective_from=date(2026, 5, 1)))
    desk.sign(TODAY, TODAY)
    assert (desk.agreed(date(2026, 4, 30)), desk.agreed(TODAY)) == (80 * DAY, 86 * DAY)


def test_work_since_then_is_counted_by_the_new_rules(desk: Desk, session: Session, neighbours: Neighbours) -> None:
    for on in (date(2026, 4, 30), date(2026, 5, 4)):
        make_entry(session, desk.contract, neighbours.anna, service_date=on, activity=Activity.PREPARATION)
    session.commit()
    rules = CountingRules(counts_preparation=False)
    desk.draft(saying(effective_from=date(2026, 5, 1), rules=rules))
    assert used(session, desk) == 480
    session.rollback()
    desk.sign(TODAY, TODAY)
    session.expire_all()
    rows = session.execute(select(DayEntry.chargeable_minutes, DayEntry.counted_as).order_by(DayEntry.service_date))
    assert [tuple(row) for row in rows] == [(240, ""), (0, "preparation_not_counted")]
    assert used(session, desk) == 240


def test_of_two_who_amend_the_second_hears_of_the_first(desk: Desk) -> None:
    old = desk.contract.version
    desk.draft()
    for late in (
        lambda: desk.change(SIX_MORE, version=old),
        lambda: desk.sign(TODAY, None, version=old),
        lambda: desk.withdraw(version=old),
    ):
        with pytest.raises(Conflict):
            late()


@pytest.mark.parametrize("who", ["anna", "ben", "coordinator", "head"])
def test_only_the_lead_amends(desk: Desk, session_for: SessionFor, neighbours: Neighbours, who: str) -> None:
    desk.draft()
    viewer = neighbours.viewer(who)
    desk.session, desk.viewer = session_for(viewer), viewer
    for forbidden in (desk.draft, lambda: desk.change(SIX_MORE), desk.withdraw, lambda: desk.sign(TODAY, TODAY)):
        with pytest.raises(Forbidden):
            forbidden()


def test_whoever_may_not_read_it_finds_nothing(desk: Desk, session_for: SessionFor, neighbours: Neighbours) -> None:
    version = desk.contract.version
    viewer = neighbours.viewer("cleo")
    desk.session, desk.viewer = session_for(viewer), viewer
    with pytest.raises(NotFound):
        draft_amendment(
            desk.session, viewer, municipality_id=desk.place, version=version, draft=SIX_MORE, ledger=ledger, now=NOW
        )


def test_a_reason_is_needed(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.draft(replace(SIX_MORE, reason="  "))
    assert refused.value.field == "reason"
