"""Start to the first answer, and the memory of the idle server: `python -m benchmarks.start`. Memory on Linux only."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.log_days import wait_for
from config import ROOT

TIMES = 5


def main() -> None:
    """Start several times on the same data, and say the middle of it."""
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder:
        environment = {**os.environ, "KOMMA_DATA_DIR": folder}
        seconds, megabytes = zip(*(once(environment) for _ in range(TIMES + 1)), strict=True)
    # The first start migrates and loads the demo; the others are what an operator sees.
    print(f"start to first 200: {median(seconds[1:]):.2f} s (the very first, with demo data: {seconds[0]:.2f} s)")
    print(f"idle server: {median(megabytes[1:]):.0f} MB")


def once(environment: dict[str, str]) -> tuple[float, float]:
    """One start; returns seconds and megabytes."""
    port = free_port()
    command = [sys.executable, "-c", "from komma_tracker.cli import main; main()", "serve", "--migrate", "--demo"]
    begin = time.perf_counter()
    server = subprocess.Popen([*command, "--port", str(port)], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        seconds = time.perf_counter() - begin
        time.sleep(1)
        return seconds, resident_megabytes(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_megabytes(pid: int) -> float:
    """Memory that a process occupies."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
