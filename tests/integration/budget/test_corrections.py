"""Submitted entries stay, and are corrected in the open: who may, what is written, and that it is written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, DomainError, Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import corrections, queries, service, totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Approval, MonthState
from komma_tracker.budget.service import Work
from tests.factories.entries import close_month, make_entry
from tests.integration.budget.conftest import TODAY, Programme, work
from tests.support.application import SessionFor
from tests.support.at_once import at_the_same_moment

Ledger = Callable[[], list[DayEntry]]
APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
DAY = date(2026, 4, 14)
KEY = "one-form-that-is-sent-more-than-once"
CLOSED = [MonthState.SUBMITTED, MonthState.QUERIED, MonthState.CONFIRMED, MonthState.CLOSED, MonthState.REPORTED]


@pytest.fixture
def entry(programme: Programme, session: Session) -> DayEntry:
    """Anna's day of April, in a statement that is closed."""
    entry = make_entry(session, programme.contract, programme.anna, service_date=DAY, minutes=480, package="AP1")
    close_month(session, programme.contract, APRIL, programme.lead, state=MonthState.CLOSED)
    return entry


@pytest.fixture
def correct(programme: Programme, session_for: SessionFor, now: datetime) -> Callable[..., DayEntry | None]:
    """Anna corrects an entry, unless it is somebody else."""

    def correct(
        entry: DayEntry, said: Work | None = None, who: str = "anna", reason: str = "verzählt", key: str | None = None
    ) -> DayEntry | None:
        viewer = programme.viewer(getattr(programme, who))
        return corrections.correct_entry(
            session_for(viewer), viewer, public_id=entry.public_id, work=said, reason=reason, now=now, today=TODAY,
            request_key=key,
        )  # fmt: skip

    return correct


Correct = Callable[..., DayEntry | None]


def sums(session: Session, contract_id: int) -> tuple[int, int, int]:
    total = session.get_one(BudgetTotal, contract_id, populate_existing=True)
    return total.used_minutes, total.confirmed_minutes, total.entry_count


# What is submitted stays


@pytest.mark.parametrize("state", CLOSED)
def test_nobody_changes_or_deletes_what_is_submitted(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime, state: MonthState
) -> None:
    entry = make_entry(session, programme.contract, programme.anna, service_date=DAY)
    close_month(session, programme.contract, APRIL, programme.lead, state=state)
    for who in ("anna", "lead"):
        viewer = programme.viewer(getattr(programme, who))
        own = session_for(viewer)
        with pytest.raises(Invalid, match="korrigieren"):
            service.change_entry(own, viewer, public_id=entry.public_id, version=1, work=work(DAY, 60), now=now)
        with pytest.raises(Invalid, match="korrigieren"):
            service.delete_entry(own, viewer, public_id=entry.public_id, now=now)

    assert [(each.minutes, each.version) for each in ledger()] == [(240, entry.version)]


def test_an_open_entry_moved_into_a_submitted_month_comes_late(
    programme: Programme, session: Session, session_for: SessionFor, now: datetime
) -> None:
    entry = make_entry(session, programme.contract, programme.anna, service_date=TODAY)
    close_month(session, programme.contract, APRIL, programme.lead)
    anna = programme.viewer(programme.anna)
    own = session_for(anna)
    moved = {"public_id": entry.public_id, "version": 1, "now": now}

    with pytest.raises(Invalid) as error:
        service.change_entry(own, anna, work=work(DAY), **moved)
    late = service.change_entry(own, anna, work=replace(work(DAY), reason="falsch notiert"), **moved)

    assert error.value.field == "reason"
    assert (late.service_date, late.posting_month, late.reason) == (DAY, MAY, "falsch notiert")


def test_what_comes_late_skips_every_month_that_is_not_open(
    programme: Programme, session: Session, session_for: SessionFor, now: datetime
) -> None:
    for month, state in ((APRIL, MonthState.REPORTED), (MAY, MonthState.SUBMITTED), (JUNE, MonthState.OPEN)):
        close_month(session, programme.contract, month, programme.lead, state=state)
    anna = programme.viewer(programme.anna)

    entry = service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, now=now,
        work=replace(work(DAY), reason="krank"),
    )[0]  # fmt: skip

    assert entry.posting_month == JUNE


# Corrections


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ("anna", None),
        ("lead", None),
        ("ben", Forbidden),
        ("cleo", NotFound),
        ("coordinator", Forbidden),
        ("head", Forbidden),
        ("reader", NotFound),
    ],
)
def test_who_may_correct_annas_entry(
    entry: DayEntry, ledger: Ledger, correct: Correct, who: str, outcome: type[DomainError] | None
) -> None:
    if outcome is None:
        correct(entry, work(DAY, 240), who)
        assert [each.minutes for each in ledger()] == [480, -480, 240]
    else:
        with pytest.raises(outcome):
            correct(entry, work(DAY, 240), who)
        assert [each.minutes for each in ledger()] == [480]


def test_a_correction_may_only_take_back(
    programme: Programme, entry: DayEntry, session: Session, ledger: Ledger, correct: Correct
) -> None:
    assert correct(entry) is None

    _, reversal = ledger()
    assert (reversal.minutes, reversal.chargeable_minutes, reversal.posting_month) == (-480, -480, MAY)
    assert (reversal.work_package_id, reversal.service_date) == (entry.work_package_id, DAY)
    assert sums(session, programme.contract.id) == (0, 480, 2)


def test_a_correction_is_corrected_by_its_new_entry(
    programme: Programme, entry: DayEntry, session: Session, correct: Correct
) -> None:
    half = correct(entry, work(DAY, 240))
    assert half is not None
    close_month(session, programme.contract, MAY, programme.lead)

    quarter = correct(half, work(DAY, 120), reason="doch weniger")

    assert quarter is not None
    assert (quarter.posting_month, quarter.replaces_id) == (JUNE, half.id)
    assert sums(session, programme.contract.id)[0] == 120
    assert totals.misfiled(session) == {}


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        (work(DAY, 240), " ", "reason"),
        (None, "", "reason"),
        (work(DAY, 480, work_package="AP1"), "gleich", None),
        (work(DAY, 0), "nichts", "minutes"),
        (work(DAY, 240, work_package="AP9"), "Paket", "work_package"),
    ],
)
def test_a_wrong_correction_leaves_nothing(
    entry: DayEntry, ledger: Ledger, correct: Correct, said: Work | None, reason: str, field: str | None
) -> None:
    with pytest.raises(Invalid) as error:
        correct(entry, said, reason=reason)

    assert error.value.field == field
    assert [each.minutes for each in ledger()] == [480]


def test_only_what_is_submitted_needs_a_correction_and_no_reversal_has_one(
    programme: Programme, entry: DayEntry, session: Session, ledger: Ledger, correct: Correct
) -> None:
    fresh = make_entry(session, programme.contract, programme.anna, service_date=TODAY)
    session.commit()
    correct(entry)
    reversal = ledger()[-1]

    for each in (fresh, reversal):
        with pytest.raises(Invalid):
            correct(each, work(TODAY, 60))


def test_an_entry_is_reversed_once_and_the_second_editor_is_told(
    entry: DayEntry, ledger: Ledger, correct: Correct
) -> None:
    correct(entry, work(DAY, 240))

    with pytest.raises(Conflict):
        correct(entry, work(DAY, 120), "lead")

    assert [each.minutes for each in ledger()] == [480, -480, 240]


def test_a_correction_sent_several_times_at_once_is_made_once(
    app: Flask, programme: Programme, entry: DayEntry, session: Session, ledger: Ledger, now: datetime
) -> None:
    anna = programme.viewer(programme.anna)

    def correct(own: Session) -> str | None:
        made = corrections.correct_entry(
            own, anna, public_id=entry.public_id, work=work(DAY, 240), reason="verzählt", now=now, today=TODAY,
            request_key=KEY,
        )  # fmt: skip
        return made.public_id if made else None

    answers = at_the_same_moment(app, anna, correct)

    assert [each.minutes for each in ledger()] == [480, -480, 240]
    assert answers == [ledger()[-1].public_id] * 4
    assert sums(session, programme.contract.id) == (240, 480, 3)


@pytest.mark.parametrize("which", [1, 2])
def test_until_it_is_submitted_a_correction_is_taken_back_as_one(
    programme: Programme, entry: DayEntry, session: Session, session_for: SessionFor, ledger: Ledger, correct: Correct,
    now: datetime, which: int,
) -> None:  # fmt: skip
    correct(entry, work(DAY, 240))
    anna = programme.viewer(programme.anna)

    service.delete_entry(session_for(anna), anna, public_id=ledger()[which].public_id, now=now, request_key=KEY)

    assert [each.minutes for each in ledger()] == [480]
    assert sums(session, programme.contract.id) == (480, 480, 1)


def test_a_reversal_is_not_changed_and_the_new_entry_keeps_its_reason(
    programme: Programme, entry: DayEntry, session_for: SessionFor, ledger: Ledger, correct: Correct, now: datetime
) -> None:
    correct(entry, work(DAY, 240))
    _, reversal, new = ledger()
    anna = programme.viewer(programme.anna)
    own = session_for(anna)

    with pytest.raises(Invalid):
        service.change_entry(own, anna, public_id=reversal.public_id, version=1, work=work(DAY, 60), now=now)
    said = replace(work(DAY, 360), reason="noch einmal verzählt")
    with pytest.raises(Invalid):
        service.change_entry(own, anna, public_id=new.public_id, version=1, work=work(DAY, 360), now=now)
    changed = service.change_entry(own, anna, public_id=new.public_id, version=1, work=said, now=now)

    assert (changed.minutes, changed.reason, changed.posting_month) == (360, "noch einmal verzählt", MAY)


def test_the_record_names_both_parts_and_no_words(entry: DayEntry, session: Session, correct: Correct) -> None:
    correct(entry, work(DAY, 240, note="Auswertung"), reason="Bergfink")

    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.correct")).one()
    assert record.object_id == entry.public_id
    assert record.after is not None
    assert (record.after["reversal"]["minutes"], record.after["replacement"]["minutes"]) == (-480, 240)
    assert "Bergfink" not in str(record.after)


# One cap a day


def test_what_one_entry_gives_back_of_the_cap_the_next_open_one_gets(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    anna = programme.viewer(programme.anna)
    own = session_for(anna)

    def log(minutes: int) -> DayEntry:
        return service.log_day(
            own, anna, municipality_id=programme.town.id, consultant_id=anna.user_id, now=now,
            work=replace(work(minutes=minutes), long_day=True),
        )[0]  # fmt: skip

    first, second, third = log(300), log(300), log(60)
    assert [each.chargeable_minutes for each in ledger()] == [300, 180, 0]

    service.change_entry(own, anna, public_id=first.public_id, version=1, work=work(minutes=120), now=now)
    assert [each.chargeable_minutes for each in ledger()] == [120, 300, 60]
    assert [each.counted_as for each in ledger()] == ["", "", ""]

    service.delete_entry(own, anna, public_id=second.public_id, now=now)
    assert [each.chargeable_minutes for each in ledger()] == [120, 60]
    assert sums(session, programme.contract.id)[0] == 180
    assert own.get_one(DayEntry, third.id).version == 1


def test_what_is_submitted_keeps_its_share_of_the_cap(
    programme: Programme, session: Session, session_for: SessionFor, ledger: Ledger, correct: Correct, now: datetime
) -> None:
    submitted = make_entry(session, programme.contract, programme.anna, service_date=DAY, minutes=480)
    close_month(session, programme.contract, APRIL, programme.lead)
    anna = programme.viewer(programme.anna)
    service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, now=now,
        work=replace(work(DAY, 60), reason="vergessen"),
    )  # fmt: skip
    assert [each.chargeable_minutes for each in ledger()] == [480, 0]

    correct(submitted, work(DAY, 240))

    assert [each.chargeable_minutes for each in ledger()] == [480, 60, -480, 240]


# Decisions


@pytest.fixture
def waiting(programme: Programme, session: Session, session_for: SessionFor, now: datetime) -> DayEntry:
    """Anna's work of the December before the contract begins."""
    anna = programme.viewer(programme.anna)
    return service.log_day(
        session_for(anna), anna, municipality_id=programme.town.id, consultant_id=anna.user_id, now=now,
        work=work(date(2025, 12, 18)),
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "outcome"),
    [("lead", None), ("anna", Forbidden), ("ben", Forbidden), ("coordinator", Forbidden), ("reader", Forbidden)],
)
def test_who_decides(
    programme: Programme, waiting: DayEntry, session_for: SessionFor, ledger: Ledger, now: datetime, who: str,
    outcome: type[DomainError] | None,
) -> None:  # fmt: skip
    viewer = programme.viewer(getattr(programme, who))
    decision = {"public_id": waiting.public_id, "grant": True, "now": now}
    if outcome is None:
        corrections.decide_entry(session_for(viewer), viewer, **decision)
        assert [each.chargeable_minutes for each in ledger()] == [240]
    else:
        with pytest.raises(outcome):
            corrections.decide_entry(session_for(viewer), viewer, **decision)
        assert [each.chargeable_minutes for each in ledger()] == [0]


def test_a_decision_may_be_changed_until_the_entry_is_submitted(
    programme: Programme, waiting: DayEntry, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    lead = programme.viewer(programme.lead)
    own = session_for(lead)

    def decide(grant: bool, key: str | None = None) -> None:
        corrections.decide_entry(own, lead, public_id=waiting.public_id, grant=grant, now=now, request_key=key)

    decide(True, KEY)
    decide(True, KEY)
    with pytest.raises(Invalid):
        decide(True)
    decide(False)
    assert [(each.approval, each.chargeable_minutes) for each in ledger()] == [(Approval.REFUSED, 0)]
    decide(True)
    close_month(session, programme.contract, date(2026, 1, 1), programme.lead)
    with pytest.raises(Invalid):
        decide(False)


def test_a_decision_holds_for_what_was_decided_on(
    programme: Programme, waiting: DayEntry, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    lead, anna = programme.viewer(programme.lead), programme.viewer(programme.anna)
    corrections.decide_entry(session_for(lead), lead, public_id=waiting.public_id, grant=True, now=now)
    own = session_for(anna)

    def change(said: Work, version: int) -> None:
        service.change_entry(own, anna, public_id=waiting.public_id, version=version, work=said, now=now)

    (entry,) = ledger()
    change(work(date(2025, 12, 18), note="nur eine Notiz"), entry.version)
    (entry,) = ledger()
    assert (entry.approval, entry.chargeable_minutes) == (Approval.GRANTED, 240)
    change(work(date(2025, 12, 18), 480), entry.version)
    (entry,) = ledger()
    assert (entry.approval, entry.chargeable_minutes, entry.approved_by_id) == (Approval.BEFORE_TERM, 0, None)


def test_what_waits_is_in_no_statement_and_goes_into_the_month_that_is_open_then(
    programme: Programme, waiting: DayEntry, session: Session, session_for: SessionFor, ledger: Ledger, now: datetime
) -> None:
    for month in (date(2025, 12, 1), date(2026, 1, 1)):
        close_month(session, programme.contract, month, programme.lead)
    assert totals.misfiled(session) == {}
    lead = programme.viewer(programme.lead)

    corrections.decide_entry(session_for(lead), lead, public_id=waiting.public_id, grant=True, now=now)

    (entry,) = ledger()
    assert (entry.posting_month, entry.statement_id) == (date(2026, 2, 1), None)
    assert queries.waiting_rows(session, lead) == []
