"""`komma check` and `komma demo load`, as people run them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.command import komma


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    assert komma(folder, "db", "upgrade").returncode == 0
    done = komma(folder, "demo", "load", "--municipalities", "3", "--today", "2026-11-18")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 municipalities, ")
    return folder


def test_a_filled_database_takes_no_demo(data_dir: Path) -> None:
    again = komma(data_dir, "demo", "load")
    quiet = komma(data_dir, "demo", "load", "--if-empty")

    assert again.returncode == 2
    assert again.stderr.endswith("Error: the database is not empty; demo data only go into an empty one\n")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


@pytest.mark.parametrize("wrong", [("--municipalities", "0"), ("--today", "morgen"), ("--seed", "x"), ("--nothing",)])
def test_bad_usage_of_the_demo_is_status_2(data_dir: Path, wrong: tuple[str, ...]) -> None:
    assert komma(data_dir, "demo", "load", *wrong).returncode == 2


def test_check_names_the_contracts_whose_total_is_wrong_and_repairs_them(data_dir: Path) -> None:
    fine = komma(data_dir, "check")
    with sqlite3.connect(data_dir / "komma.db") as connection:
        connection.execute("UPDATE budget_total SET used_minutes = used_minutes + 1 WHERE contract_id = 2")
        (public_id,) = connection.execute("SELECT public_id FROM contract WHERE id = 2").fetchone()
    connection.close()
    wrong = komma(data_dir, "check")
    repaired = komma(data_dir, "check", "--repair")
    again = komma(data_dir, "check")

    assert (fine.returncode, fine.stdout) == (0, "all kept totals agree with their ledgers\n")
    assert (wrong.returncode, wrong.stdout) == (1, f"contract {public_id}: the kept total differs from the ledger\n")
    assert (repaired.returncode, repaired.stdout) == (
        0,
        f"contract {public_id}: the kept total differs from the ledger; counted anew\n",
    )
    assert (again.returncode, again.stdout) == (0, "all kept totals agree with their ledgers\n")


def test_check_says_what_it_takes(data_dir: Path) -> None:
    assert komma(data_dir, "check", "--nothing").returncode == 2
    assert "--repair" in komma(data_dir, "check", "--help").stdout
