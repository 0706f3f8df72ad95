"""The way that sessions took, what was followed up or called off late, and a series: a part moved, one called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from komma_tracker.budget.rules import Mode
from komma_tracker.demo.plot import Meeting
from komma_tracker.demo.rows import Rows
from komma_tracker.events.lateness import LateState
from komma_tracker.events.models import EventMaterial, EventMove, EventSeries, LateCancellation
from komma_tracker.events.rules import TOOK_PLACE, EventKind, EventState, ReasonClass

SETTLED_AFTER = timedelta(days=60)
"""What was held longer ago is followed up."""
MATERIAL = (
    ("Folien: Clearing in sechs Schritten", "https://dateien.example.org/komma/clearing-folien.pdf"),
    ("Merkblatt für den Aushang", "https://dateien.example.org/komma/merkblatt.pdf"),
)
WEEKS = 4
SEATS = {"seats": 16, "room": "Saal 2", "target_group": "Amtsleitungen und Stellvertretungen"}
EFFORT = {"preparation_minutes": 60, "follow_up_minutes": 30}

Plan = Callable[..., int]
"""Writes one session: a meeting, its places, and further values of the row; returns its id."""


def settled(meeting: Meeting, today: date) -> Meeting:
    """The same session, followed up if it was held long ago."""
    long_ago = meeting.starts.date() < today - SETTLED_AFTER
    return replace(meeting, state=EventState.FOLLOWED_UP) if meeting.state is EventState.HELD and long_ago else meeting


def history(rows: Rows, event: int, meeting: Meeting, *, by: int, planned: datetime, changed: datetime) -> None:
    """It was planned, and later became what it is; those who ran it said so."""
    steps: list[tuple[datetime, EventState | None, EventState, ReasonClass | None]]
    steps = [(planned, None, EventState.TENTATIVE, None)]
    if meeting.state in TOOK_PLACE:
        steps.append((changed, EventState.TENTATIVE, EventState.CONFIRMED, None))
        ended = datetime.combine(meeting.ends.date(), time(18), UTC)
        steps.append((ended, EventState.CONFIRMED, EventState.HELD, None))
        if meeting.state is EventState.FOLLOWED_UP:
            steps.append((ended + timedelta(days=7), EventState.HELD, EventState.FOLLOWED_UP, None))
    elif meeting.state is not EventState.TENTATIVE:
        steps.append((changed, EventState.TENTATIVE, meeting.state, meeting.reason))
    for at, was, became, reason in steps:
        rows.add(EventMove, event_id=event, at=at, by_id=by, reason=reason, from_state=was, to_state=became)


def material(rows: Rows, event: int, meeting: Meeting, *, by: int, at: datetime) -> None:
    """Links beside a workshop that is followed up."""
    if meeting.kind is EventKind.WORKSHOP and meeting.state is EventState.FOLLOWED_UP:
        for title, url in MATERIAL:
            rows.add(EventMaterial, event_id=event, title=title, url=url, added_at=at, added_by_id=by)


def write(
    rows: Rows, plan: Plan, place: tuple[int, int | None], *, consultants: tuple[str, ...], by: int, today: date,
    now: datetime,
) -> None:  # fmt: skip
    """Four half days, a week apart: the second is a day later than planned, the third will not take place."""
    first = datetime.combine(today + timedelta(days=24 - today.weekday()), time(9))
    title = "Trainingsreihe Führungskräfte"
    series = rows.add(EventSeries, public_id=rows.public_id(), title=title, created_at=now, version=1)
    for number in range(1, WEEKS + 1):
        starts = first + timedelta(weeks=number - 1)
        meeting = Meeting(
            kind=EventKind.TRAINING, title=title, starts=starts, ends=starts.replace(hour=13), mode=Mode.ON_SITE,
            state=EventState.CONFIRMED, consultants=consultants, planned_minutes=240, package="AP4",
        )  # fmt: skip
        shift = timedelta(days=-1) if number == 2 else timedelta()
        if number == 3:
            meeting = replace(meeting, state=EventState.CANCELLED, reason=ReasonClass.ILLNESS)
        moved = replace(meeting, starts=meeting.starts + shift, ends=meeting.ends + shift)
        event = plan(moved, [place], series_id=series, part=number, **SEATS, **EFFORT)
        if shift:
            rows.add(
                EventMove, event_id=event, at=now, by_id=by, reason=ReasonClass.MUNICIPALITY,
                from_state=EventState.CONFIRMED, to_state=EventState.CONFIRMED,
                from_starts_local=meeting.starts, from_ends_local=meeting.ends,
                to_starts_local=moved.starts, to_ends_local=moved.ends,
            )  # fmt: skip


def late_cancellation(
    rows: Rows, event: int, place: int, meeting: Meeting, *, at: datetime, by: int, lead: int, today: date
) -> None:
    """A day's notice: what the contract lets charge for it is proposed; of what was long ago, it is waived."""
    waived = meeting.starts.date() < today - timedelta(days=90)
    rows.gather(
        LateCancellation,
        {
            "event_id": event,
            "municipality_id": place,
            "notice_days": 1,
            "minutes": meeting.planned_minutes * len(meeting.consultants) // 2,
            "state": LateState.WAIVED if waived else LateState.PROPOSED,
            "reason": "Ersatztermin in derselben Woche" if waived else "",
            "proposed_at": at,
            "proposed_by_id": by,
            "decided_at": at + timedelta(days=7) if waived else None,
            "decided_by_id": lead if waived else None,
        },
    )
