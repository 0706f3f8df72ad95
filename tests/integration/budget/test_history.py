"""After any history of logging, changing and deleting, the kept total is the sum of the ledger is the balance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from komma_tracker.budget import queries, service, totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import Activity, Mode, balance_at
from komma_tracker.budget.service import Work
from tests.integration.budget.conftest import Programme

works = st.builds(
    Work,
    service_date=st.dates(date(2025, 12, 1), date(2027, 1, 31)),
    minutes=st.integers(1, 1440),
    activity=st.sampled_from(Activity),
    mode=st.sampled_from(Mode),
    work_package=st.sampled_from((None, "AP0", "AP1", "AP4")),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("log"), st.sampled_from(("town", "secret")), works),
        st.tuples(st.just("change"), st.integers(0, 30), works),
        st.tuples(st.just("delete"), st.integers(0, 30), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_the_sum_of_the_ledger_is_the_balance(
    programme: Programme, session: Session, now: datetime, history: list[tuple[str, str | int, Work | None]]
) -> None:
    session.execute(delete(DayEntry))
    session.execute(delete(BudgetTotal))
    session.commit()
    lead = programme.viewer(programme.lead)
    expected: dict[str, tuple[int, Work]] = {}
    minute = count()
    for action, which, work in history:
        at = now + timedelta(minutes=next(minute))
        if action == "log" and work:
            place = getattr(programme, str(which)).id
            entry = service.log_day(
                session, lead, municipality_id=place, consultant_id=programme.anna.id, work=work, now=at
            )
            expected[entry.public_id] = (entry.contract_id, work)
        elif expected:
            public_id = sorted(expected)[int(which) % len(expected)]
            version = queries.entry_by_public_id(session, lead, public_id).version
            if work:
                service.change_entry(session, lead, public_id=public_id, version=version, work=work, now=at)
                expected[public_id] = (expected[public_id][0], work)
            else:
                service.delete_entry(session, lead, public_id=public_id, now=at)
                del expected[public_id]

    assert totals.wrong(session) == {}
    assert totals.misfiled(session) == {}
    for contract in (programme.contract, programme.secret_contract):
        of_it = [work for contract_id, work in expected.values() if contract_id == contract.id]
        rows = queries.entry_rows(session, lead, wanted=EntryFilter(municipality_id=contract.municipality_id))
        counted = sum(row.chargeable_minutes for row in rows)
        postings = queries.postings(session, lead, contract_id=contract.id)
        kept = queries.used_by_contract(session, lead, contract_ids=[contract.id]).get(contract.id, 0)
        listed = queries.sums(session, lead, wanted=EntryFilter(municipality_id=contract.municipality_id))
        by_package = queries.package_sums(session, lead, contract_id=contract.id)
        assert kept == counted
        assert balance_at(postings, contract.all_terms(), date(2027, 12, 31)).used == counted
        assert (listed.entries, listed.chargeable_minutes) == (len(of_it), counted)
        assert listed.minutes == sum(work.minutes for work in of_it)
        assert sum(by_package.values()) == counted
