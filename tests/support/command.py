"""The `komma` command as people run it: a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KOMMA = (sys.executable, "-c", "from komma_tracker.cli import main; main()")
PATIENCE = 60
"""Seconds that a command may take."""


def surroundings(data_dir: Path, **settings: str) -> dict[str, str]:
    """This environment with settings of its own, and no other."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KOMMA_")}
    return {**own, "KOMMA_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **settings}


def komma(data_dir: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*KOMMA, *arguments],
        env=surroundings(data_dir, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def serving(data_dir: Path, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `komma serve` on a free port, and its address; ended at the end."""
    log = data_dir / "server.log"
    with (
        log.open("w") as complaints,
        subprocess.Popen(
            [*KOMMA, "serve", "--port", "0", *arguments],
            env=surroundings(data_dir, **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as process,
    ):
        try:
            yield process, _address(process, log)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    for line in process.stdout or ():
        if found := re.search(r"http://\S+", line):
            return found.group()
    raise RuntimeError(f"the server did not start: {log.read_text()}")
