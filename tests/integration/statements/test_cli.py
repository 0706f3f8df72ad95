"""`komma statements` and what `komma check` says of statements."""

from __future__ import annotations

from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.cli import komma
from komma_tracker.contracts.models import ContractTerms


def run(app: Flask, *arguments: str) -> Result:
    """A command, as typed after `komma`."""
    return app.test_cli_runner().invoke(komma, arguments)


def test_a_number_is_verified_and_a_change_found(app: Flask, session: Session) -> None:
    run(app, "demo", "load", "--municipalities", "1")
    statement = session.scalars(select(Statement).where(Statement.minutes > 0)).first()
    assert statement is not None
    fine = run(app, "statements", "verify", statement.check_number.lower())
    entry = session.scalars(select(DayEntry).where(DayEntry.statement_id == statement.id)).first()
    assert entry is not None
    entry.minutes += 15
    session.commit()

    wrong, check = run(app, "statements", "verify", statement.check_number), run(app, "check")

    assert (fine.exit_code, fine.output) == (0, f"K01 {statement.month:%Y-%m}: holds\n")
    assert wrong.exit_code == check.exit_code == 1
    assert f"entry {entry.public_id}: geleistete Minuten: {entry.minutes - 15} -> {entry.minutes}" in wrong.output
    assert (
        check.output
        == f"{statement.public_id}: the ledger differs from what check number {statement.check_number} stands for\n"
    )
    assert run(app, "statements", "verify", "AAAA-BBBB-CCCC").exit_code == 1


def test_silence_stays_unanswered_unless_agreed(app: Flask, session: Session) -> None:
    run(app, "demo", "load", "--municipalities", "2")
    waiting = len(session.scalars(select(Statement.id).where(Statement.state == MonthState.SUBMITTED)).all())
    off = run(app, "statements", "due")
    session.rollback()
    for terms in session.scalars(select(ContractTerms)):
        terms.deemed_approval_working_days = 1
    session.commit()

    on, check = run(app, "statements", "due"), run(app, "check")

    assert off.output == f"0 deemed approved, {waiting} unanswered\n"
    assert on.output.endswith(f"{waiting} deemed approved, 0 unanswered\n")
    assert (on.exit_code, check.exit_code) == (0, 0)
