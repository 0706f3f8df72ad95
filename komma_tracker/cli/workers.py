"""Several processes that serve one port: a second core answers while the first one reckons."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

MOST = 4
"""More have not made it faster for one institute, and each needs its memory."""
PAUSE = 0.5
"""Seconds before a process that has died is replaced: one that dies at once must not keep the machine busy."""


def usual_number() -> int:
    """As many as there are cores, up to `MOST`; one where the system cannot split a process."""
    return min(MOST, os.cpu_count() or 1) if hasattr(os, "fork") else 1


def end_on_signals() -> None:
    """Let Ctrl-C and a polite kill end this process, and those it starts, through their clean-up."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit())


def run(work: Callable[[], None], processes: int) -> None:
    """Work in so many processes until a signal comes; one that dies is replaced."""
    if processes == 1 or not hasattr(os, "fork"):
        work()
        return
    gc.collect()
    gc.freeze()  # what is loaded by now stays shared: nobody counts references of it any more
    children = {_start(work) for _ in range(processes)}
    try:
        while True:
            children.discard(os.wait()[0])
            time.sleep(PAUSE)
            children.add(_start(work))
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _start(work: Callable[[], None]) -> int:
    """The id of a new process that works, and ends without going through what its parent has still to do."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
    except SystemExit:
        code = 0
    finally:
        os._exit(code)
