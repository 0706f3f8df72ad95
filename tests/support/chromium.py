"""Find a Chromium that is already on the machine; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--lang=de-DE",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Date fields in German, and no word to any other host."""


def find_chromium() -> str | None:
    """The browser to test with: `KOMMA_CHROMIUM`, else the first one found."""
    given = os.environ.get("KOMMA_CHROMIUM")
    if given:
        return given if Path(given).exists() else None
    on_path = (found for name in NAMES if (found := shutil.which(name)))
    return next(on_path, None) or next((app for app in APPLICATIONS if Path(app).exists()), None)


def flags() -> list[str]:
    """Command-line flags for every start; root cannot have Chromium's sandbox."""
    as_root = os.name == "posix" and os.geteuid() == 0
    return [*FLAGS, *(["--no-sandbox"] if as_root else [])]
