"""From the lines of a calendar to the dates of a span of days: series with their exceptions, in German time."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from komma_tracker.exchange.appointments.reading import (
    MOST_FOUND,
    Block,
    Found,
    Raw,
    TooMuch,
    decoded,
    near,
    series,
    settled,
    taken_apart,
    too_often,
)
from komma_tracker.exchange.appointments.rules import Appointment, LeftOut

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS_A_SERIES = 1.0
"""Of computing time; a series of honest dates takes a hundredth of it."""
SLOW_SERIES = 3
"""After so many a calendar is refused."""
LONGEST_WHOLE_DAYS = 31
SATURDAY = 5


class _TooSlow(Exception):
    pass


def read_calendar(content: bytes, *, first: date, last: date, own_address: str = "") -> Found:
    """The dates between these days (inclusive), but for what is cancelled or declined by that address.

    Raises NoCalendar, TooMuch.
    """
    raw = taken_apart(decoded(content))
    wanted = [group for group in series(raw.blocks) if any(near(block, first, last) for block in group)]
    if len(wanted) > MOST_FOUND:
        raise TooMuch(within=True)
    uids = Counter(group[0].value("UID") for group in wanted)
    found = Found()
    for group in wanted:
        several = uids[group[0].value("UID")] > 1
        try:
            found.appointments += _dates_of(group, raw, first, last, own_address.casefold(), several=several)
        except _Refused as refused:
            found.left_out[refused.why] += 1
        if found.left_out[LeftOut.TOO_SLOW] >= SLOW_SERIES:
            raise TooMuch(within=False)
        if len(found.appointments) > MOST_FOUND:
            raise TooMuch(within=True)
    found.appointments.sort(key=lambda each: (each.starts, each.title))
    return found


class _Refused(Exception):
    def __init__(self, why: LeftOut) -> None:
        super().__init__()
        self.why = why


def _dates_of(
    group: Sequence[Block], raw: Raw, first: date, last: date, own_address: str, *, several: bool
) -> list[Appointment]:
    if any(map(too_often, group)):
        raise _Refused(LeftOut.TOO_OFTEN)
    try:
        blocks = [settled(block, raw) for block in group]
        events = _events(blocks, raw, first, last)
        zone = next((block.zone for block in blocks if block.zone), "")
        found = [each for event in events for each in _appointments(event, zone, own_address, several=several)]
    except _TooSlow:
        raise _Refused(LeftOut.TOO_SLOW) from None
    # Whatever the two libraries stumble over in a file that somebody else's program wrote, it is this series' fault.
    except Exception:  # noqa: BLE001
        raise _Refused(LeftOut.UNREADABLE) from None
    return [each for each in found if first <= each.starts.date() <= last]


def _events(blocks: Sequence[Block], raw: Raw, first: date, last: date) -> Sequence[Any]:
    """The events of these lines, of a series those around the span."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *(line for zone in raw.zones.values() for line in zone)]
    for block in blocks:
        lines += ["BEGIN:VEVENT", *(f"{line.name}{line.params}:{line.value}" for line in block.lines), "END:VEVENT"]
    with _in_time():
        calendar = Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
        if not any(block.repeats for block in blocks):
            return calendar.walk("VEVENT")
        return recurring_ical_events.of(calendar).between(first - timedelta(1), last + timedelta(2))


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise _TooSlow where this thread reckons too long; only the main one can be interrupted."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_A_SERIES)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _appointments(event: Any, zone: str, own_address: str, *, several: bool) -> Iterator[Appointment]:
    """One date, or of whole days one for each that is no weekend; none of what does not take place."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or _declined(event, own_address):
        return
    starts = event["DTSTART"].dt
    again = event.get("RECURRENCE-ID")
    number = _instant(again.dt if again else starts) if again or several else ""
    facts: dict[str, Any] = {
        "uid": str(event.get("UID", "")) or f"{starts.isoformat()} {_text(event, 'SUMMARY')}",
        "title": _text(event, "SUMMARY"),
        "place": _text(event, "LOCATION"),
        "text": _text(event, "DESCRIPTION"),
        "domains": tuple(sorted({address.rpartition("@")[2] for address in _addresses(event)})),
        "tentative": str(event.get("STATUS", "")).upper() == "TENTATIVE",
    }
    ends = _end(event, starts)
    if isinstance(starts, datetime):
        minutes = max(int((_aware(ends) - _aware(starts)) / timedelta(minutes=1)), 0)
        yield Appointment(**facts, number=number, starts=_wall_time(starts), minutes=minutes, zone=zone)
        return
    days = max((ends - starts).days, 1)
    for day in range(min(days, LONGEST_WHOLE_DAYS)):
        on = starts + timedelta(day)
        if days == 1 or on.weekday() < SATURDAY:
            which = f"{number} {on}" if days > 1 else number
            yield Appointment(**facts, number=which, starts=datetime.combine(on, time()), minutes=0, all_day=True)


def _end(event: Any, starts: date) -> Any:
    if "DTEND" in event and isinstance(event["DTEND"].dt, datetime) == isinstance(starts, datetime):
        return event["DTEND"].dt
    return starts + event["DURATION"].dt if "DURATION" in event else starts


def _text(event: Any, name: str) -> str:
    return " ".join(str(event.get(name, "")).split())


def _people(event: Any) -> Iterator[tuple[str, Any]]:
    """Addresses, and how their answers stand."""
    for name in ("ORGANIZER", "ATTENDEE"):
        given: Any = event.get(name, [])
        for person in given if isinstance(given, list) else [given]:
            scheme, _, address = str(person).casefold().partition(":")
            if scheme == "mailto" and "@" in address:
                yield address.strip(), person


def _addresses(event: Any) -> Iterator[str]:
    return (address for address, _ in _people(event))


def _declined(event: Any, own_address: str) -> bool:
    return any(
        address == own_address and str(person.params.get("PARTSTAT", "")).upper() == "DECLINED"
        for address, person in _people(event)
    )


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _wall_time(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(BERLIN).replace(tzinfo=None)


def _instant(moment: date) -> str:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.isoformat()
