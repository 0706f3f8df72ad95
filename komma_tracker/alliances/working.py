"""Use cases of an alliance at work: its work plan, and what is kept of its meetings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, NotFound
from komma_tracker.alliances.models import MeetingAttendance, MeetingDecision, WorkPlanItem
from komma_tracker.alliances.queries import work_plan_item
from komma_tracker.alliances.rules import Side
from komma_tracker.alliances.service import check_version, open_alliance, record
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Meeting, Meetings

MOST_DECISIONS = 30
LONGEST_DECISION = 500


@dataclass(frozen=True, kw_only=True)
class Task:
    """A line of the work plan, as a form says it."""

    title: str
    responsible: str = ""
    due_on: date | None = None
    done_on: date | None = None


def plan_task(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    task: Task,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Add a line to the work plan. Raises NotFound, Forbidden."""
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        if audit.done_before(session, viewer, request_key):
            return
        item = WorkPlanItem(municipality_id=municipality_id, **asdict(task))
        session.add(item)
        session.flush()
        record(
            session, viewer, "alliance.plan_task", alliance, now=now, request_key=request_key,
            object_type="work_plan_item", object_id=item.public_id,
        )  # fmt: skip


def change_task(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    public_id: str,
    version: int | None,
    task: Task,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Change a line of the work plan, or say that it is done. Raises NotFound, Forbidden, Conflict."""
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        item = work_plan_item(session, viewer, public_id, municipality_id=municipality_id)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(item, version)
        for name, value in asdict(task).items():
            setattr(item, name, value)
        session.flush()
        record(
            session, viewer, "alliance.change_task", alliance, now=now, request_key=request_key,
            object_type="work_plan_item", object_id=public_id,
            after={"done_on": task.done_on.isoformat() if task.done_on else None},
        )  # fmt: skip


def task_of(item: WorkPlanItem) -> Task:
    """A line of the work plan as it stands."""
    return Task(title=item.title, responsible=item.responsible, due_on=item.due_on, done_on=item.done_on)


def meeting_by_public_id(
    session: Session, viewer: Actor, meetings: Meetings, public_id: str, *, municipality_id: int
) -> Meeting:
    """A meeting of this alliance. Raises NotFound."""
    found = meetings(session, viewer, municipality_id=municipality_id)
    meeting = next((each for each in found if each.public_id == public_id), None)
    if meeting is None:
        raise NotFound
    return meeting


def keep_minutes(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    public_id: str,
    meetings: Meetings,
    version: int | None,
    attendance: Mapping[Side, int],
    decisions: Sequence[str],
    local_now: datetime,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Keep how many came from each side to a meeting, and what was decided: in place of what was kept before.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        meeting = meeting_by_public_id(session, viewer, meetings, public_id, municipality_id=municipality_id)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(alliance, version)
        _check_minutes(meeting, attendance, decisions, local_now)
        key = {"event_id": meeting.id, "municipality_id": municipality_id}
        for table in (MeetingAttendance, MeetingDecision):
            session.execute(delete(table).filter_by(**key))
        came = {side: headcount for side, headcount in attendance.items() if headcount}
        session.add_all(MeetingAttendance(**key, side=side, headcount=headcount) for side, headcount in came.items())
        session.add_all(
            MeetingDecision(**key, position=position, text=text) for position, text in enumerate(decisions, 1)
        )
        alliance.touch()
        session.flush()
        record(
            session, viewer, "alliance.keep_minutes", alliance, now=now, request_key=request_key,
            object_type="event", object_id=public_id,
            after={
                "attendance": {side.value: headcount for side, headcount in came.items()},
                "decisions": len(decisions),
            },
        )  # fmt: skip


def _check_minutes(
    meeting: Meeting, attendance: Mapping[Side, int], decisions: Sequence[str], local_now: datetime
) -> None:
    if meeting.is_cancelled:
        raise Invalid(None, N_("Dieses Treffen wurde abgesagt."))
    if meeting.starts_local > local_now:
        raise Invalid(None, N_("Dieses Treffen hat noch nicht begonnen."))
    for side, headcount in attendance.items():
        if headcount < 0:
            raise Invalid(side.value, N_("Bitte geben Sie eine ganze Zahl an."))
    if len(decisions) > MOST_DECISIONS or any(len(text) > LONGEST_DECISION for text in decisions):
        raise Invalid(
            "decisions",
            N_("Bitte höchstens %(lines)s Zeilen mit je %(most)s Zeichen."),
            lines=MOST_DECISIONS,
            most=LONGEST_DECISION,
        )
