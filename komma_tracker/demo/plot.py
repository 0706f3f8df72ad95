"""What happened in a demo municipality: pure, from a seeded generator, the same each time."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from komma_tracker.budget.rules import (
    Activity,
    Approval,
    Chargeable,
    Mode,
    activity_named,
    chargeable,
    mode_named,
)
from komma_tracker.contracts.rules import CountingRules
from komma_tracker.demo.cast import SHARE_OF_PACKAGES, Part, Story
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup, ReasonClass

FOLDER = Path(__file__).parent
TOLD_START, TOLD_END = date(2023, 9, 15), date(2025, 8, 31)
TOLD_TODAY = date(2025, 2, 19)
"""The day of the told engagement that today stands for: the whole story is shifted by whole weeks."""
DAY = 480

KINDS = {
    "workshop": EventKind.WORKSHOP,
    "steuerung": EventKind.STEERING_GROUP,
    "abstimmung": EventKind.STEERING_GROUP,
    "coaching": EventKind.COACHING,
    "allianztreffen": EventKind.ALLIANCE_MEETING,
    "training": EventKind.TRAINING,
    "netzwerk": EventKind.NETWORK,
    "transfer": EventKind.WEBINAR,
}
SESSIONS = (
    (EventKind.STEERING_GROUP, "Steuerungsgruppe", "AP0", Mode.ONLINE, (14, 16), 120),
    (EventKind.ALLIANCE_MEETING, "Allianztreffen", "AP2", Mode.ON_SITE, (10, 15), 480),
    (EventKind.WORKSHOP, "Werkstatt Clearing", "AP3", Mode.ON_SITE, (9, 16), 480),
    (EventKind.TRAINING, "Training Führungskräfte", "AP4", Mode.ON_SITE, (9, 16), 480),
    (EventKind.COACHING, "Coaching Verwaltungsleitung", "AP4", Mode.PHONE, (16, 18), 120),
    (EventKind.TRAINING, "Training Bürgerservice", "AP4", Mode.ON_SITE, (9, 13), 240),
)
WORK = (
    (Activity.PREPARATION, Mode.OFFICE, "AP4", "Vorbereitung Training"),
    (Activity.CONCEPT, Mode.OFFICE, "AP3", "Clearingverfahren, Entwurf"),
    (Activity.CONCEPT, Mode.OFFICE, "AP3", "Interventionsstrategie, Gliederung"),
    (Activity.ANALYSIS, Mode.OFFICE, "AP1", "Auswertung der Gespräche"),
    (Activity.COORDINATION, Mode.ONLINE, "AP0", "Abstimmung mit der Projektkoordination"),
    (Activity.INTERVIEW, Mode.ON_SITE, "AP1", "Gespräche in den Ämtern"),
    (Activity.COORDINATION, Mode.PHONE, "AP2", "Gespräche mit möglichen Partnern"),
    (Activity.FOLLOW_UP, Mode.OFFICE, "AP2", "Protokoll des Allianztreffens"),
    (Activity.NETWORK, Mode.ONLINE, "AP5", "Austausch im Netzwerk"),
    (Activity.REPORT, Mode.OFFICE, "AP6", "Zwischenstand, Entwurf"),
    (Activity.FOLLOW_UP, Mode.OFFICE, "AP4", "Nachbereitung Training"),
)
QUARTER = DAY // 4
CONFIRMED_WITHIN = timedelta(days=7)
"""What is longer ago than this has been confirmed; what came since still waits for it."""
ACTIVITY_OF = {
    EventKind.TRAINING: Activity.TRAINING,
    EventKind.COACHING: Activity.COACHING,
    EventKind.WORKSHOP: Activity.WORKSHOP,
    EventKind.STEERING_GROUP: Activity.STEERING,
    EventKind.ALLIANCE_MEETING: Activity.ALLIANCE_MEETING,
    EventKind.NETWORK: Activity.NETWORK,
    EventKind.WEBINAR: Activity.TRANSFER,
}
AGE_IN_DAYS = {Story.STARTING: 40, Story.NEARLY: 540}
"""Contracts that began at another time than the others."""
USED_DAYS = {Story.STEADY: 46, Story.ENDED: 41, Story.SLOW: 14, Story.OVER: 83, Story.NEARLY: 68, Story.STARTING: 3}
"""How many days each story has used by today; of a term that is about 60 % over for most."""


@dataclass(frozen=True)
class Entry:
    """Work of one consultant (a letter) on one day, in minutes."""

    on: date
    consultant: str
    minutes: int
    activity: Activity
    mode: Mode
    package: str
    note: str
    internal_note: str = ""
    approval: Approval = Approval.NOT_NEEDED

    @property
    def counted(self) -> Chargeable:
        """What it counts for by the rules that all demo contracts have."""
        if self.approval is not Approval.NOT_NEEDED:
            return Chargeable(0)
        return chargeable(self.minutes, self.activity, self.mode, CountingRules())


@dataclass(frozen=True)
class Meeting:
    """A session with its consultants, and the entries that it booked where it was held."""

    kind: EventKind
    title: str
    starts: datetime
    ends: datetime
    mode: Mode
    state: EventState
    consultants: tuple[str, ...]
    planned_minutes: int
    package: str
    entries: tuple[Entry, ...] = ()
    participants: dict[FunctionGroup, int] = field(default_factory=dict[FunctionGroup, int])
    reason: ReasonClass | None = None


@dataclass(frozen=True)
class Plot:
    """The term of a contract, and all that happened or is planned in it."""

    starts_on: date
    ends_on: date
    ended_on: date | None
    entries: tuple[Entry, ...]
    meetings: tuple[Meeting, ...]


def plot(part: Part, rng: Random, today: date) -> Plot:
    """The whole story of one municipality as of today."""
    if part.story is Story.TOLD:
        return _told(part, rng, today)
    return _invented(part, rng, today)


def shift(today: date) -> timedelta:
    """By how much the told engagement is moved: whole weeks, so that weekdays stay."""
    return timedelta(weeks=round((today - TOLD_TODAY).days / 7))


def _told(part: Part, rng: Random, today: date) -> Plot:
    moved = shift(today)
    by_session: dict[str, list[Entry]] = defaultdict(list)
    for row in _rows("k01_entries.csv"):
        activity, mode = activity_named(row["activity"]), mode_named(row["mode"])
        assert activity is not None, row
        assert mode is not None, row
        letter = row["consultant"][-1].lower()
        on = date.fromisoformat(row["date"]) + moved
        by_session[row["session"]].append(
            Entry(on, letter, int(row["minutes"]), activity, mode, row["work_package"], row["description_de"])
        )
    own = by_session.pop("")
    meetings = [
        _told_meeting(part, row, by_session[row["session"]], moved, rng, today) for row in _rows("k01_sessions.csv")
    ]
    return Plot(
        TOLD_START + moved, TOLD_END + moved, None, tuple(entry for entry in own if entry.on <= today), tuple(meetings)
    )


def _told_meeting(
    part: Part, row: dict[str, str], entries: Sequence[Entry], moved: timedelta, rng: Random, today: date
) -> Meeting:
    on = date.fromisoformat(row["date"]) + moved
    mode = mode_named(row["mode"])
    assert mode
    held, past = on < today - CONFIRMED_WITHIN, on < today
    kind = KINDS[row["type"]]
    return Meeting(
        kind=kind,
        title=row["title_de"],
        starts=datetime.combine(on, time.fromisoformat(row["start_local"])),
        ends=datetime.combine(on, time.fromisoformat(row["end_local"])),
        mode=mode,
        state=EventState.HELD
        if held
        else EventState.CONFIRMED
        if past or (on - today).days < 60
        else EventState.TENTATIVE,
        consultants=tuple(sorted({entry.consultant for entry in entries})) or ("a",),
        planned_minutes=max((entry.minutes for entry in entries), default=120),
        package=row["work_package"],
        entries=tuple(entries) if held else (),
        participants=_participants(part, kind, rng) if held else {},
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _invented(part: Part, rng: Random, today: date) -> Plot:
    starts_on = today - timedelta(days=rng.randrange(395, 450))
    if part.story in AGE_IN_DAYS:
        starts_on = today - timedelta(days=AGE_IN_DAYS[part.story])
    ends_on = starts_on + timedelta(days=716)
    ended_on = today - timedelta(days=75) if part.story is Story.ENDED else None
    if part.story is Story.UNSIGNED:
        return Plot(today + timedelta(days=30), today + timedelta(days=746), None, (), ())
    until = ended_on or today
    meetings = _meetings(part, rng, starts_on, until, ended_on or ends_on, today)
    unusual = _unusual(part, starts_on, today) if part.unusual else []
    booked = [*unusual, *(entry for meeting in meetings for entry in meeting.entries)]
    left = USED_DAYS[part.story] * DAY - sum(entry.counted.minutes for entry in booked)
    entries = [*unusual, *_work(part, rng, starts_on, until, left, booked)]
    return Plot(starts_on, ends_on, ended_on, tuple(sorted(entries, key=lambda entry: entry.on)), meetings)


def _unusual(part: Part, starts_on: date, today: date) -> list[Entry]:
    """A day that is longer than what counts of it, and work before the contract, on which nobody has decided."""
    before, lately = _weekday(starts_on - timedelta(days=40)), _weekday(today - timedelta(days=3))
    who = part.consultants[0]
    early = Entry(before, who, 2 * QUARTER, Activity.COORDINATION, Mode.PHONE, "AP0", "Vorgespräch vor dem Vertrag")
    long_day = Entry(lately, who, 660, Activity.WORKSHOP, Mode.ON_SITE, "AP3", "Klausur der Steuerungsgruppe")
    return [replace(early, approval=Approval.BEFORE_TERM), long_day]


def _weekday(on: date) -> date:
    """The day itself, or the Friday before it."""
    return on - timedelta(days=max(0, on.weekday() - 4))


def _meetings(part: Part, rng: Random, first: date, until: date, last: date, today: date) -> tuple[Meeting, ...]:
    slow = part.story in (Story.SLOW, Story.STARTING)
    meetings: list[Meeting] = []
    on = first + timedelta(days=10)
    number = 0
    while on < min(last, today + timedelta(days=150)):
        kind, title, package, mode, hours, minutes = SESSIONS[number % len(SESSIONS)]
        on += timedelta(days=rng.randrange(30, 45) if slow else rng.randrange(16, 27))
        on += timedelta(days=(7 - on.weekday()) if on.weekday() > 4 else 0)
        if on >= last:
            break
        number += 1
        meeting = Meeting(
            kind=kind,
            title=f"{title} {number}",
            starts=datetime.combine(on, time(hours[0])),
            ends=datetime.combine(on, time(hours[1])),
            mode=mode,
            state=EventState.CONFIRMED if (on - today).days < 45 else EventState.TENTATIVE,
            consultants=part.consultants[: 1 + (kind is EventKind.TRAINING and number % 4 == 3)],
            planned_minutes=minutes,
            package=package,
        )
        meetings.append(_played(part, meeting, rng) if on < until - CONFIRMED_WITHIN else meeting)
    return tuple(meetings)


def _played(part: Part, meeting: Meeting, rng: Random) -> Meeting:
    """How a past session went: most were held, a few were called off."""
    if rng.random() < 0.08:
        reason = rng.choice((ReasonClass.ILLNESS, ReasonClass.MUNICIPALITY, ReasonClass.WEATHER))
        return replace(meeting, state=EventState.CANCELLED, reason=reason)
    entries = tuple(
        Entry(
            meeting.starts.date(),
            consultant,
            meeting.planned_minutes,
            ACTIVITY_OF[meeting.kind],
            meeting.mode,
            meeting.package,
            meeting.title,
        )
        for consultant in meeting.consultants
    )
    return replace(meeting, state=EventState.HELD, entries=entries, participants=_participants(part, meeting.kind, rng))


def _work(part: Part, rng: Random, first: date, until: date, minutes: int, booked: Sequence[Entry]) -> list[Entry]:
    """Work beside the sessions, in quarters of a day: spread over the term, most where most is left of a package.

    Nobody works longer on a day than what counts of it; `booked` is what is there already.
    """
    entries: list[Entry] = []
    rest = {package: days * DAY for package, days in SHARE_OF_PACKAGES}
    worked = Counter[tuple[str, date]]()
    for entry in booked:
        rest[entry.package] -= entry.minutes
        worked[entry.consultant, entry.on] += entry.minutes
    while minutes > 0:
        weights = [max(rest[package], QUARTER) for _, _, package, _ in WORK]
        activity, mode, package, note = rng.choices(WORK, weights)[0]
        amount = min(minutes, rng.choice((QUARTER, QUARTER, 2 * QUARTER)))
        on = max(_weekday(first + timedelta(days=rng.randrange((until - first).days))), first)
        who = rng.choice(part.consultants)
        if worked[who, on] + amount > DAY:
            continue
        entries.append(Entry(on, who, amount, activity, mode, package, note))
        worked[who, on] += amount
        rest[package] -= amount
        minutes -= amount
    if entries:
        entries[-1] = replace(entries[-1], internal_note="Rückfrage zur Moderation offen")
    return entries


def _participants(part: Part, kind: EventKind, rng: Random) -> dict[FunctionGroup, int]:
    if kind is EventKind.COACHING:
        return {FunctionGroup.HEAD: 1}
    if kind is EventKind.ALLIANCE_MEETING:
        sides = {
            FunctionGroup.MANAGERS: rng.randrange(2, 6),
            FunctionGroup.SECURITY_AUTHORITY: rng.randrange(1, 4),
            FunctionGroup.COUNSELLING_SERVICE: rng.randrange(1, 5),
        }
        return {side: number for side, number in sides.items() if not _missing(part, side)}
    return {FunctionGroup.MANAGERS: rng.randrange(2, 9), FunctionGroup.STAFF_PUBLIC: rng.randrange(4, 14)}


def _missing(part: Part, side: FunctionGroup) -> bool:
    return part.without_security and side is FunctionGroup.SECURITY_AUTHORITY


def planned(kind: EventKind, title: str, on: date, mode: Mode, consultants: tuple[str, ...], package: str) -> Meeting:
    """A confirmed session to come, of a morning."""
    return Meeting(
        kind=kind,
        title=title,
        starts=datetime.combine(on, time(9)),
        ends=datetime.combine(on, time(12)),
        mode=mode,
        state=EventState.CONFIRMED,
        consultants=consultants,
        planned_minutes=240,
        package=package,
    )
