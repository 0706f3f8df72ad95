"""Illustrative data that lies beside the project: the official register, a told engagement, real calendars."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ROOT

SHARED = ROOT.parent / "shared"
MISSING = "../shared is not here"
"""How the one permitted reason for a skip begins."""


def shared_file(name: str) -> Path:
    """A file of the shared data; the test is skipped where there is none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{MISSING}: {name}")
    return path
