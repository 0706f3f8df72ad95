"""A test run says what it left out; in CI it fails for it, except for data that does not lie in the project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT

NO_CHROMIUM = "LEFT OUT: 2 tests: Chromium: none found; install one, or name it in KOMMA_CHROMIUM"
NO_SHARED = "LEFT OUT: 1 tests: ../shared is not here: nothing.csv"


def run(*arguments: str, in_ci: bool, **settings: str) -> tuple[int, list[str]]:
    """Run pytest as `start test` does; returns its status and the lines about what was left out."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "CI": "true" if in_ci else "", **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("LEFT OUT", "FAILED: in CI"))]
    return done.returncode, lines


@pytest.mark.parametrize(
    ("in_ci", "told"),
    [
        (False, (0, [NO_CHROMIUM])),
        (True, (1, [NO_CHROMIUM, "FAILED: in CI nothing may be left out"])),
    ],
)
def test_a_missing_browser_is_told_and_fails_in_ci(in_ci: bool, told: tuple[int, list[str]]) -> None:
    asked = ("tests/browser/test_harness.py", "-k", "lead", "-n1")
    assert run(*asked, in_ci=in_ci, KOMMA_CHROMIUM="/nowhere/chromium") == told


def test_missing_shared_data_is_told_and_may_be_missing_in_ci(tmp_path: Path) -> None:
    test = tmp_path / "test_shared.py"
    test.write_text("from tests.support.shared import shared_file\ndef test_it(): shared_file('nothing.csv')\n")
    # The configuration is the project's; its conftest is not on the way to this file.
    asked = ("-n0", "-p", "tests.conftest", f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml"), str(test))
    assert run(*asked, in_ci=True) == (0, [NO_SHARED])
