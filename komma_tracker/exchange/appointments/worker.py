"""A process of its own that reads one calendar and ends: whatever the file does, it does it there.

It has so much computing time and memory and no more, holds up nobody else's request, and forgets all it has read.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from config import ROOT
from komma_tracker.access.rules import N_
from komma_tracker.exchange.appointments.expanding import read_calendar
from komma_tracker.exchange.appointments.reading import Found, NoCalendar, TooMuch
from komma_tracker.exchange.appointments.rules import Appointment, LeftOut
from komma_tracker.exchange.rules import Unreadable

SECONDS = 15
PATIENCE = 3 * SECONDS
"""Seconds by the clock: the machine may have other work."""
MEMORY = 1024 * 1024 * 1024

REFUSALS = {
    "none": N_("Das ist kein Kalender. Gelesen werden Dateien im Format iCalendar (.ics)."),
    "much": N_("Der Kalender ist zu umfangreich, um ihn zu lesen. Bitte geben Sie nur einen Teil davon aus."),
    "within": N_("In diesem Zeitraum stehen zu viele Termine. Bitte wählen Sie einen kürzeren."),
}


def read_apart(content: bytes, *, first: date, last: date, own_address: str = "") -> Found:
    """What `read_calendar` finds, found elsewhere. Raises Unreadable."""
    request = json.dumps([first.isoformat(), last.isoformat(), own_address]).encode()
    try:
        done = subprocess.run(  # noqa: S603  nothing of what is given becomes part of the command
            [sys.executable, "-m", __name__],
            input=request + b"\n" + content,
            capture_output=True,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("KOMMA_")},  # it needs no key
            timeout=PATIENCE,
            check=True,
        )
        answer: Any = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise Unreadable(REFUSALS["much"]) from None
    if "refused" in answer:
        raise Unreadable(REFUSALS[answer["refused"]])
    left_out = Counter({LeftOut(why): count for why, count in answer["left_out"].items()})
    return Found([_appointment(each) for each in answer["appointments"]], left_out)


def _appointment(facts: dict[str, Any]) -> Appointment:
    starts, domains = datetime.fromisoformat(facts["starts"]), tuple(facts["domains"])
    return Appointment(**{**facts, "starts": starts, "domains": domains})


def main() -> None:
    """Read a request and a calendar, write what was found."""
    _bound()
    request, content = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
    json.dump(_answer(json.loads(request), content), sys.stdout, default=str)


def _bound() -> None:
    with contextlib.suppress(ImportError):  # only where the system knows such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _answer(request: list[str], content: bytes) -> dict[str, Any]:
    first, last, own_address = request
    try:
        found = read_calendar(
            content, first=date.fromisoformat(first), last=date.fromisoformat(last), own_address=own_address
        )
    except NoCalendar:
        return {"refused": "none"}
    except TooMuch as much:
        return {"refused": "within" if much.within else "much"}
    except MemoryError:
        return {"refused": "much"}
    return {"appointments": [asdict(each) for each in found.appointments], "left_out": found.left_out}


if __name__ == "__main__":
    main()
