"""Read somebody's calendar: the dates of a span of days, whatever program wrote the file (calendars 4).

The file is taken apart line by line first. So only what is needed reaches the parser, and a broken line, a missing UID
or a time zone under the name of another system costs that line, and not the file.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from komma_tracker.exchange.appointments.rules import Appointment, LeftOut

MOST_EVENTS = 50_000
"""A calendar of so many events is no person's."""
MOST_FOUND = 2000
"""So many dates are looked at; a shorter span has fewer."""
LONGEST_TEXT = 2000
LONGEST_LINE = 16 * 1024
MOST_ZONE_LINES = 500

TEXTS = frozenset({"SUMMARY", "LOCATION", "DESCRIPTION"})
DATES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})
OTHERS = frozenset({"UID", "DURATION", "RRULE", "STATUS", "SEQUENCE", "ATTENDEE", "ORGANIZER"})
READ = TEXTS | DATES | OTHERS

_LINE = re.compile(r"([A-Za-z0-9-]+)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.DOTALL)
_STARTS = re.compile(r"[A-Za-z][A-Za-z0-9-]*[;:]")
_TZID = re.compile(r";TZID=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_DAY = re.compile(r"\d{8}")
_FREQUENCY = re.compile(r"FREQ=(\w+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8})(T\d{6}Z?)?", re.IGNORECASE)
_TIMES_OF_DAY = re.compile(r"BY(?:HOUR|MINUTE|SECOND)=[^;]*,", re.IGNORECASE)
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


class NoCalendar(Exception):
    """The file is none."""


class TooMuch(Exception):
    """It holds more than anybody's calendar would; `within` says that a shorter span of days would help."""

    def __init__(self, *, within: bool) -> None:
        super().__init__()
        self.within = within


@dataclass(frozen=True, slots=True)
class Line:
    """A property as it is written: name, parameters with their semicolon, value."""

    name: str
    params: str
    value: str


@dataclass
class Block:
    """The lines of one event."""

    lines: list[Line] = field(default_factory=list[Line])
    zone: str = ""
    """The name of a time zone that nobody knows."""

    def value(self, name: str) -> str:
        """What stands under a name first; empty where nothing does."""
        return next((line.value for line in self.lines if line.name == name), "")

    @property
    def repeats(self) -> bool:
        """Whether it tells of more than one date, or of one of several."""
        return any(line.name in {"RRULE", "RDATE", "RECURRENCE-ID"} for line in self.lines)


@dataclass
class Raw:
    """A file taken apart."""

    blocks: list[Block] = field(default_factory=list[Block])
    zones: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The lines of each time zone that the file brings along, by its name."""
    usual_zone: str = ""
    """What X-WR-TIMEZONE says."""
    is_calendar: bool = False


@dataclass
class Found:
    """The dates of the span, and how much could not be read."""

    appointments: list[Appointment] = field(default_factory=list[Appointment])
    left_out: Counter[LeftOut] = field(default_factory=Counter[LeftOut])


def decoded(content: bytes) -> str:
    """The text of a file. Raises NoCalendar."""
    if b"\0" in content:
        raise NoCalendar
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def unfolded(text: str) -> Iterator[str]:
    """Whole lines; where the blank is missing that should tell of a fold, by what no line can begin with."""
    text = re.sub(r"\n[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = ""
    for line in text.split("\n"):
        if kept and line and not _STARTS.match(line):
            if len(kept) < LONGEST_LINE:
                kept += line
            continue
        if kept:
            yield kept
        kept = line
    if kept:
        yield kept


def taken_apart(text: str) -> Raw:
    """Events and time zones of a file. Raises NoCalendar, TooMuch."""
    taking = _Taking()
    for line in unfolded(text):
        taking.take(line)
    if not taking.raw.is_calendar:
        raise NoCalendar
    return taking.raw


class _Taking:
    """Goes through the lines of a file, and knows inside of what it is."""

    def __init__(self) -> None:
        self.raw = Raw()
        self.inside: list[str] = []
        self.zone: list[str] = []

    def take(self, line: str) -> None:
        """Sort a line in. Raises TooMuch."""
        mark, _, name = line[:40].upper().partition(":")
        if mark == "BEGIN":
            self.begin(name.strip())
        elif mark == "END" and name.strip() in self.inside:
            self.end(name.strip())
        match self.inside:
            case ["VCALENDAR", "VEVENT"]:
                _keep_line(self.raw.blocks[-1], line)
            case ["VCALENDAR", "VTIMEZONE", *_]:
                self.zone.append(line)
            case ["VCALENDAR"] if mark == "X-WR-TIMEZONE":
                self.raw.usual_zone = line.partition(":")[2].strip()
            case _:
                pass

    def begin(self, name: str) -> None:
        """Note what begins."""
        self.inside.append(name)
        self.raw.is_calendar |= self.inside == ["VCALENDAR"]
        if self.inside == ["VCALENDAR", "VEVENT"]:
            self.raw.blocks.append(Block())
            if len(self.raw.blocks) > MOST_EVENTS:
                raise TooMuch(within=False)

    def end(self, name: str) -> None:
        """Note what ends, and with it what has begun inside of it and not ended."""
        while self.inside.pop() != name:
            pass
        if self.zone and len(self.inside) == 1:
            _keep_zone(self.raw, self.zone)
            self.zone = []


def _keep_zone(raw: Raw, lines: list[str]) -> None:
    name = next((line.partition(":")[2].strip() for line in lines if line[:5].upper() == "TZID:"), "")
    if name and not _usual_name(name) and len(lines) < MOST_ZONE_LINES:
        kept = [f"TZID:{name}" if line[:5].upper() == "TZID:" else line for line in lines]
        raw.zones[name] = [*kept, "END:VTIMEZONE"]


def _keep_line(block: Block, text: str) -> None:
    found = _LINE.fullmatch(text[: LONGEST_LINE + 1])
    if not found or not (value := found[3].strip()):
        return
    name = found[1].upper()
    if name in TEXTS:
        block.lines.append(Line(name, "", value[:LONGEST_TEXT].rstrip("\\")))
    elif name in READ and len(text) <= LONGEST_LINE:
        block.lines.append(Line(name, found[2], value))


@lru_cache(maxsize=1)
def _zone_names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@lru_cache(maxsize=256)
def _usual_name(name: str) -> str | None:
    """The name that everybody knows a time zone by, whatever system wrote it."""
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    parts = name.strip("/").split("/")
    tails = ("/".join(parts[-length:]) for length in (3, 2, 1) if length <= len(parts))
    return next((known for tail in tails if (known := _zone_names().get(tail.casefold()))), None)


def settled(block: Block, raw: Raw) -> Block:
    """The same event with time zones under names that are known; `zone` is the one that is not."""
    whole_day = any(line.name == "DTSTART" and _DAY.fullmatch(line.value) for line in block.lines)
    has_end = any(line.name == "DTEND" for line in block.lines)
    found = Block()
    for line in block.lines:
        if line.name in DATES:
            found.lines += _settled_date(line, raw, found, whole_day=whole_day)
        elif line.name == "RRULE":
            found.lines.append(Line("RRULE", "", _settled_rule(line.value, whole_day=whole_day)))
        elif not (line.name == "DURATION" and has_end):
            found.lines.append(line)
    if found.zone:  # without a zone there is no instant either until which it goes on
        found.lines = [
            Line(line.name, "", re.sub(_UNTIL, _until_of_wall_time, line.value)) if line.name == "RRULE" else line
            for line in found.lines
        ]
    return found


def _settled_date(line: Line, raw: Raw, block: Block, *, whole_day: bool) -> Iterator[Line]:
    values = [value.strip() for value in line.value.split(",") if _DAY.match(value.strip()) and "/" not in value]
    if not values:
        return
    if whole_day:
        yield Line(line.name, ";VALUE=DATE", ",".join(map(_day_in, values)))
        return
    given = _TZID.search(line.params)
    name = (given[1] or given[2] or "").strip() if given else ""
    params = ""
    if not name:
        name = raw.usual_zone if not line.value.upper().endswith("Z") else ""
    if name and not line.value.upper().endswith("Z"):
        usual = _usual_name(name)
        if usual or name in raw.zones:
            params = f';TZID="{usual or name}"'
        elif given:
            block.zone = name
    dates = ",".join(value for value in values if "T" in value.upper())
    if dates:
        yield Line(line.name, params, dates)


def _settled_rule(value: str, *, whole_day: bool) -> str:
    rule = value.replace(" ", "").replace("\\", "").upper()
    return _UNTIL.sub(_until_of_day, rule) if whole_day else rule


def _day_in(value: str) -> str:
    """The date that is meant where a whole day is written with a time. Raises ValueError.

    Outlook writes its midnight in UTC: in Germany that is the evening before.

    >>> _day_in("20260817T220000Z"), _day_in("20260226T000000"), _day_in("20260226")
    ('20260818', '20260226', '20260226')
    """
    on = date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    late = value[8:].upper() >= "T220000Z" and value.upper().endswith("Z")
    return f"{on + timedelta(days=late):%Y%m%d}"


def _until_of_day(found: re.Match[str]) -> str:
    return f"UNTIL={_day_in(found[1] + (found[2] or ''))}"


def _until_of_wall_time(found: re.Match[str]) -> str:
    return f"UNTIL={found[1]}{(found[2] or '').rstrip('zZ')}"


def near(block: Block, first: date, last: date) -> bool:
    """Whether an event may have a date in the span, as far as its text tells."""
    begins, ends = _DAY.match(block.value("DTSTART")), _DAY.match(block.value("DTEND"))
    if not begins or begins[0] > f"{last + timedelta(1):%Y%m%d}":
        return False
    earliest = f"{first - timedelta(2):%Y%m%d}"
    if rule := block.value("RRULE"):
        until = _UNTIL.search(rule)
        return not until or until[1] >= earliest
    return max(begins[0], ends[0] if ends else "") >= earliest or any(line.name == "RDATE" for line in block.lines)


def too_often(block: Block) -> bool:
    """Whether it repeats itself within a day: no appointment does, and counting it out could take for ever."""
    rules = [line.value for line in block.lines if line.name == "RRULE"]
    return any(
        not (frequency := _FREQUENCY.search(rule))
        or frequency[1].upper() not in FREQUENCIES
        or _TIMES_OF_DAY.search(rule)
        for rule in rules
    )


def series(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The events that belong together: one with all its exceptions. Several that merely share a UID do not."""
    by_uid: defaultdict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_uid[block.value("UID")].append(block)
    for uid, alike in by_uid.items():
        exceptions = [block for block in alike if block.value("RECURRENCE-ID")] if uid else []
        masters: dict[tuple[str, str], Block] = {}
        for block in alike:
            if not uid or not block.value("RECURRENCE-ID"):
                key = block.value("DTSTART"), block.value("SUMMARY")
                older = masters.get(key)
                if older is None or _sequence(older) <= _sequence(block):
                    masters[key] = block
        if not masters:
            yield exceptions
        for block in masters.values():
            yield [block, *exceptions] if block.repeats else [block]


def _sequence(block: Block) -> int:
    text = block.value("SEQUENCE")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
