"""Kept totals are found wrong where they are, and made right again."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from komma_tracker.budget import totals
from komma_tracker.budget.models import BudgetTotal
from tests.factories.entries import make_entry
from tests.integration.budget.conftest import Programme


@pytest.fixture
def kept(programme: Programme, session: Session) -> BudgetTotal:
    make_entry(session, programme.contract, programme.anna, minutes=240, service_date=date(2026, 5, 4))
    make_entry(session, programme.contract, programme.ben, minutes=60, service_date=date(2026, 5, 11))
    make_entry(session, programme.secret_contract, programme.anna)
    session.commit()
    return session.get_one(BudgetTotal, programme.contract.id)


def test_nothing_is_wrong_at_first(kept: BudgetTotal, session: Session) -> None:
    assert (kept.used_minutes, kept.entry_count, kept.last_service_date) == (300, 2, date(2026, 5, 11))
    assert totals.wrong(session) == {}


@pytest.mark.parametrize(
    ("column", "value"),
    [("used_minutes", 299), ("entry_count", 3), ("last_service_date", date(2026, 5, 12)), ("last_service_date", None)],
)
def test_each_part_of_a_total_is_compared_and_recounted(
    programme: Programme, kept: BudgetTotal, session: Session, column: str, value: object
) -> None:
    setattr(kept, column, value)
    session.commit()

    wrong = totals.wrong(session)
    totals.recount(session, contract_ids=wrong.values())
    session.commit()

    assert wrong == {programme.contract.public_id: programme.contract.id}
    assert (kept.used_minutes, kept.entry_count, kept.last_service_date) == (300, 2, date(2026, 5, 11))
    assert totals.wrong(session) == {}


def test_a_total_that_is_missing_is_wrong(programme: Programme, kept: BudgetTotal, session: Session) -> None:
    session.delete(kept)
    session.commit()

    assert list(totals.wrong(session)) == [programme.contract.public_id]


def test_entries_come_and_the_latest_date_stays(programme: Programme, kept: BudgetTotal, session: Session) -> None:
    totals.add(session, contract=programme.contract, minutes=30, on=date(2026, 5, 6))
    session.refresh(kept)
    assert (kept.used_minutes, kept.entry_count, kept.last_service_date) == (330, 3, date(2026, 5, 11))

    totals.add(session, contract=programme.contract, minutes=30, on=date(2026, 5, 12))
    session.refresh(kept)
    assert (kept.used_minutes, kept.entry_count, kept.last_service_date) == (360, 4, date(2026, 5, 12))
