"""Logging, changing and deleting days: who may, what is written, and that nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Conflict, DomainError, Forbidden, Invalid, NotFound, System
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import service
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Activity, ChargeReason, HintCode, Mode
from komma_tracker.contracts.rules import ContractState, TravelPolicy
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.integration.budget.conftest import TODAY, Programme, work
from tests.support.application import SessionFor
from tests.support.at_once import at_the_same_moment

Ledger = Callable[[], list[DayEntry]]
KEY = "one-form-that-is-sent-more-than-once"


def total(session: Session, contract_id: int) -> tuple[int, int, date | None]:
    row = session.get(BudgetTotal, contract_id, populate_existing=True)
    return (row.used_minutes, row.entry_count, row.last_service_date) if row else (0, 0, None)


# Who may


@pytest.mark.parametrize(
    ("who", "whose", "where", "outcome"),
    [
        ("lead", "lead", "town", None),
        ("lead", "anna", "town", None),
        ("lead", "cleo", "secret", None),
        ("lead", "coordinator", "town", Invalid),
        ("anna", "anna", "town", None),
        ("anna", "anna", "secret", None),
        ("anna", "ben", "town", Forbidden),
        ("ben", "ben", "town", None),
        ("ben", "ben", "secret", Forbidden),
        ("cleo", "cleo", "town", Forbidden),
        ("coordinator", "coordinator", "town", Forbidden),
        ("coordinator", "anna", "town", Forbidden),
        ("head", "head", "town", Forbidden),
        ("reader", "reader", "town", Forbidden),
    ],
)
def test_who_may_log_for_whom_and_where(
    programme: Programme,
    session_for: SessionFor,
    ledger: Ledger,
    now: datetime,
    who: str,
    whose: str,
    where: str,
    outcome: type[DomainError] | None,
) -> None:
    viewer = programme.viewer(getattr(programme, who))
    consultant: User = getattr(programme, whose)
    place = getattr(programme, where).id

    def log() -> DayEntry:
        return service.log_day(
            session_for(viewer), viewer, municipality_id=place, consultant_id=consultant.id, work=work(), now=now
        )[0]

    if outcome is None:
        log()
        assert [(entry.municipality_id, entry.consultant_id, entry.created_by_id) for entry in ledger()] == [
            (place, consultant.id, viewer.user_id)
        ]
    else:
        with pytest.raises(outcome):
            log()
        assert ledger() == []


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ("lead", None),
        ("anna", None),
        ("ben", Forbidden),
        ("cleo", NotFound),
        ("coordinator", Forbidden),
        ("head", Forbidden),
        ("reader", NotFound),
    ],
)
def test_who_may_change_and_delete_annas_entry(
    programme: Programme,
    session: Session,
    session_for: SessionFor,
    ledger: Ledger,
    now: datetime,
    who: str,
    outcome: type[DomainError] | None,
) -> None:
    entry = make_entry(session, programme.contract, programme.anna)
    session.commit()
    viewer = programme.viewer(getattr(programme, who))
    others = session_for(viewer)
    change = {"public_id": entry.public_id, "version": 1, "work": work(minutes=120), "now": now}

    if outcome is None:
        service.change_entry(others, viewer, **change)
        assert [each.minutes for each in ledger()] == [120]
        service.delete_entry(others, viewer, public_id=entry.public_id, now=now)
        assert ledger() == []
    else:
        with pytest.raises(outcome):
            service.change_entry(others, viewer, **change)
        with pytest.raises(outcome):
            service.delete_entry(others, viewer, public_id=entry.public_id, now=now)
        assert [each.minutes for each in ledger()] == [240]


def test_who_is_no_longer_assigned_keeps_the_entry_in_sight_and_out_of_reach(
    programme: Programme, session: Session, session_for: SessionFor, now: datetime
) -> None:
    entry = make_entry(session, programme.secret_contract, programme.cleo)
    session.commit()
    cleo = programme.viewer(programme.cleo)

    with pytest.raises(Forbidden):
        service.delete_entry(session_for(cleo), cleo, public_id=entry.public_id, now=now)


# What is written


def test_a_day_is_written_with_its_total_and_its_record(
    programme: Programme, session_for: SessionFor, session: Session, ledger: Ledger, now: datetime
) -> None:
    anna = programme.viewer(programme.anna)
    said = work(minutes=300, work_package="AP1", note="  Auswertung \n")

    service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, work=said, now=now
    )

    (entry,) = ledger()
    package = next(each for each in programme.contract.work_packages if each.code == "AP1")
    assert (entry.contract_id, entry.work_package_id, entry.service_date) == (programme.contract.id, package.id, TODAY)
    assert (entry.minutes, entry.chargeable_minutes, entry.note) == (300, 300, "Auswertung")
    assert (entry.activity, entry.mode, entry.created_at, entry.version) == (Activity.WORKSHOP, Mode.ON_SITE, now, 1)
    assert total(session, programme.contract.id) == (300, 1, TODAY)
    (record,) = session.scalars(select(AuditRecord))
    assert (record.action, record.object_id, record.actor_id) == ("entry.log", entry.public_id, anna.user_id)
    assert "Auswertung" not in str(record.after)


def test_counting_rules_of_the_contract_decide_what_counts(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    half = make_municipality(session, number=2)
    make_contract(session, half, travel_policy=TravelPolicy.HALF, minutes_per_day=468, daily_cap_minutes=468)
    session.commit()
    lead = programme.viewer(programme.lead)
    for said in (work(minutes=270, activity=Activity.TRAVEL), work(minutes=660)):
        service.log_day(
            session_for(lead), lead, municipality_id=half.id, consultant_id=lead.user_id, work=said, now=now
        )

    assert [(each.minutes, each.chargeable_minutes) for each in ledger()] == [(270, 135), (660, 333)]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (work(minutes=0), "minutes"),
        (work(minutes=1441), "minutes"),
        (work(work_package="AP9"), "work_package"),
        (work(service_date=date(26, 5, 20)), "service_date"),
        (work(service_date=date(2206, 5, 20)), "service_date"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    programme: Programme,
    session_for: SessionFor,
    session: Session,
    ledger: Ledger,
    now: datetime,
    said: service.Work,
    field: str,
) -> None:
    anna = programme.viewer(programme.anna)

    with pytest.raises(Invalid) as refused:
        service.log_day(
            session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, work=said, now=now
        )

    assert refused.value.field == field
    assert ledger() == []
    assert total(session, programme.contract.id) == (0, 0, None)


def test_without_a_contract_nothing_can_be_logged(
    programme: Programme, session: Session, session_for: SessionFor, now: datetime
) -> None:
    bare = make_municipality(session, number=3)
    session.commit()
    lead = programme.viewer(programme.lead)

    with pytest.raises(Invalid, match="noch keinen Vertrag"):
        service.log_day(
            session_for(lead), lead, municipality_id=bare.id, consultant_id=lead.user_id, work=work(), now=now
        )


def test_days_are_logged_on_the_newest_contract(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    programme.contract.state, programme.contract.ended_on = ContractState.TERMINATED, date(2026, 3, 31)
    newer = make_contract(session, programme.town)
    session.commit()
    anna = programme.viewer(programme.anna)

    service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, work=work(), now=now
    )

    assert [entry.contract_id for entry in ledger()] == [newer.id]
    assert (total(session, programme.contract.id)[0], total(session, newer.id)[0]) == (0, 240)


def test_a_change_moves_total_version_and_record(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    entry = make_entry(session, programme.contract, programme.anna)
    make_entry(session, programme.contract, programme.ben, minutes=60, service_date=date(2026, 5, 11))
    session.commit()
    anna = programme.viewer(programme.anna)
    earlier = work(service_date=date(2026, 5, 4), minutes=480, work_package="AP4", note="neu")

    service.change_entry(
        session_for(anna), anna, public_id=entry.public_id, version=1, work=earlier, now=now + timedelta(minutes=5)
    )

    changed = ledger()[0]
    assert (changed.service_date, changed.minutes, changed.note) == (date(2026, 5, 4), 480, "neu")
    assert (changed.version, changed.updated_at) == (2, now + timedelta(minutes=5))
    assert total(session, programme.contract.id) == (540, 2, date(2026, 5, 11))
    (record,) = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.change"))
    assert record.before is not None
    assert record.after is not None
    assert (record.before["minutes"], record.after["minutes"]) == (240, 480)


def test_deleting_takes_an_entry_out_of_the_total_and_keeps_its_record(
    programme: Programme, session: Session, session_for: SessionFor, now: datetime
) -> None:
    entry = make_entry(session, programme.contract, programme.anna)
    session.commit()
    anna = programme.viewer(programme.anna)

    service.delete_entry(session_for(anna), anna, public_id=entry.public_id, now=now)

    assert total(session, programme.contract.id) == (0, 0, None)
    (record,) = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.delete"))
    assert record.before is not None
    assert (record.object_id, record.before["minutes"]) == (entry.public_id, 240)


# Once


def test_the_second_of_two_editors_is_told_and_loses_nothing(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    entry = make_entry(session, programme.contract, programme.anna)
    session.commit()
    anna, lead = programme.viewer(programme.anna), programme.viewer(programme.lead)
    service.change_entry(session_for(anna), anna, public_id=entry.public_id, version=1, work=work(minutes=60), now=now)

    with pytest.raises(Conflict):
        service.change_entry(
            session_for(lead), lead, public_id=entry.public_id, version=1, work=work(minutes=480), now=now
        )

    assert [each.minutes for each in ledger()] == [60]


def test_each_use_case_happens_once_for_one_form(
    programme: Programme, session_for: SessionFor, session: Session, ledger: Ledger, now: datetime
) -> None:
    anna = programme.viewer(programme.anna)
    mine = session_for(anna)

    def log() -> DayEntry:
        return service.log_day(
            mine,
            anna,
            municipality_id=programme.town.id,
            consultant_id=anna.user_id,
            work=work(),
            now=now,
            request_key=KEY,
        )[0]

    first, second = log(), log()
    assert first.public_id == second.public_id

    def change() -> DayEntry:
        return service.change_entry(
            mine, anna, public_id=first.public_id, version=1, work=work(minutes=60), now=now, request_key=f"{KEY}-2"
        )

    assert change().version == change().version == 2
    for _ in range(2):
        service.delete_entry(mine, anna, public_id=first.public_id, now=now, request_key=f"{KEY}-3")
    assert ledger() == []
    assert len(session.scalars(select(AuditRecord)).all()) == 3


def test_one_persons_key_is_not_anothers(
    programme: Programme, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    for user in (programme.anna, programme.ben):
        viewer = programme.viewer(user)
        service.log_day(
            session_for(viewer), viewer, municipality_id=programme.town.id, consultant_id=user.id, work=work(), now=now,
            request_key=KEY,
        )  # fmt: skip

    assert [each.consultant_id for each in ledger()] == [programme.anna.id, programme.ben.id]


def test_a_form_that_comes_several_times_at_once_makes_one_entry(
    app: Flask, programme: Programme, session: Session, ledger: Ledger, now: datetime
) -> None:
    anna = programme.viewer(programme.anna)

    def log(own: Session) -> str:
        return service.log_day(
            own,
            anna,
            municipality_id=programme.town.id,
            consultant_id=anna.user_id,
            work=work(),
            now=now,
            request_key=KEY,
        )[0].public_id

    answers = at_the_same_moment(app, anna, log)

    (entry,) = ledger()
    assert answers == [entry.public_id] * 4
    assert total(session, programme.contract.id) == (240, 1, TODAY)


def test_deleting_several_times_at_once_deletes_once(
    app: Flask, programme: Programme, session: Session, ledger: Ledger, now: datetime
) -> None:
    entry = make_entry(session, programme.contract, programme.anna)
    session.commit()
    anna = programme.viewer(programme.anna)

    answers = at_the_same_moment(
        app, anna, lambda own: service.delete_entry(own, anna, public_id=entry.public_id, now=now, request_key=KEY)
    )

    assert answers == [None] * 4
    assert ledger() == []


def test_those_who_log_at_once_all_count_also_as_the_first(
    app: Flask, programme: Programme, session: Session, ledger: Ledger, now: datetime
) -> None:
    lead = programme.viewer(programme.lead)
    dates = iter([TODAY - timedelta(days=days) for days in (3, 0, 5, 1, 4, 2)])

    def log(own: Session) -> object:
        return service.log_day(
            own, lead, municipality_id=programme.town.id, consultant_id=lead.user_id, work=work(next(dates)), now=now
        )[0]

    at_the_same_moment(app, lead, log, times=6)

    assert len(ledger()) == 6
    assert total(session, programme.contract.id) == (6 * 240, 6, TODAY)


# What saving would mean


def codes(
    programme: Programme, session: Session, said: service.Work, *, consultant: User, entry: DayEntry | None = None
) -> set[HintCode]:
    viewer: Actor = System("test")
    found = service.outlook(
        session, viewer, contract=programme.contract, consultant_id=consultant.id, work=said, today=TODAY, entry=entry
    )
    return {hint.code for hint in found.hints}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (work(), set()),
        (work(minutes=480), set()),
        (work(minutes=481), {HintCode.OVER_DAILY_CAP}),
        (work(service_date=date(2026, 5, 16)), {HintCode.WEEKEND}),
        (work(service_date=date(2026, 5, 14)), {HintCode.PUBLIC_HOLIDAY}),
        (work(service_date=date(2025, 12, 31)), {HintCode.BEFORE_TERM}),
        (work(service_date=date(2027, 1, 4)), {HintCode.AFTER_TERM, HintCode.FUTURE}),
        (work(service_date=date(2026, 5, 21)), {HintCode.FUTURE}),
    ],
)
def test_what_is_unusual_is_said_and_never_refused(
    programme: Programme,
    session: Session,
    session_for: SessionFor,
    now: datetime,
    said: service.Work,
    expected: set[HintCode],
) -> None:
    anna = programme.viewer(programme.anna)

    assert codes(programme, session, said, consultant=programme.anna) == expected
    service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, work=said, now=now
    )


def test_work_elsewhere_on_the_same_day_counts_toward_the_cap(programme: Programme, session: Session) -> None:
    there = make_entry(session, programme.secret_contract, programme.anna, service_date=TODAY, minutes=300)
    make_entry(session, programme.contract, programme.ben, service_date=TODAY, minutes=480)
    make_entry(
        session, programme.secret_contract, programme.anna, service_date=TODAY, minutes=270, activity=Activity.TRAVEL
    )

    assert codes(programme, session, work(minutes=180), consultant=programme.anna) == set()
    assert codes(programme, session, work(minutes=181), consultant=programme.anna) == {HintCode.OVER_DAILY_CAP}
    assert codes(programme, session, work(minutes=480), consultant=programme.anna, entry=there) == set()


def test_an_ended_contract_says_so(programme: Programme, session: Session) -> None:
    programme.contract.ended_on = date(2026, 4, 30)
    session.commit()

    assert codes(programme, session, work(service_date=date(2026, 4, 30)), consultant=programme.anna) == set()
    assert codes(programme, session, work(), consultant=programme.anna) == {HintCode.AFTER_TERM}


def test_what_is_left_is_reckoned_without_the_entry_that_changes(programme: Programme, session: Session) -> None:
    entry = make_entry(session, programme.contract, programme.anna, minutes=480)
    facts = {"contract": programme.contract, "consultant_id": programme.anna.id, "today": TODAY}
    more = replace(work(), minutes=660)

    before = service.outlook(session, System("test"), work=work(), **facts)
    after = service.outlook(session, System("test"), work=more, entry=entry, **facts)

    assert (before.left, before.counted.minutes) == (79 * 480 - 240, 240)
    assert (after.left, after.counted.minutes) == (79 * 480, 480)
    assert after.counted.reasons == (ChargeReason.CAPPED,)


def test_an_overspend_shows_as_what_it_is(programme: Programme, session: Session) -> None:
    make_entry(session, programme.contract, programme.anna, minutes=480, chargeable_minutes=80 * 480)

    found = service.outlook(
        session,
        System("test"),
        contract=programme.contract,
        consultant_id=programme.anna.id,
        work=work(minutes=120),
        today=TODAY,
    )

    assert found.left == -120
    assert [hint.code for hint in found.hints] == [HintCode.OVER_ALLOWANCE]
