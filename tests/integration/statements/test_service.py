"""A month's way from open to reported: who moves it, what is frozen, what stays, and that silence is no yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.access.rules import Conflict, DomainError, Forbidden, Invalid, NotFound, Role, System
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import totals
from komma_tracker.budget.corrections import correct_entry
from komma_tracker.budget.models import BudgetTotal, DayEntry, Statement
from komma_tracker.budget.rules import Activity, AnswerWay, Approval, MonthState
from komma_tracker.budget.service import log_day
from komma_tracker.db import db
from komma_tracker.statements import queries, service
from komma_tracker.statements.models import StatementSnapshot
from komma_tracker.statements.shown import sheet_of, unproven, verify
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.integration.budget.conftest import SECRET_NAME, Programme, work
from tests.integration.statements.conftest import (
    APRIL,
    CLOSED,
    CONFIRMED,
    FEBRUARY,
    JANUARY,
    MARCH,
    MAY,
    NOW,
    OPEN,
    QUERIED,
    REPORTED,
    SUBMITTED,
    TODAY,
    Submit,
    fresh,
)
from tests.support.application import SessionFor

DAY = 480


def entry(session: Session, programme: Programme, on: date, minutes: int = DAY, **values: Any) -> DayEntry:
    session.commit()  # what it has read so far is old
    made = make_entry(session, programme.contract, programme.anna, service_date=on, minutes=minutes, **values)
    session.commit()
    return made


# Submitting


def test_a_month_takes_its_entries_and_says_what_is_left(
    programme: Programme, session: Session, submit: Submit
) -> None:
    entry(session, programme, date(2026, 1, 13), package="AP1")
    entry(session, programme, date(2026, 1, 20), minutes=270, chargeable_minutes=0, activity=Activity.TRAVEL)
    later = entry(session, programme, date(2026, 2, 3))

    statement = fresh(session, submit(JANUARY))

    assert (statement.state, statement.minutes, statement.agreed_minutes) == (SUBMITTED, DAY, 80 * DAY)
    assert (statement.remaining_minutes, statement.submitted_by_id) == (79 * DAY, programme.anna.id)
    assert session.get_one(DayEntry, later.id).statement_id is None
    assert len(queries.lines_of(session, programme.viewer(programme.lead), statement_id=statement.id)) == 2


def test_an_empty_month_says_that_nothing_was_done(programme: Programme, session: Session, submit: Submit) -> None:
    statement = submit(JANUARY)

    assert (statement.minutes, statement.remaining_minutes) == (0, 80 * DAY)


@pytest.mark.parametrize(
    ("month", "message"),
    [(date(2026, 6, 1), "Zukunft"), (FEBRUARY, "zuerst den Monat 01/2026"), (date(2025, 12, 1), "außerhalb")],
)
def test_months_are_submitted_in_order_and_not_ahead(
    programme: Programme, session_for: SessionFor, month: date, message: str
) -> None:
    anna = programme.viewer(programme.anna)

    with pytest.raises(Invalid) as refused:
        service.submit_month(
            session_for(anna), anna, municipality_id=programme.town.id, month=month, now=NOW, today=TODAY
        )

    assert message in str(refused.value)


def test_a_month_is_submitted_once(programme: Programme, session: Session, submit: Submit) -> None:
    submit(JANUARY)

    with pytest.raises(Invalid, match="wechseln"):
        submit(JANUARY)


def test_one_form_sent_twice_makes_one_statement(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    anna = programme.viewer(programme.anna)
    made = [
        service.submit_month(
            session_for(anna), anna, municipality_id=programme.town.id, month=JANUARY, now=NOW, today=TODAY,
            request_key="one-form-that-is-sent-twice",
        ).public_id
        for _ in range(2)
    ]  # fmt: skip

    assert made[0] == made[1]
    assert len(session.scalars(select(AuditRecord)).all()) == 1


@pytest.mark.parametrize("approval", [Approval.BEFORE_TERM, Approval.VERY_LATE, Approval.REFUSED])
def test_what_does_not_count_is_not_submitted(
    programme: Programme, session: Session, submit: Submit, approval: Approval
) -> None:
    waiting = entry(session, programme, date(2026, 1, 13), chargeable_minutes=0, approval=approval)

    submit(JANUARY)

    session.expire_all()
    assert session.get_one(DayEntry, waiting.id).statement_id is None


def test_what_was_granted_after_its_month_comes_with_the_next(
    programme: Programme, session: Session, submit: Submit
) -> None:
    waiting = entry(session, programme, date(2026, 1, 13), chargeable_minutes=0, approval=Approval.VERY_LATE)
    submit(JANUARY)
    waiting = session.get_one(DayEntry, waiting.id, populate_existing=True)
    waiting.approval, waiting.chargeable_minutes = Approval.GRANTED, DAY
    session.commit()

    statement = submit(FEBRUARY, since=FEBRUARY)

    taken = session.get_one(DayEntry, waiting.id, populate_existing=True)
    assert (taken.statement_id, taken.posting_month, statement.minutes) == (statement.id, FEBRUARY, DAY)


WHO = [
    ("lead", None), ("anna", None), ("cleo", Forbidden), ("coordinator", Forbidden), ("head", Forbidden),
    ("reader", Forbidden),
]  # fmt: skip


@pytest.mark.parametrize(("who", "outcome"), WHO)
def test_who_may_submit(
    programme: Programme, session_for: SessionFor, who: str, outcome: type[DomainError] | None
) -> None:
    viewer = programme.viewer(getattr(programme, who))

    def submit() -> Statement:
        return service.submit_month(
            session_for(viewer), viewer, municipality_id=programme.town.id, month=JANUARY, now=NOW, today=TODAY
        )

    if outcome:
        with pytest.raises(outcome):
            submit()
    else:
        assert submit().state is SUBMITTED


# Answering


@pytest.mark.parametrize(
    ("who", "outcome"),
    [("lead", Forbidden), ("anna", Forbidden), ("cleo", NotFound), ("coordinator", None), ("head", None),
     ("reader", NotFound)],
)  # fmt: skip
def test_who_may_answer(
    programme: Programme, session_for: SessionFor, submit: Submit, who: str, outcome: type[DomainError] | None
) -> None:
    statement, viewer = submit(JANUARY), programme.viewer(getattr(programme, who))

    def confirm() -> Statement:
        return service.answer(session_for(viewer), viewer, public_id=statement.public_id, version=None, now=NOW)

    if outcome:
        with pytest.raises(outcome):
            confirm()
    else:
        assert confirm().answered_by_name == getattr(programme, who).name


def test_a_yes_makes_its_minutes_confirmed(
    programme: Programme, session: Session, submit: Submit, answer: Submit
) -> None:
    entry(session, programme, date(2026, 1, 13))
    entry(session, programme, date(2026, 2, 3))

    statement = fresh(session, answer(submit(JANUARY)))

    total = session.get_one(BudgetTotal, programme.contract.id, populate_existing=True)
    assert (statement.state, statement.answered_by_name) == (CONFIRMED, "Kira Koch")
    assert (total.used_minutes, total.confirmed_minutes) == (2 * DAY, DAY)
    assert totals.wrong(session) == {}


def test_an_objection_goes_back_with_its_words_and_they_stay(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit, answer: Submit
) -> None:
    wrong = entry(session, programme, date(2026, 1, 13))
    first = submit(JANUARY)
    queried = answer(first, {wrong.public_id: "War nur ein halber Tag.", "": "Der 20. fehlt."})
    anna = programme.viewer(programme.anna)
    assert fresh(session, queried).state is QUERIED
    assert session.get_one(BudgetTotal, programme.contract.id, populate_existing=True).confirmed_minutes == 0

    service.reopen_month(session_for(anna), anna, public_id=first.public_id, now=NOW)
    assert fresh(session, first).state is OPEN
    session.commit()
    opened = session.get_one(DayEntry, wrong.id, populate_existing=True)
    assert opened.statement_id is None
    opened.minutes = opened.chargeable_minutes = 240
    totals.recount(session, contract_ids=[programme.contract.id])
    session.commit()
    again = submit(JANUARY)

    assert (again.id, again.minutes) == (first.id, 240)
    assert again.check_number != queried.check_number
    session.commit()
    steps = queries.steps_of(session, anna, statement_id=first.id)
    assert [step.state for step in steps] == [SUBMITTED, QUERIED, OPEN, SUBMITTED]
    assert [(each.entry_public_id, each.minutes, each.words) for each in steps[1].objections] == [
        (wrong.public_id, DAY, "War nur ein halber Tag."),
        (None, None, "Der 20. fehlt."),
    ]


@pytest.mark.parametrize("objections", [{}, {"": "  "}, {"aaaaaaaaaaaaaaaa": "Das ist nicht meine Zeile."}])
def test_an_objection_needs_words_to_a_line_that_is_there(
    programme: Programme, session: Session, submit: Submit, answer: Submit, objections: dict[str, str]
) -> None:
    statement = submit(JANUARY)

    with pytest.raises(Invalid):
        answer(statement, objections)

    assert fresh(session, statement).state is SUBMITTED


def test_nobody_confirms_what_has_changed_since_they_read_it(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit
) -> None:
    read = submit(JANUARY).version
    lead, kira = programme.viewer(programme.lead), programme.viewer(programme.coordinator)
    row = session.scalars(select(Statement)).one()
    service.reopen_month(session_for(lead), lead, public_id=row.public_id, reason="Nachtrag fehlt", now=NOW)
    entry(session, programme, date(2026, 1, 15))
    submit(JANUARY)

    with pytest.raises(Conflict):
        service.answer(session_for(kira), kira, public_id=row.public_id, version=read, now=NOW)


@pytest.mark.parametrize(
    ("agreed", "today", "state"),
    [
        (0, date(2026, 12, 31), SUBMITTED),
        (10, date(2026, 6, 4), SUBMITTED),  # 25 May is Whit Monday, 4 June Corpus Christi in Hesse
        (10, date(2026, 6, 5), CONFIRMED),
    ],
)
def test_silence_is_a_yes_only_where_the_contract_says_so(
    programme: Programme,
    session: Session,
    session_for: SessionFor,
    submit: Submit,
    agreed: int,
    today: date,
    state: MonthState,
) -> None:
    programme.contract.terms[0].deemed_approval_working_days = agreed
    session.commit()
    statement, errand = submit(JANUARY), System("statements due")

    done, waiting = service.deem_approved(session_for(errand), errand, today=today, now=NOW)

    answered = fresh(session, statement)
    assert (answered.state, len(done), waiting) == (state, int(state is CONFIRMED), int(state is SUBMITTED))
    assert (answered.answer_way, answered.answered_by_name) == (
        (AnswerWay.DEEMED, "") if state is CONFIRMED else (None, None)
    )


def test_no_entry_slips_into_a_month_while_it_is_submitted(app: Flask, programme: Programme, session: Session) -> None:
    lead, start, made = programme.viewer(programme.lead), Barrier(3), list[object]()

    def alone(doing: Callable[[Session], object]) -> Thread:
        def run() -> None:
            with app.app_context():
                engine = db.engine
            with Session(engine, expire_on_commit=False) as own:
                scope.bind(own, lead)
                start.wait(timeout=10)
                made.append(doing(own))

        return Thread(target=run)

    here = programme.town.id
    late = replace(work(date(2026, 1, 20)), reason="Vergessen")
    log = {"municipality_id": here, "consultant_id": lead.user_id, "work": late, "now": NOW}
    month = {"municipality_id": here, "month": JANUARY, "now": NOW, "today": TODAY}
    threads = [
        alone(lambda own: service.submit_month(own, lead, **month)),
        alone(lambda own: log_day(own, lead, **log)),
        alone(lambda own: log_day(own, lead, **log)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    session.commit()
    assert len(made) == 3
    assert (totals.wrong(session), totals.misfiled(session), unproven(session, lead)) == ({}, {}, [])


# Closing, opening again, reporting


def test_a_month_goes_its_way_to_the_report(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit, answer: Submit, close: Submit
) -> None:
    lead = programme.viewer(programme.lead)
    statement = close(answer(submit(JANUARY)))
    assert statement.state is CLOSED

    (reported,) = service.mark_reported(session_for(lead), lead, statement_ids=[statement.public_id], now=NOW)

    assert (reported.state, reported.reported_at) == (REPORTED, NOW)
    with pytest.raises(Invalid):
        service.reopen_month(session_for(lead), lead, public_id=statement.public_id, reason="Irrtum", now=NOW)


def test_only_closed_months_are_reported(programme: Programme, session_for: SessionFor, submit: Submit) -> None:
    lead, statement = programme.viewer(programme.lead), submit(JANUARY)

    with pytest.raises(Invalid):
        service.mark_reported(session_for(lead), lead, statement_ids=[statement.public_id], now=NOW)


@pytest.mark.parametrize(
    ("state", "who", "reason", "outcome"),
    [
        (SUBMITTED, "lead", "Eintrag fehlt", None),
        (SUBMITTED, "lead", " ", Invalid),
        (SUBMITTED, "anna", "Eintrag fehlt", Forbidden),
        (QUERIED, "anna", "", None),
        (CONFIRMED, "anna", "Eintrag fehlt", Forbidden),
        (CONFIRMED, "lead", "Eintrag fehlt", None),
        (CLOSED, "lead", "Eintrag fehlt", None),
        (CLOSED, "lead", "", Invalid),
        (CLOSED, "coordinator", "Eintrag fehlt", Forbidden),
    ],
)
def test_who_may_open_a_month_again(
    programme: Programme,
    session: Session,
    session_for: SessionFor,
    submit: Submit,
    answer: Submit,
    close: Submit,
    state: MonthState,
    who: str,
    reason: str,
    outcome: type[DomainError] | None,
) -> None:
    entry(session, programme, date(2026, 1, 13))
    statement = submit(JANUARY)
    if state is QUERIED:
        answer(statement, {"": "Bitte prüfen."})
    if state in (CONFIRMED, CLOSED):
        answer(statement)
    if state is CLOSED:
        close(statement)
    viewer = programme.viewer(getattr(programme, who))

    def reopen() -> Statement:
        return service.reopen_month(session_for(viewer), viewer, public_id=statement.public_id, reason=reason, now=NOW)

    if outcome:
        with pytest.raises(outcome):
            reopen()
        assert fresh(session, statement).state is state
    else:
        assert reopen().state is OPEN
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "statement.reopen")).one()
        assert record.before == {"state": state.value}
        assert session.get_one(BudgetTotal, programme.contract.id, populate_existing=True).confirmed_minutes == 0


def test_a_month_that_was_corrected_later_is_not_opened_again(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit, answer: Submit, close: Submit
) -> None:
    lead = programme.viewer(programme.lead)
    original = entry(session, programme, date(2026, 1, 13))
    statement = close(answer(submit(JANUARY)))
    entry(session, programme, date(2026, 1, 13), minutes=-DAY, reverses_id=original.id, posting_month=FEBRUARY)

    with pytest.raises(Invalid, match="Korrekturen"):
        service.reopen_month(session_for(lead), lead, public_id=statement.public_id, reason="Irrtum", now=NOW)


# What is frozen, and what the number proves


def test_case_05_correction_after_sign_off(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit, answer: Submit, close: Submit
) -> None:
    original = entry(session, programme, date(2026, 1, 13), minutes=DAY)
    entry(session, programme, date(2026, 2, 10), minutes=120)
    january = close(answer(submit(JANUARY)))
    number = january.check_number
    anna, half = programme.viewer(programme.anna), work(date(2026, 1, 13), minutes=240)
    correct_entry(
        session_for(anna), anna, public_id=original.public_id, work=half, reason="Nur ein halber Tag", now=NOW,
        today=TODAY,
    )  # fmt: skip

    february = answer(submit(FEBRUARY, since=FEBRUARY))

    lead = programme.viewer(programme.lead)
    session.commit()
    sheet = sheet_of(session, lead, february)
    assert [line.chargeable_minutes for line in sheet.blocks.current] == [120]
    assert [(line.service_date, line.chargeable_minutes, line.reason) for line in sheet.blocks.earlier] == [
        (date(2026, 1, 13), -DAY, "Nur ein halber Tag"),
        (date(2026, 1, 13), 240, "Nur ein halber Tag"),
    ]
    assert (february.minutes, february.remaining_minutes) == (-120, 80 * DAY - 360)
    assert february.state is CONFIRMED
    january = fresh(session, january)
    assert (january.minutes, january.check_number, january.state) == (DAY, number, CLOSED)
    assert verify(session, lead, january).holds
    assert session.get_one(BudgetTotal, programme.contract.id, populate_existing=True).confirmed_minutes == 360
    assert (totals.wrong(session), totals.misfiled(session), unproven(session, lead)) == ({}, {}, [])


def test_case_07_the_open_statement_passes_to_the_successor_and_old_sign_offs_keep_the_name(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit, answer: Submit
) -> None:
    old = answer(submit(JANUARY))
    waiting = submit(FEBRUARY, since=FEBRUARY)
    (assignment,) = programme.coordinator.assignments
    gone = programme.viewer(programme.coordinator)
    assignment.ends_on = TODAY - timedelta(days=1)
    successor = make_user(session, role=Role.COORDINATOR, municipalities=(programme.town,), name="Nora Neu")
    session.commit()
    gone = type(gone)(gone.user_id, gone.role, frozenset())

    with pytest.raises(NotFound):
        service.answer(session_for(gone), gone, public_id=waiting.public_id, version=None, now=NOW)
    viewer = programme.viewer(successor)
    done = service.answer(session_for(viewer), viewer, public_id=waiting.public_id, version=None, now=NOW)

    assert (fresh(session, old).answered_by_name, done.answered_by_name) == ("Kira Koch", "Nora Neu")


def test_case_13_a_late_entry_stands_in_the_next_statement_as_previous_period(
    programme: Programme, session: Session, submit: Submit, answer: Submit, close: Submit
) -> None:
    entry(session, programme, date(2026, 1, 13))
    january = close(answer(submit(JANUARY)))
    late = entry(session, programme, date(2026, 1, 27), minutes=240, posting_month=FEBRUARY, reason="Vergessen")

    february = submit(FEBRUARY, since=FEBRUARY)

    sheet = sheet_of(session, programme.viewer(programme.lead), february)
    assert [line.entry for line in sheet.blocks.earlier] == [late.public_id]
    assert sheet.blocks.current == ()
    assert fresh(session, january).minutes == DAY


def test_case_15_travel_stands_apart(programme: Programme, session: Session, submit: Submit) -> None:
    entry(session, programme, date(2026, 1, 12), minutes=270, chargeable_minutes=0, activity=Activity.TRAVEL)
    entry(session, programme, date(2026, 1, 13))

    sheet = sheet_of(session, programme.viewer(programme.lead), submit(JANUARY))

    assert [(line.minutes, line.chargeable_minutes) for line in sheet.blocks.travel] == [(270, 0)]
    assert [line.minutes for line in sheet.blocks.current] == [DAY]


def test_names_stay_as_they_were_and_the_municipalitys_is_not_kept(
    programme: Programme, session: Session, submit: Submit
) -> None:
    make_entry(session, programme.secret_contract, programme.anna, service_date=date(2026, 1, 13), package="AP1")
    session.commit()
    statement = submit(JANUARY, secret=True)
    programme.anna.name = "Anna Anders"
    programme.secret_contract.work_packages[1].title = "Umbenannt"
    session.commit()

    (line,) = sheet_of(session, programme.viewer(programme.lead), statement).lines

    assert (line.consultant, line.package) == ("Anna Albers", "AP1 Bedarfsanalyse")
    kept = session.get_one(StatementSnapshot, statement.id)
    assert SECRET_NAME not in f"{kept.names} {kept.facts}"


def test_a_coaching_is_no_more_than_its_time(programme: Programme, session: Session, submit: Submit) -> None:
    entry(session, programme, date(2026, 1, 13), activity=Activity.COACHING, note="Wer und worüber", reason="spät")

    (line,) = sheet_of(session, programme.viewer(programme.lead), submit(JANUARY)).lines

    assert (line.is_confidential, line.note, line.reason) == (True, "", "")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"minutes": 60}, {"geleistete Minuten"}),
        ({"chargeable_minutes": 60}, {"angerechnete Minuten"}),
        ({"service_date": date(2026, 1, 14)}, {"Leistungsdatum"}),
        ({"statement_id": None}, {""}),
        ({"note": "anders"}, set()),
    ],
)
def test_a_number_proves_that_the_ledger_still_says_the_same(
    programme: Programme, session: Session, submit: Submit, change: dict[str, object], names: set[str]
) -> None:
    made = entry(session, programme, date(2026, 1, 13))
    statement, lead = submit(JANUARY), programme.viewer(programme.lead)
    assert verify(session, lead, statement).holds
    made = session.get_one(DayEntry, made.id, populate_existing=True)
    for name, value in change.items():
        setattr(made, name, value)
    session.commit()

    result = verify(session, lead, statement)

    assert {each.name for each in result.differences} == names
    assert result.holds == (not names)


def test_a_foreign_number_is_unknown(programme: Programme, session_for: SessionFor, submit: Submit) -> None:
    number = submit(JANUARY, secret=True).check_number
    stranger, lead = programme.viewer(programme.coordinator), programme.viewer(programme.lead)

    assert queries.statements_by_number(session_for(stranger), stranger, number) == []
    assert len(queries.statements_by_number(session_for(lead), lead, number)) == 1


# The whole ledger


def test_statements_and_open_entries_make_the_balance(
    programme: Programme, session: Session, submit: Submit, ledger_sum: Callable[[], int]
) -> None:
    for month in (1, 2, 3, 5):
        entry(session, programme, date(2026, month, 12), minutes=60 * month)
    last = submit(APRIL)

    assert last.remaining_minutes == 80 * DAY - 360
    assert sum(session.scalars(select(Statement.minutes))) + 300 == ledger_sum()
    assert MAY > MARCH


@pytest.fixture
def ledger_sum(session: Session, programme: Programme) -> Callable[[], int]:
    """What the ledger of the town comes to."""
    return lambda: sum(session.scalars(select(DayEntry.chargeable_minutes)))


def test_without_a_contract_there_is_nothing_to_submit(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    bare = make_municipality(session, number=3)
    session.commit()
    lead = programme.viewer(programme.lead)

    with pytest.raises(Invalid, match="noch keinen Vertrag"):
        service.submit_month(session_for(lead), lead, municipality_id=bare.id, month=JANUARY, now=NOW, today=TODAY)
