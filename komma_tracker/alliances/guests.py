"""What is told of an alliance to people without an account: exactly what the wall lets through (domain 1.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.alliances.models import WorkPlanItem
from komma_tracker.alliances.queries import NOTHING_KEPT, minutes_of, work_plan_of
from komma_tracker.alliances.rules import Side, Told, tells
from komma_tracker.kit.context import Meetings


@dataclass(frozen=True)
class MeetingTold:
    """A meeting that was: its day, what was decided, and how many came from each side."""

    on: date
    decisions: tuple[str, ...]
    attendance: Mapping[Side, int]


@dataclass(frozen=True)
class AllianceTold:
    """An alliance as one side's guests read it."""

    meetings: tuple[MeetingTold, ...]
    work_plan: Sequence[WorkPlanItem]


def told_to(
    session: Session, viewer: Actor, side: Side, *, municipality_id: int, meetings: Meetings, today: date
) -> AllianceTold:
    """What guests of this side read. A constant number of statements; what they must not know is not even read."""
    minutes = minutes_of(session, viewer, municipality_id) if tells(side, Told.DECISIONS) else {}
    found = meetings(session, viewer, municipality_id=municipality_id) if tells(side, Told.DATES) else ()
    plan = work_plan_of(session, viewer, municipality_id) if tells(side, Told.WORK_PLAN) else ()
    told: list[MeetingTold] = []
    for meeting in found:
        if meeting.is_cancelled or meeting.starts_local.date() > today:
            continue
        kept = minutes.get(meeting.id, NOTHING_KEPT)
        attendance = kept.attendance if tells(side, Told.ATTENDANCE) else {}
        told.append(MeetingTold(meeting.starts_local.date(), kept.decisions, attendance))
    return AllianceTold(tuple(told), plan)
