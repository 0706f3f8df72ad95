"""`komma check` and `komma demo load`."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.budget.models import BudgetTotal
from komma_tracker.cli import komma
from komma_tracker.contracts.models import Contract


def run(app: Flask, *arguments: str) -> Result:
    """A command, as typed after `komma`."""
    return app.test_cli_runner().invoke(komma, arguments)


def test_demo_data_go_into_an_empty_database_only(app: Flask, session: Session) -> None:
    loaded = run(app, "demo", "load", "--municipalities", "1")
    again = run(app, "demo", "load")
    quiet = run(app, "demo", "load", "--if-empty")

    assert loaded.exit_code == 0
    assert loaded.output.startswith("1 municipalities, ")
    assert again.exit_code == 2
    assert again.output.endswith("Error: the database is not empty; demo data only go into an empty one\n")
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert session.scalar(select(func.count(User.id))) == 8


@pytest.mark.parametrize("wrong", [("--municipalities", "0"), ("--today", "morgen"), ("--seed", "x"), ("--nothing",)])
def test_bad_usage_of_the_demo_is_status_2(app: Flask, wrong: tuple[str, ...]) -> None:
    assert run(app, "demo", "load", *wrong).exit_code == 2


def test_check_names_the_contracts_whose_total_is_wrong_and_repairs_them(app: Flask, session: Session) -> None:
    run(app, "demo", "load", "--municipalities", "3")
    fine = run(app, "check")
    total = session.get_one(BudgetTotal, 2)
    right, total.used_minutes = total.used_minutes, total.used_minutes + 1
    public_id = session.scalar(select(Contract.public_id).where(Contract.id == 2))
    session.commit()

    wrong, repaired, again = run(app, "check"), run(app, "check", "--repair"), run(app, "check")

    found = f"contract {public_id}: the kept total differs from the ledger"
    assert (fine.exit_code, fine.output) == (0, "all kept totals and statements agree with their ledgers\n")
    assert (wrong.exit_code, wrong.output) == (1, f"{found}\n")
    assert (repaired.exit_code, repaired.output) == (0, f"{found}; counted anew\n")
    assert (again.exit_code, again.output) == (0, fine.output)
    session.refresh(total)
    assert total.used_minutes == right


def test_check_says_what_it_takes(app: Flask) -> None:
    assert run(app, "check", "--nothing").exit_code == 2
    assert "--repair" in run(app, "check", "--help").output
